"""What a map is drawn from: the facts and tables of a run, and the words to tell them in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import pairs_none_known
from geoaccess.ground.arrays import FloatArray
from geoaccess.words.map_words import MapWords, heading
from geoaccess.words.note import note_in
from maps import SiteRole

#: Name of the state of the world without any scenario.
_BASE = "base"


@dataclass(frozen=True, eq=False)
class Source:
    """An answer as a map sees it.

    Attributes:
        answer: the answer.
        words: language of the map.
    """

    answer: Answer
    words: MapWords

    @property
    def facts(self) -> Mapping[str, Any]:
        """What ``run.json`` says."""
        return self.answer.facts

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """File stem -> table."""
        return self.answer.tables

    def table(self, name: str) -> pd.DataFrame:
        """A table of the run; empty when it has none of that name."""
        return self.tables.get(name, pd.DataFrame())

    def kind(self, name: str, *, plural: bool = False) -> str:
        """A kind of service in the words of the study, for the middle of a sentence."""
        told = self.facts.get("kinds", {}).get(name, {})
        label = self.words.told(told, "plural" if plural else "label")
        return label or name.replace("_", " ")

    def kind_heading(self, name: str, *, plural: bool = False) -> str:
        """A kind of service with its first letter large."""
        return heading(self.kind(name, plural=plural))

    def thresholds(self, kind: str) -> tuple[float, ...]:
        """The thresholds of a kind in minutes, ascending."""
        told = self.facts.get("kinds", {}).get(kind, {}).get("thresholds_min") or ()
        return tuple(sorted(float(limit) for limit in told))

    def scenario(self, name: str) -> str:
        """A state of the world, as the study describes it where it does."""
        return self.words("scenario.base") if name == _BASE else self.scenario_told(name) or name

    def facility_roles(self, rows: pd.DataFrame, scenario: str) -> list[SiteRole]:
        """What facilities are in a state: there, or closed, or not there yet."""
        here = self.facts.get("facilities_in", {}).get(scenario)
        if here is None:
            return [SiteRole.EXISTING] * len(rows)
        there, closed = set(here), set(self.facts.get("closed_facilities", {}).get(scenario, ()))
        return [
            SiteRole.EXISTING if key in there else SiteRole.CLOSED if key in closed else SiteRole.ABSENT
            for key in rows["facility_id"].astype(str)
        ]

    def scenario_told(self, name: str) -> str:
        """A state of the world as the study describes it; empty where it does not."""
        return self.words.told(self.facts.get("scenario_titles", {}).get(name, {}), "title")

    @property
    def title(self) -> str:
        """Title of the study."""
        return self.words.told(self.facts, "title")

    @property
    def notices(self) -> tuple[str, ...]:
        """What every result must say of the data's limits."""
        notice = self.words.told(self.facts, "notice")
        return (notice,) if notice else ()

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Sources of the data, then assumptions and limits, each once."""
        own = {self.facts.get("notice"), *self.notices}
        notes = [note for note in self.facts.get("notes", ()) if note and note not in own]
        return (
            *map(str, self.facts.get("sources", ())),
            *(note_in(note, self.words.language.value) for note in dict.fromkeys(notes)),
        )

    @cached_property
    def _none_known(self) -> frozenset[tuple[str, str]]:
        return pairs_none_known(self.table("none_known"))

    def marks(self, codes: Iterable[object], kind: str) -> tuple[str, ...]:
        """What stands behind the minutes of each municipality: that none is known there, or nothing."""
        mark = self.words("mark.none_known")
        return tuple(mark if (str(code), kind) in self._none_known else "" for code in codes)

    @cached_property
    def municipality_names(self) -> dict[str, str]:
        """Code -> name of the municipalities."""
        frame = self.table("municipalities")
        if frame.empty:
            return {}
        return dict(zip(frame["municipality_code"].astype(str), frame["name"].astype(str), strict=True))

    def weights(self, frame: pd.DataFrame) -> list[str]:
        """The weights that a table of places has, that of the figures first."""
        first = str(self.facts.get("weight") or "people")
        own = self.facts.get("weights")  # runs of older versions do not say; their weights begin with people
        named = [
            str(name)
            for name in frame.columns
            if (str(name) in own if own else str(name).startswith("people"))
        ]
        found = [first] if first in frame.columns and first not in named else []
        return sorted(found + named, key=lambda name: name != first)

    def weight_name(self, name: str) -> str:
        """What a weight counts, as a heading."""
        return heading(self.words.known(f"weight.{name}", name))


def numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    """A column as float64."""
    values: FloatArray = frame[name].to_numpy(dtype=np.float64)
    return values
