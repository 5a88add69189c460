"""Exact covering on plain arrays: who covers whom goes in; sites, bound and proof come out.

>>> from optimise.covering_engine import can_cover
>>> import numpy as np
>>> from optimise.running import Limits
>>> near = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
>>> can_cover(near, 1, Limits()).status.value
'infeasible'
>>> can_cover(near, 2, Limits()).columns.tolist()
[1, 2]
"""
