"""Exact covering on plain arrays: who covers whom goes in; sites, bound and proof come out.

>>> import numpy as np
>>> from optimise.covering_engine.set_cover import can_cover
>>> from optimise.running import Limits
>>> near = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
>>> can_cover(near, 1, Limits()).status.value
'infeasible'
>>> can_cover(near, 2, Limits()).columns.tolist()
[0, 2]
"""
