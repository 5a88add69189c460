"""What a reader of a placement must know beside its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes.drives_over_day import DRAWS
from geoaccess.minutes.resources.notes import resource_note, service_notes
from geoaccess.questions.placement.minutes import ONE_CLOCK
from geoaccess.questions.placement.resource_bases import (
    SERVICE,
    background,
    counts_everybody,
    craft_asked,
)
from geoaccess.study import Study
from geoaccess.study.names import kind_words, scenario_name
from geoaccess.study.placement_sections import Placement as Question
from geoaccess.study.services import service_section
from geoaccess.words.note import Note, part_words

_NAMED = 30


def placement_notes(
    study: Study, question: Question, demand: pd.DataFrame, persons: FloatArray
) -> tuple[str, ...]:
    """Notes of the study, of the question's assumptions, and of the people whom nothing reaches."""
    kinds = [question.facility, *(other.kind for other in question.alternatives)]
    notes: list[str] = [*study_notes(study, kinds), *question_notes(study, question)]
    before, after = demand["before_min"].to_numpy(), demand["after_min"].to_numpy()
    newly = persons[np.isnan(before) & ~np.isnan(after)].sum()
    if newly and question.unreached_min is None:
        notes.append(Note("note.newly", people=float(newly)))
    unreached = np.isnan(after) & (persons > 0)
    if unreached.any():
        notes.append(
            Note(
                f"note.unreached.{question.catchment}",
                kind=kind_words(study, question.facility),
                borders=question.borders,
                people=float(persons[unreached].sum()),
                names=_listed(study, demand, unreached),
            )
        )
    return tuple(notes)


def _listed(study: Study, demand: pd.DataFrame, rows: NDArray[np.bool_]) -> Sequence[str]:
    """Places by name; whole municipalities where there are many."""
    names: list[str] = demand.loc[rows, "name"].astype(str).tolist()
    if len(names) <= _NAMED:
        return names
    labels = study.municipalities.set_index("municipality_code")["name"]
    codes = demand.loc[rows, "municipality_code"].drop_duplicates()
    return Note("note.places_in", n=len(names), names=labels.loc[codes].astype(str).tolist())


def _ignored(study: Study, question: Question) -> list[Note]:
    """That today's facilities neither stay nor cost anything to close, where the question leaves them out."""
    count = int((study.facilities["kind"] == question.facility).sum())
    if question.existing != "ignore" or not count:
        return []
    told = [Note("note.ignored", count=count, kind=kind_words(study, question.facility))]
    if any(beds.kind == question.facility for beds in study.config.beds.values()):
        told.append(Note("note.ignored.beds"))
    return told


def question_notes(study: Study, question: Question) -> list[Note]:
    """Fixed parts, assumptions on craft and units, promises: what the question takes for granted."""
    notes = [*_ignored(study, question), *_parts_notes(study, question)]
    if question.times != ONE_CLOCK:
        notes.append(Note(f"note.times.{question.times}", draws=DRAWS))
    if question.unreached_min is not None:
        notes.append(Note("note.unreached_counts", minutes=question.unreached_min))
    if question.parts_source:
        notes.append(Note("note.parts_source", source=question.parts_source))
    notes += _who_else(study, question)
    if question.units is not None and question.units.erlang is not None:
        notes.append(Note("note.erlang", source=question.units.erlang.source))
    return notes


def _parts_notes(study: Study, question: Question) -> list[Note]:
    """What the time of each kind of help consists of beside the travel."""
    told = [(question.facility, question.parts)]
    told += [(other.kind, other.parts) for other in question.alternatives]
    notes = [
        Note("note.parts", kind=kind_words(study, kind), parts=_parts(parts)) for kind, parts in told if parts
    ]
    if question.onward is not None:
        kind, parts = kind_words(study, question.onward.kind), _parts(question.onward.parts)
        by = ".brought" if question.onward.brought_by else ""
        scene = service_section(study.config, "transport").scene_min
        scene = scene if question.onward.scene_min is None else question.onward.scene_min
        fields: dict[str, object] = {"kind": kind} | ({"scene": scene} if by else {})
        code = f"note.onward{by}"
        notes.append(Note(f"{code}.parts", **fields, parts=parts) if parts else Note(code, **fields))
    return notes


def _parts(parts: Mapping[str, float]) -> list[Note]:
    return [Note("note.part", minutes=value, part=part_words(name)) for name, value in parts.items()]


def _who_else(study: Study, question: Question) -> list[Note]:
    """Who comes beside what is placed, today and newly, and by which figures."""
    notes: list[Note] = []
    if counts_everybody(study, question):
        counts = background(study, question)["kind"].value_counts()
        bases = [
            Note("list.counted", name=kind_words(study, str(kind)), count=int(count))
            for kind, count in counts.items()
        ]
        notes += [Note("note.beside", bases=bases), *service_notes(study, SERVICE)] if bases else []
    for craft in craft_asked(study, question):
        if craft.own:
            notes.append(resource_note(study, craft.name, craft.resource))
        if craft.asked.grounded_in:
            names = [scenario_name(study, name) for name in craft.asked.grounded_in]
            kind = kind_words(study, craft.asked.kind)
            notes.append(Note("note.craft_stays", kind=kind, scenarios=names))
    return notes
