"""``geoaccess map``: draw the map of a run, of the difference of two runs, or of a question to a study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.options import json_option, language_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import LAYERS, PAGES, overwrite_option, page_or_run_folder
from geoaccess.words.note import Note

if TYPE_CHECKING:
    from geoaccess.answers.answer import Answer
    from maps import Tiles


@click.command("map")
@click.argument("run", metavar="RUN|STUDY")
@click.argument("run_b", metavar="[RUN_B]", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    callback=page_or_run_folder,
    help="HTML file, or a GeoPackage for QGIS (.gpkg), or a new run folder for a question; "
    "default: map.html in RUN.",
)
@click.option("--scenarios", nargs=2, metavar="A B", help="Of RUN and RUN_B: the scenarios to compare.")
@click.option("--frontier", metavar="PLACEMENT", help="Ask STUDY: the value of each further site.")
@click.option("--sites", default="0..6", show_default=True, help="With --frontier: 0..6 or 1,3,5.")
@click.option(
    "--losses", metavar="FAMILIES", help="Ask STUDY: what hurts most; ferries,passes,facilities,..."
)
@click.option("--clocks", is_flag=True, help="Ask STUDY: its clocks, part by part.")
@click.option("--route", nargs=2, metavar="FROM TO", help="Ask STUDY: the fastest way, leg by leg.")
@click.option("--isochrones", metavar="KIND", help="Ask STUDY: land within minutes of a kind of facility.")
@click.option("--minutes", default="30,60,90,120", show_default=True, help="With --isochrones: the limits.")
@click.option(
    "--scenario",
    "states",
    multiple=True,
    metavar="NAME",
    help="Of STUDY: the state of the world; with --what-if several may be given.  [default: base]",
)
@click.option(
    "--boundaries",
    type=click.Path(path_type=Path),
    help="Polygon file of the municipalities, to draw them as areas.",
)
@click.option(
    "--tiles", metavar="ADDRESS", help="Background pictures by network: https://host/{z}/{x}/{y}.png."
)
@click.option("--tiles-by", default="", metavar="TEXT", help="With --tiles: who made the pictures.")
@click.option(
    "--what-if/--no-what-if",
    default=None,
    help="Let the reader open and close sites, as maps of a RUN with their minutes do; or ask STUDY: times "
    "to its services, with the sites of its placements to choose.",
)
@click.option(
    "--placement",
    "placements",
    multiple=True,
    metavar="NAME",
    help="With --what-if of STUDY: whose sites; may be given again.  [default: the study's first]",
)
@overwrite_option("Replace an existing run folder.")
@language_option
@json_option
@quiet_option
def command(
    run: str,
    run_b: str | None,
    output: Path | None,
    scenarios: tuple[str, str] | None,
    frontier: str | None,
    sites: str,
    losses: str | None,
    clocks: bool,
    route: tuple[str, str] | None,
    isochrones: str | None,
    minutes: str,
    states: tuple[str, ...],
    boundaries: Path | None,
    tiles: str | None,
    tiles_by: str,
    what_if: bool | None,
    placements: tuple[str, ...],
    overwrite: bool,
    language: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Draw one HTML file that needs no network: of a run, of what changes to RUN_B, or of a question.

    RUN is a run folder; its map is drawn again. With one of the questions the first argument is a STUDY, and
    a path with -o that does not end in .html becomes a run folder, for `geoaccess report` and later maps.
    With --what-if alone STUDY needs no run before: the page lets its reader open and close sites.
    """
    from geoaccess.answers.answer import MAP_FILE, answer_folder, is_answer, load_answer
    from geoaccess.answers.site_minutes import NOT_CHOOSABLE
    from geoaccess.study.state import BASE
    from geoaccess.words.note import read_notes

    out = Output(json=as_json, quiet=quiet)
    questions = [frontier, losses, clocks or None, route or None, isochrones, run_b]
    if sum(question is not None for question in questions) > 1:
        raise click.UsageError("ask one question at a time")
    pictures = _tiles(tiles, tiles_by)
    if run_b is not None or scenarios:
        with out.step("asking"):
            made = _comparison(Path(run), Path(run_b or run), scenarios or None)
    elif any(question is not None for question in questions):
        if len(states) > 1:
            raise click.UsageError("this question is told in one scenario")
        with out.step("asking"):
            made = _asked(run, frontier, sites, losses, route, isochrones, minutes, *states or (BASE,))
    elif what_if and not is_answer(Path(run)):
        made = _choosable(out, run, placements, states or (BASE,))
    else:
        made = load_answer(Path(run))
        output = output or answer_folder(Path(run)) / MAP_FILE
    if output is None:
        raise click.UsageError("say with -o where the map goes: a file ending in .html, or a new run folder")
    target = output
    if what_if is False:
        made = replace(made, site_minutes=())
    elif why_not := made.facts.get(NOT_CHOOSABLE):
        out.notes(read_notes([why_not]))
    facts = dict(made.facts) | ({"boundaries": str(boundaries)} if boundaries else {})
    with out.step(Note("say.drawing", path=str(target))):
        if target.suffix.lower() not in (*PAGES, LAYERS):
            made.save(target, overwrite=overwrite)
            target = target / MAP_FILE
        _drawn(replace(made, facts=facts), target, language, pictures)
    if pictures:
        out.note(Note("say.map.pictures", host=pictures.host))
    out.say(Note("say.written.size", path=str(target), megabytes=target.stat().st_size / 1e6))
    out.result({"map": target, "bytes": target.stat().st_size, "kind": made.question})


def _drawn(answer: Answer, target: Path, language: str, tiles: Tiles | None) -> None:
    from geoaccess.questions.registry import draw_layers, draw_map

    if target.suffix.lower() == LAYERS:
        draw_layers(answer, target, language=language)
    else:
        draw_map(answer, target, language=language, tiles=tiles)


def _choosable(out: Output, study: str, placements: tuple[str, ...], states: tuple[str, ...]) -> Answer:
    """Times to the services of a study, with the sites of its placements and services to open and close.

    Why a placement's sites cannot be chosen is told; nothing of it is solved but the best of a few numbers.
    """
    from geoaccess.answers.site_minutes import MOST_PAIRS
    from geoaccess.questions.access.answer import access_answer, accessibility
    from geoaccess.questions.placement.site_choice import site_minutes_of_question
    from geoaccess.study import load_study

    with out.step("reading the study"):
        loaded = load_study(study).with_common_people(states)
    with out.step("travel times"):
        made = access_answer(loaded, accessibility(loaded, scenarios=states))
    every = tuple(loaded.config.placements)
    if len(every) > 1 and not placements:
        out.notes([Note("note.what_if.first", placement=every[0], others=every[1:])])
    subjects, pairs = [], sum(one.pairs for one in made.site_minutes)
    for name in placements or every[:1]:
        with out.step("placing"):
            found = site_minutes_of_question(loaded, name, states)
        if isinstance(found, Note):
            out.notes([Note("note.what_if.placement", placement=name, reason=found)])
        elif pairs + found.pairs > MOST_PAIRS:
            reason = Note("what_if.not.pairs", pairs=pairs + found.pairs, most=MOST_PAIRS)
            out.notes([Note("note.what_if.placement", placement=name, reason=reason)])
        else:
            subjects.append(found)
            pairs += found.pairs
    return replace(made, site_minutes=(*subjects, *made.site_minutes))


def _tiles(address: str | None, made_by: str) -> Tiles | None:
    from maps import Tiles

    if address is None:
        return None
    tiles = Tiles(address, made_by)
    if not tiles.host:
        raise click.BadParameter(
            "write https://host/.../{z}/{x}/{y}.png, with no other braces", param_hint="--tiles"
        )
    return tiles


def _comparison(first: Path, second: Path, scenarios: tuple[str, str] | None) -> Answer:
    from geoaccess.answers.answer import load_answer
    from geoaccess.questions.comparison.answer import comparison_answer

    return comparison_answer(load_answer(first), load_answer(second), scenarios=scenarios)


def _asked(
    study: str,
    frontier: str | None,
    sites: str,
    losses: str | None,
    route: tuple[str, str] | None,
    isochrones: str | None,
    minutes: str,
    scenario: str,
) -> Answer:
    """The run of the question that was asked; without any other it is the clocks."""
    from geoaccess.questions.clocks.answer import clocks_answer
    from geoaccess.questions.frontier.answer import frontier_answer, parse_counts
    from geoaccess.questions.isochrones.answer import isochrones_answer
    from geoaccess.questions.journey.answer import route_answer
    from geoaccess.questions.losses.answer import losses_answer

    if frontier is not None:
        return frontier_answer(study, frontier, parse_counts(sites), scenario=scenario)
    if losses is not None:
        families = tuple(filter(None, losses.split(",")))
        return losses_answer(study, of=families, scenario=scenario)
    if route:
        return route_answer(study, *route, scenario=scenario)
    if isochrones is not None:
        return isochrones_answer(study, isochrones, minutes=_limits(minutes), scenario=scenario)
    return clocks_answer(study, scenario=scenario)


def _limits(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(
            Note("fault.minutes_by_commas", text=text), param_hint="--minutes"
        ) from error
