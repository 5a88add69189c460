"""``geoaccess tradeoff``: placements by several criteria, or of several services, at once."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.options import Figure
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.figures import figure
from geoaccess.words.note import Note, in_languages

if TYPE_CHECKING:
    from geoaccess.questions.tradeoff.answer import TradeoffFound
    from geoaccess.study import Study

_SHOWN = 30


@click.command("tradeoff")
@click.argument("study")
@click.argument("name", required=False)
@click.option(
    "--criterion", "criteria", multiple=True, help="Criterion of the trade-off, repeatable; default: all."
)
@click.option(
    "--most", type=click.IntRange(min=1), default=60, show_default=True, help="End after so many placements."
)
@click.option("--scenario", default="base", show_default=True, help="Scenario of the study.")
@year_option
@click.option("--time-limit", type=Figure(min=0, min_open=True), help="Seconds for all placements together.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the solver.")
@result_options
def command(
    study: str,
    name: str | None,
    criteria: tuple[str, ...],
    most: int,
    scenario: str,
    year: int | None,
    time_limit: float | None,
    seed: int,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Every placement that no other beats in all criteria: what each wins, and what that costs the others."""
    from geoaccess.ground.errors import ExitCode
    from geoaccess.questions.tradeoff.answer import trade_off, tradeoff_answer
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year, scenario)
    with out.step("placing"):
        found = trade_off(
            loaded,
            name,
            criteria=criteria,
            most=most,
            scenario=scenario,
            time_limit_s=time_limit,
            seed=seed,
        )
    show_front(out, loaded, found)
    if output:
        write_output(out, tradeoff_answer(loaded, found), found.points, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": found.scenario,
            "tradeoff": found.name,
            "complete": found.front.complete,
            "proven": found.front.proven,
            "programs": found.front.programs,
            "solver": found.front.solver,
            "solve_s": found.front.seconds,
            "points": found.points,
            "values": found.values,
            "sites": found.sites,
            "notes": found.notes,
        }
    )
    whole = found.front.proven and (found.front.complete or len(found.points) >= most)
    return int(ExitCode.DONE if whole else ExitCode.STOPPED_AT_LIMIT)


def show_front(out: Output, study: Study, found: TradeoffFound) -> None:
    """All placements beside each other with today's figures, and how sure they are."""
    from geoaccess.questions.tradeoff.answer import unit_words
    from geoaccess.questions.tradeoff.told import digits_of, wide

    table = wide(found.values)
    units = dict(zip(found.values["criterion"], found.values["unit"].astype(str), strict=True))
    rows = found.points[["point"]].copy()
    columns: dict[str, str] = {"point": Note("tradeoff.placement")}
    for name, values in table.items():
        section = found.tradeoff.criteria[name]
        columns[name] = Note(
            "tradeoff.column", title=in_languages(section, "title"), unit=unit_words(units[name])
        )
        digits = digits_of(values)
        rows[name] = cells(rows, [figure(value, digits) for value in values])
    rows["opened"] = found.points["opened"].to_numpy(dtype=object)
    columns["opened"] = Note("tradeoff.opens")
    if (found.points["closed"] != "").any():
        rows["closed"] = found.points["closed"].to_numpy(dtype=object)
        columns["closed"] = Note("tradeoff.closes")
    title = in_languages(found.tradeoff, "title")
    out.table(
        Note("tradeoff.heading", title=title, scenario=out.scenario(found.scenario)),
        columns,
        rows,
        most=_SHOWN,
    )
    _show_today(out, found)
    front = found.front
    code = "tradeoff.said" if front.complete else "tradeoff.said_not_all"
    out.say(Note(code, count=len(found.points), programs=front.programs, solver=front.solver))
    if not front.proven:
        out.say(Note("tradeoff.not_proven"))
    best = found.points.loc[found.points["compromise"], "point"].iloc[0]
    out.say(Note("tradeoff.compromise", number=int(best)))


def _show_today(out: Output, found: TradeoffFound) -> None:
    from geoaccess.questions.tradeoff.answer import unit_words

    now = found.values.drop_duplicates("criterion")
    for name, value, unit in zip(now["criterion"], now["today"], now["unit"], strict=True):
        if not math.isnan(value):
            title = in_languages(found.tradeoff.criteria[str(name)], "title")
            digits = 0 if abs(value) >= 1000 else 1
            out.say(
                Note("tradeoff.now", title=title, value=figure(value, digits), unit=unit_words(str(unit)))
            )
