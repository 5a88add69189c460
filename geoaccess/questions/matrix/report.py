"""Reports of a matrix: which pairs have minutes, who reaches nothing, and the longest ways."""

from __future__ import annotations

import math

from geoaccess.answers.reading import Material, column
from geoaccess.drawing.blocks import (
    Block,
    Column,
    Document,
    Headline,
    Headlines,
    Paragraph,
    Quantity,
    Section,
    Table,
)
from geoaccess.drawing.question_report import SHOWN, Parts, question_document
from geoaccess.ground.measures import weighted_percentile


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: the pairs, the origins that are worst off, the destinations."""
    words, told = m.words, m.facts["matrix"]
    origins = m.table("matrix_origins")
    nearest = column(origins, "nearest_min")
    none = int((origins["pairs_reached"] == 0).sum())
    median = weighted_percentile(nearest, [1.0] * len(nearest), 0.5) if len(nearest) else math.nan
    figures = Headlines(
        (
            Headline(words.number(told["pairs_reached"]), words("matrix.reached")),
            Headline(words.number(told["pairs_left"]), words("matrix.left")),
            Headline(words.number(none), words("matrix.none")),
            Headline(words.minutes(median), words("matrix.median")),
        )
    )
    columns = (
        Column("from_id", words("matrix.origin")),
        Column("nearest_id", words("matrix.nearest_id")),
        Column("nearest_min", words("matrix.nearest_min"), Quantity.MINUTES, 1),
        Column("farthest_id", words("matrix.farthest_id")),
        Column("farthest_min", words("matrix.farthest_min"), Quantity.MINUTES, 1),
        Column("pairs_left", words("matrix.pairs_left"), Quantity.NUMBER),
    )
    far = origins.sort_values(["nearest_min", "from_id"], ascending=[False, True], na_position="first")
    shown = Table("matrix-origins", words("matrix.far"), columns, far.head(SHOWN).reset_index(drop=True))
    whole = Table("matrix-origins", words("matrix.origins"), columns, origins)
    served = _destinations(m)
    brief: list[Block] = [figures, Paragraph(words("matrix.sentence")), shown]
    return Parts(
        words("matrix.subtitle", origins=told["origins"], destinations=told["destinations"]),
        brief,
        [Section("destinations", served.title, (served,))],
        [whole, served],
        math.nan,
    )


def _destinations(m: Material) -> Table:
    words = m.words
    frame = m.table("matrix_destinations").sort_values(
        ["nearest_of", "to_id"], ascending=[False, True], ignore_index=True
    )
    return Table(
        "matrix-destinations",
        words("matrix.destinations"),
        (
            Column("to_id", words("matrix.destination")),
            Column("nearest_of", words("matrix.nearest_of"), Quantity.NUMBER),
            Column("pairs_reached", words("matrix.pairs_reached"), Quantity.NUMBER),
            Column("farthest_id", words("matrix.farthest_origin")),
            Column("farthest_min", words("matrix.farthest_min"), Quantity.MINUTES, 1),
        ),
        frame,
    )
