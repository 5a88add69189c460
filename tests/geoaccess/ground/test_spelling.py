"""What is offered to somebody who mistyped a name."""

from __future__ import annotations

import pytest

from geoaccess.ground.errors import UnknownNameError
from geoaccess.ground.search import find_name
from geoaccess.ground.spelling import closest

PLACES = {"a": "Vardø", "b": "Sørland (Værøy)", "c": "Sortland", "d": "Karasjok - Kárášjohka", "e": "Vengsøy"}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Værøy", "Sørland (Værøy)"),
        ("vaeroy", "Sørland (Værøy)"),
        ("Sørland", "Sørland (Værøy)"),
        ("Vardo0", "Vardø"),
    ],
)
def test_a_name_that_has_the_word_comes_before_one_that_is_spelt_alike(typed, first):
    assert closest(typed, PLACES.values())[0] == first
    with pytest.raises(UnknownNameError, match=rf"did you mean '{first[:6]}"):
        find_name("place", typed, PLACES)


def test_nothing_typed_is_like_nothing():
    assert closest("", PLACES.values()) == []
    assert closest("(", PLACES.values()) == []
