"""``geoaccess place``: answer a placement question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.models_help import WithModels
from geoaccess.terminal.options import Figure, json_option, quiet_option, resources_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.years import Years, read_for, year_option
from geoaccess.words.note import Note

if TYPE_CHECKING:
    from geoaccess.questions.placement import PlacementResult
    from geoaccess.questions.placement.alternatives import Further
    from geoaccess.questions.placement.robust import RobustPlacement
    from geoaccess.study import Study


class Share(click.ParamType[float]):
    """A share as typed: ``2%`` or ``0.02``."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share as a number from 0 to 1."""
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(Note("fault.share", text=text), param, ctx)
        if not 0 <= share <= 1:
            self.fail(Note("fault.share_range", text=text), param, ctx)
        return share


class BusyShare(click.ParamType[float | str]):
    """A busy share as typed: a number from 0 to below 1, or ``workload``."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        """The share, or the word."""
        text = str(value).strip()
        if text == "workload":
            return text
        try:
            share = float(text)
        except ValueError:
            self.fail(Note("fault.busy.share", text=text), param, ctx)
        if not 0 <= share < 1:
            self.fail(Note("fault.busy.share", text=text), param, ctx)
        return share


@click.command("place", cls=WithModels)
@click.argument("study")
@click.argument("placement")
@click.option("--sites", type=click.IntRange(min=0), help="How many new sites; default: the study's.")
@click.option(
    "--sites-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="CHOICE",
    help="Open and close the sites of a file that a map offers, instead of seeking them.",
)
@click.option("--years", type=Years(), help="One plan over these years, such as 2026,2031 (see plan --help).")
@click.option("--budget", type=Figure(min=0), help="What new sites may cost together, instead.")
@click.option(
    "--budget-posts",
    type=Figure(min=0),
    help="Posts (årsverk) that new crews may take together, by the study's patterns of duty.",
)
@click.option("--objective", help="Model of the placement, one of those below; default: the study's.")
@click.option(
    "--busy",
    type=BusyShare(),
    help="Busy share of a crew for mexclp and malp: 0.2, or workload for those that the placement makes.",
)
@click.option(
    "--times",
    type=click.Choice(
        ["one-clock", "around-the-clock-mean", "around-the-clock-p90", "around-the-clock-beyond"]
    ),
    help="What the minutes are: of one time of day, or over all moments of a day; default: the study's.",
)
@click.option("--max-moves", type=click.IntRange(min=0), help="How many of today's sites may move.")
@click.option(
    "--guarantee",
    "guarantees",
    multiple=True,
    metavar="MIN[:SHARE%][@WHOM]",
    help="A promise: 60, 30:90%, 60@Træna, 45:50%@each (every municipality's median). Repeatable.",
)
@click.option(
    "--unreached-as",
    type=Figure(min=0, min_open=True),
    help="Minutes that the unreached, and longer ways, count as, instead of reaching the most people first.",
)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="NAME[=PROBABILITY]",
    help="Scenario of the study; several are answered one by one, or by one set of sites with --robust.",
)
@click.option(
    "--robust",
    type=click.Choice(["expected", "worst", "regret", "tail"]),
    help="One set of sites for all scenarios, and what is to be small over them.",
)
@click.option(
    "--tail", type=Share(), help="Share of the probability for --robust tail; default: the study's."
)
@year_option
@resources_option
@click.option("--alternatives", type=click.IntRange(min=1), help="Tell so many next best placements.")
@click.option(
    "--within", type=Share(), default="2%", show_default=True, help="Largest loss of an alternative."
)
@click.option(
    "--different",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Sites in which an alternative must differ.",
)
@click.option("--value", is_flag=True, help="Tell what each open site is worth, today's included.")
@click.option("--order", is_flag=True, help="Tell in which order to build: greedy, nested, optimal.")
@click.option("--fairness", is_flag=True, help="Tell what fairness costs the mean.")
@click.option("--time-limit", type=Figure(min=0, min_open=True), help="Seconds for each solve.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the solver.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Run folder to write.")
@click.option("--overwrite", is_flag=True, help="Replace an existing run folder.")
@json_option
@quiet_option
def command(
    study: str,
    placement: str,
    guarantees: tuple[str, ...],
    scenarios: tuple[str, ...],
    robust: str | None,
    tail: float | None,
    year: int | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Choose sites so that population-weighted time is as small as it can be.

    An infeasible wish ends with exit code 4, what conflicts, and the nearest wishes that can be kept.
    """
    from geoaccess.ground.writing import check_folder
    from geoaccess.questions.placement import ConflictError
    from geoaccess.questions.placement.question import parse_guarantee

    for folder in _folders(output, scenarios, robust).values():
        check_folder(folder, overwrite=overwrite)
    if options["years"]:
        shown = {"output": output, "overwrite": overwrite, "as_json": as_json, "quiet": quiet}
        return _planned(study, placement, scenarios, robust, year, options, **shown)
    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year)
    wishes = {
        "sites": options["sites"],
        "budget": options["budget"],
        "budget_posts": options["budget_posts"],
        "max_moves": options["max_moves"],
        "guarantees": tuple(parse_guarantee(loaded, text) for text in guarantees),
        "unreached_min": options["unreached_as"],
        "time_limit_s": options["time_limit"],
        "seed": options["seed"],
    }
    try:
        if options["sites_file"]:
            _refuse_given(options, robust)
            return _given(out, loaded, placement, scenarios, wishes, options, output, overwrite)
        if robust:
            _refuse(
                options,
                "budget_posts",
                "busy",
                "objective",
                "times",
                "alternatives",
                "value",
                "order",
                "fairness",
            )
            del wishes["budget_posts"]
            return _robust(out, loaded, placement, scenarios, wishes, robust, tail, output, overwrite)
        wishes |= {name: options[name] for name in ("objective", "times", "busy")}
        return _single(out, loaded, placement, scenarios, wishes, options, output, overwrite)
    except ConflictError as error:
        if not as_json:
            raise
        out.result(error.to_dict())
        return int(error.exit_code)


def _refuse(options: dict[str, Any], *names: str) -> None:
    given = [f"--{name.replace('_', '-')}" for name in names if options[name] not in {None, False}]
    if given:
        raise click.UsageError(Note("fault.not_with_robust", given=tuple(given)))


def _refuse_given(options: dict[str, Any], robust: str | None) -> None:
    """What seeks sites cannot go with sites that are given."""
    seeking = ("sites", "budget", "budget_posts", "busy", "max_moves", "alternatives", "order", "fairness")
    given = [f"--{name.replace('_', '-')}" for name in seeking if options[name] not in {None, False}]
    given += ["--robust"] if robust else []
    if given:
        raise click.UsageError(Note("fault.choice.given", given=tuple(given)))


def _given(
    out: Output,
    study: Study,
    placement: str,
    scenarios: Sequence[str],
    wishes: dict[str, Any],
    options: dict[str, Any],
    output: Path | None,
    overwrite: bool,
) -> int:
    """What the sites of a file do; it is no failure that nothing was proven of them."""
    from geoaccess.answers.choice_file import read_choice
    from geoaccess.questions.placement.alternatives import answers
    from geoaccess.questions.placement.given_sites import place_given

    if len(scenarios) > 1 or any("=" in text for text in scenarios):
        raise click.UsageError("--sites-file is told in one scenario")
    choice = read_choice(options["sites_file"])
    own = {name: wishes[name] for name in ("guarantees", "unreached_min", "time_limit_s", "seed")}
    own |= {"objective": options["objective"], "times": options["times"]}
    with out.step("placing"):
        result = place_given(study, placement, choice, scenario=next(iter(scenarios), None), **own)
    _show(out, result)
    further = answers(
        result, value=options["value"], time_limit_s=wishes["time_limit_s"], seed=wishes["seed"]
    )
    _show_further(out, further)
    if output:
        _save(out, result, further, output, overwrite=overwrite)
    out.notes([*result.notes, *further.remarks])
    out.result(result.to_dict() | further.to_dict())
    return 0


def _planned(
    study: str,
    placement: str,
    scenarios: Sequence[str],
    robust: str | None,
    year: int | None,
    options: dict[str, Any],
    **shown: Any,
) -> int:
    """One plan over several years is what ``geoaccess plan`` answers: it is asked with what it knows."""
    kept = {"years", "sites", "time_limit", "seed", "within", "different"}
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value and name not in kept]
    given += ["--robust"] if robust else []
    given += ["--year"] if year else []
    if given:
        raise click.UsageError(Note("fault.not_with_years", given=tuple(given)))
    if len(scenarios) > 1 or any("=" in text for text in scenarios):
        raise click.UsageError(Note("fault.plan.one_scenario"))
    context = click.get_current_context()
    group = context.find_root().command
    assert isinstance(group, click.Group)
    plan = group.get_command(context, "plan")
    assert plan is not None
    code: int = context.invoke(
        plan,
        study=study,
        placement=placement,
        years=options["years"],
        sites=options["sites"],
        scenario=next(iter(scenarios), "base"),
        time_limit=options["time_limit"],
        seed=options["seed"],
        **shown,
    )
    return code


def probabilities(texts: Sequence[str]) -> dict[str, float]:
    """Scenario -> probability as typed; equal where none is said.

    Raises:
        click.UsageError: some say a probability and some do not, or it is no number.
    """
    parts = [text.partition("=") for text in texts]
    if len({bool(equals) for _, equals, _ in parts}) > 1:
        raise click.UsageError("give every scenario a probability (NAME=0.3), or none")
    try:
        found = {name: float(chance) if equals else 1.0 for name, equals, chance in parts}
    except ValueError:
        raise click.UsageError("write a scenario as NAME or NAME=0.3") from None
    if len(found) < len(parts):
        raise click.UsageError("a scenario is named twice")
    return found


def _robust(
    out: Output,
    study: Study,
    placement: str,
    scenarios: Sequence[str],
    wishes: dict[str, Any],
    criterion: str,
    tail: float | None,
    output: Path | None,
    overwrite: bool,
) -> int:
    from geoaccess.questions.placement.answer_folder import robust_answer
    from geoaccess.questions.placement.robust import place_robust
    from geoaccess.questions.placement.terminal_tables import show_robust

    with out.step("placing"):
        result: RobustPlacement = place_robust(
            study,
            placement,
            scenarios=probabilities(scenarios) or None,
            criterion=criterion,
            tail=tail,
            **wishes,
        )
    show_robust(out, result)
    if output:
        with out.step(Note("say.writing", path=str(output))):
            robust_answer(result).save(output, overwrite=overwrite)
    out.notes(result.notes)
    out.result(result.to_dict())
    return _exit_code([result.solution.status.value])


def _single(
    out: Output,
    study: Study,
    placement: str,
    scenarios: Sequence[str],
    wishes: dict[str, Any],
    options: dict[str, Any],
    output: Path | None,
    overwrite: bool,
) -> int:
    from geoaccess.study.state import BASE

    if any("=" in text for text in scenarios):
        raise click.UsageError("probabilities are for --robust: one set of sites for all scenarios")
    folders = _folders(output, scenarios)
    told, statuses = [], []
    for name in dict.fromkeys(scenarios or (BASE,)):
        folder = folders.get(name)
        result, further = _answer(out, study, placement, name, wishes, options)
        if folder:
            _save(out, result, further, folder, overwrite=overwrite)
        out.notes([*result.notes, *further.remarks])
        told.append(result.to_dict() | further.to_dict())
        statuses.append(result.solution.status.value)
    out.result(told[0] if len(told) == 1 else {"placement": placement, "answers": told})
    return _exit_code(statuses)


def _folders(output: Path | None, scenarios: Sequence[str], robust: str | None = None) -> dict[str, Path]:
    """The run folder of each scenario; one set of sites for all of them has one."""
    from geoaccess.study.state import BASE

    if output is None:
        return {}
    names = list(dict.fromkeys(scenarios)) or [BASE]
    return {name: output / name if len(names) > 1 and not robust else output for name in names}


def _answer(
    out: Output, study: Study, placement: str, scenario: str, wishes: dict[str, Any], options: dict[str, Any]
) -> tuple[PlacementResult, Further]:
    from geoaccess.questions.placement import place
    from geoaccess.questions.placement.alternatives import answers

    with out.step("placing"):
        result = place(study, placement, scenario=scenario, **wishes)
    _show(out, result)
    asked = {name: options[name] for name in ("alternatives", "value", "order", "fairness")}
    with out.step("further answers") if any(asked.values()) else out.step("checking"):
        further = answers(
            result,
            **asked,
            within=options["within"],
            different=options["different"],
            time_limit_s=wishes["time_limit_s"],
            seed=wishes["seed"],
        )
    _show_further(out, further)
    return result, further


def _show(out: Output, result: PlacementResult) -> None:
    from geoaccess.questions.placement.terminal_tables import (
        show_busy_rounds,
        show_gains,
        show_placement,
        show_unserved,
    )

    show_placement(out, result)
    show_busy_rounds(out, result)
    show_gains(out, result)
    show_unserved(out, result)


def _show_further(out: Output, further: Further) -> None:
    from geoaccess.questions.placement.terminal_tables import show_further

    show_further(out, further)


def _save(out: Output, result: PlacementResult, further: Further, folder: Path, *, overwrite: bool) -> None:
    from geoaccess.questions.placement.answer_folder import placement_answer_with, with_best_of_every_number

    with out.step(Note("say.writing", path=str(folder))):
        answer = with_best_of_every_number(placement_answer_with(result, further), result)
        answer.save(folder, overwrite=overwrite)


def _exit_code(statuses: Sequence[str]) -> int:
    from geoaccess.ground.errors import ExitCode

    if "interrupted" in statuses:
        return int(ExitCode.INTERRUPTED)
    proven = all(status == "optimal" for status in statuses)
    return int(ExitCode.DONE if proven else ExitCode.STOPPED_AT_LIMIT)
