"""In which order to build: the greedy order, the optimum at every step, and the nested order of least regret.

A plan of five stations is built over years, and each year's network should be good. The optimal sets for 1,
2, 3, ... sites need not contain each other; an order must. The *regret* of an order at a step is what it
loses there against the optimum for that number of sites.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from optimise.brief import OneLine
from optimise.errors import Fault, ProblemError
from optimise.frontiers import frontier, worsening
from optimise.models import make_model
from optimise.models.base import Model
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.sentences import Sentence

#: Largest pool of sites whose orders are searched in full: some 30,000 sets.
LARGEST_POOL = 15
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order.

    Attributes:
        site_id: the site that opens.
        objective: with all sites opened so far, in the model's unit.
        unserved: weight that no open site serves.
        regret: relative loss against the optimum for the same number of sites; inf where fewer people are
            served than could be, NaN where the optimum is not known.
    """

    site_id: Hashable
    objective: float
    unserved: float
    regret: float


@dataclass(frozen=True, slots=True, repr=False)
class BuildOrder(OneLine):
    """Orders for opening new sites one after the other.

    Attributes:
        greedy: at each step the site that helps most at once, from all candidates.
        nested: the order whose largest regret is least, among orders of ``pool``.
        optimal: for each number of sites from 1 the best set, whatever came before; empty where no placement
            keeps the problem's conditions.
        optimal_objectives: their objectives, NaN for an empty set.
        proven: True when every optimum is proven.
        pool: the sites that ``nested`` may use: those of some optimum or of the greedy order, at most 15.
    """

    greedy: tuple[Step, ...]
    nested: tuple[Step, ...]
    optimal: tuple[tuple[Hashable, ...], ...]
    optimal_objectives: tuple[float, ...]
    proven: bool
    pool: tuple[Hashable, ...]

    @property
    def largest_regret(self) -> float:
        """Largest regret of the nested order."""
        return max((step.regret for step in self.nested), default=0.0)


def build_order(
    problem: PlacementProblem,
    model: str | Model,
    n_new: int,
    *,
    pool: Iterable[Hashable] | None = None,
    limits: Limits | None = None,
) -> BuildOrder:
    """Orders for the first ``n_new`` sites beyond those that are always open.

    Conditions of the problem hold for the optima; the steps of an order are judged by their objective alone.

    Args:
        problem: with ``p`` or ``p_new``; the number itself is ignored.
        model: how placements are judged.
        n_new: how many sites are opened.
        pool: ids of the sites to put in order, such as a plan that is decided.
        limits: for each optimum.

    Raises:
        ProblemError: the numbers do not fit, or the pool is too large to search in full.
    """
    base = problem.replace(p=None, p_new=n_new, max_moves=None)
    if not 1 <= n_new <= int(base.free.sum()):
        raise ProblemError(
            [
                Fault(
                    Sentence("opt.fault.one_to", "must be 1 to {most}", most=int(base.free.sum())),
                    "n_new",
                    value=str(n_new),
                )
            ]
        )
    question = make_model(model, {})
    counts = range(1, n_new + 1)
    points = {point.count: point.solution for point in frontier(base, question, counts, limits)}
    judge = _Judge(base, question, {count: solution.objective for count, solution in points.items()})
    judge.served = {count: _served(base, solution.placed) for count, solution in points.items()}
    greedy = judge.greedy(n_new)
    sites = _pool(base, pool, greedy, [solution.opened_ids for solution in points.values()], n_new)
    nested = judge.least_regret(sites, n_new)
    return BuildOrder(
        greedy=judge.steps(greedy),
        nested=judge.steps(nested),
        optimal=tuple(points[count].opened_ids if count in points else () for count in counts),
        optimal_objectives=tuple(
            points[count].objective if count in points else math.nan for count in counts
        ),
        proven=all(solution.gap <= 1e-6 for solution in points.values()) and len(points) == n_new,
        pool=tuple(base.site_ids[site] for site in sites),
    )


def _served(problem: PlacementProblem, placed: Placed | None) -> float:
    return 0.0 if placed is None else float(problem.weights @ placed.served())


def _pool(
    problem: PlacementProblem,
    given: Iterable[Hashable] | None,
    greedy: list[int],
    optima: list[tuple[Hashable, ...]],
    n_new: int,
) -> list[int]:
    """Positions of the sites to search: as given, else the most used in optima and the greedy order."""
    if given is not None:
        named = list(given)
        unknown = [name for name in named if name not in problem.site_position]
        if unknown:
            raise ProblemError(
                [Fault("there is no site of this name", "pool", value=str(x)) for x in unknown]
            )
        sites = sorted({problem.site_position[name] for name in named})
        if not n_new <= len(sites) <= LARGEST_POOL:
            raise ProblemError(
                [
                    Fault(
                        Sentence(
                            "opt.fault.pool",
                            "must hold {least} to {most} sites",
                            least=n_new,
                            most=LARGEST_POOL,
                        ),
                        "pool",
                        value=str(len(sites)),
                    )
                ]
            )
        return sites
    uses = Counter(greedy)
    uses.update(
        problem.site_position[name]
        for names in optima
        for name in names
        if problem.free[problem.site_position[name]]
    )
    return sorted(site for site, _ in uses.most_common(LARGEST_POOL))


def relative_loss(loss: float, best: float) -> float:
    """``loss`` as a share of ``best``; 0 for no loss, inf for a loss against 0."""
    if loss <= _ROUNDING * max(1.0, abs(best)):
        return 0.0
    return loss / abs(best) if best else math.inf


class _Judge:
    """Judges sets of new sites beside those that are always open."""

    def __init__(self, problem: PlacementProblem, model: Model, optimum: dict[int, float]) -> None:
        self.problem = problem
        self.model = model
        self.optimum = optimum
        self.served: dict[int, float] = {}
        self._known: dict[frozenset[int], tuple[float, float, tuple[float, ...]]] = {}

    def _look(self, sites: frozenset[int]) -> tuple[float, float, tuple[float, ...]]:
        if sites not in self._known:
            mask = self.problem.always_open.copy()
            mask[list(sites)] = True
            placed = self.model.place(self.problem, mask)
            weight = float(self.problem.weights @ placed.served())
            objective = self.model.objective(self.problem, placed)
            self._known[sites] = (objective, weight, self.model.rank(self.problem, placed))
        return self._known[sites]

    def regret(self, sites: frozenset[int]) -> float:
        """Relative loss against the optimum; inf where fewer people are served."""
        objective, weight, _ = self._look(sites)
        best = self.optimum.get(len(sites), math.nan)
        if self.model.serves_first and weight < self.served.get(len(sites), 0.0) * (1 - 1e-9):
            return math.inf
        loss = worsening(self.model, best, objective)
        if math.isnan(loss):
            return math.nan
        return relative_loss(loss, best)

    def greedy(self, n_new: int) -> list[int]:
        """At each step the site that gives the best rank; the first of equals."""
        order: list[int] = []
        free = np.flatnonzero(self.problem.free).tolist()
        for _ in range(n_new):
            left = [site for site in free if site not in order]
            order.append(min(left, key=lambda site: self._look(frozenset([*order, site]))[2]))
        return order

    def least_regret(self, sites: list[int], n_new: int) -> list[int]:
        """The order with the least largest regret, by dynamic programming over sets; then the least sum."""
        best: dict[frozenset[int], tuple[float, float, list[int]]] = {frozenset(): (0.0, 0.0, [])}
        for count in range(1, n_new + 1):
            longer: dict[frozenset[int], tuple[float, float, list[int]]] = {}
            for chosen in combinations(sites, count):
                chosen_set = frozenset(chosen)
                regret = self.regret(chosen_set)
                own = 0.0 if math.isnan(regret) else regret
                options = (
                    (max(worst, own), total + own, [*order, site])
                    for site in chosen
                    for worst, total, order in [best[chosen_set - {site}]]
                )
                longer[chosen_set] = min(options)
            best = longer
        return min(best.values())[2]

    def steps(self, order: list[int]) -> tuple[Step, ...]:
        """The order with what it gives at each step."""
        told = []
        for number in range(1, len(order) + 1):
            sites = frozenset(order[:number])
            objective, weight, _ = self._look(sites)
            unserved = float(self.problem.weights.sum()) - weight
            told.append(
                Step(self.problem.site_ids[order[number - 1]], objective, unserved, self.regret(sites))
            )
        return tuple(told)
