"""Packed columns come back as they went in."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.encoding import (
    Letters,
    decode_integers,
    decode_rings,
    deflated,
    encode_integers,
    encode_numbers,
    encode_rings,
)
from maps.layers import SiteRole
from maps.payload import _per_view, _texts

whole = st.integers(min_value=-(2**61), max_value=2**61)


@given(st.lists(whole, max_size=200))
def test_integers_come_back(values: list[int]):
    array = np.asarray(values, dtype=np.int64)
    assert np.array_equal(decode_integers(encode_integers(array)), array)


def test_the_bytes_are_those_of_protocol_buffers():
    # sint64 examples of the Protocol Buffers encoding guide: zigzag(150) = 300 = AC 02, zigzag(-2) = 3.
    assert base64.b64decode(encode_integers(np.asarray([0, -1, 1, -2, 150]))) == bytes.fromhex("00010203ac02")


@given(
    st.lists(
        st.one_of(st.just(float("nan")), st.floats(-1e7, 1e7, allow_nan=False)), min_size=1, max_size=60
    ),
    st.integers(0, 3),
)
def test_numbers_keep_their_digits_and_their_gaps(values: list[float], decimals: int):
    packed = encode_numbers(values, decimals=decimals)
    stored = decode_integers(packed["data"]).astype(float)
    back = np.where(stored == 0, np.nan, np.where(stored > 0, stored - 1, stored + 1)) / packed["scale"]
    assert np.array_equal(np.isnan(back), np.isnan(values))
    assert np.nanmax(np.abs(back - values), initial=0) <= 0.5 / 10**decimals + 1e-6


@given(st.lists(st.floats(-180, 180), min_size=1, max_size=60))
def test_coordinates_do_not_drift(values: list[float]):
    packed = encode_numbers(values, decimals=5, differences=True)
    back = np.cumsum(decode_integers(packed["data"])) / packed["scale"]
    assert np.abs(back - values).max() <= 0.5e-5 + 1e-9


point = st.tuples(st.floats(-180, 180), st.floats(-85, 85))


@given(st.lists(st.lists(st.lists(point, min_size=2, max_size=6), min_size=1, max_size=3), max_size=5))
def test_rings_come_back_in_their_shapes(shapes: list[list[list[tuple[float, float]]]]):
    back = decode_rings(encode_rings(shapes))
    assert [[len(ring) for ring in shape] for shape in back] == [
        [len(ring) for ring in shape] for shape in shapes
    ]
    for shape, expected in zip(back, shapes, strict=True):
        for ring, points in zip(shape, expected, strict=True):
            assert np.abs(ring - np.asarray(points)).max() <= 0.5e-4 + 1e-9


@given(
    st.lists(st.one_of(st.text(max_size=3), st.none(), st.integers(), st.just(float("nan")), st.booleans()))
)
def test_a_column_of_texts_says_each_of_them_once(values: list[object]):
    packed = _texts(iter(values))
    told = ["" if one is None or one != one else str(one) for one in values]
    assert packed["texts"] == list(dict.fromkeys(told))
    assert [packed["texts"][code] for code in decode_integers(packed["codes"])] == told


def test_roles_are_told_by_their_words():
    packed = _per_view({"": [SiteRole.CHOSEN, "absent"], "a": ["chosen"]}, SiteRole)
    assert [one["texts"] for one in packed.values()] == [["chosen", "absent"], ["chosen"]]
    with pytest.raises(ValueError, match="nowhere"):
        _per_view(["nowhere"], SiteRole)


def test_a_column_costs_less_than_its_digits():
    rng = np.random.default_rng(0)
    minutes = rng.uniform(0, 300, 10_000)
    digits = sum(len(f"{value:.1f},") for value in minutes)
    assert len(encode_numbers(minutes, decimals=1)["data"]) < 0.65 * digits


@pytest.mark.browser
def test_the_browser_reads_what_python_wrote(browser):
    from importlib import resources

    page = browser.new_page()
    text = resources.files("maps").joinpath("_assets", "codec.js").read_text(encoding="utf-8")
    page.add_script_tag(content=text)
    values = np.asarray([0, 1, -1, 63, -64, 64, 8191, -8192, 2**31, -(2**40), 2**50])
    read = page.evaluate("text => Array.from(geoaccess.integers(text))", encode_integers(values))
    assert read == values.tolist()
    numbers = [1.25, float("nan"), -3.5, 0.0, 123456.78]
    packed = encode_numbers(numbers, decimals=2)
    shown = page.evaluate("packed => Array.from(geoaccess.numbers(packed)).map(String)", packed)
    assert shown == ["1.25", "NaN", "-3.5", "0", "123456.78"]
    rings = [[[(10.1, 60.2), (10.3, 60.2), (10.3, 60.4)], [(1, 2), (3, 4)]], [[(-5.5, -6.5), (7, 8)]]]
    shapes = page.evaluate(
        "packed => geoaccess.rings(packed).map(s => s.map(r => Array.from(r)))", encode_rings(rings)
    )
    assert [[len(ring) // 2 for ring in shape] for shape in shapes] == [[3, 2], [2]]
    assert shapes[1][0] == pytest.approx([-5.5, -6.5, 7, 8])
    many = np.arange(-3_000, 3_000) // 7
    plain = {"deflated": ["a text", "another"], "texts": ["x", {"deflated": 1}]}
    data = {"many": [encode_integers(many)], "letters": Letters("0012-" * 900), "plain": plain}
    packed = deflated(data)
    assert isinstance(packed["many"][0], dict)
    assert isinstance(packed["letters"], dict)
    opened = """async (packed) => {
      await geoaccess.openPacked(packed);
      return { ...packed, many: Array.from(geoaccess.integers(packed.many[0])) };
    }"""
    read = page.evaluate(opened, packed)
    assert read == {"many": many.tolist(), "letters": "0012-" * 900, "plain": plain}
    page.close()
