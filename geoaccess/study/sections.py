"""What the sections of a study file say of each other: faults that need no table to be found."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from geoaccess.ground.errors import did_you_mean
from geoaccess.study.placement_sections import Placement
from geoaccess.study.schema import Scenario, StudyConfig
from geoaccess.words.note import Note
from networks.errors import Fault
from optimise.declarations import DECLARED, missing

_FILE = "study.toml"


def section_faults(config: StudyConfig) -> list[Fault]:
    """Every fault between the sections: ranges, inheritance of scenarios, placements, kinds."""
    return [
        *weight_faults(config),
        *range_faults(config),
        *inheritance_faults(config.scenarios),
        *placement_faults(config),
        *hierarchy_faults(config),
        *gap_faults(config),
    ]


#: Columns of demand points beside their weights; endings of columns of minutes.
_NO_WEIGHT = frozenset(
    {"demand_id", "name", "municipality_code", "municipality", "node_id", "lon", "lat", "access_km", "kind"}
    | {
        "scenario",
        "facility_id",
        "facility_name",
        "second_facility_id",
        "site_before",
        "site_after",
        "unserved",
    }
)


def weight_faults(config: StudyConfig) -> list[Fault]:
    """Weights whose names are those of other columns of a result."""
    return [
        Fault(
            "a weight cannot bear this name: results have a column of it", where="demand.weights", value=name
        )
        for name in config.demand.weights
        if name in _NO_WEIGHT or name.endswith("_min")
    ]


def hierarchy_faults(config: StudyConfig) -> list[Fault]:
    """Kinds that say to be served by a kind that the study does not have."""
    return [
        Fault(
            Note("fault.kind.served_by", name=name, hint=did_you_mean(other, config.kinds)),
            where=_FILE,
            value=other,
        )
        for name, kind in config.kinds.items()
        for other in kind.also_served_by
        if other not in config.kinds
    ]


def gap_faults(config: StudyConfig) -> list[Fault]:
    """Gaps of a kind by a column that is no group of the municipalities."""
    groups = config.municipalities.groups
    return [
        Fault(
            Note("fault.kind.gaps_by", name=name, hint=did_you_mean(kind.gaps_by, groups)),
            where=_FILE,
            column="gaps_by",
            value=kind.gaps_by,
        )
        for name, kind in config.kinds.items()
        if (kind.gaps or kind.gaps_by) and kind.gaps_by not in groups
    ]


def placement_faults(config: StudyConfig) -> list[Fault]:
    """Placements that name a kind or a weight that the study does not have."""
    faults = []
    for name, placement in config.placements.items():
        if placement.facility not in config.kinds:
            faults.append(
                Fault(
                    Note(
                        "fault.placement.kind", name=name, hint=did_you_mean(placement.facility, config.kinds)
                    ),
                    where=_FILE,
                    value=placement.facility,
                )
            )
        if placement.far_from is not None and placement.far_from.kind not in config.kinds:
            faults.append(
                Fault(
                    Note(
                        "fault.placement.far_from",
                        name=name,
                        hint=did_you_mean(placement.far_from.kind, config.kinds),
                    ),
                    where=_FILE,
                    value=placement.far_from.kind,
                )
            )
        if placement.floor is not None and placement.existing == "ignore":
            faults.append(
                Fault(
                    Note("fault.placement.floor", name=name),
                    where=_FILE,
                    column="floor",
                )
            )
        if placement.weight not in config.demand.weights:
            faults.append(
                Fault(
                    Note(
                        "fault.placement.weight",
                        name=name,
                        hint=did_you_mean(placement.weight, config.demand.weights),
                    ),
                    where=_FILE,
                    value=placement.weight,
                )
            )
        faults += model_faults(name, placement)
    return faults


def model_faults(name: str, placement: Placement) -> list[Fault]:
    """What the model of a placement needs and the question does not give, by the model's declaration."""
    if placement.objective not in DECLARED:
        hint = did_you_mean(placement.objective, DECLARED)
        return [
            Fault(Note("fault.placement.model", name=name, hint=hint), where=_FILE, value=placement.objective)
        ]
    data = {"count", "fixed_costs", "demand_groups"}
    data |= {"number"} if placement.sites is None or placement.sites > 1 else set()
    data |= {"capacities"} if placement.units is not None else set()
    data |= {"max_moves"} if placement.existing == "may_move" else set()
    data |= {"existing"} if placement.existing != "ignore" else set()
    parameters = {*placement.options} | ({"radius"} if placement.response is not None else set())
    return [
        Fault(
            Note("fault.placement.model_fault", name=name, message=fault.message),
            where=_FILE,
            value=fault.where,
        )
        for fault in missing(placement.objective, data=data, parameters=parameters)
    ]


def inheritance_faults(scenarios: Mapping[str, Scenario]) -> list[Fault]:
    """Scenarios that inherit from one that does not exist, or from themselves."""
    faults = []
    for name, scenario in scenarios.items():
        faults += [
            Fault(
                Note("fault.scenario.inherits", hint=did_you_mean(parent, scenarios)),
                where=Note("where.scenario", name=name),
                value=parent,
            )
            for parent in scenario.inherits
            if parent not in scenarios
        ]
        loop = _way_back(scenarios, name)
        if loop:
            message = Note("fault.scenario.circle", chain=tuple(loop))
            faults.append(Fault(message, where=Note("where.scenario", name=name)))
    return faults


def _way_back(scenarios: Mapping[str, Scenario], name: str) -> tuple[str, ...]:
    """The shortest chain of inheritance from a scenario to itself; empty where there is none."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen = {name}
    while ways:
        way = ways.pop(0)
        for parent in scenarios[way[-1]].inherits if way[-1] in scenarios else ():
            if parent == name:
                return (*way, name)
            if parent not in seen:
                seen.add(parent)
                ways.append((*way, parent))
    return ()


def range_faults(config: StudyConfig) -> list[Fault]:
    """Ranges of sensitivity whose base is not what the study itself says, or that name nothing in it."""
    values = config.model_dump() if config.sensitivity else {}
    faults = []
    for name, one in config.sensitivity.items():
        where = Note("where.sensitivity", name=name)
        own = 1.0 if name.startswith("speed_factor.") else _figure_at(values, name)
        if own is None:
            faults.append(Fault("is no figure of the study file", where=where))
        elif own != one.base:
            message = Note("fault.sensitivity.base", base=one.base, own=own)
            faults.append(Fault(message, where=where))
        else:
            faults += [
                Fault(Note("fault.sensitivity.end", end=end, told=told), where=where, value=f"{value:g}")
                for end, value in (("low", one.low), ("high", one.high))
                for told in _refused(values, name, value)
            ]
    return faults


def _refused(values: dict[str, Any], name: str, value: float) -> list[str]:
    """Why the study file may not hold a value in the place of a figure."""
    if name.startswith("speed_factor."):
        return [] if value > 0 else ["a factor must be above 0"]
    tried = deepcopy(values)
    *steps, last = name.split(".")
    node: Any = tried
    for step in steps:
        node = node[step] if isinstance(node, dict) else node[int(step)]
    if isinstance(node, dict):
        node[last] = value
    else:
        return []
    try:
        StudyConfig.model_validate(tried)
    except ValidationError as error:
        return [detail["msg"] for detail in error.errors()]
    return []


def _figure_at(values: Any, name: str) -> float | None:  # noqa: ANN401 - a tree of plain values
    node = values
    for step in name.split("."):
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list | tuple) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            return None
    is_figure = isinstance(node, int | float) and not isinstance(node, bool)
    return float(node) if is_figure else None
