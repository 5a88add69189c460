"""``geoaccess sweep``: travel times of many states, into a folder of Parquet partitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.engine import engine_note, engine_option
from geoaccess.terminal.options import Figure, json_option, no_resources_option, quiet_option
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import FileOrFolder
from geoaccess.words.note import Note

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.questions.sweep.answer import Done, Progress
    from geoaccess.questions.sweep.over_day import Day
    from geoaccess.questions.sweep.sources import Source

#: Progress is told at most so often, in seconds, and after the first and the last state.
_EVERY_S = 2.0
_SHOWN = 20


@click.command("sweep")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("-o", "--output", required=True, type=FileOrFolder(), help="Folder of the partitions.")
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    help="Scenario of the study, or 'all' (the default); for NET a TOML file or a folder of them.",
)
@click.option(
    "--hazards", is_flag=True, help="States of the study's hazards: all, or draws where they are many."
)
@click.option(
    "--draws",
    type=click.IntRange(min=2),
    default=10_000,
    show_default=True,
    help="Draws where the states of hazards are many.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draws.")
@click.option("--to", "kinds", multiple=True, help="Kind of facility; default: those the study reports on.")
@click.option("--origins", type=click.Path(path_type=Path), help="For NET. Table: id, lon, lat.")
@click.option("--destinations", type=click.Path(path_type=Path), help="For NET. Table: id, lon, lat.")
@click.option(
    "--max-snap-m",
    type=Figure(min=0),
    default=5000.0,
    show_default=True,
    help="Metres from a point to the network beyond which it is joined to nothing.",
)
@click.option("--nearest", type=click.IntRange(min=1), help="Only the K nearest of each kind to each origin.")
@click.option("--max-min", type=Figure(min=0), help="Only pairs within M minutes.")
@click.option(
    "--times",
    type=click.Choice(["one-clock", "around-the-clock-mean", "around-the-clock-p90"]),
    default="one-clock",
    show_default=True,
    help="What minutes are: of one time of day, or of the nearest of each kind over every moment of leaving.",
)
@click.option(
    "--week-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --times of the day: leave in the week from this date, with its weekdays and seasons.",
)
@engine_option
@click.option(
    "--cluster",
    help="Address of a Dask scheduler, or 'local'. Default: this process, which is faster on one machine.",
)
@click.option("--overwrite", is_flag=True, help="Replace partitions that were computed from something else.")
@no_resources_option
@json_option
@quiet_option
def command(
    sources: tuple[str, ...], output: Path, overwrite: bool, as_json: bool, quiet: bool, **options: Any
) -> None:
    """Travel times of many states of each SOURCE: scenarios, states of hazards, modes, regions.

    SOURCE is a study or a network file (NET, with --origins and --destinations). Every state becomes one
    partition, source=NAME/scenario=NAME/part.parquet. Stopped or killed, the same command goes on where it
    was: partitions that are there are kept, if they were computed from the same data and options.
    """
    from geoaccess.answers.answer import BESIDE
    from geoaccess.answers.study_facts import scenario_of
    from geoaccess.ground.running import work_began
    from geoaccess.ground.writing import provenance, to_json, write_table, write_text
    from geoaccess.questions.sweep.answer import STATES_FILE, SWEEP_FILE, Asked, run_sweep, states_frame
    from geoaccess.questions.sweep.folder import sweep_answer
    from networks.engines import using_engine

    out = Output(json=as_json, quiet=quiet)
    _check_day(options)
    with out.step("reading what is to be swept"):
        loaded = [_source(text, options) for text in sources]
    asked = Asked(nearest=options["nearest"], max_min=options["max_min"], day=_day(options))
    with ExitStack() as stack:
        engines = stack.enter_context(using_engine(options["engine"]))
        stack.enter_context(_stop_said(out, output))
        cluster = _cluster(stack, out, options["cluster"])
        done = run_sweep(
            loaded,
            output,
            asked,
            cluster=cluster,
            overwrite=overwrite,
            on_state=_Teller(out, loaded),
        )
    states = states_frame(loaded, done)
    write_table(states, output / STATES_FILE)
    kept = sum(not one.computed for one in done)
    facts = {
        "states": len(done),
        "computed": len(done) - kept,
        "kept": kept,
        "pairs": int(states["pairs"].sum()),
        "engine": engines.as_dict(),
        "cluster": options["cluster"] or "none",
    }
    inputs = [Path(text) for text in sources]
    write_text(output / SWEEP_FILE, to_json(provenance(inputs=inputs, started=work_began(), **facts)))
    with out.step("who gains and who loses"):
        files = [path for path in inputs if path.is_file()]
        answer = sweep_answer(loaded, done, asked, inputs=files)
        answer.save(output / BESIDE, overwrite=True)
    columns = {name: name for name in states.columns}
    facts_of = {source.name: source.facts for source in loaded}
    called = [Note("text", text=scenario_of(facts_of[one.source], one.state)) for one in done]
    shown = states.assign(scenario=cells(states, called))
    out.table("States", columns, shown, most=_SHOWN, digits=4)
    if asked.day is not None:
        _show_day(out, answer.tables["sweep_states"])
        out.notes([note for note in answer.notes if note not in loaded[0].notes])
    out.notes([note for source in loaded for note in source.notes])
    if engines.reasons:
        out.note(engine_note(engines))
    told = {"states": len(done), "computed": len(done) - kept, "kept": kept}
    out.say(Note("say.sweep.done", **told, path=str(output)))
    out.result({**facts, "output": output, "rows": states})


def _check_day(options: dict[str, Any]) -> None:
    """Refuse options that would have no effect.

    Raises:
        click.UsageError: pairs are asked of the day, or a week of one time of day.
    """
    if options["times"] == "one-clock":
        if options["week_of"] is not None:
            raise click.UsageError(Note("fault.sweep.week_of"))
        return
    given = [f"--{name.replace('_', '-')}" for name in ("nearest", "max_min", "cluster") if options[name]]
    if options["engine"] != "auto":
        given.append("--engine")
    if given:
        raise click.UsageError(Note("fault.sweep.day_pairs", given=tuple(given)))


def _day(options: dict[str, Any]) -> Day | None:
    """What is asked of the day; None = one time of day."""
    from geoaccess.questions.sweep.over_day import Day

    if options["times"] == "one-clock":
        return None
    week_of = options["week_of"]
    return Day(options["times"], None if week_of is None else week_of.date())


def _source(text: str, options: dict[str, Any]) -> Source:
    """A study, or a network file with its points."""
    from geoaccess.questions.matrix.answer import read_points
    from geoaccess.questions.sweep.sources import ALL, HazardStates, network_source, study_source
    from geoaccess.study import load_study
    from networks import load_network

    path = Path(text)
    if path.is_file() and path.suffix != ".toml":
        if not (options["origins"] and options["destinations"]):
            raise click.UsageError(Note("fault.sweep.origins", text=text))
        if options["hazards"] or options["kinds"]:
            raise click.UsageError(Note("fault.sweep.of_studies", text=text))
        return network_source(
            path.stem,
            load_network(path),
            origins=read_points(options["origins"]),
            destinations=read_points(options["destinations"]),
            scenarios=[Path(name) for name in options["scenarios"]],
            max_snap_m=options["max_snap_m"],
        )
    return study_source(
        load_study(text),
        scenarios=options["scenarios"] or (ALL,),
        kinds=options["kinds"],
        hazards=HazardStates(options["draws"], options["seed"]) if options["hazards"] else None,
    )


@contextmanager
def _stop_said(out: Output, folder: Path) -> Iterator[None]:
    """What is there stays there, and how to go on."""
    try:
        yield
    except (KeyboardInterrupt, ConnectionError):
        out.note(Note("say.sweep.stopped", folder=str(folder)))
        raise


def _cluster(stack: ExitStack, out: Output, asked: str | None) -> str | None:
    """The address of the cluster, a local one started for the whole command."""
    from geoaccess.questions.sweep.plan import address_of, client_of

    if asked != "local":
        return asked
    with out.step("starting a cluster on this machine"):
        client = stack.enter_context(client_of("local"))
    return address_of(client)


def _show_day(out: Output, states: pd.DataFrame) -> None:
    """Who is reached over the day in each state, and what that rests on."""
    out.table(
        Note("say.sweep.day"),
        {
            "scenario": "scenario",
            "kind": "kind",
            "mean_min": "mean min",
            "persons_unreachable": "unreachable",
            "persons_by_the_clock": Note("say.clocks.day.by_the_clock"),
            "persons_assumed": Note("say.clocks.day.assumed"),
            "persons_night_unknown": Note("say.clocks.day.night"),
            "persons_lose": Note("say.losses.clock.lose"),
            "persons_no_longer_reached": "no longer reached",
        },
        states,
        most=_SHOWN,
    )


class _Teller:
    """Tells progress, not more often than people can read."""

    def __init__(self, out: Output, sources: Sequence[Source]) -> None:
        self.out = out
        self.facts = {source.name: source.facts for source in sources}
        self.told_s = -_EVERY_S

    def __call__(self, done: Done, progress: Progress) -> None:
        if not done.computed:
            if progress.done == progress.kept:
                self.out.note(Note("say.sweep.kept", kept=progress.kept, states=progress.total))
            return
        last = progress.done == progress.total
        if not last and progress.elapsed_s - self.told_s < _EVERY_S:
            return
        self.told_s = progress.elapsed_s
        from geoaccess.answers.study_facts import scenario_of

        state = scenario_of(self.facts[done.source], done.state)
        told = {"done": progress.done, "states": progress.total, "source": done.source, "state": state}
        if last:
            self.out.note(Note("say.sweep.progress", **told))
        else:
            self.out.note(Note("say.sweep.progress_left", **told, seconds=progress.left_s))
