"""An infeasible wish in the planner's words: what conflicts, and what could be kept instead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from geoaccess.ground.errors import InfeasibleError
from geoaccess.questions.placement.problem import Posed
from geoaccess.words.note import Note, as_note
from optimise import Solution
from optimise.conflicts import FASTEST, FORBIDDEN, INSTEAD, Conflict
from optimise.guarantees import ShareWithin, demand_rows
from optimise.problem import Role
from optimise.program import ONE_SITE, ROLE, SITES
from optimise.relaxing import GivenUp, nearest_relaxation
from optimise.running import Limits
from optimise.sentences import Sentence

_SECONDS = 60.0
_SHOWN = 12


class ConflictError(InfeasibleError):
    """No placement meets the conditions.

    Attributes:
        conflicts: irreducible sets of wishes that cannot hold together, in the planner's words.
        given_up: the fewest wishes to give up, and what can be promised instead.
    """

    def __init__(self, conflicts: Sequence[Conflict], given_up: Sequence[GivenUp], proof: str) -> None:
        self.conflicts = tuple(conflicts)
        self.given_up = tuple(given_up)
        lines: list[Note] = [
            Note("say.conflict.none_meets"),
            *_some([one.told() for one in conflicts] or [proof]),
        ]
        if given_up:
            lines += [Note("say.conflict.nearest"), *_some([told_instead(wish) for wish in given_up])]
        super().__init__(Note("list.lines", lines=lines))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "error": str(self),
            "status": "infeasible",
            "conflicts": [
                {"wishes": one.wishes, "reason": one.reason, "remedies": one.remedies}
                for one in self.conflicts
            ],
            "nearest": [{"wish": wish.wish, "instead_min": wish.instead_min} for wish in self.given_up],
            "exit_code": int(self.exit_code),
        }


def conflict_error(posed: Posed, solution: Solution, time_limit_s: float | None) -> ConflictError:
    """The error that explains an infeasible solution; what can be kept is sought for a minute at most."""
    limits = Limits(time_limit_s=min(time_limit_s or _SECONDS, _SECONDS))
    found = nearest_relaxation(posed.problem, posed.model, limits)
    conflicts = [_in_words(posed, conflict) for conflict in solution.conflicts]
    return ConflictError(conflicts, found.given_up if found else (), solution.proof)


def told_instead(wish: GivenUp) -> Note:
    """What becomes of a wish: given up, or the minutes that can be promised, rounded up to hold."""
    if math.isnan(wish.instead_min):
        return Note("say.conflict.give_up", wish=as_note(wish.wish))
    if math.isinf(wish.instead_min):
        return Note("say.conflict.nothing_reaches", wish=as_note(wish.wish))
    return Note(
        "say.conflict.instead", wish=as_note(wish.wish), instead_min=math.ceil(wish.instead_min * 10) / 10
    )


def _some(lines: Sequence[str]) -> list[Note]:
    shown = [Note("say.conflict.line", line=as_note(line)) for line in lines[:_SHOWN]]
    if len(lines) > _SHOWN:
        shown.append(Note("say.conflict.more", n_lines=len(lines) - _SHOWN))
    return shown


def _in_words(posed: Posed, conflict: Conflict) -> Conflict:
    """The conflict with today's sites told as one, counts as new sites, and minutes as whole ones."""
    stay = [wish for wish in conflict.wishes if _stays_open(wish)]
    always = int(posed.problem.always_open.sum())
    wishes = [new_sites(wish, always) for wish in conflict.wishes if not _stays_open(wish)]
    if stay:
        told = Note("wish.todays_stay", n_stay=len(stay)) if len(stay) > 1 else _stays(posed, stay[0])
        wishes.insert(0, told)
    remedies = [_more_sites(remedy, always) for remedy in conflict.remedies]
    reason = _whole_minutes(conflict.reason)
    if len(wishes) == 1 and not reason:
        reason = _fastest_share(posed, wishes[0])
    return Conflict(tuple(wishes), reason, tuple(remedies))


def _code(said: str) -> str:
    """Code of a sentence; empty for the planner's own words."""
    return said.code if isinstance(said, Sentence) else ""


def _stays_open(wish: str) -> bool:
    return isinstance(wish, Sentence) and wish.code == ROLE and wish.fields["role"] == Role.EXISTING.value


def _whole_minutes(reason: str) -> str:
    """Why, with the fastest time in whole minutes."""
    if not isinstance(reason, Sentence):
        return reason
    if reason.code == FASTEST:
        return Note("say.conflict.fastest", fastest=reason.fields["fastest"])
    if reason.code == FORBIDDEN:
        why = _whole_minutes(reason.fields["reason"])
        return Note(FORBIDDEN, reason=as_note(why), site=as_note(reason.fields["site"]))
    return reason


def _stays(posed: Posed, wish: str) -> Note:
    """One site of today that stays, by its name."""
    names = dict(zip(posed.places["site_id"], posed.places["name"].astype(str), strict=True))
    site = wish.fields["site"] if isinstance(wish, Sentence) else wish
    return Note("wish.stays_open", site=names.get(site, site))


def new_sites(wish: str, always: int) -> str:
    """A number of open sites as that of new ones beside so many that are there; other wishes as they are."""
    if not isinstance(wish, Sentence) or wish.code not in {ONE_SITE, SITES}:
        return wish
    new = int(wish.fields["number"]) - always
    return Note("wish.one_new_site" if new == 1 else "wish.new_sites", sites=new)


def _more_sites(remedy: str, always: int) -> str:
    if not isinstance(remedy, Sentence) or remedy.code != INSTEAD:
        return remedy
    if _code(remedy.fields["wish"]) not in {ONE_SITE, SITES}:
        return remedy
    least, asked = (int(remedy.fields[name]) - always for name in ("least", "asked"))
    return Note("wish.sites_instead", sites=least, asked=asked)


def _fastest_share(posed: Posed, wish: str) -> str:
    """The least minutes in which a share of people could be reached if every site were open."""
    problem = posed.problem
    promise = next(
        (one for one in problem.conditions if isinstance(one, ShareWithin) and one.words() == wish), None
    )
    if promise is None:
        return ""
    rows = demand_rows(problem, promise.demand, promise.group)
    least = problem.allowed_costs[rows].min(axis=1)
    order = np.argsort(least)
    reached = np.cumsum(problem.weights[rows][order])
    enough = np.flatnonzero(reached >= promise.share * reached[-1] * (1 - 1e-9))
    fastest = float(least[order][enough[0]])
    if math.isfinite(fastest):
        return Note("say.conflict.fastest", fastest=fastest)
    return Note("opt.conflict.no_site")
