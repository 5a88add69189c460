"""Branch and cut: cuts where the program's answer is too low, branches on sites where cuts bring no more.

A cut holds for every choice of sites, so all branches share all cuts. At the root the cuts are taken between
the program's answer and a point inside, which its answers then move (in-out separation: Ben-Ameur and Neto
2007, *Acceleration of cutting-plane and column generation algorithms*, Networks 49; Fischetti, Ljubic and
Sinnl 2017, *Redesigning Benders decomposition for large-scale facility location*, Management Science 63).
The branch with the least bound comes first; a few sites are tried both ways before one is branched on
(Achterberg, Koch and Martin 2005, *Branching rules revisited*, Operations Research Letters 33), and reduced
costs decide further ones.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from optimise.arrays import BoolArray, FloatArray
from optimise.compiled import Int8Array
from optimise.cut_engine.master import Master, SiteRelaxation
from optimise.cut_engine.rows import Cut
from optimise.pmedian_engine.bounds import CLOSED, FREE, OPEN
from optimise.running import Limits

#: Rounds of cuts at the root, and how many of them may bring less than a share of the open gap.
_ROUNDS, _IDLE, _WORTHWHILE = 400, 8, 2e-3
#: Rounds of cuts in a branch, as long as each brings this share of the open gap or leads to whole sites.
_AGAIN, _BRINGS, _WHOLE_AGAIN = 6, 0.03, 30
#: Sites that are tried both ways, and shares that are whole.
_PROBES, _WHOLE = 8, 1e-6
#: Relative distance between the program and the objective at its answer below which no cut is missing.
_TIGHT = 1e-8

#: The cut of a piece that is tight at (n_free,) shares.
Piece = Callable[[FloatArray], Cut]


@dataclass(order=True)
class _Branch:
    bound: float
    number: int
    status: Int8Array = field(compare=False)


class CutSearch:
    """One search.

    Args:
        master: the program; it is given the cuts.
        pieces: what the objective is made of; see :mod:`optimise.cut_engine.master`.
        offer: told of (n_free,) open sites; gives their objective, inf where they break a condition. It may
            be more than the pieces say.
        slack: how much better than an objective is no better.
        limits: ends the search at its deadline.
    """

    def __init__(
        self,
        master: Master,
        pieces: Sequence[Piece],
        offer: Callable[[BoolArray], float],
        slack: Callable[[float], float],
        limits: Limits,
    ) -> None:
        self.master, self.pieces, self._judge, self._slack = master, pieces, offer, slack
        self.limits = limits
        self.best, self.bound = math.inf, -math.inf
        self.branches, self.cuts = 0, 0
        self._seen: dict[bytes, float] = {}
        self._status = np.full(len(master.free), FREE, dtype=np.int8)

    @property
    def left(self) -> int:
        """Free sites that the bound at the root left undecided."""
        return int((self._status == FREE).sum())

    def run(self, start: BoolArray | None) -> bool:
        """True when nothing is better than the best that was offered (or there is no answer)."""
        if start is not None:
            self.offer(start)
            self._cut(start.astype(np.float64))
        number = len(self._status)
        inside = np.full(number, 0.5 if start is None else float(start.sum()) / max(number, 1))
        self._cut(inside)
        return self._root(inside) and self._branches()

    def offer(self, chosen: BoolArray) -> float:
        """The objective of these free sites; each choice is judged once."""
        key = np.packbits(chosen).tobytes()
        if key not in self._seen:
            self._seen[key] = self._judge(chosen)
            self.best = min(self.best, self._seen[key])
        return self._seen[key]

    @property
    def threshold(self) -> float:
        """What a better answer is below."""
        return self.best - self._slack(self.best) if math.isfinite(self.best) else math.inf

    def _late(self) -> bool:
        return time.monotonic() > self.limits.deadline

    def _cut(self, shares: FloatArray) -> float:
        """Cuts of all pieces at these shares; the objective there."""
        values = np.empty(len(self.pieces))
        for number, piece in enumerate(self.pieces):
            cut = piece(shares)
            values[number] = cut.value
            self.master.add(number, cut)
            self.cuts += 1
        return self.master.combined(values)

    def _relaxed(self, status: Int8Array) -> SiteRelaxation | None:
        lower, upper = (status == OPEN).astype(np.float64), (status != CLOSED).astype(np.float64)
        return self.master.solve(lower, upper, self.limits.seconds_left)

    def _root(self, inside: FloatArray) -> bool:
        """Raise the bound until cuts bring no more; False where it ended before the first bound."""
        found: SiteRelaxation | None = None
        idle, least = 0, math.inf
        for _ in range(_ROUNDS):
            told = self._relaxed(self._status)
            if told is None:
                break
            before = self.bound
            self.bound = max(self.bound, told.bound)
            found = told
            if self.bound >= self.threshold or self._late():
                break
            self._decide(self._status, told)
            gap = self.threshold - before
            idle = idle + 1 if self.bound - before <= _WORTHWHILE * gap and math.isfinite(gap) else 0
            between = 0.5 * (told.shares + inside)
            self._cut(between)
            value = self._cut(told.shares)
            if value - told.bound <= _TIGHT * abs(value) or idle >= _IDLE:
                break
            inside = told.shares if value < least else between
            least = min(least, value)
        if found is not None:
            self._round(found.shares)
        return found is not None

    def _round(self, shares: FloatArray) -> None:
        """The sites of the largest shares, as many as the shares sum to."""
        chosen = np.zeros(len(shares), dtype=bool)
        chosen[np.argsort(-shares, kind="stable")[: round(float(shares.sum()))]] = True
        self.offer(chosen)

    def _decide(self, status: Int8Array, told: SiteRelaxation) -> None:
        """Sites whose other state would carry the bound to the threshold."""
        free = status == FREE
        carried = told.bound + np.abs(told.reduced) >= self.threshold
        status[free & carried & (told.reduced > 0)] = CLOSED
        status[free & carried & (told.reduced < 0)] = OPEN

    def _branches(self) -> bool:
        """Every branch below the threshold, the least bound first; True when none is left."""
        waiting = [_Branch(self.bound, 0, self._status.copy())]
        while waiting:
            self.bound = max(self.bound, min(waiting[0].bound, self.best))
            if waiting[0].bound >= self.threshold:
                return True
            if self._late():
                return False
            branch = heapq.heappop(waiting)
            children = self._examined(branch)
            if children is None:
                return False
            for bound, status in children:
                self.branches += 1
                heapq.heappush(waiting, _Branch(bound, self.branches, status))
        self.bound = max(self.bound, self.best)
        return True

    def _examined(self, branch: _Branch) -> list[tuple[float, Int8Array]] | None:
        """What is left of a branch, in parts; None where the clock ran out."""
        status, bound, turn = branch.status, branch.bound, 0
        while True:
            told = self._relaxed(status)
            if told is None or self._late():
                return None
            before, bound = bound, max(bound, told.bound)
            if bound >= self.threshold:
                return []
            self._decide(status, told)
            whole = bool((np.minimum(told.shares, 1.0 - told.shares) <= _WHOLE).all())
            if whole:
                self.offer(told.shares > 0.5)
            brings = bound - before > _BRINGS * (self.threshold - bound)
            if turn >= _WHOLE_AGAIN or (turn and not whole and (turn >= _AGAIN or not brings)):
                break
            value = self._cut(np.round(told.shares) if whole else told.shares)
            turn += 1
            if value - told.bound <= _TIGHT * abs(value):
                break
        if not (status == FREE).any():
            self.offer(status == OPEN)
            return []
        self._round(told.shares)
        return self._parts(status, told.shares, bound)

    def _parts(
        self, status: Int8Array, shares: FloatArray, bound: float
    ) -> list[tuple[float, Int8Array]] | None:
        """Both states of one site; where one of them is excluded, the other decides it, and so on."""
        distance = np.where(status == FREE, np.minimum(shares, 1.0 - shares), -1.0)
        tried = np.argsort(-distance, kind="stable")[:_PROBES]
        tried = tried[distance[tried] > _WHOLE]
        if not len(tried):  # whole, and still too low: what fits there may be worse than the pieces say
            site = int(np.argmax(np.where(status == FREE, shares, -1.0)))
            return [(bound, _with(status, site, state)) for state in (OPEN, CLOSED)]
        best, score = None, -1.0
        for site in tried.tolist():
            if status[site] != FREE:
                continue
            sides: list[tuple[float, Int8Array]] = []
            for state in (OPEN, CLOSED):
                own = _with(status, site, state)
                told = self._relaxed(own)
                if told is None or self._late():
                    return None
                own_bound = max(bound, told.bound)
                if own_bound < self.threshold:
                    self._decide(own, told)
                    sides.append((own_bound, own))
            if len(sides) < 2:
                return sides
            least = 1e-6 * max(self.threshold - bound, 0.0)
            product = float(np.prod([max(side[0] - bound, least) for side in sides]))
            if best is None or product > score:
                best, score = sides, product
        assert best is not None
        return best


def _with(status: Int8Array, site: int, state: int) -> Int8Array:
    own = status.copy()
    own[site] = state
    return own
