"""What a study calls its kinds and states of the world, in every language that it tells them in."""

from __future__ import annotations

from geoaccess.study.model import Study
from geoaccess.study.state import BASE
from geoaccess.words.note import in_languages, state_words


def kind_words(study: Study, kind: str) -> dict[str, str]:
    """A kind of service for the field of a note, in the singular."""
    return in_languages(study.kind(kind), "label")


def scenario_words(study: Study, name: str) -> dict[str, str]:
    """A state of the world for the field of a note: its title where the study tells it, else its name."""
    if name == BASE:
        return state_words(name)
    told = in_languages(study.config.scenarios[name], "title") if name in study.config.scenarios else {}
    return told if told.get("en") else {"en": name}
