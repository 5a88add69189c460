"""``geoaccess access``: travel-time tables."""

from __future__ import annotations

from pathlib import Path

import click

from geoaccess.cli.app import json_option, quiet_option
from geoaccess.cli.output import Output


@click.command("access")
@click.argument("study")
@click.option("--scenario", "scenarios", multiple=True, help="Scenario of the study; may be given again.")
@click.option("--to", "kinds", multiple=True, help="Kind of facility; default: those the study reports on.")
@click.option("--by", default="municipality", show_default=True, help="Group: municipality, county, ...")
@click.option("--weight", help="Weight of the figures; default: the study's own (people).")
@click.option("--year", type=int, help="People of this year, by the study's projection.")
@click.option("--served", is_flag=True, help="Also say which facility is nearest for how many of each group.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Run folder to write.")
@click.option("--overwrite", is_flag=True, help="Replace an existing run folder.")
@json_option
@quiet_option
def command(
    study: str,
    scenarios: tuple[str, ...],
    kinds: tuple[str, ...],
    by: str,
    weight: str | None,
    year: int | None,
    served: bool,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Times from where people live to the nearest facility of each kind."""
    from geoaccess.access import accessibility, equity_rows, served_by
    from geoaccess.cli.tables import show_access, show_equity, show_served
    from geoaccess.demand.study import in_year
    from geoaccess.reporting import save_access_run
    from geoaccess.scenarios import BASE
    from geoaccess.study import load_study

    out = Output(json=as_json, quiet=quiet)
    with out.step("reading the study"):
        loaded = load_study(study)
    out.learn(loaded)
    if year is not None:
        loaded = in_year(loaded, loaded.config.demand.projection, year)
    with out.step("travel times"):
        table = accessibility(loaded, by=by, kinds=kinds, scenarios=scenarios or (BASE,), weight=weight)
    show_access(out, loaded, table)
    equity = equity_rows(loaded, table)
    show_equity(out, loaded, equity)
    facilities = served_by(loaded, table) if served else None
    if facilities is not None:
        show_served(out, loaded, by, facilities)
    if output:
        with out.step(f"writing {output}"):
            save_access_run(loaded, table, output, overwrite=overwrite)
    out.notes(table.notes)
    rows = table.rows.rename(columns={by: "municipality"}) if by == "municipality" else table.rows
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "by": by,
            "weight": table.weight,
            "region": table.region,
            "rows": rows,
            "equity": equity,
            **({} if facilities is None else {"served": facilities}),
            "notes": table.notes,
        }
    )
