"""One row a question: its command, and what draws and tells its answer; imported when it is used.

An answer's folder names the question; the row of that name draws its map and writes its report. Nothing else
in the program knows all questions.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoaccess.ground.errors import DataError, OutputError
from geoaccess.words.note import Note, system_reason, word

if TYPE_CHECKING:
    from geoaccess.answers.answer import Answer
    from geoaccess.drawing.blocks import Document
    from geoaccess.questions.placement import PlacementResult
    from geoaccess.words.words import Words
    from maps import Language, MapDocument, Tiles


@dataclass(frozen=True, slots=True)
class Question:
    """A question that geoaccess answers.

    Attributes:
        name: name of its command, and of its answers.
        terminal: module of the command, below ``geoaccess``.
        help: one line of help.
        map: ``module:function`` from an answer as a map reads it to a map document; empty = no map.
        report: ``module:function`` from an answer as a report reads it to a document; empty = no report.
        no_map: why its answers have no map.
        factsheet: ``module:function`` from an answer as a report reads it, and an area, to a factsheet of its
            own; empty = that of times and placements.
    """

    name: str
    terminal: str
    help: str
    map: str = ""
    report: str = ""
    no_map: str = ""
    factsheet: str = ""


_BOTH = ("questions.map_times_and_placement:document", "questions.report_times_and_placement:document")

QUESTIONS: dict[str, Question] = {
    row.name: row
    for row in (
        Question(
            "demo", "cli.demo", "The main job on an embedded study: times, new stations, a map.", *_BOTH
        ),
        Question(
            "access", "questions.access.terminal", "Travel times to services, per municipality.", *_BOTH
        ),
        Question(
            "place",
            "questions.placement.terminal",
            "Where to put stations, kits or beds, with a proof.",
            *_BOTH,
        ),
        Question(
            "frontier",
            "questions.frontier.terminal",
            "The value of each further site, each answer proven.",
            "questions.frontier.map:document",
            "questions.frontier.report:document",
        ),
        Question(
            "plan",
            "questions.dated_plan.terminal",
            "One proven plan over several years: what opens and closes when.",
            "questions.dated_plan.map:document",
            "questions.dated_plan.report:document",
        ),
        Question(
            "compare",
            "questions.comparison.terminal",
            "Who gains and who loses between two runs, in persons and minutes.",
            "questions.comparison.map:document",
            "questions.comparison.report:document",
        ),
        Question(
            "losses",
            "questions.losses.terminal",
            "What hurts most when it falls out.",
            "questions.losses.map:document",
            "questions.losses.report:document",
        ),
        Question(
            "clocks",
            "questions.clocks.terminal",
            "Time to care, part by part, and what binds where.",
            "questions.clocks.map:document",
            "questions.clocks.report:document",
        ),
        Question(
            "reliability",
            "questions.reliability.terminal",
            "The chance to be reached in time over a year of closures.",
            "questions.reliability.map:document",
            "questions.reliability.report:document",
        ),
        Question(
            "sensitivity",
            "questions.sensitivity.terminal",
            "Which conclusions stay when the assumptions do not.",
            "questions.sensitivity.map:document",
            "questions.sensitivity.report:document",
        ),
        Question(
            "supply",
            "questions.supply.terminal",
            "What people have of a capacity that all in reach share (floating catchments).",
            "questions.supply.map:document",
            "questions.supply.report:document",
        ),
        Question(
            "simulate",
            "questions.simulation.terminal",
            "Calls and busy crews of many years: response, workload, gaps, and what a change does.",
            "questions.simulation.map:document",
            "questions.simulation.report:document",
        ),
        Question(
            "workload",
            "questions.workload.terminal",
            "How busy crews are and who is reached in time, without random numbers.",
            "questions.workload.map:document",
            "questions.workload.report:document",
        ),
        Question(
            "burden",
            "questions.burden.terminal",
            "Kilometres, hours and ferries of journeys that people make often.",
            "questions.burden.map:document",
            "questions.burden.report:document",
        ),
        Question(
            "beds",
            "questions.beds.terminal",
            "Beds close to home: what stays, grows, shrinks, closes or opens, and its price.",
            "questions.beds.map:document",
            "questions.beds.report:document",
            factsheet="questions.beds.factsheet:document",
        ),
        Question(
            "teams",
            "questions.teams.terminal",
            "Teams that travel: areas that hang together, and the hours of staff on the road.",
            "questions.teams.map:document",
            "questions.teams.report:document",
        ),
        Question(
            "levels",
            "questions.levels.terminal",
            "Nearest acute help of any level, what it can do, and which services stand together.",
            "questions.levels.map:document",
            "questions.levels.report:document",
        ),
        Question(
            "tradeoff",
            "questions.tradeoff.terminal",
            "Several criteria or services at once: every placement that no other beats, proven.",
            "questions.tradeoff.map:document",
            "questions.tradeoff.report:document",
        ),
        Question(
            "route",
            "questions.journey.terminal",
            "Every leg of a journey: road number, km, minutes, wait.",
            "questions.journey.map:document",
            "questions.journey.report:document",
        ),
        Question(
            "isochrones",
            "questions.isochrones.terminal",
            "Areas within minutes of places, by roads reached, or a raster of minutes.",
            "questions.isochrones.map:document",
            "questions.isochrones.report:document",
        ),
        Question(
            "matrix",
            "questions.matrix.terminal",
            "Travel times between two tables of points over a network file.",
            "questions.matrix.map:document",
            "questions.matrix.report:document",
        ),
        Question(
            "sweep",
            "questions.sweep.terminal",
            "Travel times of many scenarios, hazards, modes or regions, into Parquet.",
            "questions.sweep.map:document",
            "questions.sweep.report:document",
        ),
        Question(
            "solve",
            "questions.solve.terminal",
            "Solve a placement model over a cost matrix.",
            report="questions.solve.report:document",
            no_map="a matrix of costs knows no places",
        ),
    )
}


def row_of(answer: Answer) -> Question:
    """The row of an answer's question.

    Raises:
        DataError: there is no such question.
    """
    if answer.question not in QUESTIONS:
        known = ", ".join(name for name, row in QUESTIONS.items() if row.map)
        raise DataError(Note("fault.no_question", question=answer.question, known=known))
    return QUESTIONS[answer.question]


def _named(target: str) -> Callable[..., Any]:
    module, _, function = target.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(f"geoaccess.{module}"), function)
    return found


def document(answer: Answer, *, language: Language | str = "en", tiles: Tiles | None = None) -> MapDocument:
    """The map document of an answer.

    Raises:
        DataError: the answer has nothing that a map could show.
    """
    from dataclasses import replace  # noqa: PLC0415 - what draws is imported when something is drawn

    from geoaccess.answers.source import Source  # noqa: PLC0415
    from geoaccess.drawing.fitting import with_fitting_minutes  # noqa: PLC0415
    from geoaccess.drawing.map_layers import names_on_map, own_land  # noqa: PLC0415
    from geoaccess.drawing.standing import with_standing  # noqa: PLC0415
    from geoaccess.words.map_words import MapWords  # noqa: PLC0415
    from maps import Language  # noqa: PLC0415

    row = row_of(answer)
    if not row.map:
        raise DataError(Note("fault.no_map", question=row.name, no_map=word(row.no_map)))
    source = Source(answer, MapWords(language))
    made: MapDocument = with_fitting_minutes(with_standing(source, _named(row.map)(source)))
    return replace(
        made,
        language=Language(language),
        tiles=tiles,
        basemap=own_land(source, made),
        names=names_on_map(source),
    )


def has_map(answer: Answer) -> bool:
    """Whether a map can show the answer.

    Raises:
        DataError: there is no such question.
    """
    return bool(row_of(answer).map)


def draw_into(answer: Answer, folder: Path, *, page: str, layers: str) -> None:
    """Draw the map of an answer into its folder, and the same as a GeoPackage with a QGIS project beside it.

    Raises:
        DataError: the answer has nothing that a map could show.
        MapError: the document cannot be drawn.
        OutputError: a file cannot be written.
    """
    from maps import write_map  # noqa: PLC0415

    made = document(answer)
    _written(lambda: write_map(made, folder / page), folder / page)
    draw_layers(answer, folder / layers, made=made)


def draw_layers(
    answer: Answer, path: Path, *, language: Language | str = "en", made: MapDocument | None = None
) -> None:
    """Write the layers of an answer's map as a GeoPackage with styles, and a QGIS project beside it.

    Args:
        answer: the answer.
        path: the GeoPackage; the project bears its name and ends in ``.qgz``.
        language: language of layers and legends.
        made: the map's document, where it is there already.

    Raises:
        DataError: the answer has nothing that a map could show.
        MapError: the document cannot be drawn.
        OutputError: a file cannot be written.
    """
    from geoaccess.answers.source import Source  # noqa: PLC0415
    from geoaccess.drawing.municipal_layer import with_municipalities  # noqa: PLC0415
    from geoaccess.words.map_words import MapWords  # noqa: PLC0415
    from maps.qgis import write_geopackage  # noqa: PLC0415

    made = made or document(answer, language=language)
    whole = with_municipalities(Source(answer, MapWords(made.language)), made)
    _written(lambda: write_geopackage(whole, path), path)


def _written(write: Callable[[], object], path: Path) -> None:
    """Write something that maps are made as.

    Raises:
        OutputError: the file cannot be written.
    """
    from maps import MapFileError  # noqa: PLC0415

    try:
        write()
    except MapFileError as error:
        cause = error.__cause__
        reason = system_reason(cause) if isinstance(cause, OSError) else str(cause or error)
        raise OutputError(Note("fault.write.map", path=path, reason=reason)) from error


def draw_map(
    answer: Answer, path: Path, *, language: Language | str = "en", tiles: Tiles | None = None
) -> None:
    """Draw the map of an answer, from memory or from its folder.

    Args:
        answer: the answer.
        path: the HTML file.
        language: language of the map's own words.
        tiles: background pictures from a server; the page then needs a network for them, and says so.

    Raises:
        DataError: the answer has nothing that a map could show.
        MapError: the document cannot be drawn.
        OutputError: the file cannot be written.
    """
    from maps import write_map  # noqa: PLC0415

    page = document(answer, language=language, tiles=tiles)
    _written(lambda: write_map(page, path), path)


def save_map(result: PlacementResult | Answer, path: str | Path, *, language: Language | str = "en") -> Path:
    """Draw the map of a placement, or of any answer, as one HTML file that needs no network.

    Raises:
        MapError: the document cannot be drawn.
        OutputError: the file cannot be written.
    """
    from geoaccess.answers.answer import Answer  # noqa: PLC0415
    from geoaccess.questions.placement.answer_folder import placement_answer  # noqa: PLC0415

    draw_map(
        result if isinstance(result, Answer) else placement_answer(result), Path(path), language=language
    )
    return Path(path)


def report_document(answer: Answer, words: Words) -> Document:
    """The report of an answer.

    Raises:
        DataError: the answer has nothing that a report could tell.
    """
    from geoaccess.answers.reading import Material  # noqa: PLC0415

    row = row_of(answer)
    if not row.report:
        raise DataError(Note("fault.no_report", question=row.name))
    found: Document = _named(row.report)(Material(answer, words))
    return found


def own_factsheet(answer: Answer) -> Callable[..., Document] | None:
    """What makes the factsheets of a question that has its own, from an answer and an area."""
    row = row_of(answer)
    return _named(row.factsheet) if row.factsheet else None


def shown_in_notebook(answer: Answer) -> str:
    """The brief of an answer's report as HTML without a page around it, and the map in a frame below it.

    ``GEOACCESS_LANG`` names its language.
    """
    from geoaccess.answers.notebook import framed  # noqa: PLC0415
    from geoaccess.drawing.page import fragment  # noqa: PLC0415
    from geoaccess.words.terminal import asked_language  # noqa: PLC0415
    from geoaccess.words.words import Words  # noqa: PLC0415

    words = Words(asked_language(()))
    brief = fragment(report_document(answer, words), words)
    if not has_map(answer):
        return brief
    from maps import render_map  # noqa: PLC0415

    page = document(answer, language=words.language)
    return brief + framed(render_map(page), page.title)
