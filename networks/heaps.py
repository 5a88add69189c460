"""A binary heap in two arrays, for compiled searches: the least key first, with a number beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray
from networks.hierarchy.compiled import compiled

Items = NDArray[np.signedinteger[Any]]


@compiled
def pushed(
    keys: FloatArray, items: Items, count: int, key: float, item: int
) -> tuple[FloatArray, Items, int]:
    """The (possibly longer) arrays with one more item, and how many there are."""
    if count == len(keys):
        keys, items = np.append(keys, keys), np.append(items, items)
    at = count
    while at > 0 and keys[(at - 1) // 2] > key:
        keys[at], items[at] = keys[(at - 1) // 2], items[(at - 1) // 2]
        at = (at - 1) // 2
    keys[at], items[at] = key, item
    return keys, items, count + 1


@compiled
def popped(keys: FloatArray, items: Items, count: int) -> int:
    """Take the first out, which is read before; how many are left."""
    count -= 1
    key, item = keys[count], items[count]
    at = 0
    while 2 * at + 1 < count:
        child = 2 * at + 1
        if child + 1 < count and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at], items[at] = keys[child], items[child]
        at = child
    keys[at], items[at] = key, item
    return count
