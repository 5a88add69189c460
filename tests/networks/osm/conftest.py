"""Small OpenStreetMap files written by hand, and the acceptance files read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import osmium
import pytest
from scipy.sparse import csgraph

from networks.network import TravelNetwork
from networks.osm import build_network

Tags = Mapping[str, str]


def osm_xml(
    nodes: Mapping[int, tuple[float, float] | tuple[float, float, Tags]],
    ways: Sequence[tuple[int, Sequence[int], Tags]] = (),
    relations: Sequence[tuple[int, Sequence[tuple[str, int, str]], Tags]] = (),
) -> str:
    """OSM XML of nodes (lon, lat[, tags]), ways (id, nodes, tags) and relations (id, members, tags)."""

    def tagged(tags: Tags) -> str:
        return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())

    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    for node_id, (lon, lat, *tags) in nodes.items():
        inner = tagged(tags[0]) if tags else ""
        lines.append(f'<node id="{node_id}" version="1" lon="{lon}" lat="{lat}">{inner}</node>')
    for way_id, refs, tags in ways:
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs) + tagged(tags)
        lines.append(f'<way id="{way_id}" version="1">{inner}</way>')
    for relation_id, members, tags in relations:
        kinds = {"n": "node", "w": "way", "r": "relation"}
        inner = "".join(
            f'<member type="{kinds[kind]}" ref="{ref}" role="{role}"/>' for kind, ref, role in members
        )
        lines.append(f'<relation id="{relation_id}" version="1">{inner}{tagged(tags)}</relation>')
    return "\n".join([*lines, "</osm>"])


@pytest.fixture
def write_osm(tmp_path: Path) -> Callable[..., Path]:
    """Writes an OSM XML file and returns its path."""

    def write(*arguments, name: str = "map.osm") -> Path:
        path = tmp_path / name
        path.write_text(osm_xml(*arguments), encoding="utf-8")
        return path

    return write


@pytest.fixture
def as_pbf(tmp_path: Path) -> Callable[[Path], Path]:
    """Packs an OSM XML file as it stands and returns the path of the copy."""

    def pack(path: Path) -> Path:
        packed = tmp_path / "packed.osm.pbf"
        with osmium.SimpleWriter(str(packed), overwrite=True) as writer:
            for thing in osmium.FileProcessor(path):
                writer.add(thing)
        return packed

    return pack


@pytest.fixture
def build(write_osm) -> Callable[..., TravelNetwork]:
    """Builds a network from nodes, ways and relations."""

    def make(nodes, ways=(), relations=(), **options) -> TravelNetwork:
        return build_network(write_osm(nodes, ways, relations), **({"country": "NO"} | options))

    return make


@pytest.fixture(scope="session")
def malta_file(shared) -> Path:
    return shared / "osm" / "malta-latest.osm.pbf"


@pytest.fixture(scope="session")
def malta(malta_file) -> TravelNetwork:
    """Malta with every rule applied."""
    return build_network(malta_file)


@pytest.fixture
def minutes_between() -> Callable[[TravelNetwork, int, int], float]:
    """Minutes between two nodes by id, ``inf`` when unreachable."""

    def minutes(network: TravelNetwork, start: int, stop: int) -> float:
        tail, head = network.positions([start, stop])
        return float(csgraph.dijkstra(network.search_graph, indices=tail)[head]) / 60.0

    return minutes
