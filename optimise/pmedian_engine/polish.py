"""Better sites before the proof: shake a corner of the map, let the interchange settle it, keep no loss.

Iterated local search (Lourenco, Martin and Stutzle 2003, in *Handbook of Metaheuristics*) whose shakes are
local: some open sites near one demand point close, and as many others open. A better incumbent lowers the
threshold of everything that follows: more sites are decided, radii are shorter, programs smaller.
"""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Run
from optimise.pmedian_engine.starts import interchange

#: How many sites near a demand point a shake looks at, and how many of the open ones it closes, at most.
_REACHES, _MOST_CLOSED = (20, 40, 80), 5
#: Shakes in all, fewer where each is dear: so many (row, site) pairs may be looked at.
_SHAKES, _WORK = 20_000, 1e10
#: The search ends after this many shakes in a row without a gain, and this share of those made before it.
_PATIENCE, _LONGER = 300, 0.5
#: Passes over the rows that an interchange after a shake usually makes, and what a pass costs beside entries.
_PASSES, _ROW_COST = 6, 10


def polish(core: Core, run: Run, start: BoolArray, number: int) -> None:
    """Improve the mask ``start`` and offer what is found. Same seed and number, same sites."""
    generator = np.random.default_rng([run.seed, number])
    current = start
    value = core.value(current)
    n_shakes = int(min(_SHAKES, _WORK / _work_of_a_shake(core)))
    last_gain = 0
    for made in range(n_shakes):
        trial = _shaken(core, current, generator)
        if trial is None:
            continue
        tried = interchange(core, trial)
        if tried < value:
            last_gain = made
            run.offer(core.root_sites(trial))
        if tried <= value:
            value, current = tried, trial
        if made - last_gain > _PATIENCE + _LONGER * last_gain or run.stopped:
            break


def _work_of_a_shake(core: Core) -> float:
    """Entries that an interchange looks at: those up to the second nearest of ``budget`` open sites."""
    looked_at = min(core.n_entries, 2.0 * core.n_entries / max(1, core.budget))
    cells = core.budget * core.n_sites
    return _PASSES * (looked_at + _ROW_COST * core.n_rows) + 0.2 * cells


def _shaken(core: Core, chosen: BoolArray, generator: np.random.Generator) -> BoolArray | None:
    """Other sites in one corner: as many opened as closed; None where nothing can be moved there."""
    row = int(generator.integers(core.n_rows))
    reach = int(generator.choice(_REACHES))
    near = core.sites[core.indptr[row] : min(core.indptr[row] + reach, core.indptr[row + 1])]
    opened, closed = near[chosen[near]], near[~chosen[near]]
    if generator.random() < 0.5:
        closed = np.flatnonzero(~chosen).astype(np.int32)
    count = min(int(generator.integers(1, _MOST_CLOSED + 1)), len(opened), len(closed))
    if count == 0:
        return None
    trial = chosen.copy()
    trial[generator.permutation(opened)[:count]] = False
    trial[generator.permutation(closed)[:count]] = True
    return trial
