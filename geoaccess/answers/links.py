"""Links of a network as tables for maps: where roads and ferries run, and which are closed in a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geoaccess.answers.roads import road_lines
from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import read_frame
from networks.errors import Fault
from networks.files import give_back_pages
from networks.geometry import edge_lines

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from geoaccess.study import Study
    from networks import TravelNetwork


def links_table(network: TravelNetwork, *, most_roads: int = 5000) -> pd.DataFrame:
    """One row per link and its end points, for maps; of a network with more roads, the main classes as lines.

    A link that runs in both directions is told once. ``line`` is the way of a road where the network knows
    it; where lines of whole roads stand for links, ``from_zoom`` says from which zoom level each is drawn.
    """
    topology = network.topology
    # The way from a quay to the roads beside it is a road to whoever looks at a map.
    roads = network.labels["kind"].where("road", "access")
    whole_roads = int(roads.sum()) > most_roads
    kept = np.flatnonzero(~roads) if whole_roads else np.arange(network.n_edges)
    tails, heads = topology.tails[kept], topology.heads[kept]
    frame = pd.DataFrame(
        {
            "link_id": network.labels["link_id"].at(kept),
            "kind": np.where(roads[kept], "road", network.labels["kind"].at(kept)),
            "ref": network.labels["ref"].at(kept),
            "name": network.labels["name"].at(kept),
            "from_lon": network.lon[tails],
            "from_lat": network.lat[tails],
            "to_lon": network.lon[heads],
            "to_lat": network.lat[heads],
            "length_km": network.length_m[kept] / 1000.0,
            "travel_time_min": network.seconds[kept] / 60.0,
            "wait_min": network.wait_s[kept] / 60.0,
        },
        index=kept,
    )
    frame["name"] = frame["name"].where(frame["name"] != "", frame["ref"])
    frame = frame.replace([np.inf], np.nan)
    if network.geometry is not None and not whole_roads:
        ways = shapely.to_wkt(edge_lines(network, kept), rounding_precision=6)
        frame["line"] = np.where(frame["kind"] == "road", ways, "")
    frame = frame[~frame["link_id"].duplicated() | (frame["link_id"] == "")].reset_index(drop=True)
    if whole_roads and network.geometry is not None:
        lines = road_lines(network).assign(kind="road", link_id="", wait_min=0.0)
        frame = pd.concat([frame.assign(line="", from_zoom=0), lines], ignore_index=True)
    return frame


#: File beside the link tables with the lines that ferries sail, ``line`` as well-known text in degrees.
SEA_LEGS = "sea_legs.csv"
#: A line that ends farther than this from a ferry's quay is another ferry's.
QUAY_KM = 1.0


def study_links(study: Study) -> pd.DataFrame:
    """The links of a study in its state; ferries have the ``line`` they sail where the study knows it.

    Raises:
        DataError: a line of ``sea_legs.csv`` cannot be read.
    """
    table = links_table(study.network)
    give_back_pages(study.network)  # only who draws roads reads the lines of all of them
    legs = study.folder / study.config.network.links / SEA_LEGS
    if not study.config.network.links or not legs.is_file():
        return table
    ferries = (table["kind"] == "ferry").to_numpy()
    lines = _sailed(table[ferries], _sea_lines(legs))
    return table.assign(line=pd.Series(lines, index=table.index[ferries]).reindex(table.index, fill_value=""))


def sailed_lines(links: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Link id -> (n, 2) degrees of the line that a ferry sails, where a table of links knows it."""
    if "line" not in links:
        return {}
    known = links[(links["kind"] == "ferry") & (links["line"].fillna("") != "")]
    lines = shapely.from_wkt(known["line"].to_numpy())
    return dict(zip(known["link_id"].astype(str), map(shapely.get_coordinates, lines), strict=True))


def _sea_lines(path: Path) -> list[shapely.LineString]:
    texts = read_frame(path)["line"].astype(str)
    lines = shapely.from_wkt(texts.to_numpy(), on_invalid="ignore")
    faults = [
        Fault("is no line in well-known text", path.name, str(row + 2), "line", text[:40])
        for row, (line, text) in enumerate(zip(lines, texts, strict=True))
        if not isinstance(line, shapely.LineString) or line.is_empty
    ]
    if faults:
        raise DataError(faults)
    return list(lines)


def _sailed(ferries: pd.DataFrame, lines: Sequence[shapely.LineString]) -> list[str]:
    """The line of each ferry from its one quay to the other, "" where no line joins both."""
    found = []
    for row in ferries.itertuples():
        start, end = np.array([row.from_lon, row.from_lat]), np.array([row.to_lon, row.to_lat])
        best, off = "", QUAY_KM
        for line in lines:
            sailed = shapely.get_coordinates(line)
            for way in (sailed, sailed[::-1]):
                here = max(_km(start, way[0]), _km(end, way[-1]))
                if here <= off:
                    best, off = shapely.LineString([start, *way, end]).wkt, here
        found.append(best)
    return found


def _km(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Kilometres between two near points in degrees."""
    east, north = (one - other) * 111.2
    return float(np.hypot(east * np.cos(np.radians(one[1])), north))


def closed_links(network: TravelNetwork) -> list[str]:
    """Ids of the links that nobody can travel, in order."""
    impassable = ~np.isfinite(network.seconds)
    ids = network.labels["link_id"].at(impassable)
    return sorted({str(link) for link in ids if link})


def closures_table(study: Study, scenarios: Sequence[str]) -> pd.DataFrame:
    """Which links are closed in which scenario: ``scenario, link_id``."""
    rows = [
        (name, link) for name in scenarios for link in closed_links(study.in_state(scenario=name).network)
    ]
    return pd.DataFrame(rows, columns=["scenario", "link_id"], dtype=object)
