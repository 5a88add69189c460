"""The connectivity report and the comparison of two builds."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks import (
    CheckReport,
    FerryService,
    Finding,
    Limits,
    apply_overlays,
    check_network,
    compare_networks,
    links_out,
    network_from_edges,
    network_from_links,
)
from networks.check import KINDS

Tables = dict[str, pd.DataFrame]


def of_kind(report: CheckReport, kind: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind == kind]


def test_a_sound_network_has_only_its_islands_quay(link_tables: Tables) -> None:
    report = check_network(network_from_links(**link_tables))
    assert report.counts == {"quay_without_road": 1}
    assert (report.findings[0].what, report.findings[0].name) == ("island", "Island")
    assert (report.components, report.main_share) == (1, 1.0)
    assert (report.nodes, report.edges, report.closed_edges) == (5, 8, 0)
    json.dumps(report.as_dict())
    assert list(report.frame()["kind"]) == ["quay_without_road"]


def test_parts_and_isolated_nodes_are_listed_by_size(make_network: Any) -> None:
    report = check_network(
        make_network(9, [(0, 1, 1), (1, 0, 1), (1, 2, 1), (2, 1, 1), (4, 5, 1), (5, 4, 1)])
    )
    assert report.components == 6
    assert [(finding.what, finding.count) for finding in of_kind(report, "component")] == [("4", 2)]
    assert [finding.what for finding in of_kind(report, "isolated_node")] == ["3", "6", "7", "8"]
    assert report.main_share == 3 / 9


def test_one_way_traps_are_told_by_their_direction(make_network: Any) -> None:
    ring = [(0, 1, 1), (1, 2, 1), (2, 0, 1)]
    report = check_network(make_network(7, [*ring, (2, 3, 1), (3, 4, 1), (4, 3, 1), (5, 0, 1), (6, 5, 1)]))
    assert [(f.what, f.count) for f in of_kind(report, "dead_end_trap")] == [("3", 2)]
    assert sorted((f.what, f.count) for f in of_kind(report, "source_trap")) == [("5", 1), ("6", 1)]
    assert not {"component", "isolated_node"} & set(report.counts)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=20))
def test_components_and_traps_agree_with_networkx(make_network: Any, pairs: list[tuple[int, int]]) -> None:
    report = check_network(make_network(8, [(a, b, 1.0) for a, b in pairs]))
    graph = nx.DiGraph([(a, b) for a, b in pairs if a != b])
    graph.add_nodes_from(range(8))
    assert report.components == nx.number_weakly_connected_components(graph)
    parts = list(nx.strongly_connected_components(graph))
    largest = max(len(part) for part in parts)
    main = min((part for part in parts if len(part) == largest), key=min)
    assert report.main_share == len(main) / 8
    root = next(iter(main))
    down, up = nx.descendants(graph, root) - main, nx.ancestors(graph, root) - main
    for kind, nodes in (("dead_end_trap", down), ("source_trap", up)):
        expected = sorted((str(min(part)), len(part)) for part in parts if part <= nodes)
        assert sorted((f.what, f.count) for f in of_kind(report, kind)) == expected


@pytest.mark.parametrize(
    ("crossing", "kind"), [("8", "fast_ferry"), ("9.1", ""), ("100", ""), ("120", "slow_ferry")]
)
def test_ferries_nobody_believes_are_listed_once(link_tables: Tables, crossing: str, kind: str) -> None:
    link_tables["ferries"].loc[0, "crossing_min"] = crossing
    report = check_network(network_from_links(**link_tables))
    strange = [finding for finding in report.findings if finding.kind.endswith("_ferry")]
    assert [finding.kind for finding in strange] == ([kind] if kind else [])
    if kind:
        assert strange[0].what == "f1"
        assert "km/h" in strange[0].detail


def test_roads_nobody_believes_are_listed(link_tables: Tables) -> None:
    link_tables["roads"].loc[0, "length_km"] = "5"
    link_tables["roads"].loc[1, ["length_km", "speed_kph"]] = ["120", "140"]
    link_tables["roads"].loc[2, "speed_kph"] = "3"
    report = check_network(network_from_links(**link_tables))
    assert [f.what for f in of_kind(report, "shorter_than_straight")] == ["r1"]
    assert [f.what for f in of_kind(report, "long_detour")] == ["r2"]
    assert [f.what for f in of_kind(report, "fast_road")] == ["r2"]
    assert [f.what for f in of_kind(report, "slow_road")] == ["r3"]
    loose = Limits(road_kph=(1, 200), detour=10, shorter=0.1)
    assert check_network(network_from_links(**link_tables), limits=loose).counts == {"quay_without_road": 1}


def test_motorways_that_lead_nowhere_are_listed(make_network: Any) -> None:
    rows = [(0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 2, 1)]
    classes = ["primary", "motorway", "motorway", "motorway"]
    report = check_network(make_network(4, rows, labels={"road_class": classes}))
    found = of_kind(report, "dead_end_motorway")
    assert {(finding.what, finding.lon) for finding in found} == {
        ("link2", 15.03),
        ("link3", 15.03),
        ("link3", 15.02),
    }
    assert {finding.detail for finding in found} == {"ends at its last node", "begins at its first node"}
    rows += [(3, 0, 1), (0, 3, 1), (2, 0, 1)]
    report = check_network(make_network(4, rows, labels={"road_class": [*classes, *["primary"] * 3]}))
    assert of_kind(report, "dead_end_motorway") == []


def test_lists_are_cut_and_counts_are_not(make_network: Any) -> None:
    report = check_network(make_network(50, [(0, 1, 1), (1, 0, 1)]), limits=Limits(listed=5))
    assert report.counts["isolated_node"] == 48
    assert len(of_kind(report, "isolated_node")) == 5


def test_a_closure_shows_in_the_report(link_tables: Tables) -> None:
    net = apply_overlays(network_from_links(**link_tables), [links_out("r2", name="out")])
    report = check_network(net)
    assert report.overlays == ("out",)
    assert report.closed_edges == 2
    assert [finding.what for finding in of_kind(report, "isolated_node")] == ["valley"]


def test_an_empty_network_is_reported_on() -> None:
    net = network_from_edges(
        pd.DataFrame({"node_id": [], "lon": [], "lat": []}),
        pd.DataFrame({"from_id": [], "to_id": [], "moving_s": [], "length_m": []}),
    )
    report = check_network(net)
    assert (report.nodes, report.components, report.main_share, report.findings) == (0, 0, 0.0, ())


def test_every_kind_of_finding_is_explained() -> None:
    assert all(KINDS.values())


def test_nothing_changed_between_a_build_and_itself(link_tables: Tables) -> None:
    net = network_from_links(**link_tables)
    changes = compare_networks(net, network_from_links(**link_tables))
    assert changes.nothing
    json.dumps(changes.as_dict())


def test_changes_are_told_by_link(link_tables: Tables) -> None:
    before = network_from_links(**link_tables)
    link_tables["roads"].loc[0, "speed_kph"] = "90"
    link_tables["roads"].loc[1, "length_km"] = "40"
    link_tables["roads"] = pd.concat(
        [link_tables["roads"].iloc[:2], link_tables["roads"].iloc[[2]].assign(road_id="r4")]
    )
    link_tables["nodes"].loc[5] = ["farm", "Farm", "settlement", "1801", "68.4", "15.0", "map", "sourced"]
    link_tables["ferries"].loc[0, "headway_min"] = "90"
    after = network_from_links(**link_tables)
    changes = compare_networks(before, after)
    assert not changes.nothing
    assert (changes.nodes_added, changes.nodes_removed) == (1, 0)
    assert (changes.links_added, changes.links_removed) == (("r4",), ("r3",))
    assert [row[0] for row in changes.links_faster] == ["r1"]
    assert [row[0] for row in changes.links_slower] == ["f1", "r2"]
    assert changes.links_slower[0][1:] == pytest.approx((120, 150))
    assert changes.links_slower[1][1:] == pytest.approx((72, 96))
    assert changes.ferries_changed == ("Quay-Island: headway_min 60.0 -> 90.0",)
    assert changes.length_km["county_primary"] == (60, 80)
    assert changes.components == (1, 2)
    assert changes.main_share == (1.0, 5 / 6)
    assert compare_networks(before, after, listed=0).counts == changes.counts


def test_closed_and_opened_links_are_told(link_tables: Tables) -> None:
    net = network_from_links(**link_tables)
    closed = apply_overlays(net, [links_out("f1", name="out")])
    assert compare_networks(net, closed).links_closed == ("f1",)
    assert compare_networks(closed, net).links_opened == ("f1",)
    assert compare_networks(closed, closed).nothing


def test_services_without_a_counterpart_are_no_change(make_network: Any) -> None:
    service = FerryService("a", "A", 10, 5)
    one = make_network(2, [(0, 1, 1)], services=[service], service=[0])
    other = make_network(2, [(0, 1, 1)], services=[dataclasses.replace(service, service_id="b")], service=[0])
    assert compare_networks(one, other).ferries_changed == ()
    assert np.isclose(compare_networks(one, other).length_km[""][0], 1.0)
