"""Sensitivity: which conclusions stay when speeds, waits and thresholds are not what was assumed."""

from geoaccess.questions.sensitivity.analysis import (
    Sensitivity,
    kind_of,
    latin_hypercube,
    sensitivity,
    similarity,
)

__all__ = [
    "Sensitivity",
    "kind_of",
    "latin_hypercube",
    "sensitivity",
    "similarity",
]
