"""Sweeps over the day: the nearest of each kind at every moment of leaving, state by state.

A partition then has one row for each origin and kind: the earliest arrival at *any* destination of the kind
is found for each moment first, and its mean or percentile is taken last. Pairs would not give it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geoaccess.questions.matrix.pairs import TIME, Pairs, Places
from geoaccess.questions.sweep.sources import Source, State
from geoaccess.study.ferry_timing import conditions_of, leaving
from networks import FerryConditions, TravelNetwork, apply_overlays
from networks.arrival import Basis, nearest_profiles
from networks.overlays import Ferries

#: What stands as the time of a state: the mean over the moments, or what nine in ten do not exceed.
Figure = Literal["around-the-clock-mean", "around-the-clock-p90"]
#: Timetables drawn for ferries whose departures are not known.
DRAWS = 20
#: A way that takes longer is no way, minutes.
PATIENCE_MIN = 2880.0
#: Figures of a partition beside its time; the last three are shares or 0 and 1.
BESIDE_TIME = (
    "best_min",
    "p50_min",
    "p90_min",
    "mean_min",
    "no_way_share",
    "timed",
    "assumed",
    "night_unknown",
)


@dataclass(frozen=True)
class Day:
    """What is asked of the day.

    Attributes:
        figure: what stands as the time.
        week_of: first day of the week of leaving; None = none is named.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: a way that takes longer is no way.
    """

    figure: Figure
    week_of: date | None = None
    draws: int = DRAWS
    patience_min: float = PATIENCE_MIN


def day_pairs(source: Source, state: State, day: Day) -> tuple[Pairs, Places]:
    """The nearest of each kind of a state over the day, and the places: kinds stand as destinations."""
    network = apply_overlays(source.network, state.overlays)
    when = leaving(network, _conditions(network, source), day.week_of)
    kinds = tuple(dict.fromkeys(state.kinds)) or ("",)
    of_kind = np.asarray(state.kinds or ("",) * len(state.to_ids), dtype=object)
    n = len(source.from_ids)
    figures: dict[str, NDArray[np.float64]] = {
        name: np.full((n, len(kinds)), np.nan) for name in (TIME, *BESIDE_TIME)
    }
    for column, kind in enumerate(kinds):
        profiles = nearest_profiles(
            network,
            source.origins,
            state.destinations.take(np.flatnonzero(of_kind == kind)),
            when.conditions,
            days=when.days,
            patience_min=day.patience_min,
            draws=day.draws,
        )
        found = profiles.figures(windows=[(0.0, profiles.period_min)])
        bits = profiles.basis()
        half, nine = found.percentile_min[:, 0].T
        told = {
            "best_min": found.best_min[:, 0],
            "p50_min": half,
            "p90_min": nine,
            "mean_min": found.mean_min[:, 0],
            "no_way_share": found.no_way_share[:, 0],
            "timed": (bits != 0).astype(np.float64),
            "assumed": ((bits & Basis.ASSUMED) > 0).astype(np.float64),
            "night_unknown": ((bits & Basis.NIGHT_UNKNOWN) > 0).astype(np.float64),
        }
        told[TIME] = told["mean_min" if day.figure == "around-the-clock-mean" else "p90_min"]
        for name, values in told.items():
            figures[name][:, column] = np.where(np.isfinite(values), values, np.nan)
    rows, columns = (one.ravel() for one in np.indices((n, len(kinds))))
    pairs = Pairs(rows, columns, {name: values.ravel() for name, values in figures.items()})
    names = tuple(kind or "nearest" for kind in kinds)
    return pairs, Places(source.from_ids, names, {"kind": kinds} if state.kinds else {})


def _conditions(network: TravelNetwork, source: Source) -> FerryConditions:
    """How ferries are timed in a state: as its last overlay says, else as the source does."""
    said = [overlay for overlay in network.applied if isinstance(overlay, Ferries)]
    if said or source.ferries is None:
        return conditions_of(network, None)
    return source.ferries
