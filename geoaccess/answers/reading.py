"""What a report draws on: the tables of a run under their names, and the names of things in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import pairs_none_known
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.study.state import BASE
from geoaccess.words.note import Note
from geoaccess.words.visible import visible
from geoaccess.words.words import Words, heading

#: Columns of the table ``nearest`` that are not weights.
_NOT_WEIGHTS = {"lon", "lat", "travel_time_min", "second_nearest_min"}
#: Columns of the table ``municipalities`` that name no group.
_NOT_GROUPS = {"municipality_code", "name", "urban"}


@dataclass(frozen=True, eq=False)
class Material:
    """A run, and the words to tell it in."""

    run: Answer
    words: Words

    def check(self) -> None:
        """Refuse a run without anything to tell.

        Raises:
            DataError: the run has neither travel times nor a placement.
        """
        if not (self.has_times or self.has_placement):
            raise DataError(Note("fault.answer.no_report", question=self.run.question))

    @property
    def facts(self) -> Mapping[str, Any]:
        """What ``run.json`` says."""
        return self.run.facts

    @property
    def has_times(self) -> bool:
        """Whether the run tells times to the nearest facilities."""
        return "nearest" in self.run.tables

    @property
    def has_placement(self) -> bool:
        """Whether the run tells a placement."""
        return "placement" in self.run.tables and bool(self.facts.get("place"))

    def table(self, name: str) -> pd.DataFrame:
        """A table of the run; empty when it has none of that name."""
        return self.run.tables.get(name, pd.DataFrame())

    @property
    def placed(self) -> Mapping[str, Any]:
        """What ``run.json`` says of the placement."""
        found: Mapping[str, Any] = self.facts["place"]
        return found

    # Kinds, scenarios, weights

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of service whose times are told."""
        return tuple(dict.fromkeys(self.table("nearest")["kind"].astype(str))) if self.has_times else ()

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """The states of the world that times are told in, the first being the one compared with."""
        if not self.has_times:
            return ()
        return tuple(dict.fromkeys(self.table("nearest")["scenario"].astype(str)))

    def kind(self, name: str, *, plural: bool = False) -> str:
        """A kind of service in the words of the study, for the middle of a sentence."""
        told = self.facts.get("kinds", {}).get(name, {})
        return self.words.told(told, "plural" if plural else "label") or visible(name.replace("_", " "))

    def scenario(self, name: str) -> str:
        """A state of the world, in the study's words where the run tells them."""
        told = self.words.told(self.facts.get("scenario_titles", {}).get(name, {}), "title")
        return told or (self.words("scenario.base") if name == BASE else visible(name))

    def thresholds(self, kind: str) -> tuple[float, ...]:
        """The thresholds of a kind, minutes."""
        told = self.facts.get("kinds", {}).get(kind, {})
        return tuple(float(limit) for limit in told.get("thresholds_min", ()))

    @cached_property
    def weight(self) -> str:
        """The weight that the figures are of."""
        named = self.facts.get("weight")
        return str(named) if named else self.weights[0]

    @cached_property
    def weights(self) -> tuple[str, ...]:
        """Every weight that the demand points have."""
        frame = self.table("nearest") if self.has_times else self.table("placement")
        told = self.facts.get("weights")
        if told:
            return tuple(str(name) for name in told if name in frame.columns)
        own = {"before_min", "after_min", "gain_min", "threshold_min"} | _NOT_WEIGHTS
        return tuple(
            str(name)
            for name in frame.columns
            if name not in own and not str(name).endswith("_min") and frame[name].dtype.kind in "fiu"
        )

    @property
    def people(self) -> str:
        """What the weight counts, as the heading of a column."""
        return heading(self.words.weight(self.weight))

    def points(self, kind: str, scenario: str) -> pd.DataFrame:
        """The demand points with their times to the nearest facility of a kind."""
        frame = self.table("nearest")
        chosen = (frame["kind"].astype(str) == kind) & (frame["scenario"].astype(str) == scenario)
        return frame[chosen].reset_index(drop=True)

    # Names

    @cached_property
    def municipality_names(self) -> dict[str, str]:
        """Code -> name of the municipalities."""
        frame = self.table("municipalities")
        if frame.empty:
            return {}
        return dict(zip(frame["municipality_code"].astype(str), frame["name"].astype(str), strict=True))

    def municipality(self, code: object) -> str:
        """Name of a municipality; its code where it has none."""
        return visible(self.municipality_names.get(str(code), code))

    def group_names(self, code: str) -> list[tuple[str, str]]:
        """County, trust and the like of a municipality, with what each is."""
        frame = self.table("municipalities")
        row = frame[frame["municipality_code"].astype(str) == code]
        names = [
            str(name)
            for name in frame.columns
            if name not in _NOT_GROUPS and not str(name).endswith("_total")
        ]
        return [(self.group(name), self.group_value(name, row[name].iloc[0])) for name in names if len(row)]

    def group_value(self, by: str, value: object) -> str:
        """A group in words: a facility by its name, yes and no in the language, else as in the data."""
        named = self.facts.get("group_values", {}).get(by, {}).get(str(value))
        return visible(named) if named else self.words.known(f"value.{value}", str(value))

    def group(self, by: str) -> str:
        """What the rows of a table are, as a heading: municipality, county, ..."""
        return heading(self.group_word(by))

    def group_word(self, by: str) -> str:
        """What the rows of a table are, for the middle of a sentence."""
        return self.words.known(f"group.{by}", by)

    @cached_property
    def _none_known(self) -> frozenset[tuple[str, str]]:
        return pairs_none_known(self.table("none_known"))

    def none_known(self, code: object, kind: str) -> bool:
        """Whether no service of a kind is known in a municipality: no minutes are shown without that."""
        return (str(code), kind) in self._none_known

    def marks(self, codes: Iterable[object], kind: str) -> list[str]:
        """The sign behind the minutes of each municipality: empty where a service is known."""
        sign = self.words("mark.none_known.sign")
        return [sign if self.none_known(code, kind) else "" for code in codes]

    # The study

    @property
    def title(self) -> str:
        """Title of the study."""
        return self.words.told(self.facts, "title")

    @property
    def notice(self) -> str:
        """What every result must say of the data's limits."""
        return self.words.told(self.facts, "notice")

    @property
    def notes(self) -> tuple[str, ...]:
        """Assumptions and limits beside the notice."""
        own = {self.facts.get("notice"), self.facts.get(f"notice_{self.words.language.value}")}
        return tuple(note for note in self.facts.get("notes", ()) if note and note not in own)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the data come from."""
        return tuple(str(source) for source in self.facts.get("sources", ()))

    @property
    def made(self) -> datetime:
        """When the run began."""
        told = self.facts.get("started")
        return datetime.fromisoformat(told) if told else self.run.started

    @property
    def time(self) -> str:
        """What the minutes of the placement are, for the middle of a sentence: the question says of what."""
        return self.words("placement.time")


def column(frame: pd.DataFrame, name: str) -> FloatArray:
    """A column as float64."""
    return frame[name].to_numpy(dtype=np.float64)


def worst_first(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Longest time first, the unreachable before all."""
    return frame.sort_values(list(by), ascending=False, na_position="first", kind="stable").reset_index(
        drop=True
    )
