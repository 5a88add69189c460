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

from optimise.compiled import compiled
from optimise.errors import Fault, ProblemError, SolverError
from optimise.queues import erlang_loss
from optimise.sentences import Sentence

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Crews that a call's luck is shared with at most: beyond it Q settles on a saturated system at busy hours.
MOST_SERVERS = 40
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
        damping: share of the last round's busy shares that is kept.
        most_rounds: when it is given up.
        tolerance: change of a busy share that counts as none.

    Raises:
        ProblemError: arrays that do not fit, or no crew.
        SolverError: it does not come to rest, or rests where crews are busy all the time: no answer is better
            than a wrong one.
    """
    _check(rate, near, bound_min, crews)
    servers = min(crews, MOST_SERVERS)
    listed = np.full(len(rate), near.shape[1]) if length is None else np.asarray(length, dtype=np.int64)
    if listed.shape != rate.shape or (listed < 1).any() or (listed > near.shape[1]).any():
        raise ProblemError([Fault("must be at least 1, and no longer than the lists", "length")])
    whole = near.shape[1] == crews == servers and bool((listed == crews).all()) and down is None
    busy = np.full(crews, min(0.5, float(rate @ bound_min[:, 0]) / crews)) if start is None else start
    ready = np.ones(crews) if down is None else 1.0 - down
    home = np.zeros(near.shape) if home_min is None else home_min
    sent, change, turn = np.zeros(near.shape), np.inf, 0
    asked: FloatArray = np.zeros(crews)
    while change >= tolerance and turn < most_rounds:
        turn += 1
        mean = float(busy.mean())
        correction = _correction(servers, round(mean, 5), near.shape[1])
        kept = 1.0 - _lost(servers, mean) if whole else 1.0
        asked, load = _turn(rate, near, listed, bound_min, home, busy, ready, correction, kept, asked, sent)
        found = load / (1.0 + load)
        change = float(np.abs(found - busy).max())
        busy = damping * busy + (1.0 - damping) * found
    _refuse(change, tolerance, turn, float(busy.max()))
    return Hypercube(busy, sent, _lost(servers, float(busy.mean())) if whole else 0.0, turn, change)


@compiled
def _turn(
    rate: FloatArray,
    near: IntArray,
    listed: IntArray,
    bound_min: FloatArray,
    home_min: FloatArray,
    busy: FloatArray,
    ready: FloatArray,
    correction: FloatArray,
    kept: float,
    asked: FloatArray,
    sent: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Calls a minute and minutes that each crew is offered while it is free; fills ``sent``.

    ``kept_home[m]`` is the chance that none of those asked so far can go, m of them for weather: the
    correction is of crews that are busy together. Minutes home are those of a crew that was asked so often
    while free in the turn before (``asked``).
    """
    free, load = np.zeros(len(busy)), np.zeros(len(busy))
    kept_home = np.zeros(near.shape[1] + 1)
    for i in range(len(rate)):
        kept_home[0], most, total = 1.0, 0, 0.0
        for k in range(listed[i]):
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
        for k in range(listed[i]):
            u = near[i, k]
            sent[i, k] *= kept / max(total, 1e-300)
            calls = rate[i] * sent[i, k] / max(1.0 - busy[u], 1e-9)
            bound, home, v = bound_min[i, k], home_min[i, k], max(asked[u], 1e-12)
            if home > 0.0:
                bound -= home + np.expm1(-v * home) / v
            free[u] += calls
            load[u] += calls * bound
    return free, load


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
