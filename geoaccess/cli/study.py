"""``geoaccess study``: begin, copy and check a study, say what it rests on, export its schema."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from geoaccess.cli.feeds import feed_of, show_matches, week_option
from geoaccess.terminal.options import json_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import File
from geoaccess.words.note import Note, fault_note, word


@click.group("study")
def command() -> None:
    """Begin or copy a study, check it, say what it rests on, export the schema of its file."""


_FILE = click.Path(path_type=Path)


@command.command("new")
@click.argument("folder", type=_FILE)
@click.option("--osm", required=True, type=_FILE, help="OpenStreetMap extract (.osm.pbf or .osm).")
@click.option(
    "--population",
    type=_FILE,
    help="Raster of persons (.tif), or a table with name, lat, lon, people; default: places of the extract.",
)
@click.option("--nodata", type=float, help="Value of the raster's missing cells, where it does not say.")
@click.option(
    "--facilities",
    type=_FILE,
    help="Table with name, kind, lat, lon; default: hospitals and clinics of the extract.",
)
@click.option("--boundaries", type=_FILE, help="Polygons to tell results for; default: the extract's.")
@click.option("--boundaries-code", default="", help="Column of the polygons' codes.")
@click.option("--boundaries-name", default="", help="Column of the polygons' names.")
@click.option(
    "--admin-level",
    type=click.IntRange(1, 12),
    help="OpenStreetMap's level of the areas (7 is a municipality in Norway); default: 8, or the whole "
    "extract as one area where it has none.",
)
@click.option(
    "--gtfs",
    type=_FILE,
    help="GTFS feed (zip or folder) with departures of ferries, for those whose quays its stops are near.",
)
@week_option
@click.option("--name", default="", help="Short name; default: that of the folder.")
@json_option
@quiet_option
def new(
    folder: Path,
    osm: Path,
    population: Path | None,
    nodata: float | None,
    facilities: Path | None,
    boundaries: Path | None,
    boundaries_code: str,
    boundaries_name: str,
    admin_level: int | None,
    gtfs: Path | None,
    week_of: datetime | None,
    name: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a commented study of any region in FOLDER: network, areas, people, facilities, study file."""
    from geoaccess.study.new import NETWORK_FILE, Sources, Timetables, new_study
    from networks import load_network

    out = Output(json=as_json, quiet=quiet)
    ferries, week = feed_of(out, gtfs, week_of)
    timetables = Timetables(gtfs.name, ferries, week) if gtfs and ferries else None
    sources = Sources(
        osm=osm,
        population=population,
        facilities=facilities,
        boundaries=boundaries,
        boundaries_code=boundaries_code,
        boundaries_name=boundaries_name,
        admin_level=admin_level,
        nodata=nodata,
        timetables=timetables,
    )
    with out.step(Note("say.making", path=str(folder))):
        notes = new_study(folder, sources, name=name)
    for note in notes:
        out.say(note)
    told = {}
    if timetables is not None:
        told["timetables"] = show_matches(out, load_network(folder / NETWORK_FILE), timetables.ferries)
    out.say(Note("say.study.new", folder=str(folder), file=str(folder / "study.toml")))
    out.result({"study": folder, "notes": list(notes), **told})


@command.command("schema")
@click.option("-o", "--output", type=File(), help="File to write; default: stdout.")
def schema(output: Path | None) -> None:
    """Print the JSON Schema of study.toml, for editors that complete and check it."""
    from geoaccess.ground.writing import to_json, write_text
    from geoaccess.study.schema import StudyConfig

    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", **StudyConfig.model_json_schema()}
    if output is None:
        Output(json=True).result(told)
    else:
        write_text(output, to_json(told) + "\n")


@command.command("check")
@click.argument("study")
@click.option(
    "--boundaries",
    type=click.Path(path_type=Path),
    help="Polygon file of the municipalities, to check that places lie inside their own.",
)
@json_option
@quiet_option
def check(study: str, boundaries: Path | None, as_json: bool, quiet: bool) -> int:
    """Verify a study: ids, references, coordinates, detours, ferries, populations, sources, reach."""
    from geoaccess.ground.errors import ExitCode
    from geoaccess.study.check import check_study

    out = Output(json=as_json, quiet=quiet)
    with out.step("checking"):
        report = check_study(study, boundaries=boundaries)
    for check in report.checks:
        mark = out.told(
            "ok" if check.passed and not check.skipped else "skipped" if check.skipped else "FAULT"
        )
        name, found = out.told(check.name), out.told(check.found)
        out.say(Note("say.check", mark=mark.ljust(8), name=name, found=found))
    for fault in report.faults:
        out.say(Note("say.check.fault", fault=fault_note(fault)))
    for warning in report.warnings:
        out.note(Note("say.check.warning", warning=warning))
    out.say(Note("say.check.sum", faults=len(report.faults), warnings=len(report.warnings)))
    out.result(report.to_dict())
    return ExitCode.BAD_DATA if report.faults else ExitCode.DONE


@command.command("copy")
@click.argument("study")
@click.argument("folder", type=_FILE)
@json_option
@quiet_option
def copy(study: str, folder: Path, as_json: bool, quiet: bool) -> None:
    """Copy STUDY (a name or folder) to FOLDER, to change it there."""
    from geoaccess.study import load_study
    from geoaccess.study.sources import copy_study

    out = Output(json=as_json, quiet=quiet)
    files = copy_study(load_study(study), folder)
    out.say(Note("say.study.copied", folder=str(folder), files=len(files)))
    out.result({"study": folder, "files": files})


@command.command("sources")
@click.argument("study")
@json_option
@quiet_option
def sources(study: str, as_json: bool, quiet: bool) -> None:
    """Say what comes from where in STUDY, how sure it is, and which answers lean on what is only recalled."""
    from geoaccess.study import load_study
    from geoaccess.study.sources import leaning

    out = Output(json=as_json, quiet=quiet)
    loaded = load_study(study)
    out.learn(loaded)
    with out.step("following the ways"):
        found = leaning(loaded)
    for title, table in (
        ("Rows of the tables", found.tables),
        ("Kilometres of the links", found.kilometres),
        ("Person-hours to the nearest, by what the links rest on", found.minutes),
        ("Services of which no source tells", found.answers),
    ):
        names = [str(name) for name in table]
        digits = 2 if any(name.startswith("share_") for name in names) else 0
        out.table(title, {name: _heading(name) for name in names}, table, digits=digits)
    out.result(found.to_dict())


def _heading(column: str) -> str:
    """The heading of a column of sources; a share names what it is the share of."""
    name = column.replace("_", " ")
    basis = name.removeprefix("share ")
    return name if basis == name else Note("say.sources.share", basis=word(basis))
