"""``geoaccess reliability``: what closed passes and cancelled ferries do to time to care over a year."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.beside import Table as BesideTable
from geoaccess.terminal.beside import scenario_option, side_by_side
from geoaccess.terminal.options import Figure, json_option, quiet_option, resources_option
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import Table, answer_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.figures import figure, of_people, percent
from geoaccess.words.locales import ENGLISH
from geoaccess.words.note import Note

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.questions.reliability import Reliability

_SHOWN = 15


@click.command(
    "reliability",
    cls=side_by_side(
        BesideTable(
            "region", {"kind": "kind"}, {"share_within": "share within", "expected_min": "expected min"}
        ),
        BesideTable("rows", {"kind": "kind", "{by}": "{by}"}, {"expected_min": "expected min"}),
    ),
)
@click.argument("study")
@click.option("--to", "kinds", multiple=True, help="Kind of facility; default: those the study reports on.")
@click.option("--threshold", type=Figure(min=0), default=60.0, show_default=True, help="Minutes.")
@scenario_option("State while no hazard happens; given again: side by side.")
@click.option("--by", default="municipality", show_default=True, help="Group: municipality, county, ...")
@click.option("--weight", help="Weight of the figures; default: the study's own (people).")
@click.option(
    "--draws", type=click.IntRange(min=1), default=10_000, show_default=True, help="Where states are many."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the draws.")
@year_option
@resources_option
@answer_options
@click.option("--points", type=Table(), help="Table of every demand point to write.")
@json_option
@quiet_option
def command(
    study: str,
    kinds: tuple[str, ...],
    threshold: float,
    scenario: str,
    by: str,
    weight: str | None,
    draws: int,
    seed: int,
    year: int | None,
    output: Path | None,
    overwrite: bool,
    points: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Weigh the hazards of the study: the chance to be reached in time, and the worst week of the year."""
    import pandas as pd

    from geoaccess.answers.study_notes import drive_notes, study_notes
    from geoaccess.ground.errors import DataError
    from geoaccess.ground.writing import write_table
    from geoaccess.minutes import group_labels, known_kind
    from geoaccess.questions.reliability.answer import (
        Weighed,
        hazards_in_words,
        per_point,
        region_figures,
        reliability_answer,
        with_groups,
    )
    from geoaccess.study.names import kind_words
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year, scenario)
    hazards = loaded.config.hazards
    if not hazards:
        raise DataError("the study has no hazard: describe one under [hazards.NAME], with its scenario")
    chosen = kinds or loaded.report_kinds()
    if not chosen:
        raise DataError("the study reports on no kind of facility: name one with --to")
    labels, persons = group_labels(loaded, by), loaded.weight(weight)
    chosen = tuple(known_kind(loaded, kind) for kind in chosen)
    limits = {"threshold_min": threshold, "draws": draws, "seed": seed}
    with out.step("all states of the hazards"):
        found = {
            kind: with_groups(loaded, kind, persons, labels, scenario=scenario, **limits) for kind in chosen
        }
    rows = pd.concat([rows.assign(kind=kind) for kind, (_, rows) in found.items()], ignore_index=True)
    rows = rows.rename(columns={"group": by})[
        [by, "kind", *(name for name in rows.columns if name not in {"group", "kind"})]
    ]
    for kind, (whole, _) in found.items():
        title = {"kind": kind_words(loaded, kind), "limit": threshold, "scenario": out.scenario(scenario)}
        _show(out, title, whole, rows[rows["kind"] == kind], by=by, seed=seed)
    told = hazards_in_words(hazards)
    own = "" if out.language == ENGLISH else f"_{out.language}"
    columns = {
        f"hazard{own}": "hazard",
        "scenario": "scenario",
        f"how_often{own}": "how often",
        "source": "source",
    }
    out.table("What is assumed of the hazards (independent of each other, given the week)", columns, told)
    notes = [*study_notes(loaded.in_state(scenario=scenario), chosen), *drive_notes(loaded, chosen)]
    name = weight or loaded.config.demand.default_weight
    if output:
        asked = Weighed(found, rows, threshold, scenario, by, name, tuple(notes))
        write_output(out, reliability_answer(loaded, asked), rows, output, overwrite=overwrite)
    if points:
        write_table(per_point(loaded, found), points)
        out.note(Note("say.written", path=str(points)))
    out.notes(notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": scenario,
            "threshold_min": threshold,
            "by": by,
            "weight": weight or loaded.config.demand.default_weight,
            "seed": seed,
            "region": [{"kind": kind, **region_figures(whole)} for kind, (whole, _) in found.items()],
            "rows": rows,
            "weeks": pd.concat(
                [whole.weeks.assign(kind=kind) for kind, (whole, _) in found.items()], ignore_index=True
            ),
            "states": pd.concat(
                [whole.states.assign(kind=kind) for kind, (whole, _) in found.items()], ignore_index=True
            ),
            "hazards": told,
            "notes": notes,
        }
    )


def _show(
    out: Output, title: Mapping[str, Any], whole: Reliability, rows: pd.DataFrame, *, by: str, seed: int
) -> None:
    from geoaccess.questions.reliability.answer import region_figures

    figures, persons = region_figures(whole), float(rows["persons"].sum())
    out.say(Note("say.reliability.title", **title))
    out.say(
        Note(
            "say.reliability.shares",
            base=percent(figures["share_within_base"], 2),
            year=percent(figures["share_within"], 2),
            week=str(figures["worst_week"]),
            worst=percent(figures["worst_week_share_within"], 2),
            reached=percent(figures["share_reached"], 2),
        )
    )
    out.say(
        Note(
            "say.reliability.means",
            base=of_people(figures["base_min"], persons, 2),
            year=of_people(figures["expected_min"], persons, 2),
            worst=of_people(figures["worst_week_expected_min"], persons, 2),
        )
    )
    out.say(
        Note(
            "say.reliability.cut_off",
            week=figures["persons_cut_off_worst_week"],
            sometimes=figures["persons_cut_off_sometimes"],
            always=figures["persons_cut_off_always"],
        )
    )
    if whole.method == "enumeration":
        out.say(Note("say.reliability.counted", states=len(whole.states)))
    else:
        out.say(
            Note(
                "say.reliability.drawn",
                states=whole.draws,
                seed=str(seed),
                minutes=figure(figures["expected_error_min"], 2),
                share=percent(figures["share_within_error"], 3),
            )
        )
    moved = rows.assign(
        later=(rows["worst_week_expected_min"] - rows["base_min"]).round(6),
        lost=(rows["share_within_base"] - rows["worst_week_share_within"]).round(9),
        cut_off=(1.0 - rows["share_reached"]).round(9),
    )
    moved = moved[(moved[["later", "lost", "cut_off"]] != 0).any(axis=1)]
    if moved.empty:
        out.say("  the hazards change nobody's time")
        return
    told = {
        f"told_{name}": cells(moved, map(percent, moved[name]))
        for name in ("share_within_base", "worst_week_share_within", "share_reached")
    }
    columns = {
        by: by.replace("_", " "),
        "told_share_within_base": "in time, no hazard",
        "told_worst_week_share_within": "worst week",
        "base_min": "mean min, no hazard",
        "expected_min": "over the year",
        "worst_week_expected_min": "worst week",
        "worst_week": "which week",
    }
    if (moved["cut_off"] > 0).any():
        columns["told_share_reached"] = "reached at all"
    order = ["cut_off", "lost", "later"]
    worst_first = moved.assign(**told).sort_values(order, ascending=False, kind="stable")
    out.table(Note("say.reliability.hit", **title), columns, worst_first, digits=1, most=_SHOWN)
