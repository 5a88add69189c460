"""When to leave and whom one reaches, against every piece of every draw counted one by one."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from networks import FerryConditions, FerryService
from networks.arrival import ArrivalFunction, Basis, arrival_profiles
from networks.arrival.pieces import LAST, TAG, TARGET_BITS

DAY = 1440.0
LIMITS = np.array([40.0, 55.0, np.nan])


@pytest.fixture(scope="module")
def profiles(make_network: Any) -> Any:
    """Three homes at different drives from a quay, a hospital across and another by a road that one has."""
    network = make_network(
        6,
        [(0, 3, 300), (1, 3, 900), (2, 3, 300), (3, 4, 600), (2, 5, 7200)],
        labels={"kind": ["", "", "", "ferry", ""], "direction": ["", "", "", "forward", ""]},
        services=[FerryService("f", "f", 10.0, 8.0, headway_min=290.0)],
        service=[-1, -1, -1, 0, -1],
    )
    conditions = FerryConditions(boarding_min=0.0)
    return arrival_profiles(network, [0, 1, 2], [4, 5], conditions, nearest=True, draws=6)


def spells_of(function: ArrivalFunction, limit: float) -> list[tuple[int, int]]:
    """Minutes in a row of two days whose journey, from their middle, takes longer than a limit."""
    late = [function.arrival_min(t + 0.5) - t - 0.5 > limit for t in range(2 * int(DAY))]
    edges = np.flatnonzero(np.diff([False, *late, False]))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def test_the_last_moment_is_the_earliest_of_any_draw_and_the_first_the_latest(profiles: Any) -> None:
    found = profiles.leaving(LIMITS)
    assert np.isnan([found.leave_by_min[2], found.first_again_min[2]]).all()
    for home in (0, 1):
        moments = []
        for draw in range(profiles.draws):
            spells = spells_of(profiles.function(home, draw=draw), LIMITS[home])
            since, until = max(spells, key=lambda spell: spell[1] - spell[0])
            if until - since < DAY:
                moments.append((since % DAY, until - DAY * (since // DAY)))
        assert len(moments) > 1
        assert found.leave_by_min[home] == pytest.approx(min(since for since, _ in moments), abs=1.0)
        assert found.first_again_min[home] == pytest.approx(max(until for _, until in moments), abs=1.0)


def test_shares_of_targets_are_those_of_all_pieces(profiles: Any) -> None:
    found = profiles.leaving(np.full(3, np.nan))
    for home in range(3):
        shares, assumed = defaultdict[int, float](float), 0.0
        for draw in range(profiles.draws):
            begin = 0.0
            for last, tag in profiles.function(home, draw=draw).pieces[[LAST, TAG]].T.tolist():
                until = min(max(last, 0.0), DAY)
                if until > begin:
                    shares[int(tag) & TARGET_BITS] += (until - begin) / DAY / profiles.draws
                    assumed += (until - begin) / DAY / profiles.draws * bool(int(tag) & Basis.ASSUMED)
                begin = until
        assert found.targets[home] == len(shares)
        assert found.main_share[home] == pytest.approx(max(shares.values()))
        assert found.assumed_share[home] == pytest.approx(assumed)
    assert found.targets[2] == 2


def test_nobody_reaches_what_has_no_way(make_network: Any) -> None:
    network = make_network(4, [(0, 1, 60), (2, 3, 60)])
    found = arrival_profiles(network, [0], [3], FerryConditions(), nearest=True, draws=2).leaving(LIMITS[:1])
    assert found.targets.tolist() == [0]
    assert found.assumed_share.tolist() == [0.0]
    assert np.isnan([found.main_share[0], found.leave_by_min[0], found.first_again_min[0]]).all()
