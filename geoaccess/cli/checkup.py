"""Examines an installation: name collisions, versions, solvers, data, and folders that must be writable."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import numpy as np
from packaging.requirements import Requirement

from geoaccess.ground.errors import GeoaccessError
from geoaccess.ground.paths import PACKAGE, data_root, embedded_studies
from geoaccess.words.note import Note, sentence_of, together
from optimise import PlacementProblem, solve
from optimise.errors import OptimiseError

ROOMS = ("geoaccess", "networks", "optimise", "maps")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what was looked at.
        passed: whether it is as it should be.
        found: what was found.
        remedy: what to do when it is not.
    """

    name: str
    passed: bool
    found: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def examine() -> list[Finding]:
    """Look at everything that a run needs."""
    looks: tuple[Callable[[], Finding], ...] = (_python, _rooms, _libraries, _solver, _data, _cache)
    return [look() for look in looks]


def _python() -> Finding:
    found = sys.version.split()[0]
    return Finding("Python", sys.version_info >= (3, 11), found, "install Python 3.11 or newer")


def _rooms() -> Finding:
    """The four packages must come from one place: PyPI has others of the names `maps` and `networks`."""
    places = {}
    for room in ROOMS:
        file = importlib.import_module(room).__file__
        places[room] = Path(file).resolve().parent.parent if file else Path("nowhere")
    strangers = {room: place for room, place in places.items() if place != PACKAGE.parent}
    found = (
        Note("say.doctor.together", parent=PACKAGE.parent)
        if not strangers
        else Note("say.doctor.elsewhere", strangers=str(strangers))
    )
    return Finding(
        "packages",
        not strangers,
        found,
        Note("say.doctor.strangers", strangers=tuple(strangers)),
    )


def _libraries() -> Finding:
    try:
        wanted = [Requirement(text) for text in requires("geoaccess") or []]
    except PackageNotFoundError:
        return Finding(
            "libraries", passed=False, found="geoaccess is not installed", remedy="pip install geoaccess"
        )
    wrong = []
    needed = [item for item in wanted if item.marker is None or item.marker.evaluate({"extra": ""})]
    for item in needed:
        try:
            if not item.specifier.contains(version(item.name), prereleases=True):
                wrong.append(
                    Note(
                        "say.doctor.wrong_version",
                        item=item.name,
                        version=version(item.name),
                        specifier=item.specifier,
                    )
                )
        except PackageNotFoundError:
            wrong.append(Note("say.doctor.missing", item=item.name, specifier=item.specifier))
    found = together(wrong) if wrong else Note("say.doctor.libraries", n_needed=len(needed))
    return Finding("libraries", not wrong, found, "pip install --upgrade geoaccess")


def _solver() -> Finding:
    """HiGHS must prove a placement whose answer is known."""
    problem = PlacementProblem(np.array([[0.0, 4.0], [4.0, 0.0], [1.0, 4.0]]), p=1)
    try:
        solution = solve(problem)
    except OptimiseError as error:
        return Finding(
            "solver", passed=False, found=sentence_of(error), remedy="pip install --upgrade highspy pulp"
        )
    right = solution.chosen_ids == (0,) and solution.status.value == "optimal"
    return Finding(
        "solver", right, f"{solution.solver}: {solution.status.value}", "reinstall highspy and pulp"
    )


def _data() -> Finding:
    found: str
    try:
        found = Note("say.doctor.data", embedded_studies=tuple(embedded_studies()), data_root=data_root())
        passed = bool(embedded_studies())
    except GeoaccessError as error:
        found, passed = sentence_of(error), False
    return Finding("embedded data", passed, found, "reinstall geoaccess")


def _cache() -> Finding:
    """Somewhere to write: temporary files always, a cache for compiled code if possible."""
    folders = [Path(tempfile.gettempdir())]
    unwritable = [str(folder) for folder in folders if not os.access(folder, os.W_OK)]
    found = (
        Note("say.doctor.writable", folder=folders[0])
        if not unwritable
        else Note("say.doctor.unwritable", unwritable=tuple(unwritable))
    )
    return Finding("temporary folder", not unwritable, found, "set TMPDIR to a folder that can be written to")
