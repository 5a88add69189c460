"""``geoaccess burden``: what the journeys cost that people make often."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.beside import Table, scenario_option, side_by_side
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.note import Note, in_languages

if TYPE_CHECKING:
    from geoaccess.questions.burden.answer import Burden

_SHOWN = 15


@click.command(
    "burden",
    cls=side_by_side(
        Table(
            "region",
            {"item": "journey"},
            {"hours": "hours", "km": "km", "travellers_unreached": "unreachable"},
        ),
        Table("rows", {"journey": "journey", "{by}": "{by}"}, {"hours_each": "hours each"}),
    ),
)
@click.argument("study")
@click.option("--journey", "journeys", multiple=True, help="Journey of the study, repeatable; default: all.")
@click.option("--by", default="municipality", show_default=True, help="municipality or a group column.")
@scenario_option()
@year_option
@result_options
def command(
    study: str,
    journeys: tuple[str, ...],
    by: str,
    scenario: str,
    year: int | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Kilometres, hours and ferries of the journeys that people make again and again in a year."""
    from geoaccess.questions.burden.answer import burden, burden_answer
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year, scenario)
    found = burden(loaded, journeys, by=by, scenario=scenario)
    for name in found.journeys:
        show_journey(out, found, name)
    if output:
        write_output(out, burden_answer(loaded, found), found.groups, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": found.scenario,
            "by": by,
            "region": found.region,
            "rows": found.groups,
            "notes": found.notes,
        }
    )


def show_journey(out: Output, found: Burden, name: str) -> None:
    """Everybody in a sentence, then the groups whose travellers spend most."""
    region, journey = found.region[name], found.journeys[name]
    title = in_languages(journey, "title")
    counted = not math.isnan(region["travellers"])
    if counted:
        out.say(
            Note(
                "burden.region",
                title=title,
                journeys=region["journeys"],
                hours=region["hours"],
                km=region["km"],
                waiting=region["waiting_hours"],
                ferry=region["ferry_journeys"],
                each=region["hours_each"],
            )
        )
        if "cost" in region and found.rates is not None:
            out.say(Note("burden.cost", cost=region["cost"], currency=found.rates.currency))
        if "co2_kg" in region:
            out.say(Note("burden.co2", tonnes=region["co2_kg"] / 1000))
    else:
        out.say(
            Note(
                "burden.one",
                title=title,
                count=journey.journeys_each,
                each=region["hours_each"],
                km=region["km_each"],
            )
        )
    columns = {
        found.by: found.by.replace("_", " "),
        "hours_each": Note("burden.hours_each"),
        "waiting_each": Note("burden.waiting_each"),
        "km_each": Note("burden.km_each"),
    }
    if counted:
        columns |= {
            "journeys": Note("burden.journeys"),
            "hours": Note("burden.hours"),
            "ferry_journeys": Note("burden.by_ferry"),
        }
    own = found.groups[found.groups["journey"] == name]
    most = own.sort_values(["hours_each", found.by], ascending=[False, True], kind="stable")
    out.table(Note("burden.most", title=title), columns, most, digits=1, most=_SHOWN)
