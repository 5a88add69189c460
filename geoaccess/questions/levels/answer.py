"""Nearest acute help of any level: who has what how near, what it can do, and what stands together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.measures import rows_by, summarise
from geoaccess.minutes import as_study, fastest, group_labels, place_minutes
from geoaccess.questions.levels.places import abilities, area_index, level_places, standing_together
from geoaccess.study import Study
from geoaccess.study.care_sections import Care
from geoaccess.words.note import Note, in_languages

#: What stands for acute help of whatever level.
ANY = "any"


@dataclass(frozen=True, eq=False)
class LevelsFound:
    """Acute help of every level, near whom.

    Attributes:
        care: what the study says.
        points: one row per demand point: ``travel_time_min`` to the nearest of any level, its ``level,
            facility_id, facility_name``, and ``level_NAME_min`` to the nearest of each level.
        groups: one row per level (``any`` first) or ability and group: ``what`` (level or can), ``item``,
            ``persons, persons_unreachable, persons_nearest`` (whose nearest help is of the level),
            ``mean_min, p90_min, worst_min``.
        region: the same for everybody.
        places: the places of acute help, ``level``, and what they can do, comma separated.
        together: every facility of the kinds that should stand together, with what is beside it.
        areas: the index of co-location by area.
        by: what the groups are.
        scenario: state of the world.
        notes: what a reader must know.
    """

    care: Care
    points: pd.DataFrame
    groups: pd.DataFrame
    region: pd.DataFrame
    places: pd.DataFrame
    together: pd.DataFrame
    areas: pd.DataFrame
    by: str
    scenario: str
    notes: tuple[str, ...]


def acute_levels(
    study: Study | str | Path, *, by: str = "municipality", scenario: str | None = None
) -> LevelsFound:
    """Minutes by road from people to the nearest acute help, of any level and of each.

    Args:
        study: a study, its name or its path.
        by: ``municipality``, or a group column of the municipalities.
        scenario: state of the world; default: the state that the study is in.

    Raises:
        UnknownNameError: no such scenario or grouping.
        DataError: the study says nothing of levels, or none of them has a place.
    """
    loaded = as_study(study).with_people_of(scenario)
    state = loaded.in_state(scenario=scenario)
    care = state.config.care
    if care is None:
        raise DataError(Note("fault.care.none"))
    tables = {name: level_places(state, level) for name, level in care.levels.items()}
    places = pd.concat([table.assign(level=name) for name, table in tables.items()], ignore_index=True)
    if places.empty:
        raise DataError(Note("fault.care.no_place"))
    able = _able(state, care, tables)
    minutes = place_minutes(state, places)
    labels, persons = group_labels(state, by), state.weight(None)
    times, nearest = _items(care, places, able, minutes)
    rows = [
        _row(*key, values, persons, nearest.get(key), own, str(group), by)
        for group, own in rows_by(labels)
        for key, values in times.items()
    ]
    everybody = np.arange(len(persons))
    whole = [_row(*key, values, persons, nearest.get(key), everybody) for key, values in times.items()]
    together = standing_together(state, care)
    can = [", ".join(name for name, which in able.items() if which[at]) for at in range(len(places))]
    return LevelsFound(
        care=care,
        points=_points(state, care, places, minutes, times),
        groups=pd.DataFrame(rows),
        region=pd.DataFrame(whole),
        places=places.drop(columns="node_id").assign(can=can),
        together=together,
        areas=area_index(together, care),
        by=by,
        scenario=state.scenario,
        notes=_notes(state, care),
    )


def _able(state: Study, care: Care, tables: dict[str, pd.DataFrame]) -> dict[str, NDArray[np.bool_]]:
    """Ability -> (n_places,) which of all places have it."""
    parts = [abilities(state, care, care.levels[name], table) for name, table in tables.items()]
    return {name: np.concatenate([part[name] for part in parts]) for name in care.can}


def _items(
    care: Care, places: pd.DataFrame, able: dict[str, NDArray[np.bool_]], minutes: FloatArray
) -> tuple[dict[tuple[str, str], FloatArray], dict[tuple[str, str], NDArray[np.bool_]]]:
    """(what, item) -> minutes of everybody to it, and for levels who has it nearest of all."""
    level = places["level"].to_numpy(dtype=object)
    anything = fastest(minutes)
    times = {("level", ANY): anything}
    nearest = {("level", ANY): np.isfinite(anything)}
    first = _first(minutes)
    for name in care.levels:
        times["level", name] = fastest(minutes[:, level == name])
        nearest["level", name] = np.where(first >= 0, level[np.maximum(first, 0)] == name, False).astype(bool)
    for name, which in able.items():
        times["can", name] = fastest(minutes[:, which])
    return times, nearest


def _first(minutes: FloatArray) -> NDArray[np.int64]:
    """(n,) column of the least minutes, the later one of equals: it can do more; -1 for none."""
    turned = np.where(np.isnan(minutes), np.inf, minutes)[:, ::-1]
    found = minutes.shape[1] - 1 - turned.argmin(axis=1)
    return np.where(np.isfinite(turned).any(axis=1), found, -1)


def _row(
    what: str,
    item: str,
    minutes: FloatArray,
    persons: FloatArray,
    nearest: NDArray[np.bool_] | None,
    rows: IntArray,
    group: str = "",
    by: str = "",
) -> dict[str, Any]:
    found = summarise(minutes[rows], persons[rows])
    told: dict[str, Any] = {"what": what, "item": item, **({by: group} if by else {})}
    told |= {
        name: found[name] for name in ("persons", "persons_unreachable", "mean_min", "p90_min", "worst_min")
    }
    told["persons_nearest"] = float("nan") if nearest is None else float(persons[rows[nearest[rows]]].sum())
    for limit in (30, 60):
        late = ~(minutes[rows] <= limit)
        told[f"persons_beyond_{limit}_min"] = float(persons[rows][late].sum())
    return told


def _points(
    state: Study,
    care: Care,
    places: pd.DataFrame,
    minutes: FloatArray,
    times: dict[tuple[str, str], FloatArray],
) -> pd.DataFrame:
    first = _first(minutes)
    told = state.demand[["demand_id", "name", "municipality_code", "lon", "lat", *state.weights]].copy()
    for column, source in (("level", "level"), ("facility_id", "facility_id"), ("facility_name", "name")):
        told[column] = np.append(places[source].to_numpy(dtype=object), "")[first]
    told["travel_time_min"] = times["level", ANY]
    for name in care.levels:
        told[f"level_{name}_min"] = times["level", name]
    return told


def _notes(state: Study, care: Care) -> tuple[str, ...]:
    notes = [
        Note(
            "note.care.level",
            title=in_languages(level, "title"),
            source=level.source,
            confidence=Note(f"confidence.{level.confidence}"),
        )
        for level in care.levels.values()
    ]
    confidence = Note(f"confidence.{care.confidence}")
    notes.append(
        Note("note.care.together", minutes=care.within_min, source=care.source, confidence=confidence)
    )
    notes.append(Note("note.care.index"))
    kinds = dict.fromkeys([*(level.kind for level in care.levels.values()), *care.together])
    return (*notes, *study_notes(state, list(kinds)))


def levels_answer(study: Study, found: LevelsFound) -> Answer:
    """The run of ``geoaccess levels``."""
    state = study.with_people_of(found.scenario).in_state(scenario=found.scenario)
    return Answer(
        question="levels",
        facts={
            **study_facts(study),
            "care": found.care.model_dump(),
            "scenario": found.scenario,
            "weight": state.config.demand.default_weight,
            "by": found.by,
            "notes": list(found.notes),
        },
        tables={
            "levels": found.groups,
            "levels_region": found.region,
            "levels_points": found.points,
            "levels_places": found.places,
            "levels_together": found.together,
            "levels_areas": found.areas,
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
    )
