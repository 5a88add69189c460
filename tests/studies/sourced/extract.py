"""The extract of Malta: roads, ferries, places, areas and health services of a whole map, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import osmium
from osmium.osm import mutable

from networks.osm.access import CAR_CLASSES

#: Level of Malta's local councils.
ADMIN_LEVEL = "8"
HEALTH = frozenset({"hospital", "clinic", "doctors"})
#: A way of another class is a road only where one of these says so.
_VEHICLES = frozenset({"motorcar", "motor_vehicle", "vehicle", "emergency", "bus", "psv"})
#: What decides nothing: other languages, sources, links to elsewhere.
_DROPPED = ("source", "note", "fixme", "created_by", "wiki", "website", "url", "phone", "contact:", "image", "addr:",
            "opening_hours", "name:", "alt_name", "old_name", "int_name", "loc_name", "is_in", "operator:")  # fmt: skip
#: What a node of a road or ferry says of it.
_OF_NODES = frozenset({"barrier", "ferry", "amenity"})

Tags = Mapping[str, str]


def is_road(tags: Tags) -> bool:
    """Whether a way may carry cars, or is a ferry."""
    if tags.get("route") == "ferry":
        return True
    return tags.get("highway") in CAR_CLASSES or ("highway" in tags and not _VEHICLES.isdisjoint(tags))


def is_area(tags: Tags) -> bool:
    """Whether an object is the area of a local council."""
    return tags.get("boundary") == "administrative" and tags.get("admin_level") == ADMIN_LEVEL


def is_health(tags: Tags) -> bool:
    """Whether an object is a health service, or a gate that emergencies go in by."""
    gate = "barrier" in tags and tags.get("emergency") == "yes"
    return tags.get("amenity") in HEALTH or tags.get("healthcare") in HEALTH or gate


def is_place(tags: Tags) -> bool:
    """Whether a node is a named place."""
    return "place" in tags and "name" in tags


def is_rule(tags: Tags) -> bool:
    """Whether a relation is a turn restriction or a ferry."""
    return tags.get("type") == "restriction" or tags.get("route") == "ferry"


def plain(tags: Tags) -> dict[str, str]:
    """The tags that something is read from."""
    return {key: value for key, value in tags.items() if not key.startswith(_DROPPED)}


def cut(whole: Path, target: Path) -> None:
    """Write the extract: without authors, times and versions, so that the same map gives the same bytes."""
    ways, nodes, relations = _kept(whole)
    header = osmium.io.Header()
    header.set("generator", "geoaccess tests/studies/sourced/extract.py")
    form = osmium.io.File(str(target), "pbf,add_metadata=false,pbf_compression_level=9")
    with osmium.SimpleWriter(form, header=header, overwrite=True) as writer:
        for one in osmium.FileProcessor(str(whole)):
            if one.is_node() and one.id in nodes:
                tags = plain(_tags(one))
                told = is_place(tags) or is_health(tags) or not _OF_NODES.isdisjoint(tags)
                writer.add_node(mutable.Node(one, tags=tags if told else {}))
            elif one.is_way() and one.id in ways:
                writer.add_way(mutable.Way(one, tags=plain(_tags(one))))
            elif one.is_relation() and one.id in relations:
                writer.add_relation(mutable.Relation(one, tags=plain(_tags(one))))


def _tags(one: Any) -> dict[str, str]:
    return {tag.k: tag.v for tag in one.tags}


def _kept(whole: Path) -> tuple[set[int], set[int], set[int]]:
    """Ids of the ways, nodes and relations that stay, with all that they are made of."""
    ways: set[int] = set()
    nodes: set[int] = set()
    relations: set[int] = set()
    for one in osmium.FileProcessor(str(whole), osmium.osm.RELATION):
        tags = _tags(one)
        if is_area(tags) or is_health(tags):
            ways |= {member.ref for member in one.members if member.type == "w"}
        if is_area(tags) or is_health(tags) or is_rule(tags):
            relations.add(one.id)
    for one in osmium.FileProcessor(str(whole), osmium.osm.WAY):
        tags = _tags(one)
        if one.id in ways or is_road(tags) or is_health(tags):
            ways.add(one.id)
            nodes |= {node.ref for node in one.nodes}
    for one in osmium.FileProcessor(str(whole), osmium.osm.NODE).with_filter(osmium.filter.EmptyTagFilter()):
        tags = _tags(one)
        if is_place(tags) or is_health(tags) or tags.get("amenity") == "ferry_terminal":
            nodes.add(one.id)
    return ways, nodes, relations
