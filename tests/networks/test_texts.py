"""Texts over the arrays of a file are the texts that were written."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.errors import NetworkFileError
from networks.labels import Labels
from networks.texts import StoredTexts, texts_to_arrays

TEXTS = st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=8)


@given(TEXTS, st.data())
def test_texts_come_back_whole_and_one_by_one(texts: list[str], data: st.DataObject) -> None:
    stored = StoredTexts(*texts_to_arrays(texts))
    assert [stored[at] for at in range(-len(texts), len(texts))] == texts + texts
    assert list(stored) == texts
    assert len(stored) == len(texts)
    assert stored == tuple(texts)
    assert hash(stored) == hash(tuple(texts))
    first = data.draw(st.integers(0, 8))
    assert stored[first:] == tuple(texts[first:])
    assert pickle.loads(pickle.dumps(stored)) == tuple(texts)
    for text in texts:
        assert text in stored
    assert repr(stored) == f"StoredTexts({len(texts)} texts)"


def test_labels_read_one_text_without_the_others() -> None:
    start, utf8 = texts_to_arrays(["", "Tromsø", "Å"])
    labels = Labels(np.asarray([2, 1, 0, 1], dtype=np.int32), StoredTexts(start, utf8))
    assert [labels[edge] for edge in range(4)] == ["Å", "Tromsø", "", "Tromsø"]
    assert "_all" not in labels.values.__dict__
    assert labels.where("Tromsø").tolist() == [False, True, False, True]
    with pytest.raises(IndexError):
        StoredTexts(start, utf8)[3]


@pytest.mark.parametrize("start", [[], [0, 2], [0, 2, 1, 3], [1, 3]])
def test_arrays_that_do_not_fit_together_are_refused(start: list[int]) -> None:
    with pytest.raises(NetworkFileError, match="do not fit"):
        StoredTexts(np.asarray(start, dtype=np.int64), np.zeros(3, dtype=np.uint8))
    assert StoredTexts(np.asarray([0, 3]), np.zeros(3, dtype=np.uint8)) != "abc"


@given(TEXTS, st.lists(st.text(st.characters(codec="utf-8"), max_size=3), max_size=12))
def test_positions_of_texts_are_all_of_theirs(texts: list[str], others: list[str]) -> None:
    stored = StoredTexts(*texts_to_arrays([*texts, *texts[:3]]))
    for wanted in (texts[1:3], others, [*texts, *others], ["\ud800"]):
        expected = [place for place, text in enumerate([*texts, *texts[:3]]) if text in wanted]
        assert stored.positions(wanted) == expected
        assert all((text in stored) == (text in texts) for text in wanted)


def test_a_few_texts_are_found_without_decoding_the_others() -> None:
    stored = StoredTexts(*texts_to_arrays([f"link{number}" for number in range(500)]))
    assert stored.positions(["link17", "link499", "link5000"]) == [17, 499]
    assert "link7" in stored
    assert "_all" not in stored.__dict__
    assert stored.positions(f"link{number}" for number in range(20)) == list(range(20))
