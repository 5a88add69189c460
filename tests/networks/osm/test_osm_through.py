"""Roads for their own traffic: the ends of journeys, not ways through. Held against a search by stages."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from networks import (
    apply_overlays,
    isochrone_areas,
    links_out,
    load_network,
    nearest,
    route,
    save_network,
    snap,
    travel_time_matrix,
)
from networks.osm.compose import network_from_map
from networks.osm.opl import Relation, escape
from networks.osm.pieces import Points
from networks.osm.report import Tally
from networks.osm.sea import RawMap, Terminals
from networks.osm.settings import make_settings
from networks.osm.ways import WayCollector

OPEN, DESTINATION = {"highway": "residential"}, {"highway": "residential", "access": "destination"}
PRIVATE = {"highway": "service", "access": "private"}


def made(nodes, ways, relations=(), *, gates=(), closed=(), **options):
    """The network of nodes, ways and relations, without a file."""
    tally = Tally()
    chosen = make_settings("test", country="NO", junction_delays=False, turn_costs=False, **options)
    collector = WayCollector(chosen.profile, tally)
    for way_id, refs, tags in ways:
        text = ",".join(f"{escape(key)}={escape(value)}" for key, value in tags.items())
        collector.add(way_id, text, ",".join(f"n{ref}" for ref in refs))
    ids = np.asarray(sorted(nodes), dtype=np.int64)
    points = Points(ids, *(np.asarray([nodes[node][axis] for node in ids.tolist()]) for axis in (0, 1)))
    barriers, own = np.isin(ids, [*gates, *closed]), np.isin(ids, list(gates))
    told = tuple(Relation(number, tags, tuple(members)) for number, members, tags in relations)
    raw = RawMap(collector.table(), collector.ferries, told, points, barriers, own, Terminals.of([]))
    return network_from_map(raw, chosen, tally)


@dataclass
class Town:
    """A small map, and a search of its own over it: by junction and stage of the journey.

    Stages: 0 = restricted roads only so far, 1 = on open roads, 2 = restricted roads after open ones.
    """

    nodes: dict
    ways: list
    gates: tuple
    network: object

    def __post_init__(self):
        self.arcs = []
        frame = self.network.edges_frame()
        times = {
            (row.link_id, row.direction): row.moving_min * 60.0 for row in frame.itertuples() if row.link_id
        }
        for number, (a, b), tags in self.ways:
            ends = [(n, number) if n in self.gates else n for n in (a, b)]
            for direction, (tail, head) in (("forward", ends), ("backward", ends[::-1])):
                if (str(number), direction) in times:
                    self.arcs.append(
                        (tail, head, times[str(number), direction], "access" in tags, (number, direction))
                    )
        sides = {gate: {end for arc in self.arcs for end in arc[:2] if isinstance(end, tuple) and end[0] == gate}
                 for gate in self.gates}  # fmt: skip
        self.arcs += [
            (a, b, 0.0, True, None) for own in sides.values() for a, b in itertools.permutations(own, 2)
        ]
        whole, open_ = nx.MultiDiGraph(), nx.MultiDiGraph()
        whole.add_edges_from((tail, head) for tail, head, *_ in self.arcs)
        open_.add_edges_from((tail, head) for tail, head, _, own, _ in self.arcs if not own)
        self.public = set()
        for piece in nx.weakly_connected_components(whole):
            sets = nx.strongly_connected_components(open_.subgraph(piece & set(open_)))
            sizes = [(open_.subgraph(one).number_of_edges(), one) for one in sets]
            most = max((size for size, _ in sizes), default=0)
            if sum(size == most for size, _ in sizes) > 1 and most:
                raise AmbiguousError
            self.public |= next((one for size, one in sizes if size == most and most), set())
        self.arcs = [
            (tail, head, s, own or not {tail, head} <= self.public, name)
            for tail, head, s, own, name in self.arcs
        ]

    def onward(self, stage, own):
        if own:
            return 0 if stage == 0 else 2
        return 1 if stage < 2 else None

    def search(self, starts):
        best, heap = {}, [(seconds, repr(node), node, stage) for node, stage, seconds in starts]
        heapq.heapify(heap)
        while heap:
            seconds, _, node, stage = heapq.heappop(heap)
            if (node, stage) in best:
                continue
            best[node, stage] = seconds
            for tail, head, more, own, _ in self.arcs:
                then = self.onward(stage, own) if tail == node else None
                if then is not None and (head, then) not in best:
                    heapq.heappush(heap, (seconds + more, repr(head), head, then))
        return best

    def between_middles(self, a, others):
        """Seconds from the middle of way ``a`` to those of others."""
        starts = [
            (head, 0 if own else 1, s / 2) for _, head, s, own, name in self.arcs if name and name[0] == a
        ]
        best = self.search(starts)
        found = dict.fromkeys(others, np.inf)
        for (tail, _, s, own, name), stage in itertools.product(self.arcs, (0, 1, 2)):
            if name and (tail, stage) in best and self.onward(stage, own) is not None:
                found[name[0]] = min(found[name[0]], best[tail, stage] + s / 2)
        return np.asarray(list(found.values()))

    def between_nodes(self, a, b):
        """Seconds from junction to junction; what is on the open road is reached on it."""
        best = self.search([(a, 1 if a in self.public else 0, 0.0)])
        stages = (0, 1) if b in self.public else (0, 1, 2)
        return min((best[b, stage] for stage in stages if (b, stage) in best), default=np.inf)


class AmbiguousError(Exception):
    """Two sets of open roads are equally large: either may be the public one."""


PLACES = {10 * row + column: (15.0 + 0.011 * column + 0.002 * row, 68.0 + 0.004 * row + 0.0011 * (column % 2))
          for row in range(3) for column in range(4)}  # fmt: skip
STREETS = [(a, b) for a in PLACES for b in (a + 1, a + 10, a + 11) if b in PLACES]


@st.composite
def towns(draw):
    kinds = st.sampled_from([None, OPEN, OPEN, OPEN, DESTINATION, DESTINATION, PRIVATE])
    ways = []
    for number, ends in enumerate(STREETS, start=1):
        tags = draw(kinds)
        if tags is not None:
            oneway = draw(st.sampled_from(["no", "no", "no", "yes"]))
            ways.append(
                (number, ends, {**tags, "oneway": oneway, "maxspeed": draw(st.sampled_from(["30", "50"]))})
            )
    gates = draw(st.lists(st.sampled_from(sorted(PLACES)), max_size=2, unique=True))
    return ways, tuple(gates)


def town_of(ways, gates=()):
    return Town(PLACES, ways, gates, made(PLACES, ways, gates=gates))


#: Two streets that cross: with turn costs a turn would be a step more than the search below has.
_STREET = {**OPEN, "oneway": "no", "maxspeed": "30"}
_CROSSING = (
    [(6, (1, 12), _STREET), (8, (2, 12), _STREET), (18, (12, 22), _STREET), (19, (12, 23), _STREET)],
    (),
)


@settings(max_examples=12, deadline=None)
@example(_CROSSING)
@given(towns())
def test_every_journey_between_streets_is_that_of_the_search_by_stages(drawn):
    ways, gates = drawn
    if not ways:
        return
    try:
        town = town_of(ways, gates)
    except AmbiguousError:
        return
    middles = np.asarray([np.mean([PLACES[n] for n in ends], axis=0) for _, ends, _ in ways])
    points = snap(town.network, *middles.T, component="any")
    seconds = 60.0 * travel_time_matrix(town.network, points, points)
    access = points.access_s[:, None] + points.access_s[None, :]
    k_min, _ = nearest(town.network, points, points, k=len(ways), engine="hierarchy")
    for row, (a, *_) in enumerate(ways):
        wanted = town.between_middles(a, [b for b, *_ in ways]) + access[row]
        wanted[row] = seconds[row, row]
        found = np.where(np.isnan(seconds[row]), np.inf, seconds[row])
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=0.05)
        some = np.sort(found[np.isfinite(found)])
        np.testing.assert_allclose(60.0 * k_min[row, : len(some)], some, rtol=1e-6)
        assert np.isnan(k_min[row, len(some) :]).all()


@settings(max_examples=8, deadline=None)
@given(towns())
def test_every_route_between_junctions_is_that_of_the_search_by_stages(drawn):
    ways, _ = drawn
    if not ways:
        return
    try:
        town = town_of(ways)
    except AmbiguousError:
        return
    here = sorted({n for _, ends, _ in ways for n in ends})
    minutes = travel_time_matrix(town.network, here, here)
    for (i, a), (j, b) in itertools.product(enumerate(here), repeat=2):
        wanted = town.between_nodes(a, b) / 60.0
        found = route(town.network, a, b).travel_time_min
        assert np.nan_to_num(found, nan=np.inf) == pytest.approx(wanted, abs=1e-9), (a, b)
        assert np.nan_to_num(minutes[i, j], nan=np.inf) == pytest.approx(wanted, abs=1e-9), (a, b)


#: A square of open roads, 1-2-3-4, and a diagonal 1-5-3 for its own traffic with a house at 5.
SQUARE = {1: (15.0, 68.0), 2: (15.03, 68.0), 3: (15.03, 68.01), 4: (15.0, 68.01), 5: (15.015, 68.005)}
ROUND = [(11, (1, 2), OPEN), (12, (2, 3), OPEN), (13, (3, 4), OPEN), (14, (4, 1), OPEN)]


def square(tags, **options):
    return made(SQUARE, [*ROUND, (15, (1, 5), tags), (16, (5, 3), tags)], **options)


@pytest.mark.parametrize(
    "tags", [DESTINATION, PRIVATE, {"highway": "cycleway", "motor_vehicle": "destination"}]
)
def test_a_short_cut_for_its_own_traffic_is_reached_left_and_not_passed(tags):
    tags = tags | {"maxspeed": "50"}
    net, free = square(tags), square({**tags, "access": "yes", "motor_vehicle": "yes"})
    for start, stop in [(1, 5), (5, 3), (5, 1), (3, 5), (2, 5), (5, 4)]:
        assert route(net, start, stop).travel_time_min == pytest.approx(
            route(free, start, stop).travel_time_min
        )
    assert route(net, 1, 3).length_km > 1.2 * route(free, 1, 3).length_km
    assert set(route(net, 1, 3).legs[0].link_ids) <= {"11", "12", "13", "14"}
    ambulance = square(tags, profile="ambulance")
    assert set(route(ambulance, 1, 3).legs[0].link_ids) == {"15", "16"}


def test_a_closed_road_opens_no_way_through_and_its_area_stays_reached():
    net = apply_overlays(square(DESTINATION), [links_out("11"), links_out("13")])
    assert not route(net, 1, 3).reachable
    assert route(net, 1, 5).reachable
    assert route(net, 5, 3).reachable
    assert route(apply_overlays(square(DESTINATION), [links_out("15")]), 1, 5).legs[0].link_ids[0] != "15"


def test_a_network_file_keeps_both_copies(tmp_path):
    net = square(PRIVATE)
    save_network(net, tmp_path / "square.net")
    again = load_network(tmp_path / "square.net")
    here = list(SQUARE)
    np.testing.assert_array_equal(travel_time_matrix(again, here, here), travel_time_matrix(net, here, here))


@pytest.mark.parametrize("direction", ["from", "to"])
def test_roads_within_minutes_are_drawn_once_on_both_sides_of_the_entrance(direction):
    net, free = square(DESTINATION), square(OPEN)
    for lon, lat in ((15.0075, 68.0025), (15.015, 68.0)):
        areas = [
            isochrone_areas(one, snap(one, np.asarray([lon]), np.asarray([lat]), component="any"),
                            minutes=[60], direction=direction)
            for one in (net, free)
        ]  # fmt: skip
        assert areas[0]["road_km"][0] == pytest.approx(areas[1]["road_km"][0], rel=1e-9)


def test_a_private_gate_is_passed_by_those_behind_it_and_by_nobody_else():
    through = [*ROUND, (15, (1, 5), OPEN), (16, (5, 3), OPEN)]
    net, free, shut = (
        made(SQUARE, through, gates=(5,)),
        made(SQUARE, through),
        made(SQUARE, through, closed=(5,)),
    )
    assert route(net, 1, 3).length_km == pytest.approx(route(shut, 1, 3).length_km)
    assert route(free, 1, 3).length_km < route(net, 1, 3).length_km
    yard = {**SQUARE, 6: (15.015, 68.004), 7: (15.016, 68.0035)}
    ways = [*ROUND, (15, (1, 6), OPEN), (17, (6, 7), OPEN)]
    assert route(made(yard, ways, gates=(6,)), 1, 7).reachable
    assert not route(made(yard, ways, closed=(6,)), 1, 7).reachable
    assert route(made(yard, ways, gates=(6,), profile="ambulance"), 7, 3).reachable


def test_open_roads_behind_a_road_for_its_own_traffic_are_no_way_through_either():
    """The yard 5-6 is open by its tags; whoever comes through the private road does not go on to node 3."""
    nodes = {**SQUARE, 6: (15.02, 68.0065)}
    ways = [*ROUND, (15, (1, 5), PRIVATE), (16, (5, 6), OPEN), (17, (6, 3), PRIVATE)]
    net = made(nodes, ways)
    assert set(route(net, 1, 3).legs[0].link_ids) <= {"11", "12", "13", "14"}
    assert route(net, 1, 6).reachable
    assert route(net, 6, 3).reachable


#: North of the junction 5 of a cross a way ends after 30 m and goes on: 9.
CROSS = {1: (15.0, 67.99), 2: (14.97, 68.0), 3: (15.0, 68.01), 4: (15.03, 68.0), 5: (15.0, 68.0), 9: (15.0, 68.00027),
         7: (15.03, 68.01)}  # fmt: skip
LANES = [(11, (1, 5), OPEN), (12, (2, 5), OPEN), (13, (5, 9), OPEN), (16, (9, 3), OPEN), (14, (5, 4), OPEN),
         (15, (3, 7), OPEN), (17, (7, 4), OPEN)]  # fmt: skip


@pytest.mark.parametrize("side", [(), ((18, (9, 8), OPEN),)])
def test_nobody_turns_round_inside_a_junction_to_evade_a_restriction(side):
    """Also not where a lane branches off inside it; in the lane itself, a dead end, one may."""
    nodes = {**CROSS, 8: (14.99, 68.0003)}
    told = [(301, [("w", 11, "from"), ("n", 5, "via"), ("w", 14, "to")],
             {"type": "restriction", "restriction": "no_right_turn"})]  # fmt: skip
    ways = [*LANES, *side]
    free, net = made(nodes, ways), made(nodes, ways, told)

    def between(a, b):
        return route(free, a, b).length_km

    legal = [between(1, 3) + between(3, 4)] + [between(1, 8) + between(8, 4) for _ in side]
    legal.append(between(1, 5) + 2 * between(5, 3) + between(5, 4))
    assert route(net, 1, 4).length_km == pytest.approx(min(legal))


def test_the_lane_to_a_quay_is_open_however_it_is_tagged(build):
    """Mainland 1-2, quay 3 at the end of a private lane; beyond the sea an island of open roads, and back."""
    nodes = {1: (15.0, 68.0), 2: (15.02, 68.0), 3: (15.03, 68.001), 4: (15.08, 68.003), 5: (15.1, 68.004),
             6: (15.02, 67.99), 7: (15.1, 67.99)}  # fmt: skip
    road = {"highway": "primary"}
    ways = [
        (1, [1, 2], road),
        (2, [2, 3], {"highway": "service", "access": "private"}),
        (3, [3, 4], {"route": "ferry", "motor_vehicle": "yes", "duration": "00:05", "interval": "00:10"}),
        (4, [4, 5], road),
        (5, [2, 6, 7, 5], road | {"maxspeed": "5"}),
    ]
    net = build(nodes, ways)
    assert [leg.kind for leg in route(net, 1, 5).legs] == ["road", "ferry", "road"]
    assert net.provenance["osm"]["counts"]["access"]["restricted roads opened as the way to a quay"] == 2


def test_a_lane_for_both_directions_in_turn_is_waited_for_once_a_passage(build):
    """Nodes 2-3-4 are one lane in two ways: 30 s on entering, from either side, and none at node 3."""
    nodes = {1: (15.0, 68.0), 2: (15.01, 68.0), 3: (15.012, 68.0), 4: (15.014, 68.0), 5: (15.02, 68.0)}
    lane = OPEN | {"oneway": "alternating"}
    net = build(nodes, [(1, [1, 2], OPEN), (2, [2, 3], lane), (3, [3, 4], lane), (4, [4, 5], OPEN)])
    for start, stop in ((1, 5), (5, 1)):
        (leg,) = route(net, start, stop).legs
        assert leg.wait_min == pytest.approx(0.5)
        assert "alternating_wait" in leg.assumptions
    assert any("oneway=alternating" in note for note in net.provenance["osm"]["notes"])
