"""The states that are compared: which scenario of a run, what it is called, which facilities it has."""

from __future__ import annotations

from collections.abc import Sequence

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import scenario_of, title_of
from geoaccess.study.state import BASE
from geoaccess.words.locales import LANGUAGES


def only_scenario(run: Answer) -> str:
    """The scenario of a run: that of its placement, else the base or its only one."""
    if "nearest" in run.tables:
        names = run.tables["nearest"]["scenario"].astype(str).unique().tolist()
        return BASE if BASE in names else str(names[0])
    return str(run.facts["place"]["scenario"])


def state_name(run: Answer, scenario: str) -> str:
    """A state for programs: study, question and scenario by their names in files."""
    return f"{run.facts['study']} {run.question}, {scenario}"


def labels(
    first: Answer,
    second: Answer,
    names: Sequence[str],
    *,
    asked: tuple[Sequence[str], Sequence[str]] = ((), ()),
) -> tuple[dict[str, str], dict[str, str]]:
    """What people call the two states, by language; the same name twice is told apart.

    Args:
        first: a run.
        second: another.
        names: the scenario of each.
        asked: what was asked of each run alone, such as ``--close unn-narvik``; runs of which nothing was
            asked alone are A and B.
    """
    a, b = (_label(run, name) for run, name in zip((first, second), names, strict=True))
    if a == b and any(asked):
        a, b = (
            {one: f"{text}, {' '.join(options)}" if options else text for one, text in label.items()}
            for label, options in zip((a, b), asked, strict=True)
        )
    if a == b:
        a, b = ({one: f"{text} ({letter})" for one, text in a.items()} for letter in "AB")
    return a, b


def _label(run: Answer, scenario: str) -> dict[str, str]:
    """Of a placement its title, with the scenario where it is not that of today; else the scenario."""
    state = scenario_of(run.facts, scenario)
    title = title_of(run.facts["place"]) if run.question == "place" else {}
    if not title or scenario == BASE:
        return title or state
    return {language: f"{title[language]} ({state[language]})" for language in LANGUAGES}


def facilities_in(run: Answer, scenario: str) -> list[str] | None:
    """Ids of the facilities that are there in a state of an answer; None where it does not say."""
    found: list[str] | None = run.facts.get("facilities_in", {}).get(scenario)
    return found
