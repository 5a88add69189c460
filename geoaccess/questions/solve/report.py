"""Reports of solved models: which sites, how sure, and whom nothing serves."""

from __future__ import annotations

import math

from geoaccess.answers.engine import engine_note
from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Document, Headline, Headlines, Paragraph, Quantity, Table
from geoaccess.drawing.question_report import SHOWN, Parts, question_document
from geoaccess.words.note import note_in, said_in


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: the proof, the sites, the farthest demand points."""
    words, told = m.words, m.facts["solve"]
    sites, points = m.table("solved_sites"), m.table("solved_points")
    chosen = sites[sites["role"] == "chosen"].reset_index(drop=True)
    proof = Paragraph(
        words(
            "solve.proof",
            status=words.known(f"status.{told['status']}", str(told["status"])),
            objective=_figure(m, told["objective"]),
            bound=_figure(m, told["bound"]),
            solver=said_in(told, "solver", words.language.value),
        )
    )
    use = told.get("engine")  # runs of earlier versions did not say
    engine = [Paragraph(note_in(engine_note(use), words.language.value))] if use else []
    table = Table(
        "solved-sites",
        words("solve.sites"),
        (
            Column("site_id", words("solve.site")),
            Column("weight_served", words("solve.weight_served"), Quantity.NUMBER),
        ),
        chosen,
    )
    columns = (
        Column("demand_id", words("solve.demand")),
        Column("weight", words("solve.weight"), Quantity.NUMBER),
        Column("site_id", words("solve.site")),
        Column("travel_time_min", words("solve.minutes"), Quantity.MINUTES, 1),
    )
    far = points.sort_values(["travel_time_min", "demand_id"], ascending=[False, True], na_position="first")
    shown = Table("solved-points", words("solve.far"), columns, far.head(SHOWN).reset_index(drop=True))
    whole = Table("solved-points", words("solve.points"), columns, points)
    figures = Headlines(
        (
            Headline(words.number(len(chosen)), words("solve.sites")),
            Headline(_figure(m, told["objective"]), words("solve.objective")),
        )
    )
    brief: list[Block] = [figures, proof, *engine, table, shown, Paragraph(words("solve.no_map"))]
    return Parts(str(told["model"]), brief, [], [table, whole], math.nan)


def _figure(m: Material, value: float | None) -> str:
    return m.words.number(math.nan if value is None else float(value), 3)
