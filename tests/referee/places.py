"""Every set of sites that a question allows, and what it means for people: minutes, and who is served."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from .questions import Question, Row

#: Limits count as kept when they are missed by no more than this share: 0.1 + 0.2 is within a budget of 0.3.
SLACK = 1e-9

Sites = tuple[int, ...]


def at_most(value: float, limit: float) -> bool:
    """``value <= limit`` up to rounding."""
    return value <= limit + SLACK * max(1.0, abs(limit))


def minutes_of(costs: list[Row], sites: Sites) -> list[float]:
    """Minutes from each demand point to the nearest of these sites; inf for none."""
    return [min((row[site] for site in sites if row[site] is not None), default=math.inf) for row in costs]


def always_open(asked: Question) -> set[int]:
    kept = {"required"} if asked.max_moves is not None else {"required", "existing"}
    return {site for site, role in enumerate(asked.roles) if role in kept}


def may_open(asked: Question) -> list[int]:
    return [site for site, role in enumerate(asked.roles) if role != "forbidden"]


def sizes(asked: Question) -> range | list[int]:
    today = sum(role in ("existing", "required") for role in asked.roles)
    if asked.p is not None:
        return [asked.p]
    if asked.p_new is not None or asked.max_moves is not None:
        return [today + (asked.p_new or 0)]
    return range(asked.n_sites + 1)


def site_sets(asked: Question) -> Iterator[Sites]:
    """Every set that roles, number, budget, moves and the conditions on sites allow."""
    for size in sizes(asked):
        for sites in combinations(may_open(asked), size):
            if always_open(asked) <= set(sites) and _affordable(asked, sites) and sites_keep(asked, sites):
                yield sites


def new_price(asked: Question, sites: Sites) -> float:
    if asked.fixed_costs is None:
        return 0.0
    return math.fsum(asked.fixed_costs[site] for site in sites if asked.roles[site] != "existing")


def _affordable(asked: Question, sites: Sites) -> bool:
    if asked.budget is not None and not at_most(new_price(asked, sites), asked.budget):
        return False
    closed = sum(role == "existing" and site not in sites for site, role in enumerate(asked.roles))
    return asked.max_moves is None or closed <= asked.max_moves


def sites_keep(asked: Question, sites: Sites) -> bool:
    """Conditions that speak of sites only."""
    return all(_site_rule(asked, kind, arguments, set(sites)) for kind, arguments in asked.conditions)


def _site_rule(asked: Question, kind: str, arguments: dict[str, Any], opened: set[int]) -> bool:
    def open_of(names: list[str]) -> int:
        return len({int(name[1:]) for name in names} & opened)

    if kind == "SiteCount":
        if "sites" in arguments:
            count = open_of(arguments["sites"])
        else:
            count = sum((asked.groups or [])[site] == arguments["group"] for site in opened)
        return arguments.get("at_least", 0) <= count <= arguments.get("at_most", math.inf)
    if kind == "Together":
        return open_of(arguments["sites"]) in (0, len(set(arguments["sites"])))
    if kind == "OnlyWith":
        return not open_of([arguments["site"]]) or open_of(arguments["partners"]) > 0
    if kind == "DifferentFrom":
        return open_of(arguments["sites"]) <= len(set(arguments["sites"])) - arguments["sites_changed"]
    if kind == "Separation":
        return apart(asked, tuple(sorted(opened))) >= arguments["minutes"]
    return True


def apart(asked: Question, sites: Sites) -> float:
    """Least minutes between two of the sites in the quicker direction; inf for fewer than two."""
    between = asked.site_costs or []

    def one_way(first: int, second: int) -> float:
        minutes = between[first][second]
        return math.inf if minutes is None else minutes

    return min((min(one_way(a, b), one_way(b, a)) for a, b in combinations(sites, 2)), default=math.inf)


def people_of(asked: Question, arguments: dict[str, Any]) -> list[int]:
    """Demand points that a promise speaks of."""
    if "demand" in arguments:
        return sorted({int(name[1:]) for name in arguments["demand"]})
    if "group" in arguments:
        return [row for row, label in enumerate(asked.demand_groups or []) if label == arguments["group"]]
    return list(range(asked.n_demand))


def promises_kept(asked: Question, weights: list[float], minutes: list[float]) -> bool:
    """Promises to people who go to the nearest open site."""
    for kind, arguments in asked.conditions:
        if kind not in ("Within", "ShareWithin"):
            continue
        rows = people_of(asked, arguments)
        inside = [row for row in rows if minutes[row] <= arguments["minutes"]]
        if kind == "Within" and len(inside) < len(rows):
            return False
        if kind == "ShareWithin":
            whole = math.fsum(weights[row] for row in rows)
            got = math.fsum(weights[row] for row in inside)
            if whole > 0 and not at_most(arguments["share"] * whole, got + SLACK * whole):
                return False
    return True
