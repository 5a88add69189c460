"""Expected time, the chance of being reached, and the worst week, over all states of the world.

For a demand point with ``t_k`` minutes in state ``k`` of probability ``p_k`` (NaN: not reached in it):

* ``probability_within = sum_k p_k [t_k <= T]``, the threshold inclusive;
* ``probability_reached = sum_k p_k [t_k is a number]``;
* ``expected_min``: the mean over the states in which it is reached (that it is not always reached is told by
  the probability, for no number of minutes would be true);
* ``p90_min``: the smallest time that is kept in states of probability 0.9; NaN where it falls among states in
  which the point is not reached;
* the **worst week**: the week of the year with the smallest probability (of persons) within the threshold, of
  equal ones that with the longest expected time, then the first.

Where the states are drawn, standard errors and a 95 % interval of the percentile stand beside the figures;
see :mod:`geoaccess.questions.reliability.estimates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.questions.reliability.estimates import (
    Means,
    percentiles,
    ratio_error,
    stratified_error,
    worst_week,
)
from geoaccess.questions.reliability.kept import KeptTimes
from geoaccess.questions.reliability.states import State, StateSpace, enumerate_states, sample_states
from geoaccess.study.hazard_sections import WEEKS, Hazard, weekly_probabilities
from geoaccess.words.note import Note
from networks.brief import Brief
from networks.errors import Fault

#: Minutes of every demand point in a state: a function of the hazards that happen, or a table of states.
StateTimes = Callable[[State], ArrayLike] | Mapping[State, ArrayLike]


@dataclass(frozen=True, eq=False, repr=False)
class Reliability(Brief):
    """What the hazards do to time to care.

    Attributes:
        table: one row per demand point: ``demand_id, base_min`` (no hazard), ``expected_min,
            probability_reached, probability_within, p90_min, worst_week`` (1 to 52),
            ``worst_week_probability_within``; for drawn states also ``expected_error_min, within_error,
            p90_low_min, p90_high_min``.
        region: the same for all persons together: ``expected_min, share_within, share_reached``, for
            drawn states ``expected_error_min, share_within_error``, and ``persons_cut_off_worst_week`` (on
            average, in the week with most), ``persons_cut_off_sometimes, persons_cut_off_always``.
        weeks: one row per week: ``week, share_within, expected_min, persons_unreachable`` (expected).
        states: one row per state: ``state, probability`` (over the year), ``share_within, expected_min``.
        worst_week: week with the smallest share within, from 1.
        method: ``enumeration`` (no sampling error) or ``monte carlo``.
        draws: how many states were drawn, in all; 0 for enumeration.
        figures: one row of figures: ``share_within_base, base_min``, those of ``region``, ``worst_week,
            worst_week_share_within, worst_week_expected_min, method, draws``.
        groups: label -> the same for its demand points alone, where labels were given.
    """

    table: pd.DataFrame
    region: dict[str, float]
    weeks: pd.DataFrame
    states: pd.DataFrame
    worst_week: int
    method: str
    draws: int
    figures: dict[str, Any]
    groups: Groups


def reliability(
    times: StateTimes,
    hazards: Mapping[str, Hazard],
    weights: ArrayLike,
    *,
    threshold_min: ArrayLike,
    demand_ids: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    most_states: int = 4096,
    draws: int = 10_000,
    seed: int = 0,
    memory_mb: float = 500.0,
    on_state: Callable[[int, int], None] | None = None,
) -> Reliability:
    """Time to care over all states of the world: exactly where they are few, by seeded Monte Carlo beyond.

    What is held in memory does not grow with the states: their times go to a temporary file beyond
    ``memory_mb``, and figures are taken from it by blocks of demand points.

    Args:
        times: minutes of every demand point, NaN unreachable, for a state (the set of hazards that happen);
            each state is asked for once.
        hazards: name -> hazard.
        weights: persons at the demand points.
        threshold_min: the threshold, one or one per demand point, inclusive.
        demand_ids: ids of the demand points; default 0, 1, 2, ...
        labels: (n,) group of every demand point, each of which is then found as well (``groups``).
        most_states: up to this many states are written out.
        draws: states drawn where there are more.
        seed: seed of the draws.
        memory_mb: most memory for the times of all states; beyond it a file holds them.
        on_state: called with the number of states done and in all.

    Raises:
        DataError: times of the wrong shape, negative or missing; impossible weights; no room for the times.
    """
    names = list(hazards)
    weekly = weekly_probabilities(hazards)
    space = enumerate_states(names, weekly, most=most_states)
    space = space or sample_states(names, weekly, draws=draws, seed=seed)
    persons = _weights(weights)
    kept = _all_times(times, space, len(persons), memory_mb, on_state)
    limit = np.broadcast_to(np.asarray(threshold_min, dtype=np.float64), persons.shape)
    ids = np.arange(len(persons)) if demand_ids is None else np.asarray(demand_ids)
    group_of = np.array([]) if labels is None else np.asarray(labels, dtype=object)
    members = members_of(group_of)
    everybody = np.arange(len(persons))
    table, sums = _over_points(space, kept, persons, limit, [everybody, *members.values()])
    table.insert(0, "demand_id", ids)
    parts = (
        Part(space, own, persons[here], table.take(here))
        for here, own in zip(members.values(), sums[1:], strict=True)
    )
    return Part(space, sums[0], persons, table).told(Groups(dict(zip(members, parts, strict=True))))


def members_of(labels: NDArray[np.object_]) -> dict[str, NDArray[np.int64]]:
    """Label -> positions that have it, ascending; in the order of the labels."""
    which, names = pd.factorize(labels)
    ends = np.cumsum(np.bincount(which, minlength=len(names)))
    rows = np.split(np.argsort(which, kind="stable"), ends)[: len(names)]
    return dict(sorted(zip(names.tolist(), rows, strict=True), key=lambda group: group[0]))


def _weights(weights: ArrayLike) -> FloatArray:
    persons = np.asarray(weights, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(persons) & (persons >= 0)))
    if persons.ndim != 1 or len(wrong):
        raise DataError(
            [
                Fault(
                    "a weight must be a number of at least 0",
                    where="weights",
                    row=str(row),
                    value=str(persons[row]),
                )
                for row in wrong
            ]
            or Note("fault.reliability.weights", shape=str(persons.shape))
        )
    return persons


def _all_times(
    times: StateTimes,
    space: StateSpace,
    count: int,
    memory_mb: float,
    on_state: Callable[[int, int], None] | None,
) -> KeptTimes:
    kept = KeptTimes(len(space.states), count, memory_mb=memory_mb)
    faults = []
    for row, state in enumerate(space.states):
        shown = in_words(state)
        if isinstance(times, Mapping):
            if state not in times:
                faults.append(Fault("there are no times for this state", where="times", row=shown))
                continue
            found = np.asarray(times[state], dtype=np.float64)
        else:
            found = np.asarray(times(state), dtype=np.float64)
        if found.shape != (count,):
            message = Note("fault.reliability.times", shape=str(found.shape), count=count)
            faults.append(Fault(message, where="times", row=shown))
        elif (found < 0).any() or np.isinf(found).any():
            faults.append(Fault("a time is negative or infinite", where="times", row=shown))
        else:
            kept.add(found)
        if on_state is not None:
            on_state(row + 1, len(space.states))
    if faults:
        raise DataError(faults)
    return kept


def in_words(state: State) -> str:
    """The hazards of a state, for people."""
    return " + ".join(sorted(state)) or "(none)"


def _over_points(
    space: StateSpace,
    kept: KeptTimes,
    persons: FloatArray,
    limit: FloatArray,
    members: Sequence[NDArray[np.int64]],
) -> tuple[pd.DataFrame, list[Means]]:
    """Figures of every point, and for each set of members the sums over its persons in every state."""
    tables = []
    sums = [Means(*np.zeros((3, len(space.states)))) for _ in members]
    for here in kept.blocks():
        minutes = kept.of(here)
        states = Means.of(minutes, limit[here])
        tables.append(_table(space, minutes, states))
        for number, chosen in enumerate(members):
            first, last = np.searchsorted(chosen, (here.start, here.stop))
            if last > first:
                inside = chosen[first:last] - here.start
                own = persons[here][inside]
                added = (part[:, inside] @ own for part in states)
                sums[number] = Means(*(old + new for old, new in zip(sums[number], added, strict=True)))
    if not tables:
        nobody = np.empty((len(space.states), 0))
        tables.append(_table(space, nobody, Means.of(nobody, limit)))
    return pd.concat(tables, ignore_index=True), sums


class Part:
    """Some of the demand points over all states: figures at once, tables for whoever asks for them.

    Args:
        space: the states.
        sums: (n_states,) sums over the persons.
        persons: (n,) persons of the points.
        table: figures of each point.
    """

    def __init__(self, space: StateSpace, sums: Means, persons: FloatArray, table: pd.DataFrame) -> None:
        self.space, self.persons, self.table = space, persons, table
        total = persons.sum() or np.nan
        self.people = Means(*(part / total for part in sums))
        self.in_week = self.people.weighted(space.probability)
        weeks = self.in_week.within[:, np.newaxis], self.in_week.expected[:, np.newaxis]
        self.worst_week = int(worst_week(space, *weeks)[0]) + 1
        self.draws = 0 if space.draws is None else int(space.draws.sum())

    def region(self) -> dict[str, float]:
        """The figures of all persons together."""
        reached = self.table["probability_reached"].to_numpy().round(12)
        cut_off = {
            "persons_cut_off_worst_week": float(self._unreachable().max()),
            "persons_cut_off_sometimes": float(self.persons[reached < 1.0].sum()),
            "persons_cut_off_always": float(self.persons[reached == 0.0].sum()),
        }
        found = _region(self.space, self.people, self.in_week) | cut_off
        return {name: round_share(value) if _is_share(name) else value for name, value in found.items()}

    def figures(self) -> dict[str, Any]:
        """One row: without hazards, over the year, in the worst week."""
        calm = self.space.states.index(frozenset())
        worst = self.space.stratum_of_week[self.worst_week - 1]
        return {
            "share_within_base": round_share(self.people.within[calm]),
            "base_min": float(self.people.expected[calm]),
            **self.region(),
            "worst_week": self.worst_week,
            "worst_week_share_within": round_share(self.in_week.within[worst]),
            "worst_week_expected_min": float(self.in_week.expected[worst]),
            "method": self.space.method,
            "draws": self.draws,
        }

    def told(self, groups: Groups) -> Reliability:
        """All that is known of the points."""
        by_state = pd.DataFrame(
            {
                "state": [in_words(state) for state in self.space.states],
                "probability": self.space.annual,
                "share_within": self.people.within,
                "expected_min": self.people.expected,
            }
        )
        return Reliability(
            table=_without_noise(self.table),
            region=self.region(),
            weeks=_without_noise(_weeks(self.space, self.in_week, self._unreachable())),
            states=_without_noise(by_state).sort_values(
                "probability", ascending=False, kind="stable", ignore_index=True
            ),
            worst_week=self.worst_week,
            method=self.space.method,
            draws=self.draws,
            figures=self.figures(),
            groups=groups,
        )

    def _unreachable(self) -> FloatArray:
        """(52,) persons who are not reached, expected, in each week."""
        reached = self.in_week.reached[self.space.stratum_of_week]
        return np.asarray(float(self.persons.sum()) * (1.0 - reached))


class Groups(Mapping[str, Reliability]):
    """Label -> what the hazards do to its demand points, made when it is asked for.

    Args:
        parts: label -> its points over all states.
    """

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts

    def __getitem__(self, name: str) -> Reliability:
        return self._parts[name].told(Groups({}))

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def rows(self) -> pd.DataFrame:
        """``group, persons`` and the figures of each group."""
        return pd.DataFrame(
            [
                {"group": name, "persons": float(part.persons.sum()), **part.figures()}
                for name, part in self._parts.items()
            ]
        )


def _is_share(name: str) -> bool:
    return name.startswith("share") or "probability" in name


def round_share(value: float) -> float:
    """A share or probability to twelve digits: sums of them miss 1 by a hair."""
    return float(np.round(value, 12))


def _without_noise(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its shares and probabilities as :func:`round_share` has them."""
    shares = [name for name in map(str, frame) if _is_share(name)]
    return frame.assign(**{name: frame[name].round(12) for name in shares})


def _table(space: StateSpace, minutes: FloatArray, states: Means) -> pd.DataFrame:
    by_stratum = states.weighted(space.probability)
    annual = by_stratum.weighted(space.stratum_share)
    week = worst_week(space, by_stratum.within, by_stratum.expected)
    columns = {
        "base_min": minutes[space.states.index(frozenset())],
        "expected_min": annual.expected,
        "probability_reached": annual.reached,
        "probability_within": annual.within,
        **percentiles(space, minutes, 0.9),
        "worst_week": week + 1,
        "worst_week_probability_within": by_stratum.within[
            space.stratum_of_week[week], np.arange(minutes.shape[1])
        ],
    }
    if space.draws is not None:
        columns["expected_error_min"] = ratio_error(space, states)
        columns["within_error"] = stratified_error(space, states.within)
    return pd.DataFrame(columns)


def _region(space: StateSpace, people: Means, in_week: Means) -> dict[str, float]:
    year = in_week.weighted(space.stratum_share)
    figures = {
        "expected_min": float(year.expected),
        "share_within": float(year.within),
        "share_reached": float(year.reached),
    }
    if space.draws is not None:
        whole = Means(*(part[:, np.newaxis] for part in people))
        figures["expected_error_min"] = float(ratio_error(space, whole)[0])
        figures["share_within_error"] = float(stratified_error(space, whole.within)[0])
    return figures


def _weeks(space: StateSpace, in_week: Means, unreachable: FloatArray) -> pd.DataFrame:
    stratum = space.stratum_of_week
    return pd.DataFrame(
        {
            "week": np.arange(1, WEEKS + 1),
            "share_within": in_week.within[stratum],
            "expected_min": in_week.expected[stratum],
            "persons_unreachable": unreachable,
        }
    )
