"""Times of day as tables hold them (``06:10 (+1 day)``), said in a language."""

from __future__ import annotations

import re

from geoaccess.words.note import Note

_LATER = re.compile(r"(\d\d:\d\d) \(\+(\d+) days?\)")


def clock_time(text: str) -> str:
    """A time of day as a note where it is on a later day; any other text as it is.

    >>> from geoaccess.words.note import note_in
    >>> note_in(clock_time("06:10 (+1 day)"), "nb"), clock_time("06:10")
    ('06:10 (neste dag)', '06:10')
    """
    found = _LATER.fullmatch(str(text))
    if found is None:
        return text
    time, days = found[1], int(found[2])
    return Note("clock.next_day", time=time) if days == 1 else Note("clock.later_day", time=time, days=days)
