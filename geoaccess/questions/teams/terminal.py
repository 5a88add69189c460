"""``geoaccess teams``: areas of teams that travel, and their hours on the road."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.questions.teams.told import proof_note
from geoaccess.terminal.options import Figure
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.note import Note, in_languages

if TYPE_CHECKING:
    from geoaccess.questions.teams.answer import TeamsFound


@click.command("teams")
@click.argument("study")
@click.argument("name", required=False)
@click.option("--areas", type=click.IntRange(min=1), help="Number of areas; default: the study's.")
@click.option("--scenario", default="base", show_default=True, help="Scenario of the study.")
@year_option
@click.option("--time-limit", type=Figure(min=0, min_open=True), help="Seconds for the areas.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the solver.")
@result_options
def command(
    study: str,
    name: str | None,
    areas: int | None,
    scenario: str,
    year: int | None,
    time_limit: float | None,
    seed: int,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Teams that travel: today's areas and the most compact ones, with the hours of staff on the road."""
    from geoaccess.ground.errors import ExitCode
    from geoaccess.questions.teams.answer import plan_teams, proof_of, teams_answer
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year, scenario)
    with out.step("placing"):
        found = plan_teams(loaded, name, count=areas, scenario=scenario, time_limit_s=time_limit, seed=seed)
    show_region(out, found)
    for variant in found.region:
        show_areas(out, found, variant)
    if output:
        write_output(out, teams_answer(loaded, found), found.districts, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": found.scenario,
            "teams": found.name,
            "region": found.region,
            **proof_of(found),
            "areas": found.districts,
            "municipalities": found.municipalities,
            "notes": found.notes,
        }
    )
    return int(ExitCode.DONE if found.proof.status.value == "optimal" else ExitCode.STOPPED_AT_LIMIT)


def show_region(out: Output, found: TeamsFound) -> None:
    """Today's areas and the best beside each other, and how sure they are."""
    import pandas as pd

    from geoaccess.questions.teams.answer import proof_of

    rows = pd.DataFrame(list(found.region.values())).round({"road_hours": 0, "wait_hours": 0, "smallest": 0})
    rows["largest"] = rows["largest"].round()
    rows["variant_title"] = cells(rows, [Note(f"teams.{one}") for one in found.region])
    columns: dict[str, str] = {
        "variant_title": Note("teams.variant"),
        "areas": Note("teams.areas"),
        "smallest": Note("teams.smallest"),
        "largest": Note("teams.largest"),
        "mean_min": Note("teams.mean"),
        "worst_min": Note("teams.worst"),
        "road_hours": Note("teams.road"),
        "wait_hours": Note("teams.wait"),
        "staff": Note("teams.staff"),
        "beyond_day": Note("teams.beyond"),
        "parts": Note("teams.parts"),
    }
    title = in_languages(found.team, "title")
    out.table(
        Note("teams.title", title=title, scenario=out.scenario(found.scenario)), columns, rows, digits=1
    )
    out.say(proof_note(found.region, proof_of(found)))


def show_areas(out: Output, found: TeamsFound, variant: str) -> None:
    """The areas of a variant, the largest first."""
    rows = found.districts[found.districts["variant"] == variant]
    rows = rows.sort_values(["persons", "seat"], ascending=[False, True], kind="stable")
    rows = rows.assign(
        name=rows["seat"], persons=rows["persons"].round(), road_hours=rows["road_hours"].round()
    )
    columns = {
        "name": Note("teams.seat"),
        "municipalities": Note("teams.municipalities"),
        "persons": "persons",
        "clients": Note("teams.clients"),
        "mean_min": Note("teams.mean"),
        "worst_min": Note("teams.worst"),
        "road_hours": Note("teams.road"),
        "staff": Note("teams.staff"),
        "beyond_day": Note("teams.beyond"),
    }
    out.table(Note(f"teams.{variant}"), columns, rows, digits=1)
