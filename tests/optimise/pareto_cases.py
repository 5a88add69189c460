"""Small problems of several criteria, drawn by number."""

from __future__ import annotations

import math

import numpy as np

from optimise.pareto import Criterion, ParetoProblem, SiteLimit


def drawn(seed, *, steps=0.0):
    """Criteria that share an order of sites or not, money that falls where minutes rise, sites that cost."""
    rng = np.random.default_rng(seed)
    n, m, k = int(rng.integers(2, 5)), int(rng.integers(3, 7)), int(rng.integers(1, 4))
    minutes = rng.integers(1, 40, (n, m)).astype(float)
    minutes[rng.random((n, m)) < 0.15] = np.nan
    criteria = []
    for number in range(k):
        kind = (seed + number) % 3
        if kind == 0:
            costs, order = minutes * rng.integers(1, 9, (n, 1)), minutes
        elif kind == 1:  # the quickest way is not the cheapest
            costs, order = rng.integers(0, 50, (n, m)).astype(float), minutes
        else:
            other = rng.integers(1, 40, (n, m)).astype(float)
            costs, order = other, other
        extra = rng.integers(0, 12, m).astype(float) if rng.random() < 0.5 else np.zeros(m)
        criteria.append(Criterion(costs, order, extra))
    stays = rng.random(m) < 0.3
    count = SiteLimit(np.where(stays, 0.0, 1.0), float(rng.integers(0, 2)), float(rng.integers(1, 4)))
    price = SiteLimit(rng.integers(1, 5, m).astype(float), -math.inf, float(rng.integers(4, 14)))
    return ParetoProblem(tuple(criteria), stays, (count, price), np.full(k, float(steps)))
