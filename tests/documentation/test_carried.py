"""A script of spopt, a notebook of osmnx, a project of QGIS and a Norwegian workbook end in placements, as the pages say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import carried


@pytest.mark.parametrize("page", carried.PAGES)
def test_a_page_prints_what_it_shows(page: str, tmp_path: Path) -> None:
    found = list(carried.walk(page, tmp_path))
    assert len(found) >= 2
    assert all(one.shown.strip() for one in found if one.lines)
    wrong = {one.typed: (one.missing, one.lines) for one in found if one.missing}
    assert not wrong, f"python -m tests.documentation.refresh {page}"


@pytest.mark.parametrize("page", carried.NOTEBOOKS)
def test_the_notebook_has_the_cells_of_its_page(page: str) -> None:
    kept = (carried.EXAMPLES / carried.NOTEBOOKS[page]).read_text(encoding="utf-8")
    assert kept == carried.notebook(page)
