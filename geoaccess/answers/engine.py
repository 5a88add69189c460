"""How the part of the large-scale placement engine in an answer is told, on the terminal and in reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoaccess.words.note import Note, read_notes

#: Reasons that say no more than that a problem was small: terminals pass over them.
_QUIET = frozenset({"opt.engine.small", "opt.engine.few", "opt.engine.no_search"})


def engine_note(told: Mapping[str, Any]) -> Note:
    """Who answered and why, from ``Solution.to_dict()["engine"]`` or the same in ``run.json``."""
    reasons = tuple(read_notes(told.get("reasons", ())))
    if not reasons:
        return Note("engine.whole")
    return Note("engine.part" if told["used"] == "part" else "engine.none", reasons=reasons)


def worth_telling(told: Mapping[str, Any]) -> bool:
    """False where the engine answered alone, or a small problem is all there is to say."""
    return any(reason["code"] not in _QUIET for reason in told.get("reasons", ()))
