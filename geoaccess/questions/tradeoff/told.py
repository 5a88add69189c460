"""What maps and reports of trade-offs share: titles of criteria, and what opens and closes, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray

#: A kind of facility -> its label in the reader's language.
Kind = Callable[[str], str]


def title_of(section: Mapping[str, Any], language: str) -> str:
    """A title in the reader's language, else as it is."""
    return str(section.get(f"title_{language}") or section["title"])


def names_of(sites: pd.DataFrame, point: int, role: str, kind: Kind) -> list[str]:
    """Names of the sites with a role in a placement of the front; of several kinds, each with its kind."""
    rows = sites[sites[f"point_{point}_role"].astype(str) == role]
    several = sites["placement"].nunique() > 1
    return sorted(
        f"{name} ({kind(str(one))})" if several else str(name)
        for name, one in zip(rows["name"], rows["kind"], strict=True)
    )


def sites_of(sites: pd.DataFrame, point: int, role: str, kind: Kind) -> str:
    """The names of :func:`names_of` as one text."""
    return ", ".join(names_of(sites, point, role, kind))


def wide(values: pd.DataFrame) -> dict[str, FloatArray]:
    """Criterion -> (points,) its values, in the order of the placements."""
    names = list(dict.fromkeys(values["criterion"].astype(str)))
    return {
        name: values.loc[values["criterion"].astype(str) == name, "value"].to_numpy(dtype=np.float64)
        for name in names
    }


def digits_of(values: FloatArray) -> int:
    """Digits after the point that a criterion is told with."""
    return 0 if len(values) and float(np.abs(values).max()) >= 1000 else 1
