"""Transfers with and without flying: who is quickest, and whom the weather may cut off, in plain loops."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from networks.craft import Craft
from networks.transfers import Transfers, without_flying

FEW = settings(max_examples=60)
MINUTES = st.sampled_from([5.0, 20.0, 45.0, math.nan])


@st.composite
def answers(draw: st.DrawFn) -> Transfers:
    """Minutes of four destinations at most; without flying nothing is quicker."""
    shape = draw(st.integers(1, 4)), draw(st.integers(0, 4))
    whole = draw(hnp.arrays(np.float64, shape, elements=MINUTES))
    later = draw(hnp.arrays(np.float64, shape, elements=st.sampled_from([0.0, 15.0, math.nan])))
    return Transfers(SimpleNamespace(minutes=whole), SimpleNamespace(minutes=whole + later))


def quickest(row: list[float], among: list[int]) -> float:
    return min((row[at] for at in among if not math.isnan(row[at])), default=math.nan)


@FEW
@given(answers(), st.data())
def test_the_quickest_of_some_destinations(found: Transfers, data: st.DataObject) -> None:
    n_points, n_stops = found.whole.minutes.shape
    among = data.draw(
        st.one_of(
            st.none(), st.lists(st.sampled_from(range(n_stops)), unique=True) if n_stops else st.just([])
        )
    )
    chosen = list(range(n_stops)) if among is None else among
    least, ground, where = found.nearest(None if among is None else np.asarray(among, dtype=np.int64))
    limit = data.draw(st.sampled_from([4.0, 5.0, 20.0, 60.0]))
    cut = found.hangs_on_flying(limit, None if among is None else np.asarray(among, dtype=np.int64))
    for point in range(n_points):
        by_all, by_ground = found.whole.minutes[point].tolist(), found.ground.minutes[point].tolist()
        best, slower = quickest(by_all, chosen), quickest(by_ground, chosen)
        assert least[point] == best or (math.isnan(best) and math.isnan(least[point]))
        assert ground[point] == slower or (math.isnan(slower) and math.isnan(ground[point]))
        first = next((at for at in chosen if by_all[at] == best), -1)  # of equals the first that was named
        assert where[point] == first
        assert cut[point] == (best <= limit and not slower <= limit)


def test_nothing_is_asked_again_where_nothing_flies() -> None:
    car, boat = Craft("car", "road", math.nan, 3), Craft("boat", "sea", 40, 5)
    helicopter = Craft("helicopter", "air", 200, 10)
    asked: list[list[str]] = []

    def only(names: list[str]) -> str:
        asked.append(names)
        return "on the ground"

    grounded = SimpleNamespace(crafts=[car, boat], only=only)
    same = without_flying(grounded)
    assert same.whole is same.ground is grounded
    assert asked == []
    flying = SimpleNamespace(crafts=[car, helicopter, boat], only=only)
    both = without_flying(flying)
    assert (both.whole, both.ground) == (flying, "on the ground")
    assert asked == [["car", "boat"]]


def test_the_parts_of_a_pair_are_those_by_all_craft() -> None:
    whole = SimpleNamespace(
        minutes=np.zeros((1, 1)), legs=lambda point, destination: [point, destination, "flown"]
    )
    assert Transfers(whole, SimpleNamespace(minutes=np.zeros((1, 1)))).legs(3, 4) == [3, 4, "flown"]


@pytest.mark.parametrize("stops", [0, 2])
def test_no_destination_is_reached_by_nobody(stops: int) -> None:
    minutes = np.full((3, stops), 7.0)
    found = Transfers(SimpleNamespace(minutes=minutes), SimpleNamespace(minutes=minutes))
    least, ground, where = found.nearest(np.zeros(0, dtype=np.int64))
    assert np.isnan(least).all()
    assert np.isnan(ground).all()
    assert where.tolist() == [-1, -1, -1]
    assert not found.hangs_on_flying(1e9, np.zeros(0, dtype=np.int64)).any()
