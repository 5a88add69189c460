"""Figures on the terminal: nothing is rounded to nothing, and what stands side by side adds up."""

from __future__ import annotations

import doctest
import json
import math

import pytest

from geoaccess.cli.app import run
from geoaccess.words import catalogue, figures
from geoaccess.words.figures import change, figure, percent

#: Two roads of one length that do not meet: half of the nodes are in the main part.
TWO_HALVES = """<osm version="0.6"><node id="1" lat="67" lon="14"/><node id="2" lat="67" lon="14.0460327"/>
<node id="3" lat="67" lon="14.1841308"/><node id="4" lat="67" lon="14.2301635"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="secondary"/></way>
<way id="11"><nd ref="3"/><nd ref="4"/><tag k="highway" v="secondary"/></way></osm>"""


def test_the_examples_hold():
    assert doctest.testmod(figures).failed == 0


@pytest.mark.parametrize("digits", [0, 1, 2])
@pytest.mark.parametrize("value", [0.5, 0.49, 0.04, 0.004, -0.3, 1e-5, 1e-12, 0.95, 3.0, 999.96])
def test_what_is_not_nothing_is_never_shown_as_0(value, digits):
    assert any(sign in "123456789" for sign in figure(value, digits))
    assert figure(0.0, digits).strip("0.") == ""


@pytest.mark.parametrize("digits", [0, 1, 2])
def test_only_everybody_is_all(digits):
    assert percent(1.0, digits).startswith("100")
    for part in (0.999, 0.9999, 0.999999, 1 - 1e-12):
        assert not percent(part, digits).startswith("100")
    for part in (0.001, 0.00001, 1e-12):
        assert percent(part, digits).strip("0.%") != ""


@pytest.mark.parametrize(
    ("before", "after"), [(15.3452, 14.5449), (9.95, 0.04), (0.449, 0.451), (100.0, 99.996)]
)
@pytest.mark.parametrize("digits", [0, 1, 2])
def test_a_change_is_the_difference_of_what_is_shown(before, after, digits):
    told = [float(f"{value:.{digits}f}") for value in (before, after)]
    assert change(before, after, digits) == pytest.approx(told[1] - told[0], abs=1e-12)
    assert math.isnan(change(math.nan, after, digits))


def test_the_main_share_on_the_terminal_is_that_of_the_json(tmp_path, capsys):
    (tmp_path / "map.osm").write_text(TWO_HALVES)
    assert run(["network", "build", str(tmp_path / "map.osm"), "-o", str(tmp_path / "n.net"), "-q"]) == 0
    capsys.readouterr()
    assert run(["network", "check", str(tmp_path / "n.net"), "-q"]) == 0
    assert "main share: 50.0%" in capsys.readouterr().out
    assert run(["network", "check", str(tmp_path / "n.net"), "-q", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["main_share"] == 0.5


@pytest.mark.parametrize(
    ("value", "spec", "english", "bokmal"),
    [
        (math.nan, ",.1f", "-", "-"),
        (math.nan, "", "-", "-"),
        (math.nan, ".0%", "-", "-"),
        (math.nan, "~1", "unreachable", "nås ikke"),
        (-0.04, ".1f", "0.0", "0,0"),
        (-0.04, "+.1f", "+0.0", "+0,0"),
        (-0.004, ".0%", "0%", "0\xa0%"),
        (-0.0, "", "0", "0"),
        (-0.06, ".1f", "-0.1", "-0,1"),
        (-10.0, ",.0f", "-10", "-10"),
        (0.04, "~1", "0.04", "0,04"),
    ],
)
def test_a_field_of_a_sentence_is_never_nan_nor_less_than_nothing(value, spec, english, bokmal):
    """Nobody is asked for what there is no number of, and what is rounded to nothing has no sign."""
    assert (catalogue.told(value, "en", spec), catalogue.told(value, "nb", spec)) == (english, bokmal)
