"""Demand from tables and vector grids: checks, municipalities, official totals, coarser points."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geoaccess.demand import (
    DemandPoints,
    aggregate_to_cells,
    aggregate_to_places,
    assign_municipalities,
    check_totals,
    largest_remainder,
    points_from_grid,
    points_from_ssb_grid,
    points_from_table,
    read_polygons,
    reconciliation,
    rescale_to,
    ssb_cell_centres,
)
from geoaccess.demand.areas import read_areas
from geoaccess.ground.errors import DataError

UTM33 = 25833


def frame(people, codes=None, lon=None, lat=None):
    number = len(people)
    return pd.DataFrame(
        {
            "demand_id": [f"d{row}" for row in range(number)],
            "name": "place",
            "municipality_code": codes or ["0101"] * number,
            "lon": lon or [18.0] * number,
            "lat": lat or [69.0] * number,
            "people": np.array(people, dtype=float),
        }
    )


def points(people, codes=None, **options):
    return DemandPoints(frame(people, codes, **options), ("people",))


# --- points -----------------------------------------------------------------------------------------------


def test_every_fault_of_a_table_is_listed_at_once():
    table = frame([5, -1, math.nan, math.inf], lon=[18, 18, 200, 18], lat=[69, "x", 69, 69])
    table.loc[3, "demand_id"] = "d0"
    with pytest.raises(DataError) as caught:
        DemandPoints(table, ("people",))
    found = {(fault.row, fault.column) for fault in caught.value.faults}
    assert found == {
        ("d0", "demand_id"),
        ("d1", "people"),
        ("d2", "people"),
        ("d0", "people"),
        ("d2", "lon"),
        ("d1", "lat"),
    }


@pytest.mark.parametrize(
    ("table", "weights", "message"),
    [
        (frame([1]).drop(columns="lon"), ("people",), "column is missing"),
        (frame([1]), ("people", "old"), "'old'"),
        (frame([1]), (), "no weight"),
        (frame([1]).iloc[:0], ("people",), "no demand point"),
    ],
)
def test_what_is_missing_is_named(table, weights, message):
    with pytest.raises(DataError, match=message):
        DemandPoints(table, weights)


def test_many_faults_are_counted_not_drowned_in():
    with pytest.raises(DataError, match="and 50 more faults"):
        points([-1.0] * 250)


def test_a_table_in_metres_with_several_weights(tmp_path):
    (tmp_path / "cells.csv").write_text(
        "cell,x,y,all,old\n1,353375,7287125,5,1\n2,353625,7287625,7.5,0\n", encoding="utf-8"
    )
    found = points_from_table(
        tmp_path / "cells.csv",
        weights={"people": "all", "people_80plus": "old"},
        id_column="cell",
        x_column="x",
        y_column="y",
        crs=UTM33,
    )
    assert found.totals() == {"people": 12.5, "people_80plus": 1.0}
    # The grid's own file gives lon 11.80918, lat 65.67247 for the first cell.
    assert found.table["lon"].iloc[0] == pytest.approx(11.80918, abs=1e-5)
    assert found.table["lat"].iloc[0] == pytest.approx(65.67247, abs=1e-5)
    with pytest.raises(DataError, match="did you mean 'people'"):
        found.weight("peple")


def test_faults_of_a_file_name_its_rows(tmp_path):
    (tmp_path / "cells.csv").write_text(
        "demand_id,lon,lat,people\na,18,69,5\na,18,99,-5\n,18,69,\n", encoding="utf-8"
    )
    with pytest.raises(DataError) as caught:
        points_from_table(tmp_path / "cells.csv", weights={"people": "people"})
    assert {(fault.row, fault.column) for fault in caught.value.faults} == {
        ("3", "demand_id"),
        ("4", "demand_id"),
        ("3", "lat"),
        ("3", "people"),
        ("4", "people"),
    }
    with pytest.raises(DataError, match="unknown coordinate reference system"):
        points_from_table(tmp_path / "cells.csv", weights={"people": "people"}, crs="EPSG:1")


# --- vector grids -----------------------------------------------------------------------------------------


def test_ssb_cell_numbers_are_lower_left_corners():
    x, y = ssb_cell_centres(pd.Series(["23530007287000"]), 1000)
    assert (x.item(), y.item()) == (353500.0, 7287500.0)
    with pytest.raises(DataError) as caught:
        ssb_cell_centres(pd.Series(["23532507287000", "x", "7", "23530007287000"]), 1000)
    assert [fault.row for fault in caught.value.faults] == ["2", "3", "4"]


@pytest.mark.shared
def test_the_ssb_grids_coordinates_follow_from_their_numbers(shared):
    for name, column, size in (
        ("ssb_pop250m_2022_nnorway.csv", "ssbid0250m", 250),
        ("ssb_pop1km_2019_nnorway.csv", "SSBID1000M", 1000),
    ):
        table = pd.read_csv(shared / "population" / name, dtype={column: str})
        x, y = ssb_cell_centres(table[column], size)
        np.testing.assert_array_equal(x, table["x"])
        np.testing.assert_array_equal(y, table["y"])


@pytest.mark.shared
def test_a_polygon_grid_of_helsinki(shared):
    file = shared / "helsinki" / "helsinki_population_grid_2020.gpkg"
    found = points_from_grid(file, weights={"people": "population"}, id_column="id")
    cells = gpd.read_file(file)
    assert found.totals()["people"] == cells["population"].sum() == 71724
    inside = gpd.GeoSeries(gpd.points_from_xy(found.table["lon"], found.table["lat"]), crs=4326).within(
        cells.set_index(cells["id"].astype(str)).geometry.loc[found.table["demand_id"]].reset_index(drop=True)
    )
    assert inside.all()


def grid_file(tmp_path, cells, people, crs=3067, name="grid.gpkg"):
    layer = gpd.GeoDataFrame({"n": people}, geometry=cells, crs=crs)
    layer.to_file(tmp_path / name)
    return tmp_path / name


def test_cells_that_overlap_would_count_people_twice(tmp_path):
    cells = [box(385000, 6672000, 385250, 6672250), box(385200, 6672000, 385450, 6672250)]
    with pytest.raises(DataError, match=r"row 0: overlaps 1 by 12,\d+ m²: people there would count twice"):
        points_from_grid(grid_file(tmp_path, cells, [1, 2]), weights={"people": "n"})


def test_empty_cells_are_left_out_and_said(tmp_path):
    cells = [box(385000 + 250 * i, 6672000, 385250 + 250 * i, 6672250) for i in range(3)]
    found = points_from_grid(grid_file(tmp_path, cells, [1, 0, 2]), weights={"people": "n"})
    assert found.table["demand_id"].tolist() == ["0", "2"]
    assert "1 cells with nobody left out" in found.notes[0]
    with pytest.raises(DataError, match="holds nobody"):
        points_from_grid(grid_file(tmp_path, cells, [0, 0, 0], name="no.gpkg"), weights={"people": "n"})


def test_a_grid_without_crs_needs_one_named(tmp_path):
    cells = [box(385000, 6672000, 385250, 6672250)]
    file = tmp_path / "grid.parquet"
    gpd.GeoDataFrame({"n": [3]}, geometry=cells).to_parquet(file)
    with pytest.raises(DataError, match="no coordinate reference system"):
        points_from_grid(file, weights={"people": "n"})
    found = points_from_grid(file, weights={"people": "n"}, crs=3067)
    assert found.table["lat"].item() == pytest.approx(60.17, abs=0.02)


def test_only_polygons_make_a_grid(tmp_path):
    gpd.GeoDataFrame({"n": [1]}, geometry=[Point(25, 60)], crs=4326).to_file(tmp_path / "p.gpkg")
    with pytest.raises(DataError, match="is no polygon"):
        read_polygons(tmp_path / "p.gpkg")
    (tmp_path / "broken.gpkg").write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be read as polygons"):
        read_polygons(tmp_path / "broken.gpkg")


# --- municipalities ---------------------------------------------------------------------------------------

AREAS = gpd.GeoDataFrame(
    index=["0202", "0101"],
    geometry=[box(510000, 7600000, 520000, 7610000), box(500000, 7600000, 510000, 7610000)],
    crs=UTM33,
)


def at_metres(xy, people):
    where = gpd.GeoSeries([Point(*point) for point in xy], crs=UTM33).to_crs(4326)
    return points(people, lon=where.x.tolist(), lat=where.y.tolist(), codes=[""] * len(people))


def test_points_get_the_municipality_that_holds_them_and_outsiders_are_listed():
    found, outside = assign_municipalities(
        at_metres([(505000, 7605000), (515000, 7605000), (520300, 7605000), (600000, 7605000)], [1, 2, 4, 8]),
        AREAS,
        metric_epsg=UTM33,
        nearest_within_m=500,
    )
    assert found.table["municipality_code"].tolist() == ["0101", "0202", "0202", ""]
    assert outside["demand_id"].tolist() == ["d2", "d3"]
    assert outside["assigned"].tolist() == [True, False]
    assert outside["nearest_code"].tolist() == ["0202", "0202"]
    assert outside["distance_m"].iloc[0] == pytest.approx(300, abs=0.5)
    assert any("1 points (8 people) lie outside every municipality" in note for note in found.notes)


def test_overlapping_municipalities_are_refused():
    wrong = gpd.GeoDataFrame(
        index=["a", "b", "c"],
        geometry=[box(0, 0, 1000, 1000), box(500, 0, 1500, 1000), box(1400, 0, 2400, 1000)],
        crs=UTM33,
    )
    with pytest.raises(DataError) as caught:
        assign_municipalities(points([1]), wrong, metric_epsg=UTM33)
    assert [fault.row for fault in caught.value.faults] == ["a", "b"]
    with pytest.raises(DataError, match="no coordinate reference system"):
        assign_municipalities(points([1]), wrong.set_crs(None, allow_override=True), metric_epsg=UTM33)


@pytest.mark.shared
def test_the_250_m_grid_lies_in_its_municipalities(shared):
    cells = ssb_250(shared)
    areas = read_areas(
        shared / "boundaries" / "municipalities_nnorway_2024.geojson",
        set(cells.table["municipality_code"]),
        "kommunenummer",
    )
    found, outside = assign_municipalities(cells, areas, metric_epsg=UTM33, nearest_within_m=1000)
    same = found.table["municipality_code"].to_numpy() == cells.table["municipality_code"].to_numpy()
    assert same.mean() > 0.99  # the rest stand on a border or a simplified shore
    # The polygons' shores are simplified: one person in 23 lives outside them, all but a few within 1 km.
    assert 0.03 < outside["people"].sum() / cells.totals()["people"] < 0.05
    assert outside["assigned"].mean() > 0.99


# --- official totals --------------------------------------------------------------------------------------


def ssb_250(shared):
    return points_from_ssb_grid(
        shared / "population" / "ssb_pop250m_2022_nnorway.csv",
        weights={"people": "population_2022"},
        id_column="ssbid0250m",
        size_m=250,
        municipality_column="kommunenummer",
    )


def official(shared, column):
    table = pd.read_csv(shared / "facts" / "municipalities.csv", dtype={"code": str})
    return table.set_index("code")[column]


def test_scaling_by_hand():
    found = rescale_to(
        points([10, 30, 60], ["a", "a", "b"]), {"a": 20, "b": 90}, weight="people", whole=False
    )
    assert found.table["people"].tolist() == [5, 15, 90]
    assert "fractions of persons" in found.notes[-1]


def test_raised_cells_carry_the_correction_first():
    # 40 true persons and four cells raised to 5: 52 official persons leave 3 for each.
    given_points = points([40, 5, 5, 5, 5])
    found = rescale_to(given_points, {"0101": 52}, weight="people", whole=True, raised=5)
    assert found.table["people"].tolist() == [40, 3, 3, 3, 3]
    # 42 would leave 0.5 each; below one person a cell, everything is scaled.
    found = rescale_to(given_points, {"0101": 42}, weight="people", whole=False, raised=5)
    assert found.table["people"].to_numpy() == pytest.approx(np.array([40, 1, 1, 1, 1]) * 42 / 44)
    # More than before: raised cells stay at 5 and everything grows.
    found = rescale_to(given_points, {"0101": 120}, weight="people", whole=False, raised=5)
    assert found.table["people"].tolist() == [80, 10, 10, 10, 10]


def test_largest_remainder_by_hand():
    ids = np.array(["c", "a", "b"], dtype=object)
    assert largest_remainder(np.array([1.4, 1.4, 2.2]), 5, ids).tolist() == [1, 2, 2]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 500), st.sampled_from("abc")), min_size=1, max_size=30),
    st.integers(0, 5000),
    st.randoms(use_true_random=False),
)
def test_whole_persons_reconcile_and_do_not_depend_on_row_order(cells, total, random):
    people, codes = [cell[0] for cell in cells], [cell[1] for cell in cells]
    totals = dict.fromkeys(codes, total)
    found = rescale_to(points(people, codes), totals, weight="people", whole=True)
    check_totals(found, totals, weight="people")
    values = found.table["people"]
    assert (values == values.round()).all()
    assert (values >= 0).all()
    exact = rescale_to(points(people, codes), totals, weight="people", whole=False).table["people"]
    assert (values - exact).abs().max() < 1
    order = list(range(len(cells)))
    random.shuffle(order)
    shuffled = points(people, codes).table.iloc[order].reset_index(drop=True)
    again = rescale_to(DemandPoints(shuffled, ("people",)), totals, weight="people", whole=True)
    assert (
        again.table.set_index("demand_id")["people"].to_dict()
        == found.table.set_index("demand_id")["people"].to_dict()
    )


def test_every_fault_of_the_totals_is_listed():
    table = points([10, 20, 30, 0], ["a", "b", "", "e"])
    with pytest.raises(DataError) as caught:
        rescale_to(table, {"a": 10.5, "c": 7, "d": math.nan, "e": 3}, weight="people", whole=True)
    assert {fault.row for fault in caught.value.faults} == {"", "a", "b", "c", "d", "e"}
    assert "without a municipality" in str(caught.value)


def test_reconciliation_tells_persons_too_many():
    table = reconciliation(points([10, 20], ["a", "b"]), {"a": 8, "c": 5}, weight="people")
    assert table["difference"].tolist()[0] == 2
    assert table.loc["c", "points"] == 0
    assert math.isnan(table.loc["b", "official"])
    with pytest.raises(DataError) as caught:
        check_totals(points([10, 20], ["a", "b"]), {"a": 8, "c": 5}, weight="people")
    assert [fault.row for fault in caught.value.faults] == ["a", "b", "c"]


@pytest.mark.shared
def test_the_ssb_grid_comes_to_the_official_population_to_the_last_person(shared):
    cells = ssb_250(shared)
    before = reconciliation(cells, official(shared, "population_2022_ssb"), weight="people")
    assert before["points"].sum() / before["official"].sum() == pytest.approx(1.07, abs=0.005)
    assert before.loc["5546", "ratio"] == pytest.approx(1.41, abs=0.005)  # Kvænangen
    totals = official(shared, "population_2022_ssb")
    found = rescale_to(cells, totals, weight="people", whole=True, raised=5)
    check_totals(found, totals, weight="people")
    # The cells of more than 5 are true counts and stay; the raised ones get the weight found independently.
    large = cells.table["people"] > 5
    assert (found.table.loc[large, "people"] == cells.table.loc[large, "people"]).all()
    exact = rescale_to(cells, totals, weight="people", whole=False, raised=5)
    small = exact.table[~large].groupby("municipality_code")["people"].mean()
    published = official(shared, "weight_used_for_cells_of_5")
    assert (small - published.loc[small.index]).abs().max() < 0.0051


# --- coarser points ---------------------------------------------------------------------------------------


def test_aggregation_by_hand_keeps_sums_and_reports_the_distance():
    fine = at_metres([(500000, 7600000), (503000, 7600000), (500000, 7604000)], [60, 30, 10])
    places = at_metres([(500000, 7600000), (503000, 7601000), (590000, 7600000)], [1, 1, 1]).table
    found = aggregate_to_places(fine, places, metric_epsg=UTM33)
    assert found.points.table["people"].tolist() == [70, 30]
    assert found.members["place_id"].tolist() == ["d0", "d1", "d0"]
    assert found.members["moved_km"].to_numpy() == pytest.approx([0, 1, 4], abs=1e-3)
    row = found.moved.iloc[0]
    assert row["mean_km"] == pytest.approx((30 * 1 + 10 * 4) / 100, abs=1e-3)
    assert row["p90_km"] == pytest.approx(1, abs=1e-3)
    assert row["worst_km"] == pytest.approx(4, abs=1e-3)
    assert found.points.totals() == {"people": 100}
    assert found.points.table["mean_access_km"].iloc[0] == pytest.approx(40 / 70, abs=1e-3)
    assert "1 places are nearest to nobody" in found.points.notes[-1]


def test_people_stay_in_their_municipality_or_it_is_an_error():
    fine = points([5, 5], ["a", "b"], lon=[18.0, 18.1], lat=[69.0, 69.0])
    places = points([1, 1], ["a", "a"], lon=[18.1, 18.0], lat=[69.0, 69.0]).table
    with pytest.raises(DataError, match="row b: there are people but no place"):
        aggregate_to_places(fine, places, metric_epsg=UTM33)
    free = aggregate_to_places(fine, places, metric_epsg=UTM33, same_municipality=False)
    assert free.members["place_id"].tolist() == ["d1", "d0"]
    with pytest.raises(DataError, match="stands twice"):
        aggregate_to_places(fine, pd.concat([places, places]), metric_epsg=UTM33)
    with pytest.raises(DataError, match="'lon'"):
        aggregate_to_places(fine, places.drop(columns="lon"), metric_epsg=UTM33)
    with pytest.raises(DataError, match="metres are wanted"):
        aggregate_to_places(fine, places, metric_epsg=4326)


def test_cells_join_at_the_centre_of_gravity():
    fine = at_metres([(500100, 7600100), (500900, 7600100), (501100, 7600100)], [30, 10, 5])
    found = aggregate_to_cells(fine, size_m=1000, metric_epsg=UTM33)
    assert found.points.table["people"].tolist() == [40, 5]
    assert found.points.table["points_joined"].tolist() == [2, 1]
    assert found.members["moved_km"].to_numpy() == pytest.approx([0.2, 0.6, 0], abs=1e-3)
    with pytest.raises(DataError, match="above 0 m"):
        aggregate_to_cells(fine, size_m=0, metric_epsg=UTM33)


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 5000), st.integers(0, 5000), st.sampled_from("ab")),
        min_size=1,
        max_size=20,
    )
)
def test_aggregation_loses_nobody_in_any_municipality(cells):
    fine = at_metres([(500000 + c[1], 7600000 + c[2]) for c in cells], [c[0] for c in cells])
    fine = fine.with_table(fine.table.assign(municipality_code=[c[3] for c in cells]))
    for found in (
        aggregate_to_cells(fine, size_m=1000, metric_epsg=UTM33),
        aggregate_to_places(fine, fine.table.iloc[::-1], metric_epsg=UTM33),
    ):
        pd.testing.assert_frame_equal(found.points.by_municipality(), fine.by_municipality())
        assert len(found.members) == len(fine)


@pytest.mark.shared
def test_settlements_of_the_study_follow_from_the_grid(shared):
    """The published settlements were made the same way: cells to the nearest network place at home."""
    cells = rescale_to(
        ssb_250(shared), official(shared, "population_2022_ssb"), weight="people", whole=False, raised=5
    )
    cells = rescale_to(cells, official(shared, "population_2026"), weight="people", whole=False)
    settlements = pd.read_csv(shared / "facts" / "settlements.csv", dtype={"municipality_code": str})
    places = settlements.rename(columns={"node": "name"}).assign(demand_id=settlements["node"])
    found = aggregate_to_places(cells, places, metric_epsg=UTM33)
    assert found.points.totals()["people"] == pytest.approx(official(shared, "population_2026").sum())
    published = settlements.set_index("node")[
        ["population_2026", "inhabited_250m_cells", "mean_access_km"]
    ].rename(columns={"mean_access_km": "mean_access_km_published"})
    table = found.points.table.set_index("demand_id").join(published)
    assert (table["points_joined"] - table["inhabited_250m_cells"]).abs().sum() < 0.01 * len(cells)
    big = table[table["population_2026"] > 1000]
    assert (big["mean_access_km"] - big["mean_access_km_published"]).abs().median() < 0.01
    assert (big["people"] / big["population_2026"] - 1).abs().median() < 0.01
