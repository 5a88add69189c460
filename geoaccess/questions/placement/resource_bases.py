"""Who comes already, and who may: bases of every resource as sites of a placement, each with its own figures.

The bases there are, of every resource that gives help at the patient, stand in the background of a question
on one of them; kinds that the question names as craft may get new bases. Minutes of both are those of the
resource (:mod:`geoaccess.minutes.resources`), so two kinds of helicopter never share a figure, and no id
clashes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.minutes.resources.bases import is_grounded, mobilise_minutes
from geoaccess.minutes.resources.movement import base_minutes
from geoaccess.minutes.resources.reach import reach
from geoaccess.study import Study
from geoaccess.study.placement_sections import CraftBases, Placement
from geoaccess.study.resource_sections import Mobilise, Resource, Service, bases_of
from geoaccess.words.note import Note, together

#: What a placement counts: help at the patient.
SERVICE: Service = "response"
#: What makes two sites one: times from them are equal, and so is whom they may serve.
PLACE = ["municipality_code", "node_id", "lon", "lat"]
#: How what moves is called as a site's mode.
MODES = {"road": "road", "sea": "boat", "air": "helicopter"}
_MOVES = {"boat": "sea", "helicopter": "air"}


@dataclass(frozen=True)
class CraftAsked:
    """A kind of craft of a question, with the figures that hold for it there.

    Attributes:
        asked: the section of the question.
        name: name of the resource; for figures of its own, the kind of its bases.
        resource: the figures.
        own: whether the figures are the question's own.
    """

    asked: CraftBases
    name: str
    resource: Resource
    own: bool

    @property
    def mode(self) -> str:
        """Mode of its sites: road, boat or helicopter."""
        return MODES[self.resource.moves]

    def stays(self, study: Study) -> bool:
        """Whether the state of the study keeps it at its base."""
        grounded = not self.own and is_grounded(study, self.name)
        return grounded or any(study.holds(name) for name in self.asked.grounded_in)


def craft_asked(study: Study, question: Placement) -> list[CraftAsked]:
    """The kinds of craft that a question may place, with their figures.

    Raises:
        DataError: a kind has no figures, or a resource that brings no help to the patient; all listed.
    """
    found, faults = [], []
    kinds = [craft.kind for craft in question.craft]
    faults += [
        Note("fault.craft.twice", kind=kind) for kind in sorted({k for k in kinds if kinds.count(k) > 1})
    ]
    for craft in question.craft:
        owners = [name for name, one in study.config.resources.items() if craft.kind in bases_of(name, one)]
        if craft.mode is not None:
            found.append(CraftAsked(craft, craft.kind, _own_figures(craft), own=True))
        elif not owners:
            faults.append(Note("fault.craft.no_figures", kind=craft.kind))
        elif SERVICE not in study.config.resources[owners[0]].gives:
            faults.append(Note("fault.craft.not_given", resource=owners[0], service=SERVICE))
        else:
            found.append(CraftAsked(craft, owners[0], study.config.resources[owners[0]], own=False))
    if faults:
        raise DataError(together(faults))
    return found


def placed_resource(study: Study, question: Placement) -> Resource | None:
    """The resource that a question places, where it goes out by sea or air; None for what drives.

    Raises:
        DataError: it brings nobody to the patient.
    """
    for name, one in study.config.resources.items():
        if question.facility in bases_of(name, one) and one.moves != "road":
            if question.direction != "from_site" or SERVICE not in one.gives:
                raise DataError(Note("fault.craft.not_out", name=name, service=SERVICE))
            return one
    return None


def _own_figures(craft: CraftBases) -> Resource:
    """A resource of the figures that a placement states itself; its source covers them all."""
    assert craft.mode is not None
    assert craft.speed_kph is not None
    told = {"source": craft.source, "confidence": "assumption"}
    figures = {
        "mobilise_min": Mobilise(station=sum(craft.parts.values())),
        "speed_kph": craft.speed_kph,
        # The range of a placement is the way out; a mission goes out and home.
        "range_km": None if craft.range_km is None else 2.0 * craft.range_km,
        "transfer_min": craft.transfer_min or 0.0,
    }
    sources = {
        f"{name}_{key}": value
        for name in ("mobilise", "speed", "range", "transfer")
        for key, value in told.items()
    }
    return Resource.model_validate(
        {"kinds": (craft.kind,), "moves": _MOVES[craft.mode], "gives": (SERVICE,)} | figures | sources
    )


def same_place(places: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """(n_places,) whether a place is the very place of one of the others."""
    known = set(others[PLACE].itertuples(index=False, name=None))
    return np.asarray(
        [place in known for place in places[PLACE].itertuples(index=False, name=None)], dtype=bool
    )


def background(study: Study, question: Placement) -> pd.DataFrame:
    """Everybody else who comes already: bases that stay, of all resources but the one that is placed.

    None where the question places something that brings no help to the patient (beds, kits), or leaves
    today's out.
    """
    role = "required" if question.existing == "may_move" else "existing"
    craft = craft_asked(study, question)
    kinds = {one.asked.kind: one.mode for one in craft}
    for name, resource in study.config.resources.items():
        if counts_everybody(study, question) and SERVICE in resource.gives:
            kinds |= dict.fromkeys(bases_of(name, resource), MODES[resource.moves])
    kinds.pop(question.facility, None)
    rows = study.facilities[study.facilities["kind"].isin(kinds)].sort_values("facility_id")
    frame = rows.rename(columns={"facility_id": "site_id"})
    return frame.assign(role=role, part=frame["kind"], mode=frame["kind"].map(kinds), cost=0.0)


def counts_everybody(study: Study, question: Placement) -> bool:
    """Whether all who come already stand in the background of a question."""
    if question.direction != "from_site" or question.existing == "ignore":
        return False
    return any(
        question.facility in bases_of(name, one) and SERVICE in one.gives
        for name, one in study.config.resources.items()
    )


def candidate_bases(study: Study, question: Placement) -> list[pd.DataFrame]:
    """Places where bases of the question's craft may open: quays, or the places of other services.

    Raises:
        DataError: nothing can become a base of some craft.
    """
    made = []
    for craft in craft_asked(study, question):
        kind = craft.asked.kind
        today = study.facilities[study.facilities["kind"] == kind]
        if craft.asked.candidate_kinds or craft.mode != "boat":
            frame = _landing_places(study, craft.asked)
            frame = frame[~same_place(frame, today)]
        else:
            frame = _quays(study)
            frame = frame[~frame["node_id"].isin(today["node_id"])]
        if frame.empty:
            raise DataError(Note("fault.craft.no_candidates", mode=craft.mode, kind=kind))
        ids = [f"{kind}:{name}" for name in frame["site_id"]]
        made.append(
            frame.assign(
                site_id=ids,
                role="candidate",
                part="candidate",
                mode=craft.mode,
                kind=kind,
                cost=craft.asked.cost,
            )
        )
    return made


def _landing_places(study: Study, craft: CraftBases) -> pd.DataFrame:
    rows = study.facilities[study.facilities["kind"].isin(craft.candidate_kinds)].sort_values("facility_id")
    return rows[~rows.duplicated(PLACE)].rename(columns={"facility_id": "site_id"})


def _quays(study: Study) -> pd.DataFrame:
    """Quays of the ferry lines with people: a settlement at the node gives name and municipality."""
    edges = study.network.edges_frame()
    quays = edges.loc[(edges["kind"] == "ferry") & (edges["length_km"] > 0), "from_id"].astype(str)
    lived = study.demand[study.demand["node_id"].isin(quays)]
    lived = lived[(lived["node_id"] != "") & ~lived["node_id"].duplicated()]
    return lived.drop(columns="access_km").assign(site_id=lived["node_id"])


def resource_minutes(study: Study, question: Placement, places: pd.DataFrame) -> FloatArray:
    """(n_demand, n_sites) minutes of the sites of other resources; NaN where one goes to nobody.

    Args:
        study: the study in its state.
        question: the question.
        places: sites with a ``kind``: of the background, or candidates for craft.
    """
    minutes = np.full((len(study.demand), len(places)), np.nan)
    craft = {one.asked.kind: one for one in craft_asked(study, question)}
    kinds = places["kind"].to_numpy(dtype=object)
    for kind in dict.fromkeys(kinds):
        columns = kinds == kind
        sites = places[columns]
        one = craft.get(str(kind))
        if one is None:
            minutes[:, columns] = _of_baseline(study, sites)
        elif not one.stays(study):
            # A new base has no crew at home: its id is in no list of home duty.
            leaving = mobilise_minutes(study, one.resource, sites["site_id"])
            minutes[:, columns] = base_minutes(study, one.resource, sites.assign(mobilise_min=leaving))
    return minutes


def placed_minutes(study: Study, question: Placement, resource: Resource, places: pd.DataFrame) -> FloatArray:
    """(n_demand, n_sites) minutes of sites of a boat or aircraft that the question itself places.

    The fixed parts of the question stand for the mobilisation, where it says any.
    """
    if any(one == question.facility for one in _grounded_kinds(study)):
        return np.full((len(study.demand), len(places)), np.nan)
    leaving = mobilise_minutes(study, resource, places["site_id"])
    if question.parts:
        leaving = np.full(len(places), sum(question.parts.values()))
    return base_minutes(study, resource, places.assign(mobilise_min=leaving))


def _grounded_kinds(study: Study) -> list[str]:
    """Kinds of the bases that the state grounds."""
    return [
        kind
        for name, one in study.config.resources.items()
        if is_grounded(study, name)
        for kind in bases_of(name, one)
    ]


def _of_baseline(study: Study, sites: pd.DataFrame) -> FloatArray:
    """Minutes of bases of today by the table that every question reads."""
    table = reach(study, SERVICE)
    position = pd.Index(table.bases["base_id"]).get_indexer(sites["site_id"])
    return table.minutes[:, position]
