"""The figures that a reader of a map sees first, held against the tables of the run."""

from __future__ import annotations

import pytest

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.registry import document

RANGE = """
[sensitivity."network.access.speed_kph"]
low = 10
base = 60
high = 90
source = "invented"
"""


def of_view(answer, key, language="en"):
    made = document(answer, language=language)
    view = next(view for view in made.views if view.key.startswith(key))
    return {figure.label: figure for figure in view.headline}


def asked(*words, out):
    assert run([*map(str, words), "-o", str(out), "-q"]) == 0
    return load_answer(out)


@pytest.mark.parametrize(
    ("language", "label", "told"),
    [("en", "90th percentile", "not reached"), ("nb", "90-prosentil", "nås ikke")],
)
def test_a_percentile_beyond_all_who_are_reached_is_no_unknown_number(fjord, language, label, told):
    study = ga.load_study(fjord)
    # Without the ferry 257 of 1,357 people have no way to the only station; with it 7 have none.
    for scenario, expected in (("no-ferry", told), ("base", None)):
        answer = access_answer(study, accessibility(study, kinds=["station"], scenarios=[scenario]))
        figure = of_view(answer, "station-", language)[label]
        assert figure.value == expected if expected else 0 < figure.value < 1000


def test_a_sensitivity_says_first_between_what_the_mean_lies_and_who_stays_worst_off(fjord, tmp_path):
    file = fjord / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + RANGE, encoding="utf-8")
    answer = asked("sensitivity", fjord, "--to", "hospital", "--samples", 4, out=tmp_path / "out")
    runs = answer.tables["sensitivity_points"]
    people = {"d1": 1000, "d2": 100, "d3": 50, "d4": 200}
    own = runs[runs["demand_id"].isin(people)].set_index("demand_id")["base_min"]
    figures = of_view(answer, "spread")
    mean = sum(people[key] * own[key] for key in people) / sum(people.values())
    assert figures["Mean"].value == pytest.approx(mean)
    low, high = map(float, figures["Mean"].explanation.split(" over")[0].split(" to "))
    assert low <= round(mean, 1) <= high
    assert low < high
    assert figures["Worst off"].value


def test_a_simulation_says_its_intervals(calls_study, tmp_path):
    answer = asked("simulate", calls_study, "--years", 3, out=tmp_path / "out")
    told = answer.facts["simulate"]["region"]
    figures = of_view(answer, "gap")
    share, within = 100 * told["share_in_time"], 100 * told["share_in_time_within"]
    assert figures["Calls with help in time"].value == pytest.approx(share)
    assert (
        figures["Calls with help in time"].explanation
        == f"{share - within:.1f} to {share + within:.1f} (95 % interval)"
    )
