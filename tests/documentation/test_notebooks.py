"""Every notebook of the documentation runs, and prints what it is stored with."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import shortest_path

sys.path.insert(0, str(Path(__file__).parent))
import notebooks


def test_there_are_three() -> None:
    assert len(notebooks.PAGES) >= 3


@pytest.mark.parametrize("page", notebooks.PAGES)
def test_it_runs_and_prints_what_is_stored(page: str) -> None:
    stored = notebooks.read(page)
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert sum(bool(text.strip()) for text in notebooks.texts(stored)) >= len(code) / 2
    assert notebooks.texts(notebooks.executed(page)) == notebooks.texts(stored), (
        f"make it anew: python -m tests.documentation.refresh {page}"
    )


@pytest.mark.parametrize("page", notebooks.PAGES)
def test_its_page_is_the_notebook(page: str) -> None:
    shown = (notebooks.DOCS / page).with_suffix(".md").read_text(encoding="utf-8")
    assert shown == notebooks.as_page(page, notebooks.read(page))


@pytest.mark.parametrize("page", notebooks.PAGES)
def test_what_is_stored_is_small(page: str) -> None:
    text = (notebooks.DOCS / page).read_text(encoding="utf-8")
    assert len(text) < 100_000
    assert "<iframe" not in text


@pytest.mark.shared
def test_the_graphs_of_or_library_have_its_distances(shared: Path) -> None:
    edges = pd.read_csv(notebooks.FOLDER / "orlib-pmed.csv")
    assert edges["instance"].nunique() == 10
    for name, rows in edges.groupby("instance"):
        costs = np.load(shared / "orlib" / f"{name}.npz")["costs"]
        graph = np.zeros(costs.shape)
        graph[rows["i"] - 1, rows["j"] - 1] = rows["cost"]
        assert (shortest_path(graph, directed=False) == costs).all()
