"""Every model with room begins with a placement that keeps all that is asked, also where no program is built."""

from __future__ import annotations

import numpy as np
import pytest

from optimise import OnlyWith, PlacementProblem, SiteCount, Status, Within, program, solve, verify
from optimise.models import capacitated, make_model
from optimise.running import Limits


def valley(**asked) -> PlacementProblem:
    """Thirty homes and seven places; two and a half places would hold everybody."""
    rng = np.random.default_rng(8)
    homes, places = rng.uniform(0, 40, (30, 2)), rng.uniform(0, 40, (7, 2))
    minutes = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1))
    weights = rng.integers(1, 30, 30).astype(float)
    base = {"weights": weights, "capacities": [weights.sum() / 2.5] * 7}
    return PlacementProblem(minutes, **{**base, **asked})


TODAY = ["existing", "existing", "existing", *["candidate"] * 4]
PRICES = [3.0, 5.0, 2.0, 4.0, 6.0, 3.0, 5.0]
ASKED = {
    "number": ("capacitated-p-median", {}, {"p": 4}),
    "split": ("capacitated-p-median", {"sourcing": "split"}, {"p": 4}),
    "condition": ("capacitated-p-median", {}, {"p": 4, "conditions": [SiteCount(sites=(0, 1), at_most=1)]}),
    "tied": ("capacitated-p-median", {}, {"p": 4, "conditions": [OnlyWith(2, (5,))]}),
    "promise": ("capacitated-p-median", {}, {"p": 4, "conditions": [Within(28.0)]}),
    "moves": ("capacitated-p-median", {}, {"p": 4, "roles": TODAY, "max_moves": 1}),
    "budget": ("capacitated-p-median", {}, {"fixed_costs": PRICES, "budget": 16.0}),
    "units": ("capacitated-p-median", {"max_units": 2, "total_units": 5}, {"p": 3}),
    "least units": ("capacitated-p-median", {"min_units": 2, "max_units": 3, "total_units": 9}, {"p": 3}),
    "price": ("fixed-charge", {"minute_price": 0.01}, {"fixed_costs": PRICES}),
}


@pytest.mark.parametrize("asked", ASKED)
def test_without_a_program_the_start_keeps_all_that_is_asked(monkeypatch, asked):
    model, options, changes = ASKED[asked]
    best = solve(valley(**changes), model, **options)
    monkeypatch.setattr(program, "MOST_PAIRS", 10)
    started = solve(valley(**changes), model, **options)
    assert best.status is Status.OPTIMAL
    assert started.status is Status.FEASIBLE
    assert verify(started).ok
    assert best.objective * (1 - 1e-9) <= started.objective <= 1.15 * best.objective


def test_a_clock_that_has_run_out_leaves_the_start(monkeypatch):
    monkeypatch.setattr(capacitated, "ENGINE_PAYS_AT_PAIRS", 0)
    problem = valley(p=4, conditions=[SiteCount(sites=(0, 1), at_most=1)])
    found = solve(problem, "capacitated-p-median", time_limit_s=1e-6)
    assert found.status in {Status.FEASIBLE, Status.OPTIMAL}
    assert verify(found).ok


def test_the_program_begins_with_the_start_and_proves_the_same(monkeypatch):
    plain = solve(valley(p=4, conditions=[SiteCount(sites=(0, 1), at_most=1)]), "capacitated-p-median")
    monkeypatch.setattr(capacitated, "ENGINE_PAYS_AT_PAIRS", 0)
    begun = solve(valley(p=4, conditions=[SiteCount(sites=(0, 1), at_most=1)]), "capacitated-p-median")
    assert (begun.status, begun.chosen_ids, begun.objective) == (
        plain.status,
        plain.chosen_ids,
        plain.objective,
    )


def test_where_room_is_short_there_is_no_start():
    problem = valley(p=2)
    model = make_model("capacitated-p-median", {})
    assert model.start(problem, Limits().started()) is None
    assert solve(problem, "capacitated-p-median").status is Status.OPTIMAL  # the most are served first
