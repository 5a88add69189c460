"""A study under other parameters, and the conclusions that are to be compared.

A parameter is named by its place in the study file (``network.access.speed_kph``,
``network.ferries.wait_cap_min``, ``kinds.akuttmottak.thresholds_min.0``) or is ``speed_factor.CLASS``: a
factor on the speed of a road class, ``*`` for all that are not named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.questions.access.answer import accessibility
from geoaccess.questions.sensitivity.analysis import Conclusion
from geoaccess.study import Study
from geoaccess.study.schema import Scenario, StudyConfig
from geoaccess.study.state import BASE, in_scenario
from networks.errors import Fault

SPEED_FACTOR = "speed_factor."
#: Name of the scenario that carries the factors; a study cannot have one of that name by itself.
_FACTORS = "(speed factors)"


def with_parameters(study: Study, parameters: Mapping[str, float], *, scenario: str = BASE) -> Study:
    """The study with other values, in a scenario.

    The network is built anew only where a key of ``[network]`` changes.

    Raises:
        DataError: a name that the study file does not have, or a value that it does not allow.
    """
    factors = {name: value for name, value in parameters.items() if name.startswith(SPEED_FACTOR)}
    keys = {name: value for name, value in parameters.items() if name not in factors}
    config = _changed(study.config, keys)
    fresh = replace(study, config=config)
    network_keys = [name for name in keys if name.startswith("network.")]
    if network_keys and config.network.file:
        access_only = all(name.startswith("network.access.") for name in network_keys)
        if not access_only:
            message = "cannot be varied: the study's network is a built file; build it with other values"
            raise DataError([Fault(message, where="parameters", value=name) for name in network_keys])
        fresh.__dict__["network"] = study.network
    elif not network_keys:
        fresh.__dict__["network"] = study.network
        fresh.__dict__["demand_points"] = study.demand_points
    if not factors:
        return in_scenario(fresh, scenario)
    by_class = {name.removeprefix(SPEED_FACTOR): value for name, value in factors.items()}
    return in_scenario(_with_factors(fresh, by_class, scenario), _FACTORS)


def _with_factors(study: Study, by_class: dict[str, float], scenario: str) -> Study:
    inherits = () if scenario == BASE else (scenario,)
    made = Scenario(inherits=inherits, speed_factors=by_class)
    named = replace(
        study,
        config=study.config.model_copy(update={"scenarios": {**study.config.scenarios, _FACTORS: made}}),
    )
    named.__dict__["network"] = study.network
    named.__dict__["demand_points"] = study.demand_points
    return named


def _changed(config: StudyConfig, keys: Mapping[str, float]) -> StudyConfig:
    values = config.model_dump()
    # A scenario overrides only what it sets: a default written out would override what it inherits.
    values["scenarios"] = config.model_dump(exclude_unset=True).get("scenarios", {})
    faults = [fault for name, value in keys.items() for fault in _put(values, name, value)]
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
    *way, last = name.split(".")
    node, parent = values, None
    for step in way:
        parent, node = (node, step), _child(node, step)
    if _child(node, last) is None or isinstance(_child(node, last), dict | list | tuple | str | bool):
        known = list(node) if isinstance(node, dict) else []
        message = f"is no figure of the study file{did_you_mean(last, known)}"
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


def access_conclusions(
    study: Study, kind: str, *, by: str = "municipality", weight: str | None = None
) -> dict[str, Conclusion]:
    """What is concluded of access to a kind of service: the worst group, the ranking, the figures.

    Returns:
        ``worst`` (group with the longest mean time; who is not reached at all is worse than anybody),
        ``ranking`` (of all groups, the worst first), ``mean_min, median_min, p90_min`` of the region, and
        ``share_within_{t}_min`` for each threshold of the kind.
    """
    table = accessibility(study, kinds=[kind], by=by, weight=weight)
    rows, region = table.rows, table.region.iloc[0]
    mean = rows["mean_min"].to_numpy(dtype=np.float64)
    # Equal means are ranked by name, so that rounding decides nothing.
    order = np.lexsort((rows[by].astype(str), -np.round(np.where(np.isnan(mean), np.inf, mean), 6)))
    ranking = tuple(rows[by].iloc[order])
    figures = ["mean_min", "median_min", "p90_min"]
    figures += [name for name in table.region.columns if str(name).startswith("share_within_")]
    return {"worst": ranking[0], "ranking": ranking, **{name: float(region[name]) for name in figures}}


def evaluate_access(
    study: Study, kind: str, *, scenario: str = BASE, by: str = "municipality", weight: str | None = None
) -> Callable[[Mapping[str, float]], dict[str, Conclusion]]:
    """The function that ``sensitivity`` of this package runs, for access to a kind of service."""

    def evaluate(parameters: Mapping[str, float]) -> dict[str, Conclusion]:
        return access_conclusions(
            with_parameters(study, parameters, scenario=scenario), kind, by=by, weight=weight
        )

    return evaluate
