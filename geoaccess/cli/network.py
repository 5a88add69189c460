"""``geoaccess network``: build, describe and check network files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.cli.feeds import feed_of, show_matches, week_option
from geoaccess.terminal.options import Figure, json_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import File
from geoaccess.words.figures import figure, percent
from geoaccess.words.note import Note, note_in

if TYPE_CHECKING:
    from networks import TravelNetwork

_FINDINGS_SHOWN = 40
#: Kilometres around a study within which its journeys are taken to lie, unless something else is asked for.
_MARGIN_KM = 50.0
#: Of files from here on it is said beforehand what memory the build takes, in bytes for each byte of the
#: file: least where most of it is buildings, most where it is roads (docs/engine.md has the measured builds).
_LARGE_BYTES, _BYTES_PER_BYTE = 50_000_000, (3.0, 14.0)
#: From here on a figure is told without a digit after the point.
_WHOLE_FROM = 100.0


@click.group("network")
def command() -> None:
    """Build, describe and check network files."""


@command.command("build")
@click.argument("source")
@click.option("-o", "--output", required=True, type=File(), help="Network file to write.")
@click.option(
    "--profile",
    type=click.Choice(["car", "ambulance"]),
    default="car",
    show_default=True,
    help="Whose speeds and rights the roads have.",
)
@click.option(
    "--ferries",
    type=click.Choice(["timetable", "headway", "ssb"]),
    default="headway",
    show_default=True,
    help="How ferries are timed.",
)
@click.option(
    "--country",
    metavar="CODE",
    help="Country whose general speed limits hold (NO, SE, US, ...); else found from the map's position.",
)
@click.option(
    "--order/--no-order",
    default=True,
    show_default=True,
    help="Keep the order of the nodes that fast searches need; without it, it is found again every time.",
)
@click.option(
    "--gtfs",
    type=click.Path(path_type=Path),
    help="GTFS feed (zip or folder) with departures of ferries, for those whose quays its stops are near.",
)
@week_option
@click.option(
    "--around",
    metavar="STUDY|POLYGONS",
    help="Keep only what lies around a study's places or a file's polygons, with --margin-km on all sides.",
)
@click.option(
    "--margin-km",
    type=Figure(min=0.0),
    help=f"With --around: kilometres added on all sides.  [default: {_MARGIN_KM:g}]",
)
@click.option(
    "--controls/--no-controls",
    default=False,
    show_default=True,
    help="Count the seconds lost at signals, stop and give-way signs and crossings in towns.",
)
@click.option(
    "--turn-costs/--no-turn-costs",
    default=True,
    show_default=True,
    help="Count the seconds lost by turning where roads of the same class meet.",
)
@click.option(
    "--bends/--no-bends",
    default=False,
    show_default=True,
    help="Let bends, width and posted limits outside towns set the pace instead of the road's class alone.",
)
@click.option(
    "--elevation",
    type=click.Path(path_type=Path),
    help="Raster of elevations in metres (GeoTIFF or another that GDAL reads): grades set the pace.",
)
@click.option(
    "--blue-lights/--no-blue-lights",
    default=False,
    show_default=True,
    help="With --profile ambulance: drive above limits, and short one-way streets against their direction.",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@json_option
@quiet_option
def build(
    source: str,
    output: Path,
    profile: str,
    ferries: str,
    country: str | None,
    order: bool,
    gtfs: Path | None,
    week_of: datetime | None,
    around: str | None,
    margin_km: float | None,
    controls: bool,
    turn_costs: bool,
    bends: bool,
    elevation: Path | None,
    blue_lights: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Build a network from SOURCE.

    SOURCE is an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz, .osm.bz2), a GraphML or GeoPackage of
    osmnx, a folder of link tables (nodes.csv, roads.csv, ferries.csv), or place:NAME (downloads).
    """
    from geoaccess.cli.networking import Pace, area_around, build, describe, save
    from geoaccess.ground.errors import OutputError

    out = Output(json=as_json, quiet=quiet)
    if output.exists() and not overwrite:
        raise OutputError(Note("fault.exists_file", path=output))
    timetables, _ = feed_of(out, gtfs, week_of)
    if around is None and margin_km is not None:
        raise click.UsageError("--margin-km widens what --around names: give both, or neither")
    margin = _MARGIN_KM if margin_km is None else margin_km
    clip = None if around is None else area_around(around, margin)
    size = Path(source).stat().st_size if Path(source).is_file() else 0
    if size > _LARGE_BYTES and around is None:
        low, high = (size * each / 1e9 for each in _BYTES_PER_BYTE)
        out.note(Note("say.network.memory", megabytes=size / 1e6, low=low, high=high))
    with out.step(Note("say.building", source=source)) as tell:
        network = build(
            source,
            profile=profile,
            ferries=ferries,
            country=country,
            timetables=timetables,
            clip=clip,
            pace=Pace(controls, turn_costs, bends, elevation, blue_lights),
            progress=tell,
        )
    if around is not None:
        out.note(Note("say.network.around", around=around, margin=margin))
    if timetables is not None:
        matches = show_matches(out, network, timetables)
    if order:
        _find_order(out, network)
    with out.step(Note("say.writing", path=str(output))):
        save(network, output)
    facts = {**describe(network), "order": network.topology.has_order}
    _show(out, facts)
    out.say(Note("say.written.size", path=str(output), megabytes=output.stat().st_size / 1e6))
    told = {} if timetables is None else {"timetables": matches}
    out.result({**facts, **told, "network": output})


@command.command("departures")
@click.argument("source")
@click.option("-o", "--output", required=True, type=File(), help="Table to write, such as departures.csv.")
@click.option(
    "--gtfs",
    type=click.Path(path_type=Path),
    help="GTFS feed (zip or folder); default: the departures that the network knows.",
)
@week_option
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@json_option
@quiet_option
def departures(
    source: str,
    output: Path,
    gtfs: Path | None,
    week_of: datetime | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the departures of ferries as a table that link tables take and planners can change.

    SOURCE is a folder of link tables, or what ``network build`` takes. One row per departure: ferry_id,
    from_node, departure, weekdays, from_date, to_date, crossing_min.
    """
    from geoaccess.cli.networking import build
    from geoaccess.ground.errors import DataError, OutputError
    from geoaccess.ground.writing import write_table
    from networks.osm import departures_of

    out = Output(json=as_json, quiet=quiet)
    if output.exists() and not overwrite:
        raise OutputError(Note("fault.exists_file", path=output))
    timetables, _ = feed_of(out, gtfs, week_of)
    network = build(source, timetables=timetables)
    matches = None if timetables is None else show_matches(out, network, timetables)
    table = departures_of(network)
    if table.empty:
        raise DataError(Note("fault.no_departures", n_services=len(network.services), source=source))
    write_table(table, output)
    ferries = table["ferry_id"].nunique()
    out.say(Note("say.written.departures", path=str(output), departures=len(table), ferries=ferries))
    out.result({"departures": table, **({} if matches is None else {"timetables": matches})})


@command.command("info")
@click.argument("network", metavar="NET", type=click.Path(path_type=Path))
@json_option
@quiet_option
def info(network: Path, as_json: bool, quiet: bool) -> None:
    """Describe a network file: size, kinds of edges, ferries, assumptions, provenance."""
    from geoaccess.cli.networking import describe
    from networks import load_network

    out = Output(json=as_json, quiet=quiet)
    loaded = load_network(network)
    facts = {**describe(loaded), "order": loaded.topology.has_order}
    _show(out, facts)
    out.result(facts)


@command.command("check")
@click.argument("network", metavar="NET", type=click.Path(path_type=Path))
@click.option("--since", type=click.Path(path_type=Path), help="An earlier build to compare with.")
@json_option
@quiet_option
def check(network: Path, since: Path | None, as_json: bool, quiet: bool) -> None:
    """Connectivity: components, one-way traps, suspicious ferries, quays that do not join, dead ends."""
    from networks import check_network, compare_networks, load_network

    out = Output(json=as_json, quiet=quiet)
    loaded = load_network(network, check=True)
    with out.step("checking"):
        report = check_network(loaded)
        changes = compare_networks(load_network(since), loaded).as_dict() if since else None
    told = report.as_dict()
    findings = report.frame()
    _show(out, {name: value for name, value in told.items() if name != "findings"})
    if len(findings):
        columns = {"kind": "finding", "what": "id", "name": "name", "count": "nodes", "detail": "detail"}
        out.table("To look at", columns, findings, most=_FINDINGS_SHOWN)
    if changes is not None:
        out.say(Note("say.network.since", file=str(since)))
        _show(out, changes, "  ")
    out.result(told | ({"changes": changes} if changes is not None else {}))


def _find_order(out: Output, network: TravelNetwork) -> None:
    """Find the order now, so that it is written with the network; say so where there is none worth having."""
    from networks import NetworkDataError
    from networks.hierarchy.ordering import OrderMethod, default_method

    if default_method() is not OrderMethod.METIS:
        out.note(Note("say.network.no_metis"))
    with out.step("ordering the nodes"):
        try:
            _ = network.topology.order
        except NetworkDataError as error:
            out.note(Note("say.network.no_order", reason=str(error)))


def _show(out: Output, facts: Mapping[str, object], indent: str = "") -> None:
    """Facts one a line, tables indented."""
    for name, value in facts.items():
        label = f"{indent}{_name(out, str(name))}:"
        if isinstance(value, Mapping):
            if value:
                out.say(label)
                _show(out, value, indent + "  ")
        elif name == "notes" and isinstance(value, list | tuple):
            for note in value:
                out.say(Note("say.network.fact", label=label, value=note_in(note, out.language)))
        elif value not in ("", [], ()):
            out.say(Note("say.network.fact", label=label, value=out.told(_fact(str(name), value))))


def _name(out: Output, name: str) -> str:
    """The name of a fact or of a count; one that says more after a colon is looked up in both its parts."""
    known = name.replace("_", " ")
    whole, parts = out.told(known), known.split(": ", maxsplit=1)
    return whole if whole != known else ": ".join(map(out.told, parts))


def _fact(name: str, value: object) -> str:
    """A fact of a network: shares in per cent, lengths and speeds with a digit where they are small."""
    if not isinstance(value, float):
        return str(value)
    if name.endswith("share"):
        return percent(value)
    return figure(value, 0 if value.is_integer() or abs(value) >= _WHOLE_FROM else 1)
