"""``geoaccess network``: build, describe and check network files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from geoaccess.cli.app import json_option, quiet_option
from geoaccess.cli.output import Output, number


@click.group("network")
def command() -> None:
    """Build, describe and check network files."""


@command.command("build")
@click.argument("source")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Network file to write.")
@click.option("--profile", type=click.Choice(["car", "ambulance"]), default="car", show_default=True)
@click.option(
    "--ferries",
    type=click.Choice(["timetable", "headway", "ssb"]),
    default="headway",
    show_default=True,
    help="How ferries are timed.",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@json_option
@quiet_option
def build(
    source: str, output: Path, profile: str, ferries: str, overwrite: bool, as_json: bool, quiet: bool
) -> None:
    """Build a network from SOURCE.

    SOURCE is an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz, .osm.bz2), a GraphML or GeoPackage of
    osmnx, a folder of link tables (nodes.csv, roads.csv, ferries.csv), or place:NAME (downloads).
    """
    from geoaccess.errors import OutputError
    from geoaccess.networking import build, describe
    from networks import save_network

    out = Output(json=as_json, quiet=quiet)
    if output.exists() and not overwrite:
        raise OutputError(f"{output} exists; choose another file with -o, or add --overwrite")
    with out.step(f"building the network from {source}"):
        network = build(source, profile=profile, ferries=ferries)
    with out.step(f"writing {output}"):
        save_network(network, output)
    facts = describe(network)
    _show(out, facts)
    out.say(f"Written: {output} ({output.stat().st_size / 1e6:.1f} MB)")
    out.result({**facts, "network": output})


@command.command("info")
@click.argument("network", type=click.Path(path_type=Path))
@json_option
@quiet_option
def info(network: Path, as_json: bool, quiet: bool) -> None:
    """Describe a network file: size, kinds of edges, ferries, assumptions, provenance."""
    from geoaccess.networking import describe
    from networks import load_network

    out = Output(json=as_json, quiet=quiet)
    facts = describe(load_network(network))
    _show(out, facts)
    out.result(facts)


def _show(out: Output, facts: Mapping[str, object], indent: str = "") -> None:
    """Facts one a line, tables indented."""
    for name, value in facts.items():
        label = f"{indent}{str(name).replace('_', ' ')}:"
        if isinstance(value, Mapping):
            if value:
                out.say(label)
                _show(out, value, indent + "  ")
        elif value not in ("", [], ()):
            out.say(f"{label} {number(value, 0) if isinstance(value, float) else value}")
