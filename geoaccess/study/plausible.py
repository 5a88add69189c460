"""What a local would laugh at: services joined past a nearer road, neighbours far apart by road."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geoaccess.study.model import Study
from geoaccess.words.note import Note, word
from maps.basemap import covers, land
from networks.errors import Fault
from networks.geometry import to_metres

#: A node or road must be nearer by this much before a service is said to be joined to the wrong node.
NEARER_KM = 0.5
#: Places this near by air are asked whether the way between them is as short as it looks.
NEAR_KM = 4.0
#: A way of this many km between them needs a reason.
FAR_KM = 17.0
#: Water between two places is a reason when the straight line crosses this much of it.
WATER_KM = 0.2


@dataclass(frozen=True, slots=True)
class Apart:
    """Two places near by air and far by the network: km by air, by the network and of water between."""

    first: str
    second: str
    air_km: float
    way_km: float
    water_km: float

    def __str__(self) -> str:
        return self.told()

    def told(self) -> Note:
        """The pair and how far it is apart, in a sentence."""
        joined = np.isfinite(self.way_km)
        way = Note("check.way_km", way_km=self.way_km) if joined else word("not joined at all")
        return Note("check.pair", first=self.first, second=self.second, air_km=self.air_km, way=way)


def joined_past_nearer(study: Study) -> tuple[list[Fault], list[str]]:
    """Facilities that stand nearer to another node of their municipality (faults) or to a road (told).

    Roads are straight lines between their ends here, so a road that seems nearer is told and no fault.
    """
    places = study.facilities[study.facilities["node_id"] != ""]
    network, epsg = study.network, study.config.study.metric_epsg
    nodes = _metres(network.lon, network.lat, epsg)
    doors = _metres(places["lon"].to_numpy(), places["lat"].to_numpy(), epsg)
    at = network.positions(places["node_id"].tolist())
    labels = network.node_labels.get("municipality_code")
    codes = labels.to_array() if labels is not None else np.full(network.n_nodes, "", dtype=object)
    road = ~network.labels["kind"].where("ferry")
    on_road = np.zeros(network.n_nodes, dtype=bool)
    on_road[network.topology.tails[road]] = on_road[network.topology.heads[road]] = True
    lines = shapely.linestrings(
        np.stack([nodes[network.topology.tails[road]], nodes[network.topology.heads[road]]], axis=1)
    )
    tree = shapely.STRtree(lines)
    faults: list[Fault] = []
    told: list[str] = []
    for facility, door, node in zip(places.itertuples(), doors, at, strict=True):
        own_km = float(np.hypot(*(nodes[node] - door))) / 1000.0
        mine = np.flatnonzero(on_road & (codes == facility.municipality_code))
        away = np.hypot(*(nodes[mine] - door).T) / 1000.0 if len(mine) else np.array([np.inf])
        if away.min() + NEARER_KM < own_km:
            nearest = network.node_ids[mine[int(away.argmin())]]
            faults.append(
                Fault(
                    Note(
                        "check.joined_far",
                        facility=facility.name,
                        node_id=facility.node_id,
                        own_km=own_km,
                        nearest=nearest,
                        nearest_km=away.min(),
                    ),
                    where="facilities",
                    row=str(facility.facility_id),
                    column="node_id",
                    value=str(facility.node_id),
                )
            )
            continue
        point = shapely.Point(door)
        line_km = float(lines[tree.nearest(point)].distance(point)) / 1000.0
        if line_km + NEARER_KM < own_km:
            told.append(
                Note(
                    "check.from_road",
                    facility=facility.name,
                    line_km=line_km,
                    own_km=own_km,
                    node_id=facility.node_id,
                )
            )
    return faults, told


def near_and_far(study: Study) -> list[Apart]:
    """Pairs of demand places within :data:`NEAR_KM` by air and :data:`FAR_KM` or more by the network."""
    network, epsg = study.network, study.config.study.metric_epsg
    at = np.unique(study.demand_points.node[study.demand_points.node >= 0])
    points = _metres(network.lon[at], network.lat[at], epsg)
    pairs = cKDTree(points).query_pairs(NEAR_KM * 1000.0, output_type="ndarray")
    if not len(pairs):
        return []
    sails = np.isfinite(network.moving_s)
    topology = network.topology
    graph = coo_matrix(
        (network.length_m[sails] / 1000.0 + 1e-9, (topology.tails[sails], topology.heads[sails])),
        shape=(network.n_nodes, network.n_nodes),
    ).tocsr()
    starts = np.unique(pairs[:, 0])
    way = dijkstra(graph, indices=at[starts])
    coast = land() if covers(_box(network.lon[at], network.lat[at])) else None
    metric = gpd.GeoSeries([coast], crs=4326).to_crs(epsg).iloc[0] if coast is not None else None
    names = dict(zip(study.demand["node_id"], study.demand["name"], strict=True))
    found = []
    for first, second in pairs.tolist():
        km = float(way[int(np.searchsorted(starts, first)), at[second]])
        if km < FAR_KM:
            continue
        line = shapely.linestrings([points[first], points[second]])
        wet = float(shapely.difference(line, metric).length) / 1000.0 if metric is not None else 0.0
        ids = (network.node_ids[at[first]], network.node_ids[at[second]])
        told = (names.get(ids[0], str(ids[0])), names.get(ids[1], str(ids[1])))
        found.append(Apart(*told, air_km=float(line.length) / 1000.0, way_km=km, water_km=wet))
    return sorted(found, key=lambda pair: (-pair.way_km, pair.first))


def _metres(lon: NDArray[np.float64], lat: NDArray[np.float64], epsg: int) -> NDArray[np.float64]:
    return np.column_stack(to_metres(lon, lat, epsg=epsg))


def _box(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[float, float, float, float]:
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
