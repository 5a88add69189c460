"""``geoaccess beds``: units of beds close to home, variant by variant."""

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
from geoaccess.words.note import Note, in_languages, weight_words

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.questions.beds.answer import BedsFound

_SHOWN, _MILLION = 20, 1e6


@click.command("beds")
@click.argument("study")
@click.argument("name", required=False)
@click.option(
    "--bed-variant", "variants", multiple=True, help="Variant of the beds, repeatable; default: all."
)
@click.option("--scenario", default="base", show_default=True, help="Scenario of the study.")
@year_option
@click.option("--time-limit", type=Figure(min=0, min_open=True), help="Seconds for each variant.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the solver.")
@result_options
def command(
    study: str,
    name: str | None,
    variants: tuple[str, ...],
    scenario: str,
    year: int | None,
    time_limit: float | None,
    seed: int,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Beds close to home: which units stay, grow, shrink, close or open, for whom, at what price."""
    from geoaccess.ground.errors import ExitCode
    from geoaccess.questions.beds.answer import beds_answer, plan_beds
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year, scenario)
    with out.step("placing"):
        found = plan_beds(loaded, name, variants, scenario=scenario, time_limit_s=time_limit, seed=seed)
    show_variants(out, found)
    for one in found.region:
        show_changes(out, found, one)
    show_areas(out, found)
    if output:
        write_output(out, beds_answer(loaded, found), found.units, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": found.scenario,
            "beds": found.name,
            "region": found.region,
            "units": found.units,
            "municipalities": found.municipalities,
            "areas": found.areas,
            "payers": found.payers,
            "notes": found.notes,
        }
    )
    return int(ExitCode.DONE if found.proven else ExitCode.STOPPED_AT_LIMIT)


def variant_title(found: BedsFound, name: str) -> Note:
    """What a variant is called."""
    if name not in found.beds.variants:
        return Note("beds.today")
    return Note("text", text=in_languages(found.beds.variants[name], "title"))


def show_variants(out: Output, found: BedsFound) -> None:
    """All variants beside each other, and how sure each is."""
    import pandas as pd

    rows = pd.DataFrame(list(found.region.values()))
    rows["variant_title"] = cells(rows, [variant_title(found, name) for name in found.region])
    for column in ("cost", "elsewhere_cost"):
        rows[column] = rows[column] / _MILLION
    for column in ("occupancy", "turned_away"):
        rows[column] = rows[column] * 100
    rows["total"] = rows["total"] / _MILLION
    currency = found.beds.prices.currency
    columns: dict[str, str] = {
        "variant_title": Note("beds.variant"),
        "units": Note("beds.units"),
        "beds": Note("beds.beds"),
        "staff": Note("beds.staff"),
        "cost": Note("beds.cost", currency=currency),
        "occupancy": Note("beds.occupancy"),
        "turned_away": Note("beds.turned_away"),
        "elsewhere_cost": Note("beds.elsewhere", currency=currency),
        "mean_min": Note("beds.mean"),
        "worst_min": Note("beds.worst"),
    }
    if found.beds.beside:
        columns |= {"beside_units": Note("beds.beside"), "beside_mean_min": Note("beds.beside_mean")}
    columns["total"] = Note("beds.total", currency=currency)
    title = in_languages(found.beds, "title")
    told = Note("beds.variants", title=title, scenario=out.scenario(found.scenario))
    out.table(told, columns, rows, digits=1)
    for name, one in found.region.items():
        if one["status"]:
            out.say(
                Note(
                    "beds.proven" if one["status"] == "optimal" else "beds.not_proven",
                    variant=variant_title(found, name),
                    total=one["objective"] / _MILLION,
                    bound=one["bound"] / _MILLION,
                    currency=currency,
                    solver=one["solver"],
                )
            )


def show_changes(out: Output, found: BedsFound, name: str) -> None:
    """What happens to units, the largest changes first."""
    one = found.region[name]
    if not one["status"]:
        return
    out.say(
        Note(
            "beds.changes",
            variant=variant_title(found, name),
            **{
                what: one[what]
                for what in ("stays", "grows", "shrinks", "closes", "opens", "own", "bought", "nowhere")
            },
        )
    )
    rows = found.units[(found.units["variant"] == name) & (found.units["change"] != "stays")]
    rows = rows.assign(
        told=cells(rows, [Note(f"beds.change.{what}") for what in rows["change"]]),
        size=(rows["beds"] - rows["beds_today"]).abs(),
        occupancy=cells(rows, _percent(rows["occupancy"])),
        turned_away=cells(rows, _percent(rows["turned_away"])),
    ).sort_values(["size", "name"], ascending=[False, True], kind="stable")
    if len(rows):
        columns = {
            "name": Note("beds.unit"),
            "told": Note("beds.change"),
            "beds_today": Note("beds.today_beds"),
            "beds": Note("beds.beds"),
            "persons": "persons",
            "occupancy": Note("beds.occupancy"),
            "turned_away": Note("beds.turned_away"),
        }
        rows["persons"] = rows["persons"].round()
        out.table(variant_title(found, name), columns, rows, digits=1, most=_SHOWN)


def _percent(shares: pd.Series) -> list[str]:
    """Shares in per cent; a unit that is closed has none."""
    return ["-" if math.isnan(share) else figure(100 * share, 1) for share in shares]


def show_areas(out: Output, found: BedsFound) -> None:
    """How many beds each area needs, by every rule, beside today's."""
    rows = found.areas[found.areas["variant"] == found.areas["variant"].iloc[0]].copy()
    rows["persons"] = rows["persons"].round()
    columns: dict[str, str] = {
        "area": Note("beds.area"),
        "persons": "persons",
        "beds_today": Note("beds.today_beds"),
        "offered": Note("beds.offered"),
    }
    for weight, persons in found.beds.persons_per_bed.items():
        columns[f"beds_by_{weight}"] = Note("beds.by_persons", persons=persons, weight=weight_words(weight))
    columns |= {"beds_each": Note("beds.each"), "beds_pooled": Note("beds.pooled")}
    out.table(Note("beds.areas", most=found.beds.most_turned_away), columns, rows, digits=1)
