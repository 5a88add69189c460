"""What a ranking of losses cannot tell: families that give nothing that is asked, and legs of transport."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geoaccess.ground.errors import DataError
from geoaccess.questions.losses.elements import Element, transport_end
from geoaccess.study import Study
from geoaccess.study.names import kind_words
from geoaccess.words.note import Note


def check_transport(study: Study, of: Sequence[str], kinds: Sequence[str]) -> None:
    """Refuse transport with what its legs would have to be found anew for.

    Raises:
        DataError: transport, and a family other than the facilities where it ends.
    """
    carried = _transports(study, kinds)
    others = [family for family in of if family != "facilities"]
    if carried and others:
        names = [_family(family) for family in others]
        raise DataError(
            Note("losses.transport_ends", kinds=[kind_words(study, kind) for kind in carried], families=names)
        )


def untouched_notes(
    study: Study, of: Sequence[str], kinds: Sequence[str], single: Sequence[Element], rows: pd.DataFrame
) -> list[Note]:
    """Families of which nothing is in the ranking, and why; what of transport is not taken out.

    Args:
        study: the study in its state.
        of: families asked for.
        kinds: kinds of service whose times count.
        single: what was taken out.
        rows: the ranking.

    Raises:
        DataError: something was taken out, and none of it gives what is asked for.
    """
    told = set(" + ".join(rows["family"].astype(str)).split(" + "))
    services = [kind_words(study, kind) for kind in kinds]
    notes = []
    for family in dict.fromkeys(of):
        count = sum(element.family == family for element in single)
        if not count:
            notes.append(Note("losses.none_there", family=_family(family), kinds=services))
        elif family not in told:
            notes.append(Note("losses.none_gives", count=count, family=_family(family), kinds=services))
    if single and rows.empty:
        raise DataError(notes[-1] if len(notes) == 1 else Note("list.sentences", sentences=tuple(notes)))
    carried = _transports(study, kinds)
    if carried:
        services = [kind_words(study, kind) for kind in carried]
        notes.append(Note("losses.transport_crews", kinds=services))
    return notes


def _transports(study: Study, kinds: Sequence[str]) -> list[str]:
    return [kind for kind in kinds if transport_end(study, kind)]


def _family(family: str) -> Note:
    return Note(f"maps.losses.family.{family}")
