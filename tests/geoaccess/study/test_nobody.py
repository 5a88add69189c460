"""A study where nobody lives: every question answers, nothing divides by nobody, and pages are drawn of it."""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from geoaccess.answers.answer import load_answer
from geoaccess.ground.writing import json_ready, with_nan, without_value

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from near_beds import NEAR_BEDS, NEAR_TEAMS
from said import said

CLOCK = """
[clocks.chain]
title = "Response"
title_nb = "Respons"
parts = ["mobilise", "travel"]
mobilise = { minutes = 2, source = "invented" }
travel = { kinds = ["station"] }
"""
JOURNEYS = """
[journeys.often]
title = "Treatment"
kind = "hospital"
journeys_each = 156
travellers = { people = 0.01 }
source = "invented"

[hazards.h_ferry]
title = "The ferry does not sail"
scenario = "no-ferry"
regularity = 0.8
source = "invented"
"""


@pytest.fixture(scope="module")
def nobody(tmp_path_factory) -> Path:
    """The fjord with calls and crews, and without people."""
    told: dict[str, object] = {}
    source = (Path(__file__).parents[1] / "conftest.py").read_text(encoding="utf-8")
    exec(compile(source, "conftest.py", "exec"), told)
    folder = told["with_calls"](tmp_path_factory.mktemp("nobody") / "study")  # type: ignore[operator]
    for name, old, new in (
        ("people.csv", (",1000,100", ",100,20", ",50,10", ",200,50", ",7,7"), ",0,0"),
        ("municipalities.csv", (",1100,", ",250,", ",7,"), ",0,"),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        for one in old:
            assert one in text
            text = text.replace(one, new)
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(JOURNEYS + CLOCK + NEAR_BEDS + NEAR_TEAMS)
    return folder


def asked(*words, code=0):
    """A command whose divisions by nobody are faults of the program."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        told = said(words)
    assert told.code == code, told.err
    assert "nan" not in told.out.lower().split()
    return told


@pytest.mark.parametrize(
    "words",
    [
        ("study", "check"),
        ("study", "sources"),
        ("place", "stations"),
        ("plan", "stations", "--years", "2026,2031"),
        ("frontier", "stations", "--sites", "0..1"),
    ],
    ids=" ".join,
)
def test_nothing_divides_by_nobody(nobody, words):
    at = 2 if words[0] == "study" else 1
    # The check finds that towns without people have no people's places, and that the fjord lies out at sea.
    asked(*words[:at], nobody, *words[at:], code=3 if words[1] == "check" else 0)


@pytest.mark.parametrize(
    "words",
    [
        ("supply", "--capacity", "beds", "--to", "hospital"),
        ("beds",),
        ("teams",),
        ("burden",),
        ("reliability",),
        ("simulate", "--years", "2"),
        ("workload", "--without", "s2"),
    ],
    ids=lambda words: words[0],
)
def test_a_saved_answer_of_nobody_is_read_drawn_and_told(nobody, tmp_path, words):
    """JSON has no NaN: what was one when it was answered is one again when map and report read it."""
    run = tmp_path / "run"
    asked(words[0], nobody, *words[1:], "-o", run, "-q")
    asked("report", run, "-o", tmp_path / "report.html", "-q")
    answer = load_answer(run)
    plain = json.loads((run / "run.json").read_text(encoding="utf-8"))
    places = without_value(answer.facts)
    assert places == plain.get("no_value", [])
    for place in places:
        held = plain
        for key in place:
            held = held[key]
        assert held is None


def test_a_map_of_nobody_is_drawn(nobody, tmp_path):
    run = tmp_path / "run"
    asked("reliability", nobody, "-o", run, "-q")
    asked("map", run, "-o", tmp_path / "map.html", "-q")


def test_patients_who_are_brought_to_a_kind_that_is_nowhere_are_told(nobody, tmp_path):
    """The fjord without its hospitals: patients stay, crews are free sooner, and the answer says so."""
    folder = tmp_path / "study"
    shutil.copytree(nobody, folder)
    places = (folder / "places.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "places.csv").write_text("".join(row for row in places if ",hospital," not in row))
    told = asked("workload", folder, "--json", "-q").out
    assert "none is open: hospital;" in told
    assert "none is open" not in asked("workload", nobody, "--json", "-q").out


def test_where_nobody_calls_no_crew_is_busy(nobody):
    crews = json.loads(asked("workload", nobody, "--json", "-q").out)["crews"]
    assert {row["busy_share"] for row in crews} == {0.0}


def test_figures_without_value_are_put_back_where_they_were():
    facts = {"a": math.nan, "b": [1, {"c": np.float64("nan")}], "d": None, "e": math.inf, "f": {}}
    read = json.loads(json.dumps(json_ready(facts)))
    places = without_value(facts)
    assert places == [["a"], ["b", 1, "c"]]
    with_nan(read, places)
    assert math.isnan(read["a"])
    assert math.isnan(read["b"][1]["c"])
    assert (read["d"], read["e"], read["b"][0]) == (None, None, 1)


@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize(
    "words",
    [
        ("access", "--equity"),
        ("place", "stations", "--value", "--order"),
        ("frontier", "stations", "--sites", "0..1"),
        ("clocks",),
        ("reliability",),
        ("teams",),
        ("beds",),
        ("burden",),
        ("simulate", "--years", "2"),
        ("workload", "--without", "s2"),
    ],
    ids=lambda words: words[0] if isinstance(words, tuple) else words,
)
def test_times_of_nobody_are_not_told_as_unreachable(nobody, tmp_path, words, language):
    """Nobody is cut off where nobody lives: in tables and sentences of terminal and report there is no time at all."""
    unreachable = {"en": "unreachable", "nb": "nås ikke"}[language]
    out = asked("--lang", language, words[0], nobody, *words[1:], "-q").out
    # The word heads a column of people too, and counts them: "unreachable 0", "no longer reached: 0".
    figures = [line for line in out.splitlines() if re.search(rf"(│|  )\s*{unreachable}\s*(│|  |$)", line)]
    assert not [
        line
        for line in figures
        if re.search(r"\d", line.replace("30", "").replace("60", "").replace("90", ""))
    ]
    assert not re.search(rf"(mean|snitt\w*|within|innen|:) {unreachable}(?! lenger)", out)
    run = tmp_path / "run"
    asked(words[0], nobody, *words[1:], "-o", run, "-q")
    asked("--lang", language, "report", run, "-o", tmp_path / "report.html", "-q")
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", (tmp_path / "report.html").read_text(encoding="utf-8"))
    assert cells
    assert unreachable not in cells
