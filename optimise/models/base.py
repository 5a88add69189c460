"""What every placement model provides."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from optimise.arrays import BoolArray, FloatArray
from optimise.conditions import Condition
from optimise.declarations import DECLARED
from optimise.engine_use import UNSETTLED
from optimise.errors import Fault
from optimise.exact import exact_dot
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem, Role
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.status import Sense

#: Begins a program over the sites of a problem: ``make(problem, name, sense)``.
MakeProgram = Callable[[PlacementProblem, str, Sense], SiteProgram]

if TYPE_CHECKING:
    from optimise.conflicts import Conflict


class Model(abc.ABC):
    """A placement question. Subclasses are frozen dataclasses whose fields are the question's parameters."""

    name: ClassVar[str]
    sense: ClassVar[Sense]
    #: True where nobody within reach may be left unserved; see :mod:`optimise.service`.
    serves_first: ClassVar[bool] = True
    #: True where people count if they are within a radius: who is not is beyond it, not unreachable.
    covers_within: ClassVar[bool] = False
    #: True where the question is one for a number of sites, a budget or moves.
    counts_sites: ClassVar[bool] = True
    #: Why an engine that knows the question, and pays, has not answered it.
    engine_failed: ClassVar[Sentence] = UNSETTLED

    @abc.abstractmethod
    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """What the problem lacks for this question, and which parameters are wrong."""

    @abc.abstractmethod
    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Find sites; the columns of ``problem`` stand in the order that breaks ties."""

    @abc.abstractmethod
    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """The objective, recomputed from sites and costs alone."""

    def total(self, problem: PlacementProblem, placed: Placed) -> float:
        """The objective before dividing by weight; NaN where it has no meaning."""
        del problem, placed
        return float("nan")

    def conditions(self, problem: PlacementProblem) -> tuple[Condition, ...]:
        """Conditions that the question itself brings."""
        del problem
        return ()

    def start(self, problem: PlacementProblem, limits: Limits) -> Placed | None:
        """A good placement of a model whose nearest site does not decide; None where none was found.

        Other models start from :func:`optimise.starting.good_sites`.
        """
        del problem, limits
        return None

    def steer(self, problem: PlacementProblem, minutes: FloatArray) -> tuple[float, FloatArray | None] | None:
        """What a search for good sites makes small when everybody has these minutes, and its slope.

        Args:
            problem: whose minutes they are.
            minutes: (n_demand,) to the nearest open site; inf for none.

        Returns:
            A value that ranks placements as the objective does, less being better, among those that serve
            the same people; and (n_demand,) what one minute more of each demand point adds to it, or None
            where single minutes add nothing. None where the nearest site does not decide.
        """
        del problem, minutes
        return None

    def engine_size(self, problem: PlacementProblem) -> tuple[int, int] | None:
        """Pairs of a demand point and a site in play, and from how many the model's engine is used.

        None where no engine knows the model.
        """
        del problem
        return None

    def engine_lacks(self, problem: PlacementProblem) -> list[Sentence]:
        """What the model itself asks that its engine does not know."""
        del problem
        return []

    def limit(self, problem: PlacementProblem) -> FloatArray | float:
        """Minutes beyond which the model counts a demand point as not served: a scalar or (n_demand,)."""
        del problem
        return np.inf

    def place(self, problem: PlacementProblem, sites: BoolArray) -> Placed:
        """Who is served from where when just these sites are open."""
        return Placed.nearest(problem, sites, limit=self.limit(problem))

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """How the placement breaks a rule of the model (not of the problem)."""
        return nearest_broken(problem, placed, self.limit(problem))

    def rank(self, problem: PlacementProblem, placed: Placed) -> tuple[float, ...]:
        """Sort key of placements, lower is better; two that are equal in it tie."""
        value = self.objective(problem, placed)
        unserved = exact_dot(problem.weights, 1.0 - placed.served()) if self.serves_first else 0.0
        return (unserved, value if self.sense is Sense.MINIMISE else -value)

    def second_aim(self, problem: PlacementProblem, placed: Placed) -> tuple[float, ...]:
        """What decides between placements that are equal in :meth:`rank`, lower is better; then ids do."""
        del problem, placed
        return ()

    def impossible(self, problem: PlacementProblem) -> Conflict | None:
        """Why no placement answers the question, where the program alone would not show it."""
        del problem
        return None

    def whole_program(
        self, problem: PlacementProblem, limits: Limits, make: MakeProgram
    ) -> SiteProgram | None:
        """The one program whose optimum answers the question, objective and all; None where it takes several.

        Args:
            problem: with the conditions of the model.
            limits: for settling who can be served.
            make: begins the program.
        """
        del problem, limits, make
        return None

    def of_program(self, outcome: Outcome, problem: PlacementProblem) -> Outcome:
        """The outcome of the whole program with its bound in the model's unit."""
        del problem
        return outcome

    def feasibility_program(self, problem: PlacementProblem) -> SiteProgram:
        """A program without an objective that has an answer exactly where the question has one."""
        program = SiteProgram(problem, "feasible", Sense.MINIMISE, twins=False, roles_as_rows=True)
        program.impose_conditions()
        return program


def reach_and_mean(problem: PlacementProblem, placed: Placed) -> tuple[float, float]:
    """The weight that no open site reaches, and the mean minutes of the others to the nearest one."""
    minutes = placed.nearest_min(problem)
    reached = np.isfinite(minutes) & (problem.weights > 0)
    weight = float(problem.weights[reached].sum())
    mean = float(problem.weights[reached] @ minutes[reached]) / weight if weight > 0 else 0.0
    return float(problem.weights.sum()) - weight, mean


def nearest_broken(problem: PlacementProblem, placed: Placed, limit: FloatArray | float) -> list[str]:
    """Everyone goes to an open, nearest site within the limit; nobody else is unserved."""
    least = placed.nearest_min(problem)
    expected = np.where(least <= limit, least, np.inf)
    served = placed.assignment >= 0
    wrong = placed.minutes(problem) != expected
    wrong |= served & ~placed.sites[np.where(served, placed.assignment, 0)]
    return [
        Sentence(
            "opt.broken.nearest",
            "{point} is not served by its nearest open site",
            point=problem.demand_ids[row],
        )
        for row in np.flatnonzero(wrong).tolist()
    ]


def fixed_to(problem: PlacementProblem, sites: BoolArray) -> PlacementProblem:
    """The problem in which just these sites are open and nothing else is asked of them."""
    roles = [Role.REQUIRED if is_open else Role.FORBIDDEN for is_open in sites.tolist()]
    return problem.replace(roles=roles, p=None, p_new=None, max_moves=None, budget=None, conditions=())


def ignored_faults(problem: PlacementProblem, model: Model) -> list[Fault]:
    """Data that somebody gave and the model would silently leave aside."""
    given = {
        "capacities": problem.capacities is not None,
        "fixed_costs": problem.fixed_costs is not None and problem.budget is None,
        "site_values": problem.site_values is not None,
    }
    return [
        Fault(
            Sentence(
                "opt.fault.no_account",
                "the model {model} takes no account of it; leave it out or choose another model",
                model=model.name,
            ),
            name,
        )
        for name, present in given.items()
        if present and name not in DECLARED[model.name].takes
    ]


def needs_a_count(problem: PlacementProblem) -> list[Fault]:
    """Something must limit the number of sites."""
    if problem.n_open is None and problem.budget is None:
        return [Fault("say how many sites: p, p_new, max_moves, or a budget", "p")]
    return []
