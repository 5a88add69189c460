"""Times that a graph already has on its edges: ``travel_time`` and ``speed_kph``, as osmnx names them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from networks.errors import Fault
from networks.sentences import Sentence

#: What gives the seconds of an edge.
TimeSource = Literal["stored", "travel_time", "speed_kph"]

#: Two times closer than this, relatively, are one time that was rounded on its way through a file.
_SAME = 1e-6

#: Faults listed of one graph.
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class GivenTime:
    """Seconds of an edge as the graph has them.

    Attributes:
        moving_s: seconds in motion; ``inf`` = closed.
        wait_s: seconds waited before.
        source: the attribute that gives them.
        edited: ``travel_time`` is another than the stored times of the network add up to, and counts.
    """

    moving_s: float
    wait_s: float
    source: TimeSource
    edited: bool = False


def given_time(data: Mapping[str, Any], *, time: str = "travel_time", scale: float = 1.0) -> GivenTime | None:
    """The time that an edge carries, or None when it carries none.

    ``travel_time`` counts before ``speed_kph`` with ``length``. Where a network was written with its
    ``moving_s`` and ``wait_s``, these count as long as ``travel_time`` is still their sum: whoever changes
    ``travel_time`` means it. Of several ``speed_kph`` on one edge the slowest counts.

    Args:
        data: attributes of the edge; a missing number may be None, NaN or an empty text.
        time: name of the attribute with the time.
        scale: seconds in one unit of it.

    Raises:
        ValueError: what stands there is no time or speed; the message says what it should be.
    """
    total = _number(data.get(time), _NO_TIME)
    moving, wait = (_number(data.get(name), _NO_TIME) for name in ("moving_s", "wait_s"))
    if moving is not None and wait is not None:
        stored = moving + wait
        if total is None or math.isclose(total * scale, stored, rel_tol=_SAME, abs_tol=_SAME):
            return GivenTime(moving, wait, "stored")
        seconds = total * scale
        kept = wait if wait <= seconds else 0.0
        return GivenTime(seconds - kept if math.isfinite(seconds) else seconds, kept, "travel_time", True)
    if total is not None:
        return GivenTime(total * scale, 0.0, "travel_time")
    kph, length = _slowest(data.get("speed_kph")), _number(data.get("length"), _NO_TIME)
    if kph is None or length is None:
        return None
    return GivenTime(length / (kph / 3.6), 0.0, "speed_kph")


_NO_TIME = Sentence("net.fault.time", "must be a number of at least 0")
_NO_SPEED = Sentence("net.fault.speed", "must be a speed above 0 km/h")


def carries_times(edges: Iterable[tuple[Any, Any, Mapping[str, Any]]]) -> bool:
    """Whether any edge has a time of its own, readable or not."""
    return any(
        not is_missing(data.get("travel_time"))
        or not (is_missing(data.get("speed_kph")) or is_missing(data.get("length")))
        for *_, data in edges
    )


def faults_of_times(
    edges: Iterable[tuple[Any, Any, Mapping[str, Any]]], source: str, *, time: str = "travel_time"
) -> list[Fault]:
    """The edges whose times cannot be meant, up to twenty of them."""
    faults: list[Fault] = []
    for tail, head, data in edges:
        try:
            given_time(data, time=time)
        except ValueError as error:
            shown = {name: data[name] for name in (time, "speed_kph", "moving_s", "wait_s") if name in data}
            faults.append(Fault(error.args[0], where=source, row=f"{tail} -> {head}", value=str(shown)[:80]))
        if len(faults) == _MOST_FAULTS:
            break
    return faults


def is_missing(value: object) -> bool:
    """Whether an attribute says nothing: None, NaN or an empty text."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _number(value: object, otherwise: Sentence) -> float | None:
    if is_missing(value):
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not number >= 0:
        raise ValueError(otherwise)
    return number


def _slowest(value: object) -> float | None:
    """Of several speeds, which simplification leaves side by side, the slowest."""
    given = value if isinstance(value, (list, tuple, set)) else [value]
    speeds = [speed for one in given if (speed := _number(one, _NO_SPEED)) is not None]
    if any(not 0 < speed < math.inf for speed in speeds):
        raise ValueError(_NO_SPEED)
    return min(speeds, default=None)
