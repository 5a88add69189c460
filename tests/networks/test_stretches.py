"""A closure names a stretch of a road: a number alone only where it is that of one road."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from networks import NetworkDataError, UnknownPlaceError, apply_overlays, road_closed, route
from networks.stretches import RoadStretch

#: Names in the order of nodes 0-9, and degrees east: two roads numbered Fv888 some 420 km apart, one of them
#: with a ferry in the middle and a gap where it shares the E6.
NAMES = ["A", "B", "C", "D", "E", "F", "X", "Y", "Z", "B"]
LON = [15.0, 15.1, 15.2, 15.3, 15.4, 15.5, 25.0, 25.1, 25.2, 15.1]
LINKS = [(0, 1, "Fv888", "road"), (1, 2, "Fv888", "ferry"), (2, 3, "Fv888", "road"), (3, 4, "E6", "road")]
LINKS += [(4, 5, "fv 888", "road"), (6, 7, "Fv888", "road"), (7, 8, "Fv888;E6", "road"), (0, 9, "E8", "road")]


@pytest.fixture
def county(make_network: Any) -> Any:
    rows = [row for a, b, *_ in LINKS for row in ((a, b, 600.0), (b, a, 600.0))]
    labels = {
        "ref": [ref for *_, ref, _ in LINKS for _ in range(2)],
        "kind": [kind for *_, kind in LINKS for _ in range(2)],
        "link_id": [f"{a}{b}" for a, b, *_ in LINKS for _ in range(2)],
    }
    network = make_network(10, rows, labels=labels, lon=LON, lat=[68.0] * 10)
    names = type(network.labels["ref"]).of([*NAMES[:9], "B2"])
    fields = {name: getattr(network, name) for name in network.__dataclass_fields__}
    return type(network)(**fields | {"node_labels": {"name": names}, "length_m": network.length_m * 5})


def closed(network: Any, *texts: str) -> set[str]:
    after = apply_overlays(network, [road_closed(*texts)])
    return set(
        network.labels["link_id"]
        .take(np.flatnonzero(np.isinf(after.moving_s) & np.isfinite(network.moving_s)))
        .to_array()
    )


@pytest.mark.parametrize(
    ("texts", "links"),
    [
        (["Fv888: A"], {"01", "23", "45"}),
        (["Fv888: E"], {"01", "23", "45"}),
        (["fv 888: X"], {"67", "78"}),
        (["Fv888: X - Y"], {"67"}),
        (["Fv888: Z–Y"], {"78"}),
        (["Fv888: A to D"], {"01", "23"}),
        (["Fv888: D til F"], {"45"}),
        (["Fv888: 68.0,25.01"], {"67", "78"}),
        (["Fv888: 68.001,25.001 - 68.0,25.1"], {"67"}),
        (["E8"], {"09"}),
        (["E8", "Fv888: X - Y"], {"09", "67"}),
    ],
)
def test_a_stretch_is_closed_and_nothing_else(county: Any, texts: list[str], links: set[str]) -> None:
    assert closed(county, *texts) == links


def test_the_ferry_of_a_closed_road_sails_on(county: Any) -> None:
    after = apply_overlays(county, [road_closed("Fv888: A")])
    assert route(after, 1, 2).reachable
    assert not route(after, 2, 3).reachable


@pytest.mark.parametrize("text", ["Fv888", "E6"])
def test_a_number_of_two_roads_is_refused_and_both_are_named(county: Any, text: str) -> None:
    with pytest.raises(NetworkDataError, match=f"{text} is the number of 2 roads") as raised:
        closed(county, text)
    said = str(raised.value)
    if text == "Fv888":
        assert "Fv888: F - A" in said or "Fv888: A - F" in said
        assert "Fv888: Z - X" in said or "Fv888: X - Z" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("E99", "e99"),
        ("Fv888: Nowhere", "Nowhere"),
        ("Fv888: B2", "'B2' is not on it; on it are A"),
        ("Fv888: 60.0,10.0", "does not pass within 5 km"),
    ],
)
def test_places_that_are_not_on_the_road_are_refused(county: Any, text: str, said: str) -> None:
    with pytest.raises(UnknownPlaceError, match=said):
        closed(county, text)


@pytest.mark.parametrize("text", ["Fv888:", "Fv888: A - B - C", ": A", "Fv888: A - "])
def test_what_is_no_stretch_is_refused(text: str) -> None:
    with pytest.raises(NetworkDataError, match="no stretch of a road"):
        RoadStretch.parse(text)


def test_fv888_of_the_embedded_study() -> None:
    import geoaccess as ga

    network = ga.load_study("nord-norge").network
    with pytest.raises(NetworkDataError, match=r"Laupstad.*Mehamn"):
        closed(network, "Fv888")
    north, lofoten = closed(network, "Fv888: Lebesby"), closed(network, "Fv888: Kleppstad")
    assert "lebesby--hopseidet" in north
    assert "kleppstad--laukvik" in lofoten
    assert not north & lofoten
    assert closed(network, "E10: Trældal - Bjørnfjell") == {"traeldal--bjornfjell"}


def test_saltfjellet_is_one_passage_of_the_embedded_study() -> None:
    """Two links, one convoy an hour: half an hour, not a whole one."""
    import geoaccess as ga
    from networks import Convoy, EdgeSelection

    network = ga.load_study("nord-norge").network
    one = Convoy(name="c", where=EdgeSelection(passes=("Saltfjellet",)), headway_min=60, speed_factor=1)
    free = route(network, "dunderland-e6", "hestbrinken-rv77")
    waited = route(apply_overlays(network, [one]), "dunderland-e6", "hestbrinken-rv77")
    assert waited.travel_time_min - free.travel_time_min == pytest.approx(30)
    assert sum(leg.wait_min for leg in waited.legs) == pytest.approx(30)
