"""The loops of :mod:`optimise.pmedian_engine.conditioned` over pairs."""

from __future__ import annotations

import numpy as np

from optimise.arrays import FloatArray, IntArray
from optimise.compiled import Int32Array, compiled


@compiled
def reduced_sums(
    first: IntArray, sites: IntArray, costs: FloatArray, u: FloatArray, n_sites: int
) -> FloatArray:
    """(n_sites,) sum over rows of what a site costs below the row's multiplier; never above 0."""
    worth = np.zeros(n_sites)
    for row in range(len(u)):
        for pair in range(first[row], first[row + 1]):
            saved = costs[pair] - u[row]
            if saved < 0.0:
                worth[sites[pair]] += saved
    return worth


@compiled
def swap_tables(
    first: IntArray, sites: IntArray, costs: FloatArray, caps: FloatArray, slot: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What opening each site gains, closing each open one loses, and what a swap of two gains beside that.

    ``slot`` is the place of an open site among the open ones, -1 for a closed site; ``caps`` are finite.
    After Resende and Werneck (2004), *A hybrid heuristic for the p-median problem*, Journal of Heuristics 10.
    """
    n_open = slot.max() + 1
    gains, losses = np.zeros(len(slot)), np.zeros(n_open)
    shared = np.zeros((len(slot), n_open))
    for row in range(len(caps)):
        nearest, second, own = caps[row], caps[row], -1
        for pair in range(first[row], first[row + 1]):
            place = slot[sites[pair]]
            if place >= 0:
                if costs[pair] < nearest:
                    nearest, second, own = costs[pair], nearest, place
                elif costs[pair] < second:
                    second = costs[pair]
        if own >= 0:
            losses[own] += second - nearest
        for pair in range(first[row], first[row + 1]):
            site, cost = sites[pair], costs[pair]
            if slot[site] >= 0:
                continue
            if cost < nearest:
                gains[site] += nearest - cost
                if own >= 0:
                    shared[site, own] += second - nearest
            elif own >= 0 and cost < second:
                shared[site, own] += second - cost
    return gains, losses, shared


@compiled
def sort_rows(first: IntArray, sites: Int32Array, costs: FloatArray) -> None:
    """Sort every row's pairs by cost, in place; of equal costs the first stays first."""
    for row in range(len(first) - 1):
        begin, end = first[row], first[row + 1]
        order = np.argsort(costs[begin:end], kind="mergesort")
        costs[begin:end] = costs[begin:end][order]
        sites[begin:end] = sites[begin:end][order]
