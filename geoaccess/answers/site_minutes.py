"""Minutes between people and sites, kept in an answer so that its map lets a reader open and close sites.

Minutes become whole numbers (*quanta*) such that nothing a reader is told by comparing changes: of two sites
the faster one stays the faster, and who is within a limit stays within it. So shares, and who gains and who
loses, are exact; minutes differ by at most ``error_min``, which is below :data:`MOST_ERROR_MIN`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import BoolArray, FloatArray
from maps.what_if import LEFT_OUT, UNREACHED

QuantaArray = NDArray[np.uint16]

#: The file in an answer's folder.
SITE_MINUTES_FILE = "site-minutes.npz"
#: The fact that says why a map of an answer lets nobody open and close sites: code and fields of a note.
NOT_CHOOSABLE = "not_choosable"
#: Minutes of the page differ by less than this from the command line's.
MOST_ERROR_MIN = 0.1
#: So many pairs of places and sites, all states together, go into a page.
MOST_PAIRS = 12_000_000
#: From so many pairs of one state on, ways to sites that cannot matter are left out ...
PAIRS_IN_FULL = 1_000_000
#: ... those that are slower than so many of today's sites: they matter only when all of these are closed.
TODAYS_KEPT = 4
#: The finest step, and the greatest quantum that is a number of minutes.
_FINEST_MIN, _GREATEST = 0.01, LEFT_OUT - 1_000
#: Times closer than this are one time, as in :mod:`optimise.changes`.
_SAME_MIN = 1e-9


@dataclass(frozen=True, eq=False)
class StateMinutes:
    """The minutes of one state of the world in quanta.

    Attributes:
        step_min: minutes of one quantum.
        error_min: no minutes differ by more than this.
        minutes: (n_sites, n_demand) quanta; :data:`maps.what_if.UNREACHED` and ``LEFT_OUT`` are none.
        before: (n_demand,) as people are served today.
        limits: (n_limits, n_demand) of each limit.
        today: (n_sites,) whether a site is there today.
    """

    step_min: float
    error_min: float
    minutes: QuantaArray
    before: QuantaArray
    limits: QuantaArray
    today: BoolArray


@dataclass(frozen=True, eq=False)
class SiteMinutes:
    """Everything that a choice of sites needs.

    Attributes:
        key: name of the placement, or kind of facility.
        kind: ``placement`` or ``access``.
        facility: kind of facility that is chosen.
        sites: ``site_id, name, municipality_code, lon, lat`` and ``closable`` (whether it may be closed).
        demand_ids: (n_demand,) ids of the places.
        states: name of the scenario -> minutes.
        within: positions of the limits whose share is told, and their minutes; None for the class limit.
        promises: plain data of :class:`maps.what_if.SitePromise`, without its label: ``minutes, limit, share,
            each, codes`` and ``what``.
        found: plain data of :class:`maps.what_if.KnownAnswer` by ids of sites: ``opened, closed, state,
            proven``; the first is the answer's own.
        limits: plain data of :class:`maps.what_if.SiteLimit` by ids of sites: ``code`` (of its words) with
            ``number``, or ``note`` (code and fields), and ``what, at_most, at_least, sites``.
        costs: price of opening each site, where a budget counts them.
    """

    key: str
    kind: str
    facility: str
    sites: pd.DataFrame
    demand_ids: Sequence[str]
    states: Mapping[str, StateMinutes]
    within: Sequence[tuple[int, float | None]] = ()
    promises: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    found: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    limits: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    costs: Sequence[float] = field(default_factory=tuple)

    @property
    def pairs(self) -> int:
        """Pairs of places and sites, all states together."""
        return sum(state.minutes.size for state in self.states.values())


def in_quanta(
    minutes: FloatArray, before: FloatArray, limits: FloatArray, today: BoolArray
) -> StateMinutes | None:
    """Minutes in quanta that keep every comparison of one place; None where the error would be too large.

    Args:
        minutes: (n_demand, n_sites) minutes; NaN unreachable.
        before: (n_demand,) minutes as people are served today; NaN unreachable.
        limits: (n_demand, n_limits) limits in minutes; NaN for none, which everybody is within.
        today: (n_sites,) whether a site is there today.
    """
    n_sites = minutes.shape[1]
    every = np.concatenate([minutes, before[:, None], limits], axis=1)
    finite = np.isfinite(every)
    longest = float(every[finite].max(initial=0.0))
    step = max(_FINEST_MIN, np.ceil(100.0 * longest / _GREATEST) / 100.0)
    order = np.argsort(every, axis=1, kind="stable")
    quanta = np.zeros(every.shape, dtype=np.int64)
    last, last_min = np.full(len(every), -1, dtype=np.int64), np.full(len(every), -np.inf)
    rows = np.arange(len(every))
    for rank in range(every.shape[1]):
        column = order[:, rank]
        value = np.where(finite[rows, column], every[rows, column], np.inf)
        known = np.isfinite(value)
        rounded = np.rint(np.where(known, value, 0.0) / step).astype(np.int64)
        further = np.where(known, value, 0.0) - np.where(np.isfinite(last_min), last_min, -1.0) > _SAME_MIN
        found = np.where(further, np.maximum(rounded, last + 1), np.maximum(last, 0))
        quanta[rows, column] = np.where(known, found, UNREACHED)
        last, last_min = np.where(known, found, last), np.where(known, value, last_min)
    error = np.abs(quanta * step - np.where(finite, every, 0.0))[finite].max(initial=0.0)
    if error >= MOST_ERROR_MIN or quanta[finite].max(initial=0) >= LEFT_OUT:
        return None
    packed = np.ascontiguousarray(quanta.T.astype(np.uint16))
    own = packed[:n_sites].copy()
    if own.size > PAIRS_IN_FULL:
        own = _cut(own, today)
    return StateMinutes(
        step_min=float(step),
        error_min=float(error),
        minutes=own,
        before=packed[n_sites],
        limits=packed[n_sites + 1 :],
        today=today,
    )


def _cut(minutes: QuantaArray, today: BoolArray) -> QuantaArray:
    """Without the ways that are slower than those to :data:`TODAYS_KEPT` of today's sites."""
    if today.sum() < TODAYS_KEPT:
        return minutes
    bound = np.partition(minutes[today], TODAYS_KEPT - 1, axis=0)[TODAYS_KEPT - 1]
    slower = (minutes > bound[None, :]) & (minutes < LEFT_OUT)
    return np.where(slower, np.uint16(LEFT_OUT), minutes)


def save_site_minutes(folder: Path, subjects: Sequence[SiteMinutes]) -> None:
    """Write the subjects into an answer's folder; nothing where there are none."""
    if not subjects:
        return
    arrays: dict[str, NDArray[Any]] = {}
    told = []
    for number, one in enumerate(subjects):
        for at, state in enumerate(one.states.values()):
            for name in ("minutes", "before", "limits", "today"):
                arrays[f"{number}-{at}-{name}"] = getattr(state, name)
        told.append(
            {
                "key": one.key,
                "kind": one.kind,
                "facility": one.facility,
                "sites": one.sites.to_dict(orient="list"),
                "demand_ids": list(map(str, one.demand_ids)),
                "states": [[name, s.step_min, s.error_min] for name, s in one.states.items()],
                "within": [list(pair) for pair in one.within],
                "promises": list(one.promises),
                "found": list(one.found),
                "limits": list(one.limits),
                "costs": [float(cost) for cost in one.costs],
            }
        )
    text = np.frombuffer(json.dumps(told).encode("utf-8"), dtype=np.uint8)
    np.savez_compressed(folder / SITE_MINUTES_FILE, told=text, **arrays)  # type: ignore[arg-type]


def load_site_minutes(folder: Path) -> tuple[SiteMinutes, ...]:
    """The subjects of an answer's folder; none where it has no such file.

    Raises:
        ValueError: the file is damaged.
        OSError: it cannot be read.
    """
    file = folder / SITE_MINUTES_FILE
    if not file.is_file():
        return ()
    with np.load(file, allow_pickle=False) as arrays:
        told = json.loads(arrays["told"].tobytes().decode("utf-8"))
        return tuple(_subject(arrays, number, one) for number, one in enumerate(told))


def _subject(arrays: Mapping[str, NDArray[Any]], number: int, told: Mapping[str, Any]) -> SiteMinutes:
    states = {
        name: StateMinutes(
            step,
            error,
            *(arrays[f"{number}-{at}-{part}"] for part in ("minutes", "before", "limits", "today")),
        )
        for at, (name, step, error) in enumerate(told["states"])
    }
    return SiteMinutes(
        key=told["key"],
        kind=told["kind"],
        facility=told["facility"],
        sites=pd.DataFrame(told["sites"]),
        demand_ids=told["demand_ids"],
        states=states,
        within=[(at, minutes) for at, minutes in told["within"]],
        promises=told["promises"],
        found=told["found"],
        limits=told.get("limits", ()),
        costs=told.get("costs", ()),
    )
