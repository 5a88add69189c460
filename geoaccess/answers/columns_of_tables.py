"""Columns that mean something of their own in one table: the rest of the dictionary is in ``columns.py``."""

from __future__ import annotations

from collections.abc import Mapping

_DAY_CHANGES: Mapping[str, tuple[str, str]] = {
    "person_hours_without_way_added": (
        "person-hours",
        "hours a day without a way that are added, summed over the people",
    ),
    "person_hours_without_way_saved": (
        "person-hours",
        "hours a day without a way that are saved, summed over the people",
    ),
    "person_min_lost_mean": ("person-min", "minutes added to the mean of the day, where both runs have one"),
    "person_min_gained_mean": (
        "person-min",
        "minutes saved in the mean of the day, where both runs have one",
    ),
    "change_mean_min": ("min", "change of their mean; empty: nobody has one in both runs"),
    "person_min_lost_p90": (
        "person-min",
        "minutes added to the time nine times in ten, where both are known",
    ),
    "person_min_gained_p90": (
        "person-min",
        "minutes saved in the time nine times in ten, where both are known",
    ),
    "worst_loss_mean_min": ("min", "most minutes that anybody's mean gets longer"),
    "worst_loss_p90_min": ("min", "most minutes that anybody's nine times in ten gets longer"),
    "persons_lose": ("persons", "people who lose hours, mean or nine times in ten; one may also gain"),
    "persons_gain": ("persons", "people who gain hours, mean or nine times in ten; one may also lose"),
    "persons_no_longer_reached": ("persons", "people who have no way at any moment any more"),
    "persons_newly_reached": ("persons", "people who had no way at any moment and have one"),
    "persons_p90_no_way": ("persons", "people who have no way nine times in ten any more"),
    "persons_p90_way_again": ("persons", "people who have a way nine times in ten and had none"),
    "persons_changed_assumed": (
        "persons",
        "those who gain or lose whose way rests on assumed times in either run",
    ),
    "persons_changed_night_unknown": (
        "persons",
        "those who gain or lose whose way rests on an unknown night in either run",
    ),
    "person_hours_without_way_added_if_unknown_nights_sail": (
        "person-hours",
        "hours a day without a way that are added if ferries with an unknown night sail all night",
    ),
    "person_hours_without_way_saved_if_unknown_nights_sail": (
        "person-hours",
        "hours a day without a way that are saved if ferries with an unknown night sail all night",
    ),
    "person_min_lost_mean_if_unknown_nights_sail": (
        "person-min",
        "minutes added to the mean of the day if ferries with an unknown night sail all night",
    ),
    "person_min_gained_mean_if_unknown_nights_sail": (
        "person-min",
        "minutes saved in the mean of the day if ferries with an unknown night sail all night",
    ),
    "person_min_lost_p90_if_unknown_nights_sail": (
        "person-min",
        "minutes added nine times in ten if ferries with an unknown night sail all night",
    ),
    "person_min_gained_p90_if_unknown_nights_sail": (
        "person-min",
        "minutes saved nine times in ten if ferries with an unknown night sail all night",
    ),
}

#: Clocks over every moment of the alarm, for a group of people.
_CLOCKS_OVER_DAY: Mapping[str, tuple[str, str]] = {
    "persons_always": ("persons", "people who have a way at every moment"),
    "mean_min": ("min", "their mean over the moments of the alarm; empty: nobody"),
    "persons_by_the_clock": ("persons", "people whose time depends on the moment of the alarm"),
    "persons_assumed": ("persons", "people whose way rests on a ferry with assumed times"),
    "persons_night_unknown": ("persons", "people whose way rests on a night that is not known"),
    "persons_mixed": (
        "persons",
        "people for whom a chain over a ferry and by boat or aircraft, which is left out, could be quicker",
    ),
    "persons_never": ("persons", "people with no way at any moment"),
    "persons_in_time_by_table": ("persons", "people within their threshold by the tables of one time of day"),
    "persons_in_time": ("persons", "people times the share of the moments within their threshold"),
    "persons_in_time_at_p90": ("persons", "people within their threshold nine times in ten"),
    "persons_in_time_at_worst_hour": (
        "persons",
        "people times the share of the moments within it, in the hour with the fewest",
    ),
    "worst_hour": ("", "hour of the alarm in which fewest are in time; empty: all equal"),
}

#: Table -> column -> (unit, meaning), where a table's column means something else than in other tables.
OF_TABLE: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "around_the_clock": {
        "best_min": ("min", "time at the best moment of leaving; empty: no way at any moment"),
        "p50_min": ("min", "time that half of the moments of leaving do not exceed; empty: no way"),
        "p90_min": ("min", "time that nine in ten moments of leaving do not exceed; empty: no way"),
        "p50_low_min": ("min", "least such median of any drawn timetable"),
        "p50_high_min": ("min", "greatest such median of any drawn timetable; empty: no way"),
        "worst_min": ("min", "time at the worst moment of leaving; empty: at some moment there is no way"),
        "mean_min": ("min", "mean over the moments of leaving; empty: at some moment there is no way"),
        "wait_mean_min": ("min", "mean waiting, part of the time, over the moments that have a way"),
        "worst_hour": (
            "",
            "hour of leaving with the longest median, 0 = from 00:00 to 01:00; empty: all equal",
        ),
        "night_p50_min": ("min", "median of leaving between 22:00 and 06:00; empty: no way"),
        "main_facility_share": ("share", "share of the moments whose nearest facility is the commonest one"),
        "assumed_share": ("share", "share of the moments whose way rests on a ferry with assumed times"),
    },
    "around_the_clock_hours": {
        "p50_min": ("min", "time that half of the hour's moments of leaving do not exceed; empty: no way"),
        "p90_min": ("min", "time that nine in ten of them do not exceed; empty: no way"),
        "within_share": ("share", "share of the hour's moments within the kind's longest threshold"),
    },
    "around_the_clock_region": {
        "worst_hour": ("", "hour of leaving in which fewest are within the threshold; empty: all equal"),
        "threshold_min": ("min", "threshold of the kind, inclusive"),
    },
    "clocks_day": {
        "travel_time_min": ("min", "the whole clock by the tables, at one time of day; empty: unreachable"),
        "best_min": ("min", "time at the best moment of the alarm; empty: no way at any moment"),
        "p50_min": ("min", "time that half of the moments of the alarm do not exceed; empty: no way"),
        "p90_min": ("min", "time that nine in ten moments of the alarm do not exceed; empty: no way"),
        "p50_low_min": ("min", "least such median of any drawn timetable"),
        "p50_high_min": ("min", "greatest such median of any drawn timetable; empty: no way"),
        "worst_min": ("min", "time at the worst moment of the alarm; empty: at some moment there is no way"),
        "mean_min": ("min", "mean over the moments of the alarm; empty: at some moment there is no way"),
        "night_p50_min": ("min", "median of alarms between 22:00 and 06:00; empty: no way"),
        "worst_hour": (
            "",
            "hour of the alarm with the longest median, 0 = from 00:00 to 01:00; empty: all equal",
        ),
        "in_time_share": ("share", "share of the moments of the alarm within the threshold"),
        "mixed_min": (
            "min",
            "least of chains over ferries and by craft, which are left out; empty: they help at no moment",
        ),
    },
    "clocks_day_hours": {
        "p50_min": ("min", "time that half of the hour's moments of the alarm do not exceed; empty: no way"),
        "p90_min": ("min", "time that nine in ten of them do not exceed; empty: no way"),
        "within_share": ("share", "share of the hour's moments within the threshold; empty: there is none"),
    },
    "clocks_day_region": _CLOCKS_OVER_DAY,
    "clocks_day_groups": _CLOCKS_OVER_DAY,
    "comparison_day": {
        "mean_a_min": ("min", "mean of the day in the first run; empty: at some moment there is no way"),
        "mean_b_min": ("min", "mean of the day in the second run; empty: at some moment there is no way"),
        "p90_a_min": ("min", "time that nine in ten moments do not exceed in the first run; empty: no way"),
        "p90_b_min": ("min", "time that nine in ten moments do not exceed in the second run; empty: no way"),
        "no_way_a_hours": ("h", "hours a day without a way in the first run"),
        "no_way_b_hours": ("h", "hours a day without a way in the second run"),
        "basis_a": ("", "what the ferries' times rest on in the first run"),
        "basis_b": ("", "what the ferries' times rest on in the second run"),
        "night_unknown_a": ("", "whether a night that is not known counts in the first run"),
        "night_unknown_b": ("", "whether a night that is not known counts in the second run"),
        "change_mean_min": ("min", "change of the mean of the day; empty: one of the two is not known"),
        "change_p90_min": ("min", "change of the time nine times in ten; empty: one of the two is not known"),
        "change_no_way_hours": ("h", "change of the hours a day without a way"),
        "mean_a_if_unknown_nights_sail_min": (
            "min",
            "mean of the day in the first run if unknown nights sail; empty: none",
        ),
        "mean_b_if_unknown_nights_sail_min": (
            "min",
            "mean of the day in the second run if unknown nights sail; empty: none",
        ),
        "p90_a_if_unknown_nights_sail_min": (
            "min",
            "what nine in ten moments do not exceed in the first run if unknown nights sail; empty: none",
        ),
        "p90_b_if_unknown_nights_sail_min": (
            "min",
            "what nine in ten moments do not exceed in the second run if unknown nights sail; empty: none",
        ),
        "no_way_a_if_unknown_nights_sail_hours": (
            "h",
            "hours a day without a way in the first run if unknown nights sail; empty: none",
        ),
        "no_way_b_if_unknown_nights_sail_hours": (
            "h",
            "hours a day without a way in the second run if unknown nights sail; empty: none",
        ),
    },
    "comparison_day_hours": {
        "persons_within_a": ("persons", "people times the share of the hour within the limit, first run"),
        "persons_within_b": (
            "persons",
            "people times the share of the hour within the limit, second run",
        ),
        "person_min_lost_p50": ("person-min", "minutes added to what half of its moments do not exceed"),
        "person_min_gained_p50": ("person-min", "minutes saved in what half of its moments do not exceed"),
    },
    "comparison_day_place_hours": {
        "p50_a_min": ("min", "time that half of the hour's moments do not exceed, first run; empty: no way"),
        "p50_b_min": ("min", "time that half of the hour's moments do not exceed, second run; empty: no way"),
        "change_p50_min": ("min", "its change; empty: one of the two is not known"),
    },
    "comparison_day_groups": _DAY_CHANGES,
    "comparison_day_region": _DAY_CHANGES,
    "losses_around_the_clock": {
        "person_hours_without_way": (
            "person-hours",
            "hours a day without a way that the loss adds, summed over the people",
        ),
        "person_min_lost_mean": (
            "person-min",
            "minutes added to the mean of the day, summed over those with a way at every moment",
        ),
        "change_mean_min": ("min", "change of their mean; empty: nobody has a way at every moment"),
        "person_min_lost_p90": (
            "person-min",
            "minutes added to what nine in ten moments do not exceed, where both are known",
        ),
        "persons_lose": ("persons", "people who lose hours, mean or nine times in ten"),
        "persons_no_longer_reached": ("persons", "people who have no way at any moment any more"),
        "persons_p90_no_way": ("persons", "people who have no way nine times in ten any more"),
        "worst_loss_mean_min": ("min", "most minutes that anybody's mean gets longer"),
        "worst_loss_p90_min": ("min", "most minutes that anybody's nine times in ten gets longer"),
        "persons_lose_assumed": ("persons", "those who lose whose way rests on a ferry with assumed times"),
        "persons_lose_night_unknown": (
            "persons",
            "those who lose whose way rests on a night that is not known",
        ),
        "person_hours_without_way_if_unknown_nights_sail": (
            "person-hours",
            "hours a day without a way that the loss adds if ferries with an unknown night sail all night",
        ),
        "person_min_lost_mean_if_unknown_nights_sail": (
            "person-min",
            "minutes added to the mean of the day if ferries with an unknown night sail all night",
        ),
        "person_min_lost_p90_if_unknown_nights_sail": (
            "person-min",
            "minutes added nine times in ten if ferries with an unknown night sail all night",
        ),
    },
    "route_day_ways": {
        "leave_by": ("", "last moment to leave for a departure"),
        "arrive": ("", "when one is there"),
        "minutes": ("min", "minutes from leaving to being there"),
    },
    "losses_day_hours": {
        "rank": ("", "rank of the loss over the day"),
        "element_id": ("", "what is lost"),
        "person_min_lost_p50": (
            "person-min",
            "minutes added to what half of the hour's moments do not exceed, where both are known",
        ),
        "persons_without_way_added": (
            "persons",
            "people times the share of the hour's moments without a way, added",
        ),
        "persons_no_longer_within": (
            "persons",
            "people times the share of the hour's moments no longer within the longest threshold",
        ),
    },
    "losses_day_places": {
        "rank": ("", "rank of the loss over the day"),
        "element_id": ("", "what is lost"),
        "change_mean_min": (
            "min",
            "minutes added to the mean of the day; empty: one of the two is not known",
        ),
        "change_p90_min": ("min", "minutes added to nine times in ten; empty: one of the two is not known"),
        "hours_without_way_added": ("h", "hours a day without a way, added"),
        "p90_no_way": ("", "whether there is no way nine times in ten any more"),
        "assumed": ("", "whether the way rests on a ferry with assumed times"),
        "night_unknown": ("", "whether the way rests on a night that is not known"),
    },
    "matrix_origins": {
        "from_id": ("", "starting point, as in its table"),
        "access_m": ("m", "straight line to the road network; empty: not joined"),
        "pairs_reached": ("", "pairs of it that have minutes"),
        "pairs_left": (
            "",
            "pairs of it that were asked for and have no minutes: unreachable, or beyond the limit",
        ),
        "nearest_id": ("", "destination with the shortest time; empty: none"),
        "nearest_min": ("min", "time to it"),
        "farthest_id": ("", "destination with the longest time in the table; empty: none"),
        "farthest_min": ("min", "time to it"),
    },
    "matrix_destinations": {
        "to_id": ("", "destination, as in its table"),
        "access_m": ("m", "straight line to the road network; empty: not joined"),
        "pairs_reached": ("", "pairs of it that have minutes"),
        "pairs_left": ("", "pairs of it that have no minutes: unreachable, or beyond the limit"),
        "nearest_id": ("", "starting point with the shortest time; empty: none"),
        "nearest_min": ("min", "time from it"),
        "farthest_id": ("", "starting point with the longest time in the table; empty: none"),
        "farthest_min": ("min", "time from it"),
        "nearest_of": ("", "starting points whose nearest destination it is"),
    },
    "sweep_states": {
        "persons_by_the_clock": ("persons", "people whose time depends on the moment of leaving"),
        "persons_assumed": ("persons", "people whose way rests on a ferry with assumed times"),
        "persons_night_unknown": ("persons", "people whose way rests on a night that is not known"),
        "source": ("", "study or network file that was swept"),
        "probability": ("share", "probability of the state over the year"),
        "persons": ("persons", "people of the source; the starting points of a network file count one each"),
        "persons_unreachable": ("persons", "of them, whom nothing of the kind reaches in the state"),
        "mean_min": ("min", "mean to the nearest, of those who are reached"),
        "persons_lose": ("persons", "people with a longer way than in the first state, reached in both"),
        "persons_gain": ("persons", "people with a shorter way than in the first state, reached in both"),
        "persons_no_longer_reached": (
            "persons",
            "people who are reached in the first state and not in this one",
        ),
        "persons_newly_reached": (
            "persons",
            "people who are not reached in the first state and in this one are",
        ),
        "worst_loss_min": ("min", "most minutes that anybody's way gets longer"),
    },
    "sweep_points": {
        "source": ("", "study or network file that was swept"),
        "from_id": ("", "starting point: demand point of a study, or as in its table"),
        "persons": ("persons", "people there; a starting point of a network file counts one"),
        "first_min": ("min", "time to the nearest in the first state; empty: not reached"),
        "least_min": ("min", "shortest such time in any state; empty: never reached"),
        "longest_min": ("min", "longest such time in any state; empty: some state does not reach it"),
        "longest_in": ("", "state that does not reach it, or else that of the longest time"),
        "states_reached": ("", "states in which it is reached"),
        "states": ("", "states in all"),
    },
    "plan": {
        "year": ("", "date of the plan"),
        "years_counted": ("years", "how much the time from the date to the next counts"),
        "persons": ("persons", "people of the date, by the projection"),
        "opened": ("", "sites that open at the date"),
        "closed": ("", "sites that close at the date"),
        "open_sites": ("", "sites that are open from the date on"),
        "spent": ("", "what opening and closing costs at the date, in the unit of the budget"),
        "mean_before_min": ("min", "mean with today's sites and the people of the date"),
        "mean_min": ("min", "mean with the sites of the plan and the people of the date"),
        "share_within_class_threshold": (
            "share",
            "people within the threshold of their municipality's class; empty: no classes",
        ),
        "alone_mean_min": (
            "min",
            "the same if each date is planned alone, from what those before it left; empty: no answer",
        ),
    },
    "plan_municipalities": {"year": ("", "date of the plan")},
    "burden": {
        "travellers": ("persons", "people who travel in a year; empty: not known"),
        "travellers_unreached": ("persons", "travellers who reach none (people, where they are not known)"),
        "hours_each": (
            "h",
            "hours a year of one traveller, in the mean over who reaches one",
        ),
        "waiting_each": ("h", "hours of them that are waits"),
        "km_each": ("km", "kilometres a year of one traveller, in the mean over who reaches one"),
    },
    "sweep_destinations": {
        "source": ("", "study or network file that was swept"),
        "to_id": ("", "destination: facility of a study, or as in its table"),
        "states": ("", "states in which it is travelled to"),
    },
}
