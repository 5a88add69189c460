"""One digest of plain values: what a result depends on, to know it again when it is asked for again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry


def digest_of(value: object) -> str:
    """SHA-256 of a value made of dataclasses, mappings, sequences, arrays, geometries, texts and numbers.

    Equal values have the same digest in every process; nothing is left out.

    Raises:
        TypeError: a part is of a kind that has no plain form.
    """
    text = json.dumps(_plain(value), ensure_ascii=True, sort_keys=True, allow_nan=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any of the kinds above
    """The value as JSON knows it, with the names of its kinds; large parts by their digest."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return [
            type(value).__name__,
            {item.name: _plain(getattr(value, item.name)) for item in fields(value)},
        ]
    if isinstance(value, Mapping):
        return ["mapping", sorted(([_plain(key), _plain(item)] for key, item in value.items()), key=repr)]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return ["set", sorted((_plain(item) for item in value), key=repr)]
    return _plain_object(value)


def _plain_object(value: Any) -> Any:  # noqa: ANN401 - any of the kinds above
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, np.ndarray):
        return _plain_array(value)
    if isinstance(value, BaseGeometry):
        return ["geometry", value.wkb_hex]
    if isinstance(value, Enum):
        return [type(value).__name__, value.name]
    if isinstance(value, date | PurePath):
        return [type(value).__name__, str(value)]
    raise TypeError(f"a {type(value).__name__} has no plain form to take a digest of")


def _plain_array(array: np.ndarray[Any, Any]) -> list[Any]:
    if array.dtype.kind == "O":
        return ["array", array.shape, [_plain(item) for item in array.ravel()]]
    content = hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
    return ["array", array.shape, array.dtype.str, content]
