"""What terminal and report both say of teams."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from geoaccess.words.note import Note


def proof_note(region: Mapping[str, Mapping[str, Any]], proof: Mapping[str, Any]) -> Note:
    """How sure the most compact areas are, in minutes a person."""
    one = region["districts"]
    persons = one["persons"] or math.nan  # of nobody there is no mean
    return Note(
        "teams.proven" if proof["status"] == "optimal" else "teams.not_proven",
        mean=one["objective"] / persons,
        bound=one["bound"] / persons,
        solver=proof["solver"],
        rounds=proof["rounds"],
        cuts=proof["cuts"],
    )
