"""Questions beside the placement models that also say "optimal": fronts, plans, units of a size, districts."""

from __future__ import annotations

from collections.abc import Callable

from .areas import districts
from .fronts import front
from .plans import plan
from .sized import sized
from .verdict import Asked

OTHERS: dict[str, Callable[[int], Asked]] = {
    "front": front,
    "plan": plan,
    "sized units": sized,
    "districts": districts,
}
