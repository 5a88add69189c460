"""Plans over dates, against every plan there is: a site changes at one of the dates, or never."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any

import numpy as np

import optimise
from optimise import PlacementProblem, Status
from optimise.dated_plans import DatedPlan, solve_plan
from optimise.plan_limits import ClosesAfter, Period

from .places import Sites, at_most, minutes_of, promises_kept, sites_keep
from .questions import Question, Row, question
from .truth import Key, close, closer
from .verdict import Verdict


@dataclass(frozen=True)
class When:
    """One date; ``None`` for what is not limited, or as in the question."""

    share: float
    weights: list[float] | None
    costs: list[Row] | None
    opens: int | None
    closes: int | None
    changes: int | None
    budget: float | None
    conditions: list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Plan:
    """A plan: a placement question, its dates, and the order of changes (who closes only after whom)."""

    seed: int
    mode: str
    asked: Question
    dates: list[When]
    today: list[int] | None
    after: list[tuple[int, int]]
    a_group: int | None
    opening: list[float] | None
    closing: list[float] | None

    def traits(self) -> list[str]:
        told = {
            "today": self.today is not None,
            "order": bool(self.after),
            "a group": self.a_group is not None,
            "prices": self.opening is not None,
            "people of dates": any(date.weights for date in self.dates),
            "minutes of dates": any(date.costs for date in self.dates),
            "promises of dates": any(date.conditions for date in self.dates),
            "limits of dates": any(
                (date.opens, date.closes, date.changes) != (None,) * 3 for date in self.dates
            ),
            "budget": any(date.budget is not None for date in self.dates),
        }
        return [
            *self.asked.traits(),
            f"{len(self.dates)} dates",
            *(name for name, has in told.items() if has),
        ]

    def start(self) -> frozenset[int]:
        """Sites that are open before the first date."""
        if self.today is None:
            return frozenset(i for i, role in enumerate(self.asked.roles) if role in ("existing", "required"))
        kept = {"required"} if self.asked.max_moves is not None else {"required", "existing"}
        return frozenset({*self.today, *(i for i, role in enumerate(self.asked.roles) if role in kept)})

    def plans(self) -> Iterator[list[frozenset[int]]]:
        """Every plan that keeps everything; each is the open sites from each date on."""
        start, never = self.start(), len(self.dates)
        for when in product(range(never + 1), repeat=self.asked.n_sites):
            plan = [
                frozenset(s for s, at in enumerate(when) if (s in start) != (at <= date))
                for date in range(never)
            ]
            if self._keeps([start, *plan]):
                yield plan

    def at(self, date: int) -> Question:
        """The question of one date, with its people, minutes and promises."""
        own = self.dates[date]
        return replace(
            self.asked,
            weights=own.weights or self.asked.weights,
            costs=own.costs or self.asked.costs,
            conditions=[*self.asked.conditions, *own.conditions],
            budget=None,
            max_moves=None,
        )

    def _keeps(self, states: list[frozenset[int]]) -> bool:
        asked, last = self.asked, states[-1]
        kept = {"required"} if asked.max_moves is not None else {"required", "existing"}
        wanted = self.at_the_end()
        if wanted is not None and len(last) != wanted:
            return False
        if asked.max_moves is not None and len(states[0] - last) > asked.max_moves:
            return False
        for date, (before, now) in enumerate(pairwise(states)):
            if any(
                (role in kept and site not in now) or (role == "forbidden" and site in now)
                for site, role in enumerate(asked.roles)
            ):
                return False
            if not self._date_keeps(date, before, now):
                return False
        return True

    def _date_keeps(self, date: int, before: frozenset[int], now: frozenset[int]) -> bool:
        own, opened, closed = self.dates[date], now - before, before - now
        for limit, count in (
            (own.opens, len(opened)),
            (own.closes, len(closed)),
            (own.changes, len(opened | closed)),
        ):
            if limit is not None and count > limit:
                return False
        paid = [self.opening[site] for site in opened] if self.opening else []
        paid += [self.closing[site] for site in closed] if self.closing else []
        spent = math.fsum(paid)
        if own.budget is not None and not at_most(spent, own.budget):
            return False
        if self.a_group is not None:
            labels = [(self.asked.groups or [])[site] for site in opened | closed]
            if any(labels.count(label) > self.a_group for label in labels):
                return False
        if any(site not in now and not (other in before and other in now) for site, other in self.after):
            return False
        question, sites = self.at(date), tuple(sorted(now))
        return sites_keep(question, sites) and promises_kept(
            question, question.weights, minutes_of(question.costs, sites)
        )

    def at_the_end(self) -> int | None:
        asked = self.asked
        if asked.p is not None:
            return asked.p
        if asked.p_new is None and asked.max_moves is None:
            return None
        return sum(role in ("existing", "required") for role in asked.roles) + (asked.p_new or 0)

    def worth(self, plan: list[frozenset[int]]) -> tuple[Key, float]:
        """(served, minutes, changes) as a key, and the mean minutes."""
        whole = math.fsum(date.share for date in self.dates)
        served, minutes, changes = [], [], 0
        for date, (before, now) in enumerate(pairwise([self.start(), *plan])):
            question, share = self.at(date), self.dates[date].share / whole
            sites: Sites = tuple(sorted(now))
            own = minutes_of(question.costs, sites)
            reached = [row for row, value in enumerate(own) if value < math.inf]
            served.append(share * math.fsum(question.weights[row] for row in reached))
            minutes.append(share * math.fsum(question.weights[row] * own[row] for row in reached))
            changes += len(now ^ before)
        all_served, all_minutes = math.fsum(served), math.fsum(minutes)
        mean = all_minutes / all_served if all_served > 0 else math.nan
        return (-all_served, 0.0 if math.isnan(mean) else mean, float(changes)), mean

    def put(self) -> DatedPlan:
        asked = self.asked
        problem = PlacementProblem(
            _matrix(asked.costs),
            weights=asked.weights,
            p=asked.p,
            p_new=asked.p_new,
            roles=asked.roles,
            max_moves=asked.max_moves,
            groups=asked.groups,
            demand_groups=asked.demand_groups,
            site_costs=None if asked.site_costs is None else _matrix(asked.site_costs),
            conditions=[_condition(*own) for own in asked.conditions],
            site_ids=asked.site_ids,
            demand_ids=asked.demand_ids,
        )
        periods = [
            Period(
                f"date {number}",
                date.share,
                date.weights,
                None if date.costs is None else _matrix(date.costs),
                date.opens,
                date.closes,
                date.changes,
                date.budget,
                tuple(_condition(*own) for own in date.conditions),
            )
            for number, date in enumerate(self.dates)
        ]
        return solve_plan(
            problem,
            periods,
            today=None if self.today is None else [f"s{site}" for site in self.today],
            precedence=[ClosesAfter(f"s{site}", f"s{other}") for site, other in self.after],
            changes_a_group=self.a_group,
            opening_costs=None if self.opening is None else np.array(self.opening),
            closing_costs=None if self.closing is None else np.array(self.closing),
        )

    def tried(self) -> Verdict:
        found = self.put()
        known = [(self.worth(plan), plan) for plan in self.plans()]
        status = found.status.value
        if not known:
            fault = "" if found.status is Status.INFEASIBLE else "a plan where there is none"
            return Verdict(
                fault,
                f"got {status} {found.objective!r}; right: infeasible",
                status=status,
                formulation="plan",
            )
        (key, mean), plan = known[0]
        for (own, its), other in known[1:]:
            if closer(own, key):
                key, mean, plan = own, its, other
        got = [frozenset(date.open.tolist()) for date in found.dates]
        fault = self._fault(found, got, key, mean)
        shown = f"got {status} {found.objective!r} {[sorted(own) for own in got]}; right {mean!r} {key} {[sorted(own) for own in plan]}"
        return Verdict(fault, shown, status=status, formulation="plan")

    def _fault(self, found: DatedPlan, got: list[frozenset[int]], key: Key, mean: float) -> str:
        if found.status is not Status.OPTIMAL:
            return f"status {found.status.value} where an optimum exists"
        if not self._keeps([self.start(), *got]):
            return "the plan breaks a limit"
        own, value = self.worth(got)
        if not close(value, found.objective):
            return "the objective is not that of its plan"
        if not close(own[0], key[0]):
            return "fewer are served than could be"
        if not close(value, mean, 2e-8):
            return "wrong optimum"
        if found.fewest_changes and own[2] > key[2] and close(value, mean):
            return "more changes than are needed"
        return "" if close(found.bound, found.objective, 1e-6) else "bound away from the optimum"


def _matrix(rows: list[Row]) -> np.ndarray:
    return np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=float)


def _condition(kind: str, arguments: dict[str, Any]) -> Any:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in arguments.items()}
    return getattr(optimise, kind)(**values)


def plan(seed: int) -> Plan:
    """The plan of this number: at most 5 sites, at most 3 dates."""
    rng = random.Random(seed)
    asked = question(rng.randrange(10**9), "p-median")
    while asked.n_sites > 5 or asked.budget is not None:
        asked = question(rng.randrange(10**9), "p-median")
    n, m = asked.n_demand, asked.n_sites
    if rng.random() < 0.3:
        asked = replace(asked, p=None, p_new=None)
    longest = [value for row in asked.costs for value in row if value is not None] or [1.0]
    priced = rng.random() < 0.4
    opening = [float(rng.randint(0, 5)) for _ in range(m)] if priced else None
    closing = [rng.choice((0.0, 0.1, 2.0)) for _ in range(m)] if priced and rng.random() < 0.6 else None

    def limit() -> int | None:
        return rng.randint(0, 2) if rng.random() < 0.3 else None

    def date() -> When:
        costs = [
            [value if value is None or rng.random() < 0.8 else rng.choice(longest) for value in row]
            for row in asked.costs
        ]
        promise = ("Within", {"minutes": rng.choice(longest), "demand": [rng.choice(asked.demand_ids)]})
        return When(
            rng.choice((1.0, 1.0, 0.3, 7.0)),
            [float(rng.choice((0, 1, 5, 1000))) for _ in range(n)] if rng.random() < 0.4 else None,
            costs if rng.random() < 0.4 else None,
            limit(),
            limit(),
            limit(),
            float(rng.randint(0, 7)) if priced and rng.random() < 0.5 else None,
            [promise] if rng.random() < 0.2 else [],
        )

    allowed = [site for site, role in enumerate(asked.roles) if role != "forbidden"]
    today = rng.sample(allowed, rng.randint(0, len(allowed))) if rng.random() < 0.3 else None
    after = []
    if m > 1 and rng.random() < 0.3:
        first, second = rng.sample(range(m), 2)
        after = [(first, second)]
    return Plan(
        seed,
        "as it comes",
        asked,
        [date() for _ in range(rng.randint(1, 3))],
        today,
        after,
        rng.randint(0, 2) if asked.groups and rng.random() < 0.5 else None,
        opening,
        closing,
    )
