"""What tables tell people: person-hours, whatever the columns of files hold."""

from __future__ import annotations

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
