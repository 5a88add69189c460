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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
        groups: label -> the same for its demand points alone, where labels were given.
    """

    table: pd.DataFrame
    region: dict[str, float]
    weeks: pd.DataFrame
    states: pd.DataFrame
    worst_week: int
    method: str
    draws: int
    groups: Mapping[str, Reliability] = field(default_factory=dict)


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
    members = {name: group_of == name for name in sorted(set(group_of.tolist()))}
    everybody = np.ones(len(persons), dtype=np.bool_)
    table, sums = _over_points(space, kept, persons, limit, [everybody, *members.values()])
    table.insert(0, "demand_id", ids)
    groups = {
        name: _outcome(space, own, persons[here], table[here])
        for (name, here), own in zip(members.items(), sums[1:], strict=True)
    }
    return replace(_outcome(space, sums[0], persons, table), groups=groups)


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
    members: Sequence[NDArray[np.bool_]],
) -> tuple[pd.DataFrame, list[Means]]:
    """Figures of every point, and for each set of members the sums over its persons in every state."""
    tables = []
    sums = [Means(*np.zeros((3, len(space.states)))) for _ in members]
    for here in kept.blocks():
        minutes = kept.of(here)
        tables.append(_table(space, minutes, limit[here]))
        states = Means.of(minutes, limit[here])
        for number, chosen in enumerate(members):
            inside = chosen[here]
            if inside.any():
                own = persons[here][inside]
                added = (part[:, inside] @ own for part in states)
                sums[number] = Means(*(old + new for old, new in zip(sums[number], added, strict=True)))
    nobody = [] if tables else [_table(space, np.empty((len(space.states), 0)), limit)]
    return pd.concat(tables or nobody, ignore_index=True), sums


def _outcome(space: StateSpace, sums: Means, persons: FloatArray, table: pd.DataFrame) -> Reliability:
    total = persons.sum() or np.nan
    people = Means(*(part / total for part in sums))
    in_week = people.weighted(space.probability)
    worst = worst_week(space, in_week.within[:, np.newaxis], in_week.expected[:, np.newaxis])
    by_state = pd.DataFrame(
        {
            "state": [in_words(state) for state in space.states],
            "probability": space.annual,
            "share_within": people.within,
            "expected_min": people.expected,
        }
    )
    weeks = _weeks(space, in_week, float(persons.sum()))
    reached = table["probability_reached"].round(12).to_numpy()
    cut_off = {
        "persons_cut_off_worst_week": float(weeks["persons_unreachable"].max()),
        "persons_cut_off_sometimes": float(persons[reached < 1.0].sum()),
        "persons_cut_off_always": float(persons[reached == 0.0].sum()),
    }
    region = _without_noise(pd.DataFrame([_region(space, people, in_week) | cut_off]))
    return Reliability(
        table=_without_noise(table),
        region={str(name): float(region[name].iloc[0]) for name in region},
        weeks=_without_noise(weeks),
        states=_without_noise(by_state).sort_values(
            "probability", ascending=False, kind="stable", ignore_index=True
        ),
        worst_week=int(worst[0]) + 1,
        method=space.method,
        draws=0 if space.draws is None else int(space.draws.sum()),
    )


def _without_noise(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its shares and probabilities to twelve digits: sums of them miss 1 by a hair."""
    shares = [name for name in map(str, frame) if name.startswith("share") or "probability" in name]
    return frame.assign(**{name: frame[name].round(12) for name in shares})


def _table(space: StateSpace, minutes: FloatArray, limit: FloatArray) -> pd.DataFrame:
    states = Means.of(minutes, limit)
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


def _weeks(space: StateSpace, in_week: Means, persons: float) -> pd.DataFrame:
    stratum = space.stratum_of_week
    return pd.DataFrame(
        {
            "week": np.arange(1, WEEKS + 1),
            "share_within": in_week.within[stratum],
            "expected_min": in_week.expected[stratum],
            "persons_unreachable": persons * (1.0 - in_week.reached[stratum]),
        }
    )
