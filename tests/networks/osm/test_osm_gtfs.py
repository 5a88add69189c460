"""Ferries of GTFS feeds: departures, days, frequencies, cars, and feeds that mean harm."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from datetime import date

import pytest

from networks.boardings import chances
from networks.errors import NetworkDataError, NetworkFileError
from networks.ferries import DayDepartures, FerryConditions, ferry_times
from networks.osm import gtfs_files, read_gtfs_ferries, read_gtfs_week
from networks.osm.ferry_timetable import match_stops
from networks.osm.gtfs_trips import cars_of

FEED = {
    "routes": "route_id,route_type,route_short_name,route_long_name,route_desc\n"
    "F,4,F1,Bognes - Lødingen,Bilferge\nB,3,1,Bus,\nH,1200,H1,Hurtigbåt,\nX,4,X,Unknown,\n",
    "trips": "route_id,service_id,trip_id,cars_allowed\n"
    "F,week,f1,1\nF,week,f2,\nF,sunday,f3,\nF,week,back,\nH,week,h1,\nB,week,b1,\nX,extra,x1,\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
    "A,Bognes,68.232,16.085\nB,Lødingen,68.41373,15.99626\nC,Skarberget,68.256,16.268\nZ,Bus stop,none,none\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "f1,06:00:00,06:00:00,A,1\nf1,07:00:00,07:00:00,B,2\n"
    "f2,23:30:00,23:30:00,A,1\nf2,24:30:00,24:30:00,B,2\n"
    "f3,10:00:00,10:00:00,A,1\nf3,11:10:00,11:10:00,B,2\n"
    "back,12:00:00,12:00:00,B,2\nback,13:00:00,13:00:00,A,7\n"
    "h1,08:00:00,08:00:00,A,1\nh1,08:20:00,08:25:00,B,2\nh1,09:00:00,09:00:00,C,3\n"
    "x1,08:00:00,08:00:00,C,1\nx1,08:10:00,08:10:00,B,2\n"
    "b1,08:00:00,08:00:00,Z,1\nb1,bad,bad,Z,2\n",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,1,0,20260101,20261231\nsunday,0,0,0,0,0,0,1,20260101,20261231\n",
    "calendar_dates": "service_id,date,exception_type\nweek,20260517,1\nweek,20261224,2\nextra,20260701,1\n",
}


@pytest.fixture
def feed(tmp_path):
    """Writes a feed as a folder, with changes by table; None leaves a table out."""

    def write(**changes):
        for name, text in (FEED | changes).items():
            if text is not None:
                (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def zipped(tmp_path, members):
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def by_stops(ferries):
    """By pair of stops; where a car ferry and an express boat join them, the car ferry."""
    order = sorted(ferries.ferries, key=lambda ferry: ("no", "unsaid", "yes").index(ferry.cars))
    return {(ferry.from_stop, ferry.to_stop): ferry for ferry in order}


def test_departures_by_pair_direction_and_day(feed):
    found = by_stops(read_gtfs_ferries(feed()))
    service = found["A", "B"].service
    week, sunday = (0, 1, 2, 3, 4, 5), (6,)
    assert service.departures_by_day == (
        DayDepartures("backward", week, (720.0,), (60.0,)),
        DayDepartures("forward", week, (360.0, 1410.0), (60.0, 60.0)),
        DayDepartures("forward", sunday, (600.0,), (70.0,)),
    )
    assert service.departures("forward", 6) == (600.0,)
    assert service.weekdays == (0, 1, 2, 3, 4, 5, 6)
    assert (service.first_departure_min, service.last_departure_min, service.night) == (
        360.0,
        1410.0,
        "closed",
    )
    assert service.crossing_min == 60.0
    assert service.length_km == pytest.approx(20.6, abs=0.2)
    assert service.name == "Bognes - Lødingen"


def test_a_call_in_between_gives_every_pair(feed):
    found = by_stops(read_gtfs_ferries(feed()))
    assert found["A", "C"].service.crossing_min == 60.0
    assert found["A", "C"].service.departures("forward", 0) == (480.0,)
    assert ("C", "B") in found or ("B", "C") in found


def test_cars_as_far_as_the_feed_says_it(feed):
    ferries = read_gtfs_ferries(feed())
    found = by_stops(ferries)
    assert found["A", "B"].cars == "yes"
    assert found["A", "C"].cars == "no"
    assert Counter(ferry.cars for ferry in ferries.of_cars().ferries) == {"yes": 1}
    assert {ferry.cars for ferry in ferries.of_cars(unsaid=True).ferries} == {"yes", "unsaid"}


@pytest.mark.parametrize(
    ("allowed", "words", "cars"),
    [
        ("1", "Voetveer", "yes"),
        ("2", "Autoveer", "no"),
        ("0", "Autoveer over Maas", "yes"),
        ("", "Fiets-/Voetveer", "no"),
        ("", "Bilferje", "yes"),
        ("", "Riksvegferge", "yes"),
        ("", "Hurtigbåt Tromsø-Harstad", "no"),
        ("", "Autolautta", "yes"),
        ("", "Rv85 Bognes-Lødingen", "unsaid"),
    ],
)
def test_words_that_tell_car_ferries(allowed, words, cars):
    assert cars_of(allowed, words) == cars


@pytest.mark.parametrize(
    ("route_type", "words", "cars"),
    [
        ("1001", "", "yes"),
        ("1002", "", "yes"),
        ("1004", "Hurtigbåt", "yes"),
        ("1013", "", "yes"),
        ("1005", "", "no"),
        ("1008", "Bilferge", "no"),
        ("1014", "", "no"),
        ("1000", "Bilferge", "yes"),
        ("1200", "", "unsaid"),
        ("4", "Hurtigbåt", "no"),
    ],
)
def test_extended_route_types_say_whether_cars_are_taken(route_type, words, cars):
    assert cars_of("", words, route_type) == cars
    assert cars_of("2", words, route_type) == "no"
    assert cars_of("1", words, route_type) == "yes"


def test_an_express_boat_between_the_same_quays_is_another_ferry(feed):
    ferries = [
        ferry for ferry in read_gtfs_ferries(feed()).ferries if {ferry.from_stop, ferry.to_stop} == {"A", "B"}
    ]
    told = {ferry.cars: ferry.service.departures("forward", 0) for ferry in ferries}
    assert told == {"yes": (360.0, 1410.0), "no": (480.0,)}
    quays = (16.085, 68.232), (15.99626, 68.41373)
    assert match_stops(*quays, ferries).ferry.cars == "yes"
    assert match_stops(*quays, [ferry for ferry in ferries if ferry.cars == "no"]) is None
    turned = match_stops(quays[1], quays[0], ferries)
    assert turned.turned
    assert turned.metres < 1.0
    assert match_stops((17.0, 68.0), quays[1], ferries) is None


def test_a_real_week_has_its_holidays(feed):
    """Christmas Eve has no week service; the Sunday of 17 May has it added; the busiest week is a usual one."""
    christmas, first = read_gtfs_week(feed(), date(2026, 12, 21))
    assert first == date(2026, 12, 21)
    service = by_stops(christmas)["A", "B"].service
    assert [service.departures("forward", day) for day in (2, 3, 4)] == [(360.0, 1410.0), (), (360.0, 1410.0)]
    may, _ = read_gtfs_week(feed(), date(2026, 5, 11))
    assert by_stops(may)["A", "B"].service.departures("forward", 6) == (360.0, 600.0, 1410.0)
    _, busiest = read_gtfs_week(feed())
    assert busiest == date(2026, 5, 11)  # a week of six days and a Sunday with both services


def test_each_trip_has_its_own_crossing(feed):
    service = by_stops(read_gtfs_ferries(feed()))["A", "B"].service
    on_sunday = FerryConditions(model="timetable", weekday=6, time_min=590.0, boarding_min=5.0)
    assert ferry_times(service, on_sunday).moving_min == 70.0
    on_monday = FerryConditions(model="timetable", weekday=0, time_min=340.0, boarding_min=5.0)
    assert ferry_times(service, on_monday).moving_min == 60.0
    (sunday,) = [chance for chance in chances(service, "forward", on_sunday, 1) if chance.first == 595.0]
    assert sunday.crossing_min == 70.0


def test_a_date_uses_period_and_exceptions(feed):
    path = feed()
    sunday_with_week_service = read_gtfs_ferries(path, on=date(2026, 5, 17))
    sunday = by_stops(sunday_with_week_service)["A", "B"].service
    assert sunday.departures("forward", 6) == (360, 600, 1410)
    assert read_gtfs_ferries(path, on=date(2026, 12, 24)).ferries == ()
    assert read_gtfs_ferries(path, on=date(2027, 6, 1)).ferries == ()
    july = by_stops(read_gtfs_ferries(path, on=date(2026, 7, 1)))
    assert (
        july["C", "B"].service.weekdays == (2,)
        if ("C", "B") in july
        else july["B", "C"].service.weekdays == (2,)
    )


def test_frequencies_give_a_headway_and_a_window(feed):
    path = feed(
        frequencies="trip_id,start_time,end_time,headway_secs,exact_times\nx1,06:00:00,22:00:00,1200,0\n"
    )
    found = by_stops(read_gtfs_ferries(path))
    pair = found.get(("C", "B")) or found["B", "C"]
    assert pair.service.headway_min == 20.0
    assert pair.service.first_departure_min == 360.0


def test_exact_frequencies_are_written_out(feed):
    text = "trip_id,start_time,end_time,headway_secs,exact_times\nf3,06:00:00,08:00:00,1800,1\n"
    service = by_stops(read_gtfs_ferries(feed(frequencies=text)))["A", "B"].service
    assert service.departures("forward", 6) == (360.0, 390.0, 420.0, 450.0)


@pytest.mark.parametrize(
    ("rows", "weekday"),
    [
        ("f1,06:00:00,09:00:00,3600\n", (360.0, 420.0, 480.0, 1410.0)),
        ("f1,06:00:00,08:00:00,3600\nf2,18:00:00,19:00:00,1800\n", (360.0, 420.0, 1080.0, 1110.0)),
    ],
    ids=["beside departures", "two headways"],
)
def test_a_headway_beside_other_sailings_is_written_out(feed, rows, weekday):
    """The headway alone would lose the departures beside it, the departures alone the headway."""
    found = read_gtfs_ferries(feed(frequencies="trip_id,start_time,end_time,headway_secs\n" + rows))
    service = by_stops(found)["A", "B"].service
    assert service.departures("forward", 0) == weekday
    assert service.departures("forward", 6) == (600.0,)
    assert found.counts["pairs with headways written out as departures"] == 1


def test_no_boarding_and_no_leaving_are_obeyed(feed):
    text = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
        "f1,06:00:00,06:00:00,A,1,1,0\nf1,07:00:00,07:00:00,B,2,0,0\n"
        "h1,08:00:00,08:00:00,A,1,0,0\nh1,08:20:00,08:25:00,B,2,0,1\nh1,09:00:00,09:00:00,C,3,0,0\n"
    )
    found = by_stops(read_gtfs_ferries(feed(stop_times=text)))
    assert set(found) == {("A", "C"), ("B", "C")}


def test_zip_and_folder_agree(feed, tmp_path):
    folder = feed()
    members = {f"{name}.txt": (folder / f"{name}.txt").read_text(encoding="utf-8") for name in FEED}
    plain = read_gtfs_ferries(folder)
    assert read_gtfs_ferries(zipped(tmp_path, members)) == plain
    nested = {f"feed/{name}": text for name, text in members.items()}
    assert read_gtfs_ferries(zipped(tmp_path, nested)) == plain
    with_bom = {name: "\ufeff" + text for name, text in members.items()}
    assert read_gtfs_ferries(zipped(tmp_path, with_bom)) == plain


def test_all_faults_of_ferry_rows_are_listed_and_bus_rows_do_not_matter(feed):
    bad = (
        FEED["stop_times"].replace("f1,06:00:00,06:00:00", "f1,6 o'clock,6 o'clock")
        + "f2,25:00:00,25:00:00,Q,3\n"
    )
    with pytest.raises(NetworkDataError) as caught:
        read_gtfs_ferries(
            feed(stop_times=bad, stops=FEED["stops"].replace("68.256,16.268", "168.256,16.268"))
        )
    assert [(fault.where, fault.row or fault.value) for fault in caught.value.faults] == [
        ("stop_times.txt", "2"),
        ("stops.txt", "4"),
        ("stop_times.txt", "Q"),
    ]


@pytest.mark.parametrize("table", ["routes", "trips", "stops", "stop_times"])
def test_missing_tables_and_columns(feed, table):
    with pytest.raises(NetworkDataError, match=f"{table}.txt"):
        read_gtfs_ferries(feed(**{table: "something,else\n1,2\n"}))
    path = feed()
    (path / f"{table}.txt").unlink()
    with pytest.raises(NetworkDataError, match=f"{table}.txt.*lacks"):
        read_gtfs_ferries(path)


def test_no_calendar_at_all(feed):
    with pytest.raises(NetworkDataError, match="neither"):
        read_gtfs_ferries(feed(calendar=None, calendar_dates=None))


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("frequencies", "trip_id,start_time,end_time,headway_secs\nf1,06:00:00,22:00:00,0\n"),
        ("frequencies", "trip_id,start_time,end_time,headway_secs\nf1,22:00:00,06:00:00,600\n"),
        ("calendar", FEED["calendar"].replace("week,1", "week,yes")),
        ("calendar", FEED["calendar"].replace("20260101", "2026-01-01")),
        ("calendar_dates", "service_id,date,exception_type\nweek,20261399,1\n"),
        ("calendar_dates", "service_id,date,exception_type\nweek,20260101,3\n"),
        ("stops", ""),
    ],
)
def test_values_that_cannot_be(feed, table, text):
    with pytest.raises(NetworkDataError):
        read_gtfs_ferries(feed(**{table: text}))


@pytest.mark.parametrize(
    "name", ["../stops.txt", "/etc/stops.txt", "a/../../stops.txt", "..\\stops.txt", "C:/stops.txt"]
)
def test_an_archive_with_unsafe_names_is_refused(tmp_path, name):
    with pytest.raises(NetworkFileError, match="unsafe"):
        read_gtfs_ferries(zipped(tmp_path, {name: "stop_id\n"}))


def test_a_compression_bomb_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(gtfs_files, "BOMB_FROM_BYTES", 1_000_000)
    members = {f"{name}.txt": text for name, text in FEED.items()} | {"shapes.txt": "0" * 3_000_000}
    with pytest.raises(NetworkFileError, match="refused"):
        read_gtfs_ferries(zipped(tmp_path, members))


def test_an_archive_that_lies_about_its_size_is_stopped(tmp_path):
    path = zipped(tmp_path, {f"{name}.txt": text for name, text in FEED.items()})
    data = bytearray(path.read_bytes())
    text = FEED["stop_times"].encode()
    true_size, false_size = len(text).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert bytes(data).count(true_size) >= 2
    path.write_bytes(bytes(data).replace(true_size, false_size))
    with pytest.raises((NetworkFileError, NetworkDataError)):
        read_gtfs_ferries(path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_what_is_no_zip(tmp_path, content):
    path = tmp_path / "feed.zip"
    path.write_bytes(content)
    with pytest.raises(NetworkFileError):
        read_gtfs_ferries(path)


def test_damaged_or_foreign_text(feed, tmp_path):
    path = feed()
    (path / "trips.txt").write_bytes(b"route_id,service_id,trip_id\n\xff\xfe,week,f1\n")
    with pytest.raises(NetworkFileError, match="trips"):
        read_gtfs_ferries(path)
    with pytest.raises(NetworkFileError, match="no such"):
        read_gtfs_ferries(tmp_path / "nowhere")


def test_a_link_out_of_the_folder_is_refused(feed, tmp_path_factory):
    path, outside = feed(stops=None), tmp_path_factory.mktemp("outside")
    (outside / "stops.txt").write_text(FEED["stops"], encoding="utf-8")
    (path / "stops.txt").symlink_to(outside / "stops.txt")
    with pytest.raises(NetworkFileError, match="out of the feed"):
        read_gtfs_ferries(path)


@pytest.mark.shared
def test_dutch_ferries_agree_with_a_count_of_the_tables(shared):
    folder = shared / "gtfs" / "dutch-ferries"
    tables = {
        name: list(csv.DictReader(io.StringIO((folder / f"{name}.txt").read_text(encoding="utf-8-sig"))))
        for name in ("routes", "trips", "stop_times")
    }
    calls = Counter(row["trip_id"] for row in tables["stop_times"])
    orders = {}
    for row in sorted(tables["stop_times"], key=lambda row: int(row["stop_sequence"])):
        orders.setdefault(row["trip_id"], []).append(row["stop_id"])
    pairs = {
        frozenset((a, b))
        for stops in orders.values()
        for i, a in enumerate(stops)
        for b in stops[i + 1 :]
        if a != b
    }
    ferries = read_gtfs_ferries(folder)
    assert ferries.counts["ferry routes"] == len(tables["routes"]) == 336
    assert ferries.counts["ferry trips"] == len(calls) == 551
    assert {frozenset((ferry.from_stop, ferry.to_stop)) for ferry in ferries.ferries} == pairs
    sailing = {row["route_id"] for row in tables["trips"] if len(set(orders[row["trip_id"]])) > 1}
    car_routes = {
        row["route_id"] for row in tables["routes"] if row["route_short_name"] == "Autoveer"
    } & sailing
    assert len(car_routes) > 30
    found = {route for ferry in ferries.of_cars().ferries for route in ferry.route_ids}
    assert car_routes <= found
    assert all(
        ferry.service.headway_min == 60.0 and ferry.service.night == "sails" for ferry in ferries.ferries
    )


def test_departures_reach_the_ferries_of_a_map(feed, build):
    nodes = {1: (16.07, 68.22), 2: (16.085, 68.232), 3: (15.99626, 68.41373), 4: (15.98, 68.42)}
    road, ferry = {"highway": "primary"}, {"route": "ferry", "motor_vehicle": "yes"}
    ways = [(11, [1, 2], road), (12, [3, 4], road), (21, [3, 2], ferry)]
    times = read_gtfs_ferries(feed())
    at_ten = FerryConditions(model="timetable", time_min=690.0, weekday=1)
    net = build(nodes, ways, ferries=at_ten, timetables=times)
    (service,) = net.services
    assert service.crossing_min == 60.0
    assert service.assumptions == ()
    edges = net.edges_frame().query("kind == 'ferry'").set_index("from_id")
    assert edges.loc[3, "wait_min"] == 30.0
    assert edges.loc[2, "wait_min"] == 1410.0 - 690.0
    assert net.provenance["osm"]["counts"]["ferries"]["lines with a timetable"] == 1
