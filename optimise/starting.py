"""A good placement to start from, by greedy choice and swaps on a model's own objective; conditions are kept.

Large problems are stopped by the clock more often than by a proof, so every search begins with an answer.
Sites are added one by one, taken to the nearest choice that keeps the conditions on sites, and then swapped
one for one (Teitz and Bart 1968, *Heuristic methods for estimating the generalized vertex median of a
weighted graph*, Operations Research 16). Candidates for a swap are ordered by what they promise to first
order on a sample of the people, and the most promising ones are judged by the real objective. What is
compared is, in this order: promises that are not kept, people who are not served, the objective.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimise.algebra import linear
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.engines import large
from optimise.exact import TIE_TOLERANCE
from optimise.outcome import Outcome
from optimise.program import SiteProgram
from optimise.running import Limits, Run
from optimise.status import Sense, Status
from optimise.verification import keeps_site_limits

if TYPE_CHECKING:
    from optimise.models.base import Model
    from optimise.problem import PlacementProblem

#: People of the sample, candidates of each swap that are judged, and passes over all swaps.
_SAMPLE, _JUDGED, _PASSES = 3_000, 12, 12
#: How much more than all minutes it counts to serve those whom nobody serves.
_SERVED = 1e6
#: Wall seconds that finding the first sites under conditions may take.
_FIRST_S = 5.0
#: What it gets though the clock has run out: an answer is worth it.
_LEAST_S = 0.5

Score = tuple[float, float, float]
_NONE: Score = (math.inf, math.inf, math.inf)


def good_sites(
    problem: PlacementProblem, model: Model, limits: Limits, start: BoolArray | None = None
) -> BoolArray | None:
    """Sites that keep every condition, as good as swaps make them; None where none were found.

    ``start`` are sites to begin at, by default those of a greedy choice.
    """
    if model.steer(problem, np.zeros(problem.n_demand)) is None:
        return None
    return SwapSearch(problem, model, limits).best(start)


def unproven_service(
    problem: PlacementProblem, model: Model, run: Run, limits: Limits, start: BoolArray | None = None
) -> Outcome:
    """The first stage (who can be served) ended without a proof; large problems have good sites then.

    ``start`` are the first stage's own sites: who ends there serves no fewer.
    """
    outcome = Outcome.unserved(run, model.sense)
    if outcome.status is not Status.NO_SOLUTION or not large(problem):
        return outcome
    sites = good_sites(problem, model, limits, start)
    if sites is None:
        return outcome
    told = "swaps only: it is not proven how many can be served at most, so no bound is known"
    return replace(outcome, status=Status.FEASIBLE, placed=model.place(problem, sites), proof=told)


def kept_sites(
    problem: PlacementProblem, sites: BoolArray, order: list[int], limits: Limits
) -> BoolArray | None:
    """These sites, or others with many of them, that keep number, budget, moves and conditions on sites.

    ``order`` lists those that were added, the best first. None where no such sites were found.
    """
    on_sites = [condition for condition in problem.conditions if not condition.promises]
    if keeps_site_limits(problem, sites, on_sites):
        return sites
    program = SiteProgram(problem, "first_sites", Sense.MINIMISE, twins=False)
    for number, condition in enumerate(on_sites):
        condition.impose(program, f"condition_{number}")
    worth = np.where(problem.existing, 2.0, 0.0)
    for place, site in enumerate(order):
        worth[site] = 1.0 + 1.0 / (1 + place)
    program.aim(linear((program.opened(site), -float(worth[site])) for site in range(problem.n_sites)))
    until = time.monotonic() + _LEAST_S
    until = max(until, min(limits.deadline, time.monotonic() + _FIRST_S))
    run = program.solve(replace(limits.silent(), deadline=until))
    return program.chosen() if run.has_values else None


class SwapSearch:
    """Greedy choice and swaps for one problem and one model whose :meth:`~.base.Model.steer` is known.

    Args:
        problem: columns stand in the order that breaks ties.
        model: what is asked.
        limits: ends the search at its deadline; the best sites so far stand.
    """

    def __init__(self, problem: PlacementProblem, model: Model, limits: Limits) -> None:
        self.problem, self.model, self.limits = problem, model, limits
        self.promises = [condition for condition in problem.conditions if condition.promises]
        self.on_sites = [condition for condition in problem.conditions if not condition.promises]
        self.far = 2.0 * problem.longest_min + 1.0
        rng = np.random.default_rng(limits.seed)
        people = np.flatnonzero(problem.weights > 0)
        size = min(len(people), _SAMPLE)
        self.sample: IntArray = np.sort(rng.choice(people, size, replace=False)) if size else people
        self.near = np.minimum(problem.held.rows(self.sample), self.far)

    def best(self, start: BoolArray | None = None) -> BoolArray | None:
        """The best sites found that keep every condition; None where none were found.

        ``start`` are sites that keep the conditions on sites; by default they are chosen here.
        """
        sites = self._first() if start is None else start.copy()
        if sites is None:
            return None
        sites, score = self._improved(sites)
        return sites if score[0] == 0.0 else None

    def score(self, minutes: FloatArray, than: Score = _NONE) -> Score:
        """What is compared; ``than`` allows to stop as soon as it is worse."""
        missing = sum(condition.shortfall(self.problem, minutes) for condition in self.promises)
        if missing > than[0]:
            return (missing, math.inf, math.inf)
        unserved = float(self.problem.weights @ np.isinf(minutes)) if self.model.serves_first else 0.0
        steered = self.model.steer(self.problem, minutes)
        assert steered is not None
        return (missing, unserved, steered[0])

    def minutes(self, sites: BoolArray) -> FloatArray:
        """(n_demand,) minutes to the nearest of these sites."""
        return np.asarray(self.problem.held.columns(np.flatnonzero(sites)).min(axis=1, initial=np.inf))

    def _late(self) -> bool:
        return time.monotonic() > self.limits.deadline

    def _pull(self, minutes: FloatArray) -> FloatArray | None:
        """(n_sample,) what a minute of each of the sample counts; None where minutes say nothing."""
        steered = self.model.steer(self.problem, minutes)
        assert steered is not None
        pull = steered[1]
        return None if pull is None else np.maximum(pull[self.sample], 0.0)

    def _gains(self, minutes: FloatArray, sites: IntArray) -> FloatArray:
        """(n_sites,) what opening each promises, on samples: people served at all first, then minutes."""
        saved = self._saved(minutes, sites)
        lost = np.flatnonzero(np.isinf(minutes) & (self.problem.weights > 0))
        if not self.model.serves_first or not len(lost):
            return saved
        lost = lost[:: 1 + len(lost) // _SAMPLE]
        reached = self.problem.weights[lost] @ np.isfinite(self.problem.held.columns(sites, lost))
        a_minute = max(float(saved.max(initial=0.0)), 1e-9)
        return np.asarray(saved + _SERVED * a_minute * reached / float(self.problem.weights[lost].sum()))

    def _saved(self, minutes: FloatArray, sites: IntArray) -> FloatArray:
        """(n_sites,) minutes that opening each saves, at their slopes."""
        now = np.minimum(minutes[self.sample], self.far)
        pull = self._pull(minutes)
        if pull is None or not pull.any():
            pull = self.problem.weights[self.sample]
        return np.asarray(pull @ np.maximum(0.0, now[:, None] - self.near[:, sites]))

    def _first(self) -> BoolArray | None:
        problem = self.problem
        if problem.n_open is None and problem.budget is None:
            return None
        sites, order = self._greedy()
        return kept_sites(problem, sites, order, self.limits)

    def _greedy(self) -> tuple[BoolArray, list[int]]:
        """Sites added one by one up to the number or the budget, and their order."""
        problem = self.problem
        sites = problem.always_open | (problem.existing & ~problem.never_open)
        order: list[int] = []
        left = math.inf if problem.budget is None else problem.budget - float(problem.prices[sites].sum())
        wanted = problem.n_sites if problem.n_open is None else problem.n_open - int(sites.sum())
        minutes = self.minutes(sites)
        while len(order) < wanted and not (self._late() and problem.n_open is None):
            others = np.flatnonzero(problem.free & ~sites & (problem.prices <= left))
            if not len(others):
                break
            gains = self._gains(minutes, others) if not self._late() else np.zeros(len(others))
            priced = gains / np.maximum(problem.prices[others], 1e-9) if problem.budget is not None else gains
            site = int(others[np.argmax(priced)])
            sites[site] = True
            order.append(site)
            left -= float(problem.prices[site])
            minutes = np.minimum(minutes, problem.held.columns(np.asarray([site]))[:, 0])
        return sites, order

    def _improved(self, sites: BoolArray) -> tuple[BoolArray, Score]:
        best = self.score(self.minutes(sites))
        for _ in range(_PASSES):
            before = best
            for old in np.flatnonzero(sites & self.problem.free).tolist():
                if self._late():
                    return sites, best
                sites, best = self._swapped(sites, old, best)
            if not _better(best, before):
                break
        return sites, best

    def _swapped(self, sites: BoolArray, old: int, best: Score) -> tuple[BoolArray, Score]:
        """The sites with ``old`` given up for the best other one, where that helps."""
        problem, found = self.problem, sites
        without = sites.copy()
        without[old] = False
        minutes = self.minutes(without)
        others = np.flatnonzero(problem.free & ~sites)
        gains = self._gains(minutes, others)
        order = np.argsort(-gains, kind="stable")
        everybody = best[0] > 0 or self._pull(minutes) is None
        for site in others[order if everybody else order[:_JUDGED]].tolist():
            if self._late():
                break
            own = self.score(np.minimum(minutes, problem.held.columns(np.asarray([site]))[:, 0]), best)
            if _better(own, best):
                swapped = without.copy()
                swapped[site] = True
                if keeps_site_limits(problem, swapped, self.on_sites):
                    found, best = swapped, own
        return found, best


def _better(one: Score, other: Score) -> bool:
    """Lexicographically smaller by more than rounding."""
    for own, its in zip(one, other, strict=True):
        if own == its:
            continue
        if math.isnan(own) or math.isnan(its):
            return False
        if abs(own - its) > 1e3 * TIE_TOLERANCE * max(1.0, abs(own), abs(its)) or math.isinf(its):
            return own < its
    return False
