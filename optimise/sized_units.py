"""Units of a whole size: which are there and how large, who goes where, and a second service tied to them.

With ``x_ij = 1`` where demand ``i`` goes to site ``j``, ``z_jk = 1`` where site ``j`` has size ``k``::

    min   sum_ij c_ij x_ij + sum_jk p_jk z_jk + sum_j q_j (1 - y_j)
    s.t.  sum_j x_ij = 1,  x_ij <= y_j,  y_j = sum_k z_jk <= 1
          sum_i a_i x_ij <= sum_k r_jk z_jk         r_jk the load that size k carries within its promise
          sum_{j in g} y_j = 1                      where a group shares one unit
          x, z binary

the modular capacitated plant location problem (Correia and Captivo 2003, *A Lagrangean heuristic for a
modular capacitated location problem*, Annals of Operations Research 122) with single sourcing. Where ``r_jk``
is the largest load of which ``k`` servers turn away no more than they may, it is the loss constraint of
Marianov and Serra (2002), *Location-allocation of multiple-server service centers with constrained queues or
waiting times*, Annals of Operations Research 111: exact, since the loss grows with the load.

A second service (``w``, ``l``) is chosen jointly: a unit stands only where the second service does, and
whoever loses the second service at home goes to one place for both::

    + sum_ij d_ij w_ij + sum_j o_j l_j + e_j (1 - l_j)
    sum_j w_ij = 1,  w_ij <= l_j,  y_j <= l_j,  |x_ij - w_ij| <= l_h(i)

with ``h(i)`` the site at home that has it today.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
import pulp
from scipy import sparse
from scipy.sparse import csgraph

from optimise.algebra import linear, value_of
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.errors import Fault, ProblemError
from optimise.program import within_memory
from optimise.running import Limits, run_program, settled
from optimise.sentences import Sentence
from optimise.sized_in_turn import Turns, in_turn, order_of_sites
from optimise.status import Status, relative_gap

#: The solver that an answer names where no other was asked.
_IN_TURN = "optimise.sized_in_turn"
_ROUNDING = 1e-9
#: Size of the objective that solvers' tolerances are made for.
_AROUND = 1e4


@dataclass(frozen=True, eq=False)
class Second:
    """A second service at the same sites.

    Attributes:
        travel: (n, m) price of serving each demand there; inf = not allowed.
        open_price: (m,) price of having it.
        closed_price: (m,) price of not having it.
        home: (n,) position of the site at home that has it today, -1 for none.
    """

    travel: FloatArray
    open_price: FloatArray
    closed_price: FloatArray
    home: IntArray


@dataclass(frozen=True, eq=False)
class SizedProblem:
    """What is to be decided; n demands, m sites, k sizes.

    Attributes:
        travel: (n, m) price of serving each demand there; inf = not allowed.
        load: (n,) load of each demand.
        sizes: (k,) the sizes.
        room: (m, k) load that a site of a size carries.
        price: (m, k) price of a site at a size; inf = no such size there.
        closed_price: (m,) price of having none.
        must_open: (m,) sites that are open in any answer.
        one_of: (m,) label of the group of which exactly one site is open; -1 = no group.
        second: the second service; None = there is none.
    """

    travel: FloatArray
    load: FloatArray
    sizes: IntArray
    room: FloatArray
    price: FloatArray
    closed_price: FloatArray
    must_open: BoolArray
    one_of: IntArray
    second: Second | None = None

    def faults(self) -> list[Fault]:
        """What is wrong with it."""
        n, m = self.travel.shape
        shapes = {
            "load": (self.load.shape, (n,)),
            "room": (self.room.shape, (m, len(self.sizes))),
            "price": (self.price.shape, (m, len(self.sizes))),
            "closed_price": (self.closed_price.shape, (m,)),
            "must_open": (self.must_open.shape, (m,)),
            "one_of": (self.one_of.shape, (m,)),
        }
        wrong = [
            Fault(Sentence("opt.fault.sized_shape", "has another shape than the others"), name)
            for name, (is_, to) in shapes.items()
            if is_ != to
        ]
        if not wrong and ((self.load < 0).any() or not np.isfinite(self.load).all()):
            wrong.append(Fault(Sentence("opt.fault.sized_load", "must be numbers, 0 or more"), "load"))
        return wrong


@dataclass(frozen=True, eq=False)
class SizedAnswer:
    """What is best, with its proof.

    Attributes:
        status: OPTIMAL alone means proven.
        objective: the price, recomputed from the answer; NaN for none.
        bound: no answer costs less.
        size: (m,) size of each site, 0 = closed.
        goes: (n,) site of each demand.
        second_open: (m,) where the second service is; all False without one.
        second_goes: (n,) its site; -1 without one.
        solver: name and version.
        solve_s: seconds in it.
    """

    status: Status
    objective: float
    bound: float
    size: IntArray
    goes: IntArray
    second_open: BoolArray
    second_goes: IntArray
    solver: str
    solve_s: float

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound."""
        return relative_gap(self.objective, self.bound)


def _fits(load: float, room: float) -> bool:
    return load <= room * (1 + _ROUNDING) + _ROUNDING


def price_of(problem: SizedProblem, answer: SizedAnswer) -> float:
    """What an answer costs, from sites, sizes and assignment alone; inf where it breaks a rule."""
    rows = np.arange(len(problem.load))
    carried = np.bincount(answer.goes, weights=problem.load, minlength=len(problem.must_open))
    total = float(problem.travel[rows, answer.goes].sum())
    for site, size in enumerate(answer.size.tolist()):
        if size == 0:
            total += float(problem.closed_price[site]) if carried[site] == 0 else math.inf
            total += math.inf if problem.must_open[site] or (answer.goes == site).any() else 0.0
            continue
        at = int(np.flatnonzero(problem.sizes == size)[0])
        total += float(problem.price[site, at]) if _fits(carried[site], problem.room[site, at]) else math.inf
    for label in set(problem.one_of[problem.one_of >= 0].tolist()):
        if int((answer.size[problem.one_of == label] > 0).sum()) != 1:
            total = math.inf
    second = problem.second
    if second is None:
        return total
    total += float(second.travel[rows, answer.second_goes].sum())
    total += float(np.where(answer.second_open, second.open_price, second.closed_price).sum())
    at_home = np.where(second.home >= 0, answer.second_open[second.home], False)
    parted = (answer.goes != answer.second_goes) & ~at_home
    nowhere = ~answer.second_open[answer.second_goes]
    if parted.any() or nowhere.any() or ((answer.size > 0) & ~answer.second_open).any():
        return math.inf
    return total


def solve_sized(problem: SizedProblem, limits: Limits | None = None) -> SizedAnswer:
    """The cheapest units, sizes and assignment.

    Args:
        problem: what is to be decided.
        limits: of the solver.

    Raises:
        ProblemError: arrays that do not fit each other, or loads that are no numbers.
    """
    faults = problem.faults()
    if faults:
        raise ProblemError(faults)
    started, parts = (limits or Limits()).started(), _parts(problem)
    if len(parts) == 1:
        return _solve_whole(problem, started)
    found = []
    for rows, sites in parts:
        one = _solve_whole(_part(problem, rows, sites), started.silent())
        if not len(one.size):  # no answer of a part is none of the whole, and the others are not asked
            return one
        found.append(one)
    return _together(problem, parts, found)


def _parts(problem: SizedProblem) -> list[tuple[IntArray, IntArray]]:
    """Demands and sites that nothing ties to those of another part; sites without demands are one part."""
    n, m = problem.travel.shape
    pairs = [np.nonzero(np.isfinite(problem.travel))]
    if problem.second is not None:
        at_home = np.flatnonzero(problem.second.home >= 0)
        pairs += [np.nonzero(np.isfinite(problem.second.travel)), (at_home, problem.second.home[at_home])]
    rows, sites = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    grouped = np.flatnonzero(problem.one_of >= 0)
    groups, group_of = np.unique(problem.one_of[grouped], return_inverse=True)
    ends = np.concatenate([rows, n + m + group_of]), np.concatenate([n + sites, n + grouped])
    tied = sparse.coo_matrix((np.ones(len(ends[0])), ends), shape=(n + m + len(groups),) * 2)
    label = csgraph.connected_components(tied, directed=False)[1]
    of_row, of_site = label[:n], label[n : n + m]
    of_site = np.where(np.isin(of_site, of_row), of_site, -1)
    return [
        (np.flatnonzero(of_row == one), np.flatnonzero(of_site == one))
        for one in np.unique(np.concatenate([of_row, of_site])).tolist()
    ]


def _part(problem: SizedProblem, rows: IntArray, sites: IntArray) -> SizedProblem:
    second, position = problem.second, np.full(len(problem.must_open) + 1, -1, dtype=np.int64)
    position[sites] = np.arange(len(sites))
    return SizedProblem(
        travel=problem.travel[np.ix_(rows, sites)],
        load=problem.load[rows],
        sizes=problem.sizes,
        room=problem.room[sites],
        price=problem.price[sites],
        closed_price=problem.closed_price[sites],
        must_open=problem.must_open[sites],
        one_of=problem.one_of[sites],
        second=second
        and Second(
            travel=second.travel[np.ix_(rows, sites)],
            open_price=second.open_price[sites],
            closed_price=second.closed_price[sites],
            home=position[second.home[rows]],
        ),
    )


def _together(
    problem: SizedProblem, parts: list[tuple[IntArray, IntArray]], found: list[SizedAnswer]
) -> SizedAnswer:
    n, m = problem.travel.shape
    size, second_open = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=bool)
    goes, second_goes = (np.full(n, -1, dtype=np.int64) for _ in range(2))
    for (rows, sites), one in zip(parts, found, strict=True):
        size[sites], goes[rows] = one.size, sites[one.goes]
        if problem.second is not None:
            second_open[sites], second_goes[rows] = one.second_open, sites[one.second_goes]
    open_parts = [one.status for one in found if one.status is not Status.OPTIMAL]
    answer = replace(found[0], size=size, goes=goes, second_open=second_open, second_goes=second_goes)
    objective = price_of(problem, answer)
    bound = min(math.fsum(one.bound for one in found), objective)
    return replace(
        answer,
        status=settled(open_parts[0] if open_parts else Status.OPTIMAL, objective, bound),
        objective=objective,
        bound=bound,
        solver=", ".join(dict.fromkeys(one.solver for one in found if len(one.goes))) or found[0].solver,
        solve_s=math.fsum(one.solve_s for one in found),
    )


def _in_turn(problem: SizedProblem, started: Limits) -> SizedAnswer | None:
    """The answer site by site, None where that is not worth it; a solver that was asked for solves all."""
    groups = problem.one_of[problem.one_of >= 0]
    if problem.second is not None or not started.in_process or len(set(groups.tolist())) < len(groups):
        return None
    found = order_of_sites(problem.travel)
    if found is None:
        return None
    began = time.perf_counter()
    must_open = problem.must_open | (problem.one_of >= 0)
    prices = [_by_load(problem.room[site], problem.price[site]) for site in range(len(must_open))]
    closed = np.where(must_open, np.inf, problem.closed_price)
    goes = in_turn(Turns(problem.travel, problem.load, prices, closed), found[0])
    if goes is None:
        return _nothing(Status.INFEASIBLE, math.nan, _IN_TURN, time.perf_counter() - began)
    m = len(must_open)
    carried = np.bincount(goes, weights=problem.load, minlength=m)
    used = must_open | (np.bincount(goes, minlength=m) > 0)
    size = np.zeros(m, dtype=np.int64)
    for site in range(m):
        fits = [at for at in range(len(problem.sizes)) if _fits(carried[site], problem.room[site, at])]
        at = min(fits, key=lambda at: (problem.price[site, at], at), default=-1)
        if at >= 0 and (used[site] or problem.price[site, at] < problem.closed_price[site]):
            size[site] = problem.sizes[at]
    nowhere = np.full(len(goes), -1, dtype=np.int64)
    answer = SizedAnswer(
        Status.OPTIMAL,
        math.nan,
        math.nan,
        size,
        goes,
        np.zeros(m, dtype=bool),
        nowhere,
        _IN_TURN,
        time.perf_counter() - began,
    )
    objective = price_of(problem, answer)
    return replace(answer, objective=objective, bound=objective)


def _by_load(room: FloatArray, price: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What sizes carry, ascending, and the least price of one that carries so much or more."""
    order = np.argsort(room, kind="stable")
    least = np.minimum.accumulate(price[order][::-1])[::-1]
    return room[order] * (1 + _ROUNDING) + _ROUNDING, least


def _nothing(status: Status, bound: float, solver: str, seconds: float) -> SizedAnswer:
    none = np.zeros(0, dtype=np.int64)
    return SizedAnswer(status, math.nan, bound, none, none, none.astype(bool), none, solver, seconds)


def _solve_whole(problem: SizedProblem, started: Limits) -> SizedAnswer:
    found = _in_turn(problem, started)
    if found is not None:
        return found
    program, seconds = _Program(problem), 0.0
    while True:
        run = run_program(program.lp, started, scale=program.scale)
        seconds += run.seconds
        if not run.has_values or not program.cut_overloads():
            break
    if not run.has_values:
        return _nothing(run.status, run.bound, run.solver, seconds)
    return program.answer(run.status, run.bound, run.solver, seconds)


class _Program:
    """The program of the formulation above."""

    def __init__(self, problem: SizedProblem) -> None:
        self.problem = problem
        self.lp = pulp.LpProblem("sized_units", pulp.LpMinimize)
        within_memory(problem.travel.size)
        self.goes = self._pairs("x", problem.travel)
        self.size = {
            (site, at): self.lp.add_variable(f"z_{site}_{at}", cat=pulp.LpBinary)
            for site in range(len(problem.must_open))
            for at in _worth_having(problem, site)
        }
        self.by_site: dict[int, list[pulp.LpVariable]] = {}
        for (site, _), item in self.size.items():
            self.by_site.setdefault(int(site), []).append(item)
        terms = [(item, float(problem.travel[pair])) for pair, item in self.goes.items()]
        terms += [
            (item, float(problem.price[place] - problem.closed_price[place[0]]))
            for place, item in self.size.items()
        ]
        constant = float(problem.closed_price.sum())
        self._serve(self.goes, len(problem.load), "goes")
        self._carry()
        self._share()
        self.second_goes: dict[tuple[int, int], pulp.LpVariable] = {}
        self.second_open: list[pulp.LpVariable] = []
        if problem.second is not None:
            terms += self._tie(problem.second)
            constant += float(problem.second.closed_price.sum())
        whole = linear([*terms, (1.0, constant)])
        largest = max([abs(price) for _, price in terms] + [1e-9])
        self.scale = _AROUND / largest
        self.lp += whole * self.scale

    def _pairs(self, name: str, prices: FloatArray) -> dict[tuple[int, int], pulp.LpVariable]:
        return {
            (int(row), int(site)): self.lp.add_variable(f"{name}_{row}_{site}", cat=pulp.LpBinary)
            for row, site in zip(*np.nonzero(np.isfinite(prices)), strict=True)
        }

    def _serve(self, pairs: dict[tuple[int, int], pulp.LpVariable], n: int, name: str) -> None:
        own: list[list[tuple[pulp.LpVariable, float]]] = [[] for _ in range(n)]
        for (row, _), item in pairs.items():
            own[row].append((item, 1.0))
        for row, items in enumerate(own):
            self.lp += linear(items) == 1, f"{name}_{row}"

    def _open(self, site: int) -> list[tuple[pulp.LpVariable, float]]:
        return [(item, 1.0) for item in self.by_site.get(site, [])]

    def _carry(self) -> None:
        problem = self.problem
        loads: dict[int, list[tuple[pulp.LpVariable, float]]] = {}
        for (row, site), item in self.goes.items():
            loads.setdefault(site, []).append((item, float(problem.load[row])))
            self.lp += (
                linear([(item, 1.0), *((one, -1.0) for one, _ in self._open(site))]) <= 0,
                f"open_{row}_{site}",
            )
        for site in range(len(problem.must_open)):
            if self._open(site):
                self.lp += linear(self._open(site)) <= 1, f"size_{site}"
            if problem.must_open[site]:
                self.lp += linear(self._open(site)) == 1, f"stays_{site}"
            if site in loads:
                room = [
                    (item, -float(problem.room[site, at]))
                    for (one, at), item in self.size.items()
                    if one == site
                ]
                self.lp += linear([*loads[site], *room]) <= 0, f"room_{site}"

    def _share(self) -> None:
        for label in sorted(set(self.problem.one_of[self.problem.one_of >= 0].tolist())):
            sites = np.flatnonzero(self.problem.one_of == label).tolist()
            self.lp += linear([term for site in sites for term in self._open(site)]) == 1, f"one_of_{label}"

    def _tie(self, second: Second) -> list[tuple[pulp.LpVariable, float]]:
        m = len(self.problem.must_open)
        self.second_goes = self._pairs("w", second.travel)
        self.second_open = [self.lp.add_variable(f"l_{site}", cat=pulp.LpBinary) for site in range(m)]
        self._serve(self.second_goes, len(second.home), "second")
        for (row, site), item in self.second_goes.items():
            self.lp += linear([(item, 1.0), (self.second_open[site], -1.0)]) <= 0, f"second_open_{row}_{site}"
        for site in range(m):
            self.lp += linear([*self._open(site), (self.second_open[site], -1.0)]) <= 0, f"beside_{site}"
        for row, home in enumerate(second.home.tolist()):
            at_home = [(self.second_open[home], -1.0)] if home >= 0 else []
            for site in range(m):
                one, other = self.goes.get((row, site)), self.second_goes.get((row, site))
                for sign in (1.0, -1.0):
                    parts = [(item, way) for item, way in ((one, sign), (other, -sign)) if item is not None]
                    if parts:
                        self.lp += linear([*parts, *at_home]) <= 0, f"together_{row}_{site}_{int(sign)}"
        terms = [(item, float(second.travel[pair])) for pair, item in self.second_goes.items()]
        prices = second.open_price - second.closed_price
        return terms + [(item, float(price)) for item, price in zip(self.second_open, prices, strict=True)]

    def cut_overloads(self) -> int:
        """Cut off what the incumbent puts where it does not fit; how many rows were added.

        A solver takes a demand that goes by 0.9999995 for one that goes, which beside a million is a person
        too many. Those who are too many for a size go there together only with a larger one.
        """
        problem, added = self.problem, 0
        goes = _chosen(self.goes, len(problem.load))
        for (site, at), item in self.size.items():
            here = [row for row in np.flatnonzero(goes == site).tolist() if problem.load[row] > 0]
            load = math.fsum(problem.load[here].tolist())
            if value_of(item) <= 0.5 or _fits(load, problem.room[site, at]):
                continue
            larger = [
                (other, -1.0)
                for (one, k), other in self.size.items()
                if one == site and _fits(load, problem.room[site, k])
            ]
            together = linear([*((self.goes[row, site], 1.0) for row in here), *larger])
            self.lp += together <= len(here) - 1
            added += 1
        return added

    def answer(self, status: Status, bound: float, solver: str, seconds: float) -> SizedAnswer:
        """What the incumbent says, its price reckoned anew."""
        problem = self.problem
        n, m = problem.travel.shape
        size = np.zeros(m, dtype=np.int64)
        for (site, at), item in self.size.items():
            if value_of(item) > 0.5:
                size[site] = problem.sizes[at]
        second_open = np.asarray([value_of(item) > 0.5 for item in self.second_open] or [False] * m)
        found = SizedAnswer(
            status,
            math.nan,
            bound,
            size,
            _chosen(self.goes, n),
            second_open,
            _chosen(self.second_goes, n),
            solver,
            seconds,
        )
        objective = price_of(problem, found)
        return SizedAnswer(
            settled(status, objective, min(bound, objective)),
            objective,
            min(bound, objective),
            size,
            found.goes,
            second_open,
            found.second_goes,
            solver,
            seconds,
        )


def _worth_having(problem: SizedProblem, site: int) -> list[int]:
    """Positions of the sizes of a site than which no other carries as much for less.

    The room that counts ends with the load of all who may go there.
    """
    most = float(problem.load[np.isfinite(problem.travel[:, site])].sum())
    room, price = np.minimum(problem.room[site], most), problem.price[site]
    kept = []
    for at in np.flatnonzero(np.isfinite(price)).tolist():
        better = (room >= room[at]) & (price <= price[at])
        same = (room == room[at]) & (price == price[at])
        if not (better & ~same).any() and not same[:at].any():
            kept.append(at)
    return kept


def _chosen(pairs: dict[tuple[int, int], pulp.LpVariable], n: int) -> IntArray:
    goes = np.full(n, -1, dtype=np.int64)
    for (row, site), item in pairs.items():
        if value_of(item) > 0.5:
            goes[row] = site
    return goes
