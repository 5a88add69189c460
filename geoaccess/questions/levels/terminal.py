"""``geoaccess levels``: acute help of any level, and what stands together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.beside import Table, scenario_option, side_by_side
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.note import Note, in_languages

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.questions.levels.answer import LevelsFound
    from geoaccess.study import Study

_SHOWN = 15


@click.command(
    "levels",
    cls=side_by_side(
        Table("region", {"what": "what", "item": "item"}, {"mean_min": "mean"}),
        Table("rows", {"what": "what", "item": "item", "{by}": "{by}"}, {"mean_min": "mean"}),
    ),
)
@click.argument("study")
@click.option("--by", default="municipality", show_default=True, help="municipality or a group column.")
@scenario_option()
@year_option
@result_options
def command(
    study: str,
    by: str,
    scenario: str,
    year: int | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Nearest acute help of any level, what it can do, and which services stand together."""
    from geoaccess.questions.levels.answer import acute_levels, levels_answer
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year, scenario)
    found = acute_levels(loaded, by=by, scenario=scenario)
    show_levels(out, found)
    show_farthest(out, found)
    show_areas(out, loaded, found)
    if output:
        write_output(out, levels_answer(loaded, found), found.groups, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": found.scenario,
            "by": by,
            "region": found.region,
            "rows": found.groups,
            "places": found.places,
            "areas": found.areas,
            "notes": found.notes,
        }
    )


def _titles(found: LevelsFound, rows: pd.DataFrame) -> list[Note]:
    titles = []
    for what, item in zip(rows["what"], rows["item"], strict=True):
        if what == "level" and item not in found.care.levels:
            titles.append(Note("care.any"))
            continue
        section = found.care.levels[str(item)] if what == "level" else found.care.can[str(item)]
        titles.append(Note("text", text=in_languages(section, "title")))
    return titles


def show_levels(out: Output, found: LevelsFound) -> None:
    """Minutes of everybody to help of each level, and to help that can do each thing."""
    for what, heading in (("level", "care.levels"), ("can", "care.abilities")):
        rows = found.region[found.region["what"] == what].copy()
        rows["title"] = cells(rows, _titles(found, rows))
        columns: dict[str, str] = {"title": Note("care.level" if what == "level" else "care.can")}
        columns |= {"mean_min": "mean", "p90_min": "90 %", "worst_min": "farthest"}
        columns |= {
            "persons_beyond_30_min": Note("care.beyond", minutes=30),
            "persons_beyond_60_min": Note("care.beyond", minutes=60),
            "persons_unreachable": Note("care.unreachable"),
        }
        if what == "level":
            columns["persons_nearest"] = Note("care.nearest")
        out.table(Note(heading, scenario=out.scenario(found.scenario)), columns, _whole(rows), digits=1)


def _whole(rows: pd.DataFrame) -> pd.DataFrame:
    people = [name for name in rows if str(name).startswith("persons")]
    return rows.assign(**{str(name): rows[name].round() for name in people})


def show_farthest(out: Output, found: LevelsFound) -> None:
    """The groups that have any help farthest away, and the best of it."""
    rows = found.groups[(found.groups["what"] == "level") & (found.groups["item"] == "any")]
    most = rows.sort_values(["mean_min", found.by], ascending=[False, True], kind="stable")
    columns = {found.by: found.by.replace("_", " "), "mean_min": "mean", "p90_min": "90 %"}
    columns |= {
        "persons": "persons",
        "persons_beyond_30_min": Note("care.beyond", minutes=30),
        "persons_unreachable": Note("care.unreachable"),
    }
    out.table(Note("care.farthest"), columns, _whole(most), digits=1, most=_SHOWN)


def show_areas(out: Output, study: Study, found: LevelsFound) -> None:
    """The index of co-location of every area."""
    from geoaccess.study.names import kind_words

    rows = found.areas.assign(
        area=cells(found.areas, [area or Note("care.all_areas") for area in found.areas["area"]])
    )
    columns = {
        "area": Note("care.area"),
        "facilities": Note("care.facilities"),
        "alone": Note("care.alone"),
        "index_together": Note("care.index"),
        "first_kind": Note("text", text=kind_words(study, found.care.together[0])),
        "first_together": Note("care.first_together"),
    }
    out.table(Note("care.areas", minutes=found.care.within_min), columns, rows, digits=2)
