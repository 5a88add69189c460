"""The answer of ``geoaccess sweep``: who gains and who loses in each state, beside the partitions.

It lies in :data:`geoaccess.answers.answer.BESIDE` within the folder of the partitions, whose readers pass
over names that begin with an underscore.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import scenario_of
from geoaccess.questions.sweep.answer import Asked, Done
from geoaccess.questions.sweep.sources import Source
from geoaccess.questions.sweep.states import kinds_of, sweep_tables
from geoaccess.words.catalogue import say
from geoaccess.words.locales import ENGLISH, LANGUAGES
from geoaccess.words.note import Note


def sweep_answer(
    sources: Sequence[Source],
    done: Sequence[Done],
    asked: Asked,
    *,
    inputs: Sequence[Path] = (),
) -> Answer:
    """The states with who gains and who loses, every origin over all of them, and where they travel to."""
    states, points = sweep_tables(sources, done)
    return Answer(
        question="sweep",
        facts={
            **_facts(sources),
            "sweep": {
                "sources": [one.name for one in sources],
                "first": {one.name: one.states[0].name for one in sources},
                "states": len(done),
                "nearest": asked.nearest,
                "max_min": asked.max_min,
                "times": "one-clock" if asked.day is None else asked.day.figure,
                "week_of": str(asked.day.week_of or "") if asked.day else "",
            },
            "notes": _notes(sources, asked),
        },
        tables={
            "sweep_states": states,
            "sweep_points": points,
            "sweep_destinations": pd.concat(map(_destinations, sources), ignore_index=True),
        },
        inputs=tuple(dict.fromkeys((*inputs, *(file for one in sources for file in one.inputs)))),
    )


def _facts(sources: Sequence[Source]) -> Mapping[str, Any]:
    """What is told of the only study; of several sources their names, and the words of all their kinds."""
    if len(sources) == 1 and sources[0].facts:
        return sources[0].facts
    names = ", ".join(one.name for one in sources)
    title = {
        "title" if one == ENGLISH else f"title_{one}": say("sweep.title", one, names=names)
        for one in LANGUAGES
    }
    merged: dict[str, Any] = {"kinds": {}, "scenario_titles": {}}
    for part in merged:
        for one in sources:
            merged[part] |= one.facts.get(part, {})
    told = [str(text) for one in sources for text in one.facts.get("sources", ())]
    return {**title, "study": names, "sources": list(dict.fromkeys(told)), **merged}


def _notes(sources: Sequence[Source], asked: Asked) -> tuple[str, ...]:
    notes: list[str] = [note for one in sources for note in one.notes]
    notes += [
        Note("note.sweep.first", source=one.name, state=scenario_of(one.facts, one.states[0].name))
        for one in sources
    ]
    if any(not one.facts for one in sources):
        notes.append(Note("note.sweep.points"))
    if asked.day is not None:
        notes.append(Note(f"note.times.{asked.day.figure}", draws=asked.day.draws))
    if asked.max_min is not None:
        notes.append(Note("note.sweep.within", minutes=asked.max_min))
    return tuple(dict.fromkeys(notes))


def _destinations(source: Source) -> pd.DataFrame:
    """``source, to_id, kind, lon, lat, states`` of all that is travelled to, and in how many states."""
    frames = [
        pd.DataFrame(
            {
                "to_id": list(state.to_ids),
                "kind": list(state.kinds) or kinds_of(source)[0],
                "lon": state.destinations.lon,
                "lat": state.destinations.lat,
            }
        )
        for state in source.states
    ]
    every = pd.concat(frames, ignore_index=True)
    keys = ["to_id", "kind"]
    counted = every.groupby(keys, sort=False, as_index=False).agg(
        lon=("lon", "first"), lat=("lat", "first"), states=("lon", "size")
    )
    counted.insert(0, "source", source.name)
    return counted
