"""A PuLP program over the sites of one problem: open variables, and the conditions all models share."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable

import numpy as np
import pulp

from optimise.algebra import Term, linear, value_of
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.errors import OptimiseError
from optimise.problem import PlacementProblem
from optimise.running import Limits, Run, run_program
from optimise.sentences import Sentence
from optimise.status import Sense

#: Pairs of a demand point and a site that a program may hold: about 2 kB each in PuLP and HiGHS, 2 GB in all.
MOST_PAIRS = 1_000_000
_PAIR_KB = 2.0
#: Variables from which a program is presolved though rows all but force it: without, it takes too long.
PRESOLVED_FROM = 10_000
#: Codes of the wishes that every problem has, for callers that tell them in their own words.
ROLE, ONE_SITE, SITES = "opt.wish.role", "opt.wish.one_site", "opt.wish.sites"


class ProgramTooLargeError(OptimiseError):
    """A program would hold more pairs than memory should be spent on; it was not built."""

    def __init__(self, pairs: int) -> None:
        super().__init__(
            Sentence(
                "opt.fault.too_large",
                "the program would hold {pairs} pairs of a demand point and a site, about "
                "{gigabytes:.1f} GB; above {most:.0f} GB none is built: merge demand points, offer fewer "
                "sites, or leave out what keeps the engine from being used",
                pairs=pairs,
                gigabytes=pairs * _PAIR_KB / 1e6,
                most=MOST_PAIRS * _PAIR_KB / 1e6,
            )
        )


def within_memory(pairs: int) -> None:
    """Refuse a program before it is built.

    Raises:
        ProgramTooLargeError: it would hold more than ``MOST_PAIRS`` pairs.
    """
    if pairs > MOST_PAIRS:
        raise ProgramTooLargeError(pairs)


class SiteProgram:
    """The program under construction.

    Always-open and forbidden sites are constants, so they cost no variables. Sites that no condition and no
    cost tells apart are opened in their order, which breaks ties and removes symmetry.

    Attributes:
        problem: the problem; its columns stand in the order that breaks ties.
        lp: the PuLP program.
        shares: row -> site -> the share of a demand point that a site serves, in models that assign.
        scale: the objective is this many times the model's objective.
        wishes: name of a row, or what the names of several rows start with -> the wish behind them, in words.
    """

    def __init__(
        self,
        problem: PlacementProblem,
        name: str,
        sense: Sense,
        *,
        twins: bool = True,
        roles_as_rows: bool = False,
        lp: pulp.LpProblem | None = None,
    ) -> None:
        self._began = time.perf_counter()
        self.problem = problem
        own = pulp.LpMinimize if sense is Sense.MINIMISE else pulp.LpMaximize
        self.lp = pulp.LpProblem(name, own) if lp is None else lp
        self.shares: dict[int, dict[int, pulp.LpVariable]] | None = None
        self.wishes: dict[str, str] = {}
        self.scale = 1.0
        self._forcing = False
        self._roles_as_rows = roles_as_rows
        free = problem.free | roles_as_rows
        self._open: list[Term] = [
            self.lp.add_variable(f"open_{self.label(site)}", cat=pulp.LpBinary)
            if free[site]
            else float(problem.always_open[site])
            for site in range(problem.n_sites)
        ]
        if roles_as_rows:
            self._keep_roles()
        self._count_sites()
        self._spend()
        self._limit_moves()
        if twins:
            self._order_twins()

    def label(self, site: int) -> str:
        """What the names of a site's variables end with."""
        return str(site)

    def opened(self, site: int) -> Term:
        """1 where the site is open: a binary variable, or a constant where the role decides."""
        return self._open[site]

    def n_open(self, sites: Iterable[int]) -> pulp.LpAffineExpression:
        """How many of ``sites`` (distinct) are open."""
        return linear((self._open[site], 1.0) for site in sites)

    def variable(
        self, name: str, *, lower: float | None = 0.0, upper: float | None = None, integer: bool = False
    ) -> pulp.LpVariable:
        """A further variable."""
        kind = pulp.LpInteger if integer else pulp.LpContinuous
        return self.lp.add_variable(name, lower, upper, kind)

    def add(self, row: pulp.LpConstraint, name: str) -> None:
        """Add a row."""
        self.lp.addConstraint(row, name)

    def force(self, row: pulp.LpConstraint, name: str) -> None:
        """Add a row that all but forces its variables, as one that holds the most there can be.

        What HiGHS' presolve does to such rows may be off in the fifth digit: while the program is small, it
        is solved without (see :func:`~optimise.running.run_program`).
        """
        self.add(row, name)
        self._forcing = True

    def wish(self, row: pulp.LpConstraint, name: str, words: str) -> None:
        """Add a row that somebody asked for, in words."""
        self.add(row, name)
        self.wishes[name] = words

    def covered(self, row: int, minutes: float) -> pulp.LpAffineExpression:
        """At least 1 where demand point ``row`` is served within ``minutes``.

        Where everyone goes to the nearest site this counts the open sites in reach; where the model assigns,
        it sums the shares of the sites in reach.
        """
        near = np.flatnonzero(self.problem.costs[row] <= minutes).tolist()
        if self.shares is None:
            return self.n_open(near)
        own = self.shares.get(row, {})
        return linear((own[site], 1.0) for site in near if site in own)

    def alike(self, rows: IntArray, minutes: float, *, always: bool = True) -> list[list[int]]:
        """Demand points with the same sites within ``minutes``, which one row can speak for.

        Without those whom an always-open site is within reach of, if ``always``. Models that assign have a
        row of its own for everybody.
        """
        if self.shares is not None:
            return [[row] for row in rows.tolist()]
        near = self.problem.costs[rows] <= minutes
        if always and not self._roles_as_rows:
            kept = ~near[:, self.problem.always_open].any(axis=1)
            rows, near = rows[kept], near[kept]
        groups: dict[bytes, list[int]] = {}
        for row, key in zip(rows.tolist(), np.packbits(near, axis=1), strict=True):
            groups.setdefault(key.tobytes(), []).append(row)
        return list(groups.values())

    def impose_conditions(self, prefix: str = "condition") -> None:
        """Add the conditions of the problem; models that assign set ``shares`` before."""
        for number, condition in enumerate(self.problem.conditions):
            self.wishes[f"{prefix}_{number}"] = condition.words()
            condition.impose(self, f"{prefix}_{number}")

    def aim(self, objective: pulp.LpAffineExpression, *, scale: float = 1.0) -> None:
        """Set the objective, which is ``scale`` times the model's objective."""
        self.scale = scale
        self.lp.setObjective(objective)

    def solve(
        self,
        limits: Limits,
        *,
        start: BoolArray | None = None,
        values: dict[pulp.LpVariable, float] | None = None,
        relaxed: bool = False,
    ) -> Run:
        """Run the solver, from the sites of ``start`` if given; the run speaks in the model's unit.

        ``values`` are those of further variables to start from; for ``relaxed`` see
        :func:`~optimise.running.run_program`.
        """
        presolve = not self._forcing or self.lp.numVariables() >= PRESOLVED_FROM
        known = self._start(start) | (values or {})
        return run_program(self.lp, limits, scale=self.scale, start=known, relaxed=relaxed, presolve=presolve)

    def chosen(self) -> BoolArray:
        """(n_sites,) True for the sites that are open in the incumbent."""
        return np.array([value_of(item) > 0.5 for item in self._open], dtype=bool)

    @property
    def build_s(self) -> float:
        """Seconds since the program was begun."""
        return time.perf_counter() - self._began

    def _start(self, sites: BoolArray | None) -> dict[pulp.LpVariable, float]:
        if sites is None:
            return {}
        return {
            item: float(sites[site])
            for site, item in enumerate(self._open)
            if isinstance(item, pulp.LpVariable)
        }

    def _keep_roles(self) -> None:
        for site in np.flatnonzero(~self.problem.free).tolist():
            state = "open" if self.problem.always_open[site] else "closed"
            role = self.problem.roles[site].value
            words = Sentence(
                ROLE,
                "{site} is {role} and stays {state}",
                site=self.problem.site_ids[site],
                role=Sentence(f"opt.role.{role}", role),
                state=Sentence(f"opt.state.{state}", state),
            )
            self.wish(
                self.n_open([site]) == float(self.problem.always_open[site]),
                f"role_{self.label(site)}",
                words,
            )

    def _count_sites(self) -> None:
        wanted = self.problem.n_open
        if wanted is not None:
            row = self.n_open(range(self.problem.n_sites)) == wanted
            self.wish(row, "count", number_of_sites(wanted))

    def _spend(self) -> None:
        budget = self.problem.budget
        if budget is not None:
            self.wish(
                self.spent(self.problem.prices) <= budget,
                "budget",
                Sentence("opt.wish.budget", "a budget of {budget:g}", budget=budget),
            )

    def spent(self, prices: FloatArray) -> pulp.LpAffineExpression:
        """Summed ``prices`` of the open sites."""
        priced = np.flatnonzero(prices > 0).tolist()
        return linear((self._open[site], float(prices[site])) for site in priced)

    def _limit_moves(self) -> None:
        if self.problem.max_moves is not None:
            existing = np.flatnonzero(self.problem.existing).tolist()
            row = self.n_open(existing) >= len(existing) - self.problem.max_moves
            self.wish(
                row,
                "moves",
                Sentence(
                    "opt.wish.moves",
                    "at most {most} of the existing sites close",
                    most=self.problem.max_moves,
                ),
            )

    def _order_twins(self) -> None:
        for number, (first, second) in enumerate(twin_sites(self.problem)):
            self.add(self._open[first] - self._open[second] >= 0, f"twins_{number}")


def number_of_sites(wanted: int) -> Sentence:
    """The wish for so many open sites, in words."""
    template = "exactly {number} open site" if wanted == 1 else "exactly {number} open sites"
    return Sentence(ONE_SITE if wanted == 1 else SITES, template, number=wanted)


def twin_sites(problem: PlacementProblem) -> list[tuple[int, int]]:
    """Pairs of free sites that nothing tells apart but their place in the order.

    Conditions and site-to-site minutes may tell any sites apart, so there are no twins beside them.
    """
    if problem.conditions or problem.site_costs is not None:
        return []
    traits = (problem.capacities, problem.fixed_costs, problem.site_values, problem.roles)
    seen: dict[tuple[bytes, tuple[Hashable, ...]], int] = {}
    pairs = []
    for site in np.flatnonzero(problem.free).tolist():
        own = tuple(None if values is None else values[site] for values in traits)
        key = (np.ascontiguousarray(problem.costs[:, site]).tobytes(), own)
        if key in seen:
            pairs.append((seen[key], site))
        seen[key] = site
    return pairs
