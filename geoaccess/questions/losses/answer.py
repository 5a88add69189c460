"""What hurts most when it falls out: each ferry, pass, road, station or facility is taken out in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.access.answer import as_study, drive_notes, study_notes
from geoaccess.questions.comparison.answer import change_figures
from geoaccess.questions.sweep.plan import EngineName, engine_for_states
from geoaccess.study import Study
from geoaccess.study.state import BASE, in_scenario
from networks import TravelNetwork, travel_time_matrix
from networks.overlays import Closure, apply_overlays
from networks.selection import EdgeSelection

FloatArray = NDArray[np.float64]

#: What ``of`` may name.
FAMILIES = ("ferries", "passes", "roads", "facilities", "stations")
#: Column that each ranking sorts by, the largest first.
RANKINGS = {
    "person-minutes": "person_min_lost",
    "threshold": "persons_newly_beyond",
    "worst": "worst_loss_min",
    "unreachable": "persons_no_longer_reached",
}
STATION_KIND = "ambulance_station"


@dataclass(frozen=True, slots=True)
class Element:
    """Something that can fall out.

    Attributes:
        family: one of :data:`FAMILIES`.
        element_id: link id, pass name or facility id.
        name: what people call it.
        selection: the edges it stands for, or None for a facility.
    """

    family: str
    element_id: str
    name: str
    selection: EdgeSelection | None = None


@dataclass(frozen=True, eq=False)
class Losses:
    """The ranking.

    Attributes:
        rows: one row per element (or pair) and kind of service, the worst first: ``rank, family, element_id,
            name, kind, person_min_lost, change_mean_min, persons_lose, persons_newly_beyond,
            persons_no_longer_reached, worst_loss_min``.
        threshold_min: threshold that ``persons_newly_beyond`` refers to.
        scenario: state of the world it was computed in.
        notes: what a reader must know.
    """

    rows: pd.DataFrame
    threshold_min: float
    scenario: str
    notes: tuple[str, ...]


def losses(
    study: Study | str | Path,
    *,
    of: Sequence[str] = ("ferries", "passes", "facilities"),
    kinds: Sequence[str] | None = None,
    pairs: Iterable[tuple[str, str]] = (),
    scenario: str = BASE,
    threshold_min: float = 60.0,
    rank: str = "person-minutes",
    weight: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Losses:
    """Take out every element of the families named, one by one, and rank what that does to people.

    Args:
        study: a study, its name or its path.
        of: families; ``facilities`` are those of the kinds looked at.
        kinds: kinds of service whose times count; default: those the study reports on.
        pairs: pairs of element ids to take out together.
        scenario: state of the world.
        threshold_min: threshold of "newly beyond".
        rank: one of :data:`RANKINGS`.
        weight: name of the weight.
        on_progress: called with the number of elements done and in all.

    Raises:
        UnknownNameError: no such family, kind, ranking, weight or element of a pair.
    """
    state = in_scenario(as_study(study), scenario)
    for family in of:
        if family not in FAMILIES:
            raise UnknownNameError("family of losses", family, FAMILIES)
    if rank not in RANKINGS:
        raise UnknownNameError("ranking", rank, RANKINGS)
    chosen = tuple(kinds) if kinds else state.report_kinds()
    if "stations" in of and STATION_KIND not in chosen:
        chosen = (*chosen, STATION_KIND)
    table = _Times(state, chosen)
    single = elements(state, of, chosen)
    jobs = [(element,) for element in single] + _pairs(single, pairs)
    persons = state.weight(weight)
    closing = sum(any(element.selection for element in job) for job in jobs)
    table.engine = engine_for_states(state.network, len(state.demand), len(table.facilities), closing)
    rows = []
    for done, job in enumerate(jobs, start=1):
        for kind, before, after in table.without(job):
            figures = change_figures(before, after, persons, thresholds_min=[threshold_min])
            beyond = figures[f"persons_out_of_{threshold_min:g}_min"]
            rows.append(
                {
                    "family": " + ".join(element.family for element in job),
                    "element_id": " + ".join(element.element_id for element in job),
                    "name": " + ".join(element.name for element in job),
                    "kind": kind,
                    **{name: figures[name] for name in _KEPT},
                    "persons_newly_beyond": beyond,
                }
            )
        if on_progress:
            on_progress(done, len(jobs))
    frame = pd.DataFrame(rows, columns=[*_IDS, *_KEPT, "persons_newly_beyond"])
    order = [RANKINGS[rank], "persons_no_longer_reached", "person_min_lost"]
    frame = frame.sort_values(order, ascending=False, kind="stable").reset_index(drop=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    asked = sorted(frame["kind"].unique())
    notes = (*study_notes(state, asked), *drive_notes(state, asked))
    return Losses(frame, threshold_min, scenario, notes)


_IDS = ("family", "element_id", "name", "kind")
_KEPT = (
    "person_min_lost",
    "change_mean_min",
    "persons_lose",
    "persons_no_longer_reached",
    "worst_loss_min",
)


def elements(study: Study, of: Sequence[str], kinds: Sequence[str]) -> list[Element]:
    """Everything of the families that can fall out."""
    found: list[Element] = []
    labels = study.network.labels
    for family in of:
        if family in {"ferries", "roads"}:
            found += _links(study.network, family)
        elif family == "passes":
            names = labels["pass_name"].values if "pass_name" in labels else ()
            found += [
                Element(family, name, name, EdgeSelection(passes=(name,))) for name in sorted(names) if name
            ]
        else:
            wanted = (
                [STATION_KIND] if family == "stations" else [kind for kind in kinds if kind != STATION_KIND]
            )
            rows = study.facilities[study.facilities["kind"].isin(wanted)]
            ids = rows["facility_id"].tolist()
            found += [
                Element(family, key, name) for key, name in zip(ids, rows["name"].tolist(), strict=True)
            ]
    return found


def _links(network: TravelNetwork, family: str) -> list[Element]:
    wanted = network.labels["kind"].where("ferry" if family == "ferries" else "road")
    ids, names = network.labels["link_id"].to_array(), network.labels["name"].to_array()
    refs = network.labels["ref"].to_array()
    found = {}
    for edge in np.flatnonzero(wanted):
        link = str(ids[edge])
        if link and link not in found:
            found[link] = Element(
                family, link, str(names[edge] or f"{refs[edge]} {link}".strip()), EdgeSelection(links=(link,))
            )
    return list(found.values())


def _pairs(single: list[Element], pairs: Iterable[tuple[str, str]]) -> list[tuple[Element, ...]]:
    known = {element.element_id: element for element in single}
    jobs = []
    for pair in pairs:
        for name in pair:
            if name not in known:
                raise UnknownNameError("element of a pair", name, known)
        jobs.append(tuple(known[name] for name in pair))
    return jobs


class _Times:
    """Times to every facility of the kinds, before and after something is taken out."""

    def __init__(self, study: Study, kinds: Sequence[str]) -> None:
        frames = [study.facilities_of(kind) for kind in kinds]
        if not frames:
            raise DataError("no kinds of service to look at")
        self.study = study
        self.kinds = kinds
        self.facilities = pd.concat(frames, ignore_index=True)
        self.points = study.on_network(self.facilities)
        self.engine: EngineName = "auto"
        self.before = travel_time_matrix(study.network, study.demand_points, self.points)

    def without(self, job: tuple[Element, ...]) -> list[tuple[str, FloatArray, FloatArray]]:
        """(kind, times before, times after) for the kinds that the loss touches."""
        closures = [
            Closure(f"out: {element.name}", element.selection)
            for element in job
            if element.selection is not None
        ]
        after = self.before
        if closures:
            network = apply_overlays(self.study.network, closures)
            after = travel_time_matrix(network, self.study.demand_points, self.points, engine=self.engine)
        gone = {element.element_id for element in job if element.selection is None}
        kept = ~self.facilities["facility_id"].isin(gone).to_numpy()
        told = []
        for kind in self.kinds:
            here = (self.facilities["kind"] == kind).to_numpy()
            if not closures and not (here & ~kept).any():
                continue
            told.append((kind, _fastest(self.before[:, here]), _fastest(after[:, here & kept])))
        return told


def _fastest(minutes: FloatArray) -> FloatArray:
    """(n,) the fastest of the columns, NaN where none reaches."""
    best = np.where(np.isnan(minutes), np.inf, minutes).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(best), best, np.nan)
