"""The public surface is what this file says; importing it starts nothing and prints nothing."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import measure

SURFACE = {
    "geoaccess": """
        Accessibility PlacementResult Study accessibility compare_runs frontier load_study losses minutes nearest place place_robust
        save_map travel_times
    """,
}


@pytest.mark.parametrize("package", SURFACE)
def test_the_public_names_are_these(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(module.__all__) == sorted(SURFACE[package].split())
    for name in module.__all__:
        assert getattr(module, name).__doc__


@pytest.mark.parametrize("package", ["geoaccess", "networks", "optimise", "maps"])
def test_every_public_name_exists_and_is_documented(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    undocumented = [name for name in module.__all__ if not getattr(module, name).__doc__]
    assert undocumented == []


@pytest.mark.parametrize("package", ["geoaccess", "networks", "optimise", "maps"])
def test_importing_prints_nothing_and_starts_nothing(package: str) -> None:
    code = f"import {package}, sys, threading; sys.exit(threading.active_count() - 1 + ('rasterio' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_house_meets_the_reference_values() -> None:
    house = measure.measure()
    assert max(house.module_lines) < 700
    assert sorted(house.body_lines)[int(0.9 * len(house.body_lines))] <= 30
    assert house.documented[0] == house.documented[1]
    assert house.typed[0] == house.typed[1]
    assert house.property_tests > 100
