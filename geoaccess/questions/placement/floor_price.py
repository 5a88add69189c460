"""What a floor costs: the same question without it, and who is spared and who pays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.measures import persons_unreachable, weighted_mean
from geoaccess.questions.placement.problem import Posed
from geoaccess.questions.placement.tables import served_after
from geoaccess.study import Study
from geoaccess.study.placement_sections import Floor
from geoaccess.words.note import Note
from optimise import Solution
from optimise.changes import compare_by_group

#: Municipalities named on each side.
_NAMED = 3


def floor_notes(study: Study, posed: Posed, solution: Solution, free: Posed, unbound: Solution) -> list[Note]:
    """The price of a floor in mean minutes, whom it spares and whom it costs.

    Args:
        study: the study.
        posed: the question with its floor.
        solution: its solution.
        free: the question without the floor.
        unbound: its solution.
    """
    floor = posed.question.floor
    if floor is None:
        return []
    persons = study.weight(posed.question.weight)
    times = []
    for one, found in ((posed, solution), (free, unbound)):
        opened = np.zeros(len(one.places), dtype=bool)
        opened[found.chosen] = True
        times.append(served_after(one, found, opened)[0])
    means = [weighted_mean(after, persons) for after in times]
    unreached = [persons_unreachable(after, persons) for after in times]
    told: list[Note] = []
    if unreached[0] > unreached[1]:
        # Means over different people cannot be compared: reach comes first.
        told.append(Note("place.floor_reach", floor=_told(floor), persons=unreached[0] - unreached[1]))
    else:
        price = means[0] - means[1]
        told.append(Note("place.floor_price", floor=_told(floor), mean=means[0], free=means[1], price=price))
    return [*told, *_who(study, times[1], times[0], persons)]


def _who(study: Study, free: FloatArray, held: FloatArray, persons: FloatArray) -> list[Note]:
    """Whom the floor spares and whom it costs: the difference of the two answers, person by person."""
    codes = study.demand["municipality_code"].astype(str).to_numpy(dtype=object)
    names = study.municipalities.set_index("municipality_code")["name"]
    # A list, as two municipalities may have the same name.
    changes = [
        (str(names.loc[str(code)]), change)
        for code, change in compare_by_group(free, held, persons, codes.tolist()).items()
    ]
    spared = [(name, one.gain, one.gained_min, one.newly_served) for name, one in changes]
    paying = [(name, one.lose, one.lost_min, one.no_longer_served) for name, one in changes]
    return [*_side("spares", spared), *_side("costs", paying)]


def _side(side: str, of: Sequence[tuple[str, float, float, float]]) -> list[Note]:
    """Those on one side: persons and person-hours, the municipalities with the most first; then the reach.

    Args:
        side: ``spares`` or ``costs``.
        of: municipality, persons, person-minutes, and persons who are reached in one of the answers only.
    """
    notes = []
    moved = sorted((one for one in of if one[1] > 0), key=lambda one: -one[2])
    if moved:
        where = [Note("floor.where", municipality=one[0], persons=one[1], hours=one[2] / 60) for one in moved]
        persons, hours = sum(one[1] for one in moved), sum(one[2] for one in moved) / 60
        notes.append(Note(f"place.floor_{side}", persons=persons, hours=hours, where=_first(where)))
    else:
        notes.append(Note(f"place.floor_{side}_nobody"))
    reached = [one for one in of if one[3] > 0]
    if reached:
        where = [Note("floor.where_reach", municipality=one[0], persons=one[3]) for one in reached]
        told = sum(one[3] for one in reached)
        notes.append(Note(f"place.floor_{side}_reach", persons=told, where=_first(where)))
    return notes


def _first(where: list[Note]) -> list[Note]:
    """The first few municipalities, and how many more there are."""
    more = len(where) - _NAMED
    return where if more <= 0 else [*where[:_NAMED], Note("floor.more", more=more)]


def _told(floor: Floor) -> list[Note]:
    told = []
    if floor.loses_at_most_min is not None:
        told.append(Note("floor.loses", minutes=floor.loses_at_most_min))
    if floor.municipality_beyond_min is not None:
        told.append(Note("floor.municipality", minutes=floor.municipality_beyond_min))
    return told
