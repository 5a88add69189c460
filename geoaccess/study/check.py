"""``study check``: is the study whole, plausible and sourced? Every fault is found, none is mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoaccess.demand.areas import read_areas
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.joining import flag_sentences
from geoaccess.ground.measures import summarise
from geoaccess.ground.tables import figures, read_frame
from geoaccess.study.lengths import straight_km, too_short
from geoaccess.study.load import LINK_TABLES, load_study
from geoaccess.study.model import Study
from geoaccess.study.names import scenario_name
from geoaccess.study.plausible import FAR_KM, NEAR_KM, WATER_KM, joined_past_nearer, near_and_far
from geoaccess.words.figures import percent
from geoaccess.words.locales import ENGLISH
from geoaccess.words.note import (
    Note,
    as_field,
    fault_note,
    in_languages,
    listed,
    sentence_of,
    together,
    weight_words,
    word,
)
from maps.basemap import covers, land
from networks import NetworkDataError, travel_time_matrix
from networks.errors import Fault, UnknownPlaceError

#: A road may be this many times the straight line before it must be explained.
MOST_DETOUR = 2.5
#: A place this near to land is on land: quays stand at the water, and the coastline is simplified to 100 m.
LAND_TOLERANCE_M = 500.0
#: A place this near to its municipality is in it: boundaries are simplified and run through water.
BOUNDARY_TOLERANCE_M = 1000.0
#: Ferries slower or faster than this are suspect, km/h.
FERRY_SPEED_RANGE_KPH = (5.0, 60.0)


#: Names that a warning lists; the rest is counted.
_MOST_NAMES = 30


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer."""

    name: str
    passed: bool
    found: str
    skipped: bool = False


@dataclass
class Report:
    """All checks of a study, its faults (which must be mended) and warnings (which may stand)."""

    checks: list[Check] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, name: str, faults: list[Fault], found: str) -> None:
        """Record a check: it passes without faults."""
        self.faults += faults
        self.checks.append(
            Check(
                name,
                not faults,
                found if not faults else Note("check.faults", n_faults=len(faults), found=as_field(found)),
            )
        )

    def skip(self, name: str, reason: str) -> None:
        """Record a check that could not be made."""
        self.checks.append(Check(name, passed=True, found=reason, skipped=True))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "passed": not self.faults,
            "checks": [asdict(check) for check in self.checks],
            "faults": [asdict(fault) for fault in self.faults],
            "warnings": self.warnings,
        }


def check_study(study: str | Path, *, boundaries: Path | None = None) -> Report:
    """Check a study; a fault that keeps it from being read ends the check early.

    Args:
        study: name or path.
        boundaries: polygons of the municipalities; default: those the study names.

    Raises:
        UnknownNameError: there is no such study.
        DataError: the boundary file cannot be read.
    """
    report = Report()
    try:
        loaded = load_study(study)
        network = loaded.network
    except (DataError, NetworkDataError) as error:
        report.add("tables", list(error.faults), "the study cannot be read")
        return report
    report.add(
        "tables",
        [],
        Note("check.tables", n_files=len(loaded.files), n_nodes=network.n_nodes, n_edges=network.n_edges),
    )
    report.warnings += loaded.notes
    _check_populations(loaded, report)
    _check_sources(loaded, report)
    if loaded.config.network.links:
        folder = loaded.folder / loaded.config.network.links
        report.add("no link shorter than the straight line", too_short(network, folder), "roads and ferries")
        _check_detours(loaded, report)
        _check_ferries(loaded, report)
        _check_joined(loaded, report)
        _check_apart(loaded, report)
    _check_reach(loaded, report)
    _check_coverage(loaded, report)
    _check_scenarios(loaded, report)
    _check_land(loaded, report)
    _check_boundaries(loaded, report, boundaries)
    return report


def _demand_file(study: Study) -> str:
    return study.config.demand.table or "demand"


def _check_populations(study: Study, report: Report) -> None:
    faults, told = [], []
    codes = study.demand["municipality_code"]
    for weight in study.config.municipalities.totals:
        lived = study.demand.groupby(codes)[weight].sum()
        for row in study.municipalities.itertuples():
            total, found = getattr(row, f"{weight}_total"), float(lived.get(row.municipality_code, 0.0))
            if found != total:
                faults.append(
                    Fault(
                        Note(
                            "check.population",
                            municipality=row.name,
                            found=found,
                            weight=weight_words(weight),
                            total=total,
                        ),
                        where=_demand_file(study),
                        row=str(row.municipality_code),
                    )
                )
        told.append(Note("check.weight", persons=study.demand[weight].sum(), weight=weight_words(weight)))
    report.add("populations equal municipal totals", faults, _told(told) or "no totals given")


def _check_sources(study: Study, report: Report) -> None:
    config = study.config
    names = [config.municipalities.table, *(table.table for table in config.facilities)]
    names += [config.demand.table] if config.demand.table else []
    folder = config.network.links
    if folder:
        names += [str(Path(folder) / name) for name in LINK_TABLES]
    faults, told = [], []
    for name in names:
        frame = read_frame(study.folder / name)
        if "source" not in frame:
            faults.append(Fault("the table has no column of sources", where=name, column="source"))
            continue
        blank = np.flatnonzero(frame["source"].astype(str).str.strip() == "")
        faults += [
            Fault("the row has no source", where=name, row=str(row + 2), column="source") for row in blank
        ]
        if "confidence" in frame:
            share = float((frame["confidence"] == "recalled").mean())
            told.append(Note("check.table_share", table=Path(name).stem, share=percent(share, 0)))
    report.add("every row has a source", faults, Note("check.recalled", rows=_told(told) or word("not told")))


def _check_detours(study: Study, report: Report) -> None:
    roads = read_frame(study.folder / study.config.network.links / "roads.csv")
    circle_km = straight_km(study.network, roads)
    length_km = figures(roads, "length_km")
    ratio = length_km / np.where(circle_km > 0, circle_km, np.nan)
    explanation = roads.get("explanation", pd.Series("", index=roads.index)).astype(str).str.strip()
    odd = np.flatnonzero((ratio > MOST_DETOUR) & (explanation == "").to_numpy())
    faults = [
        Fault(
            Note(
                "check.detour",
                start=roads["from_node"].iloc[row],
                stop=roads["to_node"].iloc[row],
                ratio=ratio[row],
                circle_km=circle_km[row],
            ),
            where="roads.csv",
            row=str(row + 2),
            column="length_km",
            value=str(roads["length_km"].iloc[row]),
        )
        for row in odd
    ]
    explained = int(((ratio > MOST_DETOUR) & (explanation != "").to_numpy()).sum())
    found = Note("check.detours", median=np.nanmedian(ratio), explained=explained, most_detour=MOST_DETOUR)
    report.add("road detours", faults, found)


def _check_ferries(study: Study, report: Report) -> None:
    network = study.network
    ferry = network.labels["kind"].where("ferry")
    road_nodes = set(network.topology.tails[~ferry].tolist()) | set(network.topology.heads[~ferry].tolist())
    lived = {int(node) for node in study.demand_points.node.tolist() if node >= 0}
    ids, names = network.node_ids, network.labels["name"]
    faults = [
        Fault(
            Note("check.quay", name=names[int(edge)], quay=ids[node]),
            where="ferries.csv",
            row=network.labels["link_id"][int(edge)],
        )
        for edge in np.flatnonzero(ferry)
        for node in (int(network.topology.tails[edge]),)
        if node not in road_nodes and node not in lived
    ]
    sailing = np.flatnonzero(ferry & np.isfinite(network.moving_s) & (network.moving_s > 0))
    speed = network.length_m[sailing] / network.moving_s[sailing] * 3.6
    low, high = FERRY_SPEED_RANGE_KPH
    odd = sailing[np.flatnonzero((speed < low) | (speed > high))]
    report.warnings += sorted(
        {Note("check.ferry_speed", name=names[int(edge)], low=low, high=high) for edge in odd}
    )
    found = (
        Note("check.ferries", ferries=int(np.count_nonzero(ferry)) // 2, median=np.nanmedian(speed))
        if ferry.any()
        else "no ferries"
    )
    report.add("ferries join the network", faults, found)


def _check_joined(study: Study, report: Report) -> None:
    faults, told = joined_past_nearer(study)
    report.warnings += told
    found = Note("check.joined", n_facilities=len(study.facilities), n_told=len(told))
    report.add("services are joined to the nearest node", faults, found)


def _check_apart(study: Study, report: Report) -> None:
    pairs = near_and_far(study)
    dry = [pair for pair in pairs if pair.water_km < WATER_KM]
    report.warnings += [Note("check.apart", pair=pair.told()) for pair in dry]
    wet = [pair.told() for pair in pairs if pair.water_km >= WATER_KM]
    found = Note("check.near_and_far", near_km=NEAR_KM, far_km=FAR_KM, n_pairs=len(pairs))
    report.add(
        "near by air, far by road", [], Note("check.water_between", found=found, wet=wet) if wet else found
    )


def _check_reach(study: Study, report: Report) -> None:
    faults, told = [], []
    persons = study.weight()
    codes = study.demand["municipality_code"].to_numpy(dtype=object)
    inhabited = study.municipalities["municipality_code"].isin(codes)
    faults += [
        Fault(Note("check.no_point", name=name), where=_demand_file(study))
        for name in study.municipalities.loc[~inhabited, "name"]
    ]
    for kind in study.report_kinds():
        minutes = travel_time_matrix(
            study.network, study.demand_points, study.on_network(study.facilities_of(kind))
        )
        reached = np.asarray(np.isfinite(minutes).any(axis=1), dtype=bool)
        for row in study.municipalities[inhabited].itertuples():
            if not reached[codes == row.municipality_code].any():
                faults.append(
                    Fault(
                        Note("check.nobody_reaches", municipality=row.name, kind=_kind(study, kind)),
                        where="network",
                    )
                )
        lost = np.flatnonzero(~reached & (persons > 0))
        if len(lost):
            names = listed(study.demand["name"].iloc[lost].tolist(), _MOST_NAMES)
            report.warnings.append(
                Note("check.lost", persons=persons[lost].sum(), kind=_kind(study, kind), names=names)
            )
        told.append(
            Note(
                "check.reached",
                kind=_kind(study, kind),
                share=percent(persons[reached].sum() / persons.sum(), 2),
            )
        )
    report.warnings += flag_sentences(study.demand_points, study.demand["name"].tolist(), persons)
    report.add("every municipality is reached", faults, _told(told) or "no kinds to report on")


def _check_coverage(study: Study, report: Report) -> None:
    """Coverage and facilities agree; far from a service and none known, a row may be missing."""
    rows, file = study.coverage, study.config.municipalities.coverage
    if rows.empty:
        report.skip("where services are known", "the study names no table of coverage")
        return
    faults, told, names = [], [], study.municipalities.set_index("municipality_code")["name"]
    for kind, said in rows.groupby("kind"):
        have = set(study.facilities.loc[study.facilities["kind"] == kind, "municipality_code"])
        known = dict(zip(said["municipality_code"], said["known"], strict=True))
        faults += [
            Fault(
                Note(
                    "check.coverage.has",
                    name=names[code],
                    kind=_kind(study, str(kind)),
                    known=known.get(code),
                ),
                file,
                str(code),
            )
            for code in sorted(have & set(names.index))
            if known.get(code) != "own"
        ]
        faults += [
            Fault(
                Note("check.coverage.has_no", name=names[code], kind=_kind(study, str(kind))),
                file,
                str(code),
                "known",
                word,
            )
            for code, word in known.items()
            if word == "own" and code not in have
        ]
        missing = study.unknown_in(str(kind))
        far = _far_from(study, str(kind), missing)
        report.warnings += [
            Note("check.gap", name=names[code], kind=_kind(study, str(kind)), minutes=minutes)
            for code, minutes in far.items()
        ]
        told.append(Note("check.gaps", kind=_kind(study, str(kind)), n_missing=len(missing), n_far=len(far)))
    report.add("where services are known", faults, together(told))


def _far_from(study: Study, kind: str, codes: tuple[str, ...]) -> dict[str, float]:
    """Median minutes of the municipalities beyond the kind's longest threshold, farthest first."""
    minutes = travel_time_matrix(
        study.network, study.demand_points, study.on_network(study.facilities_of(kind))
    )
    best = np.nan_to_num(minutes, nan=np.inf).min(axis=1)
    best[np.isinf(best)] = np.nan
    home, persons = study.demand["municipality_code"].to_numpy(dtype=object), study.weight()
    found = {
        code: float(summarise(best[home == code], persons[home == code], thresholds_min=())["median_min"])
        for code in codes
    }
    limit = study.kind(kind).thresholds_min[-1]
    return dict(sorted(((c, m) for c, m in found.items() if m > limit), key=lambda pair: -pair[1]))


def _kind(study: Study, name: str) -> dict[str, str]:
    """A kind as it is named in the tables; in other languages by its label."""
    return {**in_languages(study.kind(name), "label"), ENGLISH: name}


def _told(parts: Sequence[str]) -> str:
    """What was found of each, with commas between; empty for nothing."""
    return Note("list.names", names=parts) if parts else ""


def _check_scenarios(study: Study, report: Report) -> None:
    """Every scenario is put on the network: what it names must be there."""
    faults, told = [], []
    for name in study.config.scenarios:
        try:
            state = study.in_state(scenario=name)
        except (DataError, NetworkDataError) as error:
            faults += [
                Fault(fault_note(fault), where=Note("where.scenario", name=name)) for fault in error.faults
            ]
        except (UnknownNameError, UnknownPlaceError) as error:
            faults.append(Fault(sentence_of(error), where=Note("where.scenario", name=name)))
        else:
            changes = len(state.network.overlays) - len(study.network.overlays)
            told.append(Note("check.overlays_of", name=scenario_name(study, name), changes=changes))
    report.add("scenarios", faults, Note("check.overlays", scenarios=_told(told) or word("no scenarios")))


def _check_land(study: Study, report: Report) -> None:
    places = pd.concat([frame[["lon", "lat"]] for _, frame in _places(study)])
    west, south, east, north = (float(value) for value in (*places.min(), *places.max()))
    if not covers((west, south, east, north)):
        report.skip("coordinates on land", "the packed coastline does not reach here; see the next check")
        return
    coast = gpd.GeoSeries([land()], crs=4326).to_crs(study.config.study.metric_epsg).iloc[0]
    shapely.prepare(coast)
    faults, count = [], 0
    for where, frame in _places(study):
        points = gpd.GeoSeries(gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326)
        metres = points.to_crs(study.config.study.metric_epsg).distance(coast).to_numpy()
        count += len(frame)
        off = np.flatnonzero(metres > LAND_TOLERANCE_M)
        if _are_cells(study, where):
            _warn_of_cells(study, report, off, Note("check.off_land", metres=LAND_TOLERANCE_M))
            continue
        faults += [
            Fault(
                Note("check.at_sea", name=frame["name"].iloc[row], km=metres[row] / 1000.0),
                where=where,
                row=str(frame["id"].iloc[row]),
                value=f"{frame['lat'].iloc[row]}, {frame['lon'].iloc[row]}",
            )
            for row in off
        ]
    report.add("coordinates on land", faults, Note("check.on_land", count=count, metres=LAND_TOLERANCE_M))


def _check_boundaries(study: Study, report: Report, boundaries: Path | None) -> None:
    section = study.config.municipalities
    path = boundaries or (study.folder / section.boundaries if section.boundaries else None)
    name = "coordinates inside their municipality"
    if path is None:
        report.skip(name, "no polygons: name a file with --boundaries, or in the study")
        return
    areas = read_areas(path, set(study.municipalities["municipality_code"]), section.boundaries_code)
    areas = areas.to_crs(study.config.study.metric_epsg)
    faults, count = [], 0
    for where, frame in _places(study):
        inside = frame["municipality_code"].isin(areas.index).to_numpy()
        frame = frame[inside]  # noqa: PLW2901 - places of municipalities outside the region have no polygon
        points = gpd.GeoSeries(gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326).to_crs(areas.crs)
        own = gpd.GeoSeries(areas.geometry.loc[frame["municipality_code"]].to_numpy(), crs=areas.crs)
        metres = points.distance(own, align=False).to_numpy()
        count += len(frame)
        off = np.flatnonzero(metres > BOUNDARY_TOLERANCE_M)
        if _are_cells(study, where):
            cells = np.flatnonzero(inside)[off]
            _warn_of_cells(study, report, cells, Note("check.off_municipality", metres=BOUNDARY_TOLERANCE_M))
            continue
        faults += [
            Fault(
                Note("check.outside", name=frame["name"].iloc[row], km=metres[row] / 1000.0),
                where=where,
                row=str(frame["id"].iloc[row]),
                column="municipality_code",
                value=str(frame["municipality_code"].iloc[row]),
            )
            for row in off
        ]
    report.add(name, faults, Note("check.inside", count=count, metres=BOUNDARY_TOLERANCE_M))


def _are_cells(study: Study, where: str) -> bool:
    """Whether places are the cells of a grid or raster: counted where people live, whatever a coast says.

    A simplified coast leaves islets out and has lakes where people live at the shore; nobody can move a cell.
    """
    return study.config.demand.source is not None and where == _demand_file(study)


def _warn_of_cells(study: Study, report: Report, rows: NDArray[np.int64], what: str) -> None:
    if len(rows):
        persons = study.weight()[rows].sum()
        report.warnings.append(Note("check.cells", n_rows=len(rows), persons=persons, what=what))


def _places(study: Study) -> Iterator[tuple[str, pd.DataFrame]]:
    columns = ["id", "name", "municipality_code", "lon", "lat"]
    yield _demand_file(study), study.demand.rename(columns={"demand_id": "id"})[columns]
    yield "facilities", study.facilities.rename(columns={"facility_id": "id"})[columns]
    if study.config.network.links:
        nodes = read_frame(study.folder / study.config.network.links / "nodes.csv")
        nodes = nodes.assign(lon=figures(nodes, "lon"), lat=figures(nodes, "lat"))
        if "municipality_code" not in nodes:
            nodes["municipality_code"] = ""
        yield "nodes.csv", nodes.rename(columns={"node_id": "id"})[columns]
