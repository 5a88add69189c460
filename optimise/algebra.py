"""Small linear algebra between NumPy and PuLP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pulp

from optimise.arrays import FloatArray, IntArray

#: A variable, or a constant where the answer is known beforehand.
Term: TypeAlias = pulp.LpVariable | float


def linear(terms: Iterable[tuple[Term, float]]) -> pulp.LpAffineExpression:
    """Sum of ``coefficient * term`` over pairs (term, coefficient), built in one go.

    A variable may appear more than once; its coefficients are added up.
    """
    constant = 0.0
    coefficients: dict[pulp.LpVariable, float] = {}
    for item, coefficient in terms:
        if isinstance(item, pulp.LpVariable):
            coefficients[item] = coefficients.get(item, 0.0) + coefficient
        else:
            constant += coefficient * item
    return pulp.LpAffineExpression(coefficients, constant=float(constant))


def value_of(item: Term) -> float:
    """Value of a variable in the incumbent, or of a constant."""
    return float(item.varValue or 0.0) if isinstance(item, pulp.LpVariable) else float(item)


def summed(group_of: IntArray, weights: FloatArray, n_groups: int) -> FloatArray:
    """(n_groups,) sum of ``weights`` by group, 0 for an empty group."""
    totals = np.zeros(n_groups, dtype=np.float64)
    np.add.at(totals, group_of.reshape(-1), weights)
    return totals
