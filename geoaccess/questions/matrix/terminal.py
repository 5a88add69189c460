"""``geoaccess matrix``: travel times between two tables of points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from geoaccess.terminal.answered import snapped
from geoaccess.terminal.engine import engine_note, engine_option
from geoaccess.terminal.options import Figure, json_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import FileOrFolder, overwrite_option
from geoaccess.words.note import Note


@click.command("matrix")
@click.argument("network", metavar="NET", type=click.Path(path_type=Path))
@click.option("--origins", required=True, type=click.Path(path_type=Path), help="Table: id, lon, lat.")
@click.option("--destinations", required=True, type=click.Path(path_type=Path), help="Table: id, lon, lat.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=FileOrFolder(),
    help="Table to write (.parquet or .csv), or a run folder with the pairs, for map and report; both may be "
    "larger than memory.",
)
@overwrite_option("Replace an existing run folder.")
@click.option("--nearest", type=click.IntRange(min=1), help="Only the K nearest destinations of each origin.")
@click.option("--max-min", type=Figure(min=0), help="Only pairs within M minutes.")
@click.option("--legs", is_flag=True, help="Add drive, ferry, wait and access minutes of every journey.")
@click.option("--scenario", type=click.Path(path_type=Path), help="TOML file of a scenario.")
@click.option(
    "--max-snap-m",
    type=Figure(min=0),
    default=5000.0,
    show_default=True,
    help="Metres from a point to the network beyond which it is joined to nothing.",
)
@engine_option
@json_option
@quiet_option
def command(
    network: Path,
    origins: Path,
    destinations: Path,
    output: Path,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Minutes from every origin to every destination over NET, as a long table, written block by block."""
    from geoaccess.ground.writing import check_folder
    from geoaccess.questions.matrix.answer import (
        LEG_COLUMNS,
        join,
        pair_blocks,
        read_points,
        snapping_facts,
        under_scenario,
    )
    from geoaccess.questions.matrix.folder import Asked, write_matrix
    from geoaccess.questions.matrix.pairs import TIME, Places, check_ending, write_pairs
    from networks import load_network
    from networks.engines import using_engine

    out = Output(json=as_json, quiet=quiet)
    is_folder = not output.suffix or output.is_dir()
    if is_folder:
        check_folder(output, overwrite=overwrite)
    else:
        check_ending(output)
    with out.step("reading the network"):
        loaded = under_scenario(load_network(network), options["scenario"])
    tables = {"origins": read_points(origins), "destinations": read_points(destinations)}
    with out.step("joining points to roads"):
        joined = {
            name: join(loaded, table, max_snap_m=options["max_snap_m"]) for name, table in tables.items()
        }
    starts, stops = joined["origins"], joined["destinations"]
    figures = (TIME, *LEG_COLUMNS) if options["legs"] else (TIME,)
    with out.step("travel times"), using_engine(options["engine"]) as engines:
        blocks = pair_blocks(
            loaded, starts, stops, k=options["nearest"], max_min=options["max_min"], legs=options["legs"]
        )
        if is_folder:
            asked = Asked(
                network=network.name,
                origins=tables["origins"],
                destinations=tables["destinations"],
                starts=starts,
                stops=stops,
                nearest=options["nearest"],
                max_min=options["max_min"],
                overlays=loaded.overlays,
                inputs=tuple(filter(None, (network, origins, destinations, options["scenario"]))),
            )
            found = write_matrix(output, asked, blocks, figures, overwrite=overwrite)
        else:
            places = Places(tables["origins"].ids, tables["destinations"].ids)
            found = write_pairs(output, blocks, places, figures=figures)
    facts = {name: snapping_facts(table, joined[name]) for name, table in tables.items()}
    for name, fact in facts.items():
        out.note(Note("say.snapped", points=out.told(name), facts=snapped(out, fact)))
    out.note(engine_note(engines))
    out.say(Note("say.matrix.pairs", pairs=found.pairs, unreachable=found.unreachable, path=str(output)))
    out.result(
        {
            "pairs": found.pairs,
            "unreachable": found.unreachable,
            "engine": engines.as_dict(),
            "overlays": loaded.overlays,
            "output": output,
            **facts,
        }
    )
