"""The last words of a command whose end could not be told: fixed, and nothing is loaded to say them.

What ended a command may be what keeps it from being told: where memory ran out, the catalogues, Babel and the
writer of JSON do not fit either. So nothing is imported here but what Python has loaded already.
"""

from __future__ import annotations

import os
import sys

# As typing.TYPE_CHECKING, without its milliseconds.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

#: Language -> what is said where memory ran out, and where anything else kept the end from being told.
_MEMORY = {
    "en": "error: not enough memory, too little even to say where: close other programs, raise the limit "
    "(ulimit -v), ask for fewer scenarios at a time, or take a smaller region",
    "nb": "feil: ikke nok minne, for lite selv til å si hvor: lukk andre programmer, hev grensen "
    "(ulimit -v), spør om færre forhold om gangen, eller ta et mindre område",
}
_OTHERWISE = {
    "en": "error: the command failed, and so did telling why (set GEOACCESS_DEBUG=1 to see where)",
    "nb": "feil: kommandoen mislyktes, og forklaringen også (sett GEOACCESS_DEBUG=1 for å se hvor)",
}
#: What loaders, threads and compiled libraries say of it; our own errors may tell such words of a file.
_SIGNS_OF_LITTLE_MEMORY = (
    "failed to map segment",
    "cannot allocate memory",
    "can't start new thread",
    "std::bad_alloc",
    "out of memory",
)
_OURS = ("geoaccess", "networks", "optimise", "maps")
#: A chain of errors that goes on longer is not followed.
_LONGEST_CHAIN = 20


def release(error: BaseException) -> None:
    """Give back what the functions that an error went through still hold, so that its end can be told."""
    import gc
    import traceback

    for one in _chain(error):
        traceback.clear_frames(one.__traceback__)
        one.__traceback__ = None
    gc.collect()


def is_lack_of_memory(error: BaseException) -> bool:
    """Also where a library does not fit into memory when it is loaded, or another error hides that."""
    return bool(lacking_memory(error))


def lacking_memory(error: BaseException) -> str:
    """What says that memory ran out: a name or one line, nothing where it did not."""
    for one in _chain(error):
        if isinstance(one, MemoryError):
            return str(one) or type(one).__name__
        if type(one).__module__.partition(".")[0] not in _OURS:
            for line in str(one).splitlines():
                if any(sign in line.lower() for sign in _SIGNS_OF_LITTLE_MEMORY):
                    return line.strip()
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what it was raised from, what that was raised from."""
    one: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if one is None:
            return
        yield one
        one = one.__cause__ or one.__context__


def language_of(arguments: Sequence[str]) -> str:
    """The language that a command line asks for, where even reading it properly has failed."""
    asked = os.environ.get("GEOACCESS_LANG", "en")
    for before, here in zip(("", *arguments), arguments, strict=False):
        if before == "--lang":
            asked = here
        elif here.startswith("--lang="):
            asked = here.removeprefix("--lang=")
    return asked


def last_words(
    errors: Sequence[BaseException], *, code: int, language: str, results: TextIO | None = None
) -> None:
    """Say that a command has failed, on stderr; raises nothing.

    Args:
        errors: what ended the command, and what kept that from being told.
        code: exit code of the command, for the JSON.
        language: ``"nb"``, or anything else for English.
        results: with ``--json`` where its one object goes, which is in English as ever.
    """
    sentences = _MEMORY if any(map(is_lack_of_memory, errors)) else _OTHERWISE
    if results is not None:
        english = sentences["en"].removeprefix("error: ")
        _write(f'{{"error": "{english}", "faults": [], "exit_code": {code}}}\n', results, 1)
    _write(sentences.get(language, sentences["en"]) + "\n", sys.stderr, 2)


def _write(text: str, stream: TextIO | None, descriptor: int) -> None:
    """Into the stream, or past it into its descriptor; where both fail nobody is left to tell."""
    try:
        if stream is not None:
            stream.write(text)
            stream.flush()
            return
    except Exception:  # noqa: BLE001, S110 - the next way is tried
        pass
    try:
        os.write(descriptor, text.encode())
    except (OSError, MemoryError):
        return
