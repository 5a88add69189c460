"""Two runs of ``access --around-the-clock`` side by side: what changes over the day, place by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.comparison.over_day import IF_SAILS, OverDay, changes, day_figures
from geoaccess.words.note import Note
from networks.brief import Brief

#: The table of a run that is compared, and those that are made of it.
_POINTS = "around_the_clock"
_HOURLY = "around_the_clock_hours"
POINTS, GROUPS, REGION = "comparison_day", "comparison_day_groups", "comparison_day_region"
HOURS, PLACE_HOURS = "comparison_day_hours", "comparison_day_place_hours"
_SIDES = ("a", "b")
_SAILING = (
    "mean_if_unknown_nights_sail_min",
    "p90_if_unknown_nights_sail_min",
    "no_way_share_if_unknown_nights_sail",
)
_HOURS = 24.0
#: The figures that are also told for ferries that sail through nights that are not known.
BOTH_NIGHTS = (
    "person_hours_without_way_added",
    "person_hours_without_way_saved",
    "person_min_lost_mean",
    "person_min_gained_mean",
    "person_min_lost_p90",
    "person_min_gained_p90",
)
#: Smaller changes are float noise, minutes.
_SAME_MIN = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class DayComparison(Brief):
    """Two runs over the day.

    Attributes:
        points: one row per demand point and kind: mean, p90 and hours a day without a way in both runs and
            their changes (NaN: there is no such figure in one of them), and what either rests on.
        groups: one row per kind and municipality, with the figures of
            :func:`~geoaccess.questions.comparison.over_day.day_figures`.
        region: one row per kind for everybody.
        hours: one row per kind and hour of leaving: persons within the longest threshold in both runs
            (persons x share of the hour), and person-minutes lost and gained in what half of its moments do
            not exceed.
        place_hours: one row per demand point, kind and hour: that time in both runs, and its change.
        notes: what the runs do not have in common.
    """

    points: pd.DataFrame
    groups: pd.DataFrame
    region: pd.DataFrame
    hours: pd.DataFrame
    place_hours: pd.DataFrame
    notes: tuple[str, ...]


def compare_days(
    first: Answer, second: Answer, *, scenarios: tuple[str, str], weight: str, names: Mapping[str, str]
) -> DayComparison | None:
    """Compare two runs over the day; None where neither is around the clock.

    Args:
        first: a run.
        second: another, of the same demand points.
        scenarios: which scenario of each.
        weight: name of the weight.
        names: code of a municipality -> its name.

    Raises:
        UnknownNameError: a run does not have the scenario, or the weight, around the clock.
        DataError: the runs mean different things by "no way", or have no place in common.
    """
    runs = (first, second)
    having = [_POINTS in run.tables for run in runs]
    if not any(having):
        return None
    if not all(having):
        alone = Note("note.compare_clock_one", run="AB"[having.index(True)])
        none = pd.DataFrame()
        return DayComparison(none, none, none, none, none, notes=(alone,))
    told = [run.facts["around_the_clock"] for run in runs]
    if told[0]["patience_min"] != told[1]["patience_min"]:
        hours = " and ".join(f"{facts['patience_min'] / 60:g}" for facts in told)
        raise DataError(Note("fault.compare.patience", hours=hours))
    a, b = (_rows(run, scenario) for run, scenario in zip(runs, scenarios, strict=True))
    for rows in (a, b):
        if weight not in rows:
            raise UnknownNameError("weight around the clock", weight, [str(first.facts.get("weight", ""))])
    points = _points(a, b, weight)
    notes = _differing(told)
    groups = _by(points, ["kind", "municipality_code"], weight)
    groups.insert(
        1, "municipality", [names.get(str(code), str(code)) for code in groups["municipality_code"]]
    )
    hourly = [_rows(run, name, _HOURLY) for run, name in zip(runs, scenarios, strict=True)]
    place_hours = _place_hours(*hourly)
    return DayComparison(
        points,
        groups,
        _by(points, ["kind"], weight),
        _hours(place_hours, points, weight),
        place_hours.drop(columns=["within_a", "within_b"]),
        notes,
    )


def _rows(run: Answer, scenario: str, name: str = _POINTS) -> pd.DataFrame:
    table = run.tables[name]
    known = table["scenario"].astype(str)
    if scenario not in set(known):
        raise UnknownNameError("scenario around the clock", scenario, list(dict.fromkeys(known)))
    return table[known == scenario]


def _points(a: pd.DataFrame, b: pd.DataFrame, weight: str) -> pd.DataFrame:
    keys = ["demand_id", "kind"]
    kinds = set(a["kind"]) & set(b["kind"])
    figures = ["mean_min", "p90_min", "no_way_share", "basis", "night_unknown", *_SAILING]
    places = ["name", "municipality_code", "lon", "lat", weight]
    left = a.loc[a["kind"].isin(kinds)].reindex(columns=[*keys, *places, *figures])
    right = b.loc[b["kind"].isin(kinds)].reindex(columns=[*keys, *figures])
    found = left.merge(right, on=keys, how="outer", suffixes=("_a", "_b"), indicator=True)
    strangers = found.loc[found["_merge"] != "both", "demand_id"].unique()
    if found.empty or len(strangers):
        raise DataError(
            Note("fault.compare.day_strangers", n_strangers=len(strangers))
            if len(strangers)
            else "the two runs have no kind around the clock in common"
        )
    told = found[[*keys, *places]].copy()
    for side in _SIDES:
        told[f"mean_{side}_min"] = found[f"mean_min_{side}"]
        told[f"p90_{side}_min"] = found[f"p90_min_{side}"]
        told[f"no_way_{side}_hours"] = found[f"no_way_share_{side}"] * _HOURS
        told[f"basis_{side}"] = found[f"basis_{side}"]
        told[f"night_unknown_{side}"] = found[f"night_unknown_{side}"]
        told[f"mean_{side}{IF_SAILS}_min"] = found[f"mean_if_unknown_nights_sail_min_{side}"]
        told[f"p90_{side}{IF_SAILS}_min"] = found[f"p90_if_unknown_nights_sail_min_{side}"]
        told[f"no_way_{side}{IF_SAILS}_hours"] = found[f"no_way_share_if_unknown_nights_sail_{side}"] * _HOURS
    change = changes(*(_state(told, side) for side in _SIDES))
    told["change_mean_min"], told["change_p90_min"] = change["mean"], change["p90"]
    told["change_no_way_hours"] = change["hours"]
    return told


def _place_hours(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """One row per demand point, kind and hour of both runs."""
    keys = ["demand_id", "kind", "hour"]
    found = a[[*keys, "p50_min", "within_share"]].merge(b[[*keys, "p50_min", "within_share"]], on=keys)
    told = found[keys].copy()
    for side, suffix in zip(_SIDES, ("_x", "_y"), strict=True):
        told[f"p50_{side}_min"] = found[f"p50_min{suffix}"]
        told[f"within_{side}"] = found[f"within_share{suffix}"]
    change = told["p50_b_min"] - told["p50_a_min"]
    told["change_p50_min"] = change.mask(change.abs() < _SAME_MIN, 0.0)
    return told


def _hours(place_hours: pd.DataFrame, points: pd.DataFrame, weight: str) -> pd.DataFrame:
    """One row per kind and hour for everybody."""
    persons = points.drop_duplicates("demand_id").set_index("demand_id")[weight]
    many = persons.loc[place_hours["demand_id"]].to_numpy(dtype=np.float64)
    change = place_hours["change_p50_min"].fillna(0.0)
    told = place_hours[["kind", "hour"]].assign(
        persons_within_a=place_hours["within_a"].fillna(0.0) * many,
        persons_within_b=place_hours["within_b"].fillna(0.0) * many,
        person_min_lost_p50=change.clip(lower=0.0) * many,
        person_min_gained_p50=(-change).clip(lower=0.0) * many,
    )
    return told.groupby(["kind", "hour"], sort=False).sum().reset_index()


def _state(points: pd.DataFrame, side: str) -> OverDay:
    """The state of one run; ``a_if_unknown_nights_sail`` is the other answer of ``a``."""
    run = side[0]
    return OverDay(
        points[f"mean_{side}_min"].to_numpy(dtype=np.float64),
        points[f"p90_{side}_min"].to_numpy(dtype=np.float64),
        points[f"no_way_{side}_hours"].to_numpy(dtype=np.float64) / _HOURS,
        (points[f"basis_{run}"] == "assumed").to_numpy(),
        points[f"night_unknown_{run}"].to_numpy(dtype=np.bool_),
    )


def _by(points: pd.DataFrame, keys: list[str], weight: str) -> pd.DataFrame:
    rows = []
    for values, group in points.groupby(keys, sort=False):
        persons = group[weight].to_numpy(dtype=np.float64)
        figures = day_figures(_state(group, "a"), _state(group, "b"), persons)
        sails = day_figures(_state(group, f"a{IF_SAILS}"), _state(group, f"b{IF_SAILS}"), persons)
        told = group[[f"no_way_{side}{IF_SAILS}_hours" for side in _SIDES]].notna().all(axis=None)
        # A run of an earlier version does not know the other answer.
        other = {f"{name}{IF_SAILS}": sails[name] if told else float("nan") for name in BOTH_NIGHTS}
        rows.append(dict(zip(keys, values, strict=True)) | figures | other)
    return pd.DataFrame(rows)


def _differing(told: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """What the runs were asked that is not the same."""
    notes = []
    for key in ("period_days", "week_of", "draws"):
        a, b = (str(facts[key]) if facts[key] is not None else "-" for facts in told)
        if a != b:
            notes.append(Note(f"note.compare_clock_{key}", a=a, b=b))
    return tuple(notes)
