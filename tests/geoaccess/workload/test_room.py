"""Ways between homes are found as they are asked for; more places than a machine holds are refused beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geoaccess.cli.app import run
from geoaccess.questions.simulation.answer import played
from geoaccess.study import load_study
from geoaccess.workload import homes, steady_hour, ways
from geoaccess.workload.plans import plan_of, with_changes
from geoaccess.workload.steady import steady_workload
from networks import travel_time_matrix
from optimise.crews import running


def test_more_places_than_memory_are_told_with_what_to_do(
    calls_study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def searched(*_: object, **__: object) -> object:
        raise AssertionError("ways were looked for")

    monkeypatch.setattr(ways, "memory_bytes", lambda: 1000.0)
    monkeypatch.setattr(ways, "travel_time_matrix", searched)
    assert run(["workload", str(calls_study)]) == 3
    told = capsys.readouterr().err
    assert "join people into fewer demand points" in told
    assert run(["--lang", "nb", "workload", str(calls_study)]) == 3
    assert "færre befolkningspunkter" in capsys.readouterr().err


def test_the_memory_of_this_machine_is_more_than_nothing() -> None:
    assert ways.memory_bytes() > 2**28


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a study of very many homes: nothing between them is kept, kinds of calls go by blocks."""
    monkeypatch.setattr(homes, "KEPT", 0)
    monkeypatch.setattr(homes, "_BLOCK", 2)
    monkeypatch.setattr(running, "_AT_ONCE", 0)
    monkeypatch.setattr(running, "_REMEMBERED", 8)
    monkeypatch.setattr(steady_hour, "_ROWS", 3)


def figures(folder: Path) -> list[np.ndarray]:
    """What crews and people meet in a year and in the steady state, as it is and with a crew at a home."""
    found = []
    for add in ((), ("d2",)):
        plan = with_changes(plan_of(load_study(folder)), add=add)
        outcome = played(plan, 1, 3).outcomes[0]
        found += [outcome.response_min, outcome.door_min, outcome.crew, outcome.km, outcome.gap_min]
        steady = steady_workload(plan)
        found += [steady.busy, steady.share_in_time, steady.mean_min]
    return found


def test_the_same_by_blocks_as_of_all_homes_at_once(
    calls_study: Path, request: pytest.FixtureRequest
) -> None:
    whole = figures(calls_study)
    request.getfixturevalue("streamed")
    for one, other in zip(figures(calls_study), whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-9)


def test_without_kilometres_minutes_are_the_same_and_they_are_not_searched(
    calls_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(load_study(calls_study))
    whole, of_all = plan.ways, steady_workload(with_changes(plan, add=("d2",)))

    def searched(*_: object, **__: object) -> object:
        raise AssertionError("kilometres were looked for")

    monkeypatch.setattr(ways, "travel_kilometres", searched)
    found = plan_of(load_study(calls_study), kilometres=False).ways
    assert len(found.go.way) < len(whole.go.way)
    assert (found.go.layer[:, -1] == -1).all()
    every, craft = np.arange(len(whole.places)), np.arange(len(whole.crafts))
    for state in range(len(whole.parts)):
        one, other = (
            each.minutes(craft[:, None, None], state, every[:, None], each.go.stops)
            for each in (found, whole)
        )
        np.testing.assert_array_equal(one, other)
        one, other = (
            each.minutes(craft[:, None, None], state, each.go.stops[:, None], every)
            for each in (found, whole)
        )
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(found.out_min(state), whole.out_min(state))
    steady = steady_workload(with_changes(plan_of(load_study(calls_study), kilometres=False), add=("d2",)))
    np.testing.assert_array_equal(steady.busy, of_all.busy)


@pytest.mark.usefixtures("streamed")
def test_ways_to_facilities_and_from_home_to_home_are_those_of_the_network(calls_study: Path) -> None:
    plan = plan_of(load_study(calls_study))
    study, found = plan.study, plan.ways
    people, sites = (
        study.demand_points,
        study.on_network(
            study.facilities.set_index("facility_id")
            .loc[found.places["place_id"].iloc[found.demand :]]
            .reset_index()
        ),
    )
    n, d = len(found.places), found.demand
    wanted = np.full((n, n), np.nan)
    for rows, start in ((slice(0, d), people), (slice(d, n), sites)):
        for columns, end in ((slice(0, d), people), (slice(d, n), sites)):
            wanted[rows, columns] = travel_time_matrix(study.network, start, end)
    wanted = np.where(np.isnan(wanted), np.inf, wanted)
    every = np.arange(n)
    np.testing.assert_array_equal(found.drive_min(every[:, None], every[None, d:]), wanted[:, d:])
    np.testing.assert_array_equal(found.drive_min(every[d:, None], every[None]), wanted[d:])
    np.testing.assert_array_equal(found.drive_min(every[:d], every[:d]), np.diagonal(wanted)[:d])
    np.testing.assert_array_equal(found.homes(every[:d], np.arange(1))[0], wanted[:d, :d])
    assert found.go.to.shape[1] == n - d
    assert found.go.way.shape[1] == n
