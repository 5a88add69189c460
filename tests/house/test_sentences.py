"""What users read exists in every language: no sentence of the sources is English only, but for exceptions with a reason."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import sentences as house_sentences

#: Packages of which nothing is left in English only.
WHOLE = ("geoaccess", "networks", "optimise", "maps")
#: (file, function, or * for all of them) -> why what stands there is the same in every language, or for programmers.
EXCEPTIONS = {
    ("geoaccess/answers/notebook.py", "answer_lines"): "a text for programmers, as repr is",
    ("geoaccess/answers/notebook.py", "framed"): "markup",
    ("geoaccess/cli/checkup.py", "_libraries"): "a command to type",
    ("geoaccess/cli/checkup.py", "_solver"): "a command to type",
    (
        "geoaccess/cli/network.py",
        "build",
    ): "a default in the help of an option, which the catalogue knows whole",
    ("geoaccess/demand/ages.py", ""): "a pattern that reads tables, in both languages",
    ("geoaccess/demand/growth.py", "cohort_share"): "a source; sources stay as they are in every language",
    ("geoaccess/drawing/page.py", "render"): "markup",
    ("geoaccess/drawing/pdf.py", "_font_faces"): "a style sheet",
    ("geoaccess/drawing/svg.py", "written"): "a pattern of warnings of matplotlib",
    (
        "geoaccess/study/new.py",
        "_osm_facilities",
    ): "a name in a table of data, which the planner changes there",
    (
        "geoaccess/study/new.py",
        "_study_file",
    ): "the text of a study file, which is written in English with its comments",
    ("geoaccess/study/new.py", "_sources"): "sources in a study file",
    ("geoaccess/study/services.py", "service_kind"): "both languages stand side by side there",
    (
        "geoaccess/study/state.py",
        "__str__",
    ): "a state for programmers; readers are told its scenario and year apart",
    ("geoaccess/questions/placement/robust.py", "to_dict"): "the name of a model in JSON",
    (
        "maps/checks.py",
        "*",
    ): "faults of a document, which a program makes; what a user gives is checked before",
    ("maps/errors.py", "__init__"): "a safeguard against a fault of the program",
    ("maps/geometry.py", "*"): "faults of a document, which a program makes",
    ("maps/page.py", "*"): "markup; and an error that commands tell as `fault.write.map`",
    ("maps/qgis/files.py", "_beside"): "an error that commands tell as `fault.write.map`",
    ("maps/qgis/symbols.py", "*"): "pictures of symbols",
    ("maps/scales.py", "__post_init__"): "faults of a document, which a program makes",
    ("maps/shell.py", "_script"): "a fault of an asset of the program",
    ("maps/what_if.py", "*"): "faults of a document, which a program makes",
    ("networks/__init__.py", "__getattr__"): "a warning for programmers",
    ("optimise/__init__.py", "__getattr__"): "a warning for programmers",
    ("networks/joined_points.py", "network"): "the name of a node",
    ("networks/osm/ferry_times.py", "service_of"): "a key of the counts of a build",
    ("networks/osm/osmnx_edges.py", "_service"): "a key of the counts of a build",
    ("networks/osm/report.py", "__str__"): "a report for programmers; commands tell its notes",
}


@pytest.mark.parametrize("package", WHOLE)
def test_no_sentence_is_english_only(package: str) -> None:
    left = [
        str(found)
        for found in house_sentences.english_only(package)
        if not {(found.file, found.function), (found.file, "*")} & set(EXCEPTIONS)
    ]
    assert left == []


def test_every_exception_is_needed_and_has_a_reason() -> None:
    found = [one for package in WHOLE for one in house_sentences.english_only(package)]
    there = {(one.file, one.function) for one in found} | {(one.file, "*") for one in found}
    assert sorted(set(EXCEPTIONS) - there) == [], "mended by now, or gone: take it off the list"
    assert all(len(reason) > 5 for reason in EXCEPTIONS.values())


@pytest.mark.parametrize(
    "source",
    [
        'raise DataError(f"there are {n} of them")',
        'faults.append(Fault(f"no figures for {year}", where=name))',
        'message = f"no figures for {year}"',
        'yield "and {more} more".format(more=3)',
        'told = "there are none such" + hint',
        'told += "it lies %s km away" % km',
        'raise DataError("nobody has ever translated this")',
        'Fault("nobody has ever translated this" if bad else "nor this one here", where="x")',
        'message = "nobody has ever translated this"',
        'out.fail("nobody has ever translated this")',
    ],
)
def test_what_is_english_only_is_found(source: str) -> None:
    assert list(house_sentences.sentences(source))


@pytest.mark.parametrize(
    "source",
    [
        'raise DataError(Note("fault.more", n_faults=3))',
        'raise NetworkDataError(Sentence("net.fault.k", "k must be at least 1, it is {k}", k=k))',
        'raise AttributeError(f"module has no attribute {name!r}")',
        'raise DataError("must not be blank")',
        'name = f"{name}_low_min"',
        'path = folder / f"words.{language}.json"',
        'text = "a sentence that is only kept"',
    ],
)
def test_what_is_said_in_every_language_is_not(source: str) -> None:
    assert list(house_sentences.sentences(source)) == []
