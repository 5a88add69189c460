"""Link tables to a network: the figures, the defaults, and every fault at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from networks import (
    FerryConditions,
    NetworkDataError,
    SpeedTable,
    network_from_links,
    read_link_folder,
    route,
    travel_time_matrix,
)
from networks.ferry_tables import weekdays_of
from networks.links import great_circle_m

Tables = dict[str, pd.DataFrame]


def minutes(net: Any, start: str, stop: str) -> float:
    return float(travel_time_matrix(net, [start], [stop])[0, 0])


def test_times_follow_from_length_and_speed(link_tables: Tables) -> None:
    net = network_from_links(**link_tables)
    assert minutes(net, "town", "village") == pytest.approx(12 / 69 * 60)
    assert minutes(net, "village", "valley") == pytest.approx(30 / 50 * 60)
    assert minutes(net, "valley", "village") == minutes(net, "village", "valley")
    faster = network_from_links(**link_tables, speeds=SpeedTable(european=120.0))
    assert minutes(faster, "town", "village") == pytest.approx(6)


def test_a_ferry_is_crossing_and_wait_apart(link_tables: Tables) -> None:
    net = network_from_links(**link_tables)
    leg = route(net, "quay", "island").legs[0]
    assert (leg.kind, leg.name, leg.link_ids) == ("ferry", "Quay-Island", ("f1",))
    assert leg.moving_min == 25
    assert leg.wait_min == 30 + 5
    assert leg.travel_time_min == 60


def test_blank_figures_get_stated_defaults(link_tables: Tables) -> None:
    link_tables["ferries"].loc[0, ["crossing_min", "headway_min", "length_km", "night", "last_departure"]] = (
        ""
    )
    net = network_from_links(**link_tables)
    circle = great_circle_m(*(np.asarray([v]) for v in (15.0, 68.0, 15.3, 68.0)))[0] / 1000
    assert minutes(net, "town", "quay") == pytest.approx(1.35 * circle / 69 * 60)
    leg = route(net, "quay", "island").legs[0]
    crossing_km = great_circle_m(*(np.asarray([v]) for v in (15.3, 68.0, 15.46, 68.04)))[0] / 1000
    assert leg.moving_min == pytest.approx(crossing_km / 20 * 60)
    assert leg.wait_min == 60 + 5
    assert net.provenance["assumptions"] == {
        "road_length_of_circle": ["r3"],
        "speed_of_class": ["r1", "r3"],
        "ferry_length_of_circle": ["f1"],
        "crossing_of_length": ["f1"],
        "night_unknown": ["f1"],
        "window_default": ["f1"],
        "headway_default": ["f1"],
    }
    assert net.provenance["assumption_counts"]["speed_of_class"] == 2
    assert set(leg.assumptions) == set(net.services[0].assumptions) | {"ferry_length_of_circle"}


def test_headway_from_departures_over_the_window(link_tables: Tables) -> None:
    link_tables["ferries"].loc[0, ["headway_min", "departures_per_day"]] = ["", "10"]
    net = network_from_links(**link_tables)
    assert net.services[0].headway_min == pytest.approx((24.5 - 6) * 60 / 10)
    assert "headway_of_departures" in net.services[0].assumptions
    link_tables["ferries"].loc[0, ["first_departure", "last_departure"]] = ""
    assert network_from_links(**link_tables).services[0].headway_min == pytest.approx(17 * 60 / 10)


def test_labels_carry_what_a_reader_asks_for(link_tables: Tables) -> None:
    net = network_from_links(**link_tables)
    frame = net.edges_frame().set_index(["link_id", "from_id"])
    assert frame.loc[("r2", "valley"), "pass_name"] == "Fjellet"
    assert frame.loc[("r2", "village"), "confidence"] == "recalled"
    assert frame.loc[("f1", "island"), "kind"] == "ferry"
    assert frame.loc[("f1", "island"), "direction"] == "backward"
    assert net.node_labels["name"].to_array().tolist()[0] == "Town"
    assert net.provenance["confidence_counts"] == {"recalled": 1, "sourced": 3}


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "expected"),
    [
        ("nodes", 0, "lat", "168.0", "must be from -90 to 90"),
        ("nodes", 1, "node_id", "town", "ids are unique"),
        ("nodes", 1, "node_id", "", "must not be blank"),
        ("nodes", 1, "lon", "", "must not be blank"),
        ("roads", 0, "to_node", "vilage", "did you mean 'village'"),
        ("roads", 0, "to_node", "town", "two different nodes"),
        ("roads", 0, "length_km", "-3", "must be above 0"),
        ("roads", 0, "length_km", "twelve", "is not a number"),
        ("roads", 0, "length_km", "1,5", "write a decimal point"),
        ("roads", 0, "length_km", "nan", "is not a number"),
        ("roads", 0, "road_class", "europan", "did you mean 'european'"),
        ("roads", 0, "speed_kph", "0", "must be above 0"),
        ("roads", 1, "road_id", "r1", "ids are unique"),
        ("ferries", 0, "to_node", "nowhere", "no such node"),
        ("ferries", 0, "night", "maybe", "must be one of"),
        ("ferries", 0, "first_departure", "6.30", "write HH:MM"),
        ("ferries", 0, "headway_min", "-1", "must be above 0"),
    ],
)
def test_a_fault_names_its_cell(
    link_tables: Tables, table: str, row: int, column: str, value: str, expected: str
) -> None:
    link_tables[table].loc[row, column] = value
    with pytest.raises(NetworkDataError, match=expected) as raised:
        network_from_links(**link_tables)
    fault = raised.value.faults[0]
    assert (fault.where, fault.row, fault.column, fault.value) == (table, str(row + 2), column, value)


def test_all_faults_come_at_once(link_tables: Tables) -> None:
    link_tables["nodes"].loc[0, "lat"] = "100"
    link_tables["roads"].loc[0, "length_km"] = "-1"
    link_tables["roads"].loc[2, "road_class"] = "goat track"
    link_tables["ferries"].loc[0, "to_node"] = "Atlantis"
    with pytest.raises(NetworkDataError) as raised:
        network_from_links(**link_tables)
    assert [fault.where for fault in raised.value.faults] == ["nodes", "roads", "roads", "ferries"]
    assert str(raised.value).count("\n") == 3


def test_missing_columns_and_empty_tables_are_told(link_tables: Tables) -> None:
    link_tables["roads"] = link_tables["roads"].rename(columns={"length_km": "lenght_km"})
    link_tables["nodes"] = link_tables["nodes"].iloc[:0]
    with pytest.raises(NetworkDataError) as raised:
        network_from_links(**link_tables)
    text = str(raised.value)
    assert "the table is empty" in text
    assert "column 'length_km': the column is missing; is 'lenght_km' meant?" in text


def write(tables: Tables, folder: Path) -> Path:
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_a_folder_reads_as_its_tables(link_tables: Tables, tmp_path: Path) -> None:
    folder = write(link_tables, tmp_path)
    from_files, from_memory = read_link_folder(folder), network_from_links(**link_tables)
    assert from_files.edges_frame().equals(from_memory.edges_frame())
    (folder / "ferries.csv").unlink()
    assert np.isnan(minutes(read_link_folder(folder), "town", "island"))


def test_numbers_in_memory_read_as_texts_do(link_tables: Tables) -> None:
    typed = {name: table.copy() for name, table in link_tables.items()}
    typed["nodes"][["lat", "lon"]] = typed["nodes"][["lat", "lon"]].astype(float)
    typed["roads"]["length_km"] = pd.to_numeric(typed["roads"]["length_km"])
    typed["ferries"]["crossing_min"] = 25
    assert network_from_links(**typed).edges_frame().equals(network_from_links(**link_tables).edges_frame())


def test_a_folder_with_missing_and_unreadable_files_is_refused(link_tables: Tables, tmp_path: Path) -> None:
    folder = write(link_tables, tmp_path)
    (folder / "nodes.csv").unlink()
    (folder / "roads.csv").write_bytes(b"")
    (folder / "ferries.csv").write_bytes(b"ferry_id,name\n\xff\xfe\x00,x\n")
    with pytest.raises(NetworkDataError) as raised:
        read_link_folder(folder)
    text = str(raised.value)
    assert "nodes.csv: the file does not exist" in text
    assert "roads.csv: the file is empty" in text
    assert "ferries.csv: holds zero bytes: it is no text file" in text


def test_no_ferries_is_no_fault(link_tables: Tables) -> None:
    net = network_from_links(link_tables["nodes"], link_tables["roads"], link_tables["ferries"].iloc[:0])
    assert net.services == ()
    assert np.isnan(minutes(net, "town", "island"))


def test_ferry_conditions_are_taken(link_tables: Tables) -> None:
    night = network_from_links(**link_tables, ferry_conditions=FerryConditions(time_min=180))
    assert np.isnan(minutes(night, "town", "island"))
    assert night.provenance["ferry_states"] == {"closed": ["f1"]}
    after_midnight = network_from_links(**link_tables, ferry_conditions=FerryConditions(time_min=15))
    assert minutes(after_midnight, "quay", "island") == 60


DEPARTURES = pd.DataFrame(
    {
        "ferry_id": ["f1"] * 4,
        "from_node": ["quay", "quay", "island", "quay"],
        "departure": ["07:00", "12:30", "08:15", "10:00"],
        "weekdays": ["mon-fri", "mon-fri", "", "sat,sun"],
    }
)


def at_six(tables: Tables, weekday: int, start: str = "quay", stop: str = "island") -> float:
    conditions = FerryConditions(model="timetable", time_min=360, weekday=weekday)
    net = network_from_links(**tables, departures=DEPARTURES, ferry_conditions=conditions)
    return minutes(net, start, stop)


def test_departure_tables_make_timetables(link_tables: Tables, tmp_path: Path) -> None:
    assert at_six(link_tables, 0) == 60 + 25
    assert at_six(link_tables, 5) == 240 + 25
    assert at_six(link_tables, 5, "island", "quay") == 135 + 25
    folder = write({**link_tables, "departures": DEPARTURES}, tmp_path)
    in_memory = network_from_links(**link_tables, departures=DEPARTURES)
    assert read_link_folder(folder).services == in_memory.services
    assert len(in_memory.services[0].departures_by_day) == 3


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", range(7)),
        ("daily", range(7)),
        ("Mon-Fri", range(5)),
        ("sat, sun", (5, 6)),
        ("fri-mon", (0, 4, 5, 6)),
        ("wednesday", (2,)),
        ("mon-fri-sun", ()),
        ("someday", ()),
        ("mon,", ()),
    ],
)
def test_weekdays_are_read(text: str, days: Sequence[int]) -> None:
    assert weekdays_of(text) == tuple(days)


def test_faults_in_departures_are_listed(link_tables: Tables) -> None:
    wrong = DEPARTURES.assign(
        ferry_id=["f1", "f9", "f1", "f1"],
        from_node=["town", "quay", "quay", "quay"],
        departure=["07:00", "08:00", "", "09:00"],
        weekdays=["", "", "", "now and then"],
    )
    with pytest.raises(NetworkDataError) as raised:
        network_from_links(**link_tables, departures=wrong)
    assert sorted((fault.row, fault.column) for fault in raised.value.faults) == [
        ("2", "from_node"),
        ("3", "ferry_id"),
        ("4", "departure"),
        ("5", "weekdays"),
    ]


def test_the_speed_table_refuses_what_no_car_drives() -> None:
    with pytest.raises(NetworkDataError, match="european"):
        SpeedTable(european=0)
    with pytest.raises(NetworkDataError, match="no such road class"):
        SpeedTable().changed({"motorway": 100})
    assert SpeedTable().changed({"private": 20}).as_dict()["private"] == 20


def test_great_circle_against_known_distances() -> None:
    metres = great_circle_m(*(np.asarray([value]) for value in (0.0, 0.0, 1.0, 0.0)))
    assert metres[0] == pytest.approx(6_371_008.8 * np.pi / 180)
    pole = great_circle_m(*(np.asarray([value]) for value in (15.0, 90.0, 40.0, 0.0)))
    assert pole[0] == pytest.approx(6_371_008.8 * np.pi / 2)


STUDY = Path(__file__).resolve().parents[2] / "data" / "nord-norge"
PLAUSIBLE = [
    ("mo-i-rana", "bodo", 200, 240),
    ("tromso", "narvik", 200, 260),
    ("alta", "hammerfest", 105, 140),
    ("bodo", "narvik", 270, 350),
    ("alta", "kirkenes", 440, 520),
    ("vadso", "kirkenes", 120, 155),
]


@pytest.mark.parametrize(("start", "stop", "low", "high"), PLAUSIBLE)
def test_the_embedded_study_drives_as_people_do(start: str, stop: str, low: float, high: float) -> None:
    net = read_link_folder(STUDY)
    assert low <= minutes(net, start, stop) <= high


def test_bodo_narvik_goes_by_bognes_skarberget() -> None:
    legs = route(read_link_folder(STUDY), "bodo", "narvik").legs
    assert [leg.name for leg in legs if leg.kind == "ferry"] == ["Bognes-Skarberget"]
