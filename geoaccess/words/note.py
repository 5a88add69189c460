"""A sentence that knows its code and fields, so that it can be said in another language.

Make it where the fact is known::

    Note("note.unjoined", points=3, people=120.0)

and put the code with its text into ``words.en.json`` and ``words.nb.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from geoaccess.words.catalogue import say, texts, whole_texts
from geoaccess.words.locales import ENGLISH, LANGUAGES
from geoaccess.words.visible import visible


class Note(str):
    """A sentence of the program: its English text, made of a code of the catalogue and fields.

    It is its English sentence wherever a text is wanted (``"ferry" in note``, JSON, a log), and nothing of
    it can be changed. Fields are numbers, names, sequences of names, other notes, and texts in several
    languages (:func:`in_languages`).

    Raises:
        KeyError: the catalogue has no such code, or a field is missing.
    """

    __slots__ = ("_code", "_fields")
    _code: str
    _fields: Mapping[str, Any]

    def __new__(cls, code: str, /, **fields: object) -> Note:
        """Say it in English at once, so that a missing field is told here and not to a reader."""
        plain = {name: _plain(value) for name, value in fields.items()}
        made = super().__new__(cls, say(code, ENGLISH, **plain))
        made._code, made._fields = code, MappingProxyType(plain)
        return made

    @property
    def code(self) -> str:
        """Code of the catalogue."""
        return self._code

    @property
    def fields(self) -> Mapping[str, Any]:
        """What the sentence tells of."""
        return self._fields

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.code, dict(self.fields))

    def said(self, language: str) -> str:
        """The sentence in a language."""
        return str(self) if language == ENGLISH else say(self.code, language, **self.fields)

    def to_dict(self) -> dict[str, Any]:
        """The note for JSON: ``code``, ``fields`` and the English ``text``."""
        fields = {name: _fields(value) for name, value in self.fields.items()}
        return {"code": self.code, "fields": fields, "text": str(self)}


def _made(code: str, fields: Mapping[str, Any]) -> Note:
    return Note(code, **fields)


def _plain(value: object) -> object:
    """Sequences as tuples, numbers of NumPy as those of Python, errors as what they say, paths as texts."""
    if isinstance(value, list | tuple):
        return tuple(map(_plain, value))
    if isinstance(value, OSError) and value.strerror:
        return _in_words_of_the_system(str(value), value.strerror)
    if isinstance(value, Exception):
        return sentence_of(value)
    if isinstance(value, PurePath):
        return str(value)
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def system_reason(error: OSError) -> dict[str, str]:
    """Why the operating system refused, for a field; in other languages where the catalogue knows it."""
    reason = error.strerror or str(error)
    return _in_words_of_the_system(reason, reason)


def _in_words_of_the_system(text: str, reason: str) -> dict[str, str]:
    return {language: text.replace(reason, word(reason)[language]) for language in LANGUAGES}


def _fields(value: object) -> object:
    if isinstance(value, Note):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: _fields(one) for name, one in value.items()}
    return [_fields(one) for one in value] if isinstance(value, tuple) else value


def in_languages(section: object, name: str) -> dict[str, str]:
    """A text of a study file for a field of a note, in every language that it is told in (``label_nb``)."""
    english = str(getattr(section, name, "") or "")
    own = {
        language: str(getattr(section, f"{name}_{language}", "") or "")
        for language in LANGUAGES
        if language != ENGLISH
    }
    return {ENGLISH: english, **{language: text for language, text in own.items() if text}}


def word(english: str) -> dict[str, str]:
    """A word without fields for the field of a note, looked up whole."""
    return {language: whole_texts(language).get(english, english) for language in LANGUAGES}


def together(sentences: Iterable[str]) -> Note:
    """Several sentences as one, with semicolons between."""
    return Note("list.sentences", sentences=[as_field(one) for one in sentences])


def coded(facts: Mapping[str, Any], *names: str) -> dict[str, dict[str, Any]]:
    """Sentences of an answer for JSON, so that they can be said in other languages when it is read back."""
    return {name: note_codes([facts[name]])[0] for name in names}


def said_in(facts: Mapping[str, Any], name: str, language: str) -> str:
    """A sentence of an answer in a language; an answer of another version has its English text alone."""
    told = facts.get("said", {}).get(name)
    text = read_notes([told])[0] if told else str(facts.get(name, ""))
    field = as_field(text)
    return visible(field.said(language) if isinstance(field, Note) else field[language])


def fault_note(fault: object) -> Note:
    """A fault as a sentence: where it is, what is wrong, and the value.

    Args:
        fault: one of a package's own: ``message``, and as it has them ``where, row, column, value``.
    """
    parts = {name: getattr(fault, name, "") for name in ("message", "where", "row", "column", "value")}
    place = [as_note(parts["where"])] if parts["where"] else []
    place += [Note(f"fault.{name}", value=as_note(parts[name])) for name in ("row", "column") if parts[name]]
    shown = parts["value"] if isinstance(parts["value"], Note) else repr(parts["value"])
    value = Note("fault.value", value=shown) if parts["value"] else ""
    code = "fault.placed" if place else "fault.unplaced"
    return Note(code, message=as_field(parts["message"]), value=value, **({"place": place} if place else {}))


def as_field(text: str) -> Note | dict[str, str]:
    """A text of the program for a field: as a note where it has a code, else looked up whole."""
    known = as_note(text)
    return known if isinstance(known, Note) else word(text)


def study_text(section: object, name: str) -> Note:
    """A sentence that a study file tells, such as its notice, as a note."""
    return Note("study.text", text=in_languages(section, name))


def note_in(note: str, language: str) -> str:
    """A note as a reader of the language sees it; a sentence without a code as it is."""
    known = as_note(note)
    return visible(known.said(language) if isinstance(known, Note) else known)


def as_note(sentence: str) -> str:
    """A sentence of a package below (``networks.sentences``), which has a code and fields too, as a note."""
    code, fields = getattr(sentence, "code", None), getattr(sentence, "fields", None)
    if isinstance(sentence, Note) or code is None or fields is None:
        return sentence
    return Note(code, **{name: _noted(value) for name, value in fields.items()})


def _noted(value: object) -> object:
    """A field of a sentence of a package below; texts of several words are looked up whole, names are not."""
    if isinstance(value, tuple):
        return tuple(map(_noted, value))
    if not isinstance(value, str):
        return value
    known = as_note(value)
    return word(value) if known is value and " " in value and not isinstance(value, Note) else known


def sentence_of(raised: Exception | str) -> str:
    """The sentence of a warning or an error, as a note where it has a code."""
    said = raised.args[0] if isinstance(raised, Exception) and len(raised.args) == 1 else raised
    known = as_note(said) if isinstance(said, str) else said
    return known if isinstance(known, Note) else str(raised)


def listed(names: Iterable[object], most: int) -> tuple[object, ...] | Note:
    """Names for a field: all of them, or the first and how many more there are."""
    every = tuple(name if isinstance(name, str) else str(name) for name in names)
    if len(every) <= most:
        return every
    return Note("list.more", names=every[:most], more=len(every) - most)


def note_codes(notes: Iterable[str]) -> list[dict[str, Any]]:
    """Notes for JSON; a sentence that is no :class:`Note` has no code and no fields."""
    return [
        note.to_dict() if isinstance(note, Note) else {"code": "", "fields": {}, "text": str(note)}
        for note in map(as_note, notes)
    ]


def read_notes(told: Iterable[Mapping[str, Any]]) -> list[str]:
    """Notes from their JSON; one whose code this version does not know stays its English sentence."""
    return [_read(one) for one in told]


def _read(told: Mapping[str, Any]) -> str:
    try:
        return Note(told["code"], **{name: _field(value) for name, value in told["fields"].items()})
    except (KeyError, ValueError):
        return str(told["text"])


def _field(value: object) -> object:
    if isinstance(value, Mapping):
        return _read(value) if "code" in value else value
    return tuple(map(_field, value)) if isinstance(value, list) else value


def weight_words(name: str) -> dict[str, str]:
    """What a weight counts, for a field; a weight of the study's own keeps its name."""
    return {language: texts(language).get(f"weight.{name}") or _spaced(name) for language in LANGUAGES}


def state_words(name: str) -> dict[str, str]:
    """The name of a state of the world for a field: as in the study file, that of no scenario in words."""
    return {language: texts(language).get(f"state.{name}") or name for language in LANGUAGES}


def part_of_clock(name: str) -> dict[str, str]:
    """A part of a clock for a field; empty for what is none."""
    told = {language: texts(language).get(f"maps.part.{name}", "") for language in LANGUAGES}
    return told if told[ENGLISH] else {}


def parameter_words(name: str) -> dict[str, str]:
    """A figure of the study file for a field; an unknown one by its place in the file."""
    return {language: texts(language).get(f"parameter.{name}") or name for language in LANGUAGES}


def part_words(name: str) -> dict[str, str]:
    """A fixed part of a time under its name in the study file, in other languages where it is known."""
    own = {language: texts(language).get(f"part.{name}") or _spaced(name) for language in LANGUAGES}
    return own | {ENGLISH: _spaced(name)}


def _spaced(name: str) -> str:
    return name.replace("_", " ")
