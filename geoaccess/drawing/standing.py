"""What the first screen of every map says of its answer: the state of the world, of when, and how sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from geoaccess.answers.source import Source
from maps import MapDocument, ProofStatus

#: Questions whose times are drawn, counted or approximated in a way of their own.
_OWN_WAY = ("reliability", "sensitivity", "simulate", "workload")
#: Questions of two or of many states, whose own words name them.
_OWN_STATES = ("compare", "sweep")
#: Questions whose views are of the people of other years.
_OWN_YEARS = ("plan",)
#: Questions whose answers are best in several aims at once, none of them in all.
_SEVERAL_AIMS = ("tradeoff",)
#: What holds of all the answers of a map is the first of these that holds of one: proven only where each is.
_WORST_FIRST = (ProofStatus.NOT_SOLVED, ProofStatus.FEASIBLE, ProofStatus.INFEASIBLE, ProofStatus.OPTIMAL)


def with_standing(source: Source, made: MapDocument) -> MapDocument:
    """The document with its state of the world, its year, and how sure its answer is."""
    question = source.answer.question
    state = "" if question in _OWN_STATES else _state(source)
    return replace(
        made,
        state=made.state or state,
        standing=_standing(source, question),
        verdict=_verdict(source, made),
    )


def _state(source: Source) -> str:
    """The one state that the whole answer is of; empty where there are several, which the views name."""
    facts: Mapping[str, Any] = source.facts
    told = facts.get("scenario") or (facts.get("place") or {}).get("scenario")
    return source.scenario(str(told)) if isinstance(told, str) and told else ""


def _standing(source: Source, question: str) -> tuple[str, ...]:
    words, facts = source.words, source.facts
    year = facts.get("year") if facts.get("year_is_said", True) else None
    if question in _OWN_YEARS:
        of_people = [words("standing.years")]
    else:
        of_people = [words("standing.year", year=int(year))] if year else []
    return (
        *of_people,
        words(f"standing.times.{question}" if question in _OWN_WAY else "standing.times"),
    )


def _verdict(source: Source, made: MapDocument) -> str:
    """What is proven of the answers; empty where nothing was solved for."""
    proofs = (made.proof, *(view.proof for view in made.views))
    found = {proof.status for proof in proofs if proof} | _variants(source)
    if not found:
        return ""
    worst = min(found, key=_WORST_FIRST.index)
    several = worst is ProofStatus.OPTIMAL and source.answer.question in _SEVERAL_AIMS
    return source.words("standing.optimal.aims" if several else f"standing.{worst}")


def _variants(source: Source) -> set[ProofStatus]:
    """What is known of the variants of beds, whose figures stand in a table; nothing of today's."""
    region: Mapping[str, Any] = (source.facts.get("beds") or {}).get("region") or {}
    told = {str(one.get("status") or "") for one in region.values()}
    return {status for status in ProofStatus if status.value in told}
