"""``geoaccess map``: draw the map of a run again."""

from __future__ import annotations

from pathlib import Path

import click

from geoaccess.cli.app import json_option, quiet_option
from geoaccess.cli.output import Output


@click.command("map")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="HTML file; default: map.html in RUN.")
@click.option(
    "--boundaries",
    type=click.Path(path_type=Path),
    help="Polygon file of the municipalities, to draw them as areas.",
)
@json_option
@quiet_option
def command(run: Path, output: Path | None, boundaries: Path | None, as_json: bool, quiet: bool) -> None:
    """Draw the map of a run folder: one HTML file that needs no network."""
    from geoaccess.mapping import draw_map
    from geoaccess.reporting import MAP_FILE, load_run

    out = Output(json=as_json, quiet=quiet)
    loaded = load_run(run)
    target = output or run / MAP_FILE
    facts = dict(loaded.facts) | ({"boundaries": str(boundaries)} if boundaries else {})
    with out.step(f"drawing {target}"):
        draw_map(facts, loaded.tables, target)
    out.say(f"Written: {target} ({target.stat().st_size / 1e6:.1f} MB)")
    out.result({"map": target, "bytes": target.stat().st_size})
