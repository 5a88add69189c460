"""What changes over the day for a group of people: hours without a way, mean, and nine times in ten.

The three do not add up and are told apart. A mean is compared for those who have a way at every moment in
both states, a 90th percentile where both are known; who loses or wins a way at some moments has hours to
tell, not minutes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geoaccess.ground.arrays import BoolArray, FloatArray

#: Changes smaller than this many minutes, and than this share of the day, are float noise.
_SAME_MIN, _SAME_SHARE = 1e-6, 1e-9
_HOURS = 24.0
#: What a figure of the other answer ends with: ferries whose night is not known sail all night.
IF_SAILS = "_if_unknown_nights_sail"


@dataclass(frozen=True, eq=False)
class OverDay:
    """One state of people over the day, (n,) each.

    Attributes:
        mean_min: mean over the moments of leaving; not finite where some moment has no way.
        p90_min: what nine in ten moments do not exceed; not finite where more than one in ten has no way.
        no_way_share: share of the moments without a way, 0-1.
        assumed: whether the way rests on a ferry with assumed times.
        night_unknown: whether it rests on a night that is not known.
    """

    mean_min: FloatArray
    p90_min: FloatArray
    no_way_share: FloatArray
    assumed: BoolArray
    night_unknown: BoolArray


def changes(before: OverDay, after: OverDay) -> dict[str, FloatArray]:
    """(n,) ``mean`` and ``p90`` minutes and ``hours`` a day without a way that are added; NaN: one lacks."""
    found = {
        "mean": _known(after.mean_min) - _known(before.mean_min),
        "p90": _known(after.p90_min) - _known(before.p90_min),
        "hours": (after.no_way_share - before.no_way_share) * _HOURS,
    }
    for name, least in (("mean", _SAME_MIN), ("p90", _SAME_MIN), ("hours", _SAME_SHARE * _HOURS)):
        found[name] = np.where(np.abs(found[name]) < least, 0.0, found[name])
    return found


def _known(minutes: FloatArray) -> FloatArray:
    return np.where(np.isfinite(minutes), minutes, np.nan)


def day_figures(before: OverDay, after: OverDay, persons: FloatArray) -> dict[str, float]:
    """Gains and losses of a group of people over the day.

    Args:
        before: the first state.
        after: the second.
        persons: (n,) persons.

    Returns:
        ``persons``; hours a day without a way, summed over the people: ``person_hours_without_way_added`` and
        ``_saved``; ``person_min_lost_mean, person_min_gained_mean, change_mean_min`` (over those with a mean
        in both; NaN: nobody), ``person_min_lost_p90, person_min_gained_p90, worst_loss_mean_min,
        worst_loss_p90_min``; ``persons_lose, persons_gain`` (in any of the three: one may do both),
        ``persons_no_longer_reached, persons_newly_reached`` (at any moment), ``persons_p90_no_way`` and
        ``persons_p90_way_again`` (nine times in ten); ``persons_changed_assumed`` and
        ``persons_changed_night_unknown``, those whose change rests on such times in either state.
    """
    change = changes(before, after)
    mean, p90, hours = (np.nan_to_num(change[name], nan=0.0) for name in ("mean", "p90", "hours"))
    had, has = np.isfinite(before.p90_min), np.isfinite(after.p90_min)
    no_more, again = had & ~has, has & ~had
    lose = (mean > 0) | (p90 > 0) | (hours > 0) | no_more
    gain = (mean < 0) | (p90 < 0) | (hours < 0) | again
    never_a, never_b = (state.no_way_share >= 1.0 - _SAME_SHARE for state in (before, after))
    lived = persons > 0
    counted = persons[np.isfinite(change["mean"])].sum()

    def total(rows: BoolArray) -> float:
        return float(persons[rows].sum())

    return {
        "persons": float(persons.sum()),
        "person_hours_without_way_added": float(persons @ np.maximum(hours, 0.0)),
        "person_hours_without_way_saved": float(persons @ np.maximum(-hours, 0.0)),
        "person_min_lost_mean": float(persons @ np.maximum(mean, 0.0)),
        "person_min_gained_mean": float(persons @ np.maximum(-mean, 0.0)),
        "change_mean_min": float(persons @ mean / counted) if counted else float("nan"),
        "person_min_lost_p90": float(persons @ np.maximum(p90, 0.0)),
        "person_min_gained_p90": float(persons @ np.maximum(-p90, 0.0)),
        "worst_loss_mean_min": float(mean[lived].max(initial=0.0)),
        "worst_loss_p90_min": float(p90[lived].max(initial=0.0)),
        "persons_lose": total(lose),
        "persons_gain": total(gain),
        "persons_no_longer_reached": total(never_b & ~never_a),
        "persons_newly_reached": total(never_a & ~never_b),
        "persons_p90_no_way": total(no_more),
        "persons_p90_way_again": total(again),
        "persons_changed_assumed": total((lose | gain) & (before.assumed | after.assumed)),
        "persons_changed_night_unknown": total((lose | gain) & (before.night_unknown | after.night_unknown)),
    }
