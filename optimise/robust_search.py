"""The programs behind robust placement; the formulation stands in :mod:`optimise.robust`."""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np
import pulp

from optimise.algebra import Term, linear
from optimise.arrays import BoolArray, FloatArray
from optimise.equity import weighted_mean
from optimise.exact import PROOF_TOLERANCE
from optimise.models.median import median_program, service_pairs, share_variables
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import ProgramTooLargeError, SiteProgram, within_memory
from optimise.robust_bounds import best_of_state, can_be_stacked, common_sites
from optimise.running import Limits, Run
from optimise.sentences import said_by
from optimise.service import SCALED_WEIGHT, full_service, tied_choices
from optimise.status import Sense, Status
from optimise.ties import MOST_STEPS
from optimise.verification import keeps_limits

#: Pairs of all states from which median problems take the place of one program.
PAYS_AT_PAIRS = 400_000
#: Coefficients of a mean up to which it is scaled as all others are.
_LARGE = 1e6
#: (n_patterns,) of each state: which of those whom only some sites reach are counted; see :mod:`.service`.
Choice = tuple[BoolArray, ...]


class Criterion(StrEnum):
    """What is minimised over the scenarios."""

    EXPECTED = "expected"
    WORST = "worst"
    REGRET = "regret"
    TAIL = "tail"


class RobustSearch(abc.ABC):
    """The search over states that share their sites; columns stand in the order that breaks ties.

    Attributes:
        best: (n_states,) the best mean of each scenario; NaN where nobody is counted or none was found.
        best_bound: (n_states,) no placement can have a lower mean.
        solve_s: seconds in solvers.
        why_stopped: why no common sites were looked for, in words; empty where they were.
    """

    def __init__(
        self,
        states: list[PlacementProblem],
        chances: FloatArray,
        criterion: Criterion,
        tail: float,
        limits: Limits,
    ) -> None:
        self.states = states
        self.chances = chances
        self.criterion = criterion
        self.tail = tail
        self.limits = limits
        self.best = np.full(len(states), np.nan)
        self.best_bound = np.full(len(states), np.nan)
        self.solve_s = 0.0
        self.why_stopped = ""

    @abc.abstractmethod
    def settle(self) -> tuple[Run, list[Placed] | None]:
        """Find the largest expected weight that can be served, and with it who is counted."""

    @abc.abstractmethod
    def best_of(self, number: int) -> tuple[Run, Placed | None]:
        """The best placement for those counted in one scenario."""

    @abc.abstractmethod
    def common(self) -> tuple[Run, list[Placed] | None]:
        """The best common sites, and who goes where in each scenario."""

    @abc.abstractmethod
    def mean(self, number: int, placed: Placed) -> float:
        """Mean minutes of those counted in a scenario; NaN for nobody."""

    @abc.abstractmethod
    def nobody(self, number: int) -> bool:
        """True when nobody is counted in a scenario."""

    def run(self) -> tuple[Run, list[Placed] | None]:
        """Settle who is counted, find the best of each scenario, then the common sites.

        Stopped on the way, the sites that serve the most are the answer: they keep every condition.
        """
        first, most = self.settle()
        if first.status is not Status.OPTIMAL or most is None:
            ended = Status.NO_SOLUTION if first.status is Status.FEASIBLE else first.status
            return replace(first, status=ended, bound=-math.inf), None
        choices, complete = self.choices()
        found: list[tuple[Run, list[Placed] | None, FloatArray, FloatArray]] = []
        for number in range(len(choices)):
            self.choose(choices[number])
            try:
                run, placements = self._answer(most)
            except ProgramTooLargeError as error:
                self.why_stopped, run, placements = said_by(error), _stopped(first, -math.inf), most
            found.append((run, placements, self.best.copy(), self.best_bound.copy()))
            if run.status is Status.INTERRUPTED:
                break
        values = [self._value_of(choice, own) for choice, own in zip(choices, found, strict=False)]
        least = int(np.argmin(values))
        self.choose(choices[least])
        run, placements, self.best, self.best_bound = found[least]
        return self._over_choices(run, [own[0] for own in found], complete=complete), placements

    def choices(self) -> tuple[list[Choice], bool]:
        """Whom to count, in every way that serves as much expected weight, and whether that is all."""
        return [()], True

    def choose(self, choice: Choice) -> None:
        """Count just these; see :meth:`choices`."""
        del choice

    def size(self, placements: Sequence[Placed]) -> float:
        """The largest mean of a scenario, beside which a criterion of nearly 0 is rounding."""
        told = [self.mean(number, placed) for number, placed in enumerate(placements)]
        return float(np.nanmax(np.abs(told), initial=0.0))

    def _value_of(
        self, choice: Choice, own: tuple[Run, list[Placed] | None, FloatArray, FloatArray]
    ) -> float:
        self.choose(choice)
        placements, self.best = own[1], own[2]
        value = math.inf if placements is None else self.value(placements)
        return -math.inf if math.isnan(value) else value

    def _over_choices(self, run: Run, runs: list[Run], *, complete: bool) -> Run:
        """The run of the best choice, proven where those of all choices are."""
        if len(runs) == 1 and complete:
            return run
        bound = min(own.bound for own in runs) if complete else -math.inf
        open_ones = [own.status for own in runs if own.status is not Status.OPTIMAL]
        status = open_ones[0] if open_ones else run.status if complete else Status.FEASIBLE
        return replace(run, status=status, bound=bound)

    def _answer(self, most: list[Placed]) -> tuple[Run, list[Placed] | None]:
        """The best of each scenario, then the common sites, for those who are counted."""
        self.best, self.best_bound = (np.full(len(self.states), np.nan) for _ in range(2))
        for number in range(len(self.states)):
            if self.nobody(number):  # has no mean, and no best one
                continue
            run, own = self.best_of(number)
            if own is not None:
                self.best[number] = self.mean(number, own)
                self.best_bound[number] = min(run.bound, self.best[number])
            if run.status is Status.INTERRUPTED or own is None:
                return _stopped(run, -math.inf), most
        run, found = self.common()
        return (_stopped(run, run.bound), most) if found is None else (run, found)

    def solve(self, program: SiteProgram) -> Run:
        """Run one program and count its seconds."""
        run = program.solve(self.limits)
        self.solve_s += run.seconds
        return run

    @property
    def settling_chances(self) -> FloatArray:
        """(n_states,) probabilities for settling who is counted.

        What looks at the worst scenario, however unlikely, takes all scenarios for equally likely here.
        """
        equal = self.criterion in (Criterion.WORST, Criterion.REGRET)
        return np.ones(len(self.states)) if equal else self.chances

    def aim(self, program: SiteProgram, means: Sequence[pulp.LpAffineExpression]) -> None:
        """Set the criterion over the means of the scenarios as the objective."""
        # One person counted beside a million who cannot be: HiGHS refuses coefficients of 1e15.
        largest = max((abs(value) for mean in means for value in mean.values()), default=0.0)
        scale = SCALED_WEIGHT / max(1.0, largest / _LARGE)
        program.aim(self._objective(program, means, scale) * scale, scale=scale)

    def _objective(
        self, program: SiteProgram, means: Sequence[pulp.LpAffineExpression], scale: float
    ) -> pulp.LpAffineExpression:
        if self.criterion is Criterion.EXPECTED:
            return pulp.lpSum(mean * float(chance) for mean, chance in zip(means, self.chances, strict=True))
        if self.criterion is Criterion.TAIL:
            edge = program.variable("edge")
            terms: list[tuple[Term, float]] = [(edge, 1.0)]
            for number, mean in enumerate(means):
                beyond = program.variable(f"beyond_{number}")
                program.add((beyond + edge - mean) * scale >= 0, f"tail_of_{number}")
                terms.append((beyond, float(self.chances[number]) / self.tail))
            return linear(terms)
        most = program.variable("most")
        for number, mean in enumerate(means):
            less = float(np.nan_to_num(self.best[number])) if self.criterion is Criterion.REGRET else 0.0
            program.add((most - mean) * scale >= -less * scale, f"largest_{number}")
        return linear([(most, 1.0)])

    def value(self, placements: Sequence[Placed]) -> float:
        """The criterion, recomputed from placements and costs; NaN when nobody is counted anywhere."""
        told = np.asarray([self.mean(number, placed) for number, placed in enumerate(placements)])
        if np.isnan(told).all():
            return math.nan
        means = np.where(np.isnan(told), 0.0, told)
        if self.criterion is Criterion.EXPECTED:
            return float(self.chances @ means)
        if self.criterion is Criterion.WORST:
            return float(means.max())
        if self.criterion is Criterion.REGRET:
            return float((told - self.best)[~np.isnan(told)].max())
        return min(float(e + self.chances @ np.maximum(0, means - e) / self.tail) for e in means)

    def best_proven(self) -> BoolArray:
        """(n_states,) True where the best of a scenario is proven, or nobody is counted."""
        known = ~np.isnan(self.best)
        tolerance = PROOF_TOLERANCE * np.maximum(1.0, self.best)
        close = np.where(known, self.best - self.best_bound, 0.0) <= tolerance
        nobody = np.asarray([self.nobody(number) for number in range(len(self.states))])
        return np.asarray((known & close) | nobody)


def _stopped(run: Run, bound: float) -> Run:
    """The run for sites that are known from before it."""
    status = Status.INTERRUPTED if run.status is Status.INTERRUPTED else Status.FEASIBLE
    return replace(run, status=status, bound=bound)


class NearestSearch(RobustSearch):
    """Everybody goes to the nearest open site: the p-median over scenarios."""

    def __init__(
        self,
        states: list[PlacementProblem],
        chances: FloatArray,
        criterion: Criterion,
        tail: float,
        limits: Limits,
    ) -> None:
        super().__init__(states, chances, criterion, tail, limits)
        self.full = [full_service(state) for state in states]
        self.plans = self.full
        self._reached: Choice = ()

    def settle(self) -> tuple[Run, list[Placed] | None]:
        """See :meth:`RobustSearch.settle`."""
        program = self._shared("most_served", Sense.MAXIMISE)
        terms: list[tuple[Term, float]] = []
        whole = max(sum(plan.served_weight for plan in self.plans), 1e-300)
        for number, plan in enumerate(self.plans):
            for pattern, sites in enumerate(plan.patterns):
                reached = program.variable(f"reached_{number}_{pattern}", upper=1.0)
                row = program.n_open(np.flatnonzero(sites).tolist()) - reached >= 0
                program.add(row, f"reach_{number}_{pattern}")
                rate = self.settling_chances[number] * plan.pattern_weights[pattern] / whole
                terms.append((reached, SCALED_WEIGHT * float(rate)))
        program.aim(linear(terms), scale=SCALED_WEIGHT)
        run = self.solve(program)
        if not run.has_values:
            return run, None
        sites, secured = program.chosen(), self.states[0].always_open
        self._reached = tuple(
            np.asarray((plan.patterns & (sites if chance > 0 else secured)).any(axis=1))
            for plan, chance in zip(self.full, self.settling_chances, strict=True)
        )
        return run, self._nearest(sites)

    def choices(self) -> tuple[list[Choice], bool]:
        """See :meth:`RobustSearch.choices`."""
        possible = self.settling_chances > 0
        parts = [number for number in range(len(self.full)) if possible[number]]
        patterns = np.concatenate([self.full[number].patterns for number in parts])
        reached = np.concatenate([self._reached[number] for number in parts])
        if reached.all():
            return [self._reached], True
        rates = np.concatenate(
            [self.settling_chances[number] * self.full[number].pattern_weights for number in parts]
        )
        found, complete = tied_choices(
            lambda: self._shared("as_many_served", Sense.MINIMISE), patterns, rates, reached, self.limits
        )
        cuts = np.cumsum([len(self.full[number].patterns) for number in parts])[:-1]
        told = []
        for own in found:
            split = iter(np.split(own, cuts))
            told.append(
                tuple(next(split) if possible[n] else self._reached[n] for n in range(len(self.full)))
            )
        return told, complete

    def choose(self, choice: Choice) -> None:
        """See :meth:`RobustSearch.choose`."""
        self.plans = [plan.narrowed_to(own) for plan, own in zip(self.full, choice, strict=True)]

    def best_of(self, number: int) -> tuple[Run, Placed | None]:
        """See :meth:`RobustSearch.best_of`."""
        state = self.states[number]
        if self._many():
            run, placed = best_of_state(state, self.plans[number].relevant, self._share(number))
            self.solve_s += run.seconds
            return run, placed
        program = median_program(state, state.allowed_costs, self.plans[number], math.inf)
        run = self.solve(program)
        return run, Placed.nearest(state, program.chosen()) if run.has_values else None

    def common(self) -> tuple[Run, list[Placed] | None]:
        """See :meth:`RobustSearch.common`."""
        if self._many():
            return common_sites(self)
        program = self._shared("robust", Sense.MINIMISE)
        self.aim(program, [self._mean_of(program, number) for number in range(len(self.states))])
        run = self.solve(program)
        return run, self._first_among_equals(program.chosen()) if run.has_values else None

    def mean(self, number: int, placed: Placed) -> float:
        """See :meth:`RobustSearch.mean`."""
        state, counted = self.states[number], self.plans[number].relevant
        return weighted_mean(placed.minutes(state)[counted], state.weights[counted])

    def nobody(self, number: int) -> bool:
        """See :meth:`RobustSearch.nobody`."""
        return not self.plans[number].relevant.any()

    def _many(self) -> bool:
        """True where a program with the pairs of all states would not be solved in minutes."""
        pairs = sum(state.n_pairs for state in self.states)
        return pairs >= PAYS_AT_PAIRS and self.limits.in_process and can_be_stacked(self.states)

    def _share(self, number: int) -> Limits:
        """What the best of one state may spend: as much as each of the others, and half of all in all."""
        return self.limits.part(1.0 / (2 * len(self.states) - number))

    def offsets(self) -> FloatArray:
        """(n_states,) what the criterion subtracts from each mean."""
        less = np.nan_to_num(self.best)
        return less if self.criterion is Criterion.REGRET else np.zeros(len(self.states))

    def most(self) -> FloatArray:
        """(n_states,) the largest weight of each mean in the criterion; see :mod:`.cut_engine.master`."""
        if self.criterion is Criterion.EXPECTED:
            return self.chances
        if self.criterion is Criterion.TAIL:
            return np.minimum(self.chances / self.tail, 1.0)
        if self.criterion is Criterion.REGRET:
            return np.asarray([0.0 if self.nobody(number) else 1.0 for number in range(len(self.states))])
        return np.ones(len(self.states))

    def sites_to_serve(self) -> SiteProgram:
        """The sites that keep the conditions and reach all who are counted, without an objective."""
        program = self._shared("common", Sense.MINIMISE)
        for number, plan in enumerate(self.plans):
            for pattern, sites in enumerate(plan.patterns):
                row = program.n_open(np.flatnonzero(sites).tolist()) >= 1
                program.add(row, f"reach_{number}_{pattern}")
        return program

    def deciding(self, placements: Sequence[Placed]) -> FloatArray | None:
        """(n_states,) weights of the means in the criterion at these placements; None: always the same."""
        if self.criterion is Criterion.EXPECTED:
            return None
        told = np.asarray([self.mean(number, placed) for number, placed in enumerate(placements)])
        means = np.where(np.isnan(told), -np.inf, told - self.offsets())
        weights = np.zeros(len(means))
        if self.criterion is not Criterion.TAIL:
            weights[int(np.argmax(means))] = 1.0
            return weights
        left = 1.0
        for number in np.argsort(-means, kind="stable").tolist():
            weights[number] = min(left, float(self.chances[number]) / self.tail)
            left -= weights[number]
        return weights

    def counts_are_served(self, placements: Sequence[Placed]) -> bool:
        """True where everybody who is counted is served."""
        return all(
            bool(np.isfinite(placed.minutes(state)[plan.relevant]).all())
            for placed, state, plan in zip(placements, self.states, self.plans, strict=True)
        )

    def nearest(self, sites: BoolArray) -> list[Placed]:
        """Everybody at the nearest of these sites, state by state."""
        return self._nearest(sites)

    def _nearest(self, sites: BoolArray) -> list[Placed]:
        return [Placed.nearest(state, sites) for state in self.states]

    def _shared(self, name: str, sense: Sense) -> SiteProgram:
        """Sites and conditions; conditions hold under the minutes of every scenario."""
        program = SiteProgram(self.states[0], name, sense, twins=False)
        for number, state in enumerate(self.states):
            program.problem = state
            program.impose_conditions(prefix=f"s{number}")
        program.problem = self.states[0]
        return program

    def _mean_of(self, program: SiteProgram, number: int) -> pulp.LpAffineExpression:
        """The mean minutes of a scenario, with its assignment rows."""
        state, plan = self.states[number], self.plans[number]
        pairs = service_pairs(state, state.allowed_costs, plan, math.inf)
        within_memory(len(self.states) * int(np.isfinite(pairs.prices).sum()))
        weight = max(float(pairs.weights.sum()), 1e-300)
        terms: list[tuple[Term, float]] = []
        for row in range(len(pairs.weights)):
            sites = np.flatnonzero(np.isfinite(pairs.prices[row])).tolist()
            shares = share_variables(program, f"{number}_{row}", sites)
            program.add(linear((share, 1.0) for share in shares) == 1, f"serve_{number}_{row}")
            prices = pairs.weights[row] / weight * pairs.prices[row, sites]
            terms.extend(zip(shares, prices.tolist(), strict=True))
        return linear(terms)

    def _first_among_equals(self, sites: BoolArray) -> list[Placed]:
        """Ties go to the first site, as in :mod:`optimise.ties`."""
        best = self._nearest(sites)
        aim = self.value(best)
        if int(sites.sum()) * sites.size**2 * self.states[0].n_demand * len(self.states) > MOST_STEPS:
            return best
        free = self.states[0].free
        for late in np.flatnonzero(sites & free)[::-1].tolist():
            for early in np.flatnonzero(free[:late] & ~best[0].sites[:late]).tolist():
                swapped = best[0].sites.copy()
                swapped[[late, early]] = False, True
                other = self._nearest(swapped)
                if self._as_good(other, aim):
                    best = other
                    break
        return best

    def _as_good(self, placements: list[Placed], aim: float) -> bool:
        if not self.counts_are_served(placements) or not np.isclose(
            self.value(placements), aim, rtol=1e-12, atol=1e-12, equal_nan=True
        ):
            return False
        return all(keeps_limits(*pair) for pair in zip(self.states, placements, strict=True))
