"""What the search of a model or an engine hands back, before it is verified."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimise.placed import Placed
from optimise.running import Run
from optimise.sentences import Sentence
from optimise.status import Sense, Status

#: What the names of the large-scale engines begin with.
ENGINE = "exact "


def by_engine(solver: str) -> bool:
    """True for the name of a large-scale engine, or of what it had a part in."""
    return ENGINE in solver


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a model's search gave, before it is verified.

    Attributes:
        status: as the search ended.
        placed: the incumbent, or None.
        bound: in the unit and sense of the model's objective.
        solver: name and version.
        formulation: name of the formulation.
        proof: one sentence: what the bound rests on.
        build_s: seconds spent on building programs.
        solve_s: seconds spent in solvers.
        figures: further figures of the model, by name.
    """

    status: Status
    placed: Placed | None
    bound: float
    solver: str
    formulation: str
    proof: str
    build_s: float
    solve_s: float
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def by_engine(self) -> bool:
        """True where a large-scale engine gave the answer or its bound."""
        return by_engine(self.solver)

    @classmethod
    def of_run(
        cls,
        run: Run,
        placed: Placed | None,
        *,
        formulation: str,
        build_s: float,
        earlier_s: float = 0.0,
    ) -> Outcome:
        """The outcome of one branch-and-bound run."""
        return cls(
            status=run.status,
            placed=placed if run.has_values else None,
            bound=run.bound,
            solver=run.solver,
            formulation=formulation,
            proof=Sentence(
                "opt.proof.branch_and_bound",
                "branch and bound by {solver} on the formulation '{formulation}'",
                solver=run.solver,
                formulation=formulation,
            ),
            build_s=build_s,
            solve_s=earlier_s + run.seconds,
        )

    @classmethod
    def unserved(cls, run: Run, sense: Sense) -> Outcome:
        """The first stage (who can be served) ended without a proof."""
        return cls(
            status=Status.NO_SOLUTION if run.status is Status.FEASIBLE else run.status,
            placed=None,
            bound=-np.inf if sense is Sense.MINIMISE else np.inf,
            solver=run.solver,
            formulation="most served",
            proof=Sentence(
                "opt.proof.most_weight",
                "{solver} on the program that serves as much weight as possible",
                solver=run.solver,
            ),
            build_s=0.0,
            solve_s=run.seconds,
        )
