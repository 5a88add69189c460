"""Beds and vehicles as servers: how often all are taken, and how many are enough.

Erlang's loss formula (Erlang 1917, *Solution of some problems in the theory of probabilities of significance
in automatic telephone exchanges*): calls that find every server taken go elsewhere.
"""

from __future__ import annotations

import math

from optimise.errors import Fault, ProblemError
from optimise.sentences import Sentence


def erlang_loss(offered: float, servers: int) -> float:
    """Probability that all ``servers`` are taken when ``offered`` would be taken on average without a limit.

    ``offered`` is arrivals times mean stay (bed-days a day), as in ``B(0) = 1``,
    ``B(c) = a B(c - 1) / (c + a B(c - 1))``.

    Raises:
        ProblemError: a negative number.
    """
    _check(offered=offered, servers=servers)
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked


def occupancy(offered: float, servers: int) -> float:
    """Share of the time that a server is taken, after losses; NaN without servers."""
    if servers == 0:
        return math.nan
    return offered * (1.0 - erlang_loss(offered, servers)) / servers


def servers_for_loss(offered: float, most_lost: float) -> int:
    """The fewest servers that turn away at most ``most_lost`` of the arrivals.

    Raises:
        ProblemError: ``offered`` is negative, or ``most_lost`` not above 0 and at most 1.
    """
    _check(offered=offered)
    if not 0 < most_lost <= 1:
        raise ProblemError([Fault("must be above 0 and at most 1", "most_lost", value=str(most_lost))])
    if offered == 0:
        return 0
    servers, blocked = 0, 1.0
    while blocked > most_lost:
        servers += 1
        blocked = offered * blocked / (servers + offered * blocked)
    return servers


def servers_for_occupancy(offered: float, target: float) -> int:
    """The fewest servers that are taken at most ``target`` of the time.

    Raises:
        ProblemError: ``offered`` is negative, or ``target`` not above 0 and at most 1.
    """
    _check(offered=offered)
    if not 0 < target <= 1:
        raise ProblemError([Fault("must be above 0 and at most 1", "target", value=str(target))])
    if offered == 0:
        return 0
    servers = 1
    while occupancy(offered, servers) > target:
        servers += 1
    return servers


def busy_fraction(calls_per_hour: float, hours_per_call: float, vehicles: int) -> float:
    """Busy fraction of a vehicle for MEXCLP and MALP: hours of work per hour and vehicle (Daskin 1983).

    Raises:
        ProblemError: a negative number, no vehicles, or more work than the vehicles can do.
    """
    _check(calls_per_hour=calls_per_hour, hours_per_call=hours_per_call, vehicles=vehicles)
    if vehicles < 1:
        raise ProblemError([Fault("must be 1 or more", "vehicles", value=str(vehicles))])
    fraction = calls_per_hour * hours_per_call / vehicles
    if fraction >= 1:
        told = Sentence(
            "opt.fault.busy",
            "the calls would keep a vehicle busy {fraction:.0%} of the time; more vehicles are needed",
            fraction=fraction,
        )
        raise ProblemError([Fault(told, "vehicles", value=str(vehicles))])
    return fraction


def _check(**values: float) -> None:
    faults = [
        Fault("must be a number, 0 or more", name, value=str(value))
        for name, value in values.items()
        if not (math.isfinite(value) and value >= 0)
    ]
    if faults:
        raise ProblemError(faults)
