"""Words in the names of ferries and routes that say whether cars are taken."""

from __future__ import annotations

import re
from typing import Literal

Cars = Literal["yes", "no", "unsaid"]

#: In the languages of the northern feeds and maps.
_CAR_WORDS = re.compile(
    r"autoveer|bilfer[gj]e|bilf[æa]r[gj]e|bilfärja|bilferje|autolautta|autofähre|car ?ferry|vehicle ferry"
    r"|cars? (?:and|&) passengers?|passengers? (?:and|&) (?:car|vehicle)"
    r"|bílferja|riksvegfer[gj]e|fylkesvegfer[gj]e",
    re.IGNORECASE,
)
_FOOT_WORDS = re.compile(
    r"voetveer|fietsveer|fiets-?/voet|hurtigb[åa]t|snøggb[åa]t|passasjerb[åa]t|passenger|foot ferry"
    r"|personf[äæa][hr]|personferge|express ?boat|snabbbåt"
    r"|(?:water|vann|vand|vatten|wasser|b[åa]t|boat|vesi|sj[øoö])[ -]?(?:taxi|taksi|bus|buss)\b"
    r"|taxi[ -]?b(?:[åa]t|oat)",
    re.IGNORECASE,
)


def cars_in_words(words: str) -> Cars:
    """Whether words say that a ferry takes cars, that it is for people only, or neither."""
    if _CAR_WORDS.search(words):
        return "yes"
    return "no" if _FOOT_WORDS.search(words) else "unsaid"
