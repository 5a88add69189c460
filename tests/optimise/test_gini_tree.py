"""The tree of the Gini coefficient: against enumeration, and its kernel against sums person by person."""

from __future__ import annotations

import math
import time
from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Status, engines, median_bounds, solve
from optimise.gini_tree import GiniTree, strips
from optimise.models import enumerating


def ratio(minutes: np.ndarray, people: np.ndarray) -> float:
    """Half the mean difference over the mean, pair by pair."""
    mean = float(people @ minutes / people.sum())
    apart = float(people @ np.abs(minutes[:, None] - minutes[None]) @ people / people.sum() ** 2)
    return apart / 2 / mean if mean else 0.0


def drawn(seed: int):
    """Minutes to free sites and to what is open anyway, people, sites to open, and the ratio of every choice."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 20)), int(rng.integers(1, 9))
    to_open = int(rng.integers(1, min(m, 4) + 1))
    minutes = rng.integers(0, 20, (n, m)).astype(float) if seed % 2 else rng.uniform(0, 20, (n, m))
    minutes[rng.random((n, m)) < 0.15] = np.inf
    base = rng.uniform(0, 25, n)
    if seed % 3:
        base[rng.random(n) < 0.5] = np.inf
    people = rng.integers(1, 9, n).astype(float)
    ratios = {}
    for chosen in combinations(range(m), to_open):
        own = np.minimum(base, minutes[:, chosen].min(axis=1))
        if np.isfinite(own).all():
            ratios[chosen] = ratio(own, people)
    return minutes, base, people, to_open, ratios


@pytest.mark.parametrize("seed", range(60))
def test_the_tree_finds_the_least_ratio_and_bounds_none_away(seed):
    minutes, base, people, to_open, ratios = drawn(seed)
    if not ratios:
        return
    known = [max(ratios.values())]

    def offer(chosen: list[int]) -> None:
        known.append(min(known[-1], ratios.get(tuple(sorted(chosen)), math.inf)))

    tree = GiniTree(minutes, base, people, to_open, lambda: known[-1], offer, math.inf)
    bound = tree.run()
    assert known[-1] == pytest.approx(min(ratios.values()), abs=1e-9)
    assert bound <= min(ratios.values()) + 1e-9


@pytest.mark.parametrize("seed", range(60))
def test_a_bound_at_any_time_is_one(seed, monkeypatch):
    """The clock is asked before each node; whatever is open then is in the bound."""
    minutes, base, people, to_open, ratios = drawn(seed)
    if not ratios:
        return
    ticks = iter(range(10_000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))
    for asked in (0.5, 2.5, 6.5):
        known = [max(ratios.values())]

        def offer(chosen: list[int], known: list[float] = known) -> None:
            known.append(min(known[-1], ratios.get(tuple(sorted(chosen)), math.inf)))

        until = next(ticks) + asked
        tree = GiniTree(minutes, base, people, to_open, lambda known=known: known[-1], offer, until)
        assert min(tree.run(), known[-1]) <= min(ratios.values()) + 1e-9


def test_strips_person_by_person():
    rng = np.random.default_rng(5)
    minutes, near = rng.uniform(0, 10, (12, 4)), rng.uniform(0, 10, 12)
    minutes[rng.random((12, 4)) < 0.2] = np.inf
    shares, sites, width = rng.dirichlet(np.ones(12)), np.array([0, 2, 3]), 10.0 / 7
    reached, within, gained, added = np.zeros(7), np.zeros(7), np.zeros((3, 7)), np.zeros((3, 7))
    strips(minutes, near, shares, sites, width, reached, within, gained, added)

    def by_hand(own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ends = width * np.arange(1, 8)
        covered = np.array([shares[own < end].sum() for end in ends])
        integral = np.array([shares @ np.clip(end - own, 0.0, width) for end in ends])
        return covered, integral

    covered, integral = by_hand(near)
    assert reached == pytest.approx(covered, abs=1e-12)
    assert within == pytest.approx(integral, abs=1e-12)
    for place, site in enumerate(sites.tolist()):
        more, wider = by_hand(np.minimum(near, minutes[:, site]))
        assert gained[place] == pytest.approx(more - covered, abs=1e-12)
        assert added[place] == pytest.approx(wider - integral, abs=1e-12)


def test_everybody_at_a_site_and_nothing_to_open():
    nobody = np.zeros((3, 0))
    assert (
        GiniTree(nobody, np.ones(3), np.ones(3), 0, lambda: 0.5, lambda chosen: None, math.inf).run() == 0.0
    )
    at_home = np.zeros((3, 2))
    tree = GiniTree(at_home, np.full(3, np.inf), np.ones(3), 1, lambda: 0.5, lambda chosen: None, math.inf)
    assert tree.run() == 0.0


@pytest.mark.parametrize("kind", ["plain", "existing", "conditions", "moves", "islands"])
@pytest.mark.parametrize("seed", range(2))
def test_the_model_is_proven_by_its_tree(monkeypatch, kind, seed):
    """Where neither a program nor a look at all placements is allowed; enumeration says what is right."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    monkeypatch.setattr(median_bounds, "PAYS_AT_PAIRS", 1)
    monkeypatch.setattr(median_bounds, "_MOST_PLACEMENTS", -1)
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 1)
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 30, (25, 9)).astype(float)
    people = rng.integers(1, 9, 25).astype(float)
    roles = np.array(["candidate"] * 9)
    if kind in ("existing", "moves"):
        roles[:3] = "existing"
    if kind == "islands":
        costs[:3, 1:] = np.nan
    rules = [SiteCount(sites=(0, 1, 2), at_most=1)] if kind == "conditions" else []
    problem = PlacementProblem(
        costs, weights=people, roles=roles.tolist(), p=4, conditions=rules,
        max_moves=1 if kind == "moves" else None,
    )  # fmt: skip
    right = math.inf
    for chosen in combinations(range(9), 4):
        sites = np.isin(np.arange(9), chosen)
        closed = int((~sites & (roles == "existing")).sum())
        if closed > (kind == "moves") or (rules and sites[:3].sum() > 1):
            continue
        own = np.where(np.isnan(costs[:, sites]), np.inf, costs[:, sites]).min(axis=1)
        if np.isfinite(own).all():
            right = min(right, ratio(own, people))
    found = solve(problem, "gini")
    assert found.objective == pytest.approx(right, abs=1e-9)
    assert found.status is Status.OPTIMAL
    assert found.proof.endswith("choices of sites bounded by how many live within each number of minutes")
