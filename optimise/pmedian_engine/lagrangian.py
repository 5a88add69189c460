"""The root bound, raised in rounds; between rounds its sites are improved by interchange."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled
from optimise.pmedian_engine.bounds import FREE, HUGE, ascend
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Precision, Run
from optimise.pmedian_engine.starts import interchange

#: Steps in a round, at most so many rounds, and the patience that leaves a bound worth having.
_STEPS, _ROUNDS, _PATIENCE = 60, 50, 60
#: The bound is as good as it gets once the step length factor has been halved to this.
_SHORTEST = 0.01
#: Share of the objective that a bound may leave open for the search: sites that it decides close that faster
#: than further steps over all rows, and than other placements to compare with.
NEAR = 1e-6


class RootDual:
    """Multipliers of the root core, and the bound they give."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.multipliers = np.zeros(core.n_rows)

    def raise_bound(
        self, run: Run, precision: Callable[[], Precision], start: FloatArray | None = None
    ) -> float:
        """Raise the bound until it stalls or closes the gap; returns it as computed.

        ``start`` are multipliers to begin with; default: between the two nearest of the best sites.
        """
        core = self.core
        assert run.sites is not None
        chosen = np.isin(core.origin, run.sites)
        self.multipliers = (
            _between_first_and_second(core.indptr, core.sites, core.costs, core.caps, chosen)
            if start is None
            else np.clip(start, 0.0, core.caps)
        )
        status = np.full(core.n_sites, FREE, dtype=np.int8)
        state = np.array([1.0, -HUGE, 0.0])
        average = np.full(core.n_sites, 0.5)
        tried: set[bytes] = set()
        for _ in range(_ROUNDS):
            threshold = precision().below(run.best)
            value, best = np.array([np.inf]), np.zeros(core.n_sites, dtype=np.bool_)
            ascend(
                core.indptr, core.sites, core.costs, core.caps, core.budget, self.multipliers, status,
                threshold - core.constant, state, _STEPS, _PATIENCE, average, value, best,
            )  # fmt: skip
            bound = min(state[1], HUGE) + core.constant
            run.raise_bound(precision().proven(min(bound, threshold)))
            near = bound >= threshold - NEAR * abs(run.best)
            if near or run.stopped or state[0] < _SHORTEST:
                break
            if best.tobytes() not in tried:
                tried.add(best.tobytes())
                interchange(core, best)
                run.offer(core.root_sites(best))
        return float(bound)


@compiled
def _between_first_and_second(
    indptr: IntArray, sites: Int32Array, costs: FloatArray, caps: FloatArray, chosen: BoolArray
) -> FloatArray:
    """(n_rows,) halfway between the costs of the nearest and the second nearest chosen site."""
    middle = np.empty(len(caps))
    for row in range(len(caps)):
        first = second = caps[row]
        seen = 0
        for entry in range(indptr[row], indptr[row + 1]):
            if chosen[sites[entry]]:
                seen += 1
                if seen == 1:
                    first = costs[entry]
                else:
                    second = costs[entry]
                    break
        middle[row] = 0.5 * (first + second)
    return middle
