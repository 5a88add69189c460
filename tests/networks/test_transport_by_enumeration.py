"""Cars, helicopters and aeroplanes together: every base, pad and pair of airports tried in plain loops.

The oracle is the text of the method (who treats first, when what carries may leave, how a relay meets) over drives
that NetworkX finds and great circles written out here.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.modes import Craft, craft_minutes, transport_minutes

INF, NAN = math.inf, math.nan
LON = [15.0, 15.3, 15.9, 16.4, 15.1, 16.0]
LAT = [68.0, 68.1, 68.0, 68.2, 68.5, 68.6]
CAR = Craft("car", "road", NAN, 3)
MEDIC = Craft("medic", "road", NAN, 1, transfer_min=2)
HELICOPTER = Craft("helicopter", "air", 200, 12, land_min=4, range_km=150, transfer_min=6)
PLANE = Craft(
    "plane", "air", 420, 25, land_min=9, range_km=300, lands="airport", runway_m=800, transfer_min=7
)


def circle_km(a: int, b: int) -> float:
    p, q, half = math.radians(LAT[a]), math.radians(LAT[b]), math.radians(LON[b] - LON[a]) / 2
    share = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(half) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(share))


@dataclass
class World:
    """Everything that one question is about, as plain values."""

    roads: list[tuple[int, int, int]]
    fleet: dict[Craft, list[int]]
    scene: float
    airports: list[int]
    runways: list[float]
    pads: list[int] | None
    destinations: list[int]

    def drive(self, a: int, b: int) -> float:
        graph = nx.DiGraph()
        graph.add_nodes_from(range(6))
        for tail, head, minutes in self.roads:
            held = graph.get_edge_data(tail, head, {"weight": INF})["weight"]
            graph.add_edge(tail, head, weight=min(held, minutes))
        return nx.single_source_dijkstra_path_length(graph, a).get(b, INF)

    def flight(self, craft: Craft, a: int, b: int) -> float:
        if craft.lands == "airport" and circle_km(a, b) <= 3:
            return 0.0
        return craft.land_min + 60 * circle_km(a, b) / craft.speed_kph

    def arrival(self, craft: Craft, base: int, patient: int) -> float:
        moving = self.drive if craft.moves == "road" else lambda a, b: self.flight(craft, a, b)
        return craft.mobilise_min + moving(base, patient)

    def crews(self) -> list[tuple[Craft, int]]:
        return [(craft, base) for craft, bases in self.fleet.items() if craft.range_km > 0 for base in bases]

    def first(self, patient: int) -> float:
        """The first crew that treats: no aeroplane's, and an aircraft must get home again."""
        found = [INF]
        for craft, base in self.crews():
            home = craft.moves == "road" or 2 * circle_km(base, patient) <= craft.range_km
            if craft.lands != "airport" and home:
                found.append(self.arrival(craft, base, patient))
        return min(found)

    def ride(self, craft: Craft, patient: int, stop: int, pads: list[int] | None) -> float:
        """Minutes until one kind of craft has the patient at a stop."""
        found = [INF]
        for base in self.fleet[craft]:
            own = self.arrival(craft, base, patient)
            start = min(own + self.scene, max(self.first(patient) + self.scene, own + craft.transfer_min))
            if craft.moves == "road":
                found.append(start + self.drive(patient, stop))
                continue
            for pad in [stop] if pads is None else pads:
                if circle_km(base, patient) + circle_km(patient, pad) <= craft.range_km:
                    onward = 0.0 if pads is None else craft.transfer_min + self.drive(pad, stop)
                    found.append(start + self.flight(craft, patient, pad) + onward)
        return min(found)

    def relay(self, feeder: Craft, craft: Craft, patient: int, stop: int) -> float:
        fit = [
            place
            for place, metres in zip(self.airports, self.runways, strict=True)
            if metres >= craft.runway_m
        ]
        found = [INF]
        for base, a, b in itertools.product(self.fleet[craft], fit, fit):
            if circle_km(a, b) <= 3 or circle_km(base, a) + circle_km(a, b) > craft.range_km:
                continue
            ready = craft.mobilise_min + self.flight(craft, base, a)
            met = max(self.ride(feeder, patient, a, None), ready)
            found.append(met + 2 * craft.transfer_min + self.flight(craft, a, b) + self.drive(b, stop))
        return min(found)

    def ways(self, patient: int, stop: int) -> dict[str, float]:
        there = [craft for craft in self.fleet if craft.range_km > 0 and self.fleet[craft]]
        carriers = [craft for craft in there if craft.lands == "anywhere"]
        found = {craft.name: self.ride(craft, patient, stop, self.pads) for craft in carriers}
        for feeder, craft in itertools.product(carriers, there):
            if craft.lands == "airport":
                found[f"{feeder.name} + {craft.name}"] = self.relay(feeder, craft, patient, stop)
        return found


nodes = st.integers(0, 5)
worlds = st.builds(
    World,
    roads=st.lists(st.tuples(nodes, nodes, st.integers(5, 90)), min_size=4, max_size=12),
    fleet=st.fixed_dictionaries(
        {
            CAR: st.lists(nodes, max_size=2),
            MEDIC: st.lists(nodes, max_size=1),
            HELICOPTER: st.lists(nodes, max_size=2),
            PLANE: st.lists(nodes, max_size=2),
        }
    ),
    scene=st.sampled_from([0.0, 7.5, 30.0]),
    airports=st.just([0, 2, 5]),
    runways=st.sampled_from([[800.0, 800.0, 900.0], [799.0, 2000.0, 1200.0]]),
    pads=st.sampled_from([None, [1, 4], [3]]),
    destinations=st.just([0, 3]),
)


@settings(max_examples=25, deadline=None)
@given(worlds, st.sampled_from([1.0, 0.35, 0.0]))
def test_the_quickest_of_all_chains(make_network: Any, world: World, share: float) -> None:
    flying = {craft: replace(craft, range_km=share * craft.range_km) for craft in (HELICOPTER, PLANE)}
    world.fleet = {flying.get(craft, craft): bases for craft, bases in world.fleet.items()}
    network = make_network(6, [(a, b, 60 * minutes) for a, b, minutes in world.roads], lon=LON, lat=LAT)
    found = transport_minutes(
        list(world.fleet),
        list(world.fleet.values()),
        np.arange(6),
        world.destinations,
        network=network,
        airports=world.airports,
        airport_runway_m=np.asarray(world.runways),
        helipads=world.pads,
        scene_min=world.scene,
    )
    for patient, (column, stop) in itertools.product(range(6), enumerate(world.destinations)):
        ways = world.ways(patient, stop)
        if not any(craft.lands == "anywhere" for craft, _ in world.crews()):
            assert math.isnan(found.minutes[patient, column])
            continue
        assert set(found.ways) == set(ways)
        for name, minutes in ways.items():
            shown = found.by_way(name)[patient, column]
            assert shown == pytest.approx(minutes, abs=1e-6) or (math.isnan(shown) and minutes == INF)
        best = min(ways.values())
        if best == INF:
            assert found.way[patient, column] == -1
            assert math.isnan(found.minutes[patient, column])
            assert found.legs(patient, column) == []
            continue
        assert found.minutes[patient, column] == pytest.approx(best, abs=1e-6)
        assert ways[found.ways[found.way[patient, column]]] == pytest.approx(best, abs=1e-6)
        parts = found.legs(patient, column)
        assert sum(part.minutes for part in parts) == pytest.approx(best, abs=1e-6)
        assert (parts[0].what, parts[-1].place) == ("mobilise", column)
        assert [part.what for part in parts].count("scene") == 1


def test_what_a_plane_and_its_road_legs_are_told_by(make_network: Any) -> None:
    """Every part of a relay with its place, its minutes and its kilometres."""
    roads = [(1, 0, 20), (2, 3, 15)]
    network = make_network(6, [(a, b, 60 * minutes) for a, b, minutes in roads], lon=LON, lat=LAT)
    found = transport_minutes(
        [CAR, PLANE], [[1], [0]], [1], [3], network=network, airports=[0, 2], scene_min=10.0
    )
    told = [(part.what, part.by, part.to, part.place, part.minutes, part.km) for part in found.legs(0, 0)]
    km = circle_km(0, 2)
    expected = [
        ("mobilise", "car", "patient", 0, 3, NAN),
        ("approach", "car", "patient", 0, 0, NAN),
        ("scene", "car", "patient", 0, 10, NAN),
        ("carry", "car", "airport", 0, 20, NAN),
        ("wait", "plane", "airport", 0, 0, NAN),
        ("transfer", "plane", "airport", 0, 7, NAN),
        ("carry", "plane", "airport", 1, 9 + 60 * km / 420, km),
        ("transfer", "plane", "airport", 1, 7, NAN),
        ("onward", "road", "destination", 0, 15, NAN),
    ]
    assert [row[:4] for row in told] == [row[:4] for row in expected]
    np.testing.assert_allclose([row[4:] for row in told], [row[4:] for row in expected], rtol=1e-6)


def test_a_helicopter_that_waits_for_the_crew_that_treats(make_network: Any) -> None:
    network = make_network(6, [(1, 4, 60 * 40)], lon=LON, lat=LAT)
    found = transport_minutes(
        [CAR, HELICOPTER], [[1], [4]], [4], [1], network=network, helipads=[1], scene_min=30.0
    )
    told = [(part.what, part.by, part.to, part.place) for part in found.legs(0, 0)]
    assert told == [
        ("mobilise", "helicopter", "patient", 0),
        ("approach", "helicopter", "patient", 0),
        ("scene", "helicopter", "patient", 0),
        ("carry", "helicopter", "helipad", 0),
        ("onward", "road", "destination", 0),
    ]
    flight = 4 + 60 * circle_km(4, 1) / 200
    assert found.minutes[0, 0] == pytest.approx(12 + 4 + 30 + flight + 6, abs=1e-6)
    near = transport_minutes([CAR, HELICOPTER], [[4], [1]], [4], [1], network=network, scene_min=30.0)
    assert [(part.what, part.by) for part in near.legs(0, 0)] == [
        ("mobilise", "car"),
        ("approach", "car"),
        ("scene", "car"),
        ("wait", "helicopter"),
        ("carry", "helicopter"),
    ]
    assert near.minutes[0, 0] == pytest.approx(12 + flight + 6 + flight, abs=1e-6)
    assert near.legs(0, 0)[3].minutes == pytest.approx(12 + flight + 6 - 33, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(nodes, min_size=1, max_size=3), st.sampled_from([40.0, 90.0, 150.0]), st.lists(nodes, max_size=2)
)
def test_the_response_of_a_helicopter_is_out_and_on_to_the_nearest_drop(
    make_network: Any, bases: list[int], range_km: float, drops: list[int]
) -> None:
    network = make_network(6, [(0, 1, 60)], lon=LON, lat=LAT)
    craft = replace(HELICOPTER, range_km=range_km)
    free = craft_minutes(craft, bases, np.arange(6), network=network)
    bound = craft_minutes(craft, bases, np.arange(6), network=network, drops=drops)
    for row, patient in itertools.product(range(len(bases)), range(6)):
        out = circle_km(bases[row], patient)
        minutes = 12 + 4 + 60 * out / 200
        on = min((circle_km(patient, drop) for drop in drops), default=INF)
        for shown, way in ((free, 2 * out), (bound, out + on)):
            if abs(way - range_km) < 1e-3:
                continue
            assert (
                shown[row, patient] == pytest.approx(minutes, abs=1e-6)
                if way <= range_km
                else math.isnan(shown[row, patient])
            )
