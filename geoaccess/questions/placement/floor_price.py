"""What a floor costs: the same question without it, and who would pay for the better mean."""

from __future__ import annotations

import numpy as np

from geoaccess.ground.measures import persons_unreachable, weighted_mean, weighted_percentile
from geoaccess.questions.placement.problem import Posed
from geoaccess.questions.placement.tables import served_after
from geoaccess.study import Study
from geoaccess.study.schema import Floor
from geoaccess.words.note import Note
from optimise import Solution


def floor_notes(study: Study, posed: Posed, solution: Solution, free: Posed, unbound: Solution) -> list[Note]:
    """The price of a floor in mean minutes, and the municipality that would lose most without it.

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
    means, unreached = [], []
    for one, found in ((posed, solution), (free, unbound)):
        opened = np.zeros(len(one.places), dtype=bool)
        opened[found.chosen] = True
        after = served_after(one, found, opened)[0]
        means.append(weighted_mean(after, persons))
        unreached.append(persons_unreachable(after, persons))
    codes = study.demand["municipality_code"].astype(str).to_numpy(dtype=object)
    losses = {}
    for code in dict.fromkeys(codes):
        here = (codes == code) & (persons > 0)
        if here.any():
            medians = [weighted_percentile(one[here], persons[here], 0.5) for one in (posed.before, after)]
            losses[code] = (medians[1] - medians[0], *medians)
    worst = max(losses, key=lambda code: np.nan_to_num(losses[code][0], nan=-np.inf))
    names = study.municipalities.set_index("municipality_code")["name"]
    if unreached[0] > unreached[1]:
        # Means over different people cannot be compared: reach comes first.
        return [Note("place.floor_reach", floor=_told(floor), persons=unreached[0] - unreached[1])]
    return [
        Note(
            "place.floor_price",
            floor=_told(floor),
            mean=means[0],
            free=means[1],
            price=means[0] - means[1],
            municipality=str(names.loc[worst]),
            before=losses[worst][1],
            after=losses[worst][2],
        )
    ]


def _told(floor: Floor) -> list[Note]:
    told = []
    if floor.loses_at_most_min is not None:
        told.append(Note("floor.loses", minutes=floor.loses_at_most_min))
    if floor.municipality_beyond_min is not None:
        told.append(Note("floor.municipality", minutes=floor.municipality_beyond_min))
    return told
