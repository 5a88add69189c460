"""Every result that a public function gives says itself in a few lines, and as a table without anybody's markup."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

from geoaccess.answers.answer import Answer
from geoaccess.answers.notebook import Told
from networks.brief import Brief
from optimise.brief import OneLine

PACKAGES = ("geoaccess", "networks", "optimise", "maps")
#: What is given back, and is no result: what a caller passes on, a few plain values, or an object of another library.
NO_RESULTS = {
    "Study": "its repr is one line, and it is asked, not read",
    "Answer": "tests/geoaccess/test_notebook.py",
    "FerryTimes": "three values",
    "Components": "two arrays, by their sizes",
    "SpeedFactors": "an overlay: passed on to apply_overlays",
    "Closure": "an overlay",
    "RoadsClosed": "an overlay",
    "Condition": "a condition of a problem",
    "SiteCount": "a condition of a problem",
}
HOSTILE = "</td><script>alert('1')</script>"
#: Values of fields, each the worst of its kind.
VALUES = (
    HOSTILE,
    np.arange(20_000.0).reshape(2_000, 10),
    pd.DataFrame({HOSTILE: [HOSTILE] * 1_000, "minutes": np.arange(1_000.0)}),
    [HOSTILE] * 1_000,
    {f"{HOSTILE}{at}": [at] for at in range(300)},
    {HOSTILE: 1.0},
    (HOSTILE, HOSTILE),
    "line\n" * 100,
    float("nan"),
    None,
)


def own_classes() -> dict[tuple[str, str], type]:
    """Every class of the four packages by package and name."""
    found: dict[tuple[str, str], type] = {}
    for package in PACKAGES:
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if "._" in module.name or "qgis_plugin" in module.name:
                continue
            inside = importlib.import_module(module.name)
            for name, one in vars(inside).items():
                if inspect.isclass(one) and one.__module__ == module.name:
                    found.setdefault((package, name), one)
    return found


CLASSES = own_classes()


def given() -> Iterator[tuple[str, type]]:
    """The classes of ours in what public functions, and public classes by name, give back."""
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            one = getattr(module, name)
            if inspect.isfunction(one):
                words = re.findall(r"\w+", str(one.__annotations__.get("return", "")))
                homes = (package, *PACKAGES)
                found = (
                    next((CLASSES[home, word] for home in homes if (home, word) in CLASSES), None)
                    for word in words
                )
                yield from ((name, one) for one in found if one is not None)


GIVEN = sorted({one.__name__: one for _, one in given()}.items())
SHORT = sorted(
    {one for one in CLASSES.values() if issubclass(one, Brief | OneLine) and is_dataclass(one)},
    key=lambda one: one.__name__,
)


def test_every_result_of_a_public_function_is_short() -> None:
    assert len(GIVEN) > 25
    long = [name for name, one in GIVEN if not issubclass(one, Brief | OneLine) and name not in NO_RESULTS]
    assert long == []
    assert set(NO_RESULTS) <= {name for name, _ in GIVEN} | {"Answer"}


def made(one: type, first: int) -> object:
    """A result whose fields are the worst values, begun at one of them."""
    result = object.__new__(one)
    for at, field in enumerate(fields(one), start=first):
        object.__setattr__(result, field.name, VALUES[at % len(VALUES)])
    return result


@pytest.mark.parametrize("one", SHORT, ids=lambda one: one.__name__)
def test_whatever_it_holds_it_is_under_20_lines_and_escaped(one: type) -> None:
    for first in range(len(VALUES)):
        result = made(one, first)
        text = repr(result)
        assert len(text.splitlines()) < 20
        assert max(map(len, text.splitlines())) <= 400
        if not issubclass(one, Told):
            shown = result._repr_html_()  # type: ignore[attr-defined]
            assert "<script" not in shown
            assert one.__name__ in shown
            assert len(shown) < 40_000


def test_what_an_answer_is_made_of_has_all_its_forms() -> None:
    told = [one for one in SHORT if issubclass(one, Told)]
    assert {one.__name__ for one in told} >= {"Accessibility", "PlacementResult", "RobustPlacement", "Losses"}
    assert {one.__name__ for one in told} >= {"Frontier", "Comparison"}
    forms = ("to_geodataframe", "to_xarray", "map", "report", "_repr_html_")
    assert all(hasattr(one, form) for one in (*told, Answer) for form in forms)
