"""Sites that keep apart: anti-covering and p-dispersion. Both need ``site_costs``, the minutes between sites.

Anti-covering (Moon and Chaudhry 1984, *An analysis of network location problems with distance constraints*,
Management Science 30)::

    max   sum_j v_j y_j     s.t.  y_j + y_k <= 1  for every pair closer than the separation,  y binary

p-dispersion (Kuby 1987, *Programming models for facility dispersion*, Geographical Analysis 19): the least
minutes between any two of ``p`` sites as many as possible. The answer is one of the minutes between sites, so
bisect over them, each time asking whether ``p`` sites can keep that far apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimise.algebra import linear
from optimise.arrays import BoolArray, FloatArray
from optimise.conditions import Condition, Separation
from optimise.errors import Fault
from optimise.exact import exact_sum
from optimise.models.base import Model
from optimise.models.first_placements import apart_by_worth, farthest_apart
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits, Run
from optimise.sentences import Sentence
from optimise.status import Sense, Status
from optimise.verification import keeps_limits


@dataclass(frozen=True)
class AntiCover(Model):
    """As many sites (or as much ``site_values``) as fit with at least ``separation`` minutes between any two.

    Attributes:
        separation: minutes, in the quicker direction; exactly as many will do.
    """

    name: ClassVar[str] = "anti-cover"
    sense: ClassVar[Sense] = Sense.MAXIMISE
    serves_first: ClassVar[bool] = False
    separation: float | None = None

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """A separation and the minutes between sites are needed."""
        if self.separation is None or not self.separation >= 0:
            return [Fault("say how many minutes apart, 0 or more", "separation", value=str(self.separation))]
        return Separation(self.separation).faults(problem)

    def conditions(self, problem: PlacementProblem) -> tuple[Condition, ...]:
        """The separation, which must hold beside the conditions of the problem."""
        del problem
        return (Separation(float(self.separation or 0.0)),)

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Summed worth of the open sites; their number without ``site_values``."""
        return exact_sum(_values(problem)[placed.sites])

    def start(self, problem: PlacementProblem, limits: Limits) -> Placed | None:
        """The most valued sites one after the other, as far as they keep apart."""
        apart, worth = _apart(problem), _values(problem)
        sites = apart_by_worth(problem, apart, worth, float(self.separation or 0.0), limits)
        return _kept(problem, sites)

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Solve the pairwise program."""
        program = SiteProgram(problem, "anti_cover", Sense.MAXIMISE)
        program.impose_conditions()
        values = _values(problem)
        program.aim(linear((program.opened(site), float(values[site])) for site in range(problem.n_sites)))
        build_s = program.build_s
        run = program.solve(limits)
        placed = self.place(problem, program.chosen()) if run.has_values else None
        return Outcome.of_run(run, placed, formulation="pairwise anti-covering", build_s=build_s)


@dataclass(frozen=True)
class PDispersion(Model):
    """The ``p`` sites whose closest two are as many minutes apart as possible."""

    name: ClassVar[str] = "p-dispersion"
    sense: ClassVar[Sense] = Sense.MAXIMISE
    serves_first: ClassVar[bool] = False

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """A number of sites and the minutes between them are needed."""
        found = Separation(0.0).faults(problem)
        if problem.n_open is None or problem.n_open < 2:
            found.append(Fault("say how many sites, 2 or more: p or p_new", "p"))
        return found

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Least minutes between two open sites, in the quicker direction."""
        return float(_apart(problem)[np.ix_(placed.sites, placed.sites)].min())

    def start(self, problem: PlacementProblem, limits: Limits) -> Placed | None:
        """Again and again the site that is farthest from the others."""
        return _kept(problem, farthest_apart(problem, _apart(problem), limits))

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Bisect over the distinct minutes between sites."""
        allowed = np.flatnonzero(~problem.never_open)
        levels = np.unique(_apart(problem)[np.ix_(allowed, allowed)])
        levels = levels if levels.size else np.zeros(1)
        search = _Spread(problem, limits)
        run = search.check(float(levels[0]))
        status = run.status
        low, high = 0, len(levels) - 1
        while status is Status.OPTIMAL and low < high:
            middle = (low + high + 1) // 2
            run = search.check(float(levels[middle]))
            if run.status is Status.INFEASIBLE:
                high = middle - 1
            elif run.has_values and search.best is not None and run.status is not Status.INTERRUPTED:
                low = max(middle, int(np.searchsorted(levels, self.objective(problem, search.best))))
            else:
                status = Status.FEASIBLE if run.status is Status.NO_SOLUTION else run.status
        return search.told(status, float(levels[high]), run)


class _Spread:
    def __init__(self, problem: PlacementProblem, limits: Limits) -> None:
        self.problem = problem
        self.limits = limits
        self.best: Placed | None = None
        self.checks = 0
        self.build_s = 0.0
        self.solve_s = 0.0

    def check(self, minutes: float) -> Run:
        """Whether sites can be at least so far apart."""
        program = SiteProgram(self.problem, "spread", Sense.MINIMISE)
        program.impose_conditions()
        Separation(minutes).impose(program, "apart")
        self.build_s += program.build_s
        run = program.solve(self.limits.silent())
        self.solve_s += run.seconds
        self.checks += 1
        if run.has_values and run.status is not Status.INTERRUPTED:
            self.best = Placed.nearest(self.problem, program.chosen())
        return run

    def told(self, status: Status, bound: float, run: Run) -> Outcome:
        """The outcome in the model's terms."""
        return Outcome(
            status=status,
            placed=self.best,
            bound=bound,
            solver=run.solver,
            formulation="threshold search on separation",
            proof=Sentence(
                "opt.proof.separation",
                "{checks} separation programs by {solver}; the next greater level is infeasible",
                checks=self.checks,
                solver=run.solver,
            ),
            build_s=self.build_s,
            solve_s=self.solve_s,
        )


def _kept(problem: PlacementProblem, sites: BoolArray | None) -> Placed | None:
    placed = None if sites is None else Placed.nearest(problem, sites)
    return placed if placed is not None and keeps_limits(problem, placed) else None


def _apart(problem: PlacementProblem) -> FloatArray:
    """(n_sites, n_sites) minutes between two sites in the quicker direction, inf on the diagonal."""
    assert problem.site_costs is not None
    apart = np.minimum(problem.site_costs, problem.site_costs.T)
    np.fill_diagonal(apart, np.inf)
    return apart


def _values(problem: PlacementProblem) -> FloatArray:
    return np.ones(problem.n_sites) if problem.site_values is None else problem.site_values
