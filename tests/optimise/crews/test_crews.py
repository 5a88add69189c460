"""Crews out on calls: against SimPy call by call, against queueing theory, and what must always hold."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import factorial
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from exact_hypercube import exact_hypercube
from simpy_oracle import as_simpy
from small import HOURS, RULES, between_all, by_stops, held_layers, small_calls, small_system

from optimise import ProblemError
from optimise.crews import (
    Apart,
    Calls,
    Rules,
    Standby,
    System,
    approximate_hypercube,
    moving,
    running,
    simulate,
)
from optimise.errors import SolverError

END = 60.0 * HOURS
NO_LIMIT = {"max_reach_min": (np.inf,) * 3, "max_wait_min": (0.0,) * 3}


@pytest.mark.parametrize(
    "changes",
    [{}, {"preempt": ()}, {"on_the_way_home": False}, NO_LIMIT, {"preempt": ((0, 1), (0, 2), (1, 2))}],
    ids=["all", "nobody is taken", "from home only", "no limits", "taken from two classes"],
)
def test_every_call_gets_the_same_crew_and_minute_as_in_simpy(changes: dict) -> None:
    system, calls, rules = small_system(), small_calls(), replace(RULES, **changes)
    found = simulate(system, calls, rules, end_min=END)
    response, door, crew = as_simpy(system, calls, rules, END)
    assert found.crew.tolist() == crew
    for mine, theirs in ((found.response_min, response), (found.door_min, door)):
        np.testing.assert_allclose(
            mine, [np.nan if one is None else one for one in theirs], rtol=0, atol=1e-6
        )
    assert (found.taken.sum() > 0) == bool(rules.preempt)
    assert len(set(crew)) > 8


def with_stops(system: System, asked: list[tuple[int, int]]) -> System:
    """The same region with bases and the place of boats and aircraft as its only stops, the rest found when asked."""
    crafts, states = len(system.road), len(system.out_min)
    places = system.ways.places
    held = held_layers(system.ways)
    go, km = held[: crafts * states], held[crafts * states :]
    # Layers of cars first: two states and kilometres, then those of the helicopters.
    layers = np.concatenate([go[:states], km[:1], go[states:], km[1:]])
    stops = np.unique(np.append(system.base_place, 0))

    def pairs(figure: int, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        asked.append((figure, len(starts)))
        return layers[figure][starts, ends]

    apart = Apart(
        lambda homes, which: layers[: states + 1, homes[:, None], homes],
        pairs,
        np.full((states, places, 1), -1),
        np.zeros(places, int),
    )

    assert len(stops) < places
    layer = np.arange(crafts * (states + 1)).reshape(crafts, states + 1)
    return replace(system, ways=by_stops(stops, layer, layers, apart))


@pytest.mark.parametrize(("remembered", "likely"), [(1, 0), (64, 0), (2**14, 0), (64, 1000), (None, 0)])
def test_ways_between_homes_found_as_they_are_asked_for_change_no_call(
    remembered: int | None, likely: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if remembered:
        monkeypatch.setattr(running, "_AT_ONCE", 0)
        monkeypatch.setattr(running, "_REMEMBERED", remembered)
        monkeypatch.setattr(running, "_LIKELY_OF", likely)
    system, calls, asked = small_system(places=120), small_calls(n=1500, places=120), []
    response, door, crew = as_simpy(system, calls, RULES, END)
    found = simulate(with_stops(system, asked), calls, RULES, end_min=END)
    assert found.crew.tolist() == crew
    for mine, theirs in ((found.response_min, response), (found.door_min, door)):
        np.testing.assert_allclose(
            mine, [np.nan if one is None else one for one in theirs], rtol=0, atol=1e-6
        )
    whole = simulate(system, calls, RULES, end_min=END)
    for name in whole.__dataclass_fields__:
        assert np.asarray(getattr(found, name)).tobytes() == np.asarray(getattr(whole, name)).tobytes()
    if not remembered:
        assert asked == []
        return
    assert (max(count for _, count in asked) > 50) == (likely > 0)
    if likely:
        return
    # Of the crews that are on their way from home to home, those alone that could be the first.
    assert {figure for figure, _ in asked} == {0, 1, 2}
    assert sum(count for _, count in asked) < 2 * len(calls.at)


def with_cut_off(system: System, places: list[int]) -> System:
    """The same region, a boat or a car never going to or from some places; the helicopters still do."""
    held = held_layers(system.ways)
    cut = np.zeros(system.ways.places, bool)
    cut[places] = True
    crossing = cut[:, None] != cut[None, :]
    states, drive = len(system.out_min), np.flatnonzero(system.road)
    layers = held.copy()
    for g in drive.tolist():
        layers[g * states : (g + 1) * states][:, crossing] = np.inf
    out = system.out_min.copy()
    own = np.unique(system.base[system.road[system.craft]])
    out[:, np.ix_(cut, own)[0], own] = np.inf
    go, km = layers[: len(system.road) * states], layers[len(system.road) * states :]
    ways = between_all(go.reshape(len(system.road), states, *go.shape[1:]), km)
    return replace(system, ways=ways, out_min=out)


def with_islands(system: System, places: list[int]) -> System:
    """It with bases as its only stops, the places that are cut off being an island of their own."""
    made = with_stops(system, [])
    island = np.zeros(made.ways.places, int)
    island[places] = 1
    return replace(made, ways=replace(made.ways, apart=replace(made.ways.apart, island=island)))


@pytest.mark.parametrize("give_up", [(), (np.inf, 300.0, 45.0)], ids=["waits for ever", "gives up"])
@pytest.mark.parametrize("standby", [Standby(), Standby(busy=0.3)], ids=["home", "dmexclp"])
def test_those_whom_nobody_can_reach_wait_apart_and_change_nothing(
    give_up: tuple[float, ...], standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = replace(RULES, give_up_min=give_up, standby=standby)
    whole = small_system(places=60)
    free = np.setdiff1d(np.arange(57), [0, *whole.base_place])[:9].tolist()
    system, calls = with_cut_off(whole, free), small_calls(n=1500, places=60)
    apart = with_islands(system, free)
    ever = moving.who_is_reached(rules, apart)
    # Cars and helicopters answer the first two classes, cars alone the last.
    assert ever[:2].all()
    assert np.flatnonzero(~ever[2]).tolist() == sorted(free)
    found = simulate(apart, calls, rules, end_min=END)
    kept = found.left if not give_up else found.lost
    assert kept > 50
    monkeypatch.setattr(moving, "who_is_reached", lambda *_: np.ones_like(ever))
    together = simulate(apart, calls, rules, end_min=END)
    for name in together.__dataclass_fields__:
        assert np.asarray(getattr(found, name)).tobytes() == np.asarray(getattr(together, name)).tobytes()
    if give_up or standby.busy:  # the oracle knows neither
        return
    response, door, crew = as_simpy(system, calls, rules, END)
    assert found.crew.tolist() == crew
    for mine, theirs in ((found.response_min, response), (found.door_min, door)):
        np.testing.assert_allclose(
            mine, [np.nan if one is None else one for one in theirs], rtol=0, atol=1e-6
        )
    never = np.isin(calls.at, free) & (calls.urgency == 2)
    assert np.isnan(found.response_min[never]).all()


def test_places_that_the_same_bases_cover_are_counted_as_one() -> None:
    system = small_system(places=200)
    covered, group = moving.covered_alike(system)
    from_each = system.covered_from()
    assert (covered[:, group] == from_each).all()
    assert len({tuple(column) for column in from_each.T.tolist()}) == covered.shape[1] < 200
    nowhere = replace(system, limit_min=np.full(200, np.inf))
    covered, group = moving.covered_alike(nowhere)
    assert covered.shape[1] == 1
    assert not covered.any()
    assert not group.any()


def test_without_calls_the_hours_pass_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_AT_ONCE", 0)
    system, nobody = small_system(), small_calls(n=0)
    found = simulate(with_stops(system, []), nobody, RULES, end_min=END)
    assert found.gap_min.tobytes() == simulate(system, nobody, RULES, end_min=END).gap_min.tobytes()
    assert found.gap_min.sum() > 0


def queue(ways: list[int], hours: int) -> System:
    """Crews at as many bases as ``ways`` names; base b is b minutes away, and nothing else takes time."""
    bases = len(ways)
    out = np.arange(bases, dtype=float)[None, None, :].repeat(1 + bases, axis=1)
    base = np.repeat(np.arange(bases), ways)
    x = 1 + bases
    return System(
        out_min=out, ways=between_all(np.zeros((1, 1, x, x)), np.zeros((1, x, x))), base_place=1 + np.arange(bases), base=base,
        craft=np.zeros(len(base), int), duty=np.ones((len(base), 168), int), mobilise_min=np.zeros((1, 2, 1)),
        up=np.ones((1, hours), bool), state=np.zeros(hours, int), may=np.ones((2, 1), int), road=np.array([True]),
        limit_min=np.full(x, np.inf),
    )  # fmt: skip


def customers(seed: int, n: int, rate: float, service: np.ndarray, first: float = 0.0) -> Calls:
    g = np.random.default_rng(seed)
    urgency = (g.random(n) >= first).astype(int)
    ones, none = np.ones(n), np.full(n, -1)
    return Calls(
        start_min=np.cumsum(g.exponential(1 / rate, n)), at=np.zeros(n, int), to=none, to_off_road=none, urgency=urgency,
        severe=np.zeros(n, bool), scene_min=service, handover_min=0 * ones, drive_factor=ones, mobilise_factor=ones, onward=none,
    )  # fmt: skip


FROM_HOME = Rules(on_the_way_home=False)
SERVICES = {
    "exponential": lambda g, n: g.exponential(30.0, n),
    "gamma": lambda g, n: g.gamma(3.0, 10.0, n),
    "lognormal": lambda g, n: 30.0 * np.exp(0.8 * g.standard_normal(n) - 0.32),
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("servers", [1, 3, 6])
def test_what_overflows_is_erlangs_loss_whatever_the_service(service: str, servers: int) -> None:
    offered, n = 0.6 * servers + 0.5, 8000
    shares = []
    for seed in range(8):
        g = np.random.default_rng([seed, 7])
        # The way to the first base is 0, so that what a crew is bound by is the service alone.
        calls = customers(seed, n, offered / 30.0, SERVICES[service](g, n))
        hours = int(calls.start_min[-1] // 60) + 30
        found = simulate(queue([servers, 60], hours), calls, FROM_HOME, end_min=60.0 * hours)
        shares.append(float((found.crew >= servers).mean()))
    terms = [offered**k / factorial(k) for k in range(servers + 1)]
    spread = np.std(shares, ddof=1) / np.sqrt(len(shares))
    assert abs(np.mean(shares) - terms[-1] / sum(terms)) < 4 * spread


def cobham(servers: int, rates: list[float], mean: float) -> list[float]:
    """Mean waits by class, the first first, nobody interrupted (Cobham 1954); of one class it is Erlang's C."""
    a = sum(rates) * mean
    last = a**servers / factorial(servers) / (1 - a / servers)
    waits = last / (sum(a**k / factorial(k) for k in range(servers)) + last)
    done = np.concatenate([[0.0], np.cumsum(rates) * mean / servers])
    return [waits * mean / servers / ((1 - done[k]) * (1 - done[k + 1])) for k in range(len(rates))]


@pytest.mark.parametrize(
    ("servers", "load", "first"), [(2, 0.7, 0.0), (5, 0.8, 0.0), (2, 0.7, 0.3), (5, 0.8, 0.5)]
)
def test_waits_are_erlangs_and_cobhams(servers: int, load: float, first: float) -> None:
    n, mean = 12000, 30.0
    rate = load * servers / mean
    waits = []
    for seed in range(10):
        service = np.random.default_rng([seed, 9]).exponential(mean, n)
        calls = customers(seed, n, rate, service, first)
        hours = int(calls.start_min[-1] // 60) + 200
        found = simulate(queue([servers], hours), calls, FROM_HOME, end_min=60.0 * hours)
        classes = [calls.urgency == 0, calls.urgency == 1] if first else [calls.urgency == 1]
        waits.append([found.wait_min[one].mean() for one in classes])
    rates = [rate * first, rate * (1 - first)] if first else [rate]
    spread = np.std(waits, axis=0, ddof=1) / np.sqrt(len(waits))
    assert (np.abs(np.mean(waits, axis=0) - cobham(servers, rates, mean)) < 4 * spread).all()


@pytest.mark.parametrize(("load", "off"), [(0.15, 0.003), (0.3, 0.006), (0.5, 0.012)])
def test_the_approximation_is_near_the_exact_hypercube_of_eight_crews(load: float, off: float) -> None:
    g = np.random.default_rng(4)
    rate = g.uniform(0.5, 1.5, 12)
    rate *= load * 8 / 40 / rate.sum()
    near = np.argsort(g.random((12, 8)), axis=1)
    busy, sent, lost = exact_hypercube(rate, near, 40.0)
    found = approximate_hypercube(rate, near, np.full((12, 8), 40.0), crews=8)
    assert np.abs(found.busy - busy).max() < off
    assert np.abs(found.sent - sent).max() < 0.02
    assert found.lost == pytest.approx(lost, rel=1e-3)


def test_the_event_loop_is_near_the_exact_hypercube() -> None:
    """Eight crews at eight bases; what finds them busy goes to sixty others, so that nobody waits."""
    g = np.random.default_rng(5)
    near = np.argsort(g.random((12, 8)), axis=1)
    rate = np.full(12, 0.4 * 8 / 30 / 12)
    busy, sent, _ = exact_hypercube(rate, near, 30.0)
    n, hours = 40000, 40000
    system = queue([1] * 8 + [60], hours)
    order = np.argsort(near, axis=1)  # minutes of each crew are its rank
    out = np.hstack([1e-6 * order, np.ones((12, 1))])
    x = 12 + 9
    system = replace(
        system, out_min=np.vstack([out, np.ones((9, 9))])[None], ways=between_all(np.zeros((1, 1, x, x)), np.zeros((1, x, x))),
        base_place=12 + np.arange(9), limit_min=np.full(x, np.inf),
    )  # fmt: skip
    calls = customers(1, n, rate.sum(), np.random.default_rng(2).exponential(30.0, n))
    calls = replace(calls, at=g.integers(0, 12, n))
    end = float(calls.start_min[-1])
    assert end < 60.0 * hours
    found = simulate(system, calls, FROM_HOME, end_min=end)
    assert np.abs(found.busy_min[:8].sum(axis=1) / end - busy).max() < 0.015
    rank = np.where(
        found.crew < 8, near[calls.at].argsort(axis=1)[np.arange(n), np.minimum(found.crew, 7)], 8
    )
    assert np.bincount(rank, minlength=9)[:8] / n == pytest.approx(sent.mean(axis=0), abs=0.015)


def test_whom_weather_keeps_at_home_passes_calls_on() -> None:
    """Calls so few that nobody is ever busy: the first goes when it can, else the next."""
    near, down = np.array([[0, 1, 2], [2, 1, 0]]), np.array([0.5, 0.2, 0.0])
    found = approximate_hypercube(np.full(2, 1e-9), near, np.full((2, 3), 60.0), crews=3, down=down)
    assert found.sent[0] == pytest.approx([0.5, 0.5 * 0.8, 0.5 * 0.2], abs=1e-6)
    assert found.sent[1] == pytest.approx([1, 0, 0], abs=1e-6)
    # A crew alone on its list answers everything, now or after the weather: busy is rate x minutes.
    alone = approximate_hypercube(
        np.array([0.01]), np.array([[0]]), np.array([[50.0]]), crews=2, down=np.array([0.3, 0])
    )
    assert alone.busy == pytest.approx([0.5, 0], abs=1e-6)


def test_no_rest_and_saturation_are_refused() -> None:
    near = np.array([[0, 1], [1, 0]])
    with pytest.raises(SolverError, match="simulate instead"):
        approximate_hypercube(np.array([0.2, 0.2]), near, np.full((2, 2), 500.0), crews=2)
    with pytest.raises(SolverError, match="does not come to rest after 2 rounds"):
        approximate_hypercube(np.array([0.01, 0.01]), near, np.full((2, 2), 50.0), crews=2, most_rounds=2)
    with pytest.raises(ProblemError, match="numbers, from 0"):
        approximate_hypercube(np.array([0.01, 0.01]), near + 1, np.full((2, 2), 50.0), crews=2)


def test_nobody_is_on_two_calls_and_every_minute_is_counted() -> None:
    system, calls = small_system(), small_calls()
    found = simulate(system, calls, replace(RULES, preempt=()), end_min=END)
    came = found.crew >= 0
    begin = calls.start_min + found.wait_min
    end = calls.start_min + found.response_min + calls.scene_min
    for crew in range(len(system.base)):
        mine = np.flatnonzero(came & (found.crew == crew) & np.isfinite(calls.start_min))
        mine = mine[np.argsort(begin[mine])]
        assert (begin[mine][1:] >= end[mine][:-1] - 1e-6).all()
    assert found.missions.sum() <= came.sum()
    assert (
        found.door_min[np.isfinite(found.door_min)] >= found.response_min[np.isfinite(found.door_min)]
    ).all()
    hours = found.busy_min.sum()
    known = np.nansum(np.where(came, found.response_min - found.wait_min + calls.scene_min, 0))
    carried = np.isfinite(found.door_min)
    known += np.sum((found.door_min - found.response_min - calls.scene_min + calls.handover_min)[carried])
    assert hours == pytest.approx(known, rel=2e-3)  # who is out at the very end is not counted yet


def test_the_same_calls_give_the_same_bytes() -> None:
    first, second = (simulate(small_system(), small_calls(), RULES, end_min=END) for _ in range(2))
    for name in first.__dataclass_fields__:
        assert np.asarray(getattr(first, name)).tobytes() == np.asarray(getattr(second, name)).tobytes()


def line(hours: int = 24) -> System:
    """Three bases on a line, 10 minutes apart, one crew at each; places are the bases."""
    far = 10.0 * np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    base = np.arange(3)
    return System(
        out_min=far[None], ways=between_all(far[None, None], far[None]), base_place=base, base=base, craft=np.zeros(3, int),
        duty=np.ones((3, 168), int), mobilise_min=np.full((1, 2, 1), 1.0), up=np.ones((1, hours), bool),
        state=np.zeros(hours, int), may=np.ones((1, 1), int), road=np.array([True]), limit_min=np.full(3, 5.0),
    )  # fmt: skip


def at(*rows: tuple[float, int, float]) -> Calls:
    start, place, scene = (np.array(column) for column in zip(*rows, strict=True))
    n = len(rows)
    ones, none = np.ones(n), np.full(n, -1)
    return Calls(
        start_min=start.astype(float), at=place.astype(int), to=none, to_off_road=none, urgency=np.zeros(n, int), severe=np.zeros(n, bool),
        scene_min=scene.astype(float), handover_min=ones, drive_factor=ones, mobilise_factor=ones, onward=none,
    )  # fmt: skip


def test_gaps_are_the_minutes_without_an_idle_crew_within_reach() -> None:
    found = simulate(line(), at((100, 0, 50)), end_min=1440.0)
    # Out from 100, a minute to leave, at once there, 50 on scene, at once home: 51 minutes of hours 1 and 2.
    assert found.gap_min[0, :4].tolist() == [0, 20, 31, 0]
    assert found.gap_min[1:].sum() == 0
    assert found.response_min.tolist() == [1]
    assert found.busy_min[0, :3].tolist() == [0, 20, 31]


def test_a_table_of_moves_sends_a_crew_and_calls_it_home() -> None:
    rules = Rules(standby=Standby(moves=((0, 1, 0),)))
    calls = at((100, 0, 200), (150, 0, 10))
    without = simulate(line(), calls, end_min=1440.0)
    found = simulate(line(), calls, rules, end_min=1440.0)
    assert without.response_min.tolist() == [1, 11]
    assert found.response_min.tolist() == [1, 1]
    # There at 110, out from 150 to 161, home at 171; then it is sent again, and called home at 301.
    assert found.standby_moves == 3
    assert found.gap_min[0].sum() < without.gap_min[0].sum()
    assert found.gap_min[1].sum() > without.gap_min[1].sum()


def test_dmexclp_sends_a_crew_that_is_free_where_most_is_added() -> None:
    # Many calls at place 0 whose own crew is out for long: the crew of place 1 waits there after its own call.
    calls = at((1, 0, 600), (2, 1, 5), (60, 0, 1), (90, 0, 1), (120, 0, 1))
    rules = Rules(standby=Standby(busy=0.3, within_min=15.0))
    stays = simulate(line(), calls, end_min=1440.0)
    moves = simulate(line(), calls, rules, end_min=1440.0)
    assert stays.response_min[2] == 11
    assert moves.response_min[2] == 1
    near = replace(rules, standby=Standby(busy=0.3, within_min=5.0))
    assert simulate(line(), calls, near, end_min=1440.0).response_min[2] == 11


def test_a_crew_that_no_way_leads_home_from_is_told() -> None:
    system = line()
    held = held_layers(system.ways)
    lost = held[:1, None].copy()
    lost[0, 0, 2, 0] = np.inf
    one = replace(
        system,
        ways=between_all(lost, held[1:]),
        base=np.array([0]),
        craft=np.array([0]),
        duty=system.duty[:1],
    )
    found = simulate(
        one, at((10, 2, 5), (40, 0, 5)), Rules(stuck_min=100.0, on_the_way_home=False), end_min=1440.0
    )
    assert found.stuck == 1
    assert found.response_min.tolist() == [21, 10 + 21 + 5 + 100 - 40 + 1]


def test_arrays_that_do_not_fit_are_told_together() -> None:
    system = line()
    with pytest.raises(ProblemError, match=r"duty.*\n?.*limit_min"):
        replace(system, duty=system.duty[:, :24], limit_min=np.zeros(1))
    with pytest.raises(ProblemError, match="NaN"):
        replace(system, out_min=np.full((1, 3, 3), np.nan))
    with pytest.raises(ProblemError, match="order"):
        at((100, 0, 1), (50, 0, 1))
    with pytest.raises(ValueError, match="fewer hours"):
        simulate(system, at((1, 0, 1)), end_min=1e6)
