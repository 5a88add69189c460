"""One journey at every moment of leaving: when to leave, the last way of the day, the first one again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.questions.journey.places import NoRouteError, meant, with_ends
from geoaccess.study import Study
from geoaccess.study.ferry_timing import conditions_of, leaving
from geoaccess.words.clock_times import clock_time
from geoaccess.words.note import Note
from networks import FerryConditions, TravelNetwork, node_name
from networks.arrival import ArrivalFunction, Basis, arrival_profiles
from networks.arrival.pieces import DELAY, FIRST, LAST
from networks.boardings import on_day
from networks.brief import Brief
from networks.by_clock import clock_text
from networks.ferry_service import MINUTES_PER_DAY

#: Timetables drawn for ferries whose departures are not known.
DRAWS = 20


@dataclass(frozen=True, eq=False, repr=False)
class DayOfJourney(Brief):
    """A journey over the moments of leaving of a day or a week.

    Attributes:
        from_name: where it starts.
        to_name: where it ends.
        figures: ``best_min, p50_min, p90_min, worst_min, mean_min, wait_mean_min, no_way_share``, and
            ``p50_if_unknown_nights_sail_min, p90_if_unknown_nights_sail_min``; NaN = no way within the
            patience at too many moments, or at any.
        basis: what the ferries' times rest on: road, timetable, frequency or assumed.
        night_unknown: whether a ferry on the way has a night that is not known.
        last_way: last moment to leave before the longest wait of the day, minutes after midnight; the
            earliest of all drawn timetables; None = nothing is waited for.
        first_again: first moment to leave after it without that wait, the latest of all drawn timetables.
        ways: one row per way that no other beats: leave by, arrive, minutes; empty where timetables were
            drawn.
        shortest: a moment to leave at which the way is shortest: time, weekday and date, where they count.
        draws: timetables drawn; 1 = all departures are known.
        notes: what was assumed.
    """

    from_name: str
    to_name: str
    figures: dict[str, float]
    basis: str
    night_unknown: bool
    last_way: float | None
    first_again: float | None
    ways: pd.DataFrame
    shortest: FerryConditions
    draws: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "from": self.from_name,
            "to": self.to_name,
            **self.figures,
            "basis": self.basis,
            "night_unknown": self.night_unknown,
            "last_way": None if self.last_way is None else clock_text(self.last_way),
            "first_again": None if self.first_again is None else clock_text(self.first_again),
            "ways": self.ways.to_dict(orient="records"),
            "draws": self.draws,
            "notes": list(self.notes),
        }


def day_of_journey(
    network: TravelNetwork,
    origin: str,
    destination: str,
    *,
    study: Study | None = None,
    week_of: date | None = None,
    weekday: int | None = None,
    draws: int = DRAWS,
) -> DayOfJourney:
    """A journey for every moment of leaving; arguments as of :func:`~...journey.answer.find_route`.

    Args:
        network: the network.
        origin: where it starts.
        destination: where it ends.
        study: the study whose places may be named.
        week_of: leave in the week from this date.
        weekday: day of leaving, Monday = 0; None = that of the scenario, else all of them alike
            where ferries differ by them.
        draws: timetables drawn for ferries whose departures are not known.

    Raises:
        UnknownNameError: a place is not known.
        NoRouteError: there is no way between them at any moment.
    """
    notes: list[str] = []
    ends = [meant(network, place, study, notes) for place in (origin, destination)]
    network, (start, stop) = with_ends(network, ends, study, notes)
    conditions = conditions_of(network, study)
    if weekday is not None:
        conditions = replace(conditions, weekday=weekday)
    when = leaving(network, conditions, week_of)
    profiles = arrival_profiles(network, [start], [stop], when.conditions, days=when.days, draws=draws)
    names = node_name(network, start), node_name(network, stop)
    whole = profiles.figures(windows=[(0.0, profiles.period_min)])
    if not np.isfinite(whole.best_min[0, 0]):
        raise NoRouteError(Note("fault.no_way_ever", start=names[0], stop=names[1]))
    bits = int(profiles.basis()[0])
    sails = whole
    if bits & Basis.NIGHT_UNKNOWN and when.conditions.unknown_night != "sails":
        other = replace(when.conditions, unknown_night="sails")
        by_night = arrival_profiles(network, [start], [stop], other, days=when.days, draws=draws)
        sails = by_night.figures(windows=[(0.0, profiles.period_min)])
    drawn = bool(bits & (Basis.FREQUENCY | Basis.ASSUMED))
    functions = [profiles.function(0, draw=draw) for draw in range(draws if drawn else 1)]
    spells = [spell for spell in map(_longest_wait, functions) if spell is not None]
    return DayOfJourney(
        *names,
        figures={
            "best_min": float(whole.best_min[0, 0]),
            "p50_min": _known(whole.percentile_min[0, 0, 0]),
            "p90_min": _known(whole.percentile_min[0, 0, 1]),
            "worst_min": _known(whole.worst_min[0, 0]),
            "mean_min": float(whole.mean_min[0, 0]),
            "wait_mean_min": float(whole.wait_mean_min[0, 0]),
            "no_way_share": float(whole.no_way_share[0, 0]),
            "p50_if_unknown_nights_sail_min": _known(sails.percentile_min[0, 0, 0]),
            "p90_if_unknown_nights_sail_min": _known(sails.percentile_min[0, 0, 1]),
        },
        basis=Basis(bits).word,
        night_unknown=bool(bits & Basis.NIGHT_UNKNOWN),
        last_way=min((last for last, _ in spells), default=None),
        first_again=max((again for _, again in spells), default=None),
        ways=pd.DataFrame() if drawn else _ways(functions[0], profiles.period_min),
        shortest=_moment(when.conditions, _shortest_at(functions[0], profiles.period_min)),
        draws=len(functions),
        notes=(*notes, *when.notes),
    )


def _known(minutes: float) -> float:
    return float(minutes) if np.isfinite(minutes) else float("nan")


def _moment(first_day: FerryConditions, at_min: float) -> FerryConditions:
    """A moment so many minutes after midnight of the first day; weekday and date move on with the days."""
    day, time_min = divmod(at_min, MINUTES_PER_DAY)
    return replace(on_day(first_day, int(day)), time_min=time_min)


def _shortest_at(function: ArrivalFunction, period_min: float) -> float:
    """The first moment of leaving of the piece with the least time on the way."""
    pieces = function.pieces[[FIRST, LAST, DELAY]].T
    least, at = min((d + max(a - b, 0.0), min(a, b)) for a, b, d in pieces.tolist() if b >= 0.0)
    return at % period_min if np.isfinite(at) and np.isfinite(least) else 0.0


def _longest_wait(function: ArrivalFunction) -> tuple[float, float] | None:
    """The longest spell of leaving that all arrives at one moment: its beginning, and its end.

    Spells that begin on the first day count; they end on a later one where the night is waited through.
    """
    best: tuple[float, float] | None = None
    at = -np.inf
    for first, last in function.pieces[[FIRST, LAST]].T.tolist():
        end = min(first, last)
        if 0.0 <= at < MINUTES_PER_DAY and end > at and (best is None or end - at > best[1] - best[0]):
            best = (at, end)
        at = last
    return best


def _ways(function: ArrivalFunction, period_min: float) -> pd.DataFrame:
    """One row per departure: the last moment to leave for it, and what follows."""
    rows: list[dict[str, object]] = []
    for first, last, delay in function.pieces[[FIRST, LAST, DELAY]].T.tolist():
        if 0.0 <= last < period_min:
            arrive = max(first, last) + delay
            rows.append(
                {"leave_by": clock_text(last), "arrive": clock_text(arrive), "minutes": arrive - last}
            )
    return pd.DataFrame(rows, columns=["leave_by", "arrive", "minutes"])


def told_sentences(found: DayOfJourney) -> Sequence[Note]:
    """What the command says below its figures."""
    told = []
    if found.last_way is not None and found.first_again is not None:
        leave, again = clock_text(found.last_way), clock_text(found.first_again)
        told.append(Note("route.last_way", leave=clock_time(leave), again=clock_time(again)))
    told.append(Note(f"route.rests.{found.basis}"))
    if found.night_unknown:
        figures = found.figures
        half, nine = (figures[f"{name}_if_unknown_nights_sail_min"] for name in ("p50", "p90"))
        code = "route.night_unknown.assumed" if found.basis == "assumed" else "route.night_unknown"
        told.append(Note(code, half=half, nine=nine))
    return told
