"""Who goes where when sites have room for only so much: all assignments, or a linear program when they may split."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from . import simplex
from .places import SLACK, Sites, at_most, may_open, people_of
from .questions import Question


@dataclass(frozen=True)
class Served:
    """Weight that is served, and its weighted minutes."""

    weight: float
    minutes: float


@dataclass(frozen=True)
class Ground:
    """One state of the world in which sites with room serve people.

    ``must`` are demand points that have to be served for "everybody is served": those with weight or demand whom
    some allowed site reaches.
    """

    asked: Question
    costs: list[list[float | None]]
    weights: list[float]
    demands: list[float]

    @property
    def must(self) -> list[int]:
        sites = may_open(self.asked)
        return [
            row
            for row, costs in enumerate(self.costs)
            if any(costs[site] is not None for site in sites)
            and (self.weights[row] > 0 or self.demands[row] > 0)
        ]

    def reachable_weight(self) -> float:
        sites = may_open(self.asked)
        return math.fsum(
            self.weights[row]
            for row, costs in enumerate(self.costs)
            if any(costs[site] is not None for site in sites)
        )


def ground_of(asked: Question) -> Ground:
    return Ground(asked, asked.costs, asked.weights, asked.demands or asked.weights)


def unit_counts(asked: Question, sites: Sites) -> Iterator[dict[int, int]]:
    """Units at each open site; more room never hurts, so only counts that cannot grow."""
    options = asked.options
    if all(options.get(name) is None for name in ("min_units", "max_units", "total_units")):
        yield dict.fromkeys(sites, 1)
        return

    def limit(name: str, site: int, default: int) -> int:
        given = options.get(name)
        if isinstance(given, dict):
            return int(given.get(f"s{site}", default))
        return default if given is None else int(given)

    total = options.get("total_units")
    size = [room for room in asked.capacities or [] if room > 0]
    whole = sum(asked.demands or asked.weights) if not asked.states else _largest_demand(asked)
    plenty = total if total is not None else math.ceil(whole / min(size) + 1e-9) + 1 if size else 0
    least = [limit("min_units", site, 0) for site in sites]
    most = [
        max(low, limit("max_units", site, max(plenty, low))) for site, low in zip(sites, least, strict=True)
    ]
    wanted = sum(most) if total is None else min(total, sum(most))
    if total is not None and sum(least) > total:
        return
    if total is None:
        yield dict(zip(sites, most, strict=True))
        return
    ranges = [range(low, high + 1) for low, high in zip(least, most, strict=True)]
    for counts in product(*ranges):
        if sum(counts) == wanted:
            yield dict(zip(sites, counts, strict=True))


def _largest_demand(asked: Question) -> float:
    return max(sum(asked.demands or state.weights or asked.weights) for state in asked.states)


def allowed_sites(ground: Ground, sites: Sites) -> list[list[int]] | None:
    """Sites that may serve each demand point, promises to single people kept; and who must be served by them."""
    near = [[site for site in sites if costs[site] is not None] for costs in ground.costs]
    for row, minutes in promised(ground.asked).items():
        near[row] = [site for site in near[row] if ground.costs[row][site] <= minutes]  # type: ignore[operator]
        if not near[row]:
            return None
    return near


def promised(asked: Question) -> dict[int, float]:
    """Demand points with a promise, and the minutes of the tightest."""
    told: dict[int, float] = {}
    for kind, arguments in asked.conditions:
        if kind == "Within":
            for row in people_of(asked, arguments):
                told[row] = min(told.get(row, math.inf), arguments["minutes"])
    return told


def shares_promised(ground: Ground) -> list[tuple[list[int], float, float]]:
    """(demand points, minutes, weight that must be within them) of the promises to a share."""
    told = []
    for kind, arguments in ground.asked.conditions:
        if kind == "ShareWithin":
            rows = people_of(ground.asked, arguments)
            whole = math.fsum(ground.weights[row] for row in rows)
            told.append((rows, arguments["minutes"], (arguments["share"] - 2 * SLACK) * whole))
    return told


def best_served(
    ground: Ground, room: dict[int, float], *, everybody: bool, least: float = 0.0
) -> Served | None:
    """The most weight, then the fewest weighted minutes, with this much room at each open site.

    ``least``: serve at least this weight, and then just fewest minutes. None where a promise or ``everybody`` cannot
    be kept.
    """
    if ground.asked.options.get("sourcing", "single") == "split":
        return _split(ground, room, everybody=everybody, least=least)
    return _Single(ground, room, everybody=everybody, least=least).best()


class _Single:
    """All assignments of demand points to one site each, or to none."""

    def __init__(self, ground: Ground, room: dict[int, float], *, everybody: bool, least: float) -> None:
        self.ground, self.everybody, self.least = ground, everybody, least
        self.near = allowed_sites(ground, tuple(room))
        self.left = dict(room)
        self.size = room
        self.kept = set(promised(ground.asked)) | (set(ground.must) if everybody else set())
        self.shares = shares_promised(ground)
        self.goes: dict[int, int] = {}
        self.found: tuple[float, float] | None = None

    def best(self) -> Served | None:
        if self.near is None:
            return None
        self._place(0)
        return None if self.found is None else Served(-self.found[0], self.found[1])

    def _place(self, row: int) -> None:
        ground = self.ground
        if row == len(ground.costs):
            self._note()
            return
        assert self.near is not None
        for site in self.near[row]:
            if at_most(ground.demands[row], self.left[site] + SLACK * max(1.0, self.size[site])):
                self.left[site] -= ground.demands[row]
                self.goes[row] = site
                self._place(row + 1)
                del self.goes[row]
                self.left[site] += ground.demands[row]
        if row not in self.kept:
            self._place(row + 1)

    def _note(self) -> None:
        ground = self.ground
        for rows, minutes, wanted in self.shares:
            inside = [r for r in rows if r in self.goes and ground.costs[r][self.goes[r]] <= minutes]  # type: ignore[operator]
            if math.fsum(ground.weights[row] for row in inside) < wanted:
                return
        weight = math.fsum(ground.weights[row] for row in self.goes)
        cost = math.fsum(
            ground.weights[row] * (ground.costs[row][site] or 0.0) for row, site in self.goes.items()
        )
        if self.least > 0:
            if weight < self.least * (1 - 1e-9):
                return
            key = (0.0, cost)
            if self.found is None or key[1] < self.found[1]:
                self.found = (-weight, cost)
            return
        if self.found is None or (-round(weight, 9), cost) < (round(self.found[0], 9), self.found[1]):
            self.found = (-weight, cost)


def _split(ground: Ground, room: dict[int, float], *, everybody: bool, least: float) -> Served | None:
    near = allowed_sites(ground, tuple(room))
    if near is None:
        return None
    pairs = [(row, site) for row, sites in enumerate(near) for site in sites]
    if not pairs:
        nobody = not (everybody and ground.must) and not any(
            wanted > 0 for *_, wanted in shares_promised(ground)
        )
        return Served(0.0, 0.0) if nobody and least <= 0 else None
    rows: list[tuple[list[float], float]] = []
    for site, size in room.items():
        # Room is kept up to rounding: 1.8 + 2.6 + 1.9 + 2.9 fits in 3.68 + 5.52.
        room_for = size * (1 + SLACK)
        rows.append(([ground.demands[r] if s == site else 0.0 for r, s in pairs], room_for))
    for people, minutes, wanted in shares_promised(ground):
        if wanted > 0:
            inside = [
                -ground.weights[r] if r in people and ground.costs[r][s] <= minutes else 0.0 for r, s in pairs
            ]  # type: ignore[operator]
            rows.append((inside, -wanted))
    kept = set(promised(ground.asked)) | (set(ground.must) if everybody else set())
    equal = [([float(r == row) for r, _ in pairs], 1.0) for row in sorted(kept)]
    rows += [([float(r == row) for r, _ in pairs], 1.0) for row in range(len(near)) if row not in kept]
    weight = [Fraction(ground.weights[r]) for r, _ in pairs]
    cost = [own * Fraction(ground.costs[r][s] or 0.0) for own, (r, s) in zip(weight, pairs, strict=True)]
    if least > 0:
        rows.append(([-own for own in weight], -least * (1 - 1e-9)))  # type: ignore[misc]
        found = simplex.least([cost], rows, equal)
    else:
        found = simplex.least([[-own for own in weight], cost], rows, equal)
    if found is None:
        return None
    return Served(
        float(sum(own * share for own, share in zip(weight, found, strict=True))),
        float(sum(own * share for own, share in zip(cost, found, strict=True))),
    )
