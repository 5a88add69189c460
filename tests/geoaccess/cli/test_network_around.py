"""``network build --around``: only what a study or an area needs, and what that costs is said."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoaccess.cli.app import run
from geoaccess.cli.networking import area_around
from networks import load_network

GOZO = shapely.box(14.18, 36.01, 14.34, 36.08)
KM_NORTH = 1 / 111.2  # degrees of latitude in a kilometre


@pytest.fixture
def gozo(tmp_path):
    """A file with the outline of an island."""
    path = tmp_path / "gozo.geojson"
    gpd.GeoDataFrame(geometry=[GOZO], crs=4326).to_file(path)
    return path


def test_a_network_around_an_island_has_its_roads_and_no_others(gozo, shared, tmp_path, capsys):
    target = tmp_path / "gozo.net"
    source = str(shared / "osm" / "malta-latest.osm.pbf")
    assert (
        run(["network", "build", source, "-o", str(target), "--around", str(gozo), "--margin-km", "1"]) == 0
    )
    told = capsys.readouterr()
    assert f"cut to what lies within 1 km of {gozo}" in told.out + told.err
    network = load_network(target)
    ends = network.labels["kind"].where("road")
    inside = (network.lat > 35.99) & (network.lon < 14.36)
    assert ends.sum() > 4000
    # An edge with one end inside is kept whole, so a few nodes may lie a street further out.
    assert inside[network.topology.tails[ends]].mean() > 0.98


def test_the_margin_is_in_kilometres_on_all_sides(gozo):
    wider = area_around(str(gozo), 10.0).bounds
    assert wider[1] == pytest.approx(36.01 - 10 * KM_NORTH, abs=0.002)
    assert wider[3] == pytest.approx(36.08 + 10 * KM_NORTH, abs=0.002)
    east_km = 10 * KM_NORTH / np.cos(np.radians(36.045))
    assert wider[0] == pytest.approx(14.18 - east_km, abs=0.002)
    assert wider[2] == pytest.approx(14.34 + east_km, abs=0.002)


def test_around_a_study_lie_all_its_places_and_the_ways_between_them():
    area = area_around("malta", 5.0)
    # Gozo, Comino between the islands, and the far end of Malta.
    for lon, lat in ((14.24, 36.05), (14.335, 36.013), (14.54, 35.83)):
        assert shapely.contains_xy(area, lon, lat)
    assert not shapely.contains_xy(area, 15.1, 36.8)  # Sicily


def test_what_cannot_be_cut_is_refused(gozo, tmp_path, capsys):
    built = ["network", "build", "-o", str(tmp_path / "a.net")]
    (tmp_path / "links").mkdir()
    assert run([*built, str(tmp_path / "links"), "--around", str(gozo)]) == 3
    assert "link tables are not cut" in capsys.readouterr().err
    assert run([*built, "some.osm.pbf", "--margin-km", "5"]) == 2
    assert "give both, or neither" in capsys.readouterr().err
    assert run([*built, "some.osm.pbf", "--around", "no-such-study"]) != 0
    assert "no-such-study" in capsys.readouterr().err
    gpd.GeoDataFrame(geometry=[shapely.box(-179, 60, 179, 70)], crs=4326).to_file(tmp_path / "round.geojson")
    assert run([*built, "some.osm.pbf", "--around", str(tmp_path / "round.geojson")]) == 3
    assert "antimeridian" in capsys.readouterr().err
    assert not (tmp_path / "a.net").exists()
