"""A small region with everything in it, for tests of the event loop."""

from __future__ import annotations

import numpy as np

from optimise.crews import Apart, ByStops, Calls, Rules, System

HOURS = 24 * 70
RULES = Rules(
    preempt=((0, 2),),
    beats_min=10.0,
    far_min=35.0,
    max_reach_min=(np.inf, 70.0, 40.0),
    max_wait_min=(0.0, 30.0, 100.0),
)


def between_all(go_min: np.ndarray, km: np.ndarray) -> ByStops:
    """The ways of a region so small that every place is a stop.

    Args:
        go_min: (C, S, X, X) minutes from place to place.
        km: (C, X, X) kilometres.
    """
    crafts, states, places, _ = go_min.shape
    minutes = np.arange(crafts * states).reshape(crafts, states)
    kilometres = crafts * states + np.arange(crafts)
    layers = np.concatenate([go_min.reshape(-1, places, places), km])
    return by_stops(np.arange(places), np.column_stack([minutes, kilometres]), layers)


def held_layers(ways: ByStops) -> np.ndarray:
    """(L, X, F) figures from every place to every stop."""
    return ways.way[ways.to].swapaxes(1, 2)


def by_stops(stops: np.ndarray, layer: np.ndarray, layers: np.ndarray, apart: Apart | None = None) -> ByStops:
    """The ways of (L, X, X) layers to and from some places."""
    to, out_of = layers[:, :, stops].swapaxes(1, 2), layers[:, stops]
    rows = np.arange(to.shape[0] * to.shape[1]).reshape(to.shape[:2])
    way = np.concatenate([to.reshape(-1, layers.shape[1]), out_of.reshape(-1, layers.shape[1])])
    return ByStops(stops, layer, way, rows, rows.size + rows, apart)


def small_system(seed: int = 1, *, places: int = 30, crews: int = 10) -> System:
    """Two states of the roads, cars and helicopters, duty on station, at home and off, and an island."""
    g = np.random.default_rng(seed)
    xy = g.uniform(0, 60, (places, 2))
    far = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    road = np.stack([far * 1.3, far * 1.6])
    island = np.zeros(places, bool)
    island[-3:] = True
    road[1][island[:, None] != island[None, :]] = np.inf
    air = np.stack([far * 0.4 + 4] * 2)
    bases = g.choice(places - 3, 6, replace=False)
    base = np.concatenate([g.integers(0, 5, crews - 2), [5, 5]])
    craft = np.r_[np.zeros(crews - 2, int), 1, 1]
    out = np.moveaxis(road[:, bases, :], 1, 2).copy()
    out[:, :, 5] = air[:, bases[5], :]
    duty = np.ones((crews, 168), int)
    night = (np.arange(168) % 24 < 7) | (np.arange(168) % 24 >= 22)
    duty[::3, night] = 2
    duty[1::3, night] = 0
    up = np.ones((2, HOURS), bool)
    up[1] = np.repeat(g.random(HOURS // 8 + 1) < 0.8, 8)[:HOURS]
    hours = np.arange(HOURS) % 24
    return System(
        out_min=out, ways=between_all(np.stack([road, air]), np.stack([far * 1.2, far])), base_place=bases, base=base, craft=craft,
        duty=duty, mobilise_min=np.array([[[2.0, 2.0], [6.0, 8.0]], [[10.0, 15.0], [10.0, 15.0]]]), up=up,
        state=((hours < 7) | (hours >= 22)).astype(np.int64), may=np.array([[1, 2], [1, 2], [1, 0]]), road=np.array([True, False]),
        limit_min=np.full(places, 25.0),
    )  # fmt: skip


def small_calls(seed: int = 2, *, n: int = 3000, places: int = 30, hours: int = HOURS) -> Calls:
    """Calls of three classes; some patients change to another crew where they are brought."""
    g = np.random.default_rng(seed)
    start = np.sort(g.uniform(0, 60.0 * hours - 600, n))
    onward = np.full(n, -1)
    later = g.choice(n, n // 20, replace=False)
    onward[later] = n + np.arange(len(later))
    n_all = n + len(later)
    to = np.where(g.random(n_all) < 0.7, g.integers(0, places, n_all), -1)
    urgency = g.integers(0, 3, n_all)
    return Calls(
        start_min=np.r_[start, np.full(len(later), np.inf)], at=g.integers(0, places, n_all), to=to, to_off_road=np.where(to >= 0, 0, -1),
        urgency=urgency, severe=(urgency == 0) & (g.random(n_all) < 0.3), scene_min=g.gamma(3, 6, n_all), handover_min=g.gamma(4, 5, n_all),
        drive_factor=np.exp(0.15 * g.standard_normal(n_all)), mobilise_factor=np.exp(0.4 * g.standard_normal(n_all)),
        onward=np.r_[onward, np.full(len(later), -1)],
    )  # fmt: skip
