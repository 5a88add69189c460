"""Labels of edges are the texts that were given; speeds by road class are checked and changed one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks import NetworkDataError
from networks.labels import Labels
from networks.speeds import ROAD_CLASSES, SpeedTable

texts = st.lists(st.sampled_from(["", "E6", "E10", "Ærfuglvegen", " E6"]) | st.none(), max_size=12)


@given(texts, st.data())
def test_labels_are_the_texts_given(given_texts: list[str | None], data: st.DataObject) -> None:
    labels = Labels.of(given_texts)
    plain = [text or "" for text in given_texts]
    assert len(labels) == len(plain)
    assert labels.to_array().tolist() == plain
    assert [labels[edge] for edge in range(len(plain))] == plain
    assert sorted(labels.values) == sorted(set(plain))
    for wanted in (("E6",), ("E6", "E10"), (), ("E99",)):
        assert labels.where(*wanted).tolist() == [text in wanted for text in plain]
    order = np.asarray(data.draw(st.permutations(range(len(plain)))), dtype=np.int64)
    assert labels.take(order).to_array().tolist() == [plain[place] for place in order]
    mask = np.asarray([text == "E6" for text in plain], dtype=bool)
    assert labels.take(mask).to_array().tolist() == ["E6"] * int(mask.sum())
    assert labels.at(mask).tolist() == ["E6"] * int(mask.sum())
    some = order[: data.draw(st.integers(0, len(order)))]
    assert labels.at(some).tolist() == [plain[place] for place in some]


def test_labels_of_a_column_with_gaps_and_of_one_text() -> None:
    assert Labels.of(pd.Series([1, None, 2], dtype=object)).to_array().tolist() == ["1", "", "2"]
    assert Labels.of(pd.Series(["a", np.nan])).to_array().tolist() == ["a", ""]
    same = Labels.constant("ferry", 3)
    assert same.to_array().tolist() == ["ferry"] * 3
    assert same.values == ("ferry",)
    assert len(Labels.constant("", 0)) == 0
    assert Labels.of([]).to_array().tolist() == []


def test_speeds_fall_from_class_to_class() -> None:
    speeds = list(SpeedTable().as_dict().values())
    assert speeds == sorted(speeds, reverse=True)
    assert list(SpeedTable().as_dict()) == list(ROAD_CLASSES)
    assert SpeedTable().as_dict()["european"] == 69.0


@pytest.mark.parametrize("name", ROAD_CLASSES)
def test_a_speed_is_changed_alone_and_checked(name: str) -> None:
    changed = SpeedTable().changed({name: 55})
    assert changed.as_dict() == SpeedTable().as_dict() | {name: 55.0}
    assert dataclasses.replace(SpeedTable(), **{name: 150.0}).as_dict()[name] == 150.0
    for speed in (0.0, -1.0, 150.1, float("nan"), float("inf")):
        with pytest.raises(NetworkDataError, match=name):
            SpeedTable().changed({name: speed})


def test_unknown_classes_are_all_named() -> None:
    with pytest.raises(NetworkDataError, match="cart") as raised:
        SpeedTable().changed({"cart": 5, "sledge": 9, "private": 20})
    assert "sledge" in str(raised.value)
    assert "european" in str(raised.value)
    with pytest.raises(NetworkDataError, match="municipal") as raised:
        SpeedTable(municipal=-1.0, private=0.0)
    assert "private" in str(raised.value)
