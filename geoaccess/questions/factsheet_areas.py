"""What factsheets are of: a municipality, or a group of municipalities by a column of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.reading import Material
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.search import find_name
from geoaccess.words.note import Note
from geoaccess.words.words import Words


@dataclass(frozen=True, slots=True)
class Area:
    """What a factsheet is of.

    Attributes:
        title: name of the municipality or group.
        codes: its municipalities.
        column: the group column of the municipalities; empty for one municipality.
        file: the two parts of its file's name: code and name, or column and group.
    """

    title: str
    codes: tuple[str, ...]
    column: str = ""
    file: tuple[str, str] = ("", "")


def municipalities(run: Answer, wanted: Sequence[str]) -> list[str]:
    """Codes of the municipalities meant, in the order asked for; ``all`` is every one with people.

    Raises:
        UnknownNameError: no or several municipalities answer to a name.
    """
    known = _inhabited(run)
    if "all" in wanted:
        return sorted(known, key=lambda code: known[code].casefold())
    return list(dict.fromkeys(find_name("municipality", name, known) for name in wanted))


def _inhabited(run: Answer) -> dict[str, str]:
    """Code -> name of the municipalities with people.

    Raises:
        DataError: factsheets are not made of such runs.
    """
    wanted = ("nearest", "placement", "beds_points")
    found = [run.tables[name] for name in wanted if name in run.tables]
    if not found:
        raise DataError(Note("fault.answer.no_factsheet", question=run.question))
    frame = found[0]
    lived = list(dict.fromkeys(frame["municipality_code"].astype(str)))
    table = run.tables.get("municipalities", pd.DataFrame())
    names = (
        {} if table.empty else dict(zip(table["municipality_code"].astype(str), table["name"], strict=True))
    )
    return {code: str(names.get(code, code)) for code in lived}


def areas(run: Answer, words: Words, wanted: Sequence[str], groups: Sequence[str]) -> list[Area]:
    """What factsheets are asked for: municipalities by name, then groups by ``COLUMN=VALUE``.

    Args:
        run: the answer.
        words: language of the names.
        wanted: names or codes of municipalities; ``all`` is every one.
        groups: ``COLUMN=VALUE``; the value ``all`` is every group of the column.

    Raises:
        UnknownNameError: no or several municipalities, groups or columns answer to a name.
        DataError: a group is not told as ``COLUMN=VALUE``.
    """
    m = Material(run, words)
    found = [
        Area(name, (code,), file=(code, name))
        for code in municipalities(run, wanted)
        for name in [m.municipality(code)]
    ]
    for text in groups:
        column, sign, value = text.partition("=")
        if not sign or not value:
            raise DataError(Note("fault.group", text=text))
        found += _groups(m, column.strip(), value.strip())
    return list(dict.fromkeys(found))


def _groups(m: Material, name: str, value: str) -> list[Area]:
    table, known = m.table("municipalities"), [str(one) for one in m.facts.get("groups", ())]
    if name not in known or name not in table:
        raise UnknownNameError("group column of the municipalities", name, known)
    lived = table[table["municipality_code"].astype(str).isin(_inhabited(m.run))]
    members: dict[str, list[str]] = {}
    for code, group in zip(lived["municipality_code"].astype(str), lived[name].astype(str), strict=True):
        members.setdefault(group, []).append(code)
    titles = {group: m.group_value(name, group) for group in members}
    chosen = sorted(titles) if value == "all" else [find_name(m.group_word(name), value, titles)]
    return [
        Area(
            m.words("factsheet.of_group", group=m.group(name), name=titles[group]),
            tuple(members[group]),
            name,
            (name, titles[group]),
        )
        for group in chosen
    ]
