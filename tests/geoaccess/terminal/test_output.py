"""What tables tell people: person-hours, whatever the columns of files hold."""

from __future__ import annotations

import math

import pandas as pd

from geoaccess.terminal.output import Output


def test_people_read_person_hours_and_the_frame_keeps_its_minutes(capsys):
    frame = pd.DataFrame(
        {"name": ["West", "East"], "person_min_lost": [1200.0, 60.0], "gain_min": [7.0, 9.0]}
    )
    headings = {"name": "place", "person_min_lost": "person-hours lost", "gain_min": "gain, min"}
    Output(json=False, quiet=False).table("A table", headings, frame)
    told = capsys.readouterr().out.split()
    assert {"20", "1", "7", "9"} <= set(told)
    assert not {"1,200", "60"} & set(told)
    assert frame["person_min_lost"].tolist() == [1200.0, 60.0]


def test_a_year_is_no_amount(capsys):
    frame = pd.DataFrame({"year": [2026, 2031], "persons": [2026, 2031]})
    Output(json=False, quiet=False).table("A plan", {"year": "year", "persons": "persons"}, frame)
    told = capsys.readouterr().out
    assert told.count("2026") == told.count("2,026") == 1


def test_a_time_of_nobody_and_a_share_without_value_are_no_unreachable_ones(capsys):
    """Of the people whom nothing reaches a mean is *unreachable*; of nobody, and of a share, it is none."""
    nan = math.nan
    frame = pd.DataFrame(
        {
            "name": ["lost", "empty", "alive"],
            "persons": [7.0, 0.0, 9.0],
            "mean_min": [nan, nan, 12.0],
            "occupancy": [nan, nan, 0.5],
            "base": [nan, nan, 3.0],
        }
    )
    headings = {name: name for name in frame}
    Output(json=False, quiet=False).table("A table", headings, frame, digits=1)
    told = (line.replace("│", " ").split() for line in capsys.readouterr().out.splitlines())
    rows = {words[0]: words[-3:] for words in told if words}
    assert rows["lost"] == ["unreachable", "-", "unreachable"]
    assert rows["empty"] == ["-", "-", "-"]
    assert rows["alive"] == ["12", "0.5", "3"]


def test_a_place_where_nobody_lives_may_be_unreachable_all_the_same(capsys):
    """The time of one place sums up nobody."""
    frame = pd.DataFrame({"persons": [0.0, 0.0], "travel_time_min": [math.nan, 5.5]})
    Output(json=False, quiet=False).table("Places", {name: name for name in frame}, frame, digits=1)
    assert "unreachable" in capsys.readouterr().out
