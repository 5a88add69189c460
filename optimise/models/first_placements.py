"""Placements to begin with for models in which the nearest site does not decide.

None of them is proven to be good; they are what an answer is where a limit strikes before there is another.
Conditions are kept: see :func:`optimise.starting.kept_sites`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.running import Limits
from optimise.starting import kept_sites
from optimise.verification import keeps_site_limits

if TYPE_CHECKING:
    from optimise.models.busy import BusyCovering
    from optimise.problem import PlacementProblem


def all_allowed(problem: PlacementProblem, limits: Limits) -> BoolArray | None:
    """As many sites as the problem allows, those near to many people before others; None: none keep it."""
    pull = problem.weights @ (1.0 / (1.0 + problem.costs.clip(0.0)))  # unreachable: 1 / inf
    order = np.argsort(-pull, kind="stable")
    order = order[problem.free[order]]
    sites = ~problem.never_open
    if problem.n_open is not None:
        sites = problem.always_open.copy()
        sites[order[: max(0, problem.n_open - int(sites.sum()))]] = True
    return kept_sites(problem, sites, order.tolist(), limits)


def thinned_cover(problem: PlacementProblem, sites: BoolArray, near: BoolArray, limits: Limits) -> BoolArray:
    """The sites without those that no row of ``near`` (n_rows, n_sites) needs, the dearest left out first."""
    kept = sites.copy()
    times = near[:, kept].sum(axis=1)
    on_sites = [condition for condition in problem.conditions if not condition.promises]
    free = np.flatnonzero(sites & problem.free)[::-1]
    for site in free[np.argsort(-problem.prices[free], kind="stable")].tolist():
        if time.monotonic() > limits.deadline:
            break
        if (times[near[:, site]] < 2).any():
            continue
        kept[site] = False
        if keeps_site_limits(problem, kept, on_sites):
            times = times - near[:, site]
        else:
            kept[site] = True
    return kept


def dropped_while_cheaper(
    problem: PlacementProblem, sites: BoolArray, minute_price: float, limits: Limits
) -> BoolArray:
    """Sites closed one by one as long as that saves more than the longer ways cost.

    Feldman, Lehrer and Ray (1966), *Warehouse location under continuous economies of scale*, Management
    Science 12.
    """
    kept = sites.copy()
    on_sites = [condition for condition in problem.conditions if not condition.promises]
    rows = np.flatnonzero((problem.weights > 0) & ~problem.unreachable)
    while time.monotonic() <= limits.deadline:
        opened = np.flatnonzero(kept)
        costs = problem.costs[np.ix_(rows, opened)]
        if len(opened) < 2:
            return kept
        nearest = costs.argmin(axis=1)
        two = np.partition(costs, 1, axis=1)
        near, next_near = two[:, 0], np.where(np.isfinite(two[:, 1]), two[:, 1], np.inf)
        # Whom no open site reaches loses nothing more.
        longer_way = np.where(np.isfinite(near), next_near - np.where(np.isfinite(near), near, 0.0), 0.0)
        extra = problem.weights[rows] * longer_way
        longer = np.bincount(nearest, extra, minlength=len(opened))
        saved = np.where(problem.free[opened], problem.prices[opened], -np.inf) - minute_price * longer
        for place in np.argsort(-saved, kind="stable").tolist():
            if not saved[place] > 0:
                return kept
            kept[opened[place]] = False
            if keeps_site_limits(problem, kept, on_sites):
                break
            kept[opened[place]] = True
        else:
            return kept
    return kept


def apart_by_worth(
    problem: PlacementProblem, apart: FloatArray, worth: FloatArray, separation: float, limits: Limits
) -> BoolArray | None:
    """Sites taken in the order of their worth, each at least ``separation`` from those before it."""
    sites, order = problem.always_open.copy(), []
    most = problem.n_sites if problem.n_open is None else problem.n_open
    for site in np.argsort(-worth, kind="stable").tolist():
        far = apart[site, sites].min(initial=np.inf) >= separation
        if problem.free[site] and far and sites.sum() < most:
            sites[site] = True
            order.append(site)
    return kept_sites(problem, sites, order, limits)


def farthest_apart(problem: PlacementProblem, apart: FloatArray, limits: Limits) -> BoolArray | None:
    """Again and again the site that is farthest from those before it."""
    sites, order = problem.always_open.copy(), []
    free = np.flatnonzero(problem.free)
    for _ in range(min((problem.n_open or 0) - int(sites.sum()), len(free))):
        others = free[~sites[free]]
        if sites.any():
            near = apart[np.ix_(others, np.flatnonzero(sites))].min(axis=1)
        else:
            near = np.where(np.isfinite(apart[others]), apart[others], 0.0).max(axis=1)
        site = int(others[near.argmax()])
        sites[site] = True
        order.append(site)
    return kept_sites(problem, sites, order, limits)


def vehicles_spread(
    model: BusyCovering, problem: PlacementProblem, sites: BoolArray, total: int
) -> IntArray | None:
    """(n_sites,) one vehicle at each of the sites, the others where each is worth the most; None: no room."""
    units = sites.astype(np.int64)
    most = model.max_per_site or total
    busy = model.busy_fractions(problem)
    opened = np.flatnonzero(sites)
    near = problem.costs[:, opened] <= model.limit(problem)[:, None]
    if units.sum() > total or most * len(opened) < total:
        return None
    while units.sum() < total:
        reached = near @ units[opened]
        worth = model.worth(reached + 1, busy) - model.worth(reached, busy)
        gains = np.where(units[opened] < most, (problem.weights * worth) @ near, -np.inf)
        units[opened[int(gains.argmax())]] += 1
    return units
