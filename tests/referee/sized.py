"""Units of a size, alone and with a second service beside them, against every assignment."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from optimise import Status
from optimise.sized_units import Second, SizedAnswer, SizedProblem, solve_sized
from tests.referee.drawing import loads, numbers

from .places import at_most
from .truth import close
from .verdict import Verdict

Rows = list[list[float]]
Sites = tuple[int, ...]


@dataclass(frozen=True)
class Beside:
    """The second service, see :class:`optimise.sized_units.Second`."""

    travel: Rows
    open_price: list[float]
    closed_price: list[float]
    home: list[int]


@dataclass(frozen=True)
class Sized:
    """What is asked; inf in ``travel`` and ``price`` is not allowed."""

    seed: int
    mode: str
    travel: Rows
    load: list[float]
    sizes: list[int]
    room: Rows
    price: Rows
    closed_price: list[float]
    must_open: list[bool]
    one_of: list[int]
    second: Beside | None

    def traits(self) -> list[str]:
        told = {
            "not allowed": any(math.inf in row for row in self.travel),
            "must open": any(self.must_open),
            "groups": any(label >= 0 for label in self.one_of),
            "closed prices": any(self.closed_price),
            "second service": self.second is not None,
            "no load": 0 in self.load,
        }
        return [f"{len(self.sizes)} sizes", *(name for name, has in told.items() if has)]

    def _open_sets(self) -> Iterator[Sites]:
        m = len(self.must_open)
        for number in range(m + 1):
            for opened in combinations(range(m), number):
                if any(must and site not in opened for site, must in enumerate(self.must_open)):
                    continue
                labels = [self.one_of[site] for site in opened]
                if all(labels.count(label) == 1 for label in self.one_of if label >= 0):
                    yield opened

    def _units(self, opened: Sites, goes: tuple[int, ...]) -> float:
        """The price of sites and travel with the cheapest sizes that carry the load; inf for none."""
        whole = [self.travel[row][site] for row, site in enumerate(goes)]
        for site in range(len(self.must_open)):
            if site not in opened:
                whole.append(self.closed_price[site])
                continue
            load = math.fsum(self.load[row] for row, own in enumerate(goes) if own == site)
            fitting = [
                self.price[site][k] for k in range(len(self.sizes)) if at_most(load, self.room[site][k])
            ]
            whole.append(min(fitting, default=math.inf))
        return math.inf if math.inf in whole else math.fsum(whole)

    def _beside(self, opened: Sites, goes: tuple[int, ...]) -> float:
        """The least price of the second service with these units."""
        own = self.second
        if own is None:
            return 0.0
        m, best = len(self.must_open), math.inf
        for number in range(m + 1):
            for there in combinations(range(m), number):
                if not set(opened) <= set(there):
                    continue
                parts = [own.open_price[s] if s in there else own.closed_price[s] for s in range(m)]
                for row, site in enumerate(goes):
                    free = own.home[row] >= 0 and own.home[row] in there
                    parts.append(
                        min((own.travel[row][s] for s in (there if free else (site,))), default=math.inf)
                    )
                best = min(best, math.inf if math.inf in parts else math.fsum(parts))
        return best

    def best(self) -> float:
        best = math.inf
        for opened in self._open_sets():
            for goes in product(opened, repeat=len(self.load)):
                units = self._units(opened, goes)
                if units < math.inf:
                    best = min(best, units + self._beside(opened, goes))
        return best

    def tried(self) -> Verdict:
        second = None
        if self.second is not None:
            own = self.second
            second = Second(
                np.array(own.travel), np.array(own.open_price), np.array(own.closed_price), np.array(own.home)
            )
        found = solve_sized(
            SizedProblem(
                np.array(self.travel),
                np.array(self.load),
                np.array(self.sizes),
                np.array(self.room),
                np.array(self.price),
                np.array(self.closed_price),
                np.array(self.must_open),
                np.array(self.one_of),
                second,
            )
        )
        best = self.best()
        shown = f"got {found.status.value} {found.objective!r} sizes {found.size.tolist()} goes {found.goes.tolist()} bound {found.bound!r}; right {best!r}"
        return Verdict(self._fault(found, best), shown, status=found.status.value, formulation="sized units")

    def _fault(self, found: SizedAnswer, best: float) -> str:
        if best == math.inf:
            return "" if found.status is Status.INFEASIBLE else "units where there can be none"
        if found.status is not Status.OPTIMAL:
            return f"status {found.status.value} where an optimum exists"
        value = self._price(found)
        if value == math.inf:
            return "the units break a rule"
        if not close(value, found.objective):
            return "the objective is not that of its units"
        if not close(found.objective, best, 1e-6):
            return "wrong optimum"
        return "" if close(found.bound, found.objective, 1e-6) else "bound away from the optimum"

    def _price(self, found: SizedAnswer) -> float:
        """What the answer costs, by its own sizes; inf where it breaks a rule."""
        goes, size = tuple(found.goes.tolist()), found.size.tolist()
        opened = tuple(site for site, own in enumerate(size) if own)
        if opened not in set(self._open_sets()) or not set(goes) <= set(opened):
            return math.inf
        whole = [self.travel[row][site] for row, site in enumerate(goes)]
        for site, own in enumerate(size):
            load = math.fsum(self.load[row] for row, at in enumerate(goes) if at == site)
            k = self.sizes.index(own) if own else -1
            if own and not at_most(load, self.room[site][k]):
                return math.inf
            whole.append(self.price[site][k] if own else self.closed_price[site])
        if self.second is not None:
            there, to = found.second_open.tolist(), found.second_goes.tolist()
            if any(not there[site] for site in opened) or any(not there[site] for site in to):
                return math.inf
            for row, site in enumerate(to):
                home = self.second.home[row]
                if site != goes[row] and not (home >= 0 and there[home]):
                    return math.inf
                whole.append(self.second.travel[row][site])
            prices = zip(there, self.second.open_price, self.second.closed_price, strict=True)
            whole += [dear if has else cheap for has, dear, cheap in prices]
        return math.fsum(whole)


def sized(seed: int) -> Sized:
    """The units of this number."""
    rng = random.Random(seed)
    n, m = rng.randint(1, 5), rng.randint(1, 4)
    number = numbers(rng)

    def pairs(gone: float) -> Rows:
        return [[math.inf if rng.random() < gone else number() for _ in range(m)] for _ in range(n)]

    load = loads(rng, n)
    sizes = list(range(1, rng.randint(1, 3) + 1))
    unit = (
        math.fsum(load) * rng.choice((0.3, 0.5, 1.0))
        if rng.random() < 0.6
        else math.fsum(rng.sample(load, 1))
    )
    room = [[unit * size * rng.choice((1.0, 1.0, 1.1)) for size in sizes] for _ in range(m)]
    price = [[math.inf if rng.random() < 0.1 else number() * size**0.5 for size in sizes] for _ in range(m)]
    closed = [number() if rng.random() < 0.3 else 0.0 for _ in range(m)]
    must = [rng.random() < 0.1 for _ in range(m)]
    one_of = [rng.choice((-1, -1, 0, 1)) for _ in range(m)] if rng.random() < 0.3 else [-1] * m
    gone = rng.choice((0.0, 0.2))
    second = None
    if rng.random() < 0.4:
        home = [rng.randint(-1, m - 1) for _ in range(n)]
        second = Beside(pairs(gone), [number() for _ in range(m)], [number() for _ in range(m)], home)
    return Sized(seed, "as it comes", pairs(gone), load, sizes, room, price, closed, must, one_of, second)
