"""Telling what a command takes, or what was wrong, imports nothing that runs it."""

from __future__ import annotations

import subprocess
import sys

HEAVY = "numpy pandas scipy shapely numba pulp geopandas folium pydantic rasterio osmium highspy matplotlib pyproj"


def imported_by(code: str) -> list[str]:
    ending = f"\nimport sys; print(*sorted(set({HEAVY.split()}) & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code + ending], capture_output=True, text=True, check=True)
    return done.stderr.splitlines()[-1].split()


def test_no_help_imports_what_runs():
    code = """
from geoaccess.cli.app import COMMANDS, run
for name in COMMANDS:
    assert run([name, "--help"]) == 0
for words in (["network", "build"], ["network", "check"], ["network", "info"], ["study", "new"], ["study", "check"]):
    assert run([*words, "--help"]) == 0
"""
    assert imported_by(code) == []


def test_no_refusal_of_a_command_line_imports_what_runs():
    code = """
from geoaccess.cli.app import run
assert run(["acces", "nord-norge"]) == 2
assert run(["access"]) == 2
assert run(["losses", "nord-norge", "--rank", "nothing"]) == 2
"""
    assert imported_by(code) == []


def test_the_errors_import_no_leaf():
    assert (
        imported_by(
            "import geoaccess, geoaccess.ground.errors, networks.errors, optimise.errors, maps.errors"
        )
        == []
    )
