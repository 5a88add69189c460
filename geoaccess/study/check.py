"""``study check``: is the study whole, plausible and sourced? Every fault is found, none is mended."""

from __future__ import annotations

from collections.abc import Iterator
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
from geoaccess.study.plausible import FAR_KM, NEAR_KM, WATER_KM, joined_past_nearer, near_and_far
from geoaccess.words.figures import percent
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
        self.checks.append(Check(name, not faults, found if not faults else f"{len(faults)} faults; {found}"))

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
        f"{len(loaded.files)} files; ids unique, references known; {network.n_nodes} nodes, "
        f"{network.n_edges} directed edges",
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
                        f"{row.name}: demand points hold {found:g} {weight}, the municipality {total:g}",
                        where=_demand_file(study),
                        row=str(row.municipality_code),
                    )
                )
        told.append(f"{study.demand[weight].sum():,.0f} {weight}")
    report.add("populations equal municipal totals", faults, ", ".join(told) or "no totals given")


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
            told.append(f"{Path(name).stem} {percent(share, 0)}")
    report.add("every row has a source", faults, "recalled rows: " + (", ".join(told) or "not told"))


def _check_detours(study: Study, report: Report) -> None:
    roads = read_frame(study.folder / study.config.network.links / "roads.csv")
    circle_km = straight_km(study.network, roads)
    length_km = figures(roads, "length_km")
    ratio = length_km / np.where(circle_km > 0, circle_km, np.nan)
    explanation = roads.get("explanation", pd.Series("", index=roads.index)).astype(str).str.strip()
    odd = np.flatnonzero((ratio > MOST_DETOUR) & (explanation == "").to_numpy())
    faults = [
        Fault(
            f"{roads['from_node'].iloc[row]} - {roads['to_node'].iloc[row]}: the road is {ratio[row]:.2f} "
            f"times the straight line of {circle_km[row]:.1f} km; mend it, or say why in 'explanation'",
            where="roads.csv",
            row=str(row + 2),
            column="length_km",
            value=str(roads["length_km"].iloc[row]),
        )
        for row in odd
    ]
    explained = int(((ratio > MOST_DETOUR) & (explanation != "").to_numpy()).sum())
    found = f"median detour {np.nanmedian(ratio):.2f}, {explained} above {MOST_DETOUR:g} with an explanation"
    report.add("road detours", faults, found)


def _check_ferries(study: Study, report: Report) -> None:
    network = study.network
    ferry = network.labels["kind"].where("ferry")
    road_nodes = set(network.topology.tails[~ferry].tolist()) | set(network.topology.heads[~ferry].tolist())
    lived = {int(node) for node in study.demand_points.node.tolist() if node >= 0}
    ids, names = network.node_ids, network.labels["name"]
    faults = [
        Fault(
            f"{names[int(edge)]}: the quay {ids[node]} has neither a road nor people",
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
        {f"ferry {names[int(edge)]}: speed outside {low:g}-{high:g} km/h" for edge in odd}
    )
    found = (
        f"{int(np.count_nonzero(ferry)) // 2} ferries, median {np.nanmedian(speed):.0f} km/h"
        if ferry.any()
        else "no ferries"
    )
    report.add("ferries join the network", faults, found)


def _check_joined(study: Study, report: Report) -> None:
    faults, told = joined_past_nearer(study)
    report.warnings += told
    found = (
        f"{len(study.facilities)} services, {len(told)} nearer to a road (drawn straight) than to their node"
    )
    report.add("services are joined to the nearest node", faults, found)


def _check_apart(study: Study, report: Report) -> None:
    pairs = near_and_far(study)
    dry = [pair for pair in pairs if pair.water_km < WATER_KM]
    report.warnings += [f"{pair}, and no water between: mend the road, or know why" for pair in dry]
    wet = ", ".join(str(pair) for pair in pairs if pair.water_km >= WATER_KM)
    found = f"within {NEAR_KM:g} km by air and {FAR_KM:g} km or more apart by the network: {len(pairs)} pairs"
    report.add("near by air, far by road", [], found + (f"; water lies between {wet}" if wet else ""))


def _check_reach(study: Study, report: Report) -> None:
    faults, told = [], []
    persons = study.weight()
    codes = study.demand["municipality_code"].to_numpy(dtype=object)
    inhabited = study.municipalities["municipality_code"].isin(codes)
    faults += [
        Fault(f"{name} has no demand point", where=_demand_file(study))
        for name in study.municipalities.loc[~inhabited, "name"]
    ]
    for kind in study.report_kinds():
        minutes = travel_time_matrix(
            study.network, study.demand_points, study.on_network(study.facilities_of(kind))
        )
        reached = np.asarray(np.isfinite(minutes).any(axis=1), dtype=bool)
        for row in study.municipalities[inhabited].itertuples():
            if not reached[codes == row.municipality_code].any():
                faults.append(Fault(f"nobody in {row.name} reaches any {kind}", where="network"))
        lost = np.flatnonzero(~reached & (persons > 0))
        if len(lost):
            names = _some(study.demand["name"].iloc[lost].tolist())
            report.warnings.append(f"{persons[lost].sum():,.0f} persons reach no {kind}: {names}")
        told.append(f"{kind} {percent(persons[reached].sum() / persons.sum(), 2)} of people")
    report.warnings += flag_sentences(study.demand_points, study.demand["name"].tolist(), persons)
    report.add("every municipality is reached", faults, ", ".join(told) or "no kinds to report on")


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
                f"{names[code]} has a {kind} in the tables, and this says {known.get(code)}", file, str(code)
            )
            for code in sorted(have & set(names.index))
            if known.get(code) != "own"
        ]
        faults += [
            Fault(f"{names[code]} has no {kind} in the tables", file, str(code), "known", word)
            for code, word in known.items()
            if word == "own" and code not in have
        ]
        missing = study.unknown_in(str(kind))
        far = _far_from(study, str(kind), missing)
        report.warnings += [
            f"{names[code]}: no {kind} known, the nearest is {minutes:.0f} min away: a row may be missing"
            for code, minutes in far.items()
        ]
        told.append(f"{kind}: none known in {len(missing)} municipalities, far from any {len(far)}")
    report.add("where services are known", faults, "; ".join(told))


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


def _some(names: list[str], most: int = 30) -> str:
    """Names by commas, not more than a person reads."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _check_scenarios(study: Study, report: Report) -> None:
    """Every scenario is put on the network: what it names must be there."""
    faults, told = [], []
    for name in study.config.scenarios:
        try:
            state = study.in_state(scenario=name)
        except (DataError, NetworkDataError) as error:
            faults += [Fault(str(fault), where=f"scenario {name!r}") for fault in error.faults]
        except (UnknownNameError, UnknownPlaceError) as error:
            faults.append(Fault(str(error), where=f"scenario {name!r}"))
        else:
            told.append(f"{name} ({len(state.network.overlays) - len(study.network.overlays)})")
    report.add("scenarios", faults, "overlays of each: " + (", ".join(told) or "no scenarios"))


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
            _warn_of_cells(
                study, report, off, f"over {LAND_TOLERANCE_M:g} m from the land of the packed coast"
            )
            continue
        faults += [
            Fault(
                f"{frame['name'].iloc[row]} lies {metres[row] / 1000.0:.1f} km out at sea",
                where=where,
                row=str(frame["id"].iloc[row]),
                value=f"{frame['lat'].iloc[row]}, {frame['lon'].iloc[row]}",
            )
            for row in off
        ]
    report.add("coordinates on land", faults, f"{count} places within {LAND_TOLERANCE_M:g} m of land")


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
            _warn_of_cells(study, report, cells, f"over {BOUNDARY_TOLERANCE_M:g} m from their municipality")
            continue
        faults += [
            Fault(
                f"{frame['name'].iloc[row]} lies {metres[row] / 1000.0:.1f} km outside its municipality",
                where=where,
                row=str(frame["id"].iloc[row]),
                column="municipality_code",
                value=str(frame["municipality_code"].iloc[row]),
            )
            for row in off
        ]
    report.add(name, faults, f"{count} places within {BOUNDARY_TOLERANCE_M:g} m of their own")


def _are_cells(study: Study, where: str) -> bool:
    """Whether places are the cells of a grid or raster: counted where people live, whatever a coast says.

    A simplified coast leaves islets out and has lakes where people live at the shore; nobody can move a cell.
    """
    return study.config.demand.source is not None and where == _demand_file(study)


def _warn_of_cells(study: Study, report: Report, rows: NDArray[np.int64], what: str) -> None:
    if len(rows):
        persons = study.weight()[rows].sum()
        report.warnings.append(f"{len(rows)} cells with {persons:,.0f} persons lie {what}")


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
