"""States of the world and how likely they are: all where they are few, drawn ones where they are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.study.hazard_sections import WEEK_SHARE, WEEKS
from geoaccess.words.note import Note

State = frozenset[str]


@dataclass(frozen=True, eq=False)
class StateSpace:
    """States, and their probability in each kind of week.

    Weeks in which every hazard is as likely are one *stratum*, so that a study without seasons has one.

    Attributes:
        states: which hazards happen, one set per state; the empty set, the base state, is always among them,
            if need be with probability 0.
        probability: (n_states, n_strata) probability of each state in a week of the stratum; columns sum
            to 1.
        stratum_of_week: (52,) stratum of each week.
        stratum_share: (n_strata,) share of the year.
        draws: (n_strata,) how many states were drawn; None where all states are listed.
    """

    states: tuple[State, ...]
    probability: FloatArray
    stratum_of_week: NDArray[np.int64]
    stratum_share: FloatArray
    draws: NDArray[np.int64] | None = None

    @property
    def method(self) -> Literal["enumeration", "monte carlo"]:
        """How the states were found."""
        return "enumeration" if self.draws is None else "monte carlo"

    @property
    def annual(self) -> FloatArray:
        """(n_states,) probability over the year."""
        result: FloatArray = self.probability @ self.stratum_share
        return result


def enumerate_states(names: Sequence[str], weekly: FloatArray, *, most: int = 4096) -> StateSpace | None:
    """Every state that can happen, or None where there are more than ``most``.

    Args:
        names: names of the hazards.
        weekly: (52, n_hazards) probability of each in each week.
        most: states that are worth writing out.
    """
    strata, stratum_of_week, share = _strata(names, weekly)
    highest, lowest = strata.max(axis=0, initial=0.0), strata.min(axis=0, initial=1.0)
    open_ended = np.flatnonzero((highest > 0) & (lowest < 1))
    certain = np.flatnonzero(lowest == 1)
    if 2 ** len(open_ended) > most:
        return None
    states: list[State] = []
    rows: list[FloatArray] = []
    for mask in range(2 ** len(open_ended)):
        happens = np.zeros(len(names), dtype=np.bool_)
        happens[certain] = True
        happens[open_ended] = [bool(mask >> bit & 1) for bit in range(len(open_ended))]
        chance = np.where(happens, strata, 1.0 - strata).prod(axis=1)
        if chance.any():
            states.append(frozenset(name for name, here in zip(names, happens, strict=True) if here))
            rows.append(chance)
    if frozenset() not in states:
        states.append(frozenset())
        rows.append(np.zeros(len(share)))
    return StateSpace(tuple(states), np.array(rows), stratum_of_week, share)


def sample_states(names: Sequence[str], weekly: FloatArray, *, draws: int, seed: int) -> StateSpace:
    """States drawn at random, stratified by the kind of week in proportion to its share of the year.

    Args:
        names: names of the hazards.
        weekly: (52, n_hazards) probability of each in each week.
        draws: how many to draw in all; each stratum gets at least two.
        seed: seed of the draws.

    Raises:
        DataError: fewer than two draws.
    """
    if draws < 2:
        raise DataError(Note("fault.reliability.draws", draws=draws))
    strata, stratum_of_week, share = _strata(names, weekly)
    generator = np.random.default_rng(seed)
    number = np.maximum(2, np.ceil(draws * share)).astype(np.int64)
    counts: dict[State, FloatArray] = {frozenset(): np.zeros(len(strata))}
    for stratum, chances in enumerate(strata):
        drawn = generator.random((number[stratum], len(names))) < chances
        unique, times = np.unique(drawn, axis=0, return_counts=True)
        for happens, count in zip(unique, times, strict=True):
            state = frozenset(name for name, here in zip(names, happens, strict=True) if here)
            counts.setdefault(state, np.zeros(len(strata)))[stratum] = count
    probability = np.array(list(counts.values())) / number
    return StateSpace(tuple(counts), probability, stratum_of_week, share, number)


def _strata(names: Sequence[str], weekly: FloatArray) -> tuple[FloatArray, NDArray[np.int64], FloatArray]:
    if weekly.shape != (WEEKS, len(names)):
        raise DataError(
            Note("fault.reliability.weekly", shape=str(weekly.shape), wanted=str((WEEKS, len(names))))
        )
    if not ((weekly >= 0) & (weekly <= 1)).all():
        raise DataError("weekly probabilities must lie between 0 and 1")
    if not len(names):
        return np.zeros((1, 0)), np.zeros(WEEKS, dtype=np.int64), np.ones(1)
    # Rounded only to recognise equal weeks; the first week of each kind lends its exact figures.
    _, first, which = np.unique(np.round(weekly, 12), axis=0, return_index=True, return_inverse=True)
    stratum_of_week = np.asarray(which, dtype=np.int64).reshape(-1)
    share = np.bincount(stratum_of_week, weights=WEEK_SHARE).astype(np.float64)
    return weekly[first], stratum_of_week.astype(np.int64), share
