"""Sentences of the sources that exist in English only: ``python -m tests.house.sentences [PACKAGE]`` lists them.

A sentence with fields is a :class:`geoaccess.words.note.Note` or a ``Sentence`` of a package below, made of a code that
every catalogue has; a sentence without fields is looked up whole. What is put together where it is said (an
f-string, ``+``, ``%``, ``format``) can be said in one language only, and so can a literal that no catalogue knows.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geoaccess.words.catalogue import whole_texts
from geoaccess.words.locales import ENGLISH, LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("geoaccess", "networks", "optimise", "maps")
#: Raised for programmers: no command and no file leads there.
OF_PROGRAMMERS = {"AttributeError", "TypeError", "AssertionError", "NotImplementedError"}
#: Functions and methods that are given what a user reads; every class whose name ends in Error too.
SAYING = {
    "Fault",
    "fault",
    "_fault",
    "fail",
    "UsageError",
    "BadParameter",
    "ClickException",
    "warn",
    "Finding",
    "skip",
}
#: Variables that hold what a user reads.
SAID = {"message", "reason", "remedy", "problem"}
_WORD = re.compile(r"[a-zA-Z]{2,}")
_FIELD = re.compile(r"\{\w*\}")
_SPOKEN = re.compile(r"[a-z]{2,}[,;:]? (?:\w|$)|(?:^|\w) [a-z]{2,}")


@dataclass(frozen=True)
class Found:
    """A sentence in English only: its file, line, the function that it stands in, and the text."""

    file: str
    line: int
    function: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function}: {self.text}"


def sentences(source: str, file: str = "") -> Iterator[Found]:
    """Those of one source."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    known = [whole_texts(language) for language in LANGUAGES if language != ENGLISH]
    for node in ast.walk(tree):
        text = _put_together(node, parents)
        if text is None and _is_said(node, parents) and not all(node.value in texts for texts in known):
            text = node.value
        if text is not None and _is_sentence(text) and not _for_programmers(node, parents):
            yield Found(file, node.lineno, _function(node, parents), text)


def english_only(package: str) -> list[Found]:
    """Those of a package."""
    return [
        found
        for path in sorted((ROOT / package).rglob("*.py"))
        if "_vendor" not in path.parts
        for found in sentences(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    ]


def _is_sentence(text: str) -> bool:
    return len(_WORD.findall(text)) >= 2 and _SPOKEN.search(_FIELD.sub("X", text)) is not None


def _put_together(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str | None:
    """The fixed words of a text that is put together of them and of values."""
    if isinstance(node, ast.JoinedStr):
        inner = isinstance(parents.get(node), ast.FormattedValue)
        return None if inner else "".join(_literal(part) or "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        sides = [_literal(side) for side in (node.left, node.right)]
        return "{}".join(side or "" for side in sides) if any(sides) and not all(sides) else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _literal(node.func.value)
    return None


def _literal(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_said(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a literal is given to what a user reads, chosen by ``if`` or not."""
    if _literal(node) is None:
        return False
    above = parents[node]
    while isinstance(above, ast.IfExp | ast.List | ast.Tuple | ast.BoolOp):
        node, above = above, parents[above]
    if isinstance(above, ast.keyword):
        return above.arg in SAID
    if isinstance(above, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id in SAID for target in above.targets)
    return isinstance(above, ast.Call) and node in above.args and _says(above)


def _says(call: ast.Call) -> bool:
    name = _name(call)
    return name in SAYING or (name.endswith("Error") and name != "UnknownNameError")


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _for_programmers(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while node in parents and not isinstance(node, ast.stmt):
        node = parents[node]
        if isinstance(node, ast.Call) and _name(node) in OF_PROGRAMMERS:
            return True
    return False


def _function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.FunctionDef):
            return node.name
    return ""


def main(packages: list[str]) -> None:
    """Print them, and how many each package has."""
    found = [one for package in packages or PACKAGES for one in english_only(package)]
    for one in found:
        print(one)
    counts = Counter(one.file.split("/")[0] for one in found)
    print(", ".join(f"{package} {counts[package]}" for package in packages or PACKAGES))


if __name__ == "__main__":
    main(sys.argv[1:])
