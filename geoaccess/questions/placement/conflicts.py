"""An infeasible wish in the planner's words: what conflicts, and what could be kept instead."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from geoaccess.ground.errors import InfeasibleError
from geoaccess.questions.placement.problem import Posed
from geoaccess.words.note import Note
from optimise import Solution
from optimise.conflicts import Conflict
from optimise.guarantees import ShareWithin, demand_rows
from optimise.relaxing import GivenUp, nearest_relaxation
from optimise.running import Limits

_SECONDS = 60.0
_SHOWN = 12
_ROLE = re.compile(r".+ is (existing and stays open|required)$")
_COUNT = re.compile(r"exactly (\d+) open sites?")
_MORE = re.compile(r"(\d+) instead of (\d+) in 'exactly (\d+) open sites?'")
_FASTEST = re.compile(r"fastest possible is ([\d.]+)")


class ConflictError(InfeasibleError):
    """No placement meets the conditions.

    Attributes:
        conflicts: irreducible sets of wishes that cannot hold together, in the planner's words.
        given_up: the fewest wishes to give up, and what can be promised instead.
    """

    def __init__(self, conflicts: Sequence[Conflict], given_up: Sequence[GivenUp], proof: str) -> None:
        self.conflicts = tuple(conflicts)
        self.given_up = tuple(given_up)
        lines = ["no placement meets the conditions:", *_some([str(one) for one in conflicts] or [proof])]
        if given_up:
            lines += ["nearest wishes that can be kept:", *_some([told_instead(wish) for wish in given_up])]
        super().__init__("\n".join(lines))

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


def told_instead(wish: GivenUp) -> str:
    """What becomes of a wish: given up, or the minutes that can be promised, rounded up to hold."""
    if math.isnan(wish.instead_min):
        return Note("say.conflict.give_up", wish=wish.wish)
    if math.isinf(wish.instead_min):
        return Note("say.conflict.nothing_reaches", wish=wish.wish)
    return Note("say.conflict.instead", wish=wish.wish, instead_min=math.ceil(wish.instead_min * 10) / 10)


def _some(lines: list[str]) -> list[str]:
    shown = [f"  {line}" for line in lines[:_SHOWN]]
    return [*shown, Note("say.conflict.more", n_lines=len(lines) - _SHOWN)] if len(lines) > _SHOWN else shown


def _in_words(posed: Posed, conflict: Conflict) -> Conflict:
    """The conflict with today's sites told as one, counts as new sites, and minutes as whole ones."""
    stay = [wish for wish in conflict.wishes if _ROLE.fullmatch(wish)]
    always = int(posed.problem.always_open.sum())
    wishes = [_new_sites(wish, always) for wish in conflict.wishes if not _ROLE.fullmatch(wish)]
    if stay:
        wishes.insert(
            0, Note("wish.todays_stay", n_stay=len(stay)) if len(stay) > 1 else _stays(posed, stay[0])
        )
    reason = _FASTEST.sub(lambda told: f"fastest possible is {float(told[1]):.0f}", conflict.reason)
    remedies = [_more_sites(remedy, always) for remedy in conflict.remedies]
    if len(wishes) == 1 and not reason:
        reason = _fastest_share(posed, wishes[0])
    return Conflict(tuple(wishes), reason, tuple(remedies))


def _stays(posed: Posed, wish: str) -> str:
    """One site of today that stays, by its name."""
    names = dict(zip(posed.places["site_id"], posed.places["name"].astype(str), strict=True))
    site = wish.partition(" is ")[0]
    return Note("wish.stays_open", site=names.get(site, site))


def _new_sites(wish: str, always: int) -> str:
    count = _COUNT.fullmatch(wish)
    if count is None:
        return wish
    new = int(count[1]) - always
    return f"exactly {new} new site" + ("" if new == 1 else "s")


def _more_sites(remedy: str, always: int) -> str:
    more = _MORE.fullmatch(remedy)
    return remedy if more is None else f"{int(more[1]) - always} new sites instead of {int(more[2]) - always}"


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
    return (
        Note("say.conflict.fastest", fastest=fastest) if math.isfinite(fastest) else "no site can be reached"
    )
