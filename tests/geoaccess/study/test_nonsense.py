"""Figures that are none are refused where they stand: file, line, column, and what is wanted."""

from __future__ import annotations

import re

import pytest

from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.study import load_study
from geoaccess.study.schema import StudyConfig

#: Line of the study file -> what is written instead; the fault stands in that line.
REPLACED = [
    ("speed_kph = 60", "speed_kph = {}", ["nan", "inf", "-inf", "-60", "0", "true", "1e9"]),
    ("detour_factor = 1.0", "detour_factor = {}", ["nan", "inf", "0.5", "-1.0", "false"]),
    (
        "thresholds_min = [30, 60]",
        "thresholds_min = {}",
        ["[nan]", "[-30, 60]", "[inf]", "[0]", "[true]", "[]"],
    ),
    ("parts = { mobilise = 2 }", "parts = {{ mobilise = {} }}", ["nan", "-2", "inf", "true"]),
    ("sites = 1", "sites = {}", ["-1", "nan", "1.5", "true"]),
    ("urban_min = 12", "urban_min = {}", ["nan", "-12", "inf"]),
    ('speed_factors = { "*" = 0.5 }', 'speed_factors = {{ "*" = {} }}', ["nan", "0", "-0.5", "inf", "true"]),
]
ADDED = [
    ("[network.ferries]", "wait_cap_min = {}", ["nan", "-1", "inf"]),
    ("[network.ferries]", "default_headway_min = {}", ["0", "-60", "nan", "inf"]),
    ("[network.ferries]", "boarding_min = {}", ["-5", "nan"]),
    ("[network.speeds_kph]", "secondary = {}", ["0", "-50", "nan", "inf", "5000"]),
    ("[scenarios.x]", "link_factors = {{ ab = {} }}", ["nan", "0", "-2", "inf"]),
    ("[[scenarios.x.convoys]]\npasses = ['p']", "headway_min = {}", ["0", "-60", "nan"]),
    ("[[scenarios.x.convoys]]\npasses = ['p']\nheadway_min = 60", "speed_factor = {}", ["0", "1.5", "nan"]),
    ("[hazards.h]\ntitle = 't'\nsource = 's'", "probability = {}", ["nan", "-0.1", "1.1", "inf"]),
    ("[hazards.h]\ntitle = 't'\nsource = 's'", "days = {}", ["nan", "-1", "inf"]),
    ("[clocks.c.alarm]\nsource = 's'", "minutes = {}", ["nan", "-1", "inf"]),
    ("[sensitivity.'network.access.speed_kph']\nbase = 60\nhigh = 70", "low = {}", ["nan", "-inf"]),
    (
        "[placements.p.units.erlang]\nadmissions_per_1000_year = { people = 1 }",
        "stay_days = {}",
        ["0", "nan", "-1"],
    ),
    ("[placements.p.plan]", "years = [{}]", ["26", "nan", "-1"]),
    ("[journeys.j]\ntitle = 't'\nkind = 'hospital'\nsource = 's'", "journeys_each = {}", ["0", "nan", "-1"]),
    ("[[placements.p.guarantees]]", "minutes = {}", ["nan", "-1", "inf"]),
]


def told(study, text):
    (study / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as raised:
        load_study(study)
    return str(raised.value)


@pytest.mark.parametrize(
    ("line", "instead", "value"), [(line, form, value) for line, form, values in REPLACED for value in values]
)
def test_nonsense_is_refused_with_its_line(fjord, line, instead, value):
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    assert line in text
    number = text[: text.index(line)].count("\n") + 1
    assert f"study.toml:{number}:" in told(fjord, text.replace(line, instead.format(value), 1))


@pytest.mark.parametrize(
    ("header", "key", "value"), [(header, form, value) for header, form, values in ADDED for value in values]
)
def test_nonsense_in_further_sections_is_refused_with_its_line(fjord, header, key, value):
    text = (fjord / "study.toml").read_text(encoding="utf-8") + f"\n{header}\n"
    number = text.count("\n") + 1
    assert f"study.toml:{number}:" in told(fjord, text + key.format(value) + "\n")


@pytest.mark.parametrize("ends", ["low = -10\nhigh = 70", "low = 30\nhigh = 5000", "low = 0\nhigh = 70"])
def test_a_range_beyond_what_the_key_may_be_is_refused(fjord, ends):
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    section = f"\n[sensitivity.'network.access.speed_kph']\nbase = 60\n{ends}\n"
    assert re.search(
        r"sensitivity 'network.access.speed_kph': (low|high) is refused", told(fjord, text + section)
    )


def test_every_figure_of_the_schema_is_bounded_or_says_why():
    """A figure without a lowest value would let a sign error through."""
    free = {"low", "base", "high", "nodata", "net_sites"}
    schema = StudyConfig.model_json_schema()
    unbounded = set()
    for section in schema["$defs"].values():
        for name, field in section.get("properties", {}).items():
            choices = [field, *field.get("anyOf", [])]
            items = [
                item for one in choices for item in (one, one.get("items"), one.get("additionalProperties"))
            ]
            for item in items:
                is_figure = isinstance(item, dict) and item.get("type") in {"number", "integer"}
                if is_figure and not {"minimum", "exclusiveMinimum"} & set(item):
                    unbounded.add(name)
    assert unbounded <= free


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "NaN"])
@pytest.mark.parametrize(
    "command",
    [
        ["losses", "x", "--threshold"],
        ["reliability", "x", "--threshold"],
        ["place", "x", "y", "--budget"],
        ["place", "x", "y", "--time-limit"],
        ["solve", "p-median", "--costs", "x", "--guarantee"],
        ["solve", "p-median", "--costs", "x", "--gap"],
        ["matrix", "x", "--origins", "x", "--destinations", "x", "-o", "x.csv", "--max-min"],
    ],
)
def test_options_are_figures_too(capsys, command, value):
    assert run([*command, value]) == 2
    said = capsys.readouterr().err
    assert "is no figure" in said or "is not in the range" in said


@pytest.mark.parametrize("text", ["24:00", "25:00", "29:59", "12:60"])
def test_a_scenario_has_a_time_of_the_day(fjord, text):
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[scenarios.late]\ntime = "{text}"\n')
    with pytest.raises(DataError, match="no time of day"):
        load_study(fjord)
