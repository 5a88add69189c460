"""Reading a study: the study file, then its tables, with every fault of all of them in one error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.paths import embedded_studies
from geoaccess.ground.point_layers import source_of
from geoaccess.ground.tables import Column, check_frame, check_references, noticed, read_frame
from geoaccess.study.beds_sections import beds_faults
from geoaccess.study.call_sections import call_faults
from geoaccess.study.care_sections import care_faults
from geoaccess.study.clock_sections import clock_faults
from geoaccess.study.extract import is_extract
from geoaccess.study.hazard_sections import hazard_faults
from geoaccess.study.journey_sections import journey_faults
from geoaccess.study.model import Study, load_study_network
from geoaccess.study.reading import read_config
from geoaccess.study.resource_sections import grounded_faults, home_faults, resource_faults
from geoaccess.study.schema import FacilityTable, StudyConfig
from geoaccess.study.sections import section_faults
from geoaccess.study.state import people_faults
from geoaccess.study.surface_file import surface_files
from geoaccess.study.team_sections import team_faults
from geoaccess.study.tradeoff_sections import tradeoff_faults
from geoaccess.words.note import Note
from networks.errors import Fault
from networks.files import load_node_ids
from networks.table_files import row_in_file

if TYPE_CHECKING:
    import geopandas as gpd

    from geoaccess.demand.sections import DemandSource

STUDY_FILE = "study.toml"
LINK_TABLES = ("nodes.csv", "roads.csv", "ferries.csv")
#: Column of a table of facilities: metres of the longest runway of an airport, blank where it is not known.
RUNWAY = "runway_m"
#: Zoom level that a map goes to at most.
_MOST_ZOOM = 16


def load_study(study: str | Path) -> Study:
    """Load a study by the name of an embedded one, its folder, or its ``study.toml``.

    Raises:
        UnknownNameError: neither an embedded study nor a folder or file of that name.
        DataError: the study file or a table has faults; all of them are listed.
    """
    file = find_study(study)
    config = read_config(file)
    return _Reader(file, config).study()


def find_study(study: str | Path) -> Path:
    """The study file that a name, folder or path means.

    Raises:
        UnknownNameError: there is none.
    """
    path = Path(study)
    if path.is_dir() and (path / STUDY_FILE).is_file():
        return path / STUDY_FILE
    if path.is_file() and path.suffix == ".toml":
        return path
    embedded = embedded_studies()
    if str(study) in embedded:
        return embedded[str(study)] / STUDY_FILE
    if path.is_dir():
        raise DataError([Fault(Note("fault.no_study_file", study_file=STUDY_FILE), where=str(path))])
    raise UnknownNameError("study folder or embedded study", str(study), embedded)


class _Reader:
    """Reads the tables of one study, gathering faults until all of them are known."""

    def __init__(self, file: Path, config: StudyConfig) -> None:
        self.folder = file.parent
        self.config = config
        self.files = [file]
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.runways: dict[str, float] = {}

    def study(self) -> Study:
        with noticed() as found:
            study = self._read()
        return replace(study, notes=(*study.notes, *found)) if found else study

    def _read(self) -> Study:
        self._links()
        self._surface()
        municipalities = self._municipalities()
        demand = self._demand(municipalities)
        tables = [self._facilities(table, municipalities) for table in self.config.facilities]
        facilities = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
        tables_are_whole = not self.faults
        map_names = self._map_names()
        self._call_tables()
        self._check_sections()
        if tables_are_whole:
            self._check_facilities(facilities)
        if self.faults:
            raise DataError(self.faults)
        aside = self._nodes_aside(demand, facilities)
        if aside:
            demand, facilities = demand.assign(node_id="", access_km=np.nan), facilities.assign(node_id="")
        return Study(
            folder=self.folder,
            config=self.config,
            municipalities=municipalities,
            demand=demand,
            facilities=facilities,
            files=tuple(self.files),
            notes=tuple(self.notes),
            nodes_aside=aside,
            runways=self.runways,
            map_names=map_names,
        )

    def _nodes_aside(self, demand: pd.DataFrame, facilities: pd.DataFrame) -> bool:
        """Whether the tables name nodes of another network than the study's file: none is in it."""
        file = self.config.network.file
        named = set(demand["node_id"]) | set(facilities["node_id"])
        named.discard("")
        if not file or not named or not (self.folder / file).is_file():
            return False
        if named & set(self._node_ids(self.folder / file)):
            return False
        self.notes.append(Note("note.nodes_aside", file=file, nodes=len(named)))
        return True

    def _node_ids(self, file: Path) -> tuple[str, ...]:
        if is_extract(file):
            return tuple(load_study_network(self.folder, self.config).node_ids)
        return tuple(load_node_ids(file))

    def _links(self) -> None:
        """Files of the network, for provenance; its own reader checks them when it is needed."""
        network = self.config.network
        if network.file:
            self.files.append(self.folder / network.file)
            return
        for name in LINK_TABLES:
            path = self.folder / network.links / name
            if path.is_file():
                self.files.append(path)
                self._note_unsourced(name, read_frame(path))

    def _surface(self) -> None:
        """Files of the ground between homes and roads; they are read when somebody joins the network."""
        try:
            self.files += surface_files(self.folder, self.config)
        except DataError as error:
            self.faults += error.faults

    def _call_tables(self) -> None:
        """The files of [calls], for provenance; their own reader checks them when they are needed."""
        for name in self.config.calls.tables if self.config.calls else ():
            path = self.folder / name
            if path.is_file():
                self.files.append(path)
            else:
                self.faults.append(Fault("file not found", where=str(path)))

    def _map_names(self) -> pd.DataFrame:
        """What maps name besides the places, as the study file asks for it."""
        columns = [
            Column("name"),
            Column("lat", "lat"),
            Column("lon", "lon"),
            *(Column(name, required=False, blank=True) for name in ("name_nb", "name_en", "kind")),
            Column("from_zoom", "count", required=False, blank=True),
        ]
        file = self.config.map.names
        if not file:
            return pd.DataFrame(columns=[column.name for column in columns])
        known = len(self.faults)
        found = self._table(file, columns)
        if len(self.faults) > known:
            return found
        kinds, zoom = found["kind"].fillna("").astype(str), pd.to_numeric(found["from_zoom"])
        for column, wrong, told in (
            ("kind", ~kinds.isin(["", "water", "land"]), Note("fault.map_names.kind")),
            ("from_zoom", zoom > _MOST_ZOOM, Note("fault.map_names.zoom")),
        ):
            self.faults += [
                Fault(told, file, row_in_file(found, row), column, str(found[column].iloc[row]))
                for row in np.flatnonzero(wrong).tolist()
            ]
        return found[[column.name for column in columns]]

    def _table(self, name: str, columns: list[Column]) -> pd.DataFrame:
        path = self.folder / name
        try:
            frame = read_frame(path)
        except DataError as error:
            self.faults += error.faults
            return pd.DataFrame(columns=[column.name for column in columns])
        self.files.append(source_of(path).file)
        self._note_unsourced(name, frame)
        self.faults += check_frame(frame, columns, where=name)
        for column in columns:
            if column.name not in frame:
                frame[column.name] = "" if column.type == "text" else np.nan
        return frame

    def _note_unsourced(self, name: str, frame: pd.DataFrame) -> None:
        if "confidence" not in frame:
            return
        for basis in ("recalled", "estimated"):
            share = float((frame["confidence"] == basis).mean())
            if share > 0:
                self.notes.append(Note(f"note.{basis}", file=name, share=share))

    def _municipalities(self) -> pd.DataFrame:
        section = self.config.municipalities
        columns = [Column(section.code, unique=True), Column(section.name)]
        columns += [Column(name) for name in section.groups]
        columns += [Column(name, "count") for name in section.totals.values()]
        if section.urban:
            columns.append(Column(section.urban, choices=("yes", "no")))
        frame = self._table(section.table, columns)
        renames = {section.code: "municipality_code", section.name: "name"}
        renames |= {column: f"{weight}_total" for weight, column in section.totals.items()}
        frame = frame.rename(columns=renames)
        frame["urban"] = frame[section.urban] == "yes" if section.urban else False
        kept = ["municipality_code", "name", *section.groups, *(f"{name}_total" for name in section.totals)]
        return frame[[*kept, "urban"]]

    def _demand(self, municipalities: pd.DataFrame) -> pd.DataFrame:
        if self.config.demand.source is not None:
            return self._demand_of_source(self.config.demand.source, municipalities)
        section = self.config.demand
        columns = [
            Column(section.id, unique=True),
            Column(section.name),
            Column(section.municipality),
            Column("lat", "lat"),
            Column("lon", "lon"),
            *(Column(name, "count") for name in section.weights.values()),
        ]
        if section.node:
            columns.append(Column(section.node))
        columns += [Column(name, "count") for name in (section.access_km, section.across_water) if name]
        frame = self._table(section.table, columns)
        self.faults += check_references(
            frame,
            section.municipality,
            municipalities["municipality_code"],
            where=section.table,
            what="municipality",
        )
        result = frame.rename(
            columns={
                section.id: "demand_id",
                section.name: "name",
                section.municipality: "municipality_code",
                section.node: "node_id",
            }
        )
        result["node_id"] = result["node_id"] if section.node else ""
        result["access_km"] = frame[section.access_km] if section.access_km else np.nan
        for weight, column in section.weights.items():
            result[weight] = frame[column]
        if section.across_water:
            people = float(frame[section.across_water].sum())
            self.notes.append(Note("note.across_water", file=section.table, people=people))
        kept = ["demand_id", "name", "municipality_code", "node_id", "lon", "lat", "access_km"]
        return result[[*kept, *section.weights]]

    def _demand_of_source(self, source: DemandSource, municipalities: pd.DataFrame) -> pd.DataFrame:
        """Demand points made from a raster or grid; they join the network by their coordinates."""
        from geoaccess.demand.sources import demand_from  # noqa: PLC0415 - libraries that tables do not need

        weights = list(self.config.demand.weights)
        kept = ["demand_id", "name", "municipality_code", "node_id", "lon", "lat", "access_km", *weights]
        file = next(one.file for one in (source.raster, source.grid, source.ssb_grid) if one is not None)
        self.files.append(self.folder / file)
        official = municipalities.set_index("municipality_code")
        try:
            points = demand_from(
                source,
                self.folder,
                areas=self._areas(set(official.index)),
                totals={
                    weight: official[f"{weight}_total"]
                    for weight in source.rescale
                    if f"{weight}_total" in official
                },
                metric_epsg=self.config.study.metric_epsg,
            )
        except DataError as error:
            self.faults += error.faults
            return pd.DataFrame(columns=kept)
        self.notes += points.notes
        self.faults += check_references(
            points.table, "municipality_code", official.index, where=file, what="municipality"
        )
        return points.table.assign(node_id="", access_km=np.nan)[kept]

    def _areas(self, codes: set[str]) -> gpd.GeoDataFrame | None:
        """The study's municipality polygons, if it names them."""
        from geoaccess.demand.areas import read_areas  # noqa: PLC0415 - polygons are read for few studies

        section = self.config.municipalities
        if not section.boundaries:
            return None
        self.files.append(self.folder / section.boundaries)
        return read_areas(self.folder / section.boundaries, codes, section.boundaries_code)

    def _facilities(self, table: FacilityTable, municipalities: pd.DataFrame) -> pd.DataFrame:
        columns = [
            Column(table.id, unique=True),
            Column("name"),
            Column(table.kind),
            Column("municipality_code"),
            Column("lat", "lat"),
            Column("lon", "lon"),
            *(Column(name) for name in table.where),
            Column(RUNWAY, "count", required=False, blank=True),
        ]
        if table.node:
            columns.append(Column(table.node))
        frame = self._table(table.table, columns)
        known = frame[frame[RUNWAY].notna()]
        self.runways |= dict(zip(known[table.id], known[RUNWAY], strict=True))
        self.faults += check_references(
            frame,
            "municipality_code",
            municipalities["municipality_code"],
            where=table.table,
            what="municipality",
        )
        keep = pd.Series(data=True, index=frame.index)
        for column, values in table.where.items():
            keep &= frame[column].isin(values)
        if not keep.all():
            left_out = frame.loc[~keep, "name"].tolist()
            self.notes.append(
                Note("note.left_out", file=table.table, out=len(left_out), every=len(frame), names=left_out)
            )
        result = frame.rename(columns={table.id: "facility_id", table.kind: "kind", table.node: "node_id"})
        result["kind"] = result["kind"].replace(table.kind_names)
        result["node_id"] = result["node_id"] if table.node else ""
        kept = ["facility_id", "name", "kind", "municipality_code", "node_id", "lon", "lat"]
        return result.loc[keep, kept]

    def _check_sections(self) -> None:
        """What the sections of the study file say of each other; no table is needed for it."""
        self.faults += clock_faults(self.config.clocks, self.config.kinds)
        self.faults += journey_faults(self.config.journeys, self.config.kinds, self.config.demand.weights)
        groups = self.config.municipalities.groups
        self.faults += beds_faults(self.config.beds, self.config.kinds, self.config.demand.weights, groups)
        self.faults += team_faults(self.config.teams, self.config.demand.weights, groups)
        self.faults += tradeoff_faults(
            self.config.tradeoffs,
            placements=self.config.placements,
            journeys=self.config.journeys,
            rates=self.config.journey_rates,
            kinds=self.config.kinds,
            weights=self.config.demand.weights,
        )
        self.faults += hazard_faults(self.config.hazards, self.config.scenarios)
        self.faults += people_faults(self.config, self.config.hazards)
        self.faults += call_faults(
            self.config.calls, self.config.scenarios, self.config.demand.weights, self.config.kinds
        )
        self.faults += resource_faults(self.config.resources, self.config.kinds)
        grounded = {name: one.grounded for name, one in self.config.scenarios.items()}
        self.faults += grounded_faults(self.config.resources, grounded)
        self.faults += section_faults(self.config)

    def _check_facilities(self, facilities: pd.DataFrame) -> None:
        groups = self.config.municipalities.groups
        self.faults += care_faults(self.config.care, self.config.kinds, groups, facilities["facility_id"])
        twice = facilities.loc[facilities["facility_id"].duplicated(), "facility_id"]
        self.faults += [
            Fault("the facility id stands in two tables", where="facilities", row=name) for name in twice
        ]
        unnamed = sorted(set(facilities["kind"]) - set(self.config.kinds))
        self.faults += [
            Fault(Note("fault.kind_undescribed", name=name), where=STUDY_FILE) for name in unnamed
        ]
        self.faults += home_faults(self.config.resources, facilities)
