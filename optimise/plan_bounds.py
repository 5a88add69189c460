"""Candidates that no better plan over dates opens: they are left out before its program is built.

Every site that a plan opens stays open. Each date therefore costs its people at least what the best placement
of as many sites costs them, and the last date at least what its Lagrangian relaxation (Cornuejols, Fisher and
Nemhauser 1977, *Location of bank accounts to optimize float*, Management Science 23) allows with a given site
among the open ones. With ``z_t`` a bound of date ``t``, ``d_t`` how much it counts and ``u`` multipliers::

    minutes of a plan that opens j  >=  sum_{t<T} d_t z_t + d_T max(z_T, L(j))
    L(j) = sum_i u_i + rho of the sites that are open anyway + rho_j + the least of the other rho
    rho_j = sum_i min(0, w_i c_ij - u_i)

Where a date opens one site, ``u_i = w_i`` times the minutes to what is open anyway makes L(j) what j takes.
A plan of the candidates with the least of these bounds is a plan of all; the candidates whose bound is above
its minutes are in none that is better, nor in one that is as good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimise.arrays import BoolArray, FloatArray
from optimise.conditions import Condition, SiteCount
from optimise.engines import engine_with_multipliers, pairs_in_play
from optimise.exact import exact_dot, exact_sum
from optimise.guarantees import ShareWithin, Within
from optimise.plan_limits import Period, PlanLimits
from optimise.plan_program import minutes_to, secured_min
from optimise.problem import PlacementProblem
from optimise.running import Limits

#: Pairs in play of all dates from which on bounds are asked for first.
PAYS_AT_PAIRS = 200_000
#: Candidates of the first program, beside those of the best placements of the dates.
FIRST_CANDIDATES = 60
#: How far above the minutes of a plan a bound is, of those minutes, before it speaks against a site: more
#: than any rounding, and more than what counts as the same minutes.
MARGIN = 1e-7
#: Share of the seconds that are left for the bound of one date.
_SHARE_OF_TIME = 0.3


@dataclass(frozen=True, eq=False, slots=True)
class SiteBounds:
    """Bounds of a plan over dates, as mean minutes of everybody over all of them.

    Attributes:
        with_site: (n_sites,) no plan that opens the site takes less; no plan at all where it is open anyway.
        first: (n_sites,) True for the sites of the first program, those that are open anyway among them.
    """

    with_site: FloatArray
    first: BoolArray


def site_bounds(
    states: Sequence[PlacementProblem],
    periods: Sequence[Period],
    shares: FloatArray,
    today: BoolArray,
    wanted: PlanLimits,
    limits: Limits,
) -> SiteBounds | None:
    """The bounds, where they hold and pay; else None.

    They hold where nothing closes, everybody who can be reached is reached by what is open anyway, and no
    condition ties sites by name but a count of all of them.

    Args:
        states: the problem of each date, without a number of sites.
        periods: the dates.
        shares: (n_dates,) how much each counts, 1 in all.
        today: (n_sites,) the sites that are open before the first date.
        wanted: what holds over the whole plan.
        limits: what may be spent.
    """
    counts = _counts(states, periods, today, wanted)
    if counts is None or sum(pairs_in_play(state) for state in states) < PAYS_AT_PAIRS:
        return None
    weights = [np.where(state.unreachable, 0.0, state.weights) for state in states]
    whole = sum(float(share) * exact_sum(own) for share, own in zip(shares, weights, strict=True))
    secured = [secured_min(state) for state in states]
    if whole <= 0 or any(np.isinf(least[own > 0]).any() for least, own in zip(secured, weights, strict=True)):
        return None
    always = states[0].always_open
    dates, first, last = [], always.copy(), np.zeros(0)
    for state, count, own, least in zip(states, counts, weights, secured, strict=True):
        if count == int(always.sum()):
            served = own > 0
            dates.append(exact_dot(own[served], least[served]))
            last = np.full(state.n_sites, np.inf)
            continue
        alone = state.replace(p=count, conditions=())
        if count == int(always.sum()) + 1:
            # One site opens: over the minutes that are there anyway, its bound is what it takes.
            paid = np.multiply(own, least, out=np.zeros(len(own)), where=own > 0)
            last = _with_each(alone, own, count, paid)
            first[np.argmin(last)] = True
            dates.append(float(last.min()))
            continue
        found, multipliers = engine_with_multipliers(
            alone, alone.held_allowed, np.inf, limits.silent().part(_SHARE_OF_TIME)
        )
        if found.placed is None:
            return None
        first |= found.placed.sites
        dates.append(found.bound * exact_sum(own))
        if state is states[-1]:
            last = np.maximum(_with_each(alone, own, count, multipliers), dates[-1])
    before = sum(float(share) * cost for share, cost in zip(shares[:-1], dates[:-1], strict=True))
    with_site = (before + float(shares[-1]) * last) / whole
    with_site[always] = (before + float(shares[-1]) * dates[-1]) / whole
    order = np.argsort(with_site, kind="stable")
    nearest = order[states[0].free[order] & ~first[order]]
    if len(states) == 1 and _counted_alone(states[0], periods[0], wanted):
        # The placement of the bound is a plan itself: no site whose bound is above its minutes is asked for.
        served = weights[0] > 0
        known = exact_dot(weights[0][served], minutes_to(states[0], first)[served]) / exact_sum(weights[0])
        nearest = nearest[with_site[nearest] <= known * (1.0 + MARGIN)]
    first[nearest[:FIRST_CANDIDATES]] = True
    return SiteBounds(with_site, first)


def among(conditions: Sequence[Condition], problem: PlacementProblem, kept: BoolArray) -> list[Condition]:
    """The conditions of a problem where some of its sites are left out.

    Args:
        conditions: such as :func:`site_bounds` allows.
        problem: the whole problem.
        kept: (n_sites,) the sites that stay.
    """
    names = tuple(problem.site_ids[site] for site in np.flatnonzero(kept).tolist())
    return [replace(one, sites=names) if isinstance(one, SiteCount) else one for one in conditions]


def _counted_alone(state: PlacementProblem, period: Period, wanted: PlanLimits) -> bool:
    """Whether any sites of the right number are a plan of one date."""
    promises = any(not isinstance(one, SiteCount) for one in state.conditions)
    return period.budget is None and wanted.changes_a_group is None and not promises


def _counts(
    states: Sequence[PlacementProblem], periods: Sequence[Period], today: BoolArray, wanted: PlanLimits
) -> list[int] | None:
    """How many sites may be open at each date; None where these bounds do not hold."""
    always = states[0].always_open
    if wanted.precedence or (today & ~always).any():
        return None
    base, most = int(always.sum()), int((~states[0].never_open).sum())
    most = most if wanted.n_open is None else min(most, wanted.n_open)
    counts, opened, limited = [], 0, wanted.n_open is not None
    for state, period in zip(states, periods, strict=True):
        for one in state.conditions:
            if isinstance(one, SiteCount):
                every = one.sites is not None and len(set(one.sites)) == state.n_sites
                if not every or one.at_least is not None or one.at_most is None:
                    return None
                most, limited = min(most, one.at_most), True
            elif not isinstance(one, Within | ShareWithin):
                return None
        steps = [step for step in (period.opens_at_most, period.changes_at_most) if step is not None]
        opened += min(steps, default=most)
        limited = limited or bool(steps)
        counts.append(min(most, base + opened))
    return counts if limited and counts[-1] >= base else None


def _with_each(
    state: PlacementProblem, weights: FloatArray, count: int, multipliers: FloatArray
) -> FloatArray:
    """(n_sites,) ``L(j)`` for each site; infinite where the site is never open."""
    counted = np.flatnonzero(weights > 0)
    rho = state.held_allowed.saved(counted, weights, multipliers)
    free = np.flatnonzero(state.free)
    least = free[np.argsort(rho[free], kind="stable")[: count - int(state.always_open.sum())]]
    whole = exact_sum(multipliers[counted]) + exact_sum(rho[state.always_open]) + exact_sum(rho[least])
    found = whole - float(rho[least[-1]]) + rho if len(least) else np.full(state.n_sites, np.inf)
    found[least] = whole
    found[~state.free] = np.inf
    return np.asarray(found)
