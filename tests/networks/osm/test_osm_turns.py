"""Turn restrictions, held against a search over turns on the same file."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from functools import partial

import numpy as np
import osmium
import pytest
from pyproj import Geod
from scipy.sparse import csgraph, csr_matrix

from networks import apply_overlays, links_out, nearest, route, snap, travel_time_legs, travel_time_matrix
from networks.osm import build_network
from networks.osm.access import barrier_access, road_directions
from networks.osm.defaults import country_defaults
from networks.osm.speeds import driven_speeds

ROAD = {"highway": "primary", "maxspeed": "60"}
#: A cross: south 1, west 2, north 3, east 4, the junction 5, and a way round from north to east (6).
NODES = {
    1: (15.0, 67.99),
    2: (14.97, 68.0),
    3: (15.0, 68.01),
    4: (15.03, 68.0),
    5: (15.0, 68.0),
    6: (15.03, 68.01),
}
CROSS = [
    (11, [1, 5], ROAD),
    (12, [2, 5], ROAD),
    (13, [5, 3], ROAD),
    (14, [5, 4], ROAD),
    (15, [3, 6, 4], ROAD),
]


def restriction(value, start=11, via=5, stop=14, **tags):
    members = [("w", start, "from"), ("n", via, "via"), ("w", stop, "to")]
    return (301, members, {"type": "restriction", "restriction": value} | tags)


def counts(network):
    return network.provenance["osm"]["counts"].get("turn restrictions", {})


@pytest.fixture
def build(build):
    """Restrictions alone: seconds of turning stand at crossings that have none (test_osm_turning)."""
    return partial(build, turn_costs=False)


@pytest.fixture
def free(build, minutes_between):
    """Minutes between any two nodes of the cross without restrictions."""
    net = build(NODES, CROSS)
    return lambda start, stop: minutes_between(net, start, stop)


def test_a_forbidden_turn_is_driven_round(build, minutes_between, free):
    net = build(NODES, CROSS, [restriction("no_right_turn")])
    assert counts(net) == {"applied": 1}
    round_by_north = free(1, 3) + free(3, 4)
    assert minutes_between(net, 1, 4) == pytest.approx(round_by_north)
    for start, stop in itertools.permutations([1, 2, 3, 4], 2):
        if (start, stop) != (1, 4):
            assert minutes_between(net, start, stop) == pytest.approx(free(start, stop)), (start, stop)


def test_only_straight_on_forbids_both_turns(build, minutes_between, free):
    net = build(NODES, CROSS, [restriction("only_straight_on", stop=13)])
    assert minutes_between(net, 1, 3) == pytest.approx(free(1, 3))
    assert minutes_between(net, 1, 4) == pytest.approx(free(1, 3) + free(3, 4))
    assert minutes_between(net, 1, 2) == pytest.approx(free(1, 3) + free(3, 2))
    assert minutes_between(net, 2, 4) == pytest.approx(free(2, 4))


def test_two_restrictions_at_one_junction(build, minutes_between, free):
    second = (302, [("w", 12, "from"), ("n", 5, "via"), ("w", 13, "to")],
              {"type": "restriction", "restriction": "no_left_turn"})  # fmt: skip
    net = build(NODES, CROSS, [restriction("no_right_turn"), second])
    assert counts(net) == {"applied": 2}
    assert minutes_between(net, 1, 4) == pytest.approx(free(1, 3) + free(3, 4))
    turning_round_in_the_south = free(2, 1) + free(1, 3)
    assert minutes_between(net, 2, 3) == pytest.approx(
        min(free(2, 4) + free(4, 3), turning_round_in_the_south)
    )
    assert minutes_between(net, 2, 4) == pytest.approx(free(2, 4))
    assert minutes_between(net, 1, 3) == pytest.approx(free(1, 3))


def test_journeys_that_start_at_the_junction_keep_every_right(build, minutes_between, free):
    net = build(NODES, CROSS, [restriction("no_right_turn")])
    for stop in (1, 2, 3, 4):
        assert minutes_between(net, 5, stop) == pytest.approx(free(5, stop))


@pytest.mark.parametrize(
    ("relation", "counted"),
    [
        (restriction("no_right_turn", **{"except": "psv;motorcar"}), "not for this vehicle"),
        (restriction("no_right_turn", hour_on="07:00", hour_off="09:00"), "not applied: holds at certain times"),
        (restriction("", **{"restriction:conditional": "no_left_turn @ (07:00-09:00)"}),
         "not applied: holds at certain times"),
        (restriction("", **{"restriction:hgv": "no_left_turn"}), "not for this vehicle"),
        (restriction("no_right_turn", start=999), "without effect: a road is closed or one-way"),
        (restriction("no_right_turn", via=999), "not applied: no junction of the network"),
        ((301, [("w", 11, "from"), ("w", 12, "via"), ("w", 14, "to")],
          {"type": "restriction", "restriction": "no_u_turn"}), "not applied: leads over a via way"),
        ((301, [("w", 11, "from"), ("n", 5, "via")], {"type": "restriction", "restriction": "no_u_turn"}),
         "not applied: not complete"),
        (restriction("no_left_turn", start=15, via=6, stop=15), "not applied: no junction of the network"),
    ],
)  # fmt: skip
def test_what_is_not_applied_is_counted_and_changes_nothing(build, minutes_between, free, relation, counted):
    net = build(NODES, CROSS, [relation])
    assert counts(net) == {counted: 1}
    assert minutes_between(net, 1, 4) == pytest.approx(free(1, 4))
    told = [note for note in net.provenance["osm"]["notes"] if "turn restrictions are not applied" in note]
    assert told == (
        [f"1 turn restrictions are not applied: 1 {counted.removeprefix('not applied: ')}"]
        if counted.startswith("not applied")
        else []
    )


def test_a_road_that_passes_through_the_junction_names_no_turn(build):
    ways = [(11, [1, 5, 3], ROAD), (12, [2, 5], ROAD), (14, [5, 4], ROAD)]
    net = build(NODES, ways, [restriction("no_right_turn")])
    assert counts(net) == {"not applied: a road passes through the junction": 1}


@pytest.mark.parametrize("closed", [11, 12, 13, 14])
def test_closing_a_road_at_a_split_junction_leaves_the_others_open(build, minutes_between, closed):
    out = links_out(str(closed))
    split = apply_overlays(build(NODES, CROSS, [restriction("no_right_turn")]), [out])
    plain = apply_overlays(build(NODES, CROSS), [out])
    for start, stop in itertools.permutations([1, 2, 3, 4], 2):
        if start != 1:
            expected = minutes_between(plain, start, stop)
            assert minutes_between(split, start, stop) == pytest.approx(expected), (start, stop)


def test_points_along_streets_and_at_the_junction_keep_to_the_restriction(build, free):
    """The five places are the middle of each street at the junction, and the junction itself."""
    plain, split = build(NODES, CROSS), build(NODES, CROSS, [restriction("no_right_turn")])
    lon = np.asarray([15.0, 14.985, 15.0, 15.015, 15.0])
    lat = np.asarray([67.995, 68.0, 68.005, 68.0, 68.0])
    for net in (plain, split):
        places = snap(net, lon, lat)
        assert (net.length_m[places.edge] > 0).all()
        assert ((places.twin >= 0) | np.isin(places.fraction, [0, 1])).all()
    before, after = (
        travel_time_matrix(net, snap(net, lon, lat), snap(net, lon, lat)) for net in (plain, split)
    )
    changed = np.zeros((5, 5), dtype=bool)
    changed[0, 3] = True
    np.testing.assert_allclose(after[~changed], before[~changed], rtol=1e-9, atol=1e-6)
    turned_in_the_north = before[0, 4] + free(5, 3) + free(3, 5) + before[4, 3]
    assert after[0, 3] == pytest.approx(turned_in_the_north, rel=1e-3)
    legs = travel_time_legs(split, snap(split, lon, lat), snap(split, lon, lat))
    np.testing.assert_allclose(legs.total_min, after, rtol=1e-12, atol=1e-12)
    whole = legs.drive_min + legs.access_min
    np.testing.assert_allclose(whole, after, rtol=1e-9, atol=1e-9)
    by_sweep = nearest(split, snap(split, lon, lat), snap(split, lon, lat), k=5, engine="hierarchy")[0]
    np.testing.assert_allclose(by_sweep, np.sort(after, axis=1), rtol=1e-9, atol=1e-8)


def test_legs_of_a_route_neither_begin_nor_break_inside_a_split_junction(build, minutes_between, free):
    roads = [(way, nodes, ROAD | {"ref": f"Fv{way}"}) for way, nodes, _ in CROSS]
    net = build(NODES, roads, [restriction("no_right_turn")])
    for start, stop in itertools.permutations([1, 2, 3, 4, 5], 2):
        found = route(net, start, stop)
        assert all(leg.length_km > 0 and leg.ref for leg in found.legs), (start, stop)
        assert sum(leg.travel_time_min for leg in found.legs) == pytest.approx(found.travel_time_min)
        if (start, stop) != (1, 4):
            assert found.travel_time_min == pytest.approx(free(start, stop)), (start, stop)
    assert [leg.ref for leg in route(net, 5, 4).legs] == ["Fv14"]
    assert [leg.ref for leg in route(net, 2, 4).legs] == ["Fv12", "Fv14"]


def test_an_ambulance_is_excepted_where_the_map_says_so(build, minutes_between, free):
    relation = restriction("no_right_turn", **{"except": "emergency"})
    ambulance = build(NODES, CROSS, [relation], profile="ambulance")
    assert minutes_between(ambulance, 1, 4) == pytest.approx(free(1, 4))
    assert minutes_between(build(NODES, CROSS, [relation]), 1, 4) > free(1, 4)


def test_restrictions_can_be_switched_off(build, minutes_between, free):
    net = build(NODES, CROSS, [restriction("no_right_turn")], turn_restrictions=False)
    assert minutes_between(net, 1, 4) == pytest.approx(free(1, 4))


class TurnSearch:
    """Fastest times with a search whose places are directed segments, so that turns can be forbidden."""

    def __init__(self, path, turning_nodes: set[int]) -> None:
        self.arcs: list[tuple[object, object, int, float]] = []
        self.into, self.out_of = defaultdict(list), defaultdict(list)
        self.metres: list[float] = []
        self._read_ways(path)
        banned, only = self._read_restrictions(path)
        turning_nodes = turning_nodes - self._beside({self.arcs[i][1] for i, _ in banned} | {
            self.arcs[i][1] for i, kept in only.items() if kept < set(self.out_of[self.arcs[i][1]])}, turning_nodes)  # fmt: skip
        rows, columns, seconds = [], [], []
        for i, (tail, head, way, _) in enumerate(self.arcs):
            for j in self.out_of[head]:
                back = self.arcs[j][1] == tail and self.arcs[j][2] == way
                if back and not (isinstance(head, str) or head in turning_nodes):
                    continue
                if (i, j) not in banned and (i not in only or j in only[i]):
                    rows.append(i)
                    columns.append(j)
                    seconds.append(self.arcs[j][3] + 1e-12)
        self.graph = csr_matrix((seconds, (rows, columns)), shape=(len(self.arcs),) * 2)

    def _beside(self, starts, stops) -> set:
        """Nodes of the network where nobody turns round: of the same junction as a start, with ways onward."""
        found = set()
        for start in starts:
            best = {}
            waiting = [(0.0, start)]
            while waiting:
                metres, node = heapq.heappop(waiting)
                if node in best:
                    continue
                best[node] = metres
                if node in stops and node != start:
                    near = {self.arcs[i][0] for i in self.into[node]} | {
                        self.arcs[i][1] for i in self.out_of[node]
                    }
                    if metres > 50 and (metres > 200 or len(near) != 2):
                        continue
                    found.add(node)
                for i in self.out_of[node] if metres <= 200 else ():
                    heapq.heappush(waiting, (metres + self.metres[i], self.arcs[i][1]))
        with_way_on = set()
        for node in found:
            for i in self.into[node]:
                back = {
                    j for j in self.out_of[node] if self.arcs[j][1:3] == (self.arcs[i][0], self.arcs[i][2])
                }
                if len(back) == len(self.out_of[node]):
                    break
            else:
                with_way_on.add(node)
        return with_way_on

    def _read_ways(self, path) -> None:
        geod, defaults = Geod(ellps="WGS84"), country_defaults("FI")
        barrier = osmium.filter.KeyFilter("barrier")
        closed = {
            node.id
            for node in osmium.FileProcessor(path, osmium.osm.NODE).with_filter(barrier)
            if barrier_access(dict(node.tags), "ambulance") == "no"
        }
        for way in (
            osmium.FileProcessor(path).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
        ):
            if not way.is_way():
                continue
            tags = dict(way.tags)
            allowed, speeds = (
                road_directions(tags, "ambulance"),
                driven_speeds(tags, tags["highway"], defaults),
            )
            for step, (a, b) in enumerate(itertools.pairwise(way.nodes)):
                if not (a.location.valid() and b.location.valid()):
                    continue
                ends = [f"{n.ref}#{way.id}#{step}" if n.ref in closed else n.ref for n in (a, b)]
                metres = geod.inv(a.lon, a.lat, b.lon, b.lat)[2]
                if allowed.forward:
                    self._add(*ends, way.id, metres * 3.6 / speeds.forward_kph)
                    self.metres.append(metres)
                if allowed.backward:
                    self._add(*ends[::-1], way.id, metres * 3.6 / speeds.backward_kph)
                    self.metres.append(metres)

    def _add(self, tail, head, way, seconds) -> None:
        self.out_of[tail].append(len(self.arcs))
        self.into[head].append(len(self.arcs))
        self.arcs.append((tail, head, way, seconds))

    def _read_restrictions(self, path):
        banned, only = set(), defaultdict(set)
        for relation in osmium.FileProcessor(path, osmium.osm.RELATION):
            tags, members = dict(relation.tags), [(m.type, m.ref, m.role) for m in relation.members]
            if tags.get("type") != "restriction" or "restriction" not in tags or "hour_on" in tags:
                continue
            start, stop = (
                [ref for kind, ref, role in members if (kind, role) == ("w", name)] for name in ("from", "to")
            )
            via = [(kind, ref) for kind, ref, role in members if role == "via"]
            if len(via) != 1 or via[0][0] != "n":
                continue
            arriving = [i for i in self.into[via[0][1]] if self.arcs[i][2] in start]
            leaving = [j for j in self.out_of[via[0][1]] if self.arcs[j][2] in stop]
            if not arriving or not leaving or len(arriving) > len(start) or len(leaving) > len(stop):
                continue
            for i in arriving:
                if tags["restriction"].startswith("only"):
                    only[i].update(leaving)
                else:
                    banned.update((i, j) for j in leaving)
        return banned, only

    def seconds(self, start, stops) -> np.ndarray:
        best = np.full(len(self.arcs), np.inf)
        for arc in self.out_of[start]:
            best = np.minimum(best, csgraph.dijkstra(self.graph, indices=arc) + self.arcs[arc][3])
        return np.asarray(
            [
                0.0 if stop == start else min((best[i] for i in self.into[stop]), default=np.inf)
                for stop in stops
            ]
        )


@pytest.mark.shared
def test_helsinki_agrees_with_a_search_over_turns(shared):
    path = shared / "osm" / "helsinki-centre.osm.pbf"
    net = build_network(path, country="FI", junction_delays=False, turn_costs=False, profile="ambulance")
    assert counts(net)["applied"] >= 30
    search = TurnSearch(path, set(net.node_ids.tolist()))
    split = {(lon, lat) for lon, lat, node in zip(net.lon, net.lat, net.node_ids, strict=True) if node < 0}
    whole = [
        int(node)
        for node, lon, lat in zip(net.node_ids, net.lon, net.lat, strict=True)
        if node > 0 and (lon, lat) not in split and node in search.out_of and node in search.into
    ]
    rng = np.random.default_rng(11)
    starts, stops = rng.choice(whole, 12, replace=False), rng.choice(whole, 150, replace=False)
    found = csgraph.dijkstra(net.search_graph, indices=net.positions(starts))[:, net.positions(stops)]
    for row, start in enumerate(starts.tolist()):
        np.testing.assert_allclose(found[row], search.seconds(start, stops.tolist()), atol=1e-4)
