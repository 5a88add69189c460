"""Numbers and rings as short text: integers in base 128, written in base 64.

A page with 100,000 places must stay a few megabytes. Decimal digits in JSON need about seven characters for a
coordinate; a zigzag varint (sign folded into the lowest bit, seven bits a byte, the eighth says "more
follows") needs two or three, and a browser decodes it in one loop (``_assets/codec.js``). The varint layout
is that of Protocol Buffers, https://protobuf.dev/programming-guides/encoding/. What is long goes into the
page deflated (RFC 1950), which a browser undoes before anything is read (:func:`deflated`).
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Digits kept of a coordinate in degrees: 1e-4 is 11 m north-south, finer than the simplified coast.
RING_DECIMALS = 4
#: Digits kept of a place's coordinate: 1e-5 is about a metre.
PLACE_DECIMALS = 5
#: Packed texts that are shorter than this stay as they are.
_LEAST_DEFLATED = 400


#: What is never deflated: lists of these alone, such as the names of all places, stay as they are.
_PLAIN = frozenset((str, int, float, bool, type(None)))


class Numbers(str):
    """Whole numbers as :func:`encode_integers` writes them."""

    __slots__ = ()


class Letters(str):
    """Classes, one letter each: ASCII as far as it has letters."""

    __slots__ = ()


def deflated(value: object) -> object:
    """A packed value with its long :class:`Numbers` and :class:`Letters` deflated.

    Each becomes ``{"deflated", "bytes"}`` or ``{"deflated", "letters"}``: the deflated stream in base 64, and
    how long it is before. No text of the data is ever one of these two classes.
    """
    if isinstance(value, dict):
        return {key: deflated(one) for key, one in value.items()}
    if isinstance(value, list):
        return value if _PLAIN.issuperset(map(type, value)) else [deflated(one) for one in value]
    if not isinstance(value, Numbers | Letters) or len(value) < _LEAST_DEFLATED:
        return value
    if not value.isascii():  # more classes than ASCII has letters, such as the nearest of 200 hospitals
        return value
    stream = base64.b64decode(value) if isinstance(value, Numbers) else value.encode("ascii")
    text = base64.b64encode(zlib.compress(stream, 9)).decode("ascii")
    length = "bytes" if isinstance(value, Numbers) else "letters"
    return {"deflated": text, length: len(stream)} if len(text) < len(value) else value


def encode_integers(values: NDArray[np.int64]) -> Numbers:
    """Integers of either sign as zigzag varints in base 64."""
    folded = ((values << 1) ^ (values >> 63)).astype(np.uint64)
    septets = np.ones(len(folded), dtype=np.int64)
    for bits in range(7, 64, 7):
        septets += folded >> np.uint64(bits) > 0
    starts = np.concatenate([[0], np.cumsum(septets)])
    stream = np.zeros(starts[-1], dtype=np.uint8)
    for position in range(int(septets.max(initial=0))):
        present = septets > position
        part = (folded[present] >> np.uint64(7 * position)) & np.uint64(0x7F)
        more = (septets[present] > position + 1).astype(np.uint64) << np.uint64(7)
        stream[starts[:-1][present] + position] = (part | more).astype(np.uint8)
    return Numbers(base64.b64encode(stream.tobytes()).decode("ascii"))


def decode_integers(text: str) -> NDArray[np.int64]:
    """The integers that :func:`encode_integers` wrote."""
    stream = np.frombuffer(base64.b64decode(text), dtype=np.uint8)
    ends = np.flatnonzero(stream < 0x80)
    starts = np.concatenate([[0], ends + 1])[:-1].astype(np.int64)
    within = np.arange(len(stream)) - np.repeat(starts, ends - starts + 1)
    parts = (stream & 0x7F).astype(np.uint64) << (7 * within).astype(np.uint64)
    folded = np.add.reduceat(parts, starts) if len(ends) else np.zeros(0, dtype=np.uint64)
    magnitude = (folded >> np.uint64(1)).astype(np.int64)
    return np.where(folded & np.uint64(1), -magnitude - 1, magnitude)


def encode_numbers(values: ArrayLike, *, decimals: int, differences: bool = False) -> dict[str, Any]:
    """A column of numbers, rounded to ``decimals`` digits; NaN stays "no value".

    Args:
        values: (n,) numbers; NaN is allowed unless ``differences`` is set.
        decimals: digits after the decimal point that are kept.
        differences: store each value as its difference from the one before, for coordinates.

    Returns:
        ``{"n", "scale", "differences", "data"}``; a stored 0 means "no value" unless ``differences`` is set,
        and every other value is moved one away from zero to make room for it.
    """
    numbers = np.asarray(values, dtype=np.float64)
    missing = ~np.isfinite(numbers)
    scaled = np.rint(np.where(missing, 0.0, numbers) * 10**decimals).astype(np.int64)
    if differences:
        stored = np.diff(scaled, prepend=np.int64(0))
    else:
        stored = np.where(missing, 0, np.where(scaled < 0, scaled - 1, scaled + 1))
    return {
        "n": len(numbers),
        "scale": 10**decimals,
        "differences": differences,
        "data": encode_integers(stored),
    }


def encode_rings(
    shapes: Iterable[Sequence[ArrayLike]], *, decimals: int = RING_DECIMALS, scale: int | None = None
) -> dict[str, Any]:
    """Shapes made of rings or lines: counts first, then every point's difference from the one before.

    Args:
        shapes: for each shape its rings, each (n_points, 2) degrees east and north. A ring that closes upon
            itself is stored as it is.
        decimals: digits of a degree that are kept.
        scale: steps of a degree that are kept instead; None = 10 to the power of ``decimals``.

    Returns:
        ``{"scale", "rings", "points", "data"}``: rings of each shape and points of each ring as encoded
        counts.
    """
    grouped = [[np.asarray(ring, dtype=np.float64)[:, :2] for ring in rings] for rings in shapes]
    flat = [ring for rings in grouped for ring in rings]
    points = np.concatenate(flat) if flat else np.zeros((0, 2))
    scale = 10**decimals if scale is None else scale
    scaled = np.rint(points * scale).astype(np.int64)
    return {
        "scale": scale,
        "rings": encode_integers(np.asarray([len(rings) for rings in grouped], dtype=np.int64)),
        "points": encode_integers(np.asarray([len(ring) for ring in flat], dtype=np.int64)),
        "data": encode_integers(np.diff(scaled, axis=0, prepend=np.int64(0)).ravel()),
    }


def decode_rings(packed: dict[str, Any]) -> list[list[NDArray[np.float64]]]:
    """The shapes that :func:`encode_rings` wrote, each a list of (n_points, 2) rings."""
    steps = decode_integers(packed["data"]).reshape(-1, 2)
    points = np.cumsum(steps, axis=0) / packed["scale"]
    edges = np.cumsum(decode_integers(packed["points"]))
    rings = np.split(points, edges)[:-1]
    ends = np.cumsum(decode_integers(packed["rings"]))
    starts = np.concatenate([[0], ends])[:-1].astype(np.int64)
    return [rings[start:end] for start, end in zip(starts, ends, strict=True)]
