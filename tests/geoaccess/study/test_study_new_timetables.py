"""``study new --gtfs``: the ferries of a new study sail by a feed."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.cli.app import run

#: Two roads in two areas, a village in each, a hospital on the first: a region in thirty lines.
REGION = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
<node id="1" lat="60.00" lon="5.00"/><node id="2" lat="60.00" lon="5.10"/>
<node id="3" lat="60.10" lon="5.10"/><node id="4" lat="60.10" lon="5.00"/>
<node id="5" lat="60.00" lon="5.20"/><node id="6" lat="60.10" lon="5.20"/>
<node id="11" lat="60.05" lon="5.02"><tag k="place" v="village"/><tag k="name" v="Vest"/>
<tag k="population" v="1 200"/></node>
<node id="12" lat="60.05" lon="5.18"><tag k="place" v="village"/><tag k="name" v="=Øst"/>
<tag k="population" v="300"/></node>
<node id="13" lat="60.05" lon="5.10"><tag k="place" v="hamlet"/><tag k="name" v="Ingen"/></node>
<node id="14" lat="60.05" lon="5.021"><tag k="amenity" v="hospital"/><tag k="name" v="Sykehuset"/>
<tag k="emergency" v="yes"/></node>
<way id="21"><nd ref="11"/><nd ref="13"/><nd ref="12"/><tag k="highway" v="secondary"/></way>
<way id="31"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="7"/><tag k="name" v="Vestby"/></way>
<way id="32"><nd ref="2"/><nd ref="5"/><nd ref="6"/><nd ref="3"/><nd ref="2"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="7"/><tag k="name" v="Østby"/></way>
</osm>
"""


@pytest.fixture
def region(tmp_path: Path) -> Path:
    path = tmp_path / "region.osm"
    path.write_text(REGION, encoding="utf-8")
    return path


#: An islet off Vestby; the feed alone knows when its ferry sails.
_FERRY = """<node id="41" lat="60.05" lon="5.04"/><node id="42" lat="60.08" lon="5.04"/>
<node id="43" lat="60.09" lon="5.04"><tag k="place" v="village"/><tag k="name" v="Øya"/>
<tag k="population" v="40"/></node>
<way id="51"><nd ref="11"/><nd ref="41"/><tag k="highway" v="tertiary"/></way>
<way id="52"><nd ref="41"/><nd ref="42"/><tag k="route" v="ferry"/><tag k="motor_vehicle" v="yes"/>
<tag k="duration" v="00:10"/><tag k="name" v="Vest-Øya"/></way>
<way id="53"><nd ref="42"/><nd ref="43"/><tag k="highway" v="tertiary"/></way>
</osm>"""
_FEED = {
    "routes": "route_id,route_type,route_short_name,route_long_name\nC,1004,C,\nE,1014,E,\n",
    "trips": "route_id,service_id,trip_id\nC,week,c1\nC,week,c2\nE,week,e1\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon\nV,Vest kai,60.0505,5.04\nO,Øya kai,60.08,5.0405\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "c1,09:00:00,09:00:00,O,1\nc1,09:14:00,09:14:00,V,2\nc2,17:00:00,17:00:00,V,1\nc2,17:14:00,17:14:00,O,2\n"
    "e1,12:30:00,12:30:00,O,1\ne1,12:34:00,12:34:00,V,2\n",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,1,1,20260302,20260531\n",
}


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, text in _FEED.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_ferries_of_a_new_study_sail_by_a_feed(region: Path, feed: Path, tmp_path: Path, capsys) -> None:
    """Over the day a family on the islet waits for the 09:00 alone, never for the express boat of 12:30."""
    region.write_text(REGION.replace("</osm>\n", _FERRY), encoding="utf-8")
    target = tmp_path / "isle"
    asked = ["study", "new", str(target), "--osm", str(region), "--admin-level", "7", "--gtfs", str(feed)]
    assert run([*asked, "--week-of", "2026-03-30", "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    (match,) = told["timetables"]
    assert {match["from_stop"], match["to_stop"]} == {"V", "O"}
    assert match["departures"] == 14
    assert match["distance_m"] == pytest.approx(56, abs=3)
    assert "1 take none and are never used" in said.err
    assert any("1 of 1 ferry by the timetables of feed" in note for note in told["notes"])
    assert any("without a weekday" in note for note in told["notes"])
    study = ga.load_study(target)
    assert study.config.network.ferries.model == "timetable"
    assert "Departures of ferries: feed, the week from 2026-03-30" in study.config.study.sources
    command = ["access", str(target), "--around-the-clock", "--week-of", "2026-03-30", "--json", "-q"]
    assert run(command) == 0
    rows = pd.DataFrame(json.loads(capsys.readouterr().out)["points"]).set_index("name")
    islet = rows.loc["Øya"]
    assert islet["basis"] == "timetable"
    # One departure a day: the mean wait is half a day, whenever the family must be at the quay.
    assert islet["mean_min"] - islet["best_min"] == pytest.approx(720, abs=0.1)
    assert rows.loc["Vest", "basis"] == "road"


def test_a_week_without_a_feed_is_refused(region: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "s"
    assert run(["study", "new", str(target), "--osm", str(region), "--week-of", "2026-03-30"]) == 2
    assert "it goes with --gtfs" in capsys.readouterr().err
    assert not target.exists()


def test_a_feed_that_cannot_be_read_leaves_no_folder(region: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "s"
    asked = ["study", "new", str(target), "--osm", str(region), "--gtfs", str(tmp_path / "none.zip")]
    assert run(asked) == 3
    assert "none.zip" in capsys.readouterr().err
    assert not target.exists()
