"""What an event loop of crews is given: the system and its calls, as arrays whose shapes are checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimise.crews.by_stops import ByStops
from optimise.errors import Fault, ProblemError
from optimise.sentences import Sentence

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Hours of a week, from Monday 00:00.
WEEK_H = 168
#: Who may answer a class of calls: not at all; like any other; only if severe, or where others are far.
NEVER, FIRST, SUPPORT = 0, 1, 2
#: What a crew does in an hour: nothing, waits on station, waits at home.
OFF_DUTY, ON_STATION, AT_HOME = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Calls:
    """Calls in the order of their beginning, each with its own luck.

    Attributes:
        start_min: (n,) minute at which each begins, rising; ``inf`` = begins with another, see ``onward``.
        at: (n,) place of the patient.
        to: (n,) place where a crew on the road brings the patient; -1 = nowhere.
        to_off_road: (n,) place where any other brings the patient; -1 = nowhere.
        urgency: (n,) class; 0 is answered first.
        severe: (n,) whether a craft that supports is sent as to any other.
        scene_min: (n,) minutes with the patient.
        handover_min: (n,) minutes at the place where the patient is brought.
        drive_factor: (n,) what the minutes under way are multiplied by.
        mobilise_factor: (n,) what the mean minutes until the crew leaves are multiplied by.
        onward: (n,) the call that begins when the crew leaves the scene with the patient; -1 = none.
    """

    start_min: FloatArray
    at: IntArray
    to: IntArray
    to_off_road: IntArray
    urgency: IntArray
    severe: BoolArray
    scene_min: FloatArray
    handover_min: FloatArray
    drive_factor: FloatArray
    mobilise_factor: FloatArray
    onward: IntArray

    def __post_init__(self) -> None:
        n = len(self.start_min)
        shapes = dict.fromkeys(self.__dataclass_fields__, (n,))
        faults = _shape_faults(self, shapes)
        if not faults and not bool((np.diff(self.start_min[np.isfinite(self.start_min)]) >= 0).all()):
            faults.append(Fault("calls begin in the order in which they stand", "start_min"))
        if faults:
            raise ProblemError(faults)


@dataclass(frozen=True, eq=False)
class System:
    """Crews, their bases, and the minutes between places.

    There are X places, B bases (places themselves), C kinds of craft, U crews, S states of the network and H
    hours. ``inf`` minutes = cannot.

    Attributes:
        out_min: (S, X, B) minutes under way from each base to each place, mobilisation left out.
        ways: minutes with a patient, or home, and kilometres from place to place.
        base_place: (B,) place of each base.
        base: (U,) base of each crew.
        craft: (U,) its kind of craft.
        duty: (U, 168) :data:`OFF_DUTY`, :data:`ON_STATION` or :data:`AT_HOME` by hour of the week.
        mobilise_min: (C, 2, S) mean minutes until a crew leaves: on station, at home.
        up: (C, H) whether weather lets each kind go, by hour.
        state: (H,) state of the network by hour.
        may: (K, C) :data:`NEVER`, :data:`FIRST` or :data:`SUPPORT`, by class of calls.
        road: (C,) whether the craft may turn on its way home, be taken from a lesser call and stand by.
        limit_min: (X,) minutes within which an idle crew on the road covers a place; ``inf`` = not asked.
    """

    out_min: FloatArray
    ways: ByStops
    base_place: IntArray
    base: IntArray
    craft: IntArray
    duty: IntArray
    mobilise_min: FloatArray
    up: BoolArray
    state: IntArray
    may: IntArray
    road: BoolArray
    limit_min: FloatArray

    def __post_init__(self) -> None:
        states, places, bases = self.out_min.shape
        crafts, crews, hours = len(self.road), len(self.base), len(self.state)
        faults = _shape_faults(
            self,
            {
                "base_place": (bases,),
                "craft": (crews,),
                "duty": (crews, WEEK_H),
                "mobilise_min": (crafts, 2, states),
                "up": (crafts, hours),
                "may": (len(self.may), crafts),
                "limit_min": (places,),
            },
        )
        rows = len(self.ways.to), len(self.ways.stops)
        ways = {
            "layer": (crafts, states + 1),
            "way": (len(self.ways.way), places),
            "to": rows,
            "out_of": rows,
        }
        faults += _shape_faults(self.ways, ways)
        faults += [
            Fault("must not be NaN: what cannot be reached is inf", name)
            for name, values in (
                ("out_min", self.out_min),
                ("mobilise_min", self.mobilise_min),
                ("ways", self.ways.way),
                ("ways", () if self.ways.within is None else self.ways.within.figures),
            )
            if any(np.isnan(one).any() for one in values)
        ]
        if faults:
            raise ProblemError(faults)

    @property
    def classes(self) -> int:
        """How many classes of calls there are."""
        return len(self.may)

    def covered_from(self) -> BoolArray:
        """(B, X) which places a crew on the road covers from each base, on station, in the first state."""
        leaves = self.mobilise_min[self.road, 0, 0].min(initial=np.inf)
        return np.asarray(leaves + self.out_min[0].T <= self.limit_min) & np.isfinite(self.limit_min)


def _shape_faults(owner: Any, shapes: Mapping[str, tuple[int, ...]]) -> list[Fault]:  # noqa: ANN401
    return [
        Fault(
            Sentence("opt.fault.shape", "must have the shape {shape}", shape=str(shape)),
            name,
            value=str(getattr(owner, name).shape),
        )
        for name, shape in shapes.items()
        if getattr(owner, name).shape != shape
    ]
