"""Age groups as statistics offices write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from geoaccess.words.note import Note

_TOTAL = {"alle aldre", "alle aldrer", "i alt", "alder i alt", "all ages", "total", "totalt", "ages, total"}
_YEARS = r"(?:\s*(?:år|aar|years?|yrs?))?"
_SINGLE = re.compile(rf"^0*(\d{{1,3}}){_YEARS}$")
_RANGE = re.compile(rf"^0*(\d{{1,3}})\s*[-–]\s*0*(\d{{1,3}}){_YEARS}$")
_OPEN = re.compile(
    rf"^0*(\d{{1,3}}){_YEARS}\s*(?:\+|og eldre|eller eldre|og over|and over|or older|and older){_YEARS}$"
)


@dataclass(frozen=True)
class AgeGroup:
    """Whole years of age, both ends inside; ``last`` None has no upper end."""

    first: int
    last: int | None = None

    def __str__(self) -> str:
        if self.last is None:
            return f"{self.first}+"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def __lt__(self, other: AgeGroup) -> bool:
        return (self.first, self.last is None, self.last or 0) < (
            other.first,
            other.last is None,
            other.last or 0,
        )

    def holds(self, other: AgeGroup) -> bool:
        """Whether every age of the other is in this one."""
        if other.first < self.first:
            return False
        return self.last is None or (other.last is not None and other.last <= self.last)

    def meets(self, other: AgeGroup) -> bool:
        """Whether the two have an age in common."""
        starts_before = self.last is None or other.first <= self.last
        return starts_before and (other.last is None or self.first <= other.last)


#: Everybody.
ALL_AGES = AgeGroup(0)


@cache
def parse_age(text: str) -> AgeGroup:
    """The age group that a label means; a total means all ages.

    >>> [str(parse_age(label)) for label in ("0 år", "80-84 år", "105 år eller eldre", "080", "Alle aldre")]
    ['0', '80-84', '105+', '80', '0+']

    Raises:
        ValueError: the label is no age.
    """
    label = " ".join(text.strip().casefold().split())
    if label in _TOTAL:
        return ALL_AGES
    if found := _SINGLE.match(label):
        return AgeGroup(int(found[1]), int(found[1]))
    if found := _RANGE.match(label):
        first, last = int(found[1]), int(found[2])
        if first > last:
            raise ValueError(Note("fault.age.backwards", text=text))
        return AgeGroup(first, last)
    if found := _OPEN.match(label):
        return AgeGroup(int(found[1]))
    raise ValueError(Note("fault.age.unknown", text=text))


@cache
def is_total(text: str) -> bool:
    """Whether a label means the sum over all ages, rather than a group."""
    return " ".join(text.strip().casefold().split()) in _TOTAL


def overlapping(groups: Iterable[AgeGroup]) -> list[tuple[AgeGroup, AgeGroup]]:
    """Neighbouring groups that have an age in common."""
    return [(one, other) for one, other in pairwise(sorted(set(groups))) if one.meets(other)]


def covering(groups: Iterable[AgeGroup], wanted: AgeGroup) -> list[AgeGroup]:
    """The groups that together are exactly the wanted ages.

    Raises:
        ValueError: a group straddles an end of the wanted ages, or an age is missing.
    """
    known = sorted(set(groups))
    inside = [group for group in known if wanted.holds(group)]
    across = [str(group) for group in known if wanted.meets(group) and not wanted.holds(group)]
    if across:
        raise ValueError(Note("fault.age.across", across=tuple(across), wanted=wanted))
    expected: int | None = wanted.first
    for group in inside:
        if expected is None or group.first != expected:
            raise ValueError(Note("fault.age.missing", expected=expected, wanted=wanted))
        expected = None if group.last is None else group.last + 1
    end = None if wanted.last is None else wanted.last + 1
    if expected != end:
        raise ValueError(Note("fault.age.missing", expected=expected, wanted=wanted))
    return inside
