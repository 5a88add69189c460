"""Districts of parts that nothing joins: programs by part and number of districts, and one sum over all.

Each part must get as many seats as its load allows; which numbers add up to the count and cost least is a
dynamic program over the parts. The price of a part with so many districts is first bounded by a linear
program (of one number, whose dual bounds all others); what the cheapest numbers need is then solved, until
the cheapest sum is made of prices alone. It is then proven: no other numbers have a lower bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from optimise.arrays import FloatArray, IntArray
from optimise.district_program import (
    DistrictProblem,
    DistrictProgram,
    Districts,
    price_of,
    solve_program,
)
from optimise.running import Limits
from optimise.status import Status

#: Room for the tolerance of linear programs, relative to their bounds.
_LP_TOLERANCE = 1e-7
#: Room for the tolerance of rows of load.
_ROOM = 1e-9


def parts_of(problem: DistrictProblem) -> list[IntArray]:
    """Places that may share a district: joined by borders, and by prices in one direction or the other."""
    from scipy import sparse  # noqa: PLC0415  (SciPy takes long to import)
    from scipy.sparse import csgraph  # noqa: PLC0415

    n = len(problem.load)
    part, count = np.zeros(n, dtype=np.int64), 0
    graphs = np.isfinite(problem.costs), problem.beside
    while True:
        before = count
        for graph in graphs:
            within = sparse.csr_matrix(graph & (part[:, None] == part[None, :]))
            count, found = csgraph.connected_components(within, directed=False)
            part = np.asarray(found, dtype=np.int64)
        if count == before:
            break
    return [np.flatnonzero(part == one) for one in range(count)]


@dataclass
class _Part:
    """One part, with what is known of it by number of districts.

    Attributes:
        places: its places.
        counts: numbers of districts that its load allows.
        bound: (counts,) no such districts cost less; inf = there are none.
        known: what was solved, by position of the number.
        looked_at: positions whose linear program was solved.
        program: its program; None until it is needed.
    """

    places: IntArray
    counts: range
    problem: DistrictProblem
    bound: FloatArray
    known: dict[int, Districts] = field(default_factory=dict)
    looked_at: set[int] = field(default_factory=set)
    program: DistrictProgram | None = None

    def asked(self, position: int) -> DistrictProgram:
        """The program, for a number of districts."""
        count = self.counts[position]
        if self.program is None:
            self.program = DistrictProgram(replace(self.problem, count=count))
        self.program.ask_for(count)
        return self.program

    def is_loose(self, position: int) -> bool:
        """Whether a better bound is to be had without an integer program."""
        return len(self.counts) > 1 and position not in self.looked_at and position not in self.known

    def bounded(self, limits: Limits, position: int, share: int) -> None:
        """Bound the prices by one more linear program: the next towards a number that looks cheap.

        From one far away nothing near is learnt, and most that look cheap by a far bound are not.

        Args:
            limits: what may be spent.
            position: of the number that looks cheap.
            share: number of districts by load, which is looked at first.
        """
        at = min(max(share - self.counts.start, 0), len(self.counts) - 1)
        if self.looked_at:
            nearest = min(self.looked_at, key=lambda one: abs(one - position))
            at = nearest + (1 if position > nearest else -1)
        self.looked_at.add(at)
        value, slope = self.asked(at).relaxed_bound(limits)
        if math.isinf(value):
            self.bound[at] = value
        elif math.isfinite(value):
            steps = np.arange(len(self.counts)) - at
            room = _LP_TOLERANCE * (abs(value) + np.abs(slope * steps))
            self.bound = np.maximum(self.bound, value + slope * steps - room)

    def solved(self, limits: Limits, position: int) -> Districts:
        """Solve one number of districts."""
        found = solve_program(self.asked(position), limits)
        self.known[position] = found
        if found.status is Status.INFEASIBLE:
            self.bound[position] = math.inf
        else:
            self.bound[position] = max(self.bound[position], found.bound)
        return found

    def prices(self) -> FloatArray:
        """(counts,) prices of the districts that are known; inf = none are."""
        found = np.full(len(self.counts), math.inf)
        for position, one in self.known.items():
            if len(one.seat):
                found[position] = one.objective
        return found


def solve_by_parts(problem: DistrictProblem, parts: Iterable[IntArray], started: Limits) -> Districts:
    """The cheapest districts, part by part; :func:`optimise.districts.solve_districts` asks for them.

    Args:
        problem: the places.
        parts: those that may share a district.
        started: of all programs together, with the clock running.
    """
    every = [_part_of(problem, places) for places in parts]
    limits = started.silent()
    mean = max(float(problem.load.sum()) / problem.count, 1e-300)
    while True:
        chosen = _cheapest(problem, every)
        if chosen is None:
            return _told(problem, every, Status.INFEASIBLE, math.inf, None)
        taken = list(zip(every, chosen, strict=True))
        loose = [(one, at) for one, at in taken if one.is_loose(at)]
        for one, at in loose:
            one.bounded(limits, at, round(float(one.problem.load.sum()) / mean))
        open_still = [(one, at) for one, at in taken if at not in one.known]
        if not loose and not open_still:
            return _told(problem, every, Status.OPTIMAL, _bound(taken), chosen)
        for one, at in [] if loose else open_still:
            found = one.solved(limits, at)
            if found.status not in {Status.OPTIMAL, Status.INFEASIBLE}:
                return _stopped(problem, every, found.status)


def _cheapest(problem: DistrictProblem, every: list[_Part]) -> list[int] | None:
    return cheapest([one.bound for one in every], [one.counts for one in every], problem.count)


def _bound(taken: Iterable[tuple[_Part, int]]) -> float:
    return math.fsum(float(one.bound[at]) for one, at in taken)


def _part_of(problem: DistrictProblem, places: IntArray) -> _Part:
    load, own = problem.load[places], np.ix_(places, places)
    whole = float(load.sum())
    fewest = max(1, math.ceil(whole / problem.most * (1 - _ROOM))) if math.isfinite(problem.most) else 1
    most = len(places)
    if problem.least > 0:
        most = min(most, math.floor(whole / problem.least * (1 + _ROOM)))
    counts = range(fewest, most + 1)
    small = replace(problem, costs=problem.costs[own], load=load, beside=problem.beside[own], count=1)
    # Each place costs at least its least price.
    least = small.costs.min(axis=1, initial=math.inf).sum()
    return _Part(places, counts, small, np.full(len(counts), float(least)))


def cheapest(prices: list[FloatArray], counts: list[range], number: int) -> list[int] | None:
    """Which of its prices each part takes so that their counts make a number and cost least; None = none do.

    Args:
        prices: by part and position of a count; inf = cannot be.
        counts: of each part, rising.
        number: what the counts must make together.
    """
    best = np.full(number + 1, math.inf)
    best[0] = 0.0
    taken = []
    for price, count in zip(prices, counts, strict=True):
        after, which = np.full(number + 1, math.inf), np.full(number + 1, -1)
        for position, own in enumerate(count):
            if own > number:
                break
            here = best[: number + 1 - own] + price[position]
            better = here < after[own:]
            after[own:][better], which[own:][better] = here[better], position
        best = after
        taken.append(which)
    if not math.isfinite(best[number]):
        return None
    chosen = []
    for which, count in zip(reversed(taken), reversed(counts), strict=True):
        chosen.append(int(which[number]))
        number -= count[chosen[-1]]
    return chosen[::-1]


def _stopped(problem: DistrictProblem, every: list[_Part], status: Status) -> Districts:
    """The cheapest of the districts that are known when a limit came, if any make the number."""
    bounded = _cheapest(problem, every)
    bound = math.inf if bounded is None else _bound(zip(every, bounded, strict=True))
    chosen = cheapest([one.prices() for one in every], [one.counts for one in every], problem.count)
    if chosen is None:
        return _told(problem, every, Status.NO_SOLUTION, bound, None)
    stopped = status if status is Status.INTERRUPTED else Status.FEASIBLE
    return _told(problem, every, stopped, bound, chosen)


def _told(
    problem: DistrictProblem, every: list[_Part], status: Status, bound: float, chosen: list[int] | None
) -> Districts:
    """The districts of all parts together."""
    seat, price = np.zeros(0, dtype=np.int64), math.nan
    if chosen is not None:
        seat = np.empty(len(problem.load), dtype=np.int64)
        for one, at in zip(every, chosen, strict=True):
            seat[one.places] = one.places[one.known[at].seat]
        price = price_of(problem, seat)
        bound = min(bound, price)
    runs = [found for one in every for found in one.known.values()]
    return Districts(
        status,
        price,
        bound,
        seat,
        rounds=sum(run.rounds for run in runs),
        cuts=sum(run.cuts for run in runs),
        solver=next((run.solver for run in runs if run.solver), ""),
        solve_s=math.fsum(run.solve_s for run in runs),
    )
