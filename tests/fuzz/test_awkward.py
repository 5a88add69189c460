"""Awkward studies: what went wrong of them once, and a few questions of every form."""

from __future__ import annotations

import pytest

from tests.fuzz.awkward import FORMS, asked, faults, prepared

#: One quick question a form; ``python -m tests.fuzz.awkward`` asks all of them of every form.
QUICK = ("access", "place", "losses", "clocks", "burden", "teams", "supply")


@pytest.mark.parametrize(
    ("at", "form"), list(enumerate(FORMS)), ids=lambda one: one if isinstance(one, str) else ""
)
def test_an_awkward_study_is_answered_or_refused_in_words(tmp_path, at, form):
    chosen = [QUICK[(at + step) % len(QUICK)] for step in range(2)]
    assert [str(one) for one in faults(form, tmp_path, questions=chosen, pages=False)] == []


@pytest.mark.parametrize("language", ["en", "nb"])
def test_a_name_of_several_places_is_told_as_such(tmp_path, language):
    """And never as one that is not there, with itself as what was meant."""
    study = prepared("one_name", tmp_path)
    _, refused, fault = asked(("route", study, "Town", "Town", "-q"), language)
    assert not fault
    assert {"en": "no single place (there are 3) named 'Town'", "nb": "(det er 3)"}[language] in refused
    assert "did you mean" not in refused


def test_a_unit_that_is_closed_for_the_question_is_no_fault_of_its_table(tmp_path):
    study = prepared("sound", tmp_path)
    out, refused, fault = asked(("beds", study, "--close", "Town hospital", "-q"))
    assert (refused, fault) == ("", "")
    assert "│ today" in out or "today  " in out
    both = ("--close", "Town hospital", "--close", "Færøy hospital")
    for language, word in (("en", "no place where one may open"), ("nb", "ikke noe sted der et kan åpne")):
        _, refused, fault = asked(("beds", study, *both, "-q"), language)
        assert not fault
        assert word in refused
        _, refused, fault = asked(("tradeoff", study, *both, "-q"), language)
        assert not fault
        assert "k_hosp" not in refused


@pytest.mark.parametrize(
    ("language", "words"), [("en", "4 areas are asked for"), ("nb", "spurt om 4 områder")]
)
def test_no_more_areas_than_municipalities_with_people(tmp_path, language, words):
    study = prepared("only_island", tmp_path)
    out, refused, fault = asked(("teams", study, "-q"), language)
    assert (refused, fault) == ("", "")
    assert "Island" in out
    _, refused, fault = asked(("teams", study, "--areas", 4, "-q"), language)
    assert not fault
    assert words in refused
