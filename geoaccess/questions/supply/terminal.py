"""``geoaccess supply``: what people have of a capacity that they share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.beside import Table, scenario_option, side_by_side
from geoaccess.terminal.options import Figure
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.note import Note, in_languages

if TYPE_CHECKING:
    from geoaccess.questions.supply.answer import Supply
    from geoaccess.study import Study

_SHOWN = 15


@click.command(
    "supply",
    cls=side_by_side(Table("rows", {"{by}": "{by}"}, {"mean": "mean"})),
)
@click.argument("study")
@click.option("--capacity", required=True, metavar="COLUMN", help="Column of the tables of facilities.")
@click.option("--to", "kind", required=True, help="Kind of facility that has the capacity.")
@click.option(
    "--method",
    type=click.Choice(["2sfca", "e2sfca", "3sfca", "variable"]),
    default="e2sfca",
    show_default=True,
    help="Floating catchment: of one size, with zones, with competition between facilities, or of own sizes.",
)
@click.option("--threshold", type=Figure(min=0, min_open=True), help="Size of every catchment, minutes.")
@click.option(
    "--decay", default="", help="zones:10=1,20=0.68 or gaussian:20 or exponential:0.05 or power:1.5:5"
)
@click.option("--sizes", default="", help="Sizes to try, minutes, by commas (variable).")
@click.option("--enough", type=Figure(min=0), help="Persons that are enough for a catchment (variable).")
@click.option(
    "--unknown", type=Figure(min=0), help="What a blank capacity counts as; default: it is a fault."
)
@click.option("--by", default="municipality", show_default=True, help="municipality or a group column.")
@scenario_option()
@click.option("--weight", help="Weight; default: the study's own (people).")
@year_option
@result_options
def command(
    study: str,
    capacity: str,
    kind: str,
    method: str,
    threshold: float | None,
    decay: str,
    sizes: str,
    enough: float | None,
    unknown: float | None,
    by: str,
    scenario: str,
    weight: str | None,
    year: int | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Capacity per 1,000 people, where all who reach a facility share it (floating catchments)."""
    from geoaccess.questions.supply.answer import supply, supply_answer
    from geoaccess.questions.supply.methods import method_of
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    chosen = method_of(method, threshold_min=threshold, decay=decay, sizes_min=_minutes(sizes), enough=enough)
    loaded = read_for(out, study, year, scenario)
    found = supply(loaded, kind, capacity, chosen, by=by, scenario=scenario, weight=weight, unknown=unknown)
    show_supply(out, loaded, found)
    if output:
        write_output(out, supply_answer(loaded, found), found.groups, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": found.scenario,
            "kind": kind,
            "capacity": capacity,
            "method": chosen.name,
            "parameters": chosen.told,
            "weight": found.weight,
            "by": by,
            "region": found.region,
            "rows": found.groups,
            "facilities": found.facilities,
            "notes": found.notes,
        }
    )


def show_supply(out: Output, study: Study, found: Supply) -> None:
    """Everybody in a sentence, then the groups that have least, then the facilities that most share."""
    region, label = found.region, in_languages(study.kind(found.kind), "label")
    out.say(
        Note(
            "supply.region",
            capacity=found.column,
            amount=region["capacity"],
            kind=label,
            persons=region["persons"],
            mean=region["mean_per_1000"],
            without=region["persons_without"],
            unreachable=region["persons_unreachable"],
            unused=region["capacity_unused"],
        )
    )
    columns = {
        found.by: found.by.replace("_", " "),
        "persons": "persons",
        "mean_per_1000": Note("supply.mean"),
        "p10_per_1000": Note("supply.p10"),
        "persons_without": Note("supply.persons_without"),
        "persons_unreachable": "unreachable",
    }
    least = found.groups.sort_values(["mean_per_1000", found.by], kind="stable")
    out.table(Note("supply.least", capacity=found.column), columns, least, digits=2, most=_SHOWN)
    facilities = {
        "name": "name",
        "capacity": Note("supply.capacity"),
        "radius_min": Note("supply.radius"),
        "persons_in_reach": Note("supply.in_reach"),
        "persons_nearest": Note("supply.nearest"),
    }
    shared = found.facilities.sort_values(["persons_in_reach", "facility_id"], ascending=[False, True])
    out.table(Note("supply.facilities", kind=label), facilities, shared, digits=1, most=_SHOWN)


def _minutes(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise click.BadParameter(Note("fault.minutes_by_commas", text=text), param_hint="--sizes") from error
