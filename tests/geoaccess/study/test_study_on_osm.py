"""The embedded study over another network: nodes aside, passes found again, convoys by what roads say."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import geoaccess as ga
from geoaccess.ground.paths import embedded_studies
from geoaccess.study.schema import Convoys, Scenario
from geoaccess.study.state import overlays
from geoaccess.study.stretches import passes_of_tables
from networks import FerryConditions, TravelNetwork, apply_overlays, network_from_edges, save_network
from networks.geometry import edge_lines


def roads(rows: list[tuple[float, float, float, float, str, str]]) -> TravelNetwork:
    """Two-way roads ``lon, lat, lon, lat, ref, name`` with node ids as OpenStreetMap has them: numbers."""
    places = sorted({place for row in rows for place in (row[:2], row[2:4])})
    number = {place: 1000 + position for position, place in enumerate(places)}
    nodes = pd.DataFrame(
        {"node_id": list(number.values()), "lon": [p[0] for p in places], "lat": [p[1] for p in places]}
    )
    there = pd.DataFrame(
        [(number[row[:2]], number[row[2:4]], *row[4:]) for row in rows],
        columns=["from_id", "to_id", "ref", "name"],
    )
    both = pd.concat([there, there.rename(columns={"from_id": "to_id", "to_id": "from_id"})])
    edges = both.assign(kind="road", moving_s=600.0, length_m=10_000.0, road_class="trunk")
    return network_from_edges(nodes, edges)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded study with the network file that its own notice tells everybody to put in."""
    target = tmp_path_factory.mktemp("study") / "nord"
    shutil.copytree(embedded_studies()["nord-norge"], target)
    nodes = pd.read_csv(target / "nodes.csv").set_index("node_id")
    a, b = (tuple(nodes.loc[node, ["lon", "lat"]]) for node in ("traeldal", "bjornfjell"))
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    narvik = (17.427, 68.438)
    rows = [
        (*a, *middle, "E10", "Bjørnfjellvegen"), (*middle, *b, "E10", "Bjørnfjellvegen"),
        (*a, *narvik, "E6", ""), (*middle, middle[0], middle[1] + 0.03, "", "Sideveg"),
        (13.9, 68.15, 14.3, 68.2, "E10", ""), (*narvik, 13.9, 68.15, "", ""),
    ]  # fmt: skip
    save_network(roads(rows), target / "norway.net")
    text = (target / "study.toml").read_text(encoding="utf-8")
    (target / "study.toml").write_text(
        text.replace('links = "."', 'file = "norway.net"', 1), encoding="utf-8"
    )
    return target


def test_nodes_of_the_tables_are_left_aside_and_said_in_one_line(folder: Path) -> None:
    study = ga.load_study(folder)
    (said,) = [note for note in study.notes if "left aside" in note]
    assert said.startswith("norway.net has none of the ")
    assert study.demand_points.joined.sum() > 5
    times = ga.travel_times(study, to="akuttmottak")
    narvik = study.demand["name"].eq("Narvik").to_numpy()
    assert np.nanmin(times.to_numpy()[narvik]) < 15


def test_passes_hold_on_another_network(folder: Path) -> None:
    study = ga.load_study(folder)
    passes = study.network.labels["pass_name"].to_array()
    refs, names = (study.network.labels[label].to_array() for label in ("ref", "name"))
    assert (passes == "Bjørnfjell").tolist() == (names == "Bjørnfjellvegen").tolist()
    closed = study.in_state(scenario="bjornfjell-closed").network
    assert np.isinf(closed.moving_s[passes == "Bjørnfjell"]).all()
    assert np.isfinite(closed.moving_s[(refs == "E10") & (passes == "")]).all()


def test_a_pass_lies_within_the_ellipse_of_its_length(folder: Path) -> None:
    (stretch,) = passes_of_tables(folder)["Bjørnfjell"]
    assert stretch.refs == ("E10",)
    table = pd.read_csv(folder / "roads.csv").set_index("pass_name").loc["Bjørnfjell"]
    nodes = pd.read_csv(folder / "nodes.csv").set_index("node_id")
    ends = nodes.loc[[table["from_node"], table["to_node"]], ["lon", "lat"]]
    edge = shapely.get_coordinates(stretch.area.exterior)
    metric = gpd.GeoSeries(gpd.points_from_xy(edge[:, 0], edge[:, 1]), crs=4326).to_crs(32634)
    foci = gpd.GeoSeries(gpd.points_from_xy(ends["lon"], ends["lat"]), crs=4326).to_crs(32634)
    around = metric.distance(foci.iloc[0]) + metric.distance(foci.iloc[1])
    assert np.allclose(around / 1000, float(table["length_km"]) * 1.05 + 1.0, rtol=2e-3)


@pytest.mark.parametrize(
    "said", [{"roads": ["E 10"]}, {"names": ["bjørnfjellvegen"]}, {"line": "line.geojson"}, {"within": "area.geojson"},
             {"roads": ["E10"], "within": "area.geojson"}],
)  # fmt: skip
def test_convoys_are_told_by_number_name_area_or_line(folder: Path, said: dict[str, object]) -> None:
    network = ga.load_study(folder).network
    names, refs = (network.labels[label].to_array() for label in ("name", "ref"))
    own = names == "Bjørnfjellvegen"
    lines = edge_lines(network, np.flatnonzero(own))
    whole = shapely.union_all(lines)
    gpd.GeoSeries([whole], crs=4326).to_file(folder / "line.geojson")
    gpd.GeoSeries([shapely.buffer(whole, 0.005)], crs=4326).to_file(folder / "area.geojson")
    convoy = Convoys.model_validate({**said, "headway_min": 60})
    made = overlays("test", Scenario(convoys=(convoy,)), ferries=FerryConditions(), folder=folder)
    slower = apply_overlays(network, made).moving_s > network.moving_s
    expected = refs == "E10" if said == {"roads": ["E 10"]} else own
    assert slower.tolist() == expected.tolist()


def test_convoys_somewhere_are_refused() -> None:
    with pytest.raises(ValueError, match="say which roads"):
        Convoys.model_validate({"headway_min": 60})
