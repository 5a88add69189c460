"""``departures.csv``: days, dates and crossings of each departure, written and read back."""

from __future__ import annotations

import pandas as pd
import pytest

from networks import FerryConditions, NetworkDataError, load_network, network_from_links, save_network
from networks.boardings import sailings_of_day
from networks.osm import departures_of

NODES = pd.DataFrame(
    {
        "node_id": list("abc"),
        "name": list("ABC"),
        "lat": [68.0, 68.1, 68.3],
        "lon": [14.0] * 3,
        "kind": "quay",
    }
)
ROADS = pd.DataFrame(
    {
        "road_id": ["r"],
        "from_node": ["b"],
        "to_node": ["c"],
        "ref": ["Fv1"],
        "road_class": ["county_primary"],
        "length_km": ["30"],
        "speed_kph": ["60"],
    }
)
FERRIES = pd.DataFrame(
    {
        "ferry_id": ["f"],
        "name": ["A-B"],
        "from_node": ["a"],
        "to_node": ["b"],
        "crossing_min": [30],
        "length_km": [11],
    }
)
DEPARTURES = pd.DataFrame(
    [
        ("f", "a", "07:00", "mon-fri", "", "", ""),
        ("f", "a", "10:00", "mon-fri", "1 Jun", "31 Aug", "45"),
        ("f", "a", "25:30", "fri", "2026-11-01", "2027-03-31", ""),
        ("f", "b", "12:00", "", "", "", "40"),
    ],
    columns=["ferry_id", "from_node", "departure", "weekdays", "from_date", "to_date", "crossing_min"],
)


def network(departures=DEPARTURES):
    return network_from_links(
        NODES,
        ROADS,
        ferries=FERRIES,
        departures=departures,
        ferry_conditions=FerryConditions(model="timetable"),
    )


def on(month_day, weekday):
    return FerryConditions(model="timetable", boarding_min=5.0, month_day=month_day, weekday=weekday)


def test_days_dates_and_crossings_hold():
    (service,) = network().services
    board = 5.0
    assert sailings_of_day(service, "forward", on((7, 1), 2), 0) == ((420 - board, 30.0), (600 - board, 45.0))
    assert sailings_of_day(service, "forward", on((10, 1), 3), 0) == ((420 - board, 30.0),)
    assert sailings_of_day(service, "forward", on((1, 2), 4), 0) == (
        (420 - board, 30.0),
        (1530 - board, 30.0),
    )
    assert sailings_of_day(service, "forward", on((1, 3), 5), 0) == ()
    # Friday's boat of 25:30 is boarded on Saturday, on Friday's day of service.
    assert sailings_of_day(service, "forward", on((1, 3), 5), -1) == (
        (420 - 1440 - board, 30.0),
        (90 - board, 30.0),
    )
    assert sailings_of_day(service, "backward", on((1, 3), 5), 0) == ((720 - board, 40.0),)
    # Without a date, nothing of a season holds, as for ferries of a season.
    assert sailings_of_day(service, "forward", on(None, 4), 0) == ((420 - board, 30.0),)


def test_written_and_read_back(tmp_path):
    before = network()
    table = departures_of(before)
    assert table[["departure", "weekdays"]].to_numpy().tolist()[0] == ["07:00", "mon,tue,wed,thu,fri"]
    after = network(table.astype(str))
    assert after.services[0].departures_by_day == before.services[0].departures_by_day
    save_network(before, tmp_path / "net")
    assert load_network(tmp_path / "net").services == before.services


@pytest.mark.parametrize(
    ("column", "value"), [("from_date", "1 Jun"), ("to_date", "32 Jun"), ("crossing_min", "-3")]
)
def test_faults_are_told(column, value):
    wrong = DEPARTURES.astype(str).copy()
    wrong.loc[0, column] = value
    with pytest.raises(NetworkDataError) as caught:
        network(wrong)
    assert "departures" in str(caught.value)
