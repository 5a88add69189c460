"""The run of losses: the whole ranking, and times place by place for the worst of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from geoaccess.answers.answer import Run, study_facts
from geoaccess.answers.shared import FloatArray, fastest, network_tables
from geoaccess.questions.access.answer import as_study
from geoaccess.questions.losses.answer import Element, elements, losses
from geoaccess.study import Study
from geoaccess.study.state import BASE, in_scenario
from networks import TravelNetwork, travel_time_matrix
from networks.overlays import Closure, apply_overlays

#: How many of the worst losses a map can show.
MOST_LOSSES = 15


def losses_run(
    study: Study | str | Path,
    *,
    of: Sequence[str] = ("ferries", "passes", "facilities"),
    kinds: Sequence[str] | None = None,
    scenario: str = BASE,
    threshold_min: float = 60.0,
    rank: str = "person-minutes",
    weight: str | None = None,
    most: int = MOST_LOSSES,
) -> Run:
    """The run of ``geoaccess losses``: the whole ranking, and times place by place for the worst of it.

    Raises:
        UnknownNameError: no such family, kind, ranking or weight.
    """
    loaded = as_study(study)
    found = losses(
        loaded, of=of, kinds=kinds, scenario=scenario, threshold_min=threshold_min, rank=rank, weight=weight
    )
    state = in_scenario(loaded, scenario)
    hurt = found.rows[found.rows[["person_min_lost", "persons_no_longer_reached"]].sum(axis=1) > 0]
    every = {
        element.element_id: element for element in elements(state, of, tuple(found.rows["kind"].unique()))
    }
    shown = [
        _shown(state, every[str(row["element_id"])], number, row)
        for number, row in enumerate(hurt.head(most).to_dict(orient="records"), start=1)
    ]
    columns = {item["column"]: _longer(state, every[item["element_id"]], str(item["kind"])) for item in shown}
    points = state.demand[["demand_id", "name", "municipality_code", "lon", "lat", *state.weights]]
    told_kinds = found.rows["kind"].unique()
    return Run(
        kind="losses",
        facts={
            **study_facts(loaded),
            "losses": {"scenario": scenario, "threshold_min": threshold_min, "rank": rank, "shown": shown},
            "scenario": scenario,
            "weight": weight or loaded.config.demand.default_weight,
            "notes": found.notes,
        },
        tables={
            "losses": found.rows,
            "loss_points": points.assign(**columns),
            "facilities": state.facilities[state.facilities["kind"].isin(told_kinds)].reset_index(drop=True),
            "municipalities": loaded.municipalities,
            **network_tables(loaded, scenario),
        },
        inputs=loaded.files,
    )


def _shown(state: Study, element: Element, number: int, row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """What a map says of one of the worst losses: its figures, its column of minutes, what it takes out."""
    return {
        "column": f"longer_{number}_min",
        **{str(key): value for key, value in row.items()},
        "links": _links_of(state.network, element),
        "facilities": [element.element_id] if element.selection is None else [],
    }


def _longer(state: Study, element: Element, kind: str) -> FloatArray:
    """(n_demand,) minutes that the nearest of a kind is farther away without the element; NaN unreachable."""
    facilities = state.facilities_of(kind)
    points = state.on_network(facilities)
    before = travel_time_matrix(state.network, state.demand_points, points)
    after = before[:, (facilities["facility_id"] != element.element_id).to_numpy()]
    if element.selection is not None:
        network = apply_overlays(state.network, [Closure(f"out: {element.name}", element.selection)])
        after = travel_time_matrix(network, state.demand_points, points)
    longer: FloatArray = fastest(after) - fastest(before)
    longer[np.abs(longer) < 1e-6] = 0.0
    return longer


def _links_of(network: TravelNetwork, element: Element) -> list[str]:
    """Ids of the links that an element stands for."""
    if element.selection is None:
        return []
    chosen = np.flatnonzero(element.selection.mask(network))
    ids = network.labels["link_id"].to_array()
    return sorted({str(ids[edge]) for edge in chosen if ids[edge]})
