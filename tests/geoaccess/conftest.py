"""A study small enough to compute by hand: two shores of a fjord, a ferry, an island nobody reaches."""

from __future__ import annotations

from pathlib import Path

import pytest

STUDY = """
[study]
name = "fjord"
title = "Fjord"
notice = "invented for tests"

[network]
links = "."

[network.access]
speed_kph = 60
detour_factor = 1.0

[demand]
table = "people.csv"
node = "node_id"
access_km = "access_km"
weights = { people = "people", old = "old" }

[municipalities]
table = "municipalities.csv"
groups = ["county"]
totals = { people = "people" }
urban = "urban"

[[facilities]]
table = "places.csv"
node = "node_id"

[kinds.hospital]
label = "hospital"
report = true
thresholds_min = [30, 60]

[kinds.station]
label = "station"

[placements.stations]
title = "One more station"
facility = "station"
sites = 1
parts = { mobilise = 2 }
[placements.stations.response]
urban_min = 12
rural_min = 25

[scenarios.no-ferry]
title = "The ferry is out"
links_out = ["ab"]

[scenarios.slow]
speed_factors = { "*" = 0.5 }

[scenarios.slow-no-ferry]
inherits = ["slow", "no-ferry"]

[scenarios.closed]
facilities_closed = ["h1"]
"""

# Town - West: 60 km of european road at 60 km/h = 60 min; West - East: ferry, 10 min crossing, headway 20 min;
# East - Far: 30 km at 60 km/h = 30 min; Island: no link at all.
FILES = {
    "study.toml": STUDY,
    "nodes.csv": """node_id,name,kind,municipality_code,lat,lon,source,confidence
town,Town,centre,0101,69.0,18.0,test,sourced
west,West,quay,0101,69.5,18.0,test,sourced
east,East,quay,0202,69.55,18.0,test,sourced
far,Færøy,centre,0202,69.8,18.0,test,sourced
island,Island,centre,0303,70.5,15.0,test,sourced
""",
    "roads.csv": """road_id,from_node,to_node,ref,road_class,length_km,speed_kph,winter,pass_name,explanation,source,confidence
tw,town,west,E6,european,60,60,,,,test,sourced
ef,east,far,Fv1,county_primary,30,60,,Høyfjellet,,test,sourced
""",
    "ferries.csv": """ferry_id,name,from_node,to_node,ref,crossing_min,length_km,headway_min,departures_per_day,first_departure,last_departure,night,activation_min,season,source,confidence
ab,West-East,west,east,Fv1,10,5.6,20,,06:00,22:00,closed,,,test,sourced
""",
    "people.csv": """demand_id,name,municipality_code,node_id,lat,lon,access_km,people,old
d1,Town,0101,town,69.0,18.0,1,1000,100
d2,West,0101,west,69.5,18.0,0,100,20
d3,East,0202,east,69.55,18.0,0,50,10
d4,Færøy,0202,far,69.8,18.0,2,200,50
d5,Island,0303,island,70.5,15.0,0,7,7
""",
    "municipalities.csv": """municipality_code,name,county,people,urban
0101,Town,North,1100,yes
0202,Far,North,250,no
0303,Island,South,7,no
""",
    "near_beds.csv": """facility_id,beds,hours_a_week,source,confidence
h1,3,168,invented,assumption
h2,1.5,84,invented,assumption
""",
    "near.csv": """municipality_a,municipality_b
0101,0202
0202,0303
""",
    "places.csv": """facility_id,name,kind,municipality_code,node_id,lat,lon,beds
h1,Town hospital,hospital,0101,town,69.0,18.0,22
h2,Færøy hospital,hospital,0202,far,69.8,18.0,5
s1,Town station,station,0101,town,69.0,18.0,
""",
}


#: What makes a study of calls and crews of the fjord: cars of the stations, a helicopter at the far hospital.
CALLS = {
    "study.toml": """
[services.response]
thresholds_min = [12, 25]
urban_min = 12
rural_min = 25
threshold_source = "invented"

[kinds.heliport]
label = "helicopter base"
label_nb = "helikopterbase"

[resources.station]
moves = "road"
gives = ["response", "transport"]
mobilise_min = { station = 2, home = 6 }
mobilise_source = "invented"
mobilise_confidence = "assumption"

[resources.heliport]
moves = "air"
gives = ["response", "doctor", "transport"]
mobilise_min = { station = 15 }
mobilise_source = "invented"
mobilise_confidence = "assumption"
speed_kph = 220
speed_source = "invented"
speed_confidence = "assumption"
drops = ["hospital"]
regularity = { summer = 0.9, winter = 0.8 }
regularity_source = "invented"
regularity_confidence = "assumption"

[[facilities]]
table = "bases.csv"
node = "node_id"

[calls]
rates = "call_rates.csv"
hours = "call_hours.csv"
destinations = "call_destinations.csv"
duties = "duties.csv"
patterns = "duty_patterns.csv"
hospital = "hospital"
age_weight = "old"
age_ratio = 3
age_source = "invented"
age_confidence = "assumption"

[calls.classes.akutt]
share = 0.4
share_source = "invented"
share_confidence = "assumption"
severe_share = 0.3
severe_source = "invented"
severe_confidence = "assumption"

[calls.classes.vanlig]
share = 0.6
share_source = "invented"
share_confidence = "assumption"

[calls.dispatch]
preempt = [["akutt", "vanlig"]]
""",
    "bases.csv": """facility_id,name,kind,municipality_code,node_id,lat,lon
s2,Færøy station,station,0202,far,69.8,18.0
f1,Færøy helicopter,heliport,0202,far,69.8,18.0
""",
    "call_rates.csv": """by,group,per_1000_year,source,confidence
all,all,300,invented,assumption
county,South,150,invented,assumption
""",
    "call_hours.csv": """class,weekday,hour,weight,source,confidence
*,*,*,1,invented,assumption
vanlig,7,*,0,invented,assumption
""",
    "call_destinations.csv": """class,from,to,beyond_min,within_min,share,source,confidence
*,patient,hospital,,,0.7,invented,assumption
vanlig,hospital,patient,,,0.2,invented,assumption
""",
    "duties.csv": """base_id,unit,from,to,weekdays,duty,source,confidence
s1,1,00:00,24:00,1-7,station,invented,assumption
s1,2,08:00,20:00,1-5,station,invented,assumption
s2,1,08:00,20:00,1-7,station,invented,assumption
s2,1,20:00,08:00,1-7,home,invented,assumption
""",
    "duty_patterns.csv": """pattern,label,label_nb,weekdays,from,to,duty,posts,source,confidence
always,round the clock,døgnet rundt,1-7,00:00,24:00,station,11,invented,assumption
half,at home by night,hjemme om natta,1-7,08:00,20:00,station,6,invented,assumption
half,at home by night,hjemme om natta,1-7,20:00,08:00,home,1,invented,assumption
home,at home,hjemme,1-7,00:00,24:00,home,3,invented,assumption
day,by day,om dagen,1-5,08:00,20:00,station,4,invented,assumption
""",
}


def with_calls(folder: Path) -> Path:
    """The fjord in a folder, with calls and crews."""
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    for name, text in CALLS.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(text)
    return folder


@pytest.fixture
def calls_study(tmp_path: Path) -> Path:
    """Folder of the fjord study with calls and crews."""
    return with_calls(tmp_path / "calls")


@pytest.fixture
def fjord(tmp_path: Path) -> Path:
    """Folder of the fjord study."""
    folder = tmp_path / "fjord"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return folder
