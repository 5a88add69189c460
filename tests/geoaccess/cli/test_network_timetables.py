"""``network build --gtfs`` and ``network departures``: timetables of a feed for the ferries of link tables."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from geoaccess.cli.app import run
from networks import load_network

FEED = {
    "routes": "route_id,route_type,route_short_name,route_long_name\nC,1004,C,\nE,1014,E,\n",
    "trips": "route_id,service_id,trip_id\nC,week,c1\nC,week,c2\nC,week,c3\nE,week,e1\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon\nW,West kai,69.501,18.0\nO,East kai,69.55,18.001\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "c1,07:00:00,07:00:00,W,1\nc1,07:12:00,07:12:00,O,2\n"
    "c2,08:00:00,08:00:00,O,1\nc2,08:12:00,08:12:00,W,2\n"
    "c3,24:30:00,24:30:00,W,1\nc3,24:50:00,24:50:00,O,2\n"
    "e1,09:00:00,09:00:00,W,1\ne1,09:04:00,09:04:00,O,2\n",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20260302,20260531\n",
    "calendar_dates": "service_id,date,exception_type\nweek,20260402,2\n",
}


@pytest.fixture
def feed(tmp_path):
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, text in FEED.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_a_network_has_the_real_week_of_the_feed(fjord, feed, tmp_path, capsys):
    """Maundy Thursday of 2026 has no boat; the express boat's 09:00 never reaches the car ferry."""
    net = tmp_path / "fjord.net"
    asked = ["network", "build", str(fjord), "--gtfs", str(feed), "--week-of", "2026-03-30", "-o", str(net)]
    assert run([*asked, "--ferries", "timetable", "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    (match,) = told["timetables"]
    assert match["from_stop"] == "W"
    assert match["cars"] == "yes"
    assert match["distance_m"] == pytest.approx(111, abs=3)
    assert "1 take none and are never used" in said.err
    (service,) = load_network(net).services
    assert service.sailings("forward", 2) == ((420.0, 12.0), (1470.0, 20.0))
    assert service.sailings("backward", 2) == ((480.0, 12.0),)
    assert service.sailings("forward", 3) == ()
    assert service.night == "closed"


def test_departures_are_written_for_planners_and_read_again(fjord, feed, tmp_path, capsys):
    out = fjord / "departures.csv"
    assert run(["network", "departures", str(fjord), "--gtfs", str(feed), "-o", str(out), "-q"]) == 0
    table = pd.read_csv(out)
    assert table[["from_node", "departure", "crossing_min"]].to_numpy().tolist() == [
        ["east", "08:00", 12.0],
        ["west", "07:00", 12.0],
        ["west", "24:30", 20.0],
    ]
    net = tmp_path / "fjord.net"
    assert run(["network", "build", str(fjord), "-o", str(net), "--ferries", "timetable", "-q"]) == 0
    assert load_network(net).services[0].sailings("forward", 0) == ((420.0, 12.0), (1470.0, 20.0))
    capsys.readouterr()
    assert (
        run(["route", str(net), "West", "East", "--leave", "06:50", "--weekday", "mon", "--json", "-q"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["travel_time_min"] == pytest.approx(10 + 12)


def test_a_study_without_departures_says_so(fjord, tmp_path, capsys):
    assert run(["network", "departures", str(fjord), "-o", str(tmp_path / "d.csv"), "-q"]) == 3
    assert "no departures are known" in capsys.readouterr().err
    assert not (tmp_path / "d.csv").exists()
