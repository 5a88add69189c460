"""The event loop: calls, crews and the hours that change duty, weather and roads; compiled, over arrays."""

from __future__ import annotations

import numpy as np

from optimise.compiled import uncounted
from optimise.crews.choosing import ASKS, choose, could_take, minutes_until
from optimise.crews.moving import (
    ASIDE,
    ASKED,
    AT_DOOR,
    CALLS,
    CARRYING,
    CLASS,
    FIRST_LOOKED_AT,
    FREED,
    HOMEWARD,
    HOUR,
    IDLE,
    LOST,
    MOBILISING,
    NEXT_CALL,
    NOT_CONVEYED,
    NOT_OVER,
    OFF,
    ON_SCENE,
    OUT,
    POSITION,
    WAITING,
    Fixed,
    Now,
    Order,
    Records,
    ask,
    km_between,
    minutes_between,
)
from optimise.crews.standing import best_base, count_gap, cover, go_home, is_there, stand_by, uncover

#: Who is looked at after an event, where it is not one crew that has become free: nobody, all who wait, or
#: the last who called. (One place asks for it, so that machine code for it is made once.)
NOBODY, EVERYBODY, LAST = -3, -2, -1


@uncounted
def run(fixed: Fixed, lot: Records, order: Order, now: Now, end: float) -> bool:
    """Let everything happen that does before a minute; ``now`` holds what came of it, to go on from.

    The next thing is found by looking at every crew: at a hundred crews that is quicker than a heap.

    Returns:
        whether ways must be found (``now.asked``) before it goes on, with the same arguments.
    """
    known = now.counts[CALLS]
    if now.serving[NOT_OVER] == 1 and _goes_on(fixed, lot, order, now):
        return True
    while True:
        u = int(np.argmin(now.crews.next)) if len(now.crews.next) else -1
        leg = now.crews.next[u] if u >= 0 else np.inf
        i = now.counts[NEXT_CALL]
        begins = lot.start[i] if i < known else np.inf
        tick = now.tick[0]
        t = min(leg, begins, tick, now.recheck[0])
        if t >= end:
            break
        hour = int(t // 60.0)
        if begins <= t:
            now.counts[NEXT_CALL] += 1
            _wait(i, t, order, lot, now)
            asks = LAST
        elif leg <= t:
            if now.crews.status[u] == ON_SCENE and _lacks_target(u, hour, fixed, lot, now):
                return True
            asks = _crew_does(u, t, hour, fixed, lot, order, now)
        elif now.recheck[0] < tick:
            asks = _patience_ends(t, order, lot, now)
        else:
            hour = int(tick / 60.0 + 0.5)
            asks = _hour_begins(tick, hour, fixed, order, now)
            now.tick[0] += 60.0
        if asks != NOBODY:
            first = now.counts[WAITING] - 1 if asks == LAST else 0
            if asks != LAST:
                now.at[1] = t
            if _serve(first, max(asks, -1), 0, first, t, hour, fixed, lot, order, now):
                return True
        if len(order.moves):
            stand_by(t, hour, fixed, order, now)
    return False


@uncounted
def _goes_on(fixed: Fixed, lot: Records, order: Order, now: Now) -> bool:
    """Serve who was being served when ways were asked for; True where more must be found."""
    now.serving[NOT_OVER] = 0
    first, freed, hour = now.serving[FIRST_LOOKED_AT], now.serving[FREED], now.serving[HOUR]
    k, position = now.serving[CLASS], now.serving[POSITION]
    if _serve(first, freed, k, position, now.at[0], hour, fixed, lot, order, now):
        return True
    if len(order.moves):
        stand_by(now.at[0], hour, fixed, order, now)
    return False


@uncounted
def _lacks_target(u: int, hour: int, fixed: Fixed, lot: Records, now: Now) -> bool:
    """Whether the way of a patient from home to home must be found first: then it is asked for."""
    c = now.crews.call[u]
    g, to, s = fixed.craft[u], _target(u, c, fixed, lot), fixed.state[hour]
    if to < 0:
        return False
    for figure in (s, fixed.layer.shape[1] - 1):
        if np.isnan(minutes_between(g, figure, lot.at[c], to, fixed)):
            now.counts[ASKED] = 0
            ask(figure, lot.at[c], to, now)
            return True
    return False


@uncounted
def begin(fixed: Fixed, now: Now) -> None:
    """Who is covered when everybody is at home, and who is not."""
    for u in range(len(fixed.base)):
        if now.crews.status[u] == IDLE and fixed.road[fixed.craft[u]]:
            for j in range(fixed.ptr[now.crews.stand[u]], fixed.ptr[now.crews.stand[u] + 1]):
                now.groups.cover[fixed.cover[j]] += 1
    for group in range(len(now.groups.cover)):
        if now.groups.cover[group] == 0:
            now.groups.gap_from[group] = 0.0


@uncounted
def finish(end: float, lot: Records, order: Order, now: Now) -> None:
    """Gaps that are open at the end, and who still waits or gave up of those to whom nobody could come."""
    for group in range(len(now.groups.cover)):
        if now.groups.gap_from[group] >= 0:
            count_gap(group, end, now)
    for i in range(now.counts[ASIDE]):
        c = now.aside[i]
        gave_up = now.at[1] - now.calls.begun[c] >= order.patience[lot.urgency[c]]
        now.counts[LOST if gave_up else WAITING] += 1


@uncounted
def _wait(c: int, t: float, order: Order, lot: Records, now: Now) -> None:
    """A call waits, behind those that began before it."""
    place = now.counts[WAITING]
    while place > 0 and now.calls.begun[now.queue[place - 1]] > now.calls.begun[c]:
        now.queue[place] = now.queue[place - 1]
        place -= 1
    now.queue[place] = c
    now.counts[WAITING] += 1
    patience = now.calls.begun[c] + order.wait[lot.urgency[c]]
    if patience > t and patience < now.recheck[0]:
        now.recheck[0] = patience


@uncounted
def _patience_ends(t: float, order: Order, lot: Records, now: Now) -> int:
    """Somebody may have waited so long that a crew from any distance is sent."""
    asks = NOBODY
    now.recheck[0] = np.inf
    for j in range(now.counts[WAITING]):
        c = now.queue[j]
        patience = now.calls.begun[c] + order.wait[lot.urgency[c]]
        if patience == t:
            asks = EVERYBODY
        if patience > t and patience < now.recheck[0]:
            now.recheck[0] = patience
    return asks


@uncounted
def _crew_does(u: int, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now) -> int:
    """What a crew was doing ends, and the next begins; who is looked at after it."""
    c, status = now.crews.call[u], now.crews.status[u]
    if status == MOBILISING:
        now.crews.status[u] = OUT
        now.crews.next[u] = now.crews.arrive[u]
    elif status == OUT:
        now.calls.response[c] = t - now.calls.begun[c]
        now.crews.km[u] += now.crews.leg_km[u]
        now.crews.status[u] = ON_SCENE
        now.crews.next[u] = t + lot.scene[c]
    elif status == ON_SCENE:
        return _leaves_scene(u, c, t, hour, fixed, lot, order, now)
    elif status == CARRYING:
        now.calls.door[c] = t - now.calls.begun[c]
        now.crews.status[u] = AT_DOOR
        now.crews.next[u] = t + lot.handover[c]
    elif status == AT_DOOR:
        _finish(u, _target(u, c, fixed, lot), t, hour, fixed, lot, order, now)
        return u
    elif status == HOMEWARD and is_there(u, t, hour, fixed, order, now):
        return u
    return NOBODY


@uncounted
def _target(u: int, c: int, fixed: Fixed, lot: Records) -> int:
    return int(lot.to[c] if fixed.road[fixed.craft[u]] else lot.to_off_road[c])


@uncounted
def _leaves_scene(
    u: int, c: int, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now
) -> int:
    g, to = fixed.craft[u], _target(u, c, fixed, lot)
    x = np.inf
    if to >= 0:
        x = minutes_between(g, fixed.state[hour], lot.at[c], to, fixed) * lot.drive[c]
        now.counts[NOT_CONVEYED] += not x < np.inf
    if not x < np.inf:
        _finish(u, lot.at[c], t, hour, fixed, lot, order, now)
        return u
    now.crews.status[u] = CARRYING
    now.crews.next[u] = t + x
    now.crews.km[u] += km_between(g, lot.at[c], to, fixed)
    after = lot.onward[c]
    if after < 0 or not fixed.road[g]:
        return NOBODY
    now.calls.begun[after] = t
    _wait(after, t, order, lot, now)
    return LAST


@uncounted
def _finish(
    u: int, place: int, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now
) -> None:
    """A crew is done with its call: it may be sent on, and drives home."""
    c = now.crews.call[u]
    a = now.crews.since[u]
    while a < t:
        b = min(t, (np.floor(a / 60.0) + 1) * 60.0)
        now.busy[u, int(a // 60.0) % 168] += b - a
        a = b
    now.crews.missions[u] += 1
    now.crews.call[u] = -1
    now.crews.stand[u] = best_base(u, hour, fixed, order, now)
    go_home(u, place, lot.drive[c], t, hour, fixed, order, now)


@uncounted
def _hour_begins(t: float, hour: int, fixed: Fixed, order: Order, now: Now) -> int:
    """Duty, weather and the state of the roads change by the hour: who waits is looked at again."""
    again = fixed.state[hour] != fixed.state[hour - 1]
    for g in range(len(fixed.road)):
        again = again or (fixed.up[g, hour] and not fixed.up[g, hour - 1])
    duty, h, last = fixed.duty, hour % 168, (hour - 1) % 168
    for u in range(len(fixed.base)):
        if duty[u, h] != duty[u, last]:
            _duty_of_hour(u, t, hour, fixed, order, now)
            again = again or duty[u, h] > 0
    return EVERYBODY if again else NOBODY


@uncounted
def _duty_of_hour(u: int, t: float, hour: int, fixed: Fixed, order: Order, now: Now) -> None:
    duty = fixed.duty[u, hour % 168]
    if now.crews.status[u] == OFF and duty > 0:
        now.crews.status[u] = IDLE
        cover(u, t, fixed, now)
    elif now.crews.status[u] == IDLE and duty == 0:
        now.crews.status[u] = OFF
        uncover(u, t, fixed, now)
        now.crews.stand[u] = fixed.base[u]
    elif now.crews.status[u] == IDLE and now.crews.stand[u] != fixed.base[u]:
        uncover(u, t, fixed, now)
        place = fixed.base_place[now.crews.stand[u]]
        now.crews.stand[u] = fixed.base[u]
        go_home(u, place, 1.0, t, hour, fixed, order, now)


@uncounted
def _leaves_queue(position: int, now: Now) -> None:
    for j in range(position, now.counts[WAITING] - 1):
        now.queue[j] = now.queue[j + 1]
    now.counts[WAITING] -= 1


@uncounted
def _serve(
    first: int,
    freed: int,
    k: int,
    position: int,
    t: float,
    hour: int,
    fixed: Fixed,
    lot: Records,
    order: Order,
    now: Now,
) -> bool:
    """Give crews to those who wait from a position of the queue, class by class, in the order of their calls.

    With ``freed``, only those whom that crew could take are looked at. A call whose crew is taken from it is
    looked at at once, and so is everybody else: the crew that it had may have been better for them.

    It begins with class ``k`` at a position, and is True where ways must be found first: then it goes on from
    ``now.serving``, and nothing has happened to the call that is looked at.
    """
    while k < len(order.reach):
        taken = False
        while not taken and position < now.counts[WAITING]:
            c = now.queue[position]
            if t - now.calls.begun[c] >= order.patience[lot.urgency[c]]:
                _leaves_queue(position, now)
                now.counts[LOST] += 1
                continue
            if (
                now.calls.begun[c] + order.wait[lot.urgency[c]] <= t
                and not order.ever[lot.urgency[c], lot.at[c]]
            ):
                _leaves_queue(position, now)
                now.aside[now.counts[ASIDE]] = c
                now.counts[ASIDE] += 1
                continue
            if lot.urgency[c] != k:
                position += 1
                continue
            able = could_take(freed, c, t, hour, fixed, lot, order, now) if freed >= 0 else 1
            if able == 0:
                position += 1
                continue
            u = ASKS
            if able != ASKS:
                _, u = choose(c, t, hour, fixed, lot, order, now)
            if u == ASKS or (u >= 0 and _lacks_kilometres(u, lot.at[c], t, hour, fixed, now)):
                now.serving[NOT_OVER], now.serving[HOUR], now.at[0] = 1, hour, t
                now.serving[FIRST_LOOKED_AT], now.serving[FREED] = first, freed
                now.serving[CLASS], now.serving[POSITION] = k, position
                return True
            if u < 0:
                position += 1
                continue
            _leaves_queue(position, now)
            taken = _send(c, u, t, hour, fixed, lot, order, now)
        k += 1
        if taken:
            k, first, freed, now.at[1] = 0, 0, -1, t
        position = first
    return False


@uncounted
def _by_base(u: int, x: int, t: float, hour: int, fixed: Fixed, now: Now) -> bool:
    """Whether a crew on its way home is counted to be at a place by way of its base.

    A way from home to home that nobody asked for is longer.
    """
    rest, gone, s = now.crews.next[u] - t, t - now.crews.left[u], fixed.state[hour]
    between = minutes_between(fixed.craft[u], s, now.crews.origin[u], x, fixed)
    return bool(np.isnan(between) or rest + fixed.out[s, x, now.crews.stand[u]] <= gone + between)


@uncounted
def _lacks_kilometres(u: int, x: int, t: float, hour: int, fixed: Fixed, now: Now) -> bool:
    """Whether kilometres from home to home of a crew that turns must be found: then they are asked for."""
    if now.crews.status[u] != HOMEWARD or _by_base(u, x, t, hour, fixed, now):
        return False
    if not np.isnan(km_between(fixed.craft[u], now.crews.origin[u], x, fixed)):
        return False
    now.counts[ASKED] = 0
    ask(fixed.layer.shape[1] - 1, now.crews.origin[u], x, now)
    return True


@uncounted
def _send(c: int, u: int, t: float, hour: int, fixed: Fixed, lot: Records, order: Order, now: Now) -> bool:
    """Send a crew; True when it is taken from another call, which waits again."""
    g, s, x = fixed.craft[u], fixed.state[hour], lot.at[c]
    stand = now.crews.stand[u]
    victim = now.crews.call[u]
    leaves, way = 0.0, fixed.out[s, x, stand]
    km = km_between(g, fixed.base_place[stand], x, fixed)
    now.crews.from_stand[u] = False
    if now.crews.status[u] == IDLE:
        uncover(u, t, fixed, now)
        leaves = fixed.mobilise[g, fixed.duty[u, hour % 168] - 1, s] * lot.mobilise[c]
        now.crews.origin[u] = fixed.base_place[stand]
        now.crews.from_stand[u] = True
    elif victim >= 0:
        leaves = max(now.crews.left[u] - t, 0.0)
        driven = max(t - now.crews.left[u], 0.0)
        way += driven
        km += 2 * now.crews.leg_km[u] * (driven / max(now.crews.arrive[u] - now.crews.left[u], 1e-9))
        now.calls.taken[victim] += 1
        now.calls.crew[victim] = -1
        _wait(victim, t, order, lot, now)
    else:
        km = _turns(u, x, t, hour, fixed, order, now)
        way = minutes_until(u, x, t, hour, fixed, order, now)
    now.crews.leg_km[u] = km
    now.crews.status[u] = MOBILISING
    now.crews.call[u] = c
    now.calls.crew[c] = u
    now.calls.wait[c] = t - now.calls.begun[c]
    if victim < 0:
        now.crews.since[u] = t
    now.crews.left[u] = t + leaves
    now.crews.next[u] = t + leaves
    now.crews.arrive[u] = t + leaves + way * lot.drive[c]
    return bool(victim >= 0)


@uncounted
def _turns(u: int, x: int, t: float, hour: int, fixed: Fixed, order: Order, now: Now) -> float:
    """Kilometres to a place of a crew that turns on its way home; what it has driven is counted."""
    g = fixed.craft[u]
    rest, gone = now.crews.next[u] - t, t - now.crews.left[u]
    share = gone / max(gone + rest, 1e-9)
    driven = now.crews.leg_km[u] * share
    now.crews.km[u] += driven
    now.crews.home[u] -= rest
    stand = fixed.base_place[now.crews.stand[u]]
    if _by_base(u, x, t, hour, fixed, now):
        return float(now.crews.leg_km[u] - driven + km_between(g, stand, x, fixed))
    return float(driven + km_between(g, now.crews.origin[u], x, fixed))
