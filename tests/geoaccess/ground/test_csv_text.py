"""Tables as text, byte for byte against the writer of pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoaccess.ground import csv_text
from geoaccess.ground.csv_text import write_csv

texts = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.sampled_from(
        ["", " ", "a,b", 'say "so"', "two\nlines", "cr\r", "-101", "Røst", "'", "\ufeff", "\x85"]
    ),
)
rows = st.lists(
    st.tuples(
        texts, st.floats(), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.sampled_from(["x", "y"])
    ),
    max_size=12,
)


def both(frame: pd.DataFrame, folder: Path) -> tuple[bytes, bytes]:
    write_csv(frame, folder / "ours.csv")
    frame.to_csv(folder / "theirs.csv", index=False, lineterminator="\n")
    return (folder / "ours.csv").read_bytes(), (folder / "theirs.csv").read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv")


@settings(max_examples=150, deadline=None)
@given(rows)
def test_every_text_and_number_is_told_as_pandas_tells_it(folder: Path, told: list[Any]) -> None:
    names = ["a,b", "minutes", "count", "is", 'of "x"']
    frame = pd.DataFrame(told, columns=names).astype(
        {"a,b": "str", "minutes": "float64", "count": "int64", "is": "bool", 'of "x"': "str"}
    )
    ours, theirs = both(frame, folder)
    assert ours == theirs


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series(["a", 1, None], dtype=object),
        pd.Series(pd.to_datetime(["2026-01-02", "2026-03-04", None])),
        pd.Series([True, None, False], dtype="boolean"),
        pd.Series([0.1, 2.5, np.nan], dtype="float32"),
        pd.Series(["u", "v", "u"], dtype="category"),
        pd.Series([0.0, -0.0, 1e22]),
        pd.Series([np.inf, -np.inf, 5e-324]),
    ],
    ids=lambda column: str(column.dtype),
)
def test_whatever_a_column_holds(folder: Path, column: pd.Series[Any]) -> None:
    ours, theirs = both(pd.DataFrame({"id": ["p", "q", "r"], "value": column}), folder)
    assert ours == theirs
    ours, theirs = both(pd.DataFrame({"value": column}), folder)
    assert ours == theirs


def test_rows_are_told_some_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "_ROWS", 7)
    count = np.arange(50)
    frame = pd.DataFrame(
        {"id": [f"p{one % 9}" for one in count], "half": count / 2, "count": count}, index=count[::-1]
    )
    ours, theirs = both(frame, folder)
    assert ours == theirs
    ours, theirs = both(frame.iloc[:0], folder)
    assert ours == theirs
    ours, theirs = both(pd.DataFrame(), folder)
    assert ours == theirs
