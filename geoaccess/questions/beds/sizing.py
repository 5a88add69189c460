"""How many beds: by admissions, stay and Erlang's loss formula over the seasons, or by persons for a bed."""

from __future__ import annotations

import math

import numpy as np

from geoaccess.ground.arrays import FloatArray
from geoaccess.study import Study
from geoaccess.study.beds_sections import ADMISSIONS, Beds, BedStream
from optimise.queues import erlang_loss

DAYS_PER_YEAR = 365.25
_HALVINGS = 60


def stream_admissions(study: Study, stream: BedStream) -> FloatArray:
    """(n_demand,) admissions a year of a stream at each place, in the year of the study's people.

    Bed-days of a year are those of the study as it was read; in another year they grow with the weight that
    they are shared out by.
    """
    among = np.ones(len(study.demand), dtype=bool)
    table = study.municipalities.set_index("municipality_code")
    for column, values in stream.only.items():
        among &= table[column].loc[study.demand["municipality_code"]].isin(values).to_numpy()
    if stream.days_year is not None:
        first = study.as_read
        whole = float(first.weight(stream.shared_by)[among].sum())
        rate = stream.days_year / stream.stay_days / whole if whole > 0 else 0.0
        return np.where(among, study.weight(stream.shared_by) * rate, 0.0)
    rates = stream.per_1000_year.items()
    found = np.sum([study.weight(weight) * rate / 1000.0 for weight, rate in rates], axis=0)
    return np.asarray(np.where(among, found, 0.0), dtype=np.float64)


def seasons_of(beds: Beds) -> list[tuple[float, float]]:
    """Share of the year and factor of each season; the factors are scaled so that their mean is 1."""
    if not beds.seasons:
        return [(1.0, 1.0)]
    mean = sum(one.share * one.factor for one in beds.seasons.values())
    return [(one.share, one.factor / mean) for one in beds.seasons.values()]


def lost(offered: float, beds: float) -> float:
    """Share turned away by Erlang's loss formula; between whole numbers of beds on the straight line."""
    below = math.floor(beds)
    low = erlang_loss(offered, below)
    return low if below == beds else low + (beds - below) * (erlang_loss(offered, below + 1) - low)


def lost_over_year(beds: Beds, offered: float, count: float) -> float:
    """Share of a year's admissions that find every bed taken."""
    if offered <= 0:
        return 0.0
    return math.fsum(share * factor * lost(offered * factor, count) for share, factor in seasons_of(beds))


def lost_at_peak(beds: Beds, offered: float, count: float) -> float:
    """The same in the fullest season."""
    return lost(offered * peak(beds), count) if offered > 0 else 0.0


def peak(beds: Beds) -> float:
    """Admissions a day in the fullest season over those of the mean day."""
    return max(factor for _, factor in seasons_of(beds))


def room_of(beds: Beds, count: int) -> float:
    """The largest load that so many beds carry: offered beds of the mean day, or beds by persons.

    With ``sized_by = "admissions"`` the load at which the fullest season turns away just
    ``most_turned_away``; the loss grows with the load, so halving the interval finds it.
    """
    if beds.sized_by != ADMISSIONS:
        return float(count)
    low, high = 0.0, count / beds.most_turned_away + 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if erlang_loss(middle * peak(beds), count) <= beds.most_turned_away:
            low = middle
        else:
            high = middle
    return low


def beds_needed(beds: Beds, offered: float) -> int:
    """The fewest beds that turn away no more than ``most_turned_away`` in the fullest season."""
    count = 0
    while offered > 0 and lost_at_peak(beds, offered, count) > beds.most_turned_away:
        count += 1
    return count
