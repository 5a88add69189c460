"""The data dictionary of results: what every column means, and in which unit. One name, one meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

#: Column -> (unit, meaning). Units stand in the names too (``_min``, ``_km``).
COLUMNS: Mapping[str, tuple[str, str]] = {
    "demand_id": ("", "demand point (settlement or grid cell)"),
    "facility_id": ("", "facility; empty when none is reached"),
    "facility_name": ("", "name of the facility"),
    "site_id": ("", "site of the placement: a facility's id, or new: and at: with the place's id"),
    "name": ("", "name, as in the data"),
    "municipality_code": ("", "code of the municipality, text with leading zeros"),
    "municipality": ("", "name of the municipality"),
    "county": ("", "county"),
    "health_trust": ("", "health trust"),
    "local_hospital": ("", "local hospital of the municipality"),
    "node_id": ("", "network node; empty when joined by coordinates"),
    "lon": ("degrees", "longitude, EPSG:4326"),
    "lat": ("degrees", "latitude, EPSG:4326"),
    "kind": ("", "kind of service, or of link"),
    "scenario": ("", "state of the world"),
    "role": ("", "existing, required, candidate, chosen or closed"),
    "part": ("", "today, candidate, or the kind of a service that serves as well"),
    "ref": ("", "road number"),
    "link_id": ("", "link of the network"),
    "urban": ("", "class of the municipality in the response-time guidance"),
    "people": ("persons", "people of the study's year"),
    "people_80plus": ("persons", "people of 80 years and over"),
    "persons": ("persons", "people of the group"),
    "persons_unreachable": ("persons", "people who reach no facility"),
    "persons_served": ("persons", "people whose nearest (or assigned) site it is, afterwards"),
    "persons_unreached_without": ("persons", "people nothing would reach if this site were left out"),
    "travel_time_min": (
        "min",
        "time to the nearest facility, access and waits included; empty: unreachable",
    ),
    "second_nearest_min": ("min", "time to the second nearest facility; empty: there is none"),
    "median_min": ("min", "half of the people are reached within it; the unreachable count as beyond"),
    "p90_min": ("min", "nine in ten people are reached within it; the unreachable count as beyond"),
    "mean_min": ("min", "mean over the people who are reached"),
    "worst_min": ("min", "longest time of an inhabited demand point that is reached"),
    "before_min": ("min", "time without the new sites; empty: unreachable"),
    "after_min": ("min", "time with the new sites; empty: unreachable"),
    "gain_min": ("min", "before minus after; empty where either is unreachable"),
    "gain_person_min": ("person-min", "gain times people, summed over those reached before and after"),
    "mean_without_min": ("min", "mean if this site were left out; empty when other people would be reached"),
    "threshold_min": ("min", "response threshold of the municipality's class, inclusive"),
    "site_before": ("", "site that serves before; empty: none"),
    "site_after": ("", "site that serves afterwards; empty: none"),
    "units": ("units", "units, such as beds, at the site"),
    "units_taken": ("units", "units taken on average, by Erlang's loss formula"),
    "occupancy": ("share", "share of the time that a unit is taken"),
    "turned_away": ("share", "share of admissions that find every unit taken"),
    "mode": ("", "how the service reaches people: road, boat or helicopter"),
    "cost": ("", "price of opening the site, in the unit of the budget; 0 for today's"),
    "unserved": ("", "why the model counts nobody as served here; empty: served"),
    "persons_gain": ("persons", "people who are served faster than before"),
    "person_min_gained": ("person-min", "minutes saved, summed over those who gain"),
    "persons_lose": ("persons", "people who are served more slowly than before"),
    "person_min_lost": ("person-min", "minutes added, summed over those who lose"),
    "persons_unchanged": ("persons", "people for whom nothing changes, the unserved before and after too"),
    "persons_newly_reached": ("persons", "people who were not reached before"),
    "persons_no_longer_reached": ("persons", "people who are not reached any more"),
    "probability": ("share", "probability of the scenario, scaled to sum to 1"),
    "counted_min": ("min", "mean that scenarios are compared by: over the people who count in it"),
    "best_min": ("min", "least mean that any sites give for the same people in the scenario"),
    "regret_min": ("min", "counted_min minus best_min"),
    "persons_unreachable_before": ("persons", "people whom nothing reaches without the new sites"),
    "share_before": ("share", "share within the class threshold without the new sites"),
    "share_after": ("share", "share within the class threshold with them"),
    "rank": ("", "1 is the answer itself, then the next best"),
    "status": ("", "optimal: proven; feasible: found, not proven"),
    "objective": ("", "objective of the model, in its unit (minutes for means)"),
    "loss": ("", "alternatives: relative loss against the answer; site_values: loss in the model's unit"),
    "sites": ("", "new sites by name; in a frontier their number"),
    "instead": ("", "new sites that the answer does not have"),
    "instead_of": ("", "sites of the answer that it does without"),
    "is_new": ("", "yes: a new site; no: one of today"),
    "persons_lost": ("persons", "people whom nothing would serve without the site"),
    "objective_without": ("", "objective without the site"),
    "step": ("", "step of the build order"),
    "optimal_sites": ("", "the best new sites for that many, whatever came before"),
    "optimal_objective": ("", "their objective"),
    "aim": ("", "what is made small"),
    "price": ("share", "relative loss of the mean against the least mean"),
    "tail_min": ("min", "mean of the worst-off tenth"),
    "gini": ("", "Gini coefficient of the minutes, 0 = all alike"),
    "length_km": ("km", "length"),
    "wait_min": ("min", "waiting at the quay or for a convoy, part of the time"),
    "from_lon": ("degrees", "longitude of the link's start"),
    "from_lat": ("degrees", "latitude of the link's start"),
    "to_lon": ("degrees", "longitude of the link's end"),
    "to_lat": ("degrees", "latitude of the link's end"),
    "line": (
        "",
        "the line that a ferry sails, well-known text in degrees; empty = drawn straight",
    ),
}

_PATTERNS: tuple[tuple[str, str, str], ...] = (
    (r"persons_within_(?P<t>[\d.]+)_min", "persons", "people reached within {t} min, inclusive"),
    (r"share_within_(?P<t>[\d.]+)_min", "share", "share of all people reached within {t} min, inclusive"),
    (r"(?P<what>median|p90|mean)_(?P<state>before|after)_min", "min", "{what} {state} the new sites"),
    (r"persons_served_(?P<name>.+)", "persons", "people served by the site in {name}"),
    (r"(?P<order>greedy|nested)_site", "", "site that opens at the step of the {order} order"),
    (r"(?P<order>greedy|nested)_objective", "", "objective after the step of the {order} order"),
    (r"(?P<order>greedy|nested)_regret", "share", "its relative loss against the best for that many sites"),
    (r"(?P<weight>\w+)_total", "persons", "official total of {weight}"),
)


def describe(column: str) -> tuple[str, str]:
    """(unit, meaning) of a result column; both empty for a column of the study's own.

    >>> describe("persons_within_30_min")
    ('persons', 'people reached within 30 min, inclusive')
    """
    if column in COLUMNS:
        return COLUMNS[column]
    for pattern, unit, meaning in _PATTERNS:
        match = re.fullmatch(pattern, column)
        if match:
            return unit, meaning.format(**match.groupdict())
    return "", ""


def dictionary(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per table and column: ``table, column, type, unit, meaning``."""
    rows = []
    for name, table in tables.items():
        for column in table.columns:
            unit, meaning = describe(str(column))
            numeric = table[column].dtype.kind in "fiu"
            rows.append((name, column, "number" if numeric else "text", unit, meaning))
    return pd.DataFrame(rows, columns=["table", "column", "type", "unit", "meaning"])
