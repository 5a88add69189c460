"""One node of the Lagrangian branch and bound: raise the bound, probe, decide, propose two children."""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int8Array, Int32Array, compiled
from optimise.pmedian_engine.bounds import CLOSED, FREE, HUGE, OPEN, ascend

#: Outcomes of a node.
PRUNED, BRANCHED, LEAF = 0, 1, 2
#: Steps and patience of the bound at a node, after decisions within it, and of one probe.
_NODE = (60, 10)
_AGAIN = (30, 6)
_PROBE = (20, 5)
_NODE_LENGTH, _PROBE_LENGTH = 0.5, 0.3


@compiled
def explore(
    indptr: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    caps: FloatArray,
    budget: int,
    multipliers: FloatArray,
    status: Int8Array,
    average: FloatArray,
    threshold: float,
    n_probes: int,
    best_value: FloatArray,
    best_chosen: BoolArray,
    child_multipliers: FloatArray,
    child_status: Int8Array,
    child_average: FloatArray,
    child_bounds: FloatArray,
) -> tuple[int, float, int]:
    """Work on one node.

    Sites that are chosen in about half of the subgradient steps are probed: opened and closed for a few steps
    each. A side whose bound reaches the threshold decides the site; else the site with the best product of
    rises is branched on, and the probes' multipliers are the children's.

    Args:
        indptr: see :class:`~optimise.pmedian_engine.core.Core`, as the next four.
        sites: as above.
        costs: as above.
        caps: as above.
        budget: as above.
        multipliers: (n_rows,) of the node; overwritten.
        status: (n_sites,) of the node; overwritten.
        average: (n_sites,) share of steps in which each site was chosen; overwritten.
        threshold: without the core's constant, as all values here.
        n_probes: sites to probe.
        best_value: see :func:`~optimise.pmedian_engine.bounds.ascend`, as the next.
        best_chosen: as above.
        child_multipliers: (2, n_rows) output: site closed, site opened.
        child_status: (2, n_sites) output.
        child_average: (2, n_sites) output.
        child_bounds: (2,) output.

    Returns:
        PRUNED, BRANCHED or LEAF (all sites decided); the node's bound; steps made.
    """
    n_rows, n_sites = len(caps), len(status)
    trial = np.empty((2, n_rows))
    trial_status = np.empty((2, n_sites), np.int8)
    trial_average = np.empty((2, n_sites))
    state = np.array([_NODE_LENGTH, -HUGE, 0.0])
    made = ascend(
        indptr, sites, costs, caps, budget, multipliers, status, threshold, state, _NODE[0], _NODE[1],
        average, best_value, best_chosen,
    )  # fmt: skip
    bound = state[1]
    while bound < threshold:
        score, decided = -1.0, False
        candidates = np.argsort(np.abs(average - 0.5) + (status != FREE), kind="mergesort")[:n_probes]
        for site in candidates:
            if status[site] != FREE:
                continue
            rises = np.empty(2)
            for side in range(2):
                trial[side] = multipliers
                trial_status[side] = status
                trial_average[side] = average
                trial_status[side, site] = OPEN if side == 1 else CLOSED
                state[0], state[1], state[2] = _PROBE_LENGTH, -HUGE, 0.0
                made += ascend(
                    indptr, sites, costs, caps, budget, trial[side], trial_status[side], threshold, state,
                    _PROBE[0], _PROBE[1], trial_average[side], best_value, best_chosen,
                )  # fmt: skip
                rises[side] = state[1]
            if rises[0] >= threshold and rises[1] >= threshold:
                return PRUNED, threshold, made
            if rises[0] >= threshold or rises[1] >= threshold:
                side = 1 if rises[0] >= threshold else 0
                multipliers[:] = trial[side]
                status[:] = trial_status[side]
                average[:] = trial_average[side]
                bound = max(bound, rises[side])
                decided = True
                continue
            least = 1e-6 * (threshold - bound)
            product = max(rises[0] - bound, least) * max(rises[1] - bound, least)
            if not decided and product > score:
                score = product
                child_multipliers[:] = trial
                child_status[:] = trial_status
                child_average[:] = trial_average
                child_bounds[:] = np.maximum(rises, bound)
        if not decided:
            return (BRANCHED if score >= 0 else LEAF), bound, made
        state[0], state[1], state[2] = _PROBE_LENGTH, -HUGE, 0.0
        made += ascend(
            indptr, sites, costs, caps, budget, multipliers, status, threshold, state, _AGAIN[0], _AGAIN[1],
            average, best_value, best_chosen,
        )  # fmt: skip
        bound = max(bound, state[1])
    return PRUNED, bound, made
