"""Figures of a study under other values, named by their place in the study file.

A parameter is a dotted name (``network.access.speed_kph``, ``network.ferries.wait_cap_min``,
``kinds.akuttmottak.thresholds_min.0``), or ``speed_factor.CLASS``: a factor on the speed of a road class,
``*`` for all that are not named, on top of whatever a scenario does to speeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.study.schema import StudyConfig
from geoaccess.words.note import Note
from networks.errors import Fault
from networks.overlays import SpeedFactors

SPEED_FACTOR = "speed_factor."
_ACCESS = "network.access."
#: Sections that are used while a study is read: another figure there would change nothing in silence.
_READ_BEFORE = ("study.", "municipalities.", "demand.", "facilities.")


def speed_factors(parameters: Mapping[str, float]) -> SpeedFactors | None:
    """The overlay of the factors among some parameters, or None without any.

    Raises:
        NetworkDataError: a factor is not above 0.
    """
    by_class = {
        name.removeprefix(SPEED_FACTOR): value
        for name, value in parameters.items()
        if name.startswith(SPEED_FACTOR)
    }
    return SpeedFactors(name="parameters: speed factors", by_class=by_class) if by_class else None


def with_values(config: StudyConfig, keys: Mapping[str, float]) -> StudyConfig:
    """The study file with other figures at dotted names.

    Raises:
        DataError: a name that the study file does not have, or a value that it does not allow; or a figure of
            a network that was built before. All are listed.
    """
    if config.network.file:
        built = [name for name in keys if name.startswith("network.") and not name.startswith(_ACCESS)]
        message = "cannot be varied: the study's network is a built file; build it with other values"
        if built:
            raise DataError([Fault(message, where="parameters", value=name) for name in built])
    values = config.model_dump()
    # A scenario overrides only what it sets: a default written out would override what it inherits.
    values["scenarios"] = config.model_dump(exclude_unset=True).get("scenarios", {})
    figures = {name: value for name, value in keys.items() if not name.startswith(SPEED_FACTOR)}
    faults = [fault for name, value in figures.items() for fault in _put(values, name, value)]
    if faults:
        raise DataError(faults)
    try:
        return StudyConfig.model_validate(values)
    except ValidationError as error:
        raise DataError(
            [
                Fault(
                    str(detail["msg"]),
                    where="parameters",
                    column=".".join(str(part) for part in detail["loc"]),
                )
                for detail in error.errors()
            ]
        ) from error


def _put(values: Any, name: str, value: float) -> list[Fault]:  # noqa: ANN401 - a tree of plain values
    """Put a figure at a dotted name in a tree of dictionaries and lists, or say where the way ends."""
    if name.startswith(_READ_BEFORE):
        message = "is used when the study is read and cannot be varied"
        return [Fault(message, where="parameters", value=name)]
    *way, last = name.split(".")
    node, parent = values, None
    for step in way:
        parent, node = (node, step), _child(node, step)
    if _child(node, last) is None or isinstance(_child(node, last), dict | list | tuple | str | bool):
        known = list(node) if isinstance(node, dict) else []
        message = Note("fault.parameter.no_figure", hint=did_you_mean(last, known))
        return [Fault(message, where="parameters", value=name)]
    if isinstance(node, dict):
        node[last] = value
    elif parent is not None:
        # Tuples do not change: the whole is put anew where it stood.
        changed = [value if str(position) == last else item for position, item in enumerate(node)]
        parent[0][parent[1]] = changed
    return []


def _child(node: Any, step: str) -> Any:  # noqa: ANN401
    if isinstance(node, dict):
        return node.get(step)
    if isinstance(node, list | tuple) and step.isdecimal() and int(step) < len(node):
        return node[int(step)]
    return None
