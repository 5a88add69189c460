"""The right answer to a question, by looking at every placement."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .aims import VALUES, Key
from .places import Sites, at_most, minutes_of, new_price, promises_kept, site_sets
from .questions import Question
from .room import Served, best_served, ground_of, unit_counts

ROOMY = ("capacitated-p-median", "fixed-charge")


@dataclass(frozen=True)
class Truth:
    """The best value there is, with sites that have it; ``feasible`` False where no placement keeps everything."""

    feasible: bool
    value: float = math.nan
    key: Key = ()
    sites: Sites = ()


def closer(one: Key, other: Key) -> bool:
    """Lexicographically smaller by more than rounding."""
    for own, its in zip(one, other, strict=False):
        if not close(own, its):
            return own < its
    return len(one) < len(other)


def close(one: float, other: float, share: float = 1e-9) -> bool:
    """Equal up to rounding; NaN equals NaN."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if math.isinf(one) or math.isinf(other):
        return one == other
    return abs(one - other) <= share * max(1.0, abs(one), abs(other))


def truth(asked: Question) -> Truth:
    """The right answer."""
    if asked.model in ROOMY:
        return _with_room(asked)
    best = Truth(feasible=False)
    for sites in site_sets(asked):
        if not promises_kept(asked, asked.weights, minutes_of(asked.costs, sites)):
            continue
        judged = VALUES[asked.model](asked, sites)
        if judged is not None and (not best.feasible or closer(judged[1], best.key)):
            best = Truth(True, judged[0], judged[1], sites)
    return best


def _with_room(asked: Question) -> Truth:
    """Everybody is served where some placement can; else the most weight first."""
    for everybody in (True, False):
        best = Truth(feasible=False)
        for sites in site_sets(asked):
            judged = judge_room(asked, sites, everybody=everybody)
            if judged is not None and (not best.feasible or closer(judged[1], best.key)):
                best = Truth(True, judged[0], judged[1], sites)
        if best.feasible:
            return best
    return best


def judge_room(asked: Question, sites: Sites, *, everybody: bool) -> tuple[float, Key] | None:
    ground = ground_of(asked)
    best: tuple[float, Key] | None = None
    if asked.capacities is None:
        return _uncapacitated(asked, sites, everybody=everybody)
    for units in unit_counts(asked, sites):
        room = {site: count * asked.capacities[site] for site, count in units.items()}
        served = best_served(ground, room, everybody=everybody)
        if served is None:
            continue
        value = _value(asked, sites, served)
        key = (-served.weight, 0.0 if math.isnan(value) else value)
        if best is None or closer(key, best[1]):
            best = (value, key)
    return best


def bracket(asked: Question, right: Truth, share: float = 1e-6) -> tuple[float, float]:
    """Between what the answer may lie when people may be split and room is kept to ``share`` of itself.

    Where one place has a million people and another has one, that little room is a person, and whoever is
    served first takes it: the value then moves by far more than ``share``. It is at least the fewest minutes
    in the wider room that serve as many people but for ``share`` of them, and at most the right value of the
    wider or the narrower room.
    """
    lexical = [right.value]
    for factor in (1 - share, 1 + share):
        resized = replace(asked, capacities=[factor * size for size in asked.capacities or []])
        lexical.append(truth(resized).value)
    served, least = -right.key[0] * (1 - share), math.inf
    for sites in site_sets(asked):
        for units in unit_counts(asked, sites):
            room = {
                site: count * (1 + share) * (asked.capacities or [])[site] for site, count in units.items()
            }
            found = best_served(ground_of(asked), room, everybody=False, least=served)
            if found is not None:
                least = min(least, _value(asked, sites, found))
    known = [value for value in (*lexical, least) if not math.isnan(value)]
    return min(known), max(value for value in lexical if not math.isnan(value))


def _value(asked: Question, sites: Sites, served: Served) -> float:
    """The objective of a model with room."""
    if asked.model == "fixed-charge":
        return new_price(asked, sites) + asked.options.get("minute_price", 1.0) * served.minutes
    return served.minutes / served.weight if served.weight > 0 else math.nan


def _uncapacitated(asked: Question, sites: Sites, *, everybody: bool) -> tuple[float, Key] | None:
    minutes = minutes_of(asked.costs, sites)
    if not promises_kept(asked, asked.weights, minutes):
        return None
    if everybody and any(minutes[row] == math.inf for row in ground_of(asked).must):
        return None
    served = [row for row, own in enumerate(minutes) if own < math.inf]
    weight = math.fsum(asked.weights[row] for row in served)
    paid = math.fsum(asked.weights[row] * minutes[row] for row in served)
    value = new_price(asked, sites) + asked.options.get("minute_price", 1.0) * paid
    return value, (-weight, value)


__all__ = ["ROOMY", "Truth", "at_most", "bracket", "close", "closer", "judge_room", "replace", "truth"]
