"""A loaded study: its tables under common column names, and its network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.demand.areas import read_areas, read_land
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.joining import packed_land
from geoaccess.ground.tables import read_frame
from geoaccess.study.joining import join_places
from geoaccess.study.schema import Kind, Placement, StudyConfig
from geoaccess.study.stretches import passes_of_tables, with_passes
from geoaccess.study.vessels import without_passenger_boats
from networks import SnappedPoints, TravelNetwork, load_network, read_link_folder
from networks.errors import Fault
from networks.ferries import FerryConditions
from networks.land import Land
from networks.speeds import SpeedTable

#: What a table of coverage may say of a service: one of its own, one it shares, or no row of one.
KNOWN = ("own", "shared", "none known")


@dataclass(frozen=True, eq=False)
class Study:
    """A study as the rest of the program sees it.

    Attributes:
        folder: where the study's files are.
        config: the study file.
        municipalities: ``municipality_code, name``, the group columns, one column per weight total.
        demand: ``demand_id, name, municipality_code, node_id, lon, lat, access_km`` and the weights.
        facilities: ``facility_id, name, kind, municipality_code, node_id, lon, lat``.
        files: every file that was read, for provenance.
        notes: what was left out or assumed while reading, in words.
        scenario: the state of the world it is in.
        nodes_aside: the tables name nodes of another network than the study's: places join by coordinates.
    """

    folder: Path
    config: StudyConfig
    municipalities: pd.DataFrame
    demand: pd.DataFrame
    facilities: pd.DataFrame
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    scenario: str = "base"
    nodes_aside: bool = False

    @property
    def name(self) -> str:
        """Short name."""
        return self.config.study.name

    @property
    def weights(self) -> tuple[str, ...]:
        """Names of the weights that the demand has."""
        return tuple(self.config.demand.weights)

    @cached_property
    def network(self) -> TravelNetwork:
        """The network in the study's base state.

        Raises:
            NetworkDataError: the link tables have faults.
            DataError: a ferry's vessel is of no known kind.
            NetworkFileError: the network file cannot be read.
        """
        return load_study_network(self.folder, self.config)

    def kind(self, name: str) -> Kind:
        """A kind of service.

        Raises:
            UnknownNameError: the study has no such kind.
        """
        if name not in self.config.kinds:
            raise UnknownNameError("kind of facility", name, self.config.kinds)
        return self.config.kinds[name]

    def placement(self, name: str) -> Placement:
        """A placement question.

        Raises:
            UnknownNameError: the study has no such placement.
        """
        if name not in self.config.placements:
            raise UnknownNameError("placement", name, self.config.placements)
        return self.config.placements[name]

    def report_kinds(self) -> tuple[str, ...]:
        """The kinds that the main job reports on."""
        return tuple(name for name, kind in self.config.kinds.items() if kind.report)

    def facilities_of(self, kind: str) -> pd.DataFrame:
        """The facilities of one kind, in the order of their ids.

        Raises:
            UnknownNameError: the study has no such kind, or no facility of it.
        """
        self.kind(kind)
        chosen = self.facilities[self.facilities["kind"] == kind].sort_values("facility_id")
        if chosen.empty:
            raise UnknownNameError("facility of kind", kind, sorted(self.facilities["kind"].unique()))
        return chosen.reset_index(drop=True)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """``municipality_code, kind, known``: whether a service of a kind is known there; may be empty.

        Raises:
            DataError: a municipality or kind that the study does not have, or another word than
                :data:`KNOWN`; all listed.
        """
        file = self.config.municipalities.coverage
        if not file:
            return pd.DataFrame(columns=["municipality_code", "kind", "known"])
        frame = read_frame(self.folder / file)
        allowed = {
            "municipality_code": list(self.municipalities["municipality_code"].astype(str)),
            "kind": list(self.config.kinds),
            "known": list(KNOWN),
        }
        faults = [
            Fault(f"must be one of the study's: {', '.join(names[:5])}", file, str(row + 2), column, value)
            for column, names in allowed.items()
            for row, value in enumerate(frame[column].astype(str))
            if value not in names
        ]
        if faults:
            raise DataError(faults)
        return frame

    def unknown_in(self, kind: str) -> tuple[str, ...]:
        """Codes of the municipalities in which no service of a kind is known, own or shared."""
        rows = self.coverage
        missing = rows[(rows["kind"] == kind) & (rows["known"] == KNOWN[-1])]
        return tuple(missing["municipality_code"])

    def weight(self, name: str | None = None) -> NDArray[np.float64]:
        """(n_demand,) a weight of the demand points.

        Raises:
            UnknownNameError: the study has no such weight.
        """
        chosen = name or self.config.demand.default_weight
        if chosen not in self.weights:
            raise UnknownNameError("weight", chosen, self.weights)
        values: NDArray[np.float64] = self.demand[chosen].to_numpy(dtype=np.float64)
        return values

    @cached_property
    def demand_points(self) -> SnappedPoints:
        """The demand on the network, with the mean way from home to the node as access leg."""
        return join_places(self.network, self.demand, self.config.network.access, self.land)

    @cached_property
    def land(self) -> Land | None:
        """Land of the study's own; None where the coast that ships is used, or no land is known at all.

        Raises:
            DataError: the file of the land, or of the areas, cannot be read.
        """
        return study_land(self.folder, self.config, self.network, self.municipalities["municipality_code"])

    def on_network(self, places: pd.DataFrame) -> SnappedPoints:
        """Places (``node_id`` or ``lon, lat``) on the network; the way from the node is the access leg."""
        if self.nodes_aside:
            places = places.assign(node_id="")
        return join_places(self.network, places, self.config.network.access, self.land)


def load_study_network(folder: Path, config: StudyConfig) -> TravelNetwork:
    """The network that a study file names, before any scenario."""
    section = config.network
    if section.file:
        network = load_network(folder / section.file)
        if section.passes:
            network, _ = with_passes(network, passes_of_tables(folder / section.passes))
        return network
    network = read_link_folder(
        folder / section.links,
        speeds=SpeedTable().changed(section.speeds_kph),
        ferries=ferry_conditions(config),
        metric_epsg=config.study.metric_epsg,
    )
    return without_passenger_boats(network, folder / section.links)


def study_land(
    folder: Path, config: StudyConfig, network: TravelNetwork, codes: Iterable[str]
) -> Land | None:
    """The study's own land: its file, or its areas where the coast that ships does not reach.

    Between two areas there is water; what lies outside of all of them is not known.

    Raises:
        DataError: the file of the land, or of the areas, cannot be read.
    """
    epsg = network.metric_epsg
    if config.network.land:
        return Land.of(read_land(folder / config.network.land), epsg=epsg)
    section = config.municipalities
    if not section.boundaries or packed_land(network) is not None:
        return None
    areas = read_areas(folder / section.boundaries, set(codes), section.boundaries_code).to_crs(4326)
    return Land.of(areas.geometry.union_all(), epsg=epsg, whole=False)


def ferry_conditions(config: StudyConfig) -> FerryConditions:
    """How ferries are timed in the base state of a study."""
    ferries = config.network.ferries
    return FerryConditions(
        model=ferries.model,
        wait_cap_min=ferries.wait_cap_min,
        boarding_min=ferries.boarding_min,
        default_headway_min=ferries.default_headway_min,
        unknown_night=ferries.unknown_night,
    )
