"""What a reader of any answer on calls must know: every figure with how sure it is, and what is assumed."""

from __future__ import annotations

from collections.abc import Mapping

from geoaccess.study.call_sections import CALL_FIGURES, CLASS_FIGURES
from geoaccess.study.names import kind_words
from geoaccess.words.note import Note
from geoaccess.workload.plans import Plan
from geoaccess.workload.tables import calls_of
from geoaccess.workload.ways import own_time


def call_notes(plan: Plan) -> list[str]:
    """How calls, duties and rules came about, each figure with its label."""
    calls, tables = calls_of(plan.study), plan.tables
    notes: list[str] = []
    for code, frame in (
        ("rates", tables.rates),
        ("hours", tables.hours),
        ("destinations", tables.destinations),
    ):
        sure = [Note(f"confidence.{name}") for name in sorted(set(frame["confidence"]))]
        notes.append(Note(f"note.calls.{code}", sure=tuple(sure)))
    named = sorted({*tables.destinations["from"], *tables.destinations["to"]} & set(plan.ends.of))
    nowhere = tuple(kind_words(plan.study, kind) for kind in named if (plan.ends.of[kind] < 0).all())
    if nowhere:
        notes.append(Note("note.calls.nowhere", kinds=nowhere))
    for name, one in calls.classes.items():
        labels = _labels(one, CLASS_FIGURES)
        notes.append(Note("note.calls.class", name=name, share=one.share, labels=labels))
    notes.append(Note("note.calls.figures", labels=_labels(calls, CALL_FIGURES)))
    notes.append(Note("note.calls.speed", factor=calls.speed_factor))
    notes += plan.roster.notes
    assumed = int((tables.duties["confidence"] == "assumption").sum()) if len(tables.duties) else 0
    if assumed:
        notes.append(Note("note.calls.duties", assumed=assumed, every=len(tables.duties)))
    aside = own_time(plan.study)
    if aside:
        notes.append(Note("note.calls.own_time", scenario=plan.study.scenario, keys=tuple(aside)))
    notes.append(Note("note.calls.rules", rule=plan.rules.choice))
    return notes


def _labels(section: object, figures: Mapping[str, tuple[str, ...]]) -> tuple[Note, ...]:
    found = []
    for name in figures:
        sure = getattr(section, f"{name}_confidence") or "default"
        found.append(
            Note(
                "note.calls.label", figure=Note(f"note.calls.figure.{name}"), sure=Note(f"confidence.{sure}")
            )
        )
    return tuple(found)
