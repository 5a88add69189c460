"""What maps and reports of trade-offs share: titles of criteria, and what opens and closes, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

#: A kind of facility -> its label in the reader's language.
Kind = Callable[[str], str]


def title_of(section: Mapping[str, Any], language: str) -> str:
    """A title in the reader's language, else as it is."""
    return str(section.get(f"title_{language}") or section["title"])


def sites_of(sites: pd.DataFrame, point: int, role: str, kind: Kind) -> str:
    """Names of the sites with a role in a placement of the front; of several kinds, each with its kind."""
    rows = sites[sites[f"point_{point}_role"].astype(str) == role]
    several = sites["placement"].nunique() > 1
    names = [
        f"{name} ({kind(str(one))})" if several else str(name)
        for name, one in zip(rows["name"], rows["kind"], strict=True)
    ]
    return ", ".join(sorted(names))


def wide(values: pd.DataFrame, column: str = "value") -> pd.DataFrame:
    """One row per placement of the front, one column per criterion."""
    names = list(dict.fromkeys(values["criterion"].astype(str)))
    return values.pivot_table(index="point", columns="criterion", values=column, sort=False, dropna=False)[
        names
    ]
