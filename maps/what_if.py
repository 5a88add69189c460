"""Choosing sites in the page: minutes between people and sites, for a reader who opens and closes them.

The page carries whole numbers (*quanta*) instead of minutes: ``minutes = quanta * step_min``. Two quanta
stand for no number: :data:`UNREACHED`, and :data:`LEFT_OUT` for pairs that a large page leaves out because
other sites are faster. What is stored is what is left when likenesses are taken out: a site's minutes go up
and down from one place to the next as those of a site near it (:func:`likeness`), and as in the state before.
The rest is small numbers: low bytes before high bytes, deflated (RFC 1950), in base 64.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maps.arrays import BoolArray
from maps.encoding import encode_integers

QuantaArray = NDArray[np.uint16]

#: No way at all.
UNREACHED = 65_535
#: A way that is there but is not carried, since so many faster sites are.
LEFT_OUT = 65_534


@dataclass(frozen=True, eq=False, slots=True)
class SiteState:
    """The minutes of one state of the world, such as a winter night.

    Attributes:
        key: identifies the state in the page's address.
        label: what the reader chooses.
        step_min: minutes of one quantum.
        error_min: no minutes differ by more than this from those they stand for.
        minutes: (n_sites, n_points) quanta between each place and each site.
        before: (n_points,) quanta as people are served today.
        limits: (n_limits, n_points) quanta of each limit for each place; a limit itself counts as within.
        today: (n_sites,) whether a site is there today.
    """

    key: str
    label: str
    step_min: float
    error_min: float
    minutes: QuantaArray
    before: QuantaArray
    limits: QuantaArray
    today: BoolArray


@dataclass(frozen=True, slots=True)
class SitePromise:
    """What a choice should keep: a share of people within a limit.

    Attributes:
        label: the promise in words.
        limit: position among the limits of the states.
        share: share of the people who must be within it, 0 to 1.
        each: whether it is made in every area on its own, instead of to all of them together.
        areas: positions of the areas that it is made to; none = every one.
    """

    label: str
    limit: int
    share: float = 1.0
    each: bool = False
    areas: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """A choice that was found by a solver, to compare with.

    Attributes:
        label: what it is, in words.
        opened: positions of the sites that it opens.
        closed: positions of the sites that it closes.
        state: key of the state that it was found for; empty for several together.
        proven: whether no choice of as many sites has a smaller mean in that state.
    """

    label: str
    opened: tuple[int, ...]
    closed: tuple[int, ...] = ()
    state: str = ""
    proven: bool = False


@dataclass(frozen=True, slots=True)
class SiteLimit:
    """How much a question lets a choice open or close; what a choice has beyond it is told, not refused.

    Attributes:
        label: the limit in words.
        what: ``opened``, ``closed`` or ``cost`` of what is opened.
        at_most: the most of it, or None.
        at_least: the least of it, or None.
        sites: positions of the sites that count; none = every one.
    """

    label: str
    what: str
    at_most: float | None = None
    at_least: float | None = None
    sites: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class WhatIf:
    """A subject whose sites a reader may open and close.

    Attributes:
        key: identifies the subject in the page's address; the name of the question.
        label: what is chosen, e.g. "Ambulance stations".
        kind: what the choice is taken back as: ``placement`` or ``access``.
        minutes_view: key of the view that shows the minutes of the choice.
        change_view: key of the view that shows who gains and who loses.
        points: key of the point layer of the people.
        sites: key of the site layer; its rows are the sites.
        ids: (n_sites,) ids of the sites, as in the address and in the file of a choice.
        closable: (n_sites,) whether a reader may open and close the site.
        weights: (n_points,) people.
        areas: names of the areas that gains and losses are told by.
        area_of: (n_points,) position of each place's area, -1 for none.
        within: (position of a limit, words) of each share that is told.
        states: states of the world; the first is shown first.
        promises: what a choice should keep.
        answers: choices of a solver; the first is the run's own.
        limits: what the question lets a choice open and close.
        costs: (n_sites,) price of opening each, in the unit of the budget; empty where none counts.
        notes: what a reader must know.
    """

    key: str
    label: str
    kind: str
    minutes_view: str
    change_view: str
    points: str
    sites: str
    ids: Sequence[str]
    closable: BoolArray
    weights: NDArray[np.float64]
    areas: Sequence[str]
    area_of: NDArray[np.int64]
    states: Sequence[SiteState]
    within: Sequence[tuple[int, str]] = ()
    promises: Sequence[SitePromise] = ()
    answers: Sequence[KnownAnswer] = ()
    limits: Sequence[SiteLimit] = ()
    costs: Sequence[float] = ()
    notes: Sequence[str] = field(default_factory=tuple)


#: So many places tell which sites are alike.
_PLACES_COMPARED = 400


def likeness(rows: QuantaArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """An order of rows, and for each row the earlier one that it is most like, -1 for none.

    The tree of least cost by Prim (1957), https://doi.org/10.1002/j.1538-7305.1957.tb01515.x; the cost of two
    rows is about the bits that the differences of their steps take.

    Args:
        rows: (n_rows, n_points) quanta.
    """
    n_rows, n_points = rows.shape
    steps = np.diff(rows.astype(np.int32), axis=1, prepend=0)
    steps = steps[:, np.linspace(0, n_points - 1, min(n_points, _PLACES_COMPARED)).astype(int)]
    cost = np.log2(np.abs(steps) + 1.0).sum(axis=1)
    like, is_done = np.full(n_rows, -1, dtype=np.int64), np.zeros(n_rows, dtype=bool)
    order = np.zeros(n_rows, dtype=np.int64)
    for place in range(n_rows):
        row = int(np.where(is_done, np.inf, cost).argmin())
        order[place], is_done[row] = row, True
        beside = np.log2(np.abs(steps - steps[row]) + 1.0).sum(axis=1)
        closer = (beside < cost) & ~is_done
        cost[closer], like[closer] = beside[closer], row
    return order, like


def packed_quanta(states: Sequence[QuantaArray], like: NDArray[np.int64]) -> list[tuple[str, bool]]:
    """The rows of each state as text, and whether they count from the state before.

    Args:
        states: for each state (n_rows, n_points) quanta.
        like: (n_rows,) the row that each counts from, -1 for none, see :func:`likeness`.
    """
    found: list[tuple[str, bool]] = []
    last: QuantaArray | None = None
    for rows in states:
        # Differences wrap around at 65,536, and so do the sums that undo them.
        steps = np.diff(rows, axis=-1, prepend=np.uint16(0))
        own = steps - np.where(like[:, None] >= 0, steps[like], np.uint16(0))
        ways = [(_deflated(own), False)]
        if last is not None:
            ways.append((_deflated(own - last), True))
        found.append(min(ways, key=lambda way: len(way[0])))
        last = own
    return found


def _deflated(rest: QuantaArray) -> str:
    """Small numbers, folded (sign in the lowest bit), low bytes first, deflated, in base 64."""
    signed = rest.view(np.int16)
    folded = ((signed << 1) ^ (signed >> 15)).astype("<u2")
    planes = np.ascontiguousarray(folded).view(np.uint8).reshape(-1, 2).T
    return base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode("ascii")


def what_if_payload(choice: WhatIf) -> dict[str, Any]:
    """A subject as the page reads it."""
    rows = [np.concatenate([one.minutes, one.before[None, :], one.limits]) for one in choice.states]
    order, like = likeness(rows[0])
    packed = packed_quanta(rows, like)
    return {
        "key": choice.key,
        "label": choice.label,
        "kind": choice.kind,
        "minutesView": choice.minutes_view,
        "changeView": choice.change_view,
        "points": choice.points,
        "sites": choice.sites,
        "ids": [str(one) for one in choice.ids],
        "closable": _flags(choice.closable),
        "weights": [float(one) for one in choice.weights],
        "areas": [str(one) for one in choice.areas],
        "areaOf": [int(one) for one in choice.area_of],
        "within": [{"limit": limit, "label": label} for limit, label in choice.within],
        "order": encode_integers(order),
        "like": encode_integers(like),
        "states": [_state(state, *rest) for state, rest in zip(choice.states, packed, strict=True)],
        "promises": [
            {
                "label": one.label,
                "limit": one.limit,
                "share": one.share,
                "each": one.each,
                "areas": list(one.areas),
            }
            for one in choice.promises
        ],
        "answers": [
            {
                "label": one.label,
                "opened": list(one.opened),
                "closed": list(one.closed),
                "state": one.state,
                "proven": one.proven,
            }
            for one in choice.answers
        ],
        "limits": [
            {
                "label": one.label,
                "what": one.what,
                "atMost": one.at_most,
                "atLeast": one.at_least,
                "sites": list(one.sites),
            }
            for one in choice.limits
        ],
        "costs": [float(cost) for cost in choice.costs],
        "notes": [str(note) for note in choice.notes],
    }


def _state(state: SiteState, rows: str, counts_on: bool) -> dict[str, Any]:
    """One state; its text holds the sites, today's service and the limits: rows of one length."""
    return {
        "key": state.key,
        "label": state.label,
        "step": state.step_min,
        "error": state.error_min,
        "today": _flags(state.today),
        "limits": len(state.limits),
        "rows": rows,
        "countsOn": counts_on,
    }


def _flags(values: BoolArray) -> str:
    return "".join("1" if one else "0" for one in values)


def what_if_faults(choices: Sequence[WhatIf], views: set[str], sizes: Mapping[str, int]) -> Iterator[str]:
    """What keeps the page from showing the subjects truly.

    Args:
        choices: the subjects.
        views: keys of the document's views.
        sizes: key of each layer of points and sites -> number of its rows.
    """
    for choice in choices:
        where = f"what-if '{choice.key}'"
        for view in (choice.minutes_view, choice.change_view):
            if view not in views:
                yield f"{where}: view '{view}' is named, but the document has {sorted(views)}"
        shape = (len(choice.ids), len(choice.weights))
        wanted = (sizes.get(choice.sites, -1), sizes.get(choice.points, -1))
        if shape != wanted:
            yield f"{where}: {shape} sites and places, but the layers have {wanted}"
        if len(set(choice.ids)) != len(choice.ids):
            yield f"{where}: two sites have one id"
        if len(choice.costs) not in {0, len(choice.ids)}:
            yield f"{where}: {len(choice.costs)} costs, but {len(choice.ids)} sites"
        for state in choice.states:
            if state.minutes.shape != shape:
                yield f"{where}: state '{state.key}' has minutes of shape {state.minutes.shape}, want {shape}"
            if state.before.shape != shape[1:] or state.limits.shape[1:] != shape[1:]:
                yield f"{where}: state '{state.key}' has today's minutes or limits of other places"
