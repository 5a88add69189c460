"""``geoaccess solve``: a placement model over a cost matrix and nothing else."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from geoaccess.answers.engine import engine_note, worth_telling
from geoaccess.terminal.models_help import WithModels
from geoaccess.terminal.options import Figure
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import File, result_options
from geoaccess.words.figures import found_figure, percent, significant
from geoaccess.words.note import Note, as_note, listed

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from geoaccess.ground.errors import ExitCode
    from optimise import GivenUp, PlacementProblem, Solution

_FILE = click.Path(path_type=Path)
_MINUTES = Figure(min=0)
_PROGRESS_EVERY_S = 1.0
_EXPLAIN_S = 60.0
_NAMES_SHOWN = 20


class Parameter(NamedTuple):
    """An option that is a parameter of some models."""

    option: str
    parameter: str
    kind: Any
    words: str


#: Every parameter of every model; a value of kind str is a number, or a file with one number for each row.
PARAMETERS = (
    Parameter("--radius", "radius", str, "Minutes within which somebody is covered, or a file of them."),
    Parameter("--backup", "backup", Figure(0, 1), "mclp: weight of double cover; lscp: 1 wants it."),
    Parameter("--busy", "busy", str, "mexclp, malp: busy fraction, or a file of them."),
    Parameter(
        "--vehicles", "vehicles", click.IntRange(min=1), "mexclp, malp: vehicles that may share sites."
    ),
    Parameter(
        "--max-per-site", "max_per_site", click.IntRange(min=1), "mexclp, malp: most vehicles at a site."
    ),
    Parameter("--reliability", "reliability", float, "malp: wanted chance of a free vehicle."),
    Parameter("--survival", "survival", str, "maximal-survival: name of the decay."),
    Parameter("--method", "method", click.Choice(["threshold", "program"]), "p-center: how it is solved."),
    Parameter("--share", "share", float, "partial-p-center: share of the weight that counts."),
    Parameter("--levels", "levels", click.IntRange(min=1), "lexicographic-minimax: levels to settle."),
    Parameter(
        "--sourcing", "sourcing", click.Choice(["single", "split"]), "Capacitated: one site each, or split."
    ),
    Parameter(
        "--min-units", "min_units", click.IntRange(min=0), "Capacitated: fewest units at an open site."
    ),
    Parameter("--max-units", "max_units", click.IntRange(min=1), "Capacitated: most units at a site."),
    Parameter("--total-units", "total_units", click.IntRange(min=0), "Capacitated: most units in all."),
    Parameter("--minute-price", "minute_price", _MINUTES, "fixed-charge: price of a weighted minute."),
    Parameter("--separation", "separation", _MINUTES, "anti-cover: least minutes between open sites."),
    Parameter("--tail", "tail", float, "tail-mean: share of the weight that is worst off."),
    Parameter("--difference-weight", "weight", _MINUTES, "mean-difference: weight against the mean."),
    Parameter("--by", "by", click.Choice(["person", "group"]), "Fairness: between people, or demand groups."),
    Parameter("--alpha", "alpha", _MINUTES, "iso-elastic: aversion to inequality; 0 is the mean."),
    Parameter("--horizon", "horizon_min", _MINUTES, "iso-elastic: minutes worth nothing any more."),
    Parameter("--count-people", "count_people", bool, "iso-elastic-groups: yes counts groups by people."),
    Parameter("--aversion", "aversion", _MINUTES, "kolm-pollak: aversion to inequality, per minute."),
)


def _parameter_options(function: Callable[..., int]) -> Callable[..., int]:
    for parameter in reversed(PARAMETERS):
        option = click.option(
            parameter.option, parameter.parameter, type=parameter.kind, help=parameter.words
        )
        function = option(function)
    return function


@click.command("solve", cls=WithModels)
@click.argument("model")
@click.option("--costs", required=True, type=_FILE, help="Matrix or long table.")
@click.option("--weights", type=_FILE, help="People or calls of each demand point; default 1.")
@click.option("--p", type=click.IntRange(min=0), help="How many sites are open.")
@click.option("--p-new", type=click.IntRange(min=0), help="How many beyond existing and required sites.")
@click.option("--roles", type=_FILE, help="existing, required, candidate or forbidden, for each site.")
@click.option("--max-moves", type=click.IntRange(min=0), help="How many existing sites may close.")
@click.option("--capacities", type=_FILE, help="Demand that each site, or a unit of it, can serve.")
@click.option("--demands", type=_FILE, help="Capacity that each demand point takes; default its weight.")
@click.option("--fixed-costs", type=_FILE, help="Price of opening each site.")
@click.option("--budget", type=Figure(min=0), help="Most that new sites may cost together.")
@click.option("--site-costs", type=_FILE, help="Minutes between sites, a matrix or long table.")
@click.option("--site-values", type=_FILE, help="anti-cover: worth of each open site.")
@click.option("--demand-groups", type=_FILE, help="Group of each demand point, such as its municipality.")
@click.option("--guarantee", type=_MINUTES, help="Minutes beyond which nobody may be.")
@_parameter_options
@click.option("--time-limit", type=Figure(min=0, min_open=True), help="Seconds for the solver.")
@click.option("--gap", type=Figure(0, 1, max_open=True), default=0.0, help="Gap at which to stop.")
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Threads of the solver."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the solver.")
@click.option("--solver", default="highs", show_default=True, help="highs, cbc or a solver of PuLP.")
@click.option("--log", type=File(), help="File to which the solver's log is added.")
@result_options
def command(
    model: str,
    costs: Path,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Solve a placement MODEL over a cost matrix, and prove the answer.

    --costs is a matrix (.npz, .npy, .csv: rows demand points, columns sites) or a long table
    (from_id,to_id,travel_time_min). Unreachable pairs are blank, NaN, or absent from a long table. Files for
    sites or demand points hold one value each, or name and value. Ctrl-C stops with the best sites so far.
    """
    from geoaccess.questions.solve.answer import read_costs, with_unreached
    from geoaccess.questions.solve.folder import solve_answer
    from geoaccess.terminal.answered import write_output
    from optimise import solve

    out = Output(json=as_json, quiet=quiet)
    _check_parameters(model, options)
    with out.step("reading the costs"):
        matrix = read_costs(costs)
        if options["weights"]:
            matrix = with_unreached(matrix, options["weights"])
        problem = _problem(matrix, options)
        parameters = _parameters(model, options, matrix.index)
    size = {"demand": problem.n_demand, "sites": problem.n_sites}
    with out.step(Note("say.solve.solving", model=model, **size)):
        solution = solve(
            problem,
            model,
            time_limit_s=options["time_limit"],
            gap=options["gap"],
            threads=options["threads"],
            seed=options["seed"],
            solver=options["solver"],
            log=options["log"],
            on_progress=_progress(out),
            **parameters,
        )
    unserved = _unserved_names(solution)
    _show(out, solution, unserved)
    nearest = _nearest(solution, options["time_limit"]) if solution.conflicts else []
    for wish in nearest:
        out.say(_told(wish))
    if output and solution.placed is not None:
        answer = solve_answer(solution, _files(costs, options))
        write_output(out, answer, answer.tables["solved_points"], output, overwrite=overwrite)
    minutes = [value if math.isfinite(value) else None for value in solution.travel_min.tolist()]
    told = {"demand": list(problem.demand_ids), "travel_time_min": minutes, "unserved_names": unserved}
    if solution.conflicts:
        told["nearest"] = [{"wish": wish.wish, "instead_min": wish.instead_min} for wish in nearest]
    out.result({**solution.to_dict(), **told})
    return _exit_code(solution)


def _files(costs: Path, options: dict[str, Any]) -> tuple[Path, ...]:
    """The files that a call names, the costs first."""
    others = [value for name, value in options.items() if isinstance(value, Path) and name != "log"]
    return (costs, *others)


def _check_parameters(model: str, options: dict[str, Any]) -> None:
    """Refuse options that the model has no use for, before anything is read.

    Raises:
        UnknownNameError: no model has that name.
        click.UsageError: a parameter that the model does not have.
    """
    from geoaccess.ground.errors import UnknownNameError
    from optimise import MODELS

    if model not in MODELS:
        raise UnknownNameError("placement model", model, MODELS)
    own = {item.name for item in fields(MODELS[model])}  # type: ignore[arg-type]
    given = [each for each in PARAMETERS if options[each.parameter] is not None]
    wrong = [each.option for each in given if each.parameter not in own]
    if wrong:
        has = ", ".join(each.option for each in PARAMETERS if each.parameter in own) or "none"
        raise click.UsageError(Note("fault.solve.no_use", model=model, wrong=tuple(wrong), has=has))


def _problem(matrix: pd.DataFrame, options: dict[str, Any]) -> PlacementProblem:
    from geoaccess.questions.solve.answer import read_vector
    from optimise import PlacementProblem
    from optimise.guarantees import Within

    values: dict[str, Any] = {name: options[name] for name in ("p", "p_new", "max_moves", "budget")}
    readers = {"weights": matrix.index, "demands": matrix.index}
    readers |= dict.fromkeys(("capacities", "fixed_costs", "site_values"), matrix.columns)
    for name, index in readers.items():
        values[name] = read_vector(options[name], index, of=name) if options[name] else None
    for name, index in (("roles", matrix.columns), ("demand_groups", matrix.index)):
        values[name] = _read_labels(options[name], index) if options[name] else None
    if options["site_costs"]:
        values["site_costs"] = _read_site_costs(options["site_costs"], matrix.columns)
    if options["guarantee"] is not None:
        values["conditions"] = [Within(options["guarantee"])]
    return PlacementProblem(matrix, **values)


def _read_labels(path: Path, names: pd.Index) -> list[str]:
    """One text for each name: a table of that length, or of names and texts in any order.

    Raises:
        DataError: unreadable, of another length, or a name is missing or stands twice.
    """
    from geoaccess.ground.errors import DataError
    from geoaccess.ground.tables import read_frame
    from geoaccess.questions.solve.answer import label_column
    from networks.errors import Fault

    frame = read_frame(path)
    label = label_column(frame, names, where=path.name)
    others = [str(name) for name in frame.columns if name != label]
    if len(others) > 1:
        listed = ", ".join(others)
        raise DataError([Fault(Note("fault.solve.which", listed=listed), where=path.name, row="1")])
    values = frame[others[0]].astype(str)
    if label is None:
        if len(values) != len(names):
            raise DataError(
                [
                    Fault(
                        Note("fault.solve.values_for", n_values=len(values), n_names=len(names)),
                        where=str(path),
                    )
                ]
            )
        return values.tolist()
    values.index = frame[label].astype(str)
    counts = values.index.value_counts()
    faults = [
        Fault("wants one row for this name", where=path.name, value=str(name))
        for name in names
        if counts.get(str(name), 0) != 1
    ]
    if faults:
        raise DataError(faults)
    return values.loc[[str(name) for name in names]].tolist()


def _read_site_costs(path: Path, sites: pd.Index) -> NDArray[np.float64]:
    """Minutes between sites in the order of ``sites``: by name where the file has names, else as it stands.

    Raises:
        DataError: unreadable, or a site is missing.
    """
    import numpy as np
    import pandas as pd

    from geoaccess.ground.errors import DataError
    from geoaccess.questions.solve.answer import read_costs
    from networks.errors import Fault

    between = read_costs(path)
    minutes = between.to_numpy(dtype=np.float64)
    if isinstance(between.columns, pd.RangeIndex):
        return minutes
    columns = [str(name) for name in between.columns]
    rows = columns if isinstance(between.index, pd.RangeIndex) else [str(name) for name in between.index]
    wanted = [str(site) for site in sites]
    faults = [
        Fault("no minutes from and to this site", where=path.name, value=site)
        for site in wanted
        if site not in columns or site not in rows
    ]
    if faults:
        raise DataError(faults)
    return minutes[np.ix_([rows.index(site) for site in wanted], [columns.index(site) for site in wanted])]


def _parameters(model: str, options: dict[str, Any], demand: pd.Index) -> dict[str, Any]:
    from geoaccess.questions.solve.answer import read_vector
    from optimise import MODELS

    defaults = {item.name: item.default for item in fields(MODELS[model])}  # type: ignore[arg-type]
    found: dict[str, Any] = {}
    for name in (each.parameter for each in PARAMETERS):
        value = options[name]
        if value is None:
            continue
        if name in ("radius", "busy"):
            number = _number(value)
            value = read_vector(Path(value), demand, of=name) if number is None else number
        found[name] = bool(value) if isinstance(defaults[name], bool) else value
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _progress(out: Output) -> Callable[[float, float, float], None]:
    """Tells incumbent and bound, at most once a second and once for each first incumbent."""
    told = time.monotonic()
    known = False

    def report(seconds: float, best: float, bound: float) -> None:
        nonlocal told, known
        first = not known and math.isfinite(best)
        if first or time.monotonic() - told >= _PROGRESS_EVERY_S:
            told, known = time.monotonic(), known or first
            shown = significant(best, 6) if math.isfinite(best) else Note("say.none_yet")
            out.note(Note("say.solve.progress", seconds=seconds, best=shown, bound=significant(bound, 6)))

    return report


def _unserved_names(solution: Solution) -> dict[str, list[Any]]:
    """Demand points with weight that are not (wholly) served, by reason."""
    found = solution.unserved
    rows = {name: getattr(found, name) for name in ("unreachable", "over_capacity", "beyond_threshold")}
    ids, weights = solution.problem.demand_ids, solution.problem.weights
    return {name: [ids[row] for row in some.tolist() if weights[row] > 0] for name, some in rows.items()}


def _show(out: Output, solution: Solution, unserved: dict[str, list[Any]]) -> None:
    found = solution.to_dict()
    gap = Note("say.unknown") if found["gap"] is None else percent(found["gap"], 4)
    objective, bound = found_figure(solution.objective), found_figure(solution.bound)
    status = out.told(found["status"])
    out.say(Note("say.solve.status", status=status, objective=objective, bound=bound, gap=gap))
    for conflict in solution.conflicts:
        out.say(conflict.told())
    if solution.placed is None:
        return
    chosen = [str(site) for site in found["chosen"]]
    out.say(Note("say.solve.sites", sites=len(chosen), names=chosen))
    lost = {reason: weight for reason, weight in found["unserved"].items() if weight > 0}
    if lost:
        reasons = [
            Note("say.solve.lost", weight=significant(weight, 10), reason=out.told(reason.replace("_", " ")))
            for reason, weight in lost.items()
        ]
        out.say(Note("say.solve.unserved", reasons=reasons))
    for reason in lost:
        names = listed(unserved[reason], _NAMES_SHOWN)
        out.say(Note("say.solve.names", reason=out.told(reason.replace("_", " ")), names=names))
    proof = {name: out.told(found[name]) for name in ("proof", "solver", "formulation")}
    out.say(Note("say.solve.proof", **proof))
    if worth_telling(found["engine"]):
        out.say(engine_note(found["engine"]))


def _nearest(solution: Solution, time_limit_s: float | None) -> tuple[GivenUp, ...]:
    """The fewest wishes to give up; empty when they are not found within a minute."""
    from optimise import nearest_relaxation
    from optimise.running import Limits

    limits = Limits(time_limit_s=min(time_limit_s or _EXPLAIN_S, _EXPLAIN_S))
    found = nearest_relaxation(solution.problem, solution.model, limits)
    return found.given_up if found else ()


def _told(wish: GivenUp) -> Note:
    if math.isnan(wish.instead_min):
        return Note("say.solve.without", wish=as_note(wish.wish))
    if math.isinf(wish.instead_min):
        return Note("say.solve.nothing_reaches", wish=as_note(wish.wish))
    return Note("say.solve.instead", wish=as_note(wish.wish), minutes=wish.instead_min)


def _exit_code(solution: Solution) -> ExitCode:
    from geoaccess.ground.errors import ExitCode
    from optimise import Status

    codes = {
        Status.OPTIMAL: ExitCode.DONE,
        Status.FEASIBLE: ExitCode.STOPPED_AT_LIMIT,
        Status.INTERRUPTED: ExitCode.INTERRUPTED,
        Status.INFEASIBLE: ExitCode.INFEASIBLE,
    }
    return codes.get(solution.status, ExitCode.FAILURE)
