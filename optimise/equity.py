"""Measures of how minutes are spread over people: quantile, tail mean, Gini, mean difference.

All take ``minutes`` and ``weights`` of the served, both (n,); people without a site are not in them.
"""

from __future__ import annotations

import math

import numpy as np

from optimise.arrays import FloatArray
from optimise.exact import LIMIT_TOLERANCE, exact_dot, exact_sum


def weighted_mean(minutes: FloatArray, weights: FloatArray) -> float:
    """Mean over people; NaN for nobody."""
    weight = exact_sum(weights)
    return exact_dot(weights, minutes) / weight if weight > 0 else math.nan


def weighted_quantile(minutes: FloatArray, weights: FloatArray, share: float) -> float:
    """The least minutes within which at least ``share`` of the weight lies; NaN for nobody.

    The lower weighted quantile: ``share=0.5`` is the weighted median, ``share=1`` the maximum.
    """
    kept = weights > 0
    if not kept.any():
        return math.nan
    order = np.lexsort((weights[kept], minutes[kept]))
    reached = np.cumsum(weights[kept][order])
    wanted = (share - LIMIT_TOLERANCE) * reached[-1]
    return float(minutes[kept][order][min(int(np.searchsorted(reached, wanted)), len(order) - 1)])


def tail_mean(minutes: FloatArray, weights: FloatArray, tail: float) -> float:
    """Mean minutes of the worst-off ``tail`` of the weight (CVaR); NaN for nobody.

    Rockafellar and Uryasev (2000), *Optimization of conditional value-at-risk*, Journal of Risk 2: the least
    over ``t`` of ``t + mean(max(0, minutes - t)) / tail``. The person on the edge counts in part.
    """
    level = weighted_quantile(minutes, weights, 1.0 - tail)
    if math.isnan(level):
        return math.nan
    return level + weighted_mean(np.maximum(0.0, minutes - level), weights) / tail


def mean_difference(minutes: FloatArray, weights: FloatArray) -> float:
    """Mean absolute difference between two people drawn with replacement; NaN for nobody."""
    weight = exact_sum(weights)
    if weight == 0:
        return math.nan
    order = np.lexsort((weights, minutes))
    sorted_min, share = minutes[order], weights[order] / weight
    below = np.cumsum(share)[:-1]
    return 2.0 * exact_dot(below * (1.0 - below), np.diff(sorted_min))


def gini(minutes: FloatArray, weights: FloatArray) -> float:
    """Gini coefficient: mean absolute difference over twice the mean; 0 when everybody has 0 minutes."""
    mean = weighted_mean(minutes, weights)
    if mean == 0:
        return 0.0
    return mean_difference(minutes, weights) / (2.0 * mean)
