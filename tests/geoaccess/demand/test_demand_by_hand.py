"""Ages as sets, whole persons as fractions, and coarser points as loops: what the demand of a study is made of."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoaccess.demand.ages import ALL_AGES, AgeGroup, covering, is_total, overlapping, parse_age
from geoaccess.demand.aggregation import aggregate_to_cells, aggregate_to_places
from geoaccess.demand.points import DemandPoints, to_degrees
from geoaccess.demand.rescaling import check_totals, largest_remainder, reconciliation, rescale_to
from geoaccess.ground.errors import DataError

EPSG = 25833
#: Beyond this age a group without an end still has people, for the sets below.
OLDEST = 130
groups = st.builds(
    lambda first, years: AgeGroup(first, None if years is None else first + years),
    st.integers(0, 30),
    st.sampled_from([None, 0, 1, 4, 9, 20]),
)


def years(group: AgeGroup) -> set[int]:
    return set(range(group.first, (OLDEST if group.last is None else group.last) + 1))


@given(groups, groups)
def test_groups_hold_and_meet_as_sets_of_years_do(one: AgeGroup, other: AgeGroup) -> None:
    assert one.holds(other) == (years(other) <= years(one))
    assert one.meets(other) == bool(years(one) & years(other))
    assert parse_age(str(one)) == one
    assert sorted([one, other]) == sorted([other, one])


@given(st.lists(groups, max_size=5), groups)
def test_groups_that_cover_are_a_partition_of_the_years(known: list[AgeGroup], wanted: AgeGroup) -> None:
    """Exactly when the groups that touch the wanted ages lie inside, are apart, and leave no year out."""
    touching = [group for group in set(known) if years(group) & years(wanted)]
    together = [year for group in touching for year in years(group)]
    fits = len(together) == len(set(together)) and set(together) == years(wanted)
    if fits:
        assert set(covering(known, wanted)) == set(touching)
    else:
        with pytest.raises(ValueError, match=r"missing|partly"):
            covering(known, wanted)


@given(st.lists(groups, max_size=5))
def test_neighbours_that_overlap_are_found_where_any_do(known: list[AgeGroup]) -> None:
    found = overlapping(known)
    assert all(years(one) & years(other) for one, other in found)
    apart = all(not years(a) & years(b) for a in set(known) for b in set(known) if a != b)
    assert bool(found) != apart


@pytest.mark.parametrize("label", ["Alle aldre", " ALL  AGES", "Total", "i alt"])
def test_totals_are_everybody_and_no_group(label: str) -> None:
    assert is_total(label)
    assert parse_age(label) == ALL_AGES
    assert not is_total("0+")


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=8),
    st.integers(1, 60),
    st.permutations(list("abcdefgh")),
)
def test_whole_persons_are_those_of_hamilton_in_fractions(
    parts: list[int], total: int, names: list[str]
) -> None:
    if not sum(parts):
        return
    exact = [Fraction(part * total, sum(parts)) for part in parts]
    ids = names[: len(parts)]
    floors = [int(share) for share in exact]
    ranked = sorted(range(len(parts)), key=lambda place: (floors[place] - exact[place], ids[place]))
    for place in ranked[: total - sum(floors)]:
        floors[place] += 1
    values = np.asarray([float(share) for share in exact])
    assert largest_remainder(values, total, np.asarray(ids, dtype=object)).tolist() == floors


def points(rows: list[tuple[str, float, float, float]], **columns: Any) -> DemandPoints:
    """Rows of (municipality, metres east, metres north, people), from one corner."""
    lon, lat = to_degrees(
        np.asarray([500_000.0 + row[1] for row in rows]),
        np.asarray([7_600_000.0 + row[2] for row in rows]),
        EPSG,
    )
    ids = [f"p{number}" for number in range(len(rows))]
    table = {
        "demand_id": ids,
        "name": ids,
        "municipality_code": [row[0] for row in rows],
        "lon": lon,
        "lat": lat,
    }
    people = [float(row[3]) for row in rows]
    return DemandPoints(pd.DataFrame(table | {"people": people} | columns), ("people", *columns))


rows = st.lists(
    st.tuples(
        st.sampled_from(["0101", "0202"]),
        st.integers(0, 4000),
        st.integers(0, 4000),
        st.sampled_from([0, 1, 5, 5, 12]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40)
@given(rows, st.integers(0, 60), st.integers(0, 60), st.booleans())
def test_scaling_by_the_formula(drawn: list[Any], one: int, other: int, raised: bool) -> None:
    held = points(drawn)
    totals = {"0101": float(one), "0202": float(other)}
    sums = {code: sum(row[3] for row in drawn if row[0] == code) for code in totals}
    here = {row[0] for row in drawn}
    totals = {code: total for code, total in totals.items() if code in here or total == 0}
    if any(total > 0 and not sums[code] for code, total in totals.items()) or not here <= set(totals):
        with pytest.raises(DataError):
            rescale_to(held, totals, weight="people", whole=True)
        return
    scaled = rescale_to(held, totals, weight="people", whole=False, raised=5.0 if raised else None)
    found = scaled.weight("people")
    for code, total in totals.items():
        mine = [place for place, row in enumerate(drawn) if row[0] == code]
        expected = [float(drawn[place][3]) for place in mine]
        small = [value == 5.0 for value in expected]
        if raised and any(small):
            rest = sum(value for value in expected if value != 5.0)
            fair = min(max((total - rest) / sum(small), 1.0), 5.0)
            expected = [fair if value == 5.0 else value for value in expected]
        whole = sum(expected)
        assert found[mine] == pytest.approx([value * total / whole if whole else 0.0 for value in expected])
    check_totals(scaled, totals, weight="people")
    persons = rescale_to(held, totals, weight="people", whole=True).weight("people")
    assert (persons == np.round(persons)).all()
    assert persons.sum() == sum(totals[code] for code in here)


def test_totals_that_are_not_met_are_told_place_by_place() -> None:
    held = points([("0101", 0, 0, 10), ("0202", 0, 0, 5), ("0303", 0, 0, 1)])
    totals = {"0101": 10.0, "0202": 6.0, "0404": 3.0}
    table = reconciliation(held, totals, weight="people")
    assert table["difference"].tolist()[:2] == [0, -1]
    assert table.loc["0404"].tolist()[:3] == [0, 3, -3]
    assert math.isnan(table.loc["0303", "official"])
    with pytest.raises(DataError) as raised:
        check_totals(held, totals, weight="people")
    assert [(fault.row, fault.message) for fault in raised.value.faults] == [
        ("0202", "has 5 persons, the official total is 6"),
        ("0303", "has no official total"),
        ("0404", "has 0 persons, the official total is 3"),
    ]


@pytest.mark.parametrize(
    ("totals", "message"),
    [
        ({"0101": -1.0}, "at least 0"),
        ({"0101": math.nan}, "at least 0"),
        ({"0101": math.inf}, "at least 0"),
        ({"0101": 2.5}, "is not whole"),
        ({"0101": 3.0, "0909": 4.0}, "would be lost"),
        ({}, "no official total"),
    ],
)
def test_totals_that_cannot_be(totals: dict[str, float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        rescale_to(points([("0101", 0, 0, 10)]), totals, weight="people", whole=True)


@settings(max_examples=30, deadline=None)
@given(rows, st.sampled_from([500.0, 1000.0, 5000.0]))
def test_cells_are_joined_at_the_mean_place_of_their_people(drawn: list[Any], size: float) -> None:
    held = points(drawn, old=[float(number) for number in range(len(drawn))])
    found = aggregate_to_cells(held, size_m=size, metric_epsg=EPSG)
    cells: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for place, (code, x, y, _) in enumerate(drawn):
        column, row = (500_000 + x) / size, (7_600_000 + y) / size
        if min(abs(column - round(column)), abs(row - round(row))) < 1e-6:
            return  # on the very edge: the way through degrees may end on either side
        cells[code, int(row), int(column)].append(place)
    members = found.members.set_index("demand_id")
    table = found.points.table.set_index("demand_id")
    assert len(table) == len(cells)
    moved = []
    for mine in cells.values():
        (name,) = {members.loc[f"p{place}", "place_id"] for place in mine}
        weights = [drawn[place][3] for place in mine]
        weights = weights if sum(weights) else [1] * len(mine)
        x, y = (
            sum(weight * drawn[place][axis] for weight, place in zip(weights, mine, strict=True))
            / sum(weights)
            for axis in (1, 2)
        )
        assert table.loc[name, "people"] == sum(drawn[place][3] for place in mine)
        assert table.loc[name, "old"] == sum(mine)
        assert table.loc[name, "points_joined"] == len(mine)
        for place in mine:
            km = math.hypot(drawn[place][1] - x, drawn[place][2] - y) / 1000
            assert members.loc[f"p{place}", "moved_km"] == pytest.approx(km, abs=1e-4)
            moved.append((km, drawn[place][3]))
    people = sum(weight for _, weight in moved)
    told = found.moved.set_index("weight").loc["people"]
    assert told["persons"] == people
    if people:
        assert told["mean_km"] == pytest.approx(sum(km * weight for km, weight in moved) / people, abs=1e-4)
        assert told["worst_km"] == pytest.approx(max(km for km, weight in moved if weight), abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(rows, st.booleans())
def test_everybody_goes_to_the_nearest_place(drawn: list[Any], same: bool) -> None:
    held = points(drawn)
    places = points(
        [("0101", 100, 130, 0), ("0202", 3900, 220, 0), ("0202", 2011, 3905, 0), ("0101", 3333, 3000, 0)]
    )
    at = [(100, 130), (3900, 220), (2011, 3905), (3333, 3000)]
    codes = ["0101", "0202", "0202", "0101"]
    found = aggregate_to_places(held, places.table, metric_epsg=EPSG, same_municipality=same)
    for place, (code, x, y, _) in enumerate(drawn):
        ways = {
            f"p{number}": math.hypot(x - there[0], y - there[1])
            for number, there in enumerate(at)
            if codes[number] == code or not same
        }
        row = found.members.iloc[place]
        assert row["moved_km"] * 1000 == pytest.approx(min(ways.values()), abs=0.1)
        assert ways[row["place_id"]] == pytest.approx(min(ways.values()), abs=0.1)
    assert found.points.table["people"].sum() == sum(row[3] for row in drawn)
    if same:
        for code in ("0101", "0202"):
            table = found.points.table
            kept = table.loc[table["municipality_code"] == code, "people"].sum()
            assert kept == sum(row[3] for row in drawn if row[0] == code)


def test_places_that_cannot_be_told_apart_or_have_no_columns() -> None:
    held = points([("0101", 0, 0, 10)])
    twice = pd.concat([held.table, held.table])
    with pytest.raises(DataError, match="stands twice"):
        aggregate_to_places(held, twice, metric_epsg=EPSG)
    with pytest.raises(DataError) as raised:
        aggregate_to_places(held, held.table.drop(columns=["lon", "name"]), metric_epsg=EPSG)
    assert {fault.column for fault in raised.value.faults} == {"lon", "name"}
    for size in (0.0, -5.0, math.nan):
        with pytest.raises(DataError, match="above 0 m"):
            aggregate_to_cells(held, size_m=size, metric_epsg=EPSG)
