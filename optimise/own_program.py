"""The PuLP program of a question, for callers who write it to a file or add constraints of their own."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pulp

from optimise.arrays import BoolArray
from optimise.errors import Fault, ProblemError, SolverError
from optimise.exact import PROOF_TOLERANCE
from optimise.models import MODELS, make_model
from optimise.models.base import Model, ignored_faults
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.status import Sense, Status, relative_gap

if TYPE_CHECKING:
    from optimise.outcome import Outcome
    from optimise.placed import Placed

_LONGEST_NAME = 60


class PlacementProgram(pulp.LpProblem):  # type: ignore[misc]
    """A PuLP problem that knows the question behind it; everything of ``pulp.LpProblem`` works on it.

    >>> from optimise import PlacementProblem, solve
    >>> problem = PlacementProblem([[1, 9, 2], [8, 2, 3]], site_ids=["Bodø", "Narvik", "Fauske"], p=2)
    >>> program = problem.program("p-median")
    >>> program += program.open["Bodø"] + program.open["Narvik"] <= 1
    >>> solve(program).chosen_ids
    ('Narvik', 'Fauske')

    Attributes:
        question: the problem.
        model: the model.
        open: site id -> its binary variable, ``open_`` and the id; a role that decides is a row, ``role_``.
        scale: the objective is this many times that of the model (for welfare, of its mean price).
    """

    def __init__(self, question: PlacementProblem, model: Model) -> None:
        """Begin the program of a question."""
        super().__init__(model.name, pulp.LpMinimize if model.sense is Sense.MINIMISE else pulp.LpMaximize)
        self.question, self.model = question, model
        self.open: Mapping[Hashable, pulp.LpVariable] = {}
        self.scale = 1.0
        self._own_rows: frozenset[str] = frozenset()
        self._inner: frozenset[str] = frozenset()
        self._aim = ""

    def settle(self, builder: SiteProgram, scale: float) -> None:
        """Note what is the model's own, so that what the caller adds is known from it."""
        self.scale = scale
        ids = self.question.site_ids
        self.open = MappingProxyType({site: builder.opened(place) for place, site in enumerate(ids)})
        opened = {variable.name for variable in self.open.values()}
        self._inner = frozenset(variable.name for variable in self.variables()) - opened
        self._own_rows = frozenset(self._constraints)
        self._aim = str(self.objective)

    def faults(self) -> list[Fault]:
        """What was changed that an answer in sites cannot hold."""
        found = []
        if str(self.objective) != self._aim or self.sense != _sense(self.model):
            found.append(Fault(_NEW_AIM, "objective"))
        for name, row in self._constraints.items():
            inner = sorted({variable.name for variable in row} & self._inner)
            if name not in self._own_rows and inner:
                told = Sentence(
                    "opt.fault.inner_variable",
                    "constraints may speak of program.open and of variables of your own, this one speaks of "
                    "{names}: solve it with PuLP itself (program.solve)",
                    names=tuple(inner[:3]),
                )
                found.append(Fault(told, str(name)))
        gone = sorted(self._own_rows - set(self._constraints))
        return found + [Fault(_ROW_GONE, name) for name in gone[:10]]

    @property
    def added(self) -> tuple[str, ...]:
        """Names of the constraints that the caller added."""
        return tuple(name for name in self._constraints if name not in self._own_rows)

    def chosen(self) -> BoolArray:
        """(n_sites,) True for the sites that are open in the incumbent."""
        return np.array([(variable.varValue or 0.0) > 0.5 for variable in self.open.values()], dtype=bool)

    def check(self, outcome: Outcome, placed: Placed) -> None:
        """Refuse an answer that costs more in the program than its sites do.

        Raises:
            SolverError: something was changed in the program that its sites do not show.
        """
        if outcome.status is not Status.OPTIMAL:
            return
        found = self.model.objective(self.question, placed)
        if relative_gap(found, outcome.bound) > PROOF_TOLERANCE:
            raise SolverError(
                Sentence(
                    "opt.fault.program_differs",
                    "the program was changed in a way that its sites do not show: it gives {program:g}, the "
                    "sites give {sites:g}; solve it with PuLP itself (program.solve)",
                    program=outcome.bound,
                    sites=found,
                )
            )


_NEW_AIM = Sentence(
    "opt.fault.new_aim", "is another than that of the model: solve it with PuLP itself (program.solve)"
)
_ROW_GONE = Sentence(
    "opt.fault.row_gone", "is a row of the model and was taken away: change the problem instead"
)


class _NamedProgram(SiteProgram):
    """Builds a :class:`PlacementProgram`: sites by their names, no order between sites that are alike."""

    def __init__(
        self, problem: PlacementProblem, name: str, sense: Sense, *, program: PlacementProgram
    ) -> None:
        del name, sense
        self._labels = _labels(problem.site_ids)
        super().__init__(
            problem, program.name, program.model.sense, twins=False, roles_as_rows=True, lp=program
        )

    def label(self, site: int) -> str:
        """The site's id, in letters that files of solvers take."""
        return self._labels[site]


def _labels(ids: tuple[Hashable, ...]) -> list[str]:
    plain = [re.sub(r"\W", "_", str(site))[:_LONGEST_NAME] for site in ids]
    twice = {label for label in plain if plain.count(label) > 1} if len(set(plain)) < len(plain) else set()
    return [f"{label}_{place}" if label in twice else label for place, label in enumerate(plain)]


def _sense(model: Model) -> int:
    return int(pulp.LpMinimize if model.sense is Sense.MINIMISE else pulp.LpMaximize)


def program_of(problem: PlacementProblem, model: str | Model, options: dict[str, Any]) -> PlacementProgram:
    """The program of a question; see :meth:`~optimise.problem.PlacementProblem.program`.

    Raises:
        ProblemError: as ``solve``; or the model needs more than one program.
        UnknownModelError: no such model.
    """
    question = make_model(model, options)
    faults = [*question.faults(problem), *ignored_faults(problem, question)]
    if faults:
        raise ProblemError(faults)
    asked = problem.with_conditions(*question.conditions(problem))
    program = PlacementProgram(problem, question)
    builder = question.whole_program(
        asked, Limits(), lambda own, name, sense: _NamedProgram(own, name, sense, program=program)
    )
    if builder is None:
        able = tuple(name for name, kind in MODELS.items() if kind.whole_program is not Model.whole_program)
        raise ProblemError(
            [
                Fault(
                    Sentence(
                        "opt.fault.no_program",
                        "is solved by several programs here, one after the other; one program have: {models}",
                        models=able,
                    ),
                    "model",
                    value=question.name,
                )
            ]
        )
    program.settle(builder, builder.scale)
    return program
