"""Figures as random problems have them: with ties, whole, broken, or large; the same for every kind of question."""

from __future__ import annotations

import random
from collections.abc import Callable


def numbers(rng: random.Random) -> Callable[[], float]:
    """Draws costs of one kind, which is drawn first."""
    return {
        "ties": lambda: float(rng.randint(0, 4)),
        "whole": lambda: float(rng.randint(0, 60)),
        "floats": lambda: rng.uniform(0, 50),
        "large": lambda: float(rng.randint(0, 3_000_000)),
    }[rng.choice(("ties", "whole", "floats", "large"))]


def loads(rng: random.Random, n: int) -> list[float]:
    """The people of ``n`` places, of one kind, which is drawn first."""
    people = {
        "few": lambda: float(rng.randint(0, 4)),
        "tenths": lambda: rng.randint(0, 30) / 10,
        "people": lambda: float(rng.randint(0, 40_000)),
        "uneven": lambda: float(rng.choice((0, 1, 1_000_000))),
    }[rng.choice(("few", "tenths", "people", "uneven"))]
    return [people() for _ in range(n)]
