"""What has been freed is given back: the memory of the process falls, and what is held stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from networks import heap


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(heap.trimmer() is None, reason="the C library gives nothing back")
def test_holes_between_what_is_held_are_given_back() -> None:
    parts = [np.full(10_000, float(number)) for number in range(2_000)]
    held = parts[::20]
    del parts
    before = resident_mb()
    heap.give_back_freed()
    assert resident_mb() < before - 80  # of 160 MB, a twentieth of it held
    assert [float(part.sum()) for part in held] == [10_000.0 * number for number in range(0, 2_000, 20)]


def test_where_nothing_can_be_given_back_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    heap.trimmer.cache_clear()
    monkeypatch.setattr(heap.os, "name", "nt")
    try:
        assert heap.trimmer() is None
        heap.give_back_freed()
    finally:
        heap.trimmer.cache_clear()
