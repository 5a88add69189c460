"""Maps draw the roads of extracts, main classes first; a link of which only the ends are known is schematic."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod

import geoaccess as ga
from geoaccess.answers.links import links_table, study_links
from geoaccess.answers.roads import road_lines
from geoaccess.answers.source import Source
from geoaccess.drawing import map_layers
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.registry import document
from geoaccess.words.map_words import MapWords
from maps import LineKind

GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def malta():
    return ga.load_study("malta")


def test_the_roads_of_an_extract_are_drawn_as_long_as_they_are(malta):
    network = malta.network
    table = road_lines(network, most_corners=10**9)
    classes = np.char.replace(network.labels["road_class"].to_array().astype(str), "_link", "")
    tails, heads = network.topology.tails, network.topology.heads
    for road_class in ("trunk", "secondary", "residential"):
        chosen = (classes == road_class) & (network.labels["kind"].to_array() == "road")
        once = {}
        for tail, head, metres in zip(tails[chosen], heads[chosen], network.length_m[chosen], strict=True):
            once[min(tail, head), max(tail, head), round(float(metres), 1)] = metres
        rows = table[table["road_class"] == road_class]
        drawn = sum(GEOD.geometry_length(shapely.from_wkt(line)) for line in rows["line"])
        # Five metres of simplification make lines a little shorter, never longer.
        assert 0.97 * sum(once.values()) < drawn < 1.005 * sum(once.values())
        assert rows["length_km"].sum() == pytest.approx(sum(once.values()) / 1000.0, rel=1e-3)


def test_both_directions_are_drawn_once_whatever_the_class_of_the_other(malta):
    network = malta.network
    plain = [text.removesuffix("_link") for text in network.labels["road_class"].to_array()]
    roads = np.flatnonzero(network.labels["kind"].to_array() == "road").tolist()
    ends = zip(network.topology.tails[roads].tolist(), network.topology.heads[roads].tolist(), strict=True)
    drawn, metres = set(), dict.fromkeys(plain, 0.0)
    for edge, pair in zip(roads, ends, strict=True):
        length = float(network.length_m[edge])
        if (key := (min(pair), max(pair), round(length, 1))) not in drawn:
            drawn.add(key)
            metres[plain[edge]] += length
    told = road_lines(network, most_corners=10**9).groupby("road_class")["length_km"].sum()
    assert set(told.index) == {"trunk", "primary", "secondary", "tertiary", "unclassified", "residential"} | (
        {"motorway", "living_street"} & set(plain)
    )
    for road_class, km in told.items():
        assert km == pytest.approx(metres[road_class] / 1000.0, rel=1e-12)


def test_main_roads_come_first_and_the_page_stays_small(malta):
    few = road_lines(malta.network, most_corners=9000)
    assert {"trunk", "primary"} <= set(few["road_class"])
    assert "residential" not in set(few["road_class"])
    whole = study_links(malta)
    roads = whole[whole["kind"] == "road"]
    assert roads["from_zoom"].is_monotonic_increasing
    corners = sum(shapely.get_num_coordinates(shapely.from_wkt(line)) for line in roads["line"])
    assert corners <= 60_000


def test_straight_links_are_schematic_and_never_roads(fjord):
    study = ga.load_study(fjord)
    answer = access_answer(study, accessibility(study))
    (roads,) = [one for one in map_layers.links(Source(answer, MapWords("en"))) if one.key == "road"]
    assert set(roads.kinds[""]) == {LineKind.SCHEMATIC}


def test_a_map_of_an_extract_has_its_roads(malta):
    answer = access_answer(malta, accessibility(malta))
    layers = {one.key: one for one in document(answer).layers if hasattr(one, "kinds")}
    assert "access" not in layers
    assert layers["road"].shown
    assert LineKind.ROAD in set(layers["road"].kinds[""])
    assert any(layers["road"].labels)
    assert set(links_table(malta.network)["kind"]) == {"road", "ferry"}
