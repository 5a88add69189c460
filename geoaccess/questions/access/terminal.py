"""``geoaccess access``: travel-time tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.engine import engine_note, engine_option
from geoaccess.terminal.options import (
    Figure,
    draws_option,
    json_option,
    quiet_option,
    resources_option,
    week_of_option,
)
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import overwrite_option, run_folder
from geoaccess.terminal.years import load_in_year, year_option
from geoaccess.words.note import Note

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.questions.access.answer import Accessibility
    from geoaccess.questions.access.around_the_clock import AroundTheClock
    from geoaccess.questions.access.weather import Weather
    from geoaccess.study import Study
    from geoaccess.study.resource_sections import Season
    from networks.engines import Engine


@click.command("access")
@click.argument("study")
@click.option("--scenario", "scenarios", multiple=True, help="Scenario of the study; may be given again.")
@click.option(
    "--to",
    "kinds",
    multiple=True,
    help="Kind of facility, or who comes: response, doctor, transport-to-KIND. "
    "[default: the kinds the study reports on]",
)
@click.option(
    "--sites-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="CHOICE",
    help="Close and open the facilities of a file that a map offers: one more state, beside the one before.",
)
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
@click.option(
    "--by-craft",
    is_flag=True,
    help="With --to response or doctor: what each kind of car, boat, aircraft adds.",
)
@click.option(
    "--season",
    type=click.Choice(["summer", "winter"]),
    help="Season of the weather that who comes must fly and sail in. [default: the year]",
)
@click.option(
    "--percentile",
    type=Figure(min=0, min_open=True, max=100),
    default=90.0,
    show_default=True,
    help="How often minutes must be kept, of 100 times, as weather lets those who come.",
)
@click.option(
    "--within",
    "within_min",
    type=Figure(min=0, min_open=True),
    help="Minutes within which somebody should be there. [default: the service's last threshold]",
)
@year_option
@resources_option
@click.option("--served", is_flag=True, help="Also say which facility is nearest for how many of each group.")
@click.option(
    "--around-the-clock",
    "around",
    is_flag=True,
    help="For every moment of leaving, with the ferries as they sail then: best, median, nine times in ten.",
)
@week_of_option
@draws_option(20)
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
    sites_file: Path | None,
    by: str,
    weight: str | None,
    serving: str | None,
    side_by_side: bool,
    with_aversions: bool,
    atkinson_aversion: float,
    kolm_pollak_aversion: float,
    by_craft: bool,
    season: Season | None,
    percentile: float,
    within_min: float | None,
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
    from geoaccess.questions.access.answer import access_answer, accessibility
    from geoaccess.questions.access.equity import Aversions
    from geoaccess.questions.access.equity_table import equity_notes, equity_rows, with_equity
    from geoaccess.questions.access.terminal_side_by_side import show_side_by_side
    from geoaccess.questions.access.terminal_tables import show_access, show_equity
    from geoaccess.questions.access.terminal_weather import asked_of_weather, show_kept, weather_notes
    from geoaccess.questions.access.weather import Weather
    from geoaccess.study.state import BASE
    from networks.engines import using_engine

    weather = Weather(season, percentile / 100.0, within_min)
    out = Output(json=as_json, quiet=quiet)
    with out.step("reading the study"):
        loaded, kinds, scenarios = _read(study, year, kinds, scenarios, sites_file)
    side_by_side |= bool(sites_file) and not around
    out.learn(loaded)
    fine = weather_notes(loaded, kinds, asked_of_weather(), around=around)
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
    with out.step("travel times"), using_engine(engine) as engines:
        table = accessibility(
            loaded, by=by, kinds=kinds, scenarios=scenarios or (BASE,), weight=weight, weather=weather
        )
    aversions = Aversions(atkinson_aversion, kolm_pollak_aversion) if with_aversions else None
    equity = equity_rows(loaded, table, aversions)
    beside = _beside(loaded, table, scenarios or (BASE,)) if side_by_side else {}
    if side_by_side:
        show_side_by_side(out, loaded, by, **beside)
    else:
        show_kept(out, loaded, table, weather)
        show_access(out, loaded, table)
        show_equity(out, loaded, equity)
    craft, who = _who_comes(out, loaded, table, weather, by_craft=by_craft)
    who |= _served(out, loaded, table, serving, served=served)
    if output:
        with out.step(Note("say.writing", path=str(output))):
            answer = access_answer(loaded, table, craft=craft)
            with_equity(answer, equity, aversions).save(output, overwrite=overwrite)
    notes = [*fine, *equity_notes(aversions), *table.notes]
    out.notes(notes)
    out.note(engine_note(engines))
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
            "access_legs": table.access_legs,
            "equity": equity,
            **({"aversions": asdict(aversions)} if aversions else {}),
            **beside,
            **who,
            "notes": notes,
        }
    )


def _read(
    study: str, year: int | None, kinds: tuple[str, ...], scenarios: tuple[str, ...], sites_file: Path | None
) -> tuple[Study, tuple[str, ...], tuple[str, ...]]:
    """The study with its people, what is asked for, in which states; with a choice: without and by it."""
    from geoaccess.answers.choice_file import read_choice
    from geoaccess.questions.access.given_choice import with_choice

    if sites_file and scenarios:
        raise click.UsageError("--sites-file says the scenario itself: leave out --scenario")
    loaded = load_in_year(study, year)
    if sites_file:
        choice = read_choice(sites_file, "access")
        loaded, name = with_choice(loaded.with_people_of(choice.scenario), choice)
        return loaded, kinds or (choice.question,), (choice.scenario, name)
    return loaded.with_people_of(scenarios[0]) if len(scenarios) == 1 else loaded, kinds, scenarios


def _who_comes(
    out: Output, study: Study, table: Accessibility, weather: Weather, *, by_craft: bool
) -> tuple[pd.DataFrame | None, dict[str, Any]]:
    """Who comes, shown and for JSON, where a service of resources was asked for; what each resource adds."""
    from geoaccess.questions.access.answer import craft_rows, who_rows
    from geoaccess.questions.access.terminal_weather import show_by_craft, show_carried, show_who_comes
    from geoaccess.questions.access.weather import is_service, is_transport

    services = [name for name in table.kinds if is_service(study, name)]
    transports = [name for name in table.kinds if is_transport(study, name)]
    for name in transports:
        show_carried(out, study, table, name, weather)
    if by_craft and not services:
        raise click.UsageError("--by-craft needs --to response or --to doctor")
    carried = {"carried": who_rows(table, transports)} if transports else {}
    if not services:
        return None, carried | ({"weather": asdict(weather)} if transports else {})
    craft = craft_rows(study, table, services, weather) if by_craft else None
    for name in services:
        show_who_comes(out, study, table, name, weather)
    if craft is not None:
        show_by_craft(out, study, craft, weather)
    told = {"who_comes": who_rows(table, services), "weather": asdict(weather)}
    return craft, carried | told | ({} if craft is None else {"craft": craft})


def _served(
    out: Output, study: Study, table: Accessibility, serving: str | None, *, served: bool
) -> dict[str, Any]:
    """Which facility is nearest for whom, and against which serves them; also for JSON."""
    from geoaccess.questions.access.answer import served_by
    from geoaccess.questions.access.serving import serving_check
    from geoaccess.questions.access.terminal_side_by_side import show_serving
    from geoaccess.questions.access.terminal_tables import show_served

    told: dict[str, Any] = {}
    if served:
        told["served"] = served_by(study, table)
        show_served(out, study, table.by, told["served"])
    if serving:
        told["serving"] = serving_check(study, table, serving)
        show_serving(out, study, told["serving"])
    return told


def _around_the_clock(out: Output, study: Study, patience: str, **options: Any) -> AroundTheClock:
    """What people can count on at every moment of leaving, told."""
    from geoaccess.questions.access.around_the_clock import around_the_clock, parse_patience
    from geoaccess.questions.access.terminal_around_the_clock import show_around_the_clock

    with out.step("every moment of leaving"):
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

    with out.step(Note("say.writing", path=str(output))):
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
