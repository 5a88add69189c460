"""Workload of crews without chance: the approximate hypercube of Larson (1975) and Jarvis (1985).

Every call goes to the first idle crew of its list. With busy shares ``r`` the k-th crew of a list gets ::

    Q(N, rho, k) * prod over the crews before it of r * (1 - r of it)

of its calls, where ``Q`` corrects for crews that are not busy independently of each other: in a system of N
alike crews with mean busy share ``rho`` it is what makes the sum right. What a crew is offered while it is
idle gives its busy share, ``r = v / (1 + v)``, and so on until nothing changes.

Larson R. C., *Approximating the performance of urban emergency service systems*, Operations Research
23:845-868 (1975). Jarvis J. P., *Approximating the equilibrium behavior of multi-server loss systems*,
Management Science 31:235-239 (1985).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimise.compiled import uncounted
from optimise.crews.call_lists import BIN_MIN, CallLists, minutes_back
from optimise.errors import Fault, ProblemError, SolverError
from optimise.queues import erlang_loss
from optimise.sentences import Sentence

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Crews that a call's luck is shared with at most: beyond it Q settles on a saturated system at busy hours.
MOST_SERVERS = 40
#: Calls a minute that a crew is taken to have at least, where its minutes home are shared among them: one in
#: 1,900 years.
_SELDOM = 1e-9
#: Busy share that is no longer believed: what is called there is more than the crews can do.
SATURATED = 0.95


@dataclass(frozen=True, eq=False)
class Hypercube:
    """A steady state.

    Attributes:
        busy: (n_crews,) share of the time that each is out on calls.
        sent: (n_calls, k) share of each kind of calls that the k-th crew of its list answers.
        lost: share of all calls that find everybody busy, where every list holds every crew; else 0.
        rounds: how many rounds it took.
        last_change: largest change of a busy share in the last round.
    """

    busy: FloatArray
    sent: FloatArray
    lost: float
    rounds: int
    last_change: float


def approximate_hypercube(
    rate: FloatArray,
    near: IntArray,
    bound_min: FloatArray,
    *,
    crews: int,
    length: IntArray | None = None,
    home_min: FloatArray | None = None,
    down: FloatArray | None = None,
    start: FloatArray | None = None,
    damping: float = 0.5,
    most_rounds: int = 400,
    tolerance: float = 1e-7,
) -> Hypercube:
    """Busy shares when every call takes the first idle crew of its list.

    Args:
        rate: (n_calls,) calls a minute of each kind.
        near: (n_calls, k) crews in the order in which they are asked, no crew twice; all crews, or the
            first of them: what is beyond the list is then answered within it.
        bound_min: (n_calls, k) minutes that each of those crews is bound by a call.
        crews: how many crews there are.
        length: (n_calls,) how many crews of its list may be sent to each kind of calls; none: all of them. A
            call that finds those busy waits for one of them: it is answered within the list.
        home_min: (n_calls, k) minutes home at the end of them, in which a crew may be sent again: with ``v``
            calls a minute for a crew that is free, ``(1 - exp(-v h)) / v`` of ``h`` minutes are driven. None:
            crews are bound until they are home.
        down: (n_crews,) share of the time in which each crew cannot go whatever it does, such as for weather;
            each for itself. None: never.
        start: (n_crews,) busy shares to begin with, such as those of an hour that is much alike.
        damping: share of the last round's busy shares that is kept where a round brings no less change.
        most_rounds: when it is given up.
        tolerance: change of a busy share that counts as none.

    Raises:
        ProblemError: arrays that do not fit, or no crew.
        SolverError: it does not come to rest, or rests where crews are busy all the time: no answer is better
            than a wrong one.
    """
    _check(rate, near, bound_min, crews)
    listed = np.full(len(rate), near.shape[1]) if length is None else np.asarray(length, dtype=np.int64)
    if listed.shape != rate.shape or (listed < 1).any() or (listed > near.shape[1]).any():
        raise ProblemError([Fault("must be at least 1, and no longer than the lists", "length")])
    home = np.zeros(near.shape) if home_min is None else home_min
    lists = CallLists(near, listed)
    lists.add(np.arange(len(rate)), np.ones(len(rate)), bound_min, home)
    return hypercube_of_lists(
        lists.finish(),
        rate,
        crews=crews,
        down=down,
        start=start,
        damping=damping,
        most_rounds=most_rounds,
        tolerance=tolerance,
    )


def hypercube_of_lists(
    lists: CallLists,
    rate: FloatArray,
    *,
    crews: int,
    down: FloatArray | None = None,
    start: FloatArray | None = None,
    damping: float = 0.5,
    most_rounds: int = 400,
    tolerance: float = 1e-7,
) -> Hypercube:
    """:func:`approximate_hypercube` of calls that were put together by their lists.

    Args:
        lists: the lists, and what their calls bind.
        rate: (L,) what the weights of each list's calls are multiplied by to be calls a minute.
        crews: as there, and so all further arguments.
        down: as there.
        start: as there.
        damping: as there.
        most_rounds: as there.
        tolerance: as there.

    Returns:
        The steady state; ``sent`` of each list.

    Raises:
        SolverError: as there.
    """
    near, length, servers = lists.near, lists.length, min(crews, MOST_SERVERS)
    whole = near.shape[1] == crews == servers and bool((length == crews).all()) and down is None
    busy = np.full(crews, min(0.5, lists.first_bound(rate) / crews)) if start is None else start
    ready = np.ones(crews) if down is None else 1.0 - down
    sent, change, turn = np.zeros(near.shape), np.inf, 0
    asked, load, kept_home = np.zeros(crews), np.zeros(crews), np.zeros(near.shape[1] + 1)
    steps = _Steps(damping)
    middle = BIN_MIN * np.arange(1 + int(lists.bins.max(initial=0)))
    while change >= tolerance and turn < most_rounds:
        turn += 1
        mean = float(busy.mean())
        correction = _correction(servers, round(mean, 5), near.shape[1])
        kept = 1.0 - _lost(servers, mean) if whole else 1.0
        felt = np.maximum(asked, _SELDOM)
        _turn(
            rate * lists.weight, rate, near, length, lists.first, lists.fixed, lists.back, lists.start,
            lists.bins, lists.terms, np.exp(-felt[:, None] * middle), busy, ready, correction, kept, felt,
            sent, asked, load, kept_home,
        )  # fmt: skip
        found = load / (1.0 + load)
        busy, change = steps.next(busy, found)
    _refuse(change, tolerance, turn, float(busy.max()))
    return Hypercube(busy, sent, _lost(servers, float(busy.mean())) if whole else 0.0, turn, change)


class _Steps:
    """From one round's busy shares to the next: by the line through the last two rounds.

    Where the change does not fall, a damped step is taken and a new line is begun (Anderson 1965, *Iterative
    procedures for nonlinear integral equations*, Journal of the ACM 12:547-560, with one round remembered).
    """

    def __init__(self, damping: float) -> None:
        self.damping, self.change = damping, np.inf
        self.before: tuple[FloatArray, FloatArray] | None = None

    def next(self, busy: FloatArray, found: FloatArray) -> tuple[FloatArray, float]:
        """(busy shares to go on with, largest change of one in this round)."""
        off = found - busy
        change, before = float(np.abs(off).max()), self.before
        falls, self.change = change < self.change, change
        self.before = (found, off) if falls else None
        if not falls:
            return self.damping * busy + (1.0 - self.damping) * found, change
        if before is None:
            return found, change
        turned = off - before[1]
        share = float(off @ turned) / max(float(turned @ turned), 1e-300)
        return np.clip(found - share * (found - before[0]), 0.0, 1.0), change


@uncounted
def _turn(
    calls: FloatArray,
    rate: FloatArray,
    near: IntArray,
    length: IntArray,
    first: IntArray,
    fixed: FloatArray,
    back: FloatArray,
    start: IntArray,
    bins: IntArray,
    terms: FloatArray,
    away: FloatArray,
    busy: FloatArray,
    ready: FloatArray,
    correction: FloatArray,
    kept: float,
    asked: FloatArray,
    sent: FloatArray,
    free: FloatArray,
    load: FloatArray,
    kept_home: FloatArray,
) -> None:
    """Fill ``free`` and ``load``, what each crew is offered a minute while it is free, and ``sent``.

    That are calls, and minutes that they bind it.

    ``kept_home[m]`` is the chance that none of those asked so far can go, m of them for weather: the
    correction is of crews that are busy together. Minutes home are those of a crew that was asked so often
    while free in the turn before (``asked``).
    """
    free[:], load[:] = 0.0, 0.0
    for i in range(len(rate)):
        kept_home[0], most, total = 1.0, 0, 0.0
        for k in range(length[i]):
            u = near[i, k]
            before = 0.0
            for m in range(most + 1):
                before += correction[k - m] * kept_home[m]
            sent[i, k] = before * (1.0 - busy[u]) * ready[u]
            total += sent[i, k]
            if ready[u] < 1.0:
                most += 1
                kept_home[most] = 0.0
            for m in range(most, 0, -1):
                kept_home[m] = kept_home[m] * busy[u] * ready[u] + kept_home[m - 1] * (1.0 - ready[u])
            kept_home[0] *= busy[u] * ready[u]
        for k in range(length[i]):
            u, pair = near[i, k], first[i] + k
            sent[i, k] *= kept / max(total, 1e-300)
            share = sent[i, k] / max(1.0 - busy[u], 1e-9)
            minutes = fixed[pair]
            if back[pair] > 0.0:
                minutes += minutes_back(
                    asked[u], start[pair], start[pair + 1], bins, terms, away[u], back[pair]
                )
            free[u] += calls[i] * share
            load[u] += rate[i] * share * minutes


def _refuse(change: float, tolerance: float, rounds: int, busiest: float) -> None:
    if change >= tolerance:
        raise SolverError(
            Sentence(
                "opt.fault.hypercube.rest",
                "the workload of the crews does not come to rest after {rounds} rounds (last change "
                "{change:.4f}); simulate instead",
                rounds=rounds,
                change=change,
            )
        )
    if busiest > SATURATED:
        raise SolverError(
            Sentence(
                "opt.fault.hypercube.saturated",
                "the approximation has a crew out {busy:.0%} of the time, where it is not to be believed; "
                "simulate instead",
                busy=busiest,
            )
        )


def _check(rate: FloatArray, near: IntArray, bound_min: FloatArray, crews: int) -> None:
    faults = []
    if near.ndim != 2 or len(near) != len(rate) or bound_min.shape != near.shape or not near.size:
        faults.append(Fault("must have one row for each kind of calls", "near"))
    elif near.min() < 0 or near.max() >= crews:
        faults.append(Fault("must name crews by their numbers, from 0", "near"))
    if not (np.isfinite(rate).all() and np.isfinite(bound_min).all()):
        faults.append(Fault("must be finite", "rate"))
    if faults:
        raise ProblemError(faults)


def _offered(servers: int, load: float) -> float:
    """Offered load a server at which N alike servers are each busy a share of the time, losses being lost."""
    low, high = load, 1.0
    while high * (1 - erlang_loss(servers * high, servers)) < load and high < 1e6:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if middle * (1 - erlang_loss(servers * middle, servers)) < load:
            low = middle
        else:
            high = middle
    return high


def _lost(servers: int, load: float) -> float:
    """Share of the calls that find every server taken."""
    return erlang_loss(servers * _offered(servers, min(load, 0.999)), servers)


@functools.lru_cache(maxsize=512)
def _correction(servers: int, load: float, length: int) -> FloatArray:
    """(length,) Q(N, rho, k) of a loss system; what is beyond the N servers is as the last."""
    share = min(max(load, 1e-4), 0.999)
    a = servers * _offered(servers, share)
    count = np.arange(servers + 1)
    weight = np.cumsum(np.concatenate([[0.0], np.log(a) - np.log(count[1:])]))
    p = np.exp(weight - weight.max())
    p /= p.sum()
    found = np.empty(servers)
    chance = p.copy()  # that j servers are busy and the first k that are asked are among them
    for k in range(servers):
        free = (servers - count) / (servers - k)
        found[k] = float(chance[:servers] @ free[:servers]) / ((1 - share) * share**k)
        chance = chance * np.maximum(count - k, 0) / (servers - k)
    return np.concatenate([found, np.full(max(0, length - servers), found[-1])])[:length]
