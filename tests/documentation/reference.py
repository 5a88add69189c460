"""The reference pages, made from what they describe: commands, study file, models, results.

``python -m tests.documentation.refresh`` writes them anew; a test compares them with the pages as committed.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
from pydantic import BaseModel

import geoaccess
from geoaccess.answers.columns import COLUMNS
from geoaccess.cli.app import COMMANDS, root
from geoaccess.study.schema import StudyConfig
from geoaccess.study.surface_file import SurfaceFile
from geoaccess.words.catalogue import texts, whole_texts
from optimise.declarations import DATA, DECLARED
from optimise.models import MODELS

DOCS = Path(geoaccess.__file__).parent / "docs"
ROOT = DOCS.parent.parent
_ROOMS = ("geoaccess", "networks", "optimise", "maps")
#: What is given a message, beside every class whose name ends in Error.
_SAYING = {"Fault", "fault", "_fault", "fail", "BadParameter", "ClickException"}
_MADE = "<!-- Made by python -m tests.documentation.refresh; do not edit by hand. -->\n"


def commands() -> str:
    """Every command with its help as the terminal shows it."""
    parts = ["# Commands\n", _MADE, f"```text\n{_help(root, 'geoaccess')}```\n"]
    for name in COMMANDS:
        command = root.get_command(click.Context(root), name)
        assert command is not None
        parts += _command_pages(command, f"geoaccess {name}")
    return "\n".join(parts)


def names() -> str:
    """Every public name of the four packages, with the first sentence of what it says of itself."""
    parts = [
        "# Public names\n",
        _MADE,
        "What the four packages export, and promise to keep. A name that leaves a package is found there for one minor",
        "version more, with a `DeprecationWarning` that says its new home; everything that does not stand here may change.",
    ]
    for package in _ROOMS:
        module = importlib.import_module(package)
        parts += [f"\n## {package}\n", "| name | what it is |", "|---|---|"]
        parts += [
            f"| `{name}` | {_first_sentence(getattr(module, name))} |" for name in sorted(module.__all__)
        ]
    return "\n".join([*parts, ""])


def _first_sentence(one: object) -> str:
    said = " ".join((inspect.getdoc(one) or "").split("\n\n")[0].split())
    return _cell(
        "a table by name" if isinstance(one, dict) else re.sub(r":\w+:`~?\.?([^`]+)`", r"`\1`", said)
    )


def messages() -> str:
    """Every message on faults and errors that has a code, in each language, so that a search finds it."""
    english, bokmaal, raised = texts("en"), texts("nb"), _raised_codes()
    rows = ["| message | bokmål | code |", "|---|---|---|"]
    rows += [
        f"| {_cell(english[code])} | {_cell(bokmaal[code])} | `{code}` |"
        for code in sorted(english)
        if code in raised or code.startswith(("fault.", "error.", "net.fault.", "opt.fault.", "opt.error."))
    ]
    return "\n".join(
        [
            "# Messages\n",
            _MADE,
            "What is said of faults, with the code that stands beside it in `--json`. `{...}` is filled in.\n",
            "A message on a table is led by its place: file, row, column; its value stands behind it.\n",
            *rows,
            "\n## Whole sentences\n",
            "These have no fields and no code: the sentence is the same each time.\n",
            "| message | bokmål |",
            "|---|---|",
            *(f"| {_cell(said)} | {_cell(whole_texts('nb')[said])} |" for said in sorted(plain_messages())),
            "",
        ]
    )


def plain_messages() -> set[str]:
    """What faults, errors and refusals of a command say in one sentence without fields."""
    # The message stands first, or, where a fault of a cell is noted, last.
    said = {
        one.value
        for call in _saying()
        if call.args
        for one in (call.args[0], call.args[-1])
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    # What is said to be unknown is a word of a message that stands above.
    return {text for text in said & set(whole_texts("nb")) if " " in text}


def _raised_codes() -> set[str]:
    """Codes of the notes that errors and faults are made of, wherever they are named otherwise."""
    calls = (node for one in _saying() for node in ast.walk(one) if isinstance(node, ast.Call))
    named = (
        call.args[0] for call in calls if getattr(call.func, "id", "") in {"Note", "Sentence"} and call.args
    )
    return {one.value for one in named if isinstance(one, ast.Constant)}


@cache
def _saying() -> tuple[ast.Call, ...]:
    """Every call in the sources that makes an error, a fault or a refusal of a command."""
    sources = (path for room in _ROOMS for path in (ROOT / room).rglob("*.py"))
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    calls = (node for node in nodes if isinstance(node, ast.Call))
    named = ((getattr(call.func, "id", getattr(call.func, "attr", "")), call) for call in calls)
    return tuple(call for name, call in named if name.endswith("Error") or name in _SAYING)


def _cell(text: str) -> str:
    """A text in a table: a figure's notation is no matter of a reader."""
    return re.sub(r"\{(\w+)[^{}]*\}", r"`{\1}`", text).replace("|", "\\|").replace("\n", " ").strip()


def _command_pages(command: click.Command, name: str) -> Iterator[str]:
    yield f"## `{name}`\n"
    yield f"```text\n{_help(command, name)}```\n"
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from _command_pages(child, f"{name} {child.name}")


def _help(command: click.Command, name: str) -> str:
    # As the root command sets it for all: click keeps the first help option that it makes.
    context = click.Context(
        command,
        info_name=name,
        terminal_width=100,
        max_content_width=100,
        help_option_names=["-h", "--help"],
    )
    return command.get_help(context).rstrip() + "\n"


def study_file() -> str:
    """Every table and key of a study file."""
    parts = [
        "# The study file\n",
        _MADE,
        "A study is a folder with a `study.toml`. Keys not listed are refused.\n",
    ]
    seen: set[type[BaseModel]] = set()
    parts += _sections(StudyConfig, "", seen)
    parts += [
        "# The file of a surface\n",
        "What `[network.access] surface` names, see [The last kilometre](../surface.md).\n",
        *_sections(SurfaceFile, "surface.toml", seen),
    ]
    return "\n".join(parts)


def _sections(section: type[BaseModel], path: str, seen: set[type[BaseModel]]) -> Iterator[str]:
    if section in seen:
        return
    seen.add(section)
    inner = []
    rows = ["| key | default | what |", "|---|---|---|"]
    for name, field in section.model_fields.items():
        nested = _nested(field.annotation)
        label = f"{path}.{name}" if path else name
        inner += [(model, label) for model in nested]
        kind = "required" if field.is_required() else _default(field)
        rows.append(f"| `{name}` | {kind} | {_cell(field.description or '')} |")
    if path:
        yield f"## `{path}`\n\n{_cell((inspect.getdoc(section) or '').splitlines()[0])}\n"
        yield "\n".join(rows) + "\n"
    for model, label in inner:
        yield from _sections(model, label, seen)


def _nested(annotation: object) -> list[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in _nested(part)]


def _default(field: object) -> str:
    value = field.get_default(call_default_factory=True)  # type: ignore[attr-defined]
    return "" if value is None or value in ("", (), {}) or isinstance(value, BaseModel) else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def models() -> str:
    """Every placement model with its formulation and sources."""
    parts = [
        "# Placement models\n",
        _MADE,
        "Names are those of `geoaccess solve MODEL` and of `optimise.solve`.\n",
    ]
    parts += ["| model | finds | needs | parameters without a default | refuses |", "|---|---|---|---|---|"]
    parts += [
        f"| `{row.name}` | {row.finds} | {'; '.join(DATA[one] for one in row.needs) or 'nothing beyond times'} "
        f"| {', '.join(row.parameters)} | {', '.join(row.cannot_hold)} |"
        for row in DECLARED.values()
    ]
    parts.append("")
    modules = []
    for name, model in MODELS.items():
        parts.append(f"## `{name}`\n\n```text\n{inspect.getdoc(model)}\n```\n")
        if (home := inspect.getmodule(model)) not in modules:
            modules.append(home)
    parts.append("## Formulations and sources\n")
    parts += [f"### `{home.__name__}`\n\n```text\n{inspect.getdoc(home)}\n```\n" for home in modules if home]
    return "\n".join(parts)


def results() -> str:
    """Every column of the tables that a run writes."""
    parts = ["# Columns of the results\n", _MADE]
    parts.append("One name means one thing in every table, file, map and report.\n")
    rows = [f"| `{name}` | {unit} | {_cell(meaning)} |" for name, (unit, meaning) in COLUMNS.items()]
    return "\n".join([*parts, "| column | unit | meaning |", "|---|---|---|", *rows, ""])


#: Page of the documentation -> what makes it.
PAGES = {
    "reference/commands.md": commands,
    "reference/study-file.md": study_file,
    "reference/models.md": models,
    "reference/results.md": results,
    "reference/messages.md": messages,
    "reference/names.md": names,
}


def rewrite(page: str) -> None:
    """Make a page anew."""
    (DOCS / page).write_text(PAGES[page](), encoding="utf-8")
