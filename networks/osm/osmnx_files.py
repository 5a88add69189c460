"""GraphML and GeoPackage files of osmnx, and downloads by place name."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import networkx as nx
import osmnx
import pyogrio
import requests
from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError

from networks.errors import NetworkDataError, NetworkFileError, OfflineError
from networks.osm.life_cycle import WAY_KEYS
from networks.sentences import Sentence

#: Tags that are asked for beyond osmnx's own, ways and nodes.
WAY_TAGS = (
    "access", "vehicle", "motor_vehicle", "motorcar", "emergency", "psv", "bus", "oneway:psv", "oneway:bus",
    "oneway:emergency", "oneway:motor_vehicle", "oneway:motorcar", "oneway:vehicle",
    *(f"{key}:{side}" for key in ("access", "vehicle", "motor_vehicle", "motorcar", "emergency", "maxspeed")
      for side in ("forward", "backward")),
    *(f"maxspeed:{key}{side}" for key in ("motorcar", "motor_vehicle", "vehicle")
      for side in ("", ":forward", ":backward")),
    "maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic", "surface", "tracktype",
    *WAY_KEYS, "4wd_only", "motorroad", "seasonal", "snowplowing", "winter_service", "winter_road",
    "ice_road", "access:conditional", "motor_vehicle:conditional", "maxspeed:conditional", "ford",
    "route", "duration", "interval", "opening_hours", "ferry", "foot", "bicycle", "passengers",
    "cargo", "hgv", "water_taxi",
)  # fmt: skip
NODE_TAGS = (
    "barrier", "access", "vehicle", "motor_vehicle", "motorcar", "emergency", "bollard", "locked",
    "amenity", "ferry", "public_transport",
)  # fmt: skip

#: What is asked of Overpass: roads, and ferries, which osmnx's own presets leave out.
FILTERS = [
    '["highway"]["highway"!~"footway|path|steps|cycleway|bridleway|corridor|elevator"]',
    '["route"="ferry"]',
]


#: What reading a file that is no GeoPackage of osmnx raises.
_NO_GEOPACKAGE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
)

#: What osmnx, networkx and the XML parser raise for a file that is no GraphML of osmnx; LookupError: a key,
#: or an encoding that does not exist.
_NO_GRAPHML = (ParseError, nx.NetworkXError, ValueError, LookupError, TypeError, AttributeError, OSError)


def read_graphml(path: Path) -> nx.MultiDiGraph[Any]:
    """A graph that osmnx saved as GraphML; node ids may be numbers or text.

    Raises:
        NetworkFileError: no such file, or no GraphML of osmnx.
    """
    if not path.is_file():
        raise NetworkFileError(Sentence("net.fault.no_such_file", "{path}: no such file", path=path))
    try:
        try:
            return osmnx.load_graphml(path)
        except ValueError:
            return osmnx.load_graphml(path, node_dtypes={"osmid": str})
    except _NO_GRAPHML as error:
        raise NetworkFileError(
            Sentence(
                "net.fault.no_graphml",
                "{path}: cannot be read as GraphML of osmnx ({error})",
                path=path,
                error=error,
            )
        ) from error


def read_geopackage(path: Path) -> nx.MultiDiGraph[Any]:
    """A graph that osmnx saved as GeoPackage, layers ``nodes`` and ``edges``.

    Raises:
        NetworkFileError: no such file, no GeoPackage, or layers or columns are missing.
    """
    if not path.is_file():
        raise NetworkFileError(Sentence("net.fault.no_such_file", "{path}: no such file", path=path))
    try:
        nodes = gpd.read_file(path, layer="nodes").set_index("osmid")
        edges = gpd.read_file(path, layer="edges").set_index(["u", "v", "key"])
        if nodes.crs is not None:
            nodes, edges = nodes.to_crs(4326), edges.to_crs(4326)
        nodes["x"], nodes["y"] = nodes.geometry.x, nodes.geometry.y
        graph = osmnx.graph_from_gdfs(nodes, edges)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        KeyError,
        ValueError,
        OSError,
    ) as error:
        raise NetworkFileError(
            Sentence(
                "net.fault.no_gpkg",
                "{path}: cannot be read as a GeoPackage of osmnx ({error})",
                path=path,
                error=error,
            )
        ) from error
    graph.graph["simplified"] = True
    for *_, data in graph.edges(data=True):
        for key in [key for key, value in data.items() if value is None or value != value]:  # noqa: PLR0124
            del data[key]
        data.update({key: _listed(value) for key, value in data.items() if isinstance(value, str)})
    return graph


def _listed(text: str) -> object:
    """A list that was written as text, as osmnx writes several tags of one edge."""
    if text.startswith("[") and text.endswith("]"):
        with contextlib.suppress(ValueError, SyntaxError):
            return ast.literal_eval(text)
    return text


def download_place(name: str) -> nx.MultiDiGraph[Any]:
    """Roads and ferries of a place by name, from Nominatim and Overpass, through osmnx and its cache.

    Raises:
        OfflineError: no server answered, and the cache does not hold the place.
        NetworkDataError: the servers know no such place, or no roads in it.
    """
    try:
        with _asking_for(WAY_TAGS, NODE_TAGS):
            return osmnx.graph_from_place(name, simplify=False, retain_all=True, custom_filter=FILTERS)
    except InsufficientResponseError as error:
        raise NetworkDataError(
            Sentence(
                "net.fault.no_place",
                "place:{name}: nothing found under this name ({error})",
                name=name,
                error=error,
            )
        ) from error
    except (requests.RequestException, ResponseStatusCodeError) as error:
        raise OfflineError(
            Sentence(
                "net.fault.offline",
                "place:{name}: no answer from OpenStreetMap's servers, and osmnx's cache "
                "({cache_folder}) does not hold it; download an extract (.osm.pbf) of the area on a "
                "machine with a network and build from that file",
                name=name,
                cache_folder=osmnx.settings.cache_folder,
            )
        ) from error


@contextlib.contextmanager
def _asking_for(way_tags: tuple[str, ...], node_tags: tuple[str, ...]) -> Iterator[None]:
    """Osmnx's settings with more tags, for as long as the download lasts."""
    before: dict[str, Any] = {
        name: getattr(osmnx.settings, name) for name in ("useful_tags_way", "useful_tags_node")
    }
    osmnx.settings.useful_tags_way = list(dict.fromkeys([*before["useful_tags_way"], *way_tags]))
    osmnx.settings.useful_tags_node = list(dict.fromkeys([*before["useful_tags_node"], *node_tags]))
    try:
        yield
    finally:
        osmnx.settings.useful_tags_way = before["useful_tags_way"]
        osmnx.settings.useful_tags_node = before["useful_tags_node"]
