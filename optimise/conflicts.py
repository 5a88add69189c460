"""Why nothing is feasible: wishes that cannot hold together, and what would make them hold.

A wish is a row, or a family of rows, that somebody asked for: the number of sites, a budget, a role, a
guarantee for one demand point. The irreducible set comes from QuickXplain (Junker 2004, *QUICKXPLAIN:
preferred explanations and relaxations for over-constrained problems*, AAAI-04) with the solver as its oracle:
take any wish away, and the others can be kept. It looks at whole programs, so it also finds what no linear
relaxation shows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pulp

from optimise.algebra import linear
from optimise.arrays import FloatArray
from optimise.engines import large
from optimise.equity import weighted_quantile
from optimise.guarantees import ShareWithin, Within, demand_rows
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram, number_of_sites
from optimise.running import Limits, Run, run_program
from optimise.sentences import Sentence
from optimise.status import Status

if TYPE_CHECKING:
    from optimise.conditions import Condition
    from optimise.models.base import Model

_SECONDS_FOR_A_CHECK = 20.0
#: Codes of reasons and of a remedy, for callers that tell them in their own words.
FASTEST, FORBIDDEN, INSTEAD = "opt.conflict.fastest", "opt.conflict.forbidden", "opt.conflict.instead"


@dataclass(frozen=True)
class Conflict:
    """Wishes that cannot hold together; without any one of them the others could.

    Attributes:
        wishes: in the caller's words.
        reason: why, where one figure says it; else empty.
        remedies: the least change to one wish that makes the whole problem feasible, each on its own.
    """

    wishes: tuple[str, ...]
    reason: str = ""
    remedies: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.told()

    def told(self) -> Sentence:
        """The conflict in a sentence: the wishes, why, and what would hold."""
        if len(self.wishes) == 1:
            told = Sentence("opt.conflict.alone", "{wish} cannot hold", wish=self.wishes[0])
        else:
            template = "these cannot hold together: {wishes:; }"
            told = Sentence("opt.conflict.together", template, wishes=self.wishes)
        if self.reason:
            told = Sentence("opt.conflict.why", "{told}: {reason}", told=told, reason=self.reason)
        for remedy in self.remedies:
            template = "{told} [would hold: {remedy}]"
            told = Sentence("opt.conflict.remedy", template, told=told, remedy=remedy)
        return told


def find_conflicts(problem: PlacementProblem, model: Model, limits: Limits) -> tuple[Conflict, ...]:
    """Explain an infeasible problem; empty when it is feasible, or no proof of the contrary is found in time.

    Guarantees that no placement could keep are told one by one, with the fastest time possible. When the rest
    is still infeasible, one irreducible set of the rest follows, with remedies.
    """
    whole = problem.replace(conditions=(*problem.conditions, *model.conditions(problem)))
    split = [part for condition in whole.conditions for part in condition.parts(whole)]
    hopeless = {
        number: _hopeless(whole, part)
        for number, part in enumerate(split)
        if isinstance(part, Within | ShareWithin)
    }
    if large(whole) and limits.in_process:
        for number, part in enumerate(split):
            if part.promises and hopeless.get(number) is None:
                hopeless[number] = _too_few(whole, part, limits)
    alone = tuple(dict.fromkeys(conflict for conflict in hopeless.values() if conflict is not None))
    rest = whole.replace(
        conditions=[part for number, part in enumerate(split) if hopeless.get(number) is None]
    )
    if _late(limits):
        return alone
    oracle = WishRows(model.feasibility_program(rest), limits)
    if oracle.possible(tuple(oracle.wishes)):
        return alone
    found = irreducible(oracle)
    if _late(limits):  # what is left of the wishes may be more than it takes
        return alone
    words = tuple(oracle.wishes[name] for name in found)
    remedies = () if alone else tuple(_remedies(problem, model, oracle, found, limits))
    return (*alone, Conflict(words, "", remedies))


def _late(limits: Limits) -> bool:
    """Programs of large problems take seconds to build, which no solver's limit counts."""
    return time.monotonic() > limits.deadline


def _hopeless(problem: PlacementProblem, part: Within | ShareWithin) -> Conflict | None:
    """The conflict of a guarantee that does not even hold with every allowed site open."""
    fastest = _with_all_open(problem, problem.allowed_costs, part)
    if not fastest > part.minutes:
        return None
    if math.isinf(fastest):
        reason = Sentence("opt.conflict.no_site", "no site can be reached")
    else:
        reason = Sentence(FASTEST, "fastest possible is {fastest:g}", fastest=fastest)
    if _with_all_open(problem, problem.costs, part) <= part.minutes:
        template = "{reason}; {site} would do, but is forbidden"
        reason = Sentence(FORBIDDEN, template, reason=reason, site=_forbidden_help(problem, part))
    return Conflict((part.words(),), reason)


def _too_few(problem: PlacementProblem, part: Condition, limits: Limits) -> Conflict | None:
    """The conflict of a promise to many with the number of sites, by maximal covering."""
    from optimise.covering_engine.promises import most_within  # noqa: PLC0415 - compiles

    asked = part.promised(problem)
    most, _ = most_within(problem, part, limits.silent().at_most(_SECONDS_FOR_A_CHECK))
    if most is None or asked is None:
        return None
    reason = Sentence(
        "opt.conflict.most_within",
        "so many sites reach at most {most:.1%} within {minutes:g} min",
        most=most,
        minutes=asked[1],
    )
    return Conflict((number_of_sites(problem.n_open or 0), part.words()), reason)


def _with_all_open(problem: PlacementProblem, costs: FloatArray, part: Within | ShareWithin) -> float:
    """The least minutes for which a guarantee holds when every site is open; NaN for nobody."""
    rows = demand_rows(problem, part.demand, part.group)
    fastest = costs[rows].min(axis=1)
    if isinstance(part, Within):
        return float(fastest.max())
    return weighted_quantile(fastest, problem.weights[rows], part.share)


def _forbidden_help(problem: PlacementProblem, part: Within | ShareWithin) -> str:
    """The forbidden site that would keep a guarantee to one demand point, or what stands for several."""
    rows = demand_rows(problem, part.demand, part.group)
    if len(rows) > 1:
        return Sentence("opt.a_site", "a site")
    return str(problem.site_ids[int(problem.costs[rows[0]].argmin())])


class WishRows:
    """The rows of a program, sorted by the wish behind them; any part of them can be solved.

    Attributes:
        wishes: name -> the wish in words.
        rows: name -> the rows that say it.
        always: rows without a wish behind them.
    """

    def __init__(self, program: SiteProgram, limits: Limits) -> None:
        self.wishes = program.wishes
        self.rows: dict[str, list[pulp.LpConstraint]] = {name: [] for name in program.wishes}
        self.always: list[pulp.LpConstraint] = []
        self._limits = limits
        for row in program.lp.constraints():
            self.rows.get(_wish_of(row.name, program.wishes), self.always).append(row)

    @property
    def late(self) -> bool:
        """True once the time that may be spent is spent."""
        return _late(self._limits)

    def possible(self, names: Sequence[str]) -> bool:
        """False only where a solver proves that the wishes cannot hold together."""
        rows = [*self.always, *(row for name in names for row in self.rows[name])]
        return self.least(rows, pulp.LpAffineExpression()) is not None

    def least_change(self, name: str) -> tuple[float, float] | None:
        """The value asked for in a one-row wish, and the nearest that goes with all the others."""
        if len(self.rows[name]) != 1:
            return None
        (row,) = self.rows[name]
        others = [other for wish in self.wishes if wish != name for other in self.rows[wish]]
        lp = pulp.LpProblem("slack", pulp.LpMinimize)
        more, less = lp.add_variable("slack_more", 0), lp.add_variable("slack_less", 0)
        loose = pulp.LpConstraint(
            linear([*row.items(), (more, -1.0), (less, 1.0)]), row.sense, name="loose", rhs=-row.constant
        )
        change = self.least([*self.always, *others, loose], more + less)
        if change is None:
            return None
        asked = -float(row.constant)
        return asked, asked + (more.varValue or 0.0) - (less.varValue or 0.0)

    def least(self, rows: Sequence[pulp.LpConstraint], price: pulp.LpAffineExpression) -> float | None:
        """The least price under ``rows``, NaN when no values were found in time; None where none exist."""
        run = self.run(rows, price)
        return None if run.status is Status.INFEASIBLE else run.objective

    def run(self, rows: Sequence[pulp.LpConstraint], price: pulp.LpAffineExpression) -> Run:
        """Minimise ``price`` under ``rows``; the variables then hold the incumbent, if there is one."""
        lp = pulp.LpProblem("wishes", pulp.LpMinimize)
        lp.setObjective(price)
        for row in rows:
            lp.addConstraint(row, row.name)
        seconds = self._limits.seconds_left
        allowed = _SECONDS_FOR_A_CHECK if seconds is None else min(seconds, _SECONDS_FOR_A_CHECK)
        limits = replace(self._limits, time_limit_s=allowed, gap=0.0, on_progress=None, log=None).started()
        return run_program(lp, limits)


def _wish_of(row_name: str, wishes: dict[str, str]) -> str:
    """``condition_3_17`` belongs to the wish ``condition_3``; a row without a wish to none."""
    if row_name in wishes:
        return row_name
    stem = "_".join(row_name.split("_")[:2])
    return stem if stem in wishes else ""


def irreducible(oracle: WishRows) -> list[str]:
    """Names of wishes that cannot hold together, while all but any one of them can."""
    names = list(oracle.wishes)
    return [] if not names else _explain(oracle, [], names, fresh=False)


def _explain(oracle: WishRows, kept: list[str], names: list[str], *, fresh: bool) -> list[str]:
    """QuickXplain: the part of ``names`` that conflicts with ``kept``; ``fresh`` when ``kept`` has grown."""
    if fresh and not oracle.possible(kept):
        return []
    if len(names) == 1 or oracle.late:
        return names
    half = len(names) // 2
    first, second = names[:half], names[half:]
    from_second = _explain(oracle, [*kept, *first], second, fresh=bool(first))
    from_first = _explain(oracle, [*kept, *from_second], first, fresh=bool(from_second))
    return [*from_first, *from_second]


def _remedies(
    problem: PlacementProblem, model: Model, oracle: WishRows, found: list[str], limits: Limits
) -> list[str]:
    told = []
    guarantees = set()
    for number, condition in enumerate(problem.conditions):
        words = {part.words() for part in condition.parts(problem)}
        if isinstance(condition, Within) and words & {oracle.wishes[name] for name in found}:
            guarantees |= words
            told.extend(_longer(problem, model, number, limits))
    for name in found:
        if name.startswith("role") or oracle.wishes[name] in guarantees or oracle.late:
            continue
        change = oracle.least_change(name)
        if change is not None and math.isfinite(change[1]):
            told.append(
                Sentence(
                    "opt.conflict.instead",
                    "{least:g} instead of {asked:g} in '{wish}'",
                    least=change[1],
                    asked=change[0],
                    wish=oracle.wishes[name],
                )
            )
    return told


def _longer(problem: PlacementProblem, model: Model, number: int, limits: Limits) -> list[str]:
    """The least minutes for which guarantee ``number`` can be kept, all else unchanged."""
    asked = problem.conditions[number]
    assert isinstance(asked, Within)
    rows = demand_rows(problem, asked.demand, asked.group)
    minutes = np.unique(problem.allowed_costs[rows])
    minutes = minutes[np.isfinite(minutes) & (minutes > asked.minutes)]
    low, high = 0, len(minutes)
    while low < high:
        if _late(limits):
            return []
        middle = (low + high) // 2
        eased = list(problem.conditions)
        eased[number] = replace(asked, minutes=float(minutes[middle]))
        oracle = WishRows(model.feasibility_program(problem.replace(conditions=eased)), limits)
        if oracle.possible(tuple(oracle.wishes)):
            high = middle
        else:
            low = middle + 1
    return (
        [
            Sentence(
                "opt.conflict.minutes_instead",
                "{least:g} min instead of {promised:g} in '{wish}'",
                least=minutes[low],
                promised=asked.minutes,
                wish=asked.words(),
            )
        ]
        if low < len(minutes)
        else []
    )
