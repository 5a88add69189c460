"""Whom a call asks, in which order: the rules of the event loop while everybody is at home."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimise.compiled import Int32Array, compiled
from optimise.crews.system import NEVER, SUPPORT

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@compiled
def asked_in_order(
    arrival: FloatArray,
    at: IntArray,
    klass: IntArray,
    severe: BoolArray,
    may: IntArray,
    reach: FloatArray,
    beats_min: float,
    far_min: float,
    most: int,
    fewest: int,
) -> tuple[Int32Array, FloatArray, IntArray]:
    """Crews that each kind of calls asks, their minutes, and how many of them may be sent.

    Whoever is there first comes first, and of equals the first by number; a craft that supports counts as
    ``beats_min`` later, and for a call that is not severe as ``far_min`` at least.

    Args:
        arrival: (X, n) minutes of each crew to each place; inf = cannot.
        at: (A,) place of each kind of calls.
        klass: (A,) its class.
        severe: (A,) whether a craft that supports is sent as to any other.
        may: (K, n) who may answer what: ``NEVER``, ``FIRST``, ``SUPPORT``.
        reach: (K,) minutes from beyond which nobody is sent.
        beats_min: how much sooner than any other a craft that supports must be.
        far_min: beyond this, it is asked about every call of its classes.
        most: crews that a list names.
        fewest: crews that may be sent at least, if so many can.

    Returns:
        ((A, most) crews, -1 beyond those that can; (A, most) their minutes; (A,) how many may be sent).
    """
    near = np.full((len(at), most), -1, dtype=np.int32)
    minutes = np.full((len(at), most), np.inf)
    length = np.zeros(len(at), dtype=np.int64)
    counted = np.empty(most)
    for a in range(len(at)):
        count = 0
        for u in range(arrival.shape[1]):
            answers, own = may[klass[a], u], arrival[at[a], u]
            if answers == NEVER or not np.isfinite(own):
                continue
            later = own
            if answers == SUPPORT:
                later = own + beats_min
                if not severe[a]:
                    later = max(later, far_min)
            k = count
            if count == most:
                if later >= counted[most - 1]:
                    continue
                k = most - 1
            else:
                count += 1
            while k > 0 and later < counted[k - 1]:
                counted[k], near[a, k], minutes[a, k] = counted[k - 1], near[a, k - 1], minutes[a, k - 1]
                k -= 1
            counted[k], near[a, k], minutes[a, k] = later, u, own
        if count == 0:
            continue
        farthest, within = max(reach[klass[a]], counted[0]), 0
        while within < count and counted[within] <= farthest:
            within += 1
        length[a] = min(max(within, fewest), count)
    return near, minutes, length


@compiled
def alike_lists(near: Int32Array, length: IntArray, klass: IntArray) -> tuple[IntArray, IntArray]:
    """Which list each kind of calls asks, and the first kind that asks each list.

    Lists are the same crews in the same order, asked by the same class.

    Args:
        near: (A, k) crews, alike beyond the length of a list too.
        length: (A,) crews of each list; 0: nobody answers.
        klass: (A,) class of each kind of calls.

    Returns:
        ((A,) number of its list, -1 = nobody answers; (L,) kinds of calls).
    """
    slots = 16
    while slots < 2 * len(near):
        slots *= 2
    table = np.full(slots, -1, dtype=np.int64)
    found, firsts = np.full(len(near), -1, dtype=np.int64), np.empty(len(near), dtype=np.int64)
    count = 0
    for a in range(len(near)):
        if length[a] == 0:
            continue
        mixed = np.uint64(klass[a] + 1)
        for k in range(near.shape[1]):
            mixed = (mixed ^ np.uint64(near[a, k] + 1)) * np.uint64(0x100000001B3)
            mixed ^= mixed >> np.uint64(29)
        slot = np.int64(mixed & np.uint64(slots - 1))
        while table[slot] >= 0:
            other = firsts[table[slot]]
            if klass[other] == klass[a] and (near[other] == near[a]).all():
                break
            slot = (slot + 1) & (slots - 1)
        if table[slot] < 0:
            table[slot], firsts[count] = count, a
            count += 1
        found[a] = table[slot]
    return found, firsts[:count].copy()


@compiled
def bound_minutes(
    near: Int32Array,
    length: IntArray,
    of: IntArray,
    arrival: FloatArray,
    at: IntArray,
    to: IntArray,
    to_off_road: IntArray,
    minutes: FloatArray,
    carried: FloatArray,
    home: FloatArray,
    craft: IntArray,
    base: IntArray,
    drives: BoolArray,
    stuck_min: float,
) -> tuple[FloatArray, FloatArray]:
    """Minutes from alarm until home, and those of them in which a crew that drives may be sent again.

    Args:
        near: (A, k) crews that each kind of calls asks.
        length: (A,) how many of them may be sent.
        of: (n,) which of those each journey is of.
        arrival: (A, k) minutes until they are there.
        at: (n,) place where each journey begins.
        to: (n,) where a crew on the road brings the patient; -1 = nowhere.
        to_off_road: (n,) where any other does.
        minutes: (n,) minutes at both ends.
        carried: (n, C) minutes with the patient in each craft; inf = cannot, and the patient is left.
        home: (X, B) minutes from each place to each base; inf = no way leads home.
        craft: (c,) craft of each crew.
        base: (c,) its base.
        drives: (c,) whether it drives.
        stuck_min: a crew that no way leads home from is there again after so long.
    """
    bound, back = np.zeros((len(of), near.shape[1])), np.zeros((len(of), near.shape[1]))
    for i in range(len(of)):
        a = of[i]
        for k in range(length[a]):
            u = near[a, k]
            end, way = to[i] if drives[u] else to_off_road[i], 0.0
            if end >= 0:
                way = carried[i, craft[u]]
            if end < 0 or not np.isfinite(way):
                end, way = at[i], 0.0
            homeward = home[end, base[u]]
            if not np.isfinite(homeward):
                homeward = stuck_min
            bound[i, k] = arrival[a, k] + minutes[i] + way + homeward
            if drives[u]:
                back[i, k] = homeward
    return bound, back
