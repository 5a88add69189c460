"""Cost matrices and weights as people have them: names are names, minutes are minutes, or it is refused."""

from __future__ import annotations

import itertools
import json
import warnings

import numpy as np
import pandas as pd
import pytest

from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import id_column
from geoaccess.questions.solve.answer import read_costs, read_vector
from networks.table_files import TableNotice

#: Minutes of three people to three sites; a, b, c in turn give the means 40, 38 1/3 and 38.
MINUTES = [[10, 30, 50], [40, 5, 60], [70, 80, 4]]
#: The same under headings that say that the first column names the rows.
LABELLED = {
    "numbers under id": "id,a,b,c\n1,10,30,50\n2,40,5,60\n3,70,80,4\n",
    "pandas' index": ",a,b,c\n0,10,30,50\n1,40,5,60\n2,70,80,4\n",
    "texts": "x,a,b,c\nn,10,30,50\nm,40,5,60\no,70,80,4\n",
    "municipalities": "kommunenr,a,b,c\n1804,10,30,50\n1806,40,5,60\n0301,70,80,4\n",
    "upper case": "ID,a,b,c\n1,10,30,50\n2,40,5,60\n3,70,80,4\n",
    "camel case": "demandId,a,b,c\n1,10,30,50\n2,40,5,60\n3,70,80,4\n",
    "cells of a grid": "ssbid0250m,a,b,c\n1,10,30,50\n2,40,5,60\n3,70,80,4\n",
    "index and ids": ",fid,a,b,c\n0,7,10,30,50\n1,8,40,5,60\n2,9,70,80,4\n",
    "numbers as names of sites": "id,1,2,3\n1,10,30,50\n2,40,5,60\n3,70,80,4\n",
    "index of an unnamed frame": ",0,1,2\n0,10,30,50\n1,40,5,60\n2,70,80,4\n",
    "a square of codes": ",1804,1806,1811\n1804,10,30,50\n1806,40,5,60\n1811,70,80,4\n",
    "Norwegian Excel": "nr;a;b;c\n1;10,0;30,0;50,0\n2;40,0;5,0;60,0\n3;70,0;80,0;4,0\n",
}


@pytest.fixture
def geoaccess(capsys):
    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", LABELLED)
def test_row_labels_are_no_minutes(tmp_path, name):
    costs = read_costs(written(tmp_path / "costs.csv", LABELLED[name]))
    assert costs.to_numpy().tolist() == MINUTES
    assert len(set(costs.index)) == 3


def test_the_best_site_is_no_column_of_ids(geoaccess, tmp_path):
    best = min(sum(row[site] for row in MINUTES) / 3 for site in range(3))
    for number, text in enumerate(LABELLED.values()):
        path = written(tmp_path / f"costs{number}.csv", text)
        code, out, _ = geoaccess("solve", "p-median", "--costs", path, "--p", 1, "--json")
        assert code == 0
        assert json.loads(out)["objective"] == pytest.approx(best)


def test_a_matrix_without_labels_whose_first_column_can_be_none(tmp_path):
    for text in ("a,b\n1.5,2\n3,4\n", "a,b\n7,2\n7,4\n", "a,b\n,2\n3,4\n"):
        costs = read_costs(written(tmp_path / "costs.csv", text))
        assert costs.columns.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kommune,a,b\n1804,10,30\n1806,40,5\n", "may hold names of the rows or minutes"),
        ("a,b\n10,30\n40,5\n", "may hold names of the rows or minutes"),
        ("10,30,50\n40,5,60\n70,80,4\n", "first row holds figures"),
        ("x,10,30\ny,40,5\n", "first row holds figures"),
        (",10,30\n40,5,60\n70,80,4\n", "first row holds figures"),
        ("10.5;30\n40;5\n", "first row holds figures"),
        ("id,kommunenr,a\n1,1804,10\n2,1806,20\n", "column 'kommunenr': stands among the sites"),
        ("id,people,a\n1,100,10\n2,200,20\n", "column 'people': stands among the sites"),
        ("name,lon,lat,a\nx,14,67,10\ny,14,67,20\n", "column 'lon': stands among the sites"),
        ("id,a,b,total\n1,1,2,3\n2,4,5,9\n", "column 'total': stands among the sites"),
        ("id,a,b,totalt\n1,1,2,0\n2,4,5,0\n", "column 'totalt': stands among the sites"),
        ("id,a,b,Gjennomsnitt\n1,1,2,0\n2,4,5,0\n", "column 'Gjennomsnitt': stands among the sites"),
        ("id,x,y,a,b\n1,14,67,40,60\n2,14,67,40,45\n", "column 'x': stands among the sites"),
        ("id;Øst;Nord;a\n1;14;67;40\n2;14;67;45\n", "column 'Øst': stands among the sites"),
        ("id,X (UTM33),Y (UTM33),a\n1,14,67,40\n2,14,67,45\n", "column 'Y .UTM33.': stands among"),
        ("id,lengdegrad,breddegrad,a\n1,14,67,40\n", "column 'breddegrad': stands among the sites"),
        ("id,antall innbyggere,a\n1,100,40\n2,50,45\n", "column 'antall innbyggere': stands among"),
        ("id,Befolkning 2024,a\n1,100,40\n2,50,45\n", "column 'Befolkning 2024': stands among"),
        ("id,a,a\n1,10,20\n2,30,40\n", "columns with the same heading: a"),
        ("id,a,b\n1,10,20\n1,30,40\n", "stands in row 2 already"),
        ("id,a,b\nx,10,20\n,30,40\n", "must not be blank"),
        ("id,a,b\nx,10,20\ny,30\n", "is the file cut off"),
        ("id,a\nx,-1\ny,3\n", "must be at least 0"),
        ("origin,destination,minutes\n1,2,30\n2,1,40\n", "table of pairs"),
        ("From_ID,To_ID,travel_time_p50\n1,2,30\n2,1,40\n", "table of pairs"),
        ("from_id,to_id,distance\n1,2,30\n2,1,40\n", "table of pairs"),
        ("id;a;b\n1;1,500;2,250\n2;3,125;4,750\n", "decimal or between thousands"),
        ("id\n1\n2\n", "no column of minutes"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        read_costs(written(tmp_path / "costs.csv", text))


def test_an_archive_of_several_arrays_names_the_one(tmp_path):
    np.savez(tmp_path / "two.npz", people=np.ones((2, 2)), minutes=np.full((2, 2), 7.0))
    with pytest.raises(DataError, match="holds the arrays people, minutes; name one of them costs"):
        read_costs(tmp_path / "two.npz")
    np.savez(tmp_path / "named.npz", costs=np.full((2, 2), 7.0), weights=np.array([1.0, 2.0]))
    assert read_costs(tmp_path / "named.npz").to_numpy().tolist() == [[7, 7], [7, 7]]
    assert read_vector(tmp_path / "named.npz", pd.RangeIndex(2)).tolist() == [1, 2]


def test_row_labels_of_parquet_stay(tmp_path):
    frame = pd.DataFrame(MINUTES, index=["x", "y", "w"], columns=["a", "b", "c"])
    frame.to_parquet(tmp_path / "costs.parquet")
    assert read_costs(tmp_path / "costs.parquet").index.tolist() == ["x", "y", "w"]


WEIGHTS = {
    "a code behind": "id,people,code\nx,100,1804\ny,50,1806\nw,1,9999\n",
    "a code before": "code,id,people\n1804,x,100\n1806,y,50\n9999,w,1\n",
    "swapped": "people,id\n100,x\n50,y\n1,w\n",
    "folketall": "navn;kommunenr;folketall\nx;1804;100\ny;1806;50\nw;9999;1\n",
    "index": ",id,people\n0,x,100\n1,y,50\n2,w,1\n",
    "any heading": "who,how_many\nx,100\ny,50\nw,1\n",
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_weight_is_the_number_of_people(geoaccess, tmp_path, name):
    costs = written(tmp_path / "costs.csv", "id,a,b,c\nx,10,30,50\ny,40,5,60\nw,70,80,4\n")
    weights = written(tmp_path / "weights.csv", WEIGHTS[name])
    code, out, _ = geoaccess("solve", "p-median", "--costs", costs, "--weights", weights, "--p", 1, "--json")
    assert code == 0
    assert json.loads(out)["chosen"] == ["a"]
    assert json.loads(out)["objective"] == pytest.approx((100 * 10 + 50 * 40 + 1 * 70) / 151)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,100\ny,50\nw,1\n", "first row holds a figure"),
        ("100\n50\n1\n", "first row holds a figure"),
        ("id,a,b\nx,1,2\ny,3,4\nw,5,6\n", "which column holds the weights"),
        ("id,people,calls\nx,1,2\ny,3,4\nw,5,6\n", "which column holds the weights"),
        ("id,code\nx,1\ny,3\nw,5\n", "which column holds the weights"),
        ("id,people\nx,1\nx,2\ny,3\nw,5\n", "stands in row 2 already"),
        ("id,people\nx,1\ny,3\n", "no row for this name"),
        ("id,people\nx,1\ny,nan\nw,3\n", "is not a number"),
        ("id;people\nx;1,200\ny;3,500\nw;5,100\n", "decimal or between thousands"),
    ],
)
def test_unclear_weights_are_refused(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        read_vector(written(tmp_path / "weights.csv", text), pd.Index(["x", "y", "w"]))


@pytest.mark.parametrize(
    "figure", ["999", "9999", "99999", "999999", "65535", "2147483647", "1e9", "9999.9", "1e30"]
)
def test_figures_that_stand_for_none_are_counted(tmp_path, figure):
    path = written(tmp_path / "costs.csv", f"id,a,b\nx,10,{figure}\ny,{figure},20\nw,5,{figure}\n")
    with pytest.warns(TableNotice) as caught:
        read_costs(path)
    assert [str(one.message) for one in caught] == [
        f"costs.csv: column 'a': 1 x {float(figure):.15g}, a figure that often stands for a missing one",
        f"costs.csv: column 'b': 2 x {float(figure):.15g}, a figure that often stands for a missing one",
    ]


def test_usual_figures_are_not(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", TableNotice)
        read_costs(written(tmp_path / "costs.csv", "id,a,b\nx,99,1440\ny,998.9,10000\nw,0,\n"))


MODELS = {
    "p-median": ["--p", 1],
    "p-center": ["--p", 1],
    "partial-p-center": ["--p", 1, "--share", 0.9],
    "lexicographic-minimax": ["--p", 1],
    "mclp": ["--p", 1, "--radius", 20],
    "lscp": ["--radius", 20],
    "mexclp": ["--p", 1, "--radius", 20, "--busy", 0.3],
    "maximal-survival": ["--p", 1, "--survival", "cardiac-arrest"],
    "tail-mean": ["--p", 1, "--tail", 0.2],
    "mean-difference": ["--p", 1],
    "gini": ["--p", 1],
    "iso-elastic": ["--p", 1, "--alpha", 0.5, "--horizon", 100],
    "kolm-pollak": ["--p", 1, "--aversion", 0.1],
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("shape", ["long", "wide"])
def test_people_whom_the_costs_do_not_name_are_unserved_by_name(geoaccess, tmp_path, model, shape):
    text = "from_id,to_id,travel_time_min\nx,a,5\ny,a,9\n" if shape == "long" else "id,a\nx,5\ny,9\n"
    costs = written(tmp_path / "costs.csv", text)
    weights = written(tmp_path / "weights.csv", "id,people\nx,100\ny,50\nq,1000\n")
    code, out, err = geoaccess(
        "solve", model, "--costs", costs, "--weights", weights, *MODELS[model], "--json"
    )
    told = json.loads(out)
    assert code == 0
    assert told["chosen"] == ["a"]
    assert told["unserved"]["unreachable"] == 1000
    assert told["unserved_names"]["unreachable"] == ["q"]
    assert "weights.csv: not among the costs, so no site reaches them: q (weight 1000)" in err


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["name", "id"], "id"),
        (["navn", "ID", "lon"], "ID"),
        (["kommunenr", "navn"], "kommunenr"),
        (["fid", "orgnr"], "orgnr"),
        (["OBJECTID", "name"], "OBJECTID"),
        (["lon", "lat", "Navn"], "Navn"),
        (["", "lon", "lat"], ""),
        (["postnr", "name"], "postnr"),
        (["station_key", "name"], "station_key"),
        (["facility_id", "municipality_code"], "facility_id"),
    ],
)
def test_one_rule_for_the_column_of_ids(columns, found):
    assert id_column(columns, where="t") == found


def test_no_column_of_ids_is_a_fault_and_places_are_none():
    for columns in (["lon", "lat"], ["Astrid", "Madrid", "Barcode"], ["people", ""]):
        with pytest.raises(DataError, match="no column of ids"):
            id_column(columns, where="t")


def test_the_rule_does_not_turn_on_the_order_of_columns():
    named = ["name", "code", "facility_id", "id"]
    assert {id_column(order, where="t") for order in itertools.permutations(named)} == {"id"}


@pytest.mark.parametrize(
    "sites", ["x,y", "w,x,y,z", "x,y,z", "d,e,m,n", "Nord,Sør", "Øst,Vest", "n,x", "Nordby,Østby"]
)
def test_sites_that_are_called_like_axes_stay_sites(tmp_path, sites):
    names = sites.split(",")
    minutes = ",".join(str(10 + number) for number in range(len(names)))
    costs = read_costs(written(tmp_path / "costs.csv", f"id,{sites}\nq1,{minutes}\nq2,{minutes}\n"))
    assert costs.columns.tolist() == names


@pytest.mark.parametrize("headings", ["krets,people", "krets,antall", "people,krets"])
def test_numbers_that_people_are_counted_by_are_no_names(tmp_path, headings):
    """The people of three other places are 3, 2 and 1: no names of the rows 1, 2 and 3."""
    path, rows = tmp_path / "weights.csv", [("11", "3"), ("12", "2"), ("14", "1")]
    if headings.startswith("people"):
        rows = [row[::-1] for row in rows]
    path.write_text("\n".join([headings, *map(",".join, rows)]), encoding="utf-8")
    with pytest.raises(DataError, match="no row for this name"):
        read_vector(path, pd.Index(["1", "2", "3"]))
    assert read_vector(path, pd.Index(["14", "11", "12"])).tolist() == [1.0, 3.0, 2.0]


@pytest.mark.parametrize("column", [["7", "7", "9"], ["1.1", "1.2", "1.3"]])
def test_a_first_column_that_is_read_as_a_site_is_told(tmp_path, column):
    path = tmp_path / "costs.csv"
    rows = [f"{first},{row},30" for row, first in enumerate(column)]
    path.write_text("\n".join(["krets,a,b", *rows]), encoding="utf-8")
    with pytest.warns(TableNotice, match="no column names the rows.*'krets', is read as a site"):
        assert list(read_costs(path)) == ["krets", "a", "b"]


SUMS = [
    "sum",
    "Sum",
    "TOTAL",
    "total:",
    "Totalt",
    "I alt",
    "i alt:",
    "Grand total",
    "Til sammen",
    "Gjennomsnitt",
    "mean",
]


@pytest.mark.parametrize("label", SUMS)
def test_rows_that_sum_the_others_up_are_no_places(tmp_path, label):
    """As pivot tables and spreadsheets end; counted as people they would be half of all."""
    wide = f"id,a,b\nx,10,30\ny,40,5\n{label},50,35\n"
    long = f"from_id,to_id,travel_time_min\nx,a,5\n{label},a,9\n"
    to = f"from_id,to_id,travel_time_min\nx,a,5\nx,{label},9\n"
    for text, row in ((wide, 4), (long, 3), (to, 3)):
        with pytest.raises(DataError, match=rf"row {row}, .*sums or averages the other rows.*'{label}'"):
            read_costs(written(tmp_path / "costs.csv", text))
    people = written(tmp_path / "weights.csv", f"id,people\nx,100\ny,50\n{label},150\n")
    with pytest.raises(DataError, match=r"row 4, column 'id': sums or averages the other rows"):
        read_vector(people, pd.Index(["x", "y"]))


@pytest.mark.parametrize("label", ["Sumba", "Totland", "Altea", "Minsk", "Maxvorstadt", "Snittind"])
def test_places_that_are_called_like_sums_stay_places(tmp_path, label):
    costs = read_costs(written(tmp_path / "costs.csv", f"id,a,{label}\nx,10,30\n{label},40,5\n"))
    assert costs.index.tolist() == ["x", label]
    assert costs.columns.tolist() == ["a", label]


@pytest.mark.parametrize("place", [0, 3])
def test_a_row_that_is_the_sum_of_the_others_under_another_name_is_told(tmp_path, place):
    rows = [["x", 10.0, 30.0], ["y", 40.0, 5.0], ["z", 7.5, 2.5]]
    rows.insert(place, ["Nordland", 57.5, 37.5])
    text = "\n".join(",".join(map(str, row)) for row in rows)
    with pytest.warns(TableNotice, match=r"'Nordland' is the sum of the other 3 and is counted like them"):
        read_costs(written(tmp_path / "costs.csv", f"id,a,b\n{text}\n"))
    people = "\n".join(f"{row[0]},{row[1]}" for row in rows)
    with pytest.warns(TableNotice, match=r"weights.csv: row 'Nordland' is the sum of the other 3"):
        read_vector(written(tmp_path / "weights.csv", f"id,people\n{people}\n"), pd.Index(["x", "y", "z"]))


ABOUT = [
    "population_total",
    "Population total",
    "people_80plus",
    "popTotal",
    "andel 80+",
    "pct_65",
    "80+ (%)",
]
ABOUT += ["Prosent", "Innbyggere i alt", "notes", "Merknad", "share of people over 80", "0-17 år"]
ABOUT += ["population density"]


@pytest.mark.parametrize("heading", ABOUT)
def test_columns_about_people_are_no_sites(tmp_path, heading):
    """One of 4 % beside minutes would be the best site of all."""
    with pytest.raises(DataError, match="stands among the sites, but is a heading of something else"):
        read_costs(written(tmp_path / "costs.csv", f"id,a,b,{heading}\nx,10,30,4\ny,40,5,3\n"))


@pytest.mark.parametrize(
    "heading", ["People's clinic", "Women's hospital", "Popp", "Ny 2", "Site 3", "Total Finnsnes"]
)
def test_sites_whose_names_hold_such_words_stay_sites(tmp_path, heading):
    costs = read_costs(written(tmp_path / "costs.csv", f"id,a,{heading}\nx,10,30\ny,40,5\n"))
    assert costs.columns.tolist() == ["a", heading]


def test_a_column_without_a_single_figure_is_told(tmp_path):
    with pytest.warns(TableNotice, match="nobody has minutes to remark of mine, which count as sites"):
        costs = read_costs(written(tmp_path / "costs.csv", "id,a,remark of mine\nx,10,\ny,40,\n"))
    assert costs.columns.tolist() == ["a", "remark of mine"]
