"""Districts, against every way to part the places."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimise import Status
from optimise.district_program import DistrictProblem, Districts
from optimise.districts import solve_districts
from tests.referee.drawing import loads, numbers

from .places import SLACK
from .truth import close
from .verdict import Verdict

Parts = list[list[int]]


@dataclass(frozen=True)
class Areas:
    """Places to be put into districts; ``None`` in ``costs`` is not allowed."""

    seed: int
    mode: str
    costs: list[list[float | None]]
    load: list[float]
    beside: list[tuple[int, int]]
    count: int
    least: float
    most: float

    def traits(self) -> list[str]:
        told = {
            "not allowed": any(value is None for row in self.costs for value in row),
            "no seat": any(self.costs[place][place] is None for place in range(len(self.load))),
            "least": self.least > 0,
            "most": self.most < math.inf,
            "no load": 0 in self.load,
        }
        return [f"{self.count} districts", *(name for name, has in told.items() if has)]

    def price(self, parts: Parts) -> float:
        """What districts cost with the best seat in each; inf where they break a rule."""
        if len(parts) != self.count:
            return math.inf
        whole = []
        for part in parts:
            load = math.fsum(self.load[place] for place in part)
            slack = SLACK * max(1.0, load)
            if not self.least - slack <= load <= self.most + slack or not self._hangs_together(part):
                return math.inf
            whole.append(min(self._with_seat(part, seat) for seat in part))
        return math.fsum(whole)

    def _with_seat(self, part: list[int], seat: int) -> float:
        own = [self.costs[place][seat] for place in part]
        return math.inf if None in own else math.fsum(value for value in own if value is not None)

    def _hangs_together(self, part: list[int]) -> bool:
        reached, todo = {part[0]}, [part[0]]
        while todo:
            place = todo.pop()
            for one, other in self.beside:
                for here, there in ((one, other), (other, one)):
                    if here == place and there in part and there not in reached:
                        reached.add(there)
                        todo.append(there)
        return len(reached) == len(part)

    def partings(self) -> Iterator[Parts]:
        """Every way to part the places."""

        def put(place: int, parts: Parts) -> Iterator[Parts]:
            if place == len(self.load):
                yield parts
                return
            for number in range(len(parts)):
                yield from put(place + 1, [*parts[:number], [*parts[number], place], *parts[number + 1 :]])
            yield from put(place + 1, [*parts, [place]])

        yield from put(0, [])

    def tried(self) -> Verdict:
        n = len(self.load)
        beside = np.zeros((n, n), dtype=bool)
        for one, other in self.beside:
            beside[one, other] = beside[other, one] = True
        costs = np.array([[np.inf if value is None else value for value in row] for row in self.costs])
        found = solve_districts(
            DistrictProblem(costs, np.array(self.load), beside, self.count, self.least, self.most)
        )
        best = min(self.price(parts) for parts in self.partings())
        fault = self._fault(found, best)
        shown = f"got {found.status.value} {found.objective!r} {found.seat.tolist()} bound {found.bound!r}; right {best!r}"
        return Verdict(fault, shown, status=found.status.value, formulation="districts")

    def _fault(self, found: Districts, best: float) -> str:
        if best == math.inf:
            return "" if found.status is Status.INFEASIBLE else "districts where there are none"
        if found.status is not Status.OPTIMAL:
            return f"status {found.status.value} where an optimum exists"
        seats = found.seat.tolist()
        parts = [[place for place, own in enumerate(seats) if own == seat] for seat in sorted(set(seats))]
        if any(seat not in part for seat, part in zip(sorted(set(seats)), parts, strict=True)):
            return "a seat lies in another district"
        value = sum(self._with_seat(part, seat) for seat, part in zip(sorted(set(seats)), parts, strict=True))
        if self.price(parts) == math.inf:
            return "the districts break a rule"
        if not close(value, found.objective):
            return "the objective is not that of its districts"
        if not close(found.objective, best, 1e-6):
            return "wrong optimum"
        return "" if close(found.bound, found.objective, 1e-6) else "bound away from the optimum"


def districts(seed: int) -> Areas:
    """The places of this number."""
    rng = random.Random(seed)
    n = rng.randint(1, 7)
    number = numbers(rng)

    gone = rng.choice((0.0, 0.0, 0.2))
    costs = [[None if rng.random() < gone else number() for _ in range(n)] for _ in range(n)]
    load = loads(rng, n)
    # A line of places hangs together; further neighbours, or fewer, come by chance.
    line = [(place, place + 1) for place in range(n - 1) if rng.random() < 0.9]
    more = [(i, j) for i in range(n) for j in range(i + 2, n) if rng.random() < 0.2]
    count = rng.randint(1, n)
    even = math.fsum(load) / count
    least = rng.choice((0.0, 0.0, 0.5 * even, 0.9 * even, math.fsum(rng.sample(load, 1))))
    most = rng.choice((math.inf, math.inf, 1.2 * even, 2.0 * even, math.fsum(rng.sample(load, min(2, n)))))
    return Areas(seed, "as it comes", costs, load, [*line, *more], count, least, most)
