"""Beds close to home: variants of units, sized, priced and held against today's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.minutes import as_study
from geoaccess.questions.beds.inputs import patients_of, sites_of
from geoaccess.questions.beds.posed import Ground, allowed_pairs, ground_of, posed
from geoaccess.questions.beds.tables import (
    TODAY,
    Decided,
    area_rows,
    municipal_rows,
    payer_rows,
    region_of,
    unit_rows,
)
from geoaccess.study import Study
from geoaccess.study.beds_sections import Beds, BedVariant
from geoaccess.study.names import named_section
from geoaccess.words.note import Note, in_languages
from networks.brief import Brief
from optimise.running import Limits
from optimise.sized_units import SizedAnswer, solve_sized
from optimise.status import Status


@dataclass(frozen=True, eq=False, repr=False)
class BedsFound(Brief):
    """Variants of beds, each with its proof.

    Attributes:
        name: name of the beds in the study.
        beds: what the study says.
        units: one row per variant and site that has or had a unit.
        municipalities: one row per variant and municipality: its unit, minutes, its part of beds and money.
        areas: one row per variant and area.
        payers: one row per variant, unit and payer.
        region: variant -> the sums of all units; ``today`` first.
        scenario: state of the world.
        notes: what a reader must know.
    """

    name: str
    beds: Beds
    units: pd.DataFrame
    municipalities: pd.DataFrame
    areas: pd.DataFrame
    payers: pd.DataFrame
    region: dict[str, dict[str, Any]]
    scenario: str
    notes: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether every variant is."""
        return all(one["status"] in ("", Status.OPTIMAL.value) for one in self.region.values())


def plan_beds(
    study: Study | str | Path,
    name: str | None = None,
    variants: Sequence[str] = (),
    *,
    scenario: str | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> BedsFound:
    """Which units stay, grow, shrink, close or open, in every variant that a study defines.

    Args:
        study: a study, its name or its path; its year says whose people come.
        name: name of the beds; default: the only ones.
        variants: names of variants; default: all.
        scenario: state of the world; default: the state that the study is in.
        time_limit_s: wall seconds for each variant.
        seed: seed of the solver.

    Raises:
        UnknownNameError: no such beds, variant or scenario.
        DataError: the study has no beds, its tables have faults, or a variant has no answer.
    """
    loaded = as_study(study).with_people_of(scenario)
    state = loaded.in_state(scenario=scenario)
    chosen, beds = named_section(state.config.beds, name, what="beds", none="fault.beds.none")
    for one in variants:
        if one not in beds.variants:
            raise UnknownNameError("variant", one, beds.variants)
    asked = {one: beds.variants[one] for one in variants or beds.variants}
    patients = patients_of(state, beds)
    ground = ground_of(state, beds, patients, sites_of(state, beds, patients))
    decided = {TODAY: _today(ground)}
    limits = Limits(time_limit_s=time_limit_s, seed=seed)
    for one, variant in asked.items():
        decided[one] = _decided(ground, variant, limits)
    units = {one: unit_rows(ground, what) for one, what in decided.items()}
    persons = {one: municipal_rows(ground, what, units[one]) for one, what in decided.items()}
    region = {one: region_of(ground, what, units[one], persons[one]) for one, what in decided.items()}
    return BedsFound(
        name=chosen,
        beds=beds,
        units=_stacked(units),
        municipalities=_stacked(persons),
        areas=_stacked({one: area_rows(ground, units[one], persons[one]) for one in decided}),
        payers=_stacked({one: payer_rows(beds, rows) for one, rows in units.items()}),
        region=region,
        scenario=state.scenario,
        notes=_notes(state, ground, decided, region),
    )


def _stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([table.assign(variant=name) for name, table in tables.items()], ignore_index=True)


def _today(ground: Ground) -> Decided:
    """Today's units, and each municipality at its own or else the nearest at a neighbour's."""
    allowed, far = allowed_pairs(ground, BedVariant(title=TODAY, units="keep"))
    minutes = np.where(allowed, ground.minutes, np.inf)
    beside = ground.sites.table["beside_today"].to_numpy(dtype=bool)
    return Decided(
        beds=ground.sites.table["beds_today"].to_numpy(dtype=np.float64),
        goes=np.where(allowed.any(axis=1), minutes.argmin(axis=1), -1).astype(np.int64),
        beside=beside,
        beside_goes=_nearest_beside(ground, beside),
        far=tuple(far),
        answer=None,
        is_today=True,
    )


def _nearest_beside(ground: Ground, there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,) nearest site with the service beside; -1 for none."""
    minutes = np.where(there[None, :] & np.isfinite(ground.beside_minutes), ground.beside_minutes, np.inf)
    if not minutes.shape[1]:
        return np.full(len(minutes), -1, dtype=np.int64)
    return np.where(np.isfinite(minutes.min(axis=1)), minutes.argmin(axis=1), -1).astype(np.int64)


def _decided(ground: Ground, variant: BedVariant, limits: Limits) -> Decided:
    problem, served, far = posed(ground, variant)
    found: SizedAnswer = solve_sized(problem, limits)
    if not len(found.size):
        title = in_languages(variant, "title")
        code = "fault.beds.infeasible" if found.status is Status.INFEASIBLE else "fault.beds.stopped"
        raise DataError(Note(code, variant=title, most=ground.beds.maximum))
    beside = ground.sites.table["beside_today"].to_numpy(dtype=bool)
    together = variant.together
    return Decided(
        beds=found.size.astype(np.float64),
        goes=_among(served, found.goes),
        beside=found.second_open if together else beside,
        beside_goes=_among(served, found.second_goes) if together else _nearest_beside(ground, beside),
        far=tuple(far),
        answer=found,
        is_today=False,
    )


def _among(served: NDArray[np.bool_], goes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) sites of the municipalities that are served; -1 for the others."""
    whole = np.full(len(served), -1, dtype=np.int64)
    whole[served] = goes
    return whole


def _notes(
    state: Study, ground: Ground, decided: Mapping[str, Decided], region: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    beds = ground.beds
    notes: list[Note] = []
    for stream in beds.streams.values():
        confidence = Note(f"confidence.{stream.confidence}")
        notes.append(
            Note(
                "note.beds.stream",
                title=in_languages(stream, "title"),
                source=stream.source,
                confidence=confidence,
            )
        )
    prices = beds.prices
    notes.append(
        Note("note.beds.prices", source=prices.source, confidence=Note(f"confidence.{prices.confidence}"))
    )
    if beds.persons_source:
        notes.append(Note("note.beds.persons", source=beds.persons_source))
    if beds.seasons:
        notes.append(Note("note.beds.seasons", source=beds.seasons_source))
    if beds.beside_source:
        notes.append(Note("note.beds.beside", source=beds.beside_source))
    notes += [
        Note("note.beds.payer", title=in_languages(payer, "title"), source=payer.source)
        for payer in beds.payers.values()
    ]
    unsure = ground.sites.table
    for label in ("computed", "recalled", "assumption"):
        rows = unsure[unsure["beds_confidence"] == label]
        if len(rows):
            notes.append(
                Note(
                    "note.beds.unsure",
                    n=len(rows),
                    beds=float(rows["beds_today"].sum()),
                    confidence=Note(f"confidence.{label}"),
                )
            )
    far = tuple(dict.fromkeys(name for one in decided.values() for name in one.far))
    if far:
        notes.append(Note("note.beds.far", names=list(far)))
    nowhere = region[TODAY]["persons_nowhere"]
    if nowhere > 0:
        notes.append(Note("note.beds.nowhere", count=nowhere))
    lost = region[TODAY]["persons_unreached"] - nowhere
    if lost > 0:
        notes.append(Note("note.beds.unreached", count=lost))
    notes.append(Note("note.beds.reckoned"))
    return (*notes, *study_notes(state, [beds.kind, *([beds.beside] if beds.beside else [])]))


def beds_answer(study: Study, found: BedsFound) -> Answer:
    """The run of ``geoaccess beds``: units, municipalities, areas and payers of every variant."""
    state = study.with_people_of(found.scenario).in_state(scenario=found.scenario)
    variants = {
        TODAY: None,
        **{one: found.beds.variants[one].model_dump() for one in found.region if one != TODAY},
    }
    places = state.demand[["demand_id", "name", "municipality_code", "lon", "lat", *state.weights]]
    for one in found.region:
        rows = found.municipalities[found.municipalities["variant"] == one].set_index("municipality_code")
        places = places.assign(**{f"{one}_min": rows["minutes"].loc[places["municipality_code"]].to_numpy()})
    return Answer(
        question="beds",
        facts={
            **study_facts(study),
            "beds": {
                "name": found.name,
                "section": found.beds.model_dump(),
                "variants": variants,
                "region": found.region,
            },
            "scenario": found.scenario,
            "weight": state.config.demand.default_weight,
            "notes": list(found.notes),
        },
        tables={
            "beds_units": found.units,
            "beds_municipalities": found.municipalities,
            "beds_areas": found.areas,
            "beds_payers": found.payers,
            "beds_points": places,
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=(*study.files, study.folder / found.beds.table, study.folder / found.beds.neighbours),
    )
