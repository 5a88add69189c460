"""The value of each further site: one proven answer for every number of sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError
from geoaccess.ground.measures import summarise
from geoaccess.questions.access.answer import as_study, study_notes
from geoaccess.questions.placement.problem import pose
from geoaccess.questions.placement.tables import units_of
from geoaccess.study import Study
from geoaccess.study.state import BASE, in_scenario
from optimise import solve


@dataclass(frozen=True, eq=False)
class Frontier:
    """Answers for several numbers of new sites.

    Attributes:
        rows: one row per number: ``sites, status, objective, lower_bound, gap, mean_min, median_min, p90_min,
            worst_min, persons_unreachable, units`` (NaN where none are placed), ``gain_min`` (off the mean by
            the last step), ``chosen`` (names of the new sites), ``opened, closed`` (against the answer
            before), ``solve_s``.
        placement: name of the placement.
        scenario: state of the world.
        notes: what a reader must know.
    """

    rows: pd.DataFrame
    placement: str
    scenario: str
    notes: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether every answer is proven optimal."""
        return bool((self.rows["status"] == "optimal").all())


def frontier(
    study: Study | str | Path,
    placement: str,
    counts: Sequence[int],
    *,
    objective: str | None = None,
    scenario: str = BASE,
    time_limit_s: float | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """Solve a placement question for every number of new sites.

    Sites and times are found once; only the number changes from one answer to the next.

    Args:
        study: a study, its name or its path.
        placement: name of the placement.
        counts: numbers of new sites, ascending.
        objective: model of `optimise`; default: what the study file says.
        scenario: state of the world.
        time_limit_s: wall seconds for each number.
        seed: seed of the solver.
        on_progress: called with the number of answers found and wanted.

    Raises:
        UnknownNameError: no such placement or scenario.
        DataError: no numbers, or more sites than candidates.
    """
    wanted = sorted(set(counts))
    if not wanted:
        raise DataError("say which numbers of sites, such as 1..10")
    loaded = as_study(study)
    question = loaded.placement(placement)
    state = in_scenario(loaded, scenario)
    posed = pose(state, question, sites=max(wanted), objective=objective)
    weights = state.weight(question.weight)
    today = summarise(posed.before, weights)
    rows: list[dict[str, object]] = []
    chosen_before: set[str] = set()
    for done, count in enumerate(wanted, start=1):
        solution = solve(
            posed.with_sites(count),
            posed.question.objective,
            time_limit_s=time_limit_s,
            seed=seed,
            **posed.options,
        )
        opened = np.zeros(len(posed.places), dtype=bool)
        opened[solution.chosen] = True
        new = opened & (posed.places["part"] == "candidate").to_numpy()
        chosen = set(posed.places.loc[new, "name"])
        figures = summarise(posed.nearest(opened)[0], weights)
        gain = gain_min(rows[-1] if rows else today, figures)
        rows.append(
            {
                "sites": count,
                "status": solution.status.value,
                "objective": solution.objective,
                "lower_bound": solution.lower_bound,
                "gap": solution.gap,
                **{name: figures[name] for name in _FIGURES},
                "units": float(units_of(posed, solution, opened)["units"].sum(min_count=1)),
                "gain_min": gain,
                "chosen": ", ".join(sorted(chosen)),
                "opened": ", ".join(sorted(chosen - chosen_before)),
                "closed": ", ".join(sorted(chosen_before - chosen)),
                "solve_s": solution.timings.total_s,
            }
        )
        chosen_before = chosen
        if on_progress:
            on_progress(done, len(wanted))
    return Frontier(pd.DataFrame(rows), placement, scenario, study_notes(state, [question.facility]))


_FIGURES = ("mean_min", "median_min", "p90_min", "worst_min", "persons_unreachable")


def gain_min(before: Mapping[str, object], after: Mapping[str, object]) -> float:
    """Minutes off the mean since the number before, for the first number since today.

    NaN where other people are reached: a mean over more people is no loss for being longer.
    """
    if before["persons_unreachable"] != after["persons_unreachable"]:
        return float("nan")
    return float(str(before["mean_min"])) - float(str(after["mean_min"]))


def parse_counts(text: str) -> list[int]:
    """Numbers as typed: ``1..5``, ``0,2,4`` or both.

    >>> parse_counts("0,2..4")
    [0, 2, 3, 4]

    Raises:
        DataError: the text is something else.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dots, last = part.strip().partition("..")
        if not first.isdecimal() or (dots and not last.isdecimal()):
            raise DataError(f"write numbers of sites as 1..10 or 1,3,5, not {text!r}")
        found += range(int(first), int(last if dots else first) + 1)
    return sorted(set(found))
