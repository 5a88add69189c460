"""The run of losses: the whole ranking, and times place by place for the worst of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.minutes import FloatArray, as_study
from geoaccess.questions.comparison.answer import SAME_MIN
from geoaccess.questions.losses.answer import Element, Losses, LossTimes, losses
from geoaccess.study import Study
from networks import TravelNetwork

#: How many of the worst losses of each list a map can show.
MOST_LOSSES = 8


def losses_answer(
    study: Study | str | Path,
    *,
    of: Sequence[str] = ("ferries", "passes", "facilities"),
    kinds: Sequence[str] | None = None,
    scenario: str | None = None,
    threshold_min: float = 60.0,
    rank: str = "reach",
    weight: str | None = None,
    most: int = MOST_LOSSES,
) -> Answer:
    """The run of ``geoaccess losses``: the whole ranking, and times place by place for the worst of it.

    Raises:
        UnknownNameError: no such family, kind, ranking or weight.
    """
    loaded = as_study(study)
    found = losses(
        loaded, of=of, kinds=kinds, scenario=scenario, threshold_min=threshold_min, rank=rank, weight=weight
    )
    return answer_of(loaded, found, most=most)


def answer_of(study: Study, found: Losses, *, most: int = MOST_LOSSES) -> Answer:
    """The run of losses that were found; the worst of both lists place by place."""
    study = study.with_people_of(found.scenario)
    state = study.in_state(scenario=found.scenario)
    kinds = [str(kind) for kind in found.rows["kind"].unique()]
    shown = [
        {"list": name, **{str(key): value for key, value in row.items()}}
        for name, rows in (("cut_off", found.cut_off), ("longer", found.longer))
        for row in rows.head(most).to_dict(orient="records")
    ]
    points = state.demand[["demand_id", "name", "municipality_code", "lon", "lat", *state.weights]]
    never = {kind: pd.isna(nearest_of_service(state, kind)) for kind in kinds}
    columns: dict[str, FloatArray] = {}
    for number, item in enumerate(shown, start=1):
        job, kind = found.jobs[str(item["element_id"])], str(item["kind"])
        item |= {
            "column": f"longer_{number}_min",
            "links": sorted({link for element in job for link in _links_of(state.network, element)}),
            "facilities": [element.element_id for element in job if element.selection is None],
        }
        columns[item["column"]] = _longer(state, job, kind)
    return Answer(
        question="losses",
        facts={
            **study_facts(study),
            "losses": {
                "scenario": found.scenario,
                "threshold_min": found.threshold_min,
                "rank": found.rank,
                "shown": shown,
            },
            "scenario": found.scenario,
            "weight": found.weight,
            "notes": found.notes,
        },
        tables={
            "losses": found.rows,
            "loss_points": points.assign(
                **columns, **{f"never_reached_{kind}": rows for kind, rows in never.items()}
            ),
            "facilities": state.facilities[state.facilities["kind"].isin(kinds)].reset_index(drop=True),
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
    )


def nearest_of_service(state: Study, kind: str) -> FloatArray:
    """(n_demand,) minutes to the nearest facility that serves the people of a kind; NaN unreachable."""
    return LossTimes(state, [kind]).nearest(kind)


def _longer(state: Study, job: tuple[Element, ...], kind: str) -> FloatArray:
    """(n_demand,) minutes that the service is farther away without the elements.

    NaN is for those alone who are reached with them and not without; who is not reached before loses nothing.
    """
    (_, before, after) = next(row for row in LossTimes(state, [kind]).without(job) if row[0] == kind)
    longer: FloatArray = np.where(np.isnan(before), 0.0, after - before)
    longer[np.abs(longer) < SAME_MIN] = 0.0
    return longer


def _links_of(network: TravelNetwork, element: Element) -> list[str]:
    """Ids of the links that an element stands for."""
    if element.selection is None:
        return []
    chosen = np.flatnonzero(element.selection.mask(network))
    ids = network.labels["link_id"].to_array()
    return sorted({str(ids[edge]) for edge in chosen if ids[edge]})
