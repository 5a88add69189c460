"""A placement question as it was asked this time: the study's, changed by what the planner says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.study import Study
from geoaccess.study.placement_sections import Guarantee, Placement
from geoaccess.words.note import Note

#: Models whose answer is the number of sites.
_FINDS_THE_NUMBER = frozenset({"lscp", "fixed-charge"})
_GUARANTEE = re.compile(r"(?P<minutes>\d+(\.\d+)?)(:(?P<share>\d+(\.\d+)?)%)?(@(?P<whom>.+))?")


def asked(
    question: Placement,
    *,
    sites: int | None = None,
    budget: float | None = None,
    budget_posts: float | None = None,
    objective: str | None = None,
    busy: float | str | None = None,
    max_moves: int | None = None,
    guarantees: Sequence[Guarantee] = (),
    unreached_min: float | None = None,
    times: str | None = None,
) -> Placement:
    """The question with another number, budget, model, number of moves, or further promises.

    A budget, of money or of posts, replaces the number of sites unless both are said; moves alone leave their
    number as it is today.
    Parameters of another model than the question's own do not apply.

    Raises:
        DataError: moves where today's sites may close freely or do not count.
    """
    changes: dict[str, Any] = {}
    if objective is not None and objective != question.objective:
        changes |= {"objective": objective, "options": {}}
        if objective in _FINDS_THE_NUMBER:
            changes |= {"sites": None}
    if busy is not None:
        kept = changes.get("options", question.options)
        changes |= {"options": {**kept, "busy": busy}}
    if max_moves is not None:
        if question.existing in {"may_close", "ignore"}:
            raise DataError(Note("fault.place.no_moves", existing=question.existing))
        changes |= {"existing": "may_move", "moves": max_moves, "sites": 0}
    if budget is not None:
        changes |= {"budget": budget, "sites": sites}
    if budget_posts is not None:
        changes |= {"budget_posts": budget_posts, "sites": sites}
    if budget is None and budget_posts is None and sites is not None:
        changes |= {"sites": sites, "budget": None}
    if guarantees:
        changes |= {"guarantees": (*question.guarantees, *guarantees)}
    if unreached_min is not None:
        changes |= {"unreached_min": unreached_min}
    if times is not None:
        changes |= {"times": times}
    return question.model_copy(update=changes)


def parse_guarantee(study: Study, text: str) -> Guarantee:
    """A promise as typed: ``60``, ``30:90%``, ``60@Træna``, ``45:50%@each``.

    Minutes, then the share of the people (everybody without it), then to whom: a municipality by name or
    code, or ``each`` municipality on its own.

    Raises:
        DataError: the text is something else.
        UnknownNameError: no such municipality.
    """
    match = _GUARANTEE.fullmatch(text.strip())
    share = float(match["share"] or 100) / 100 if match else 0.0
    if match is None or not 0 < share <= 1:
        raise DataError(Note("fault.place.guarantee", text=text))
    promise = {"minutes": float(match["minutes"]), "share": share}
    if not match["whom"]:
        return Guarantee.model_validate(promise)
    codes = () if match["whom"] == "each" else (municipality_code(study, match["whom"]),)
    return Guarantee.model_validate(promise | {"by": "municipality", "municipalities": codes})


def municipality_code(study: Study, name: str) -> str:
    """Code of a municipality by its code or name, or one of its names in several languages.

    Raises:
        UnknownNameError: no such municipality, or several.
    """
    table = study.municipalities
    names = dict(zip(table["municipality_code"].astype(str), table["name"].astype(str), strict=True))
    if name in names:
        return name
    wanted = name.casefold()
    exact = [code for code, full in names.items() if full.casefold() == wanted]
    found = exact or [code for code, full in names.items() if wanted in full.casefold().split("-")]
    if len(found) != 1:
        raise UnknownNameError("municipality", name, names.values())
    return found[0]
