"""The network of the embedded study beyond cars and tables: areas within minutes, the sea, boats and helicopters."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.paths import embedded_studies
from geoaccess.minutes.resources.waters import study_sea
from networks import (
    Craft,
    at_nodes,
    craft_minutes,
    load_network,
    sea_path,
    transport_minutes,
    travel_time_matrix,
)

#: Invented for the test, like the craft below: what they can do is no fact of the study.
ON_SCENE_MIN = 15.0


@pytest.fixture(scope="module")
def study():
    return ga.load_study("nord-norge")


# --- areas within minutes ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The study's network as a file, and the hospitals as points."""
    folder = tmp_path_factory.mktemp("network")
    assert (
        run(["network", "build", str(embedded_studies()["nord-norge"]), "-o", str(folder / "nn.net"), "-q"])
        == 0
    )
    hospitals = ga.load_study("nord-norge").facilities_of("akuttmottak")
    hospitals = hospitals.rename(columns={"facility_id": "id"})[["id", "lon", "lat"]]
    hospitals.to_csv(folder / "hospitals.csv", index=False)
    return folder


def minutes_to_nodes(network, hospitals):
    """Minutes from the nearest hospital to every node, by the matrix and not by the isochrones."""
    from geoaccess.questions.matrix.answer import join, read_points

    joined = join(network, read_points(hospitals))
    nodes = at_nodes(network, np.arange(network.n_nodes), lon=network.lon, lat=network.lat)
    found = travel_time_matrix(network, joined, nodes)
    return np.where(np.isnan(found), np.inf, found).min(axis=0)


@pytest.mark.parametrize("ending", [".gpkg", ".geojson"])
def test_areas_hold_the_nodes_that_are_reached_and_no_others(files, capsys, ending):
    out = files / f"areas{ending}"
    arguments = [str(files / "nn.net"), "--from", str(files / "hospitals.csv"), "--minutes", "30,60,120"]
    assert run(["isochrones", *arguments, "-o", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [area["minutes"] for area in told["areas"]] == [30, 60, 120]
    network = load_network(files / "nn.net")
    minutes = minutes_to_nodes(network, files / "hospitals.csv")
    tails = network.topology.tails[network.labels["kind"].where("road")]
    on_road = np.isin(np.arange(network.n_nodes), tails)
    nodes = gpd.GeoSeries(gpd.points_from_xy(network.lon, network.lat), crs=4326).to_crs(25833)
    areas = gpd.read_file(out).to_crs(25833).set_index("minutes")
    for limit in (30, 60, 120):
        near = nodes.distance(areas.geometry.loc[limit]).to_numpy() < 1.0
        reached = minutes <= limit
        assert near[reached & on_road].all()
        # A node just beyond the limit may lie in the strip of 500 m beside the last road that is reached.
        assert not near[minutes > limit + 5].any()


def test_the_raster_tells_the_minutes_of_the_nodes(files):
    out = files / "minutes.tif"
    arguments = [str(files / "nn.net"), "--from", str(files / "hospitals.csv"), "--minutes", "600"]
    assert run(["isochrones", *arguments, "-o", str(out), "--cell-m", "1000", "-q"]) == 0
    network = load_network(files / "nn.net")
    minutes = minutes_to_nodes(network, files / "hospitals.csv")
    tails = network.topology.tails[network.labels["kind"].where("road")]
    chosen = np.isin(np.arange(network.n_nodes), tails) & (minutes < 500)
    with rasterio.open(out) as raster:
        points = gpd.GeoSeries(gpd.points_from_xy(network.lon[chosen], network.lat[chosen]), crs=4326)
        points = points.to_crs(raster.crs)
        told = np.array([value[0] for value in raster.sample(zip(points.x, points.y, strict=True))])
        missing = told == raster.nodata if raster.nodata is not None else np.isnan(told)
    off = np.abs(told - minutes[chosen])[~(missing | np.isnan(told))]
    assert len(off) > 0.5 * chosen.sum()
    assert np.median(off) < 1.5  # a cell's centre lies up to 0.7 km from the node


# --- boats and helicopters --------------------------------------------------------------------------------

CAR = Craft("car", "road", float("nan"), 2)
HELICOPTER = Craft("helicopter", "air", 230, 15, land_min=3, range_km=500)
BOAT = Craft("boat", "sea", 45, 15, range_km=160, transfer_min=5)
KINDS = {CAR: "ambulance_station", HELICOPTER: "ambulance_helicopter", BOAT: "ambulance_boat"}


@pytest.fixture(scope="module")
def sea(study):
    return study_sea(study)


def to_hospital(study, sea, *crafts):
    return transport_minutes(
        crafts,
        [study.on_network(study.facilities_of(KINDS[craft])) for craft in crafts],
        study.demand_points,
        study.on_network(study.facilities_of("akuttmottak")),
        network=study.network,
        sea=sea,
        scene_min=ON_SCENE_MIN,
    )


@pytest.fixture(scope="module")
def chains(study, sea):
    """From the alarm to every akuttmottak for every demand point, by all craft together."""
    return to_hospital(study, sea, *KINDS)


def test_the_fastest_way_is_told_for_every_demand_point(study, chains):
    every = np.stack([np.nan_to_num(chains.by_way(name), nan=np.inf) for name in chains.ways])
    np.testing.assert_array_equal(np.nan_to_num(chains.minutes, nan=np.inf), every.min(axis=0))
    people = study.weight()
    rows = np.arange(len(people))
    nearest = np.nanargmin(chains.minutes, axis=1)
    way = np.asarray(chains.ways, dtype=object)[chains.way[rows, nearest]]
    by_way = pd.Series(people).groupby(way).sum()
    assert (
        by_way["car"] > 0.25 * people.sum()
    )  # they live near a hospital; helicopters meet many of the others
    assert by_way["helicopter"] > 0
    for point in range(0, len(people), 20):
        parts = chains.legs(point, int(nearest[point]))
        np.testing.assert_allclose(sum(part.minutes for part in parts), chains.minutes[point, nearest[point]])


def test_who_has_no_road_is_reached_by_other_modes_only(study, sea, chains):
    akkarfjord = int(np.flatnonzero(study.demand["demand_id"] == "akkarfjord")[0])
    assert np.isnan(to_hospital(study, sea, CAR).minutes[akkarfjord]).all()
    assert np.isfinite(chains.minutes[akkarfjord]).any()


def test_a_kind_more_never_lengthens(study, sea, chains):
    whole = np.nan_to_num(chains.minutes, nan=np.inf)
    for fewer in ((CAR,), (CAR, BOAT), (HELICOPTER, CAR)):
        assert (whole <= np.nan_to_num(to_hospital(study, sea, *fewer).minutes, nan=np.inf)).all()


def test_boats_reach_the_islands_and_nobody_inland(study, sea):
    bases = study.facilities_of("ambulance_boat")
    minutes = craft_minutes(
        BOAT, study.on_network(bases), study.demand_points, network=study.network, sea=sea
    )
    reached = dict(zip(bases["name"], np.isfinite(minutes).sum(axis=1), strict=True))
    for name in ("Vega (boat)", "Bjarkøy (boat)", "Øksnes (rescue vessel)"):
        assert reached[name] > 20
    inland = study.demand["municipality_code"].isin(["5610", "5612"])  # Karasjok, Kautokeino
    assert inland.any()
    assert np.isnan(minutes[:, inland.to_numpy()]).all()


@pytest.mark.parametrize(
    ("one", "other", "at_most_km"),
    [
        ((18.93, 69.62), (19.02, 69.69), 12),  # Tromsøysundet, under its bridge
        ((18.60, 69.53), (18.85, 69.57), 13),  # Rystraumen
        ((16.25, 68.52), (16.75, 68.68), 34),  # Tjeldsundet
        ((14.98, 68.36), (15.15, 68.53), 24),  # Raftsundet
        ((14.22, 68.33), (14.28, 68.26), 12),  # Gimsøystraumen
    ],
)
def test_narrow_sounds_are_open(sea, one, other, at_most_km):
    path = sea_path(sea, one, other)
    assert path is not None
    assert path.km < at_most_km


def test_the_sea_ends_where_the_coast_is_not_known(sea):
    """Beside the areas of the municipalities Sweden, Finland and Russia would be water."""
    for lon, lat in ((20.0, 68.3), (27.0, 68.9), (31.0, 69.3), (16.0, 66.2)):
        assert not sea.berths(np.asarray([lon]), np.asarray([lat])).joined.any()
