"""Travel times from people to services, and the tables that tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.counted import FACT, counted_in
from geoaccess.answers.links import closures_table, sailed_lines, study_links
from geoaccess.answers.notebook import Told
from geoaccess.answers.site_minutes import MOST_PAIRS, NOT_CHOOSABLE, SiteMinutes
from geoaccess.answers.study_facts import in_both_languages, none_known, service_bases, study_facts
from geoaccess.answers.study_notes import access_legs, drive_notes, study_notes
from geoaccess.answers.years import people_by_year
from geoaccess.ground.measures import summarise, summarise_by
from geoaccess.minutes import as_study, group_labels, nearest_of, timed
from geoaccess.minutes.resources.winning import winning_legs
from geoaccess.questions.access.site_choice import KindTimes, choosable_kinds
from geoaccess.questions.access.weather import (
    ANY_WEATHER,
    Weather,
    by_craft,
    how_carried,
    is_service,
    is_transport,
    meets_weather,
    region_figures,
    who_comes,
)
from geoaccess.study import Study
from geoaccess.study.resource_sections import bases_of
from geoaccess.study.services import asked_service, canonical
from geoaccess.study.state import BASE
from geoaccess.words.note import Note


@dataclass(frozen=True, eq=False, repr=False)
class Accessibility(Told):
    """Nearest facility of each kind for every demand point, and the tables made from it.

    Attributes:
        nearest: one row per demand point and kind: ``demand_id, name, municipality_code, lon, lat, kind,
            scenario, travel_time_min, facility_id, facility_name, second_nearest_min`` and the weights.
        rows: one row per group and kind: the group column, ``kind, scenario`` and the figures of
            :func:`geoaccess.ground.measures.summarise`.
        region: one row per kind for the whole study, the same figures.
        weight: the weight that the figures are of.
        by: what the rows are grouped by.
        notes: what a reader must know: assumptions, rows left out, access legs.
        weather: what was asked of the weather, where a service of resources is told of.
        times: (kind, scenario) -> minutes to every facility, but for those that are too many to keep.
        study: the study it was asked of.
    """

    nearest: pd.DataFrame
    rows: pd.DataFrame
    region: pd.DataFrame
    weight: str
    by: str
    notes: tuple[str, ...]
    weather: Weather | None = None
    times: Mapping[tuple[str, str], KindTimes] = field(default_factory=dict)
    study: Study = field(kw_only=True, repr=False)

    def answer(self) -> Answer:
        """The same as it is kept in a folder: it draws the map and writes the report."""
        return access_answer(self.study, self)

    @property
    def access_legs(self) -> dict[str, float]:
        """Persons by their way from home to the network, see ``access_legs`` of ``run.json``."""
        return access_legs(self.study)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds and services that it tells of."""
        return tuple(self.nearest["kind"].astype(str).unique())

    @property
    def scenarios(self) -> tuple[str, ...]:
        """States that it tells of."""
        return tuple(self.nearest["scenario"].astype(str).unique())


def accessibility(
    study: Study | str | Path,
    *,
    by: str = "municipality",
    kinds: Sequence[str] | None = None,
    scenarios: Sequence[str] | None = None,
    weight: str | None = None,
    weather: Weather = ANY_WEATHER,
) -> Accessibility:
    """Times to the nearest facility of each kind, or until a service comes, told per group.

    Args:
        study: a study, its name or its path.
        by: ``municipality``, or a group column of the municipalities (county, health_trust, ...).
        kinds: kinds of facility, or services of resources (``response``, ``doctor``); default: those that the
            study reports on.
        scenarios: names of scenarios; default: the state that the study is in.
        weight: which weight the figures are of; default: the study's own.
        weather: season, percentile and limit of what services can be counted on.

    Raises:
        UnknownNameError: no such group, kind, scenario or weight.
    """
    loaded = as_study(study)
    table = access_figures(loaded, by=by, kinds=kinds, scenarios=scenarios, weight=weight, weather=weather)
    states = [loaded.in_state(scenario=name) for name in scenarios or (None,)]
    notes = [
        *drive_notes(loaded, table.kinds),
        *(note for state in states for note in study_notes(state, table.kinds)),
    ]
    return replace(table, notes=tuple(dict.fromkeys(notes)))


def access_figures(
    loaded: Study,
    *,
    by: str = "municipality",
    kinds: Sequence[str] | None = None,
    scenarios: Sequence[str] | None = None,
    weight: str | None = None,
    weather: Weather = ANY_WEATHER,
) -> Accessibility:
    """:func:`accessibility` without its notes, for whoever asks many times and tells them once.

    Raises:
        UnknownNameError: no such group, kind, scenario or weight.
    """
    named = kinds or loaded.report_kinds()
    chosen = tuple(name if name in loaded.config.kinds else canonical(name) for name in named)
    groups = group_labels(loaded, by)
    people, rows, region = [], [], []
    kept: dict[tuple[str, str], KindTimes] = {}
    states = [loaded.in_state(scenario=name) for name in scenarios or (None,)]
    for state in states:
        scenario, persons = state.scenario, state.weight(weight)
        for kind in chosen:
            facilities, times = timed(state, kind)
            points = nearest_of(state, kind, facilities, times)
            if times.size <= MOST_PAIRS:
                kept[kind, scenario] = KindTimes(facilities, times)
            minutes = points["travel_time_min"].to_numpy(dtype=np.float64)
            thresholds = loaded.kind(kind).thresholds_min
            come = is_service(loaded, kind)
            if come:
                points = pd.concat([points, who_comes(state, kind, weather)], axis=1)
            elif is_transport(loaded, kind):
                points = pd.concat([points, how_carried(state, kind, weather)], axis=1)
            table = summarise_by(minutes, persons, groups, thresholds_min=thresholds)
            people.append(points)
            told = _labelled(table.rename_axis(by).reset_index(), kind, scenario, after=by)
            rows.append(_marked(loaded, told, kind) if by == "municipality" else told)
            figures = summarise(minutes, persons, thresholds_min=thresholds)
            if meets_weather(loaded, kind):
                figures |= region_figures(points, persons, weather.limit(loaded, kind))
            whole = pd.DataFrame([figures])
            region.append(_labelled(whole, kind, scenario))
    return Accessibility(
        nearest=pd.concat(people, ignore_index=True),
        rows=pd.concat(rows, ignore_index=True),
        region=pd.concat(region, ignore_index=True),
        weight=weight or loaded.config.demand.default_weight,
        by=by,
        notes=(),
        weather=weather if any(meets_weather(loaded, kind) for kind in chosen) else None,
        times=kept,
        study=loaded,
    )


def served_by(study: Study, table: Accessibility) -> pd.DataFrame:
    """Which facility is nearest for how many persons of each group.

    Returns:
        One row per kind, scenario, group and facility, the largest first in each group: the group column,
        ``kind, scenario, facility_id, facility_name, persons, share`` (of the group) and ``mean_min`` of
        those persons; the facility is ``""`` for those whom nothing reaches. Groups without persons have
        no row.
    """
    keys = ["kind", "scenario", table.by, "facility_id", "facility_name"]
    labels = pd.Series(
        group_labels(study, table.by), index=pd.Index(study.demand["demand_id"], name="demand_id")
    )
    points = table.nearest.assign(persons=table.nearest[table.weight])
    points = points.assign(**{table.by: labels.loc[points["demand_id"]].to_numpy(dtype=object)})
    points = points.assign(person_min=points["persons"] * points["travel_time_min"])
    found = points.groupby(keys, sort=False)[["persons", "person_min"]].sum(min_count=1).reset_index()
    found = found[found["persons"] > 0]
    total = found.groupby(["kind", "scenario", table.by])["persons"].transform("sum")
    found = found.assign(share=found["persons"] / total, mean_min=found["person_min"] / found["persons"])
    order = ["kind", "scenario", table.by, "persons", "facility_id"]
    found = found.sort_values(order, ascending=[True, True, True, False, True], ignore_index=True)
    return found[[table.by, *(key for key in keys if key != table.by), "persons", "share", "mean_min"]]


def _marked(study: Study, rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Rows of municipalities, those in which no service of the kind is known marked in a column ``known``."""
    if study.coverage.empty or kind not in study.config.kinds:
        return rows
    names = study.municipalities.set_index("municipality_code")["name"]
    missing = rows["municipality"].isin(names.loc[list(study.unknown_in(kind))])
    return rows.assign(known=np.where(missing, "none known", ""))


def _labelled(frame: pd.DataFrame, kind: str, scenario: str, *, after: str = "") -> pd.DataFrame:
    position = list(frame.columns).index(after) + 1 if after else 0
    frame.insert(position, "kind", kind)
    frame.insert(position + 1, "scenario", scenario)
    return frame


def craft_rows(study: Study, table: Accessibility, services: Sequence[str], weather: Weather) -> pd.DataFrame:
    """What each resource adds, see :func:`geoaccess.questions.access.weather.by_craft`, per state."""
    frames = []
    for scenario in table.scenarios:
        state = study.in_state(scenario=scenario)
        for name in services:
            rows = by_craft(state, name, weather, state.weight(table.weight))
            frames.append(_labelled(rows, name, scenario))
    return pd.concat(frames, ignore_index=True)


def who_rows(table: Accessibility, services: Sequence[str]) -> pd.DataFrame:
    """Who comes to every demand point first and second, and what weather leaves of it."""
    rows = table.nearest[table.nearest["kind"].isin(services)]
    return rows.drop(columns=[name for name in ("lon", "lat") if name in rows]).reset_index(drop=True)


def access_answer(study: Study, table: Accessibility, *, craft: pd.DataFrame | None = None) -> Answer:
    """The run of ``geoaccess access``; ``craft``: what each resource adds, where it was asked."""
    kinds = table.nearest["kind"].unique().tolist()
    scenarios = table.nearest["scenario"].astype(str).unique().tolist()
    base = study.in_state(scenario=BASE)
    states = {name: study.in_state(scenario=name) for name in scenarios}
    there = set(_ids(base))
    people, projection = people_by_year(study, scenarios[0])
    choosable, why_not = _choosable(study, table, kinds)
    return Answer(
        question="access",
        facts={
            **_facts(study, kinds),
            **projection,
            FACT: counted_in(study, scenarios, **_asked_weather(table.weather)),
            "weight": table.weight,
            "by": table.by,
            "region": table.region,
            "access_legs": table.access_legs,
            "closed_facilities": {name: sorted(there - set(_ids(state))) for name, state in states.items()},
            "facilities_in": {name: _ids(state) for name, state in states.items()},
            "resource_kinds": {name: bases_of(name, one)[0] for name, one in study.config.resources.items()},
            "notes": table.notes,
            **({NOT_CHOOSABLE: why_not.to_dict()} if why_not else {}),
        },
        tables={
            "nearest": table.nearest,
            "groups": table.rows,
            "region": table.region,
            "facilities": _facilities({BASE: base, **states}, _with_bases(study, kinds)),
            "municipalities": study.municipalities,
            "links": study_links(study),
            "closures": closures_table(study, scenarios),
            **_ways(states, kinds),
            **none_known(study, kinds),
            **people,
            **({} if craft is None else {"craft": craft}),
        },
        inputs=study.files,
        site_minutes=choosable,
    )


def _choosable(
    study: Study, table: Accessibility, kinds: Sequence[str]
) -> tuple[tuple[SiteMinutes, ...], Note | None]:
    """The kinds whose facilities a reader of the map may close, or why there is none."""
    wanted = len(kinds) * len(table.scenarios)
    if len(table.times) < wanted:
        return (), Note("what_if.not.size", most=MOST_PAIRS)
    return choosable_kinds(study, kinds, table.times)


def _ways(states: Mapping[str, Study], kinds: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The winning ways of the places that services take longest for; nothing where none was asked for."""
    services = {
        kind: asked
        for kind in kinds
        if (asked := asked_service(kind)) is not None
        and all(kind not in state.config.kinds for state in states.values())
    }
    if not services:
        return {}
    frames = []
    for scenario, state in states.items():
        sailed = sailed_lines(study_links(state))
        for kind, asked in services.items():
            frames.append(_labelled(winning_legs(state, asked, sailed=sailed), kind, scenario))
    return {"ways": pd.concat(frames, ignore_index=True)}


def _asked_weather(weather: Weather | None) -> dict[str, object]:
    if weather is None:
        return {}
    return {
        "season": weather.season or "year",
        "percentile": 100.0 * weather.share,
        "within_min": "" if weather.within_min is None else weather.within_min,
    }


def _facilities(states: Mapping[str, Study], kinds: Sequence[str]) -> pd.DataFrame:
    """Every facility of the kinds that any state has, once."""
    frames = [state.facilities for state in states.values()]
    every = pd.concat(frames, ignore_index=True).drop_duplicates("facility_id")
    return every[every["kind"].isin(kinds) | every["facility_id"].isin(kinds)].reset_index(drop=True)


def _facts(study: Study, kinds: Sequence[str]) -> dict[str, Any]:
    """What a reader must know of the study, and of the services that were asked for."""
    facts = study_facts(study)
    told = {name: in_both_languages(study.kind(name), "label", "plural") for name in kinds}
    thresholds = {name: {"thresholds_min": study.kind(name).thresholds_min} for name in kinds}
    own = {name: told[name] | thresholds[name] for name in kinds if name not in facts["kinds"]}
    return facts | {"kinds": facts["kinds"] | own}


def _with_bases(study: Study, kinds: Sequence[str]) -> list[str]:
    """Kinds of facility, those of the bases in the place of services."""
    bases = service_bases(study)
    ends = [asked.to if (asked := asked_service(kind)) and asked.to else kind for kind in kinds]
    return list(dict.fromkeys(one for kind in ends for one in bases.get(kind, [kind])))


def _ids(study: Study) -> list[str]:
    """Ids of the facilities that are there in a state."""
    return sorted(study.facilities["facility_id"].astype(str))
