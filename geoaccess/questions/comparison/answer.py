"""Who gains and who loses between two states: persons and minutes, nobody's loss hidden in a mean.

``gained`` and ``lost`` are person-minutes over the people who are reached in both states. People who become
reachable or unreachable have no number of minutes to gain or lose; they are counted on their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoaccess.answers.answer import Answer
from geoaccess.answers.notebook import Told
from geoaccess.answers.site_minutes import SiteMinutes
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.measures import checked
from geoaccess.questions.comparison.around_the_clock import (
    GROUPS,
    HOURS,
    PLACE_HOURS,
    POINTS,
    REGION,
    DayComparison,
    compare_days,
)
from geoaccess.questions.comparison.inputs import Inputs, differences, differing, differing_runs
from geoaccess.questions.comparison.states import facilities_in, labels, only_scenario, state_name
from geoaccess.words.note import Note

#: Changes smaller than this many minutes are float noise, not gain or loss.
SAME_MIN = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Told):
    """Two states side by side.

    Attributes:
        name_a: what the first state is, for programs.
        name_b: what the second state is, for programs.
        label_a: what people call the first state, by language.
        label_b: what people call the second.
        points: one row per demand point and kind: both times, the change, whether the facility changed.
        groups: one row per municipality and kind: the figures of :func:`change_figures`.
        region: one row per kind for everybody.
        weight: name of the weight.
        notes: what a reader must know, such as runs that count different resources or years.
        inputs_a: what the first run counts (resources, year, ...), as far as the second counts otherwise.
        inputs_b: the same of the second.
        day: the same over the day, where the runs are around the clock; None = they are not.
        runs: the two runs.
        scenarios: which scenario of each.
    """

    name_a: str
    name_b: str
    label_a: Mapping[str, str]
    label_b: Mapping[str, str]
    points: pd.DataFrame
    groups: pd.DataFrame
    region: pd.DataFrame
    weight: str
    notes: tuple[str, ...] = ()
    inputs_a: Inputs = field(default_factory=dict)
    inputs_b: Inputs = field(default_factory=dict)
    day: DayComparison | None = None
    runs: tuple[Answer, Answer] = field(kw_only=True, repr=False)
    scenarios: tuple[str, str] = field(kw_only=True, repr=False)

    def answer(self) -> Answer:
        """The same as it is kept in a folder: it draws the map and writes the report."""
        return answer_of(self)


def change_figures(
    before: ArrayLike, after: ArrayLike, weights: ArrayLike, *, thresholds_min: Sequence[float] = ()
) -> dict[str, float]:
    """Gains and losses of a group of people.

    Args:
        before: (n,) minutes in the first state, NaN unreachable.
        after: (n,) minutes in the second.
        weights: (n,) persons.
        thresholds_min: thresholds, inclusive.

    Returns:
        ``persons, persons_gain, persons_lose, person_min_gained, person_min_lost, change_mean_min`` (over
        those reached in both; negative is better), ``worst_loss_min, persons_newly_reached,
        persons_no_longer_reached`` and for each threshold ``persons_into_{t}_min, persons_out_of_{t}_min``.
        ``person_min_lost - person_min_gained`` equals ``change_mean_min`` times the persons reached in both.

    Raises:
        DataError: unequal lengths or impossible weights.
    """
    a, persons = checked(before, weights)
    b, _ = checked(after, weights)
    both = ~np.isnan(a) & ~np.isnan(b)
    change = np.where(both, b - a, 0.0)
    change[np.abs(change) < SAME_MIN] = 0.0
    reached = persons[both].sum()
    lived = persons > 0
    figures = {
        "persons": float(persons.sum()),
        "persons_gain": float(persons[change < 0].sum()),
        "persons_lose": float(persons[change > 0].sum()),
        "person_min_gained": float((persons * np.maximum(-change, 0.0)).sum()),
        "person_min_lost": float((persons * np.maximum(change, 0.0)).sum()),
        "change_mean_min": float((persons * change).sum() / reached) if reached else float("nan"),
        "worst_loss_min": float(max(change[lived].max(initial=0.0), 0.0)),
        "persons_newly_reached": float(persons[np.isnan(a) & ~np.isnan(b)].sum()),
        "persons_no_longer_reached": float(persons[~np.isnan(a) & np.isnan(b)].sum()),
    }
    for threshold in thresholds_min:
        within_a, within_b = a <= threshold, b <= threshold
        figures[f"persons_into_{threshold:g}_min"] = float(persons[~within_a & within_b].sum())
        figures[f"persons_out_of_{threshold:g}_min"] = float(persons[within_a & ~within_b].sum())
    return figures


def compare_runs(
    first: Answer, second: Answer, *, scenarios: tuple[str, str] | None = None, weight: str | None = None
) -> Comparison:
    """Compare two runs, or two scenarios.

    Args:
        first: a run of ``access``, ``place`` or ``demo``.
        second: another, of the same demand points.
        scenarios: which scenario of each; default: the only one each has, or ``base``.
        weight: name of the weight; default: that of the first run.

    Raises:
        UnknownNameError: a run has no such scenario, or the weight is unknown.
        DataError: the runs share no kind or not the same demand points.
    """
    chosen = scenarios or (only_scenario(first), only_scenario(second))
    a, b = (_times(run, scenario) for run, scenario in zip((first, second), chosen, strict=True))
    inputs = differing(first, second, chosen, (a, b))
    kinds = [kind for kind in a["kind"].unique() if kind in set(b["kind"])]
    if not kinds:
        raise DataError("the two runs have no kind of time in common")
    weight = weight or str(first.facts.get("weight", "people"))
    if weight not in a:
        raise UnknownNameError("weight", weight, [name for name in a.columns if name.startswith("people")])
    keys = ["demand_id", "kind"]
    kept = [*keys, "name", "municipality_code", "lon", "lat", weight, "travel_time_min", "facility_id"]
    points = a.loc[a["kind"].isin(kinds), kept].merge(
        b[[*keys, "travel_time_min", "facility_id"]],
        on=keys,
        how="outer",
        suffixes=("_a", "_b"),
        indicator=True,
    )
    points = points[points["kind"].isin(kinds)]
    strangers = points.loc[points["_merge"] != "both", "demand_id"].unique()
    if len(strangers):
        raise DataError(Note("fault.compare.strangers", n_strangers=len(strangers), example=strangers[0]))
    points = points.drop(columns="_merge").rename(
        columns={"travel_time_min_a": "a_min", "travel_time_min_b": "b_min"}
    )
    points["change_min"] = points["b_min"] - points["a_min"]
    points["facility_changed"] = points["facility_id_a"] != points["facility_id_b"]
    day = compare_days(first, second, scenarios=chosen, weight=weight, names=_municipality_names(first))
    asked_a, asked_b, told = differing_runs(
        first, second, told_apart=chosen[0] != chosen[1] or bool(inputs[0])
    )
    called = labels(first, second, chosen, asked=(asked_a, asked_b))
    return Comparison(
        name_a=state_name(first, chosen[0]),
        name_b=state_name(second, chosen[1]),
        label_a=called[0],
        label_b=called[1],
        points=points,
        groups=_by(points, ["kind", "municipality_code"], first, weight),
        region=_by(points, ["kind"], first, weight),
        weight=weight,
        notes=(*_year_notes(*inputs), *differences(*inputs), *told, *(day.notes if day else ())),
        inputs_a=inputs[0],
        inputs_b=inputs[1],
        day=day,
        runs=(first, second),
        scenarios=chosen,
    )


def _year_notes(first: Inputs, second: Inputs) -> tuple[str, ...]:
    """Which people are counted, where the runs are of different years."""
    if "year" not in first:
        return ()
    return (Note("note.years_differ", first=str(first["year"]), second=str(second["year"])),)


def _times(run: Answer, scenario: str) -> pd.DataFrame:
    """Times of a run in one shape: nearest per kind, and the response after a placement, in one scenario.

    Raises:
        UnknownNameError: the run has no such scenario.
    """
    parts, known = [], []
    if "nearest" in run.tables:
        nearest = run.tables["nearest"]
        known += nearest["scenario"].unique().tolist()
        parts.append(nearest[nearest["scenario"] == scenario])
    if "placement" in run.tables:
        responses = _responses(run)
        known += responses
        if scenario in responses:
            placed = responses[scenario].rename(
                columns={"after_min": "travel_time_min", "site_after": "facility_id"}
            )
            parts.append(placed.assign(kind=f"response: {run.facts['place']['placement']}"))
    if scenario not in known:
        raise UnknownNameError("scenario in the run", scenario, list(dict.fromkeys(known)))
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(facility_id=frame["facility_id"].fillna("").astype(str))


def _responses(run: Answer) -> dict[str, pd.DataFrame]:
    """The response after a placement, in each scenario that it was placed in."""
    found = {str(run.facts["place"]["scenario"]): run.tables["placement"]}
    if "placement_scenarios" in run.tables:
        table = run.tables["placement_scenarios"]
        found |= {str(name): rows for name, rows in table.groupby("scenario", sort=False)}
    return found


def _by(points: pd.DataFrame, keys: list[str], run: Answer, weight: str) -> pd.DataFrame:
    rows = []
    for values, group in points.groupby(keys, sort=False):
        kind = str(values[0])
        thresholds = run.facts["kinds"].get(kind, {}).get("thresholds_min", ())
        figures = change_figures(
            group["a_min"].to_numpy(),
            group["b_min"].to_numpy(),
            group[weight].to_numpy(),
            thresholds_min=thresholds,
        )
        changed = group[weight].to_numpy(dtype=np.float64)[group["facility_changed"].to_numpy(dtype=bool)]
        rows.append(
            dict(zip(keys, values, strict=True)) | figures | {"persons_other_facility": float(changed.sum())}
        )
    table = pd.DataFrame(rows)
    if "municipality_code" in keys:
        names = _municipality_names(run)
        table.insert(1, "municipality", [names.get(code, code) for code in table["municipality_code"]])
    return table


def _municipality_names(run: Answer) -> dict[str, str]:
    frame = run.tables.get("municipalities")
    if frame is None:
        return {}
    return dict(zip(frame["municipality_code"].astype(str), frame["name"].astype(str), strict=True))


#: Facts of a run that are those of its study.
_STUDY_FACTS = (
    "study",
    "title",
    "title_nb",
    "notice",
    "notice_nb",
    "sources",
    "year",
    "weights",
    "groups",
    "kinds",
    "scenario_titles",
    "boundaries",
    "boundaries_code",
    "land",
)


def comparison_answer(
    first: Answer, second: Answer, *, scenarios: tuple[str, str] | None = None, weight: str | None = None
) -> Answer:
    """The run of ``geoaccess compare``: gains and losses from one run, or scenario, to another.

    Raises:
        UnknownNameError: a run has no such scenario, or the weight is unknown.
        DataError: the runs share no kind or not the same demand points.
    """
    return answer_of(compare_runs(first, second, scenarios=scenarios, weight=weight))


def answer_of(found: Comparison) -> Answer:
    """The run of a comparison that was made."""
    (first, second), names = found.runs, found.scenarios
    told = {
        "a": found.name_a,
        "b": found.name_b,
        "label_a": dict(found.label_a),
        "label_b": dict(found.label_b),
        "inputs_a": dict(found.inputs_a),
        "inputs_b": dict(found.inputs_b),
        "scenarios": list(names),
        "weight": found.weight,
        "facilities_a": facilities_in(first, names[0]),
        "facilities_b": facilities_in(second, names[1]),
    }
    facts = {key: first.facts[key] for key in _STUDY_FACTS if key in first.facts}
    notes = dict.fromkeys([*first.facts.get("notes", ()), *second.facts.get("notes", ()), *found.notes])
    return Answer(
        question="compare",
        facts={
            **facts,
            "compare": told,
            "weight": found.weight,
            "notes": list(notes),
            **_inputs(first, second),
        },
        tables={
            "comparison": found.points,
            "comparison_groups": found.groups,
            "comparison_region": found.region,
            **_day_tables(found.day),
            **_kept(first, second),
        },
        inputs=tuple(dict.fromkeys([*first.inputs, *second.inputs])),
        site_minutes=_choosable(first, second, names),
    )


def _choosable(first: Answer, second: Answer, names: Sequence[str]) -> tuple[SiteMinutes, ...]:
    """What a reader may open and close in both runs: from the second state, in both scenarios.

    Only subjects that both runs have with the same sites and people; the answers of both are held against the
    choice. Where both runs are of one scenario, the second's minutes stand for it.
    """
    made = []
    others = {one.key: one for one in first.site_minutes}
    for own in second.site_minutes:
        other = others.get(own.key)
        if other is None or not _is_same(own, other) or names[1] not in own.states:
            continue
        states = {names[1]: own.states[names[1]]}
        if names[0] in other.states:
            states.setdefault(names[0], other.states[names[0]])
        found = [*own.found, *(one for one in other.found if one not in own.found)]
        made.append(
            replace(own, states=states, found=[one for one in found if one["state"] in {"", *states}])
        )
    return tuple(made)


def _is_same(own: SiteMinutes, other: SiteMinutes) -> bool:
    """Whether two subjects are about the same sites, people and limits."""
    ids = [one.sites["site_id"].astype(str).tolist() for one in (own, other)]
    return (
        ids[0] == ids[1]
        and list(own.demand_ids) == list(other.demand_ids)
        and [tuple(one) for one in own.within] == [tuple(one) for one in other.within]
    )


def _day_tables(day: DayComparison | None) -> dict[str, pd.DataFrame]:
    if day is None or day.points.empty:
        return {}
    return {
        POINTS: day.points,
        GROUPS: day.groups,
        REGION: day.region,
        HOURS: day.hours,
        PLACE_HOURS: day.place_hours,
    }


def _inputs(first: Answer, second: Answer) -> dict[str, dict[str, str]]:
    """Hashes of the files that the two runs were made from, where they say so; both where they differ."""
    a, b = (dict(run.facts.get("inputs", {})) for run in (first, second))
    differing = {name for name in a.keys() & b.keys() if a[name] != b[name]}
    merged = {name: digest for name, digest in {**a, **b}.items() if name not in differing}
    for letter, own in (("A", a), ("B", b)):
        merged |= {f"{name} ({letter})": own[name] for name in sorted(differing)}
    return {"inputs": merged} if merged else {}


def _kept(first: Answer, second: Answer) -> dict[str, pd.DataFrame]:
    """Tables of the two runs that a map of their difference needs."""
    kept = {}
    for name in ("municipalities", "links"):
        table = second.tables.get(name, first.tables.get(name))
        if table is not None:
            kept[name] = table
    places = [run.tables["facilities"] for run in (first, second) if "facilities" in run.tables]
    if places:
        kept["facilities"] = pd.concat(places, ignore_index=True).drop_duplicates(
            "facility_id", ignore_index=True
        )
    closures = [run.tables["closures"] for run in (first, second) if "closures" in run.tables]
    if closures:
        kept["closures"] = pd.concat(closures, ignore_index=True).drop_duplicates(ignore_index=True)
    return kept
