"""Who gains and who loses in each state of a sweep, of the partitions as they stand.

Minutes are those to the nearest destination of a kind, as the partition holds them: what it leaves out
(``--max-min``) counts as not reached. The first state of a source is the one that others are compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.measures import weighted_mean
from geoaccess.questions.comparison.answer import SAME_MIN, change_figures
from geoaccess.questions.matrix.pairs import TIME
from geoaccess.questions.sweep.answer import Done
from geoaccess.questions.sweep.sources import Source, State

#: Figures of a state beside its means, as :func:`change_figures` names them.
_CHANGES = (
    "persons_no_longer_reached",
    "persons_newly_reached",
    "persons_lose",
    "person_min_lost",
    "persons_gain",
    "person_min_gained",
    "worst_loss_min",
)


def sweep_tables(sources: Sequence[Source], done: Sequence[Done]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The states and the points of a sweep.

    Returns:
        (states, points). States: one row for each source, state and kind, with the people not reached, the
        mean, and the changes from the source's first state. Points: one row for each source, kind and origin:
        its minutes in the first state, the least and most of any, in which, and in how many it is reached.
    """
    partitions = {(one.source, one.state): one.path for one in done}
    states, points = [], []
    for source in sources:
        for kind in kinds_of(source):
            spread = _Spread(source)
            for state, minutes in _of_kind(source, kind, partitions):
                row = _state_row(source, state, kind, spread.first, minutes)
                states.append(row | _rests_on(partitions[source.name, state.name], source, kind))
                spread.add(state.name, minutes)
            points.append(spread.table(kind))
    return pd.DataFrame(states), pd.concat(points, ignore_index=True)


def kinds_of(source: Source) -> list[str]:
    """The kinds of destination of a source; one empty name where it has none."""
    return list(dict.fromkeys(kind for state in source.states for kind in state.kinds)) or [""]


def _of_kind(
    source: Source, kind: str, partitions: dict[tuple[str, str], Path]
) -> Iterator[tuple[State, FloatArray]]:
    for state in source.states:
        yield state, nearest_minutes(partitions[source.name, state.name], source.from_ids, kind)


def nearest_minutes(path: Path, from_ids: Sequence[str], kind: str) -> FloatArray:
    """(n_origins,) minutes to the nearest destination of a kind in a partition; NaN = none is told."""
    if kind and "kind" not in pq.read_schema(path).names:
        return np.full(len(from_ids), np.nan)  # every destination of the state is closed
    asked = ["from_id", TIME, *(["kind"] if kind else [])]
    table = pq.ParquetFile(path, read_dictionary=["from_id", "kind"] if kind else ["from_id"]).read(asked)
    minutes = table[TIME].to_numpy()
    here = np.isfinite(minutes)
    if kind:
        here &= np.asarray(table["kind"].to_pandas() == kind)
    codes = table["from_id"].to_pandas().astype("category")
    at = pd.Index(from_ids).get_indexer(pd.Index(codes.cat.categories))[codes.cat.codes.to_numpy()]
    least = np.full(len(from_ids), np.inf)
    np.minimum.at(least, at[here], minutes[here])
    return np.where(np.isfinite(least), least, np.nan)


def _state_row(
    source: Source, state: State, kind: str, first: FloatArray | None, minutes: FloatArray
) -> dict[str, object]:
    persons = source.places["persons"].to_numpy(dtype=np.float64)
    figures = change_figures(minutes if first is None else first, minutes, persons)
    chance = {} if state.probability is None else {"probability": state.probability}
    return {
        "source": source.name,
        "scenario": state.name,
        "kind": kind,
        **chance,
        "persons": figures["persons"],
        "persons_unreachable": float(persons[np.isnan(minutes)].sum()),
        "mean_min": weighted_mean(minutes, persons),
        **{name: figures[name] for name in _CHANGES},
    }


def _rests_on(path: Path, source: Source, kind: str) -> dict[str, float]:
    """Of a sweep over the day: whose time depends on departures, and on what of them is not known."""
    names = pq.read_schema(path).names
    if "assumed" not in names or (kind and "kind" not in names):
        return {}
    table = pd.read_parquet(path, partitioning=None)
    rows = table[table["kind"] == kind] if kind else table
    persons = pd.Series(source.places["persons"].to_numpy(dtype=np.float64), index=list(source.from_ids))
    many = persons.loc[rows["from_id"]].to_numpy()
    return {
        f"persons_{told}": float(many[rows[name].to_numpy() > 0].sum())
        for told, name in (
            ("by_the_clock", "timed"),
            ("assumed", "assumed"),
            ("night_unknown", "night_unknown"),
        )
    }


class _Spread:
    """The minutes of the origins over the states of a source."""

    def __init__(self, source: Source) -> None:
        n = len(source.from_ids)
        self.source = source
        self.first: FloatArray | None = None
        self.least, self.most = np.full(n, np.inf), np.full(n, -np.inf)
        self.reached = np.zeros(n, dtype=np.int64)
        self.longest_in: list[str] = [""] * n
        self.cut_in: list[str] = [""] * n

    def add(self, name: str, minutes: FloatArray) -> None:
        """Another state; of equally long ones the first is named, and being cut off comes before all."""
        if self.first is None:
            self.first = minutes
        found = np.isfinite(minutes)
        self.reached += found
        self.least = np.fmin(self.least, minutes)
        for at in np.flatnonzero(found & (minutes > self.most + SAME_MIN)).tolist():
            self.most[at] = minutes[at]
            self.longest_in[at] = name
        for at in np.flatnonzero(~found).tolist():
            self.cut_in[at] = self.cut_in[at] or name

    def table(self, kind: str) -> pd.DataFrame:
        """One row for each origin."""
        some, always = self.reached > 0, self.reached == len(self.source.states)
        return pd.DataFrame(
            {
                "source": self.source.name,
                "kind": kind,
                "from_id": list(self.source.from_ids),
                "name": self.source.places["name"].astype(str).to_numpy(),
                "lon": self.source.origins.lon,
                "lat": self.source.origins.lat,
                "persons": self.source.places["persons"].to_numpy(dtype=np.float64),
                "first_min": self.first,
                "least_min": np.where(some, self.least, np.nan),
                "longest_min": np.where(always, self.most, np.nan),
                "longest_in": [
                    cut or longest for cut, longest in zip(self.cut_in, self.longest_in, strict=True)
                ],
                "states_reached": self.reached,
                "states": len(self.source.states),
            }
        )
