"""The answer of ``route --around-the-clock`` as its folder holds it: the legs, and the day beside them."""

from __future__ import annotations

from dataclasses import replace

from geoaccess.answers.answer import Answer
from geoaccess.questions.journey.answer import answer_of, find_route
from geoaccess.questions.journey.around_the_clock import DayOfJourney, told_sentences
from geoaccess.questions.journey.places import NoRouteError
from geoaccess.study import Study
from geoaccess.words.note import Note

#: Table of the ways that no other beats.
WAYS = "route_day_ways"


def route_day_answer(state: Study, origin: str, destination: str, found: DayOfJourney) -> Answer:
    """An answer of ``route`` that also holds every moment of leaving.

    The legs are those of the tables' time of day; where there is no way at that time, those of leaving when
    the way is shortest.

    Args:
        state: the study in its state.
        origin: where it starts.
        destination: where it ends.
        found: the journey over the day.

    Raises:
        DataError: it goes nowhere.
    """
    told = list(told_sentences(found))
    try:
        journey = find_route(state.network, origin, destination, study=state)
    except NoRouteError:
        journey = find_route(state.network, origin, destination, study=state, moment=found.shortest)
        told.append(Note("note.route_day_legs"))
    answer = answer_of(state, journey)
    day = {
        **found.figures,
        "basis": found.basis,
        "night_unknown": found.night_unknown,
        "draws": found.draws,
    }
    return replace(
        answer,
        facts={
            **answer.facts,
            "around_the_clock": day,
            "notes": list(dict.fromkeys((*told, *answer.facts["notes"], *found.notes))),
        },
        tables={**answer.tables, **({WAYS: found.ways} if len(found.ways) else {})},
    )
