"""The part of a placement's map that shows answers nearly as good: where they differ, and what they lose."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.answers.source import Source, numbers
from maps import Column, Headline, SiteRole, TableView, View

#: Roles of sites that are open today, and of those that are open in the answer.
_TODAY = ("existing", "required", "closed")
_OPEN = ("existing", "required", "chosen")
#: Smallest loss that two digits show, in per cent.
_LEAST = 0.01


@dataclass(frozen=True, eq=False)
class Alternative:
    """An answer nearly as good as the best.

    Attributes:
        view: its figures.
        roles: (n_sites,) what each site of the table ``sites`` is in it.
    """

    view: View
    roles: list[SiteRole]


def alternatives(source: Source) -> list[Alternative]:
    """The alternatives that can be drawn; one whose sites share their names with others cannot."""
    table, sites = source.table("alternatives"), source.table("sites")
    if table.empty or sites.empty:
        return []
    rows_of = _rows_of(sites)
    found = []
    for row in table[table["rank"] > 1].to_dict(orient="records"):
        opened = _rows(rows_of, str(row["instead"]))
        left = _rows(rows_of, str(row["instead_of"]))
        if opened is not None and left is not None:
            found.append(Alternative(_view(source, row), _roles(sites, opened, left)))
    return found


def _rows_of(sites: pd.DataFrame) -> dict[str, int]:
    """Name -> row of the sites whose name is theirs alone."""
    names = sites["name"].astype(str)
    alone = ~names.duplicated(keep=False)
    return dict(zip(names[alone], np.flatnonzero(alone).tolist(), strict=True))


def _rows(rows_of: Mapping[str, int], names: str) -> list[int] | None:
    """Rows of sites named one after the other; None where a name is not known or not alone."""
    found = [rows_of.get(name) for name in names.split(", ") if name]
    rows = [row for row in found if row is not None]
    return rows if len(rows) == len(found) else None


def _roles(sites: pd.DataFrame, opened: list[int], left: list[int]) -> list[SiteRole]:
    today = sites["role"].isin(_TODAY).to_numpy()
    is_open = sites["role"].isin(_OPEN).to_numpy().copy()
    is_open[opened], is_open[left] = True, False
    roles = np.where(is_open, np.where(today, "existing", "chosen"), np.where(today, "closed", "absent"))
    return [SiteRole(role) for role in roles]


def _view(source: Source, row: Mapping[Hashable, object]) -> View:
    words = source.words
    loss = 100.0 * float(str(row["loss"]))
    least = words("figure.less_than", value=f"{words.number(_LEAST, 2)} %")
    headline = (
        Headline(
            words("figure.worse"),
            least if 0 < loss < _LEAST else loss,
            "%",
            words("figure.worse.told"),
            digits=2,
        ),
        Headline(words("figure.mean"), float(str(row["mean_min"])), "min", digits=2),
        Headline(words("figure.p90"), float(str(row["p90_min"])), "min"),
    )
    return View(
        key=f"alternative-{row['rank']}",
        label=words("alternatives.instead", instead=row["instead"], instead_of=row["instead_of"]),
        explanation=words("alternatives.told"),
        headline=headline,
        group=words("group.alternatives"),
        charted=True,
    )


def table(source: Source) -> list[TableView]:
    """All alternatives, the answer itself first."""
    words, frame = source.words, source.table("alternatives")
    if frame.empty:
        return []
    columns = (
        Column(words("column.rank"), numbers(frame, "rank")),
        Column(words("figure.worse"), 100.0 * numbers(frame, "loss"), "%", 3),
        Column(words("figure.mean"), numbers(frame, "mean_min"), "min", 2),
        Column(words("figure.p90"), numbers(frame, "p90_min"), "min", 1),
        Column(words("column.new_sites"), frame["sites"].astype(str).tolist()),
    )
    return [TableView("alternatives", words("group.alternatives"), columns, words("alternatives.table"))]
