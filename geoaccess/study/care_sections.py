"""Levels of acute help, as a study file defines them: who gives it, and what each can do.

::

    [care]
    area = "local_hospital"                         # areas that the index of co-location is told for
    together = ["ambulance_station", "legevakt", "akuttmottak"]
    within_min = 5
    source = "..."

    [care.can.ct]
    title = "CT"
    kind = "ct_stroke"                              # whoever has one of these beside it can, too

    [care.levels.legevakt]
    title = "Legevakt"
    kind = "legevakt"
    can = ["doctor"]
    source = "..."
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from geoaccess.ground.errors import did_you_mean
from geoaccess.ground.sections import StrictSection
from geoaccess.study.resource_sections import Confidence
from geoaccess.words.note import Note
from networks.errors import Fault

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class CareAbility(StrictSection):
    """Something that acute help can do."""

    title: str = Field(description="what can be done")
    title_nb: str = Field(default="", description="the same in bokmål")
    kind: str = Field(
        default="", description="kind of facility beside which a place can do it, whatever its level"
    )


class CareLevel(StrictSection):
    """A level of acute help."""

    title: str = Field(description="the level in words")
    title_nb: str = Field(default="", description="the same in bokmål")
    kind: str = Field(description="kind of its facilities")
    only: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="column of municipalities -> its values where the kind is this level; none: all",
    )
    without: tuple[str, ...] = Field(default=(), description="ids of facilities that give no acute help")
    can: tuple[str, ...] = Field(default=(), description="what each of them can do: names under [care.can]")
    source: str = Field(description="where that comes from; 'assumption' is a source too")
    confidence: Confidence = Field(default="assumption", description="how sure it is")


class Care(StrictSection):
    """Levels of acute help, and what should stand together."""

    area: str = Field(description="group column of municipalities whose areas the index is told for")
    together: tuple[str, ...] = Field(min_length=2, description="kinds that should stand together")
    within_min: Positive = Field(default=5.0, description="minutes by road within which two stand together")
    source: str = Field(description="where that comes from; 'assumption' is a source too")
    confidence: Confidence = Field(default="assumption", description="how sure it is")
    can: dict[str, CareAbility] = Field(min_length=1, description="what acute help can do")
    levels: dict[str, CareLevel] = Field(min_length=1, description="levels of acute help")


def care_faults(
    care: Care | None, kinds: Iterable[str], groups: Iterable[str], facilities: Iterable[str]
) -> list[Fault]:
    """What levels of care name that the study does not have."""
    if care is None:
        return []
    known = {
        "kind": list(kinds),
        "group": list(groups),
        "facility": list(facilities),
        "can": list(care.can),
    }
    named = [("group", care.area), *(("kind", kind) for kind in care.together)]
    named += [("kind", one.kind) for one in care.can.values() if one.kind]
    for level in care.levels.values():
        named += [("kind", level.kind), *(("group", column) for column in level.only)]
        named += [*(("can", one) for one in level.can), *(("facility", one) for one in level.without)]
    return [
        Fault(Note(f"fault.care.{what}", hint=did_you_mean(value, known[what])), "study.toml", value=value)
        for what, value in named
        if value not in known[what]
    ]
