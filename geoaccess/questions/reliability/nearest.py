"""Minutes to the nearest of a kind in many states of a study: what a state leaves alone is searched once."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import numpy as np

from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes import nearest_minutes
from geoaccess.minutes.drives import least_minutes
from geoaccess.study import Study
from geoaccess.study.hazard_sections import Hazard
from geoaccess.study.state import resolve
from networks import TravelNetwork

#: Who a place is and where it stands.
_PLACE = ["facility_id", "node_id", "lon", "lat"]
_Place = tuple[object, ...]


class NearestInStates:
    """Minutes of everybody to the nearest facility of a kind, state by state.

    Over the same roads the nearest of some facilities is the least of their minutes: those that no hazard
    touches are searched together, and each of the others once, however many states they are open in.

    Args:
        study: the study.
        kind: kind of facility, or a service of resources, which is found anew in each state.
        hazards: name -> hazard.
    """

    def __init__(self, study: Study, kind: str, hazards: Mapping[str, Hazard]) -> None:
        self.kind = kind
        said = [resolve(study.config, [hazard.scenario]) for hazard in hazards.values()]
        self._touched = frozenset(
            name
            for one in said
            for name in (
                *one.facilities_closed,
                *(move.facility_id for move in one.facilities_moved),
                *(new.facility_id for new in one.facilities_opened),
            )
        )
        self._found: WeakKeyDictionary[TravelNetwork, dict[_Place, FloatArray]] = WeakKeyDictionary()

    def __call__(self, state: Study) -> FloatArray:
        """(n_demand,) minutes in a state; NaN where none is reached."""
        if not self._touched or self.kind not in state.config.kinds:
            return nearest_minutes(state, self.kind)
        places = state.facilities_of(self.kind)
        who = list(zip(*(places[name].tolist() for name in _PLACE), strict=True))
        known = self._found.setdefault(state.network, {})
        alone = {row: name for row, name in enumerate(who) if name[0] in self._touched}
        if () not in known:
            known[()] = least_minutes(state, places.drop(index=list(alone)))
        best = known[()].copy()
        for row, name in alone.items():
            if name not in known:
                known[name] = least_minutes(state, places.iloc[[row]])
            np.fmin(best, known[name], out=best)
        return best
