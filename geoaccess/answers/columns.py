"""The data dictionary of results: what every column means, and in which unit.

One name, one meaning; a few tables give short names a meaning of their own (:data:`OF_TABLE`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from geoaccess.answers.columns_of_tables import OF_TABLE
from geoaccess.answers.sums import adds_up

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
    "mode": ("", "how the service reaches people: road, boat, sea, helicopter or air"),
    "round": ("", "round of placing and counting the workload"),
    "model_share": ("share", "people expected in reach of an idle crew, by the model and the round before"),
    "workload_share": ("share", "calls of the first class in time, by the workload with these sites"),
    "mean_busy": ("share", "mean busy share of all crews on the road"),
    "pattern": ("", "pattern of duty of the crew, by the study's table; empty: as today"),
    "budget_posts": ("posts", "posts (årsverk) that new crews may take together"),
    "posts": ("posts", "posts (årsverk) that the new crews take"),
    "cost": ("", "price of opening the site, in the unit of the budget, such as posts; 0 for today's"),
    "variant": ("", "variant of the study; today: as it is"),
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
    "journey": ("", "journey of the study file"),
    "km_each": ("km", "kilometres a year of one traveller, there and back; empty: none is reached"),
    "hours_each": ("h", "hours a year of one traveller, there and back; empty: none is reached"),
    "waiting_each": ("h", "hours of them that are waits for ferries and convoys"),
    "travellers": ("persons", "people here who travel in a year; empty: not known"),
    "journeys": ("journeys", "journeys a year, there and back"),
    "km": ("km", "kilometres of all these journeys in a year, without the legs to the network"),
    "hours": ("h", "hours of all these journeys in a year"),
    "waiting_hours": ("h", "hours of them that are waits"),
    "ferry_journeys": ("journeys", "journeys a year that cross a ferry"),
    "escort_hours": ("h", "hours of those who travel with them"),
    "co2_kg": ("kg", "CO2 of these journeys in a year, by the rate of the study"),
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
    "capacity": ("", "what the facility has to give, in the unit of its column"),
    "capacity_per_1000": (
        "per 1000 persons",
        "capacity left for 1,000 people where all in reach share it; 0: none; empty: not defined",
    ),
    "reachable_capacity": ("", "capacity in reach, weighed by time, shared with nobody"),
    "facilities_in_reach": ("", "facilities within whose catchment the place lies"),
    "radius_min": ("min", "size of the catchment, inclusive"),
    "persons_in_reach": ("persons", "people within the catchment; who is in two counts in both"),
    "persons_nearest": ("persons", "people whose nearest facility it is"),
    "mean_per_1000": ("per 1000 persons", "mean of the people of what is left for 1,000"),
    "median_per_1000": ("per 1000 persons", "half of the people have less"),
    "p10_per_1000": ("per 1000 persons", "one person in ten has less"),
    "persons_without": ("persons", "people with no capacity in reach"),
    "share_without": ("share", "share of the people with no capacity in reach"),
    "demand_points": ("", "number of demand points"),
    "share_of_group": ("share", "share of the group"),
    "share_of_facility": ("share", "share of those whose nearest facility it is"),
    "weight": ("", "name of the weight: who the figures are of"),
    "persons_reached": ("persons", "people who reach a facility"),
    "theil": ("", "Theil's T of the minutes, in nats; 0 = all alike"),
    "theil_between": ("", "part of Theil's T that lies between municipalities"),
    "theil_within": ("", "part of Theil's T that lies within municipalities"),
    "palma": ("", "minutes of the tenth with the longest times over those of the 40 % with the shortest"),
    "worst_tenth_share": ("share", "share of all minutes that the tenth with the longest times bears"),
    "atkinson": ("", "Atkinson's index of the minutes; 0 = all alike"),
    "kolm_pollak_min": ("min", "equal time that is as bad as the actual ones (Kolm-Pollak)"),
    "inequality_price_min": ("min", "minutes by which the equal time is longer than the mean"),
    "weight_served": ("", "weight of the demand points that the site serves"),
    "length_km": ("km", "length"),
    "known": (
        "",
        "what the tables know of the service there; none known: read its minutes with care",
    ),
    "wait_min": ("min", "waiting at the quay or for a convoy, part of the time"),
    "from_lon": ("degrees", "longitude of the link's start"),
    "from_lat": ("degrees", "latitude of the link's start"),
    "to_lon": ("degrees", "longitude of the link's end"),
    "to_lat": ("degrees", "latitude of the link's end"),
    "line": (
        "",
        "the line that a ferry sails, well-known text in degrees; empty = drawn straight",
    ),
    # Who comes
    "way": ("", "craft that carry the patient, in order"),
    "flies": ("", "yes: one of them flies"),
    "grounded_min": ("min", "quickest way when nothing flies; empty: nothing brings people there"),
    "comes": ("", "kind of the base that is there first; empty: nobody comes"),
    "second_id": ("", "base that is there next; empty: none"),
    "second_name": ("", "its name"),
    "second_comes": ("", "kind of the base that is there next"),
    "kept_min": ("min", "minutes that are kept so often as asked (nine times in ten); empty: not so often"),
    "share_late": ("share", "share of the time in which nobody comes within the limit, as weather lets them"),
    "share_kept": ("share", "share of the people who are reached within the limit so often as asked"),
    "remains_id": (
        "",
        "base that is there first when no craft that weather can ground goes out; empty: none",
    ),
    "remains_name": ("", "its name"),
    "remains_comes": ("", "kind of that base"),
    "remains_min": ("min", "minutes until it is there; empty: nobody comes"),
    "counted": ("", "resources that are counted, those of the rows above included"),
    "bases": ("", "number of bases of the resource"),
    "persons_first": ("persons", "people whom the resource reaches first of all"),
    "share_in_class": ("share", "share of the people within the threshold of their municipality's class"),
    "share_in_limit": ("share", "share of the people within the limit"),
    "year": ("", "year of the people"),
    "road_class": ("", "class of the road, as in OpenStreetMap"),
    "from_zoom": ("", "zoom level of the map from which the line is drawn; 0 = always"),
    # Losses
    "family": ("", "what was taken out: ferries, passes, roads, facilities or stations"),
    "element_id": ("", "link, pass or facility that was taken out; of a pair both"),
    "change_mean_min": ("min", "change of the mean over those reached before and after; below 0 is better"),
    "worst_loss_min": ("min", "most minutes that anybody's way becomes longer"),
    "persons_newly_beyond": ("persons", "people within the threshold before and beyond it after"),
    # Comparisons
    "a_min": ("min", "time in the first state; empty: unreachable"),
    "b_min": ("min", "time in the second state; empty: unreachable"),
    "change_min": ("min", "second minus first; empty where either is unreachable"),
    "facility_id_a": ("", "nearest facility in the first state; empty: none"),
    "facility_id_b": ("", "nearest facility in the second state; empty: none"),
    "facility_changed": ("", "whether another facility is nearest"),
    "persons_other_facility": ("persons", "people whose nearest facility is another one"),
    # Frontiers
    "opened": ("", "sites of this answer that the one before does not have"),
    "closed": ("", "sites of the answer before that this one does not have"),
    "chosen": ("", "new sites of the answer"),
    "lower_bound": ("", "no answer has a better objective"),
    "gap": ("share", "relative distance of objective and bound; 0 is proven"),
    "solve_s": ("s", "seconds of solving"),
    # Clocks
    "clock": ("", "clock of the study"),
    "total_min": ("min", "whole time of the clock; empty: not served"),
    "in_time": ("", "whether the whole time is within the clock's threshold"),
    "binding": ("", "longest part of the time"),
    "binding_part": ("", "longest part of the time"),
    "share_in_time": ("share", "share of the people within the clock's threshold"),
    "meets_target": ("", "whether the share in time is that of the target"),
    "route": ("", "which of the clock's routes is fastest"),
    "station_id": ("", "facility that the crew or vehicle comes from; empty: none"),
    "hospital_id": ("", "facility that the person is brought to; empty: none"),
    "persons_in_time": ("persons", "people within the clock's threshold"),
    # Reliability
    "worst_week_probability_within": ("share", "chance to be within the threshold in the worst week"),
    "persons_cut_off_worst_week": (
        "persons",
        "people reached by none in the week with most of them, expected",
    ),
    "persons_cut_off_sometimes": ("persons", "people whom none reaches in some state of the hazards"),
    "persons_cut_off_always": ("persons", "people whom none reaches in any state of the hazards"),
    "within_error": ("share", "standard error of the chance, where states were drawn"),
    "base_min": ("min", "time while no hazard happens, or with the values of the study file"),
    "expected_min": ("min", "mean time over the year, over the states in which people are reached"),
    "probability_within": ("share", "chance over the year to be reached within the threshold"),
    "probability_reached": ("share", "chance over the year to be reached at all"),
    "share_within": ("share", "share of the people within the threshold, expected over the year"),
    "share_reached": ("share", "share of the people reached at all, expected over the year"),
    "share_within_base": ("share", "share of the people within the threshold while no hazard happens"),
    "worst_week": ("", "week of the year in which fewest are within the threshold"),
    "worst_week_share_within": ("share", "share of the people within the threshold in that week"),
    "worst_week_expected_min": ("min", "mean time in that week"),
    "worst_week_within": ("share", "chance to be within the threshold in that week"),
    "expected_error_min": ("min", "standard error of the mean time, where states were drawn"),
    "share_within_error": ("share", "standard error of the share within the threshold"),
    "method": ("", "enumeration: every state counted; sampling: states drawn"),
    "draws": ("", "states drawn"),
    "week": ("", "week of the year"),
    "state": ("", "hazards that happen together; (none) for none"),
    "hazard": ("", "what may happen"),
    "hazard_nb": ("", "what may happen, in bokmål"),
    "how_often": ("", "how often it happens"),
    "how_often_nb": ("", "how often it happens, in bokmål"),
    "source": ("", "where the figure comes from"),
    # Sensitivity
    "worst": ("", "group with the longest mean time"),
    "ranking": ("", "all groups, the longest mean time first"),
    "run": ("", "number of the run"),
    "design": ("", "base, one at a time, or latin hypercube"),
    "parameter": ("", "figure of the study file that was varied"),
    "kind_of_facility": ("", "kind of service that the conclusions are of"),
    "conclusion": ("", "what is concluded"),
    "base": ("", "value, or conclusion, with the figures of the study file"),
    "low": ("", "lowest value"),
    "high": ("", "highest value"),
    "share_unchanged": ("share", "share of the runs that come to the same conclusion"),
    "similarity_mean": ("", "mean likeness with the base, 1 = the same"),
    "similarity_min": ("", "least likeness with the base, 1 = the same"),
    "changed_by": ("", "figures that change the conclusion alone, at an end of their range"),
    "stays": ("", "whether no run changed the conclusion"),
    "item": ("", "item of a choice or of a ranking"),
    "in_base": ("", "whether the base has it"),
    "share_of_runs": ("share", "share of the runs that have it"),
    "least_min": ("min", "shortest time over the runs, one figure varied at a time"),
    "most_min": ("min", "longest time over the runs, one figure varied at a time"),
    "spread_min": ("min", "longest minus shortest time over the runs"),
    # Around the clock
    "no_way_share": ("share", "share of the moments of leaving without a way within the patience"),
    "leave_by": ("", "last moment before the longest spell beyond the threshold; empty: none, or always"),
    "first_again": ("", "first moment after that spell at which the threshold is kept again"),
    "facilities_over_day": ("", "facilities that are nearest at some moment of leaving"),
    "basis": (
        "",
        "what the ferries' times rest on: road (no ferry), timetable, frequency, assumed, no way",
    ),
    "night_unknown": ("", "whether a ferry on the way has a night that is not known"),
    "p90_if_unknown_nights_sail_min": ("min", "the same if ferries with an unknown night sail all night"),
    "mean_if_unknown_nights_sail_min": (
        "min",
        "mean over the moments of leaving if ferries with an unknown night sail all night; empty: none",
    ),
    "no_way_share_if_unknown_nights_sail": (
        "share",
        "share of the moments without a way if ferries with an unknown night sail all night",
    ),
    "hour": ("", "hour of leaving, 0 = from 00:00 to 01:00"),
    "persons_within_one_clock": ("persons", "people within the threshold by the table of one time of day"),
    "persons_within_over_the_day": ("persons", "people times the share of the moments within it"),
    "persons_within_at_p90": ("persons", "people within it at nine in ten moments of leaving"),
    "persons_within_at_worst_hour": ("persons", "people times share within it, in the worst hour"),
    # Journeys and isochrones
    "leg": ("", "number of the leg, from 0"),
    "from": ("", "where the leg begins"),
    "to": ("", "where the leg ends"),
    "is_end": ("", "whether the journey begins or ends there"),
    "minutes": ("min", "limit of the area"),
    "road_km": ("km", "road within the limit"),
    "wkt": ("", "the area as well-known text, EPSG:4326"),
    "share": ("share", "share of the people"),
    "title": ("", "what it is called"),
    "base_id": ("", "base of crews"),
    "unit": ("", "crew of the base"),
    "resource": ("", "kind of craft"),
    "call_class": ("", "class of the calls, by urgency"),
    "calls_a_year": ("calls", "calls a year"),
    "response_p50_min": (
        "min",
        "half of the calls have a crew with the patient within it; unanswered calls count as beyond",
    ),
    "response_p50_within_min": ("min", "half of the 95 % interval of it"),
    "response_p90_min": (
        "min",
        "nine in ten calls have a crew there within it; empty: its interval is wider than asked for",
    ),
    "response_p90_within_min": ("min", "half of the 95 % interval of it, the calls taken as independent"),
    "response_mean_min": ("min", "mean minutes from the call until a crew is with the patient"),
    "share_in_time_within": ("share", "half of the 95 % interval of it over the years"),
    "late_a_year": ("calls", "calls a year with nobody there in time"),
    "lost_a_year": ("calls", "calls a year that nobody came to before the year ended"),
    "years_for_a_minute": ("years", "years until the interval of the p90 is a minute on either side"),
    "duty_hours_a_year": ("h", "hours on duty a year"),
    "busy_share": ("share", "share of the time on duty that is bound by calls or on the way home"),
    "missions_a_year": ("missions", "missions a year"),
    "km_a_year": ("km", "kilometres a year"),
    "km_a_mission": ("km", "kilometres a mission"),
    "call_hours_a_year": ("h", "hours a year bound by calls, the way home left out"),
    "gap_hours_a_year": (
        "h",
        "hours a year without an idle crew on the road in reach; empty: there never is one",
    ),
    "never_covered": ("", "yes: no crew on the road ever reaches the place in time, busy or not"),
    "gap_share": (
        "share",
        "share of the hour without an idle crew in reach, people who never have one left out",
    ),
    "persons_never_covered": ("persons", "people whom no crew on the road ever reaches in time"),
    "measure": ("", "what is compared"),
    "before": ("", "without the changes, mean of the years"),
    "after": ("", "with the changes, mean of the years"),
    "difference": ("", "after minus before, over the same calls"),
    "difference_within": ("", "half of the 95 % interval of the difference, year by year"),
}

_PATTERNS: tuple[tuple[str, str, str], ...] = (
    (r"persons_within_(?P<t>[\d.]+)_min", "persons", "people reached within {t} min, inclusive"),
    (r"share_within_(?P<t>[\d.]+)_min", "share", "share of all people reached within {t} min, inclusive"),
    (
        r"persons_beyond_(?P<t>[\d.]+)_min",
        "persons",
        "people not reached within {t} min, the unreachable too",
    ),
    (r"(?P<what>median|p90|mean)_(?P<state>before|after)_min", "min", "{what} {state} the new sites"),
    (r"persons_served_(?P<name>.+)", "persons", "people served by the site in {name}"),
    (r"(?P<order>greedy|nested)_site", "", "site that opens at the step of the {order} order"),
    (r"(?P<order>greedy|nested)_objective", "", "objective after the step of the {order} order"),
    (r"(?P<order>greedy|nested)_regret", "share", "its relative loss against the best for that many sites"),
    (r"(?P<weight>\w+)_total", "persons", "official total of {weight}"),
    (r"persons_into_(?P<t>[\d.]+)_min", "persons", "people who come within {t} min"),
    (r"persons_out_of_(?P<t>[\d.]+)_min", "persons", "people who are no longer within {t} min"),
    (r"longer_(?P<n>\d+)_min", "min", "minutes that the way is longer without loss {n} of those shown"),
    (r"never_reached_(?P<kind>.+)", "", "whether no facility for {kind} is reached anyhow"),
    (r"within_(?P<t>[\d.]+)_share", "share", "share of the moments of leaving within {t} min, inclusive"),
    (r"beds_by_(?P<weight>\w+)", "beds", "beds by the rule of thumb for {weight}"),
    (r"p(?P<n>\d+)_min", "min", "time with {n} new sites; empty: unreachable"),
    (r"p(?P<n>\d+)_role", "", "role of the site in the answer with {n} new sites"),
    (r"level_(?P<name>\w+)_min", "min", "time to the nearest of the level {name}; empty: reaches none"),
    (r"point_(?P<n>\d+)_min", "min", "time with the sites of placement {n}; empty: reaches none"),
    (r"point_(?P<n>\d+)_role", "", "role of the site in placement {n}"),
    (r"people_(?P<year>\d{4})", "persons", "people of {year}, by the projection"),
    (r"y(?P<year>\d{4})_min", "min", "time with the sites of {year}; empty: unreachable"),
    (r"y(?P<year>\d{4})_role", "", "role of the site from {year} on"),
    (r"(?P<figure>[\w*-]+\.[\w.*-]+)", "", "value of {figure}, a figure of the study file"),
    (
        r"share_in_class_(?P<season>summer|winter)",
        "share",
        "share of people and time within the class threshold in {season}",
    ),
    (
        r"share_in_limit_(?P<season>summer|winter)",
        "share",
        "share of people and time within the limit in {season}",
    ),
    (
        r"share_kept_(?P<season>summer|winter)",
        "share",
        "share of the people within the limit so often as asked, in {season}",
    ),
    (r"(?P<part>\w+)_min", "min", "part of the time: {part}"),
    (r"(?P<part>\w+)_share", "share", "share of the people for whom {part} is the longest part"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer.

    Attributes:
        name: its name.
        unit: the unit of its values; empty for text and for shares of nothing.
        meaning: language -> what it means; empty texts for a column of the study's own.
    """

    name: str
    unit: str
    meaning: Mapping[str, str]


def describe(column: str) -> tuple[str, str]:
    """(unit, meaning) of a result column; both empty for a column of the study's own.

    >>> describe("persons_within_30_min")
    ('persons', 'people reached within 30 min, inclusive')
    """
    found = declared(column)
    return found.unit, found.meaning["en"]


def declared(column: str, facts: Mapping[str, Any] | None = None, table: str = "") -> Column:
    """What a column means.

    Args:
        column: its name.
        facts: facts of the answer, which name the weights and groups of its study.
        table: the table that it stands in.
    """
    if column in OF_TABLE.get(table, {}):
        unit, meaning = OF_TABLE[table][column]
        return Column(column, unit, _told(f"{table}/{column}", meaning))
    for weight in (facts or {}).get("weights", ()):
        if column == weight and weight not in COLUMNS:
            return Column(
                column, "persons", _told("(weight)", "weight of the demand points: {name}", name=weight)
            )
    for group in (facts or {}).get("groups", ()):
        if column == group and group not in COLUMNS:
            return Column(column, "", _told("(group)", "group of the municipality: {name}", name=group))
    if column in COLUMNS:
        unit, meaning = COLUMNS[column]
        return Column(column, unit, _told(column, meaning))
    for pattern, unit, meaning in _PATTERNS:
        match = re.fullmatch(pattern, column)
        if match:
            return Column(column, unit, _told(pattern, meaning, **match.groupdict()))
    return Column(column, "", {"en": "", "nb": ""})


def _told(key: str, english: str, **fields: str) -> dict[str, str]:
    """A meaning in every language."""
    texts = {"en": english, "nb": bokmal().get(key, english)}
    return {language: text.format(**fields) for language, text in texts.items()}


@cache
def bokmal() -> Mapping[str, str]:
    """Column or pattern -> what it means in bokmål."""
    file = resources.files("geoaccess.words").joinpath("columns.nb.json")
    texts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return texts


def dictionary(tables: Mapping[str, pd.DataFrame], facts: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """One row per table and column: ``table, column, type, unit, meaning, meaning_nb, adds_up``.

    ``adds_up``: yes where the sum of the rows is the whole, no where something is counted and it is not.
    """
    rows = []
    for name, table in tables.items():
        for column in table.columns:
            told = declared(str(column), facts, name)
            numeric = table[column].dtype.kind in "fiu"
            kind = "number" if numeric else "text"
            sums = adds_up(name, str(column), told.unit, (facts or {}).get("weights", ()))
            rows.append((name, column, kind, told.unit, told.meaning["en"], told.meaning["nb"], sums))
    names = ["table", "column", "type", "unit", "meaning", "meaning_nb", "adds_up"]
    return pd.DataFrame(rows, columns=names)
