"""The file of a choice of sites that the map of a run offers, for the command line to take back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.words.note import Note
from networks.errors import Fault

#: What the first two keys of a file of a choice say.
FORMAT, VERSION = "geoaccess-choice", 1
#: The command that takes back a choice of each kind.
_COMMANDS = {"placement": "geoaccess place", "access": "geoaccess access"}
_OTHER = {"placement": "access", "access": "placement"}


@dataclass(frozen=True, slots=True)
class Choice:
    """Sites that somebody opens and closes.

    Attributes:
        kind: ``placement`` or ``access``.
        question: name of the placement, or kind of facility.
        scenario: state of the world that it was made in.
        opened: ids of sites to open.
        closed: ids of today's sites to close.
        where: the file, for messages.
    """

    kind: str
    question: str
    scenario: str
    opened: tuple[str, ...]
    closed: tuple[str, ...]
    where: str = "choice"


def read_choice(path: Path, kind: str = "placement") -> Choice:
    """A choice from the file that a map offers.

    Args:
        path: the file.
        kind: of what it must be: ``placement`` or ``access``.

    Raises:
        DataError: with every fault of the file.
    """
    where = str(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError([Fault(Note("fault.choice.no_file", error=error), where=where)]) from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise DataError([Fault(Note("fault.choice.no_format", format=FORMAT), where=where)])
    faults = [*_head_faults(found, where, kind), *_list_faults(found, where)]
    if faults:
        raise DataError(faults)
    return Choice(
        kind, found["question"], found["scenario"], tuple(found["open"]), tuple(found["close"]), where=where
    )


def _head_faults(found: dict[str, Any], where: str, kind: str) -> list[Fault]:
    known = ("format", "version", "kind", "question", "scenario", "open", "close")
    faults = [
        Fault(Note("fault.choice.key", hint=did_you_mean(key, known)), where=where, column=key)
        for key in found
        if key not in known
    ]
    if found.get("version") != VERSION:
        reason: str = Note("fault.choice.version", version=VERSION)
        faults.append(Fault(reason, where=where, column="version", value=str(found.get("version"))))
    if found.get("kind") != kind:
        reason = Note("fault.choice.kind", command=_COMMANDS[kind], other=_COMMANDS[_OTHER[kind]])
        faults.append(Fault(reason, where=where, column="kind", value=str(found.get("kind"))))
    texts = [key for key in ("question", "scenario") if not isinstance(found.get(key), str)]
    return faults + [
        Fault("must be a text", where=where, column=key, value=str(found.get(key))) for key in texts
    ]


def _list_faults(found: dict[str, Any], where: str) -> list[Fault]:
    faults = []
    for key in ("open", "close"):
        given = found.get(key)
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            faults.append(Fault("must be a list of ids of sites", where=where, column=key, value=str(given)))
        elif len(set(given)) < len(given):
            twice = next(one for one in given if given.count(one) > 1)
            faults.append(Fault("is named twice", where=where, column=key, value=twice))
    if not faults:
        both = sorted(set(found["open"]) & set(found["close"]))
        faults += [Fault("is opened and closed", where=where, column="open", value=one) for one in both]
    return faults
