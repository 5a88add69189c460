"""The exact p-median engine on plain arrays: sites in, proof out; no geometry, no model layer.

>>> from optimise.pmedian_engine import solve_p_median
>>> result = solve_p_median([[1, 9, 4], [8, 2, 4], [5, 5, 1]], None, p=2)
>>> result.status.value, result.chosen.tolist(), result.objective
('optimal', [0, 1], 8.0)
"""

from optimise.pmedian_engine.core import EngineResult, Proof
from optimise.pmedian_engine.costs import SparseCosts
from optimise.pmedian_engine.engine import solve_p_median
from optimise.pmedian_engine.frontier import frontier

__all__ = ["EngineResult", "Proof", "SparseCosts", "frontier", "solve_p_median"]
