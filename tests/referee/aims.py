"""What each model is after, written from the formulations in the models' docstrings.

``value(asked, sites)`` gives the objective of a set of sites and a key: the smaller the key, the better. Everybody
goes to the nearest site. Models with room stand in :mod:`tests.referee.room`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

from .places import Sites, always_open, apart, may_open, minutes_of, new_price
from .questions import Question

Key = tuple[float, ...]
People = list[tuple[float, float]]  # minutes and weight of those who are served


def served_people(asked: Question, minutes: list[float]) -> People:
    return [
        (own, weight)
        for own, weight in zip(minutes, asked.weights, strict=True)
        if weight > 0 and own < math.inf
    ]


def mean(pairs: People) -> float:
    return math.fsum(minutes * weight for minutes, weight in pairs) / math.fsum(weight for _, weight in pairs)


def quantile(pairs: People, share: float) -> float:
    whole = math.fsum(weight for _, weight in pairs)
    reached: list[float] = []
    for minutes, weight in sorted(pairs):
        reached.append(weight)
        if math.fsum(reached) >= (share - 1e-9) * whole:
            return minutes
    return max(minutes for minutes, _ in pairs)


def tail_mean(pairs: People, tail: float) -> float:
    """Mean of the worst-off: taken from the worst down until the tail is full."""
    whole = math.fsum(weight for _, weight in pairs)
    left, parts = tail * whole, []
    for minutes, weight in sorted(pairs, reverse=True):
        taken = min(weight, left)
        parts.append(minutes * taken)
        left -= taken
    return math.fsum(parts) / (tail * whole)


def mean_difference(pairs: People) -> float:
    whole = math.fsum(weight for _, weight in pairs)
    return math.fsum(a * b * abs(one - other) for one, a in pairs for other, b in pairs) / whole**2


def gini(pairs: People) -> float:
    middle = mean(pairs)
    return mean_difference(pairs) / (2 * middle) if middle else 0.0


def by_group(asked: Question, minutes: list[float], *, count_people: bool = False) -> People:
    """Mean minutes of each group of the served; each counts once, or with its people."""
    groups: dict[str, People] = {}
    for row, own in enumerate(minutes):
        if asked.weights[row] > 0 and own < math.inf:
            groups.setdefault((asked.demand_groups or [])[row], []).append((own, asked.weights[row]))
    return [
        (mean(pairs), math.fsum(weight for _, weight in pairs) if count_people else 1.0)
        for pairs in groups.values()
    ]


def horizon(asked: Question) -> float:
    if asked.options.get("horizon_min") is not None:
        return asked.options["horizon_min"]
    longest = max((minutes for row in asked.costs for minutes in row if minutes is not None), default=0.0)
    return 1.1 * longest + 1.0


def isoelastic(asked: Question, pairs: People) -> float:
    """Minutes that, had by everybody, would give the same welfare."""
    alpha, end = asked.options.get("alpha", 1.0), horizon(asked)

    def utility(left: float) -> float:
        return math.log(left) if alpha == 1.0 else left ** (1 - alpha) / (1 - alpha)

    level = mean([(utility(1 - minutes / end), weight) for minutes, weight in pairs])
    left = math.exp(level) if alpha == 1.0 else ((1 - alpha) * level) ** (1 / (1 - alpha))
    return end * (1 - left)


def kolm_pollak(asked: Question, pairs: People) -> float:
    aversion = asked.options.get("aversion", 0.01)
    return math.log(mean([(math.exp(aversion * minutes), weight) for minutes, weight in pairs])) / aversion


def compared(asked: Question, minutes: list[float]) -> People:
    if asked.options.get("by") == "group":
        return by_group(asked, minutes)
    return served_people(asked, minutes)


#: Objective over those who are served, for models that first serve as many as possible.
SERVING: dict[str, Callable[[Question, list[float]], float]] = {
    "p-median": lambda asked, minutes: mean(served_people(asked, minutes)),
    "relocation": lambda asked, minutes: mean(served_people(asked, minutes)),
    "p-center": lambda asked, minutes: quantile(served_people(asked, minutes), 1.0),
    "partial-p-center": lambda asked, minutes: quantile(
        served_people(asked, minutes), asked.options.get("share", 0.95)
    ),
    "tail-mean": lambda asked, minutes: tail_mean(compared(asked, minutes), asked.options.get("tail", 0.1)),
    "mean-difference": lambda asked, minutes: (
        mean(compared(asked, minutes))
        + asked.options.get("weight", 1.0) * mean_difference(compared(asked, minutes)) / 2
    ),
    "gini": lambda asked, minutes: gini(compared(asked, minutes)),
    "iso-elastic": lambda asked, minutes: isoelastic(asked, served_people(asked, minutes)),
    "iso-elastic-groups": lambda asked, minutes: isoelastic(
        asked, by_group(asked, minutes, count_people=asked.options.get("count_people", False))
    ),
    "kolm-pollak": lambda asked, minutes: kolm_pollak(asked, served_people(asked, minutes)),
}


def _serving(asked: Question, sites: Sites) -> tuple[float, Key]:
    minutes = minutes_of(asked.costs, sites)
    served = math.fsum(weight for _, weight in served_people(asked, minutes))
    objective = SERVING[asked.model](asked, minutes) if served > 0 else math.nan
    return objective, (-served, objective if served > 0 else 0.0)


def _leximin(asked: Question, sites: Sites) -> tuple[float, Key]:
    pairs = served_people(asked, minutes_of(asked.costs, sites))
    served = math.fsum(weight for _, weight in pairs)
    levels = sorted({minutes for minutes, _ in pairs}, reverse=True)[: asked.options.get("levels")]
    profile = [
        part
        for level in levels
        for part in (level, math.fsum(weight for own, weight in pairs if own == level))
    ]
    return max((minutes for minutes, _ in pairs), default=math.nan), (-served, *profile)


def radius_of(asked: Question, row: int) -> float:
    radius = asked.options["radius"]
    return radius[row] if isinstance(radius, list) else radius


def times_covered(asked: Question, sites: Sites) -> list[int]:
    return [
        sum(costs[site] is not None and costs[site] <= radius_of(asked, row) for site in sites)
        for row, costs in enumerate(asked.costs)
    ]


def _weight_covered(asked: Question, times: list[int], least: int) -> float:
    return math.fsum(weight for weight, count in zip(asked.weights, times, strict=True) if count >= least)


def _mclp(asked: Question, sites: Sites) -> tuple[float, Key]:
    times, backup = times_covered(asked, sites), asked.options.get("backup", 0.0)
    value = (1 - backup) * _weight_covered(asked, times, 1) + backup * _weight_covered(asked, times, 2)
    return value, (-value,)


def _lscp(asked: Question, sites: Sites) -> tuple[float, Key] | None:
    times, could = times_covered(asked, sites), times_covered(asked, tuple(may_open(asked)))
    people = [can for weight, can in zip(asked.weights, could, strict=True) if weight > 0]
    if people and not any(people):
        return None  # a cover of nobody answers no question
    if any(
        weight > 0 and can and not has for weight, can, has in zip(asked.weights, could, times, strict=True)
    ):
        return None
    price = float(len(sites)) if asked.fixed_costs is None else new_price(asked, sites)
    twice = _weight_covered(asked, times, 2) if asked.options.get("backup") else 0.0
    return price, (price, -twice)


def cardiac_arrest(minutes: float) -> float:
    return 1 / (1 + math.exp(0.679 + 0.262 * minutes)) if minutes < 2600 else 0.0


def _survival(asked: Question, sites: Sites) -> tuple[float, Key]:
    whole = math.fsum(asked.weights)
    if whole == 0:
        return math.nan, (0.0,)
    pairs = served_people(asked, minutes_of(asked.costs, sites))
    value = math.fsum(weight * cardiac_arrest(minutes) for minutes, weight in pairs) / whole
    return value, (-value,)


def _anti_cover(asked: Question, sites: Sites) -> tuple[float, Key] | None:
    if apart(asked, sites) < asked.options["separation"]:
        return None
    value = math.fsum((asked.site_values or [1.0] * asked.n_sites)[site] for site in sites)
    return value, (-value,)


def _dispersion(asked: Question, sites: Sites) -> tuple[float, Key]:
    value = apart(asked, sites)
    return value, (-value,)


def _fleets(asked: Question, sites: Sites) -> list[tuple[int, ...]]:
    """Every way to put the vehicles at just these sites, at least one at each."""
    vehicles = asked.options.get("vehicles")
    if vehicles is None:
        return [(1,) * len(sites)]
    most = asked.options.get("max_per_site") or vehicles
    return [counts for counts in product(range(1, most + 1), repeat=len(sites)) if sum(counts) == vehicles]


def _busy(asked: Question, sites: Sites) -> tuple[float, Key] | None:
    fleets = _fleets(asked, sites)
    if not fleets:
        return None
    value = max(busy_worth(asked, dict(zip(sites, counts, strict=True))) for counts in fleets)
    return value, (-value,)


def busy_worth(asked: Question, fleet: dict[int, int]) -> float:
    """Worth of a fleet: vehicles at each site."""
    parts = []
    for row, costs in enumerate(asked.costs):
        near = sum(
            count
            for site, count in fleet.items()
            if costs[site] is not None and costs[site] <= radius_of(asked, row)
        )
        given = asked.options["busy"]
        busy = given[row] if isinstance(given, list) else given
        free = 1.0 - (busy**near if near else 1.0)
        if asked.model == "malp":
            # "free with the wanted reliability": 1 - 0.1 is a hair below 0.9 in floats
            free = float(near > 0 and free >= asked.options.get("reliability", 0.9) - 1e-9)
        parts.append(asked.weights[row] * free)
    return math.fsum(parts)


VALUES: dict[str, Callable[[Question, Sites], tuple[float, Key] | None]] = {
    **dict.fromkeys(SERVING, _serving),
    "lexicographic-minimax": _leximin,
    "mclp": _mclp,
    "lscp": _lscp,
    "maximal-survival": _survival,
    "anti-cover": _anti_cover,
    "p-dispersion": _dispersion,
    "mexclp": _busy,
    "malp": _busy,
}

__all__ = ["SERVING", "VALUES", "always_open", "busy_worth"]
