"""``geoaccess access``: travel-time tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.engine import compiling_said, engine_option
from geoaccess.terminal.options import Figure, json_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import overwrite_option, run_folder
from geoaccess.terminal.years import load_in_year, year_option

if TYPE_CHECKING:
    from geoaccess.questions.access.answer import Accessibility
    from geoaccess.questions.access.around_the_clock import AroundTheClock
    from geoaccess.study import Study
    from networks.engines import Engine


@click.command("access")
@click.argument("study")
@click.option("--scenario", "scenarios", multiple=True, help="Scenario of the study; may be given again.")
@click.option("--to", "kinds", multiple=True, help="Kind of facility; default: those the study reports on.")
@click.option("--by", default="municipality", show_default=True, help="Group: municipality, county, ...")
@click.option("--weight", help="Weight of the figures; default: the study's own (people).")
@click.option(
    "--serving",
    metavar="COLUMN",
    help="Column of the municipalities with the id of the facility that serves each: against the nearest.",
)
@click.option(
    "--side-by-side",
    is_flag=True,
    help="Scenarios beside each other: medians of every group, and what each changes against the first.",
)
@click.option(
    "--equity",
    "with_aversions",
    is_flag=True,
    help="Also Atkinson's index and the Kolm-Pollak equivalent, and all of it in the run folder.",
)
@click.option(
    "--atkinson-aversion",
    type=Figure(min=0),
    default=0.5,
    show_default=True,
    help="With --equity: e of Atkinson's index.",
)
@click.option(
    "--kolm-pollak-aversion",
    type=Figure(min=0, min_open=True),
    default=0.01,
    show_default=True,
    help="With --equity: k of the Kolm-Pollak equivalent, per minute.",
)
@year_option
@click.option("--served", is_flag=True, help="Also say which facility is nearest for how many of each group.")
@click.option(
    "--around-the-clock",
    "around",
    is_flag=True,
    help="For every moment of leaving, with the ferries as they sail then: best, median, nine times in ten.",
)
@click.option(
    "--week-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --around-the-clock: leave in the week from this date, with its weekdays and seasons.",
)
@click.option(
    "--draws",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="With --around-the-clock: timetables drawn for ferries whose departures are not known.",
)
@click.option(
    "--patience",
    default="48h",
    show_default=True,
    help="With --around-the-clock: a way that takes longer is no way.",
)
@engine_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), callback=run_folder, help="Run folder to write."
)
@overwrite_option("Replace an existing run folder.")
@json_option
@quiet_option
def command(
    study: str,
    scenarios: tuple[str, ...],
    kinds: tuple[str, ...],
    by: str,
    weight: str | None,
    serving: str | None,
    side_by_side: bool,
    with_aversions: bool,
    atkinson_aversion: float,
    kolm_pollak_aversion: float,
    year: int | None,
    served: bool,
    around: bool,
    week_of: datetime | None,
    draws: int,
    patience: str,
    engine: Engine,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Times from where people live to the nearest facility of each kind."""
    from geoaccess.questions.access.answer import access_answer, accessibility, served_by
    from geoaccess.questions.access.equity import Aversions
    from geoaccess.questions.access.equity_table import equity_notes, equity_rows, with_equity
    from geoaccess.questions.access.serving import serving_check
    from geoaccess.questions.access.terminal_side_by_side import show_serving, show_side_by_side
    from geoaccess.questions.access.terminal_tables import show_access, show_equity, show_served
    from geoaccess.study.state import BASE
    from networks.engines import using_engine

    out = Output(json=as_json, quiet=quiet)
    with out.step("reading the study"):
        loaded = load_in_year(study, year)
        if len(scenarios) == 1:
            loaded = loaded.with_people_of(scenarios[0])
    out.learn(loaded)
    if around:
        if with_aversions:
            raise click.UsageError("--equity is of one time of day: it does not go with --around-the-clock")
        first = None if week_of is None else week_of.date()
        states = scenarios or (BASE,)
        asked = {"kinds": kinds, "scenarios": states, "weight": weight, "draws": draws}
        found = _around_the_clock(out, loaded, patience, week_of=first, **asked)
        if output:
            table = accessibility(loaded, by=by, kinds=kinds, scenarios=states, weight=weight)
            _save_around_the_clock(out, loaded, table, found, output, overwrite=overwrite)
        return
    with out.step("travel times"), compiling_said(out), using_engine(engine) as engines:
        table = accessibility(loaded, by=by, kinds=kinds, scenarios=scenarios or (BASE,), weight=weight)
    aversions = Aversions(atkinson_aversion, kolm_pollak_aversion) if with_aversions else None
    equity = equity_rows(loaded, table, aversions)
    beside = _beside(loaded, table, scenarios or (BASE,)) if side_by_side else {}
    if side_by_side:
        show_side_by_side(out, loaded, by, **beside)
    else:
        show_access(out, loaded, table)
        show_equity(out, loaded, equity)
    facilities = served_by(loaded, table) if served else None
    if facilities is not None:
        show_served(out, loaded, by, facilities)
    checked = serving_check(loaded, table, serving) if serving else None
    if checked is not None:
        show_serving(out, loaded, checked)
    if output:
        with out.step(f"writing {output}"):
            with_equity(access_answer(loaded, table), equity, aversions).save(output, overwrite=overwrite)
    notes = [*equity_notes(aversions), *table.notes]
    out.notes(notes)
    out.note(f"engine: {engines.in_words()}")
    rows = table.rows.rename(columns={by: "municipality"}) if by == "municipality" else table.rows
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "by": by,
            "weight": table.weight,
            "engine": engines.as_dict(),
            "region": table.region,
            "rows": rows,
            "equity": equity,
            **({"aversions": asdict(aversions)} if aversions else {}),
            **beside,
            **({} if facilities is None else {"served": facilities}),
            **({} if checked is None else {"serving": checked}),
            "notes": notes,
        }
    )


def _around_the_clock(out: Output, study: Study, patience: str, **options: Any) -> AroundTheClock:
    """What people can count on at every moment of leaving, told."""
    from geoaccess.questions.access.around_the_clock import around_the_clock, parse_patience
    from geoaccess.questions.access.terminal_around_the_clock import show_around_the_clock

    with out.step("every moment of leaving"), compiling_said(out):
        found = around_the_clock(study, patience_min=parse_patience(patience), **options)
    show_around_the_clock(out, found)
    out.notes(found.notes)
    out.result(
        {
            "study": study.name,
            "weight": found.weight,
            "period_days": found.period_days,
            "draws": found.draws,
            "region": found.region,
            "points": found.points,
            "hours": found.hours,
            "bases": found.bases,
            "notes": found.notes,
        }
    )
    return found


def _save_around_the_clock(
    out: Output,
    study: Study,
    table: Accessibility,
    found: AroundTheClock,
    output: Path,
    *,
    overwrite: bool,
) -> None:
    from geoaccess.questions.access.around_the_clock_folder import around_the_clock_answer

    with out.step(f"writing {output}"):
        around_the_clock_answer(study, table, found).save(output, overwrite=overwrite)


def _beside(study: Study, table: Accessibility, scenarios: Sequence[str]) -> dict[str, Any]:
    """What ``--side-by-side`` tells: the overlays of each scenario, what it changes and what stays."""
    from geoaccess.questions.access.side_by_side import (
        scenario_changes,
        scenario_overlays,
        scenario_stays,
    )

    changes = scenario_changes(study, table, against=scenarios[0])
    overlays = scenario_overlays(study, scenarios)
    return {"overlays": overlays, "changes": changes, "stays": scenario_stays(table, changes)}
