"""Measures of inequality: how unequally minutes are spread over persons, and who bears them.

Conventions beside those of :mod:`geoaccess.ground.measures`:

* Every measure is over the **persons who are reached**; a weight of 60 at one point is 60 persons with the
  same time. Persons who are not reached have no number of minutes, and a place that loses its road would
  *lower* a Gini coefficient: always read ``persons_unreachable`` beside it (:func:`equity` gives both).
* Ties and the order of rows change nothing, nor does splitting a point in two or scaling all weights.
* Travel time is a **burden**: more is worse. Gini, Lorenz and Theil do not care. Palma and the worst tenth
  look at the longest times. Atkinson was made for goods (incomes) and is most sensitive to *short* times;
  for minutes, which are a burden, read :func:`kolm_pollak_equivalent`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.measures import checked, persons_unreachable, weighted_mean
from geoaccess.words.note import Note
from networks.errors import Fault

#: Shares smaller than this are rounding of sums of floats.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Aversions:
    """How much inequality is minded, which no data can tell; the defaults are the project's own choice.

    Attributes:
        atkinson: ``e`` of Atkinson's index, at least 0, without a unit; 0.5 and 1 are common.
        kolm_pollak_per_min: ``k`` of the Kolm-Pollak equivalent, per minute: 0.01 counts a person at 100
            minutes e times one at the door.
    """

    atkinson: float = 0.5
    kolm_pollak_per_min: float = 0.01


#: Measure -> the paper that it is of.
EQUITY_SOURCES = {
    "atkinson": "Atkinson 1970, doi 10.1016/0022-0531(70)90039-6",
    "kolm_pollak_min": "Sheriff and Maguire 2020, doi 10.1111/risa.13562",
}


def reached(values: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Values and weights of the persons who have a value, in rising order of the values.

    Raises:
        DataError: unequal lengths, a weight that is negative, infinite or NaN, a value below 0 or infinite.
    """
    numbers, persons = checked(values, weights)
    wrong = np.flatnonzero((numbers < 0) | np.isinf(numbers))
    if len(wrong):
        raise DataError(
            [
                Fault(
                    "must be a finite number of at least 0, or NaN for unreachable",
                    where="values",
                    row=str(row),
                    value=str(numbers[row]),
                )
                for row in wrong
            ]
        )
    used = np.flatnonzero(~np.isnan(numbers) & (persons > 0))
    order = used[np.argsort(numbers[used], kind="stable")]
    return numbers[order], persons[order]


def lorenz_curve(values: ArrayLike, weights: ArrayLike) -> pd.DataFrame:
    """The Lorenz curve: the share of all minutes that is borne by the share of persons nearest to care.

    Points with equal values are one corner, so the table depends neither on row order nor on splitting.
    Source: Lorenz 1905, doi 10.2307/2276207.

    Returns:
        ``persons_share, value_share``, both from 0 to 1, one row per corner; only (0, 0) when nobody is
        reached. When all values are 0 the curve is the diagonal: everybody has the same.
    """
    numbers, persons = reached(values, weights)
    corners, position = np.unique(numbers, return_inverse=True)
    people = np.bincount(position, weights=persons, minlength=len(corners)).astype(np.float64)
    total = float((corners * people).sum())
    amounts = corners * people if total > 0 else people
    return pd.DataFrame({"persons_share": _cumulative(people), "value_share": _cumulative(amounts)})


def _cumulative(amounts: FloatArray) -> FloatArray:
    if not len(amounts):
        return np.zeros(1)
    summed = np.concatenate([[0.0], np.cumsum(amounts)])
    shares: FloatArray = summed / summed[-1]
    return shares


def gini(values: ArrayLike, weights: ArrayLike) -> float:
    """Gini coefficient: half the mean absolute difference between two persons, over the mean.

    ``G = sum_ij w_i w_j |t_i - t_j| / (2 W^2 m)``, computed as one minus twice the area under the Lorenz
    curve; 0 when everybody has the same, towards 1 when one person bears all. The population form, without
    the factor ``n / (n - 1)``. Source: Lerman and Yitzhaki 1989, Journal of Econometrics 42(1), 43-47.

    >>> round(gini([10.0, 20.0, 30.0], [1, 1, 1]), 4)
    0.2222
    """
    curve = lorenz_curve(values, weights).to_numpy()
    if len(curve) < 2:
        return float("nan")
    width = np.diff(curve[:, 0])
    return float(1.0 - (width * (curve[1:, 1] + curve[:-1, 1])).sum())


def theil(values: ArrayLike, weights: ArrayLike) -> float:
    """Theil's T, in nats: ``sum_i w_i/W * t_i/m * ln(t_i/m)``, a value of 0 adding 0.

    0 when everybody has the same, at most ``ln W``. Source: Theil 1967, Economics and Information Theory.
    """
    numbers, persons = reached(values, weights)
    if not len(numbers):
        return float("nan")
    mean = float(np.average(numbers, weights=persons))
    if mean == 0:
        return 0.0
    ratio = numbers / mean
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    return float((persons * ratio * logs).sum() / persons.sum())


def theil_split(values: ArrayLike, weights: ArrayLike, groups: ArrayLike) -> pd.DataFrame:
    """Theil's T split into what lies between groups and what lies within each.

    ``T = sum_g s_g ln(m_g/m) + sum_g s_g T_g`` with ``s_g = W_g m_g / (W m)``, the group's share of all
    minutes. Source: Shorrocks 1980, doi 10.2307/1913126.

    Returns:
        One row per group in the order of their names, then ``(all)``: ``persons`` (reached), ``mean_value,
        value_share, theil, between, within``; the row ``(all)`` holds the sums: ``theil = between + within``.
    """
    numbers, persons = checked(values, weights)
    names = np.asarray(groups, dtype=object)
    if names.shape != numbers.shape:
        raise DataError(Note("fault.equity.labels", labels=names.size, values=numbers.size))
    reached(numbers, persons)
    has = ~np.isnan(numbers) & (persons > 0)
    mean, total = weighted_mean(numbers, persons), float(persons[has].sum())
    rows = []
    places = pd.Series(names).groupby(names, sort=False).indices
    for name in sorted(set(names.tolist())):
        here = places[name][has[places[name]]]
        rows.append(_theil_row(name, numbers[here], persons[here], mean, total))
    table = pd.DataFrame(rows).set_index("group")
    table.loc["(all)"] = {
        "persons": total,
        "mean_value": mean,
        "value_share": float(table["value_share"].sum()) if total else float("nan"),
        "theil": theil(numbers, persons),
        "between": float(table["between"].sum()) if total else float("nan"),
        "within": float(table["within"].sum()) if total else float("nan"),
    }
    return table


def _theil_row(
    name: object, numbers: FloatArray, persons: FloatArray, mean: float, total: float
) -> dict[str, object]:
    people = float(persons.sum())
    row: dict[str, object] = {"group": name, "persons": people}
    if not people:
        nothing = float("nan")
        return row | {
            "mean_value": nothing,
            "value_share": 0.0,
            "theil": nothing,
            "between": 0.0,
            "within": 0.0,
        }
    group_mean = float(np.average(numbers, weights=persons))
    share = people * group_mean / (total * mean) if mean else people / total
    own = theil(numbers, persons)
    between = share * float(np.log(group_mean / mean)) if group_mean and mean else 0.0
    return row | {
        "mean_value": group_mean,
        "value_share": share,
        "theil": own,
        "between": between,
        "within": share * own,
    }


def palma_ratio(values: ArrayLike, weights: ArrayLike) -> float:
    """Minutes of the tenth of persons with the longest times, over those of the 40 % with the shortest.

    ``(1 - L(0.9)) / L(0.4)`` on the Lorenz curve; 0.25 when everybody has the same. A point that straddles
    a limit counts in part. NaN when the nearest 40 % have no minutes at all. Source: Palma 2011,
    doi 10.1111/j.1467-7660.2011.01694.x, named by Cobham and Sumner 2013, there of incomes.
    """
    curve = lorenz_curve(values, weights)
    if len(curve) < 2:
        return float("nan")
    low, high = np.interp([0.4, 0.9], curve["persons_share"], curve["value_share"])
    # Shares are sums of floats: a share below their rounding is none.
    return float((1.0 - high) / low) if low > _ROUNDING else float("nan")


def worst_share(values: ArrayLike, weights: ArrayLike, share: float = 0.1) -> float:
    """Share of all minutes borne by the ``share`` of persons with the longest times: ``1 - L(1 - share)``.

    0.1 for the worst tenth when everybody has the same.

    >>> worst_share([10.0, 90.0], [90, 10])
    0.5
    """
    if not 0 <= share <= 1:
        raise DataError(Note("fault.equity.share", share=share))
    curve = lorenz_curve(values, weights)
    if len(curve) < 2:
        return float("nan")
    return float(1.0 - np.interp(1.0 - share, curve["persons_share"], curve["value_share"]))


def atkinson(values: ArrayLike, weights: ArrayLike, *, aversion: float = 0.5) -> float:
    """Atkinson's index of a **good** (scores, beds per person): the share of it that inequality wastes.

    ``1 - (sum_i w_i/W (y_i/m)^(1-e))^(1/(1-e))``, for ``e = 1`` one minus the geometric over the arithmetic
    mean. With ``e >= 1`` one person with 0 makes it 1. Source: Atkinson 1970,
    doi 10.1016/0022-0531(70)90039-6.

    Args:
        values: amounts of a good, at least 0.
        weights: persons.
        aversion: ``e``, at least 0; 0 does not mind inequality.
    """
    if not (np.isfinite(aversion) and aversion >= 0):
        raise DataError(Note("fault.equity.aversion", aversion=aversion))
    numbers, persons = reached(values, weights)
    if not len(numbers):
        return float("nan")
    mean = float(np.average(numbers, weights=persons))
    if mean == 0 or aversion == 0:
        return 0.0
    ratio = numbers / mean
    if aversion >= 1 and ratio[0] == 0:
        return 1.0
    if aversion == 1:
        return float(1.0 - np.exp(np.average(np.log(ratio), weights=persons)))
    power = 1.0 - aversion
    return float(1.0 - np.average(ratio**power, weights=persons) ** (1.0 / power))


def kolm_pollak_equivalent(values: ArrayLike, weights: ArrayLike, *, aversion_per_min: float) -> float:
    """Kolm-Pollak equally-distributed equivalent: the equal time that is as bad as the actual ones.

    ``ln(sum_i w_i/W exp(k t_i)) / k`` with ``k > 0``: at least the mean, at most the worst time, and for a
    large ``k`` the worst. The difference to the mean is the price of inequality, in minutes. Source: Sheriff
    and Maguire 2020, doi 10.1111/risa.13562 (with ``kappa = -k``).

    Args:
        values: minutes.
        weights: persons.
        aversion_per_min: ``k``; 0.01 per minute counts a person at 100 minutes e times one at 0.
    """
    if not (np.isfinite(aversion_per_min) and aversion_per_min > 0):
        raise DataError(Note("fault.equity.aversion_per_min", aversion_per_min=aversion_per_min))
    numbers, persons = reached(values, weights)
    if not len(numbers):
        return float("nan")
    worst = float(numbers[-1])
    # Relative to the worst time, so that exp() never overflows.
    scaled = np.average(np.exp(aversion_per_min * (numbers - worst)), weights=persons)
    return float(worst + np.log(scaled) / aversion_per_min)


def equity(
    values: ArrayLike,
    weights: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    aversions: Aversions | None = None,
) -> dict[str, float]:
    """The standard row of inequality figures, with what they leave out.

    Returns:
        ``gini, theil, palma, worst_tenth_share, persons_reached, persons_unreachable``; with groups
        ``theil_between, theil_within``; with aversions ``atkinson, kolm_pollak_min`` and
        ``inequality_price_min``, the minutes by which the equivalent is longer than the mean.
    """
    numbers, persons = checked(values, weights)
    figures = {
        "gini": gini(numbers, persons),
        "theil": theil(numbers, persons),
        "palma": palma_ratio(numbers, persons),
        "worst_tenth_share": worst_share(numbers, persons),
        "persons_reached": float(persons[~np.isnan(numbers)].sum()),
        "persons_unreachable": persons_unreachable(numbers, persons),
    }
    if groups is not None:
        split = theil_split(numbers, persons, groups)[["between", "within"]].to_numpy(dtype=np.float64)
        figures |= {"theil_between": float(split[-1, 0]), "theil_within": float(split[-1, 1])}
    if aversions is not None:
        per_min = aversions.kolm_pollak_per_min
        equivalent = kolm_pollak_equivalent(numbers, persons, aversion_per_min=per_min)
        figures |= {
            "atkinson": atkinson(numbers, persons, aversion=aversions.atkinson),
            "kolm_pollak_min": equivalent,
            "inequality_price_min": equivalent - weighted_mean(numbers, persons),
        }
    return figures
