"""What a placement over the day rests on, told with it."""

from __future__ import annotations

import pytest

import geoaccess as ga
from geoaccess.words.note import Note


def told(result, code):
    return [note for note in result.notes if isinstance(note, Note) and note.code == code]


@pytest.mark.parametrize("times", ["around-the-clock-mean", "around-the-clock-p90"])
def test_everybody_is_counted_once_and_the_other_night_is_told(fjord, times):
    """One boat every 20 minutes, its night not known: those across rest on it, Town and West on the road."""
    ferries = (fjord / "ferries.csv").read_text(encoding="utf-8")
    (fjord / "ferries.csv").write_text(ferries.replace("closed,,,test", "unknown,,,test"), encoding="utf-8")
    study = (fjord / "study.toml").read_text(encoding="utf-8")
    assert "sites = 1" in study
    (fjord / "study.toml").write_text(
        study.replace("sites = 1", f'sites = 0\ntimes = "{times}"'), encoding="utf-8"
    )
    result = ga.place(fjord, "stations")
    (bases,) = told(result, "note.clock_bases")
    counts = {name: bases.fields[name] for name in ("road", "timetable", "frequency", "assumed", "no_way")}
    assert counts == {"road": 1100, "timetable": 0, "frequency": 0, "assumed": 0, "no_way": 7}
    assert bases.fields["night_not_known"] == 250
    (nights,) = told(result, "note.place_nights_sail")
    assert nights.fields["sails"] < nights.fields["mean"]
    assert nights.fields["mean"] == pytest.approx(result.after["mean_min"])


def test_one_clock_time_says_nothing_of_it(fjord):
    assert not told(ga.place(fjord, "stations", sites=1), "note.clock_bases")
