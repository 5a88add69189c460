"""What a shell offers while a command is typed: studies, scenarios, kinds, placements, clocks, ids and names.

``_GEOACCESS_COMPLETE=bash_source geoaccess`` prints what bash needs (``zsh_source``, ``fish_source``). Only
the study file and the tables that it names are read, as texts: nothing is checked, and what cannot be read is
not offered.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

#: Services of resources that every question on minutes takes, beside the kinds of the study.
_SERVICES = ("response", "doctor")
#: More names than this help nobody.
_MOST = 200


def completing(command: click.Command) -> click.Command:
    """The command, whose parameters know what may stand there; those with choices of their own keep them."""
    for parameter in command.params:
        offers = _OFFERS.get(str(parameter.name))
        if offers is not None and not isinstance(parameter.type, click.Choice):
            parameter._custom_shell_complete = _asked(offers)
    for one in getattr(command, "commands", {}).values():
        completing(one)
    return command


_Names = Callable[[Path, Mapping[str, Any]], Iterable[tuple[str, str]]]


def _asked(offers: _Names) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    def complete(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
        study = _study_of(context)
        if offers is _studies:
            found = list(_studies(Path(), {}))
            items = [CompletionItem(name, help=told) for name, told in found if name.startswith(typed)]
            return items or [CompletionItem(typed, type="dir")]
        if study is None:
            return []
        # What is typed may be a list: the part behind its last comma is the one that is looked for.
        before, comma, last = typed.rpartition(",")
        try:
            config = tomllib.loads(study.read_text(encoding="utf-8"))
            names = dict(offers(study.parent, config))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []
        fitting = [name for name in names if name.casefold().startswith(last.casefold())]
        return [CompletionItem(f"{before}{comma}{name}", help=names[name]) for name in fitting[:_MOST]]

    return complete


def _study_of(context: click.Context) -> Path | None:
    """The file of the study that stands on the command line.

    Behind an option without its value Click leaves arguments unread among the rest.
    """
    named = (context.params.get("study"), context.params.get("source"), *context.args)
    found = (_study_file(str(text)) for text in named if text)
    return next((file for file in found if file is not None), None)


def _study_file(text: str) -> Path | None:
    """The study file that is meant: of an embedded study by its name, else by its path."""
    from geoaccess.ground.paths import embedded_studies

    folder = embedded_studies().get(text) or Path(text).expanduser()
    file = folder if folder.suffix == ".toml" else folder / "study.toml"
    return file if text and file.is_file() else None


def _studies(_folder: Path, _config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    from geoaccess.ground.paths import embedded_studies

    yield from ((name, "") for name in embedded_studies())
    yield from ((path.parent.name, "") for path in sorted(Path().glob("*/study.toml")))


def _titled(section: str) -> _Names:
    def names(_folder: Path, config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        for name, one in config.get(section, {}).items():
            yield name, str(one.get("title") or one.get("label") or "")

    return names


def _scenarios(folder: Path, config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "base", ""
    yield from _titled("scenarios")(folder, config)


def _kinds(folder: Path, config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield from _titled("kinds")(folder, config)
    if config.get("resources"):
        yield from ((name, "") for name in _SERVICES)


def _groups(_folder: Path, config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "municipality", ""
    yield from ((name, "") for name in config.get("municipalities", {}).get("groups", ()))


def _weights(_folder: Path, config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    demand = config.get("demand", {})
    yield from ((name, "") for name in demand.get("weights", {}))


def _facilities(folder: Path, config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for table in config.get("facilities", ()):
        rows = _rows(folder / table["table"])
        yield from ((row[table.get("id", "facility_id")], row.get("name", "")) for row in rows)


def _places(folder: Path, config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Names of settlements and facilities."""
    table = config.get("demand", {}).get("table", "")
    tables = [table, *(one["table"] for one in config.get("facilities", ()))]
    for name in filter(None, tables):
        yield from ((row["name"], "") for row in _rows(folder / name) if row.get("name"))


def _rows(path: Path) -> Sequence[Mapping[str, str]]:
    if path.suffix.lower() != ".csv":
        return ()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


#: Name of a parameter -> what may stand there.
_OFFERS: Mapping[str, _Names] = {
    "study": _studies,
    "source": _studies,
    "scenario": _scenarios,
    "scenarios": _scenarios,
    "kinds": _kinds,
    "kind": _kinds,
    "placement": _titled("placements"),
    "names": _titled("clocks"),
    "journeys": _titled("journeys"),
    "by": _groups,
    "weight": _weights,
    "close": _facilities,
    "move": _facilities,
    "without": _facilities,
    "origin": _places,
    "destination": _places,
}
