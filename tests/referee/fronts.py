"""Fronts of several criteria, against every set of sites there is."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from optimise import Status
from optimise.pareto import Criterion, ParetoFront, ParetoProblem, SiteLimit, pareto_front
from tests.referee.drawing import numbers

from .places import SLACK
from .verdict import Verdict

Rows = list[list[float]]
#: Below this share of a criterion's range two values are one; and the step of a criterion for which none is said.
_SAME, _LEAST_STEP = 1e-6, 1e-5


@dataclass(frozen=True)
class Front:
    """A question about several criteria; NaN in ``orders`` is a site that a row never takes.

    ``criteria`` are triples (costs, orders, site costs); ``limits`` triples (amounts, least, most).
    """

    seed: int
    mode: str
    criteria: list[tuple[Rows, Rows, list[float]]]
    stays: list[bool]
    limits: list[tuple[list[float], float, float]]
    steps: list[float]

    def traits(self) -> list[str]:
        told = {
            "orders of their own": any(costs != orders for costs, orders, _ in self.criteria),
            "never taken": any(
                value != value for _, orders, _ in self.criteria for row in orders for value in row
            ),
            "stays": any(self.stays),
            "limits": bool(self.limits),
            "steps": any(self.steps),
            "site costs": any(any(prices) for *_, prices in self.criteria),
        }
        return [f"{len(self.criteria)} criteria", *(name for name, has in told.items() if has)]

    def sets(self) -> Iterator[tuple[int, ...]]:
        """Every set of sites that keeps the limits and serves every row that can be served."""
        sites = range(len(self.stays))
        for number in range(len(self.stays) + 1):
            for chosen in combinations(sites, number):
                if all(site in chosen for site in sites if self.stays[site]) and self._keeps(chosen):
                    yield chosen

    def _keeps(self, chosen: tuple[int, ...]) -> bool:
        for amounts, least, most in self.limits:
            spent = math.fsum(amounts[site] for site in chosen)
            slack = SLACK * max(1.0, abs(spent))
            if not least - slack <= spent <= most + slack:
                return False
        return True

    def values(self, chosen: tuple[int, ...]) -> tuple[float, ...] | None:
        """The criteria of a set; None where a row that some site serves has none."""
        told = []
        for costs, orders, prices in self.criteria:
            parts = [prices[site] for site in chosen]
            for own, order in zip(costs, orders, strict=True):
                if all(place != place for place in order):
                    continue
                near = [(order[site], own[site]) for site in chosen if order[site] == order[site]]
                if not near:
                    return None
                parts.append(min(near)[1])
            told.append(math.fsum(parts))
        return tuple(told)

    def tried(self) -> Verdict:
        problem = ParetoProblem(
            tuple(
                Criterion(np.array(costs), np.array(orders), np.array(prices))
                for costs, orders, prices in self.criteria
            ),
            np.array(self.stays),
            tuple(SiteLimit(np.array(amounts), least, most) for amounts, least, most in self.limits),
            np.array(self.steps),
        )
        found = pareto_front(problem)
        known = {chosen: values for chosen in self.sets() if (values := self.values(chosen)) is not None}
        fault = self._fault(found, known)
        shown = [
            (np.flatnonzero(point.open).tolist(), point.values.tolist(), point.status.value)
            for point in found.points
        ]
        status = "complete" if found.complete else "cut short"
        return Verdict(
            fault, f"got {shown} {status}; right {self._front(known)}", status=status, formulation="front"
        )

    def _front(self, known: dict[tuple[int, ...], tuple[float, ...]]) -> list[tuple[float, ...]]:
        values = set(known.values())
        return sorted(own for own in values if not any(_as_good(its, own) and its != own for its in values))

    def _fault(self, found: ParetoFront, known: dict[tuple[int, ...], tuple[float, ...]]) -> str:
        if not known:
            return "a front where there is none" if found.points or not found.complete else ""
        if not found.complete:
            return "a front without limits of time was cut short"
        n = len(self.criteria)
        best = [min(values[k] for values in known.values()) for k in range(n)]
        alone = [[values for values in known.values() if _close(values[k], best[k], 1.0)] for k in range(n)]
        range_ = [max(1e-9, max(values[k] for own in alone for values in own) - best[k]) for k in range(n)]
        size = [_SAME * max(range_[k], _SAME * abs(best[k])) + 1e-9 * abs(best[k]) for k in range(n)]
        for point in found.points:
            chosen = tuple(np.flatnonzero(point.open).tolist())
            own = known.get(chosen)
            if own is None:
                return "a point breaks a limit"
            if not all(
                _close(value, its, 1.0) for value, its in zip(point.values.tolist(), own, strict=True)
            ):
                return "the values are not those of the sites"
            if point.status is not Status.OPTIMAL:
                return "a point without a proof"
            for its in known.values():
                ahead = [own[k] - its[k] for k in range(n)]
                if min(ahead[k] + size[k] for k in range(n)) >= 0 and any(
                    ahead[k] > 3 * size[k] for k in range(n)
                ):
                    return "a point that another beats"
        for its in known.values():
            if not any(
                all(
                    own <= its[k] + max(self.steps[k], _LEAST_STEP * range_[k]) + 3 * size[k]
                    for k, own in enumerate(point.values.tolist())
                )
                for point in found.points
            ):
                return "a placement that no point comes near"
        if not all(_close(least, own, 1e3) for least, own in zip(found.least.tolist(), best, strict=True)):
            return "the best of a criterion is another"
        return ""


def _as_good(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(own <= its for own, its in zip(one, other, strict=True))


def _close(one: float, other: float, times: float) -> bool:
    return abs(one - other) <= times * 1e-9 * max(1.0, abs(one), abs(other))


def front(seed: int) -> Front:
    """The front of this number."""
    rng = random.Random(seed)
    n, m = rng.randint(1, 6), rng.randint(2, 6)
    number = numbers(rng)

    orders = [[number() for _ in range(m)] for _ in range(n)]
    gone = rng.choice((0.0, 0.0, 0.2, 0.6))
    orders = [[math.nan if rng.random() < gone else value for value in row] for row in orders]
    criteria = []
    for _ in range(rng.randint(1, 3)):
        own = rng.random() < 0.5
        weight = [float(rng.randint(0, 9)) for _ in range(n)]
        costs = [
            [weight[row] * (number() if own or value != value else value) for value in orders[row]]
            for row in range(n)
        ]
        other = [[math.nan if value != value else number() for value in row] for row in orders]
        prices = (
            [number() if rng.random() < 0.7 else 0.0 for _ in range(m)] if rng.random() < 0.5 else [0.0] * m
        )
        criteria.append((costs, other if rng.random() < 0.2 else orders, prices))
    limits = []
    if rng.random() < 0.8:
        least = rng.randint(0, 2)
        limits.append(([1.0] * m, float(least), float(rng.randint(max(least, 1), m))))
    if rng.random() < 0.3:
        prices = [rng.choice((0.1, 0.2, 0.3, 1.7)) for _ in range(m)]
        limits.append((prices, -math.inf, math.fsum(rng.sample(prices, rng.randint(1, m)))))
    steps = [rng.choice((0.0, 0.0, number() / 4)) for _ in criteria]
    stays = [rng.random() < 0.15 for _ in range(m)]
    return Front(seed, "as it comes", criteria, stays, limits, steps)
