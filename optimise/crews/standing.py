"""Where idle crews wait, whom they cover, and when nobody does: compiled, over arrays."""

from __future__ import annotations

import numpy as np

from optimise.compiled import uncounted
from optimise.crews.moving import (
    HOMEWARD,
    IDLE,
    MOVED,
    OFF,
    STUCK,
    Fixed,
    Now,
    Order,
    km_between,
    minutes_between,
)
from optimise.crews.system import AT_HOME, ON_STATION


@uncounted
def count_gap(group: int, until: float, now: Now) -> None:
    """A group of places was covered by nobody until a minute: by hour of the day."""
    begin = now.groups.gap_from[group]
    hour = int(begin // 60.0)
    while (hour + 1) * 60.0 < until:
        now.gap[group, hour % 24] += (hour + 1) * 60.0 - begin
        hour += 1
        begin = hour * 60.0
    now.gap[group, hour % 24] += until - begin


@uncounted
def cover(u: int, t: float, fixed: Fixed, now: Now) -> None:
    """A crew has become idle where it stands."""
    if not fixed.road[fixed.craft[u]]:
        return
    for j in range(fixed.ptr[now.crews.stand[u]], fixed.ptr[now.crews.stand[u] + 1]):
        group = fixed.cover[j]
        if now.groups.cover[group] == 0:
            count_gap(group, t, now)
            now.groups.gap_from[group] = -1.0
        now.groups.cover[group] += 1


@uncounted
def uncover(u: int, t: float, fixed: Fixed, now: Now) -> None:
    """A crew is idle no more."""
    if not fixed.road[fixed.craft[u]]:
        return
    for j in range(fixed.ptr[now.crews.stand[u]], fixed.ptr[now.crews.stand[u] + 1]):
        group = fixed.cover[j]
        now.groups.cover[group] -= 1
        if now.groups.cover[group] == 0:
            now.groups.gap_from[group] = t


@uncounted
def go_home(
    u: int, place: int, factor: float, t: float, hour: int, fixed: Fixed, order: Order, now: Now
) -> None:
    """A crew sets out from a place to the base where it is to stand."""
    g, target = fixed.craft[u], fixed.base_place[now.crews.stand[u]]
    x = minutes_between(g, fixed.state[hour], place, target, fixed) * factor
    now.crews.leg_km[u] = km_between(g, place, target, fixed)
    if not x < np.inf:
        x = order.stuck
        now.crews.leg_km[u] = 0.0
        now.counts[STUCK] += 1
    now.crews.status[u] = HOMEWARD
    now.crews.origin[u] = place
    now.crews.left[u] = t
    now.crews.next[u] = t + x
    now.crews.home[u] += x


@uncounted
def is_there(u: int, t: float, hour: int, fixed: Fixed, order: Order, now: Now) -> bool:
    """A crew has come home: idle, and True, if it is on duty; else off duty."""
    now.crews.km[u] += now.crews.leg_km[u]
    now.crews.next[u] = np.inf
    duty = fixed.duty[u, hour % 168]
    if duty == 0:
        now.crews.status[u] = OFF
        now.crews.stand[u] = fixed.base[u]
        return False
    if duty == AT_HOME and now.crews.stand[u] != fixed.base[u]:
        place = fixed.base_place[now.crews.stand[u]]
        now.crews.stand[u] = fixed.base[u]
        go_home(u, place, 1.0, t, hour, fixed, order, now)
        return False
    now.crews.status[u] = IDLE
    cover(u, t, fixed, now)
    return True


@uncounted
def best_base(u: int, hour: int, fixed: Fixed, order: Order, now: Now) -> int:
    """DMEXCLP: the base where one more crew adds most expected coverage; the crew's own of equal ones."""
    home = fixed.base[u]
    if order.busy <= 0 or not fixed.road[fixed.craft[u]] or fixed.duty[u, hour % 168] != ON_STATION:
        return int(home)
    there = now.groups.others
    there[:] = 0.0
    for v in range(len(fixed.base)):
        if (
            v != u
            and fixed.road[fixed.craft[v]]
            and (now.crews.status[v] == IDLE or now.crews.status[v] == HOMEWARD)
        ):
            for j in range(fixed.ptr[now.crews.stand[v]], fixed.ptr[now.crews.stand[v] + 1]):
                there[fixed.cover[j]] += 1.0
    best, most = home, -1.0
    for step in range(len(fixed.base_place) + 1):
        b = home if step == 0 else step - 1
        if not order.near[home, b]:
            continue
        gain = 0.0
        for j in range(fixed.ptr[b], fixed.ptr[b + 1]):
            group = fixed.cover[j]
            gain += order.weight[group] * order.busy ** there[group]
        if gain > most * (1 + 1e-9):
            best, most = b, gain
    return int(best)


@uncounted
def _move(u: int, target: int, t: float, hour: int, fixed: Fixed, order: Order, now: Now) -> None:
    uncover(u, t, fixed, now)
    place = fixed.base_place[now.crews.stand[u]]
    now.crews.stand[u] = target
    go_home(u, place, 1.0, t, hour, fixed, order, now)
    now.counts[MOVED] += 1


@uncounted
def stand_by(t: float, hour: int, fixed: Fixed, order: Order, now: Now) -> None:
    """The table of moves: a crew goes where nobody waits, and home when somebody does again."""
    for m in range(len(order.moves)):
        watched, sends, target = order.moves[m]
        waiting, spare = 0, -1
        for u in range(len(fixed.base)):
            if now.crews.status[u] == IDLE and fixed.road[fixed.craft[u]]:
                waiting += fixed.base[u] == watched and now.crews.stand[u] == watched
                on_station = fixed.duty[u, hour % 168] == ON_STATION
                if on_station and fixed.base[u] == sends and now.crews.stand[u] == sends:
                    spare = u
        sent = now.active[m]
        if sent >= 0 and now.crews.stand[sent] != target:
            now.active[m] = sent = -1
        if sent < 0 and waiting == 0 and spare >= 0 and target != sends:
            _move(spare, target, t, hour, fixed, order, now)
            now.active[m] = spare
        elif sent >= 0 and waiting > 0 and now.crews.status[sent] == IDLE:
            _move(sent, fixed.base[sent], t, hour, fixed, order, now)
            now.active[m] = -1
