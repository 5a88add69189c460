"""Which columns of an answer's tables add up, and to what: a table that counts something says so here.

The rows of a table are parts of a whole: a region's people in a scenario, the beds of a variant. Where two
tables of one answer, or a table and the figures of the region, tell the same quantity, their sums agree.
``tests/geoaccess/sums.py`` walks every table of every question by these declarations; a column that counts
without standing here is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

#: Units that something is counted in: columns of these add up, or say why they do not.
COUNTED = frozenset(
    {
        "admissions",
        "beds",
        "calls",
        "days",
        "h",
        "journeys",
        "kg",
        "km",
        "missions",
        "money",
        "person-hours",
        "person-min",
        "persons",
        "posts",
        "units",
        "visits",
    }
)
#: People of the answer's weight; in tables of places the column has the weight's name.
PEOPLE = "persons"


@dataclass(frozen=True, slots=True)
class Sums:
    """How the rows of one table add up.

    Attributes:
        apart: columns that keep the rows of different wholes apart, such as ``scenario``.
        adds: column, ``*`` for any text -> the quantity that it is part of, ``*`` for the column's name.
        alone: column, ``*`` for any text -> why its rows do not add up.
        whole: column that is empty in the row of the whole; empty: there is no such row.
        people: whether the rows are places, whose columns of weights count their people.
        dated: beginning of columns of years, ``people_`` of ``people_2031`` -> quantity; years keep apart.
    """

    apart: tuple[str, ...] = ()
    adds: Mapping[str, str] = field(default_factory=dict)
    alone: Mapping[str, str] = field(default_factory=dict)
    whole: str = ""
    people: bool = False
    dated: Mapping[str, str] = field(default_factory=dict)


def _same(*names: str) -> dict[str, str]:
    """Columns that have the quantity's own name."""
    return {name: name for name in names}


_EACH_IS_A_WHOLE = "each row is an answer, a date or a state of its own"
_OFFICIAL = "official totals: demand may hold fewer people, and says so"
_OF_ONE = "of one traveller"
_OF_A_LINK = "length of a line of the map"
_ON_ITS_OWN = "of each site by itself: without two of them it is another number"
_TWICE = "who is within two catchments counts in both"
_PLACE_HOURS = "hours of one place"

_PLACES = Sums(people=True)
_ACCOUNT = _same(
    "persons",
    "persons_gain",
    "persons_lose",
    "persons_unchanged",
    "persons_newly_reached",
    "persons_no_longer_reached",
    "person_min_gained",
    "person_min_lost",
    "gain_person_min",
)
_WITHIN = {**_same("persons", "persons_unreachable"), "persons_within_*_min": "*"}
_LEVELS = {
    **_same("persons", "persons_unreachable", "persons_nearest"),
    "persons_beyond_*_min": "*",
}
_CHANGES = {
    **_same(
        "persons",
        "persons_gain",
        "persons_lose",
        "person_min_gained",
        "person_min_lost",
        "persons_newly_reached",
        "persons_no_longer_reached",
        "persons_other_facility",
    ),
    "persons_into_*_min": "*",
    "persons_out_of_*_min": "*",
}
_DAY_CHANGES = {"persons": PEOPLE, "person*": "day: *"}
_DAY_CLOCKS = {"persons": PEOPLE, "persons*": "day: *"}
_CRAFT = _same("missions_a_year", "km_a_year", "call_hours_a_year", "duty_hours_a_year")
_TEAMS = _same(
    "persons",
    "persons_reached",
    "clients",
    "visits",
    "visit_hours",
    "road_hours",
    "wait_hours",
    "beyond_day",
    "unreached",
)
_JOURNEYS = _same(
    "travellers", "journeys", "km", "hours", "waiting_hours", "ferry_journeys", "escort_hours", "co2_kg"
)
_EACH_TRAVELLER = dict.fromkeys(("km_each", "hours_each", "waiting_each"), _OF_ONE)

#: Table -> how its rows add up.
SUMS: Mapping[str, Sums] = {
    # What answers of many questions carry
    "municipalities": Sums(alone={"*_total": _OFFICIAL}),
    "links": Sums(alone={"length_km": _OF_A_LINK}),
    "people_by_year": Sums(apart=("year",), people=True),
    # Times
    "nearest": Sums(apart=("kind", "scenario"), people=True),
    "groups": Sums(apart=("kind", "scenario"), adds=_WITHIN),
    "region": Sums(apart=("kind", "scenario"), adds=_WITHIN),
    "flows": Sums(adds=_same("persons")),
    "equity": Sums(apart=("kind", "scenario", "weight"), alone={"persons*": _EACH_IS_A_WHOLE}),
    "craft": Sums(
        apart=("kind", "scenario", "counted"),
        adds=_CRAFT,
        alone={
            "km_a_mission": "of one mission",
            "persons*": "rows count the resources of those before them too",
        },
    ),
    "around_the_clock": Sums(apart=("kind", "scenario"), people=True),
    "around_the_clock_region": Sums(
        apart=("kind", "scenario", "threshold_min"),
        adds={"persons": PEOPLE},
        alone={"persons_within_*": "people times shares of the day, told for the region alone"},
    ),
    "around_the_clock_bases": Sums(apart=("kind", "scenario"), adds=_same("persons")),
    "reach_points": _PLACES,
    "isochrones": Sums(alone={"road_km": "the longer limit holds the roads of the shorter"}),
    "legs": Sums(adds=_same("length_km")),
    # Clocks
    "clock_points": Sums(apart=("clock",), people=True),
    "clocks": Sums(apart=("clock",), adds=_same("persons", "persons_unreachable", "persons_in_time")),
    "clock_region": Sums(apart=("clock",), adds=_same("persons", "persons_unreachable", "persons_in_time")),
    "clocks_day": Sums(apart=("clock", "scenario"), people=True),
    "clocks_day_region": Sums(apart=("clock",), adds=_DAY_CLOCKS),
    "clocks_day_groups": Sums(
        apart=("clock",),
        adds=_DAY_CLOCKS,
        alone={"persons_in_time_at_worst_hour": "every group has a worst hour of its own"},
    ),
    "clocks_day_bases": Sums(apart=("clock", "scenario"), adds=_same("persons")),
    # Placements
    "placement": _PLACES,
    "placement_scenarios": Sums(apart=("scenario",), people=True),
    "placement_municipalities": Sums(apart=("scenario",), adds=_ACCOUNT),
    "sites": Sums(
        adds={"persons_served": "persons_served", "units": "units"},
        alone={"persons_unreached_without": _ON_ITS_OWN},
    ),
    "unserved": Sums(
        adds={"people": "persons_unserved"}, alone={"persons": "weight of the unserved, by why"}
    ),
    "alternatives": Sums(alone={"persons*": _EACH_IS_A_WHOLE}),
    "site_values": Sums(alone={"persons_lost": _ON_ITS_OWN}),
    "price_of_fairness": Sums(alone={"persons*": _EACH_IS_A_WHOLE}),
    "busy_rounds": Sums(alone={"*": _EACH_IS_A_WHOLE}),
    "frontier": Sums(
        alone={"persons*": _EACH_IS_A_WHOLE, "units": _EACH_IS_A_WHOLE, "*posts": _EACH_IS_A_WHOLE}
    ),
    "frontier_points": _PLACES,
    "plan": Sums(apart=("year",), adds=_same("persons", "persons_unreachable")),
    "plan_points": Sums(dated={"people_": PEOPLE}),
    "plan_municipalities": Sums(apart=("year",), adds=_ACCOUNT),
    # Losses, states, comparisons
    "losses": Sums(alone=dict.fromkeys(("person_min_lost", "persons*"), _EACH_IS_A_WHOLE)),
    "loss_points": _PLACES,
    "losses_around_the_clock": Sums(alone=dict.fromkeys(("person*",), _EACH_IS_A_WHOLE)),
    "losses_day_hours": Sums(alone=dict.fromkeys(("person*",), "of each hour of the day")),
    "losses_day_places": Sums(
        apart=("rank", "kind"), people=True, alone={"hours_without_way_added": _PLACE_HOURS}
    ),
    "reliability_points": Sums(apart=("kind",), people=True),
    "reliability": Sums(
        apart=("kind",),
        adds=_same("persons", "persons_cut_off_sometimes", "persons_cut_off_always"),
        alone={"persons_cut_off_worst_week": "every group has a worst week of its own"},
    ),
    "weeks": Sums(alone={"persons_unreachable": _EACH_IS_A_WHOLE}),
    "sensitivity_points": Sums(apart=("kind",), people=True),
    "comparison": Sums(apart=("kind",), people=True),
    "comparison_groups": Sums(apart=("kind",), adds=_CHANGES),
    "comparison_region": Sums(apart=("kind",), adds=_CHANGES),
    "comparison_day": Sums(apart=("kind",), people=True, alone={"*_hours": _PLACE_HOURS}),
    "comparison_day_groups": Sums(apart=("kind",), adds=_DAY_CHANGES),
    "comparison_day_region": Sums(apart=("kind",), adds=_DAY_CHANGES),
    "comparison_day_hours": Sums(alone={"person*": "of each hour of the day"}),
    "sweep_states": Sums(alone={"person*": _EACH_IS_A_WHOLE}),
    "sweep_points": Sums(apart=("source", "kind"), adds=_same("persons")),
    # Supply and calls
    "supply_points": _PLACES,
    "supply": Sums(adds=_same("persons", "persons_without", "persons_unreachable")),
    "facilities": Sums(
        alone={"persons_in_reach": _TWICE, "persons_nearest": "people of the facilities of one kind"}
    ),
    "simulated_points": Sums(people=True, alone={"gap_hours_a_year": _PLACE_HOURS}),
    "simulated": Sums(
        apart=("call_class",),
        adds=_same("calls_a_year", "late_a_year", "lost_a_year"),
        whole="municipality",
    ),
    "crews": Sums(adds=_CRAFT),
    "gap_hours": Sums(apart=("hour",), adds=_same("persons_never_covered")),
    "workload_points": Sums(adds=_same("calls_a_year"), people=True),
    "workload": Sums(adds=_same("calls_a_year"), whole="municipality"),
    # Levels of help, trade-offs
    "levels": Sums(apart=("what", "item"), adds=_LEVELS),
    "levels_region": Sums(apart=("what", "item"), adds=_LEVELS),
    "levels_points": _PLACES,
    "tradeoff_points": _PLACES,
    # Journeys, beds, teams
    "burden_points": Sums(apart=("journey",), adds=_JOURNEYS, alone=_EACH_TRAVELLER, people=True),
    "burden": Sums(
        apart=("journey",),
        adds={**_JOURNEYS, **_same("persons", "travellers_unreached")},
        alone=_EACH_TRAVELLER,
    ),
    "beds_units": Sums(
        apart=("variant",),
        adds={
            "persons": "persons_with_unit",
            **_same(
                "admissions",
                "beds_today",
                "beds",
                "changes",
                "cost",
                "elsewhere_cost",
                "elsewhere_days",
                "offered",
                "operation",
                "staff",
            ),
        },
    ),
    "beds_municipalities": Sums(
        apart=("variant",),
        adds={
            "beds_part": "beds",
            "cost_part": "cost",
            "persons_unreachable": "persons_unreached",
            **_same("persons", "admissions", "offered", "hours", "beside_hours"),
        },
    ),
    "beds_areas": Sums(
        apart=("variant",),
        adds=_same(
            "persons",
            "admissions",
            "offered",
            "beds_today",
            "beds",
            "staff",
            "cost",
            "elsewhere_cost",
            "units",
        ),
        alone={
            "beds_by_*": "told of areas alone",
            "beds_each": "told of areas alone",
            "beds_pooled": "a region that pools needs fewer than its areas do",
        },
    ),
    "beds_payers": Sums(apart=("variant",), adds=_same("cost")),
    "beds_points": _PLACES,
    "teams_areas": Sums(apart=("variant",), adds={**_TEAMS, "staff": "staff"}),
    "teams_municipalities": Sums(apart=("variant",), adds=_TEAMS),
    "teams_points": _PLACES,
}


def matches(name: str, pattern: str) -> bool:
    """Whether a column is the one that a declaration names, ``*`` standing for any text.

    >>> matches("persons_within_30_min", "persons_within_*_min")
    True
    """
    return (
        re.fullmatch(re.escape(pattern).replace(r"\*", ".+" if "_*_" in pattern else ".*"), name) is not None
    )


def quantity_of(table: str, column: str) -> str:
    """The quantity that a column is part of; empty for one that does not add up, or is not declared."""
    sums = SUMS.get(table, Sums())
    if why_alone(table, column):
        return ""
    quantity = next((told for name, told in sums.adds.items() if matches(column, name)), "")
    return quantity.replace("*", column)


def why_alone(table: str, column: str) -> str:
    """Why the rows of a column do not add up; empty where they do, or nothing is declared."""
    sums = SUMS.get(table, Sums())
    return next((why for name, why in sums.alone.items() if matches(column, name)), "")


def adds_up(table: str, column: str, unit: str, weights: Collection[str] = ()) -> str:
    """Whether the rows of a column make a whole, as the data dictionary says it: yes, no, or nothing counted.

    >>> adds_up("beds_units", "beds", "beds"), adds_up("site_values", "persons_lost", "persons")
    ('yes', 'no')
    """
    if unit not in COUNTED:
        return ""
    sums = SUMS.get(table, Sums())
    people = (sums.people and column in weights) or any(column.startswith(begins) for begins in sums.dated)
    return "yes" if people or quantity_of(table, column) else "no"
