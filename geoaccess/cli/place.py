"""``geoaccess place``: answer a placement question."""

from __future__ import annotations

from pathlib import Path

import click

from geoaccess.cli.app import json_option, quiet_option
from geoaccess.cli.output import Output


@click.command("place")
@click.argument("study")
@click.argument("placement")
@click.option("--sites", type=click.IntRange(min=0), help="How many new sites; default: the study's.")
@click.option(
    "--objective", help="Model of the placement; default: the study's (p-median, mclp, p-center, ...)."
)
@click.option("--scenario", default="base", show_default=True, help="Scenario of the study.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), help="Seconds for the solver.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the solver.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Run folder to write.")
@click.option("--overwrite", is_flag=True, help="Replace an existing run folder.")
@json_option
@quiet_option
def command(
    study: str,
    placement: str,
    sites: int | None,
    objective: str | None,
    scenario: str,
    time_limit: float | None,
    seed: int,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Choose sites so that population-weighted time is as small as it can be."""
    from geoaccess.cli.tables import show_placement
    from geoaccess.errors import ExitCode
    from geoaccess.placing import place
    from geoaccess.reporting import save_placement_run
    from geoaccess.study import load_study

    out = Output(json=as_json, quiet=quiet)
    with out.step("reading the study"):
        loaded = load_study(study)
    with out.step("placing"):
        result = place(loaded, placement, sites=sites, scenario=scenario, time_limit_s=time_limit, seed=seed)
    show_placement(out, result)
    if output:
        with out.step(f"writing {output}"):
            save_placement_run(result, output, overwrite=overwrite)
    out.notes(result.notes)
    out.result(result.to_dict())
    proven = result.solution.status.value == "optimal"
    return ExitCode.DONE if proven else ExitCode.STOPPED_AT_LIMIT
