"""The network of the embedded study beyond cars and tables: areas within minutes, boats and helicopters."""

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
from networks import Craft, Places, WaterRoutes, at_nodes, fastest, load_network, missions, travel_time_matrix

#: Invented for the test: what the craft can do is no fact of the study.
HELICOPTER = {"speed_kph": 230.0, "mobilisation_min": 15.0, "range_km": 500.0, "lands_anywhere": True}
BOAT = {"speed_kph": 45.0, "mobilisation_min": 15.0, "range_km": 200.0}
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


@pytest.fixture(scope="module")
def chains(study):
    """Minutes from the alarm to the nearest akuttmottak for every demand point, by mode."""
    network, people = study.network, study.demand_points
    hospitals = study.facilities_of("akuttmottak")
    doors = study.on_network(hospitals)
    stations = study.on_network(study.facilities_of("ambulance_station"))
    response = 2.0 + np.nanmin(
        np.nan_to_num(travel_time_matrix(network, stations, people), nan=np.inf), axis=0
    )
    car = response[:, None] + ON_SCENE_MIN + travel_time_matrix(network, people, doors)
    found = {"car": np.where(np.isfinite(car), car, np.nan)}
    landing = Places(tuple(hospitals["facility_id"]), doors)
    bases = study.facilities_of("ambulance_helicopter")
    flights = [
        missions(
            network,
            Craft(
                name=row.facility_id,
                kind="helicopter",
                base=row.facility_id,
                base_lon=row.lon,
                base_lat=row.lat,
                **HELICOPTER,
            ),
            people,
            doors,
            places=landing,
            on_scene_min=ON_SCENE_MIN,
        ).total_min
        for row in bases.itertuples()
    ]
    found["helicopter"] = np.fmin.reduce(flights)
    found["boat"] = boat_minutes(study, people, doors)
    return found


def boat_minutes(study, people, doors):
    """Ambulance boats along the ferry lines, those without a car deck as well, from base over quay to quay."""
    edges = study.network.edges_frame()
    lines = edges[(edges["kind"] == "ferry") & (edges["length_km"] > 0)]
    routes = WaterRoutes.from_table(
        pd.DataFrame(
            {"from_place": lines["from_id"], "to_place": lines["to_id"], "length_km": lines["length_km"]}
        )
    )
    positions = study.network.topology.positions
    nodes = np.array([positions[name] for name in routes.names])
    quays = Places(
        routes.names,
        at_nodes(study.network, nodes, lon=study.network.lon[nodes], lat=study.network.lat[nodes]),
    )
    bases = study.facilities_of("ambulance_boat")
    bases = bases[bases["node_id"].isin(routes.names)]
    assert len(bases) >= 5
    return np.fmin.reduce(
        [
            missions(
                study.network,
                Craft(
                    name=row.facility_id,
                    kind="boat",
                    base=row.node_id,
                    base_lon=row.lon,
                    base_lat=row.lat,
                    **BOAT,
                ),
                people,
                doors,
                places=quays,
                routes=routes,
                on_scene_min=ON_SCENE_MIN,
            ).total_min
            for row in bases.itertuples()
        ]
    )


def test_the_fastest_mode_is_told_for_every_demand_point(study, chains):
    found = fastest(chains)
    minutes, which, mode = found.nearest()
    everything = np.stack([np.where(np.isnan(one), np.inf, one) for one in chains.values()])
    np.testing.assert_array_equal(minutes, everything.min(axis=(0, 2)))
    assert set(mode) <= set(chains)
    for point in range(len(minutes)):
        assert chains[mode[point]][point, which[point]] == minutes[point]
    by_mode = pd.Series(study.weight()).groupby(mode).sum()
    assert by_mode["car"] > 0.4 * study.weight().sum()  # half of the people live near a hospital
    assert by_mode["helicopter"] > 0


def test_who_has_no_road_is_reached_by_other_modes_only(study, chains):
    minutes, _, mode = fastest(chains).nearest()
    akkarfjord = int(np.flatnonzero(study.demand["demand_id"] == "akkarfjord")[0])
    assert np.isnan(chains["car"][akkarfjord]).all()
    assert mode[akkarfjord] == "helicopter"
    assert np.isfinite(minutes[akkarfjord])
    # Grounded: without flights the mode is another one, or none.
    grounded, _, left = fastest({name: chains[name] for name in ("car", "boat")}).nearest()
    assert left[akkarfjord] in {"boat", ""}
    assert not (grounded < minutes).any()


def test_a_mode_more_never_lengthens(chains):
    alone = fastest({"car": chains["car"]}).nearest()[0]
    for other in ("helicopter", "boat"):
        more = fastest({"car": chains["car"], other: chains[other]}).nearest()[0]
        assert (np.nan_to_num(more, nan=np.inf) <= np.nan_to_num(alone, nan=np.inf)).all()
