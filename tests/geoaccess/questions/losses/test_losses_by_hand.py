"""Every loss of the fjord against NetworkX with that link or that hospital left out, people by people."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import networkx as nx
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.frontier.answer import gain_min, parse_counts
from geoaccess.questions.losses.answer import RANKINGS

#: Link -> ends and minutes: the ferry waits half of 20 minutes, boards for 5 and sails for 10.
LINKS = {"tw": ("town", "west", 60.0), "ef": ("east", "far", 30.0), "ab": ("west", "east", 25.0)}
#: Person -> node, minutes to the road, people, old.
PEOPLE = {
    "d1": ("town", 1.0, 1000, 100),
    "d2": ("west", 0.0, 100, 20),
    "d3": ("east", 0.0, 50, 10),
    "d4": ("far", 2.0, 200, 50),
    "d5": ("island", 0.0, 7, 7),
}
PLACES = {"h1": ("hospital", "town"), "h2": ("hospital", "far"), "s1": ("station", "town")}
FAMILY = {
    "tw": "roads",
    "ef": "roads",
    "ab": "ferries",
    "Høyfjellet": "passes",
    "h1": "facilities",
    "h2": "facilities",
}
ALL = ("ferries", "roads", "passes", "facilities")


def minutes(kind: str, gone: set[str]) -> dict[str, float]:
    """Minutes of everybody to the nearest of a kind; ``inf`` = none."""
    graph = nx.Graph()
    graph.add_nodes_from(["town", "west", "east", "far", "island"])
    lost = {"ef" if one == "Høyfjellet" else one for one in gone}
    graph.add_weighted_edges_from(ends for link, ends in LINKS.items() if link not in lost)
    stops = [node for place, (one, node) in PLACES.items() if one == kind and place not in lost]
    found = {}
    for person, (node, access, *_) in PEOPLE.items():
        ways = nx.single_source_dijkstra_path_length(graph, node)
        found[person] = min((access + ways[stop] for stop in stops if stop in ways), default=math.inf)
    return found


def figures(kind: str, gone: set[str], weight: str, threshold: float) -> dict[str, float]:
    before, after = minutes(kind, set()), minutes(kind, gone)
    persons = {person: row[2 if weight == "people" else 3] for person, row in PEOPLE.items()}
    both = [person for person in PEOPLE if max(before[person], after[person]) < math.inf]
    longer = {person: after[person] - before[person] for person in both}
    count = sum(persons[person] for person in both)
    return {
        "persons_no_longer_reached": sum(
            persons[one] for one in PEOPLE if before[one] < math.inf and after[one] == math.inf
        ),
        "person_min_lost": sum(persons[one] * longer[one] for one in both),
        "persons_lose": sum(persons[one] for one in both if longer[one] > 0),
        "worst_loss_min": max(longer.values(), default=0.0),
        "change_mean_min": sum(persons[one] * longer[one] for one in both) / count if count else math.nan,
        "persons_newly_beyond": sum(persons[one] for one in PEOPLE if before[one] <= threshold < after[one]),
    }


@pytest.mark.parametrize("weight", ["people", "old"])
@pytest.mark.parametrize("threshold", [30.0, 60.0, 90.0])
def test_every_loss_is_what_is_missing_without_it(fjord: Path, weight: str, threshold: float) -> None:
    found = ga.losses(fjord, of=ALL, kinds=["hospital"], weight=weight, threshold_min=threshold)
    assert set(found.rows["element_id"]) == set(FAMILY)
    for row in found.rows.to_dict(orient="records"):
        expected = figures("hospital", {row["element_id"]}, weight, threshold)
        shown = {name: row[name] for name in expected}
        assert shown == pytest.approx(expected, nan_ok=True), row["element_id"]
        assert row["family"] == FAMILY[row["element_id"]]


@pytest.mark.parametrize("rank", list(RANKINGS))
def test_each_ranking_puts_its_worst_first(fjord: Path, rank: str) -> None:
    found = ga.losses(fjord, of=ALL, kinds=["hospital"], rank=rank)
    values = [figures("hospital", {one}, "people", 60.0)[RANKINGS[rank]] for one in found.rows["element_id"]]
    assert values == sorted(values, reverse=True)
    assert found.rows["rank"].tolist() == list(range(1, 7))


def test_two_lists_of_who_is_cut_off_and_whose_way_is_longer(fjord: Path) -> None:
    found = ga.losses(fjord, of=ALL, kinds=["hospital"])
    expected = {one: figures("hospital", {one}, "people", 60.0) for one in FAMILY}
    for rows, name in ((found.cut_off, "persons_no_longer_reached"), (found.longer, "person_min_lost")):
        assert set(rows["element_id"]) == {one for one, row in expected.items() if row[name] > 0}
        shown = [expected[one][name] for one in rows["element_id"]]
        assert shown == sorted(shown, reverse=True)


def test_pairs_are_lost_together(fjord: Path) -> None:
    names = list(itertools.combinations(["tw", "ab", "ef", "h1", "h2"], 2))
    found = ga.losses(fjord, of=ALL, kinds=["hospital"], pairs=names)
    rows = found.rows.set_index("element_id")
    for one, other in names:
        row = rows.loc[f"{one} + {other}"]
        expected = figures("hospital", {one, other}, "people", 60.0)
        assert {name: row[name] for name in expected} == pytest.approx(expected, nan_ok=True)
        assert row["family"] == f"{FAMILY[one]} + {FAMILY[other]}"
    with pytest.raises(UnknownNameError, match="ef9"):
        ga.losses(fjord, of=ALL, kinds=["hospital"], pairs=[("ab", "ef9")])


def test_losses_of_a_scenario_are_against_that_scenario(fjord: Path) -> None:
    """Without the ferry nobody west of the fjord has another hospital than Town's."""
    found = ga.losses(fjord, of=["facilities", "roads"], kinds=["hospital"], scenario="no-ferry")
    rows = found.rows.set_index("element_id")
    assert rows.loc["h1", "persons_no_longer_reached"] == 1100
    assert rows.loc["h2", "persons_no_longer_reached"] == 250
    assert rows.loc["tw", "persons_no_longer_reached"] == 100
    assert rows.loc["ef", "persons_no_longer_reached"] == 50
    assert found.scenario == "no-ferry"


def test_a_place_of_another_kind_is_no_loss(fjord: Path) -> None:
    found = ga.losses(fjord, of=["facilities"], kinds=["hospital", "station"])
    assert sorted(zip(found.rows["element_id"], found.rows["kind"], strict=True)) == [
        ("h1", "hospital"),
        ("h2", "hospital"),
        ("s1", "station"),
    ]
    station = found.rows.set_index("element_id").loc["s1"]
    assert station["persons_no_longer_reached"] == 1350
    assert math.isnan(station["change_mean_min"])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"of": ["bridges"]}, "bridges"),
        ({"rank": "cost"}, "cost"),
        ({"kinds": ["hospitl"]}, "hospital"),
        ({"weight": "cows"}, "cows"),
        ({"scenario": "winter"}, "winter"),
    ],
)
def test_what_the_study_does_not_have_is_named(fjord: Path, options: dict[str, object], match: str) -> None:
    with pytest.raises(UnknownNameError, match=match):
        ga.losses(fjord, **({"of": ["ferries"], "kinds": ["hospital"]} | options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("1..5", [1, 2, 3, 4, 5]),
        ("3,1,3", [1, 3]),
        ("0,2..4", [0, 2, 3, 4]),
        (" 2 .. 2 ".replace(" ", ""), [2]),
        ("5..1", []),
    ],
)
def test_numbers_of_sites_as_they_are_typed(text: str, counts: list[int]) -> None:
    assert parse_counts(text) == counts


@pytest.mark.parametrize("text", ["", "a", "1..", "..3", "-1", "1-3", "1.5", "1,,2", "²", "1..²"])
def test_what_is_no_number_of_sites(text: str) -> None:
    with pytest.raises(DataError, match="write numbers of sites"):
        parse_counts(text)


def test_a_gain_is_told_where_the_same_people_are_reached() -> None:
    before = {"mean_min": 30.0, "persons_unreachable": 7.0}
    assert gain_min(before, {"mean_min": 28.5, "persons_unreachable": 7.0}) == 1.5
    assert math.isnan(gain_min(before, {"mean_min": 28.5, "persons_unreachable": 0.0}))


def test_stations_are_what_drives_out_to_who_calls(calls_study):
    """By the resources of the study, whatever the kind is called; a helicopter's base is none."""
    rows = ga.losses(calls_study, of=("stations",), kinds=("station",)).rows
    assert set(rows["element_id"]) == {"s1", "s2"}
    for gone, left in (("s1", "far"), ("s2", "town")):
        graph = nx.Graph()
        graph.add_nodes_from(["town", "west", "east", "far", "island"])
        graph.add_weighted_edges_from(LINKS.values())
        stays = {"town", "far"}
        longer = hours = 0.0
        for node, access, people, _ in PEOPLE.values():
            ways = {
                stop: access + way for stop, way in nx.single_source_dijkstra_path_length(graph, node).items()
            }
            if left in ways and ways[left] > min(ways[stop] for stop in stays):
                longer += people
                hours += people * (ways[left] - min(ways[stop] for stop in stays))
        row = rows.set_index("element_id").loc[gone]
        assert row["persons_lose"] == longer
        assert row["person_min_lost"] == pytest.approx(hours)


def test_without_a_kind_stations_are_looked_at_too(calls_study):
    rows = ga.losses(calls_study, of=("stations",)).rows
    assert set(zip(rows["element_id"], rows["kind"], strict=True)) >= {("s1", "station"), ("s2", "station")}


def test_a_study_that_does_not_say_what_its_stations_are_is_told_so(fjord):
    for asked in (None, ("station",)):
        with pytest.raises(DataError, match="does not say what its stations are"):
            ga.losses(fjord, of=("stations",), kinds=asked)
