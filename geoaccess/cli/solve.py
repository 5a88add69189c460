"""``geoaccess solve``: a placement model over a cost matrix and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from geoaccess.cli.app import json_option, quiet_option
from geoaccess.cli.output import Output


@click.command("solve")
@click.argument("model")
@click.option("--costs", required=True, type=click.Path(path_type=Path), help="Matrix or long table.")
@click.option("--weights", type=click.Path(path_type=Path), help="Weights: one number per demand point.")
@click.option("--p", "sites", type=click.IntRange(min=0), help="How many sites are open.")
@click.option("--radius", type=click.FloatRange(min=0), help="Service radius of the covering models.")
@click.option("--capacities", type=click.Path(path_type=Path), help="Capacity of each site.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), help="Seconds for the solver.")
@click.option("--gap", type=click.FloatRange(min=0), default=0.0, help="Relative gap at which to stop.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--solver", default="highs", show_default=True, help="highs, cbc or a solver of PuLP.")
@click.option("--log", type=click.Path(path_type=Path), help="File for the solver's log.")
@json_option
@quiet_option
def command(model: str, costs: Path, as_json: bool, quiet: bool, **options: Any) -> int:
    """Solve MODEL: p-median p-center mclp lscp capacitated-p-median.

    --costs is a matrix (.npz, .npy, .csv: rows demand points, columns sites) or a long table
    (from_id,to_id,travel_time_min). Unreachable pairs are blank, NaN, or absent from a long table.
    """
    from geoaccess.errors import ExitCode
    from geoaccess.matrices import read_costs, read_vector
    from optimise import PlacementProblem, Status, solve

    out = Output(json=as_json, quiet=quiet)
    with out.step("reading the costs"):
        matrix = read_costs(costs)
        weights = read_vector(options["weights"], matrix.index) if options["weights"] else None
        capacities = read_vector(options["capacities"], matrix.columns) if options["capacities"] else None
    problem = PlacementProblem(matrix, weights=weights, p=options["sites"], capacities=capacities)
    parameters = {} if options["radius"] is None else {"radius": options["radius"]}
    with out.step(f"solving {model}, {problem.n_demand} x {problem.n_sites}"):
        solution = solve(
            problem,
            model,
            time_limit_s=options["time_limit"],
            gap=options["gap"],
            threads=options["threads"],
            seed=options["seed"],
            solver=options["solver"],
            log=options["log"],
            **parameters,
        )
    found = solution.to_dict()
    out.say(f"{found['status']}: objective {found['objective']}, bound {found['bound']}, gap {found['gap']}")
    out.say(f"sites: {', '.join(str(site) for site in found['chosen'])}")
    out.say(f"{found['proof']} ({found['solver']}, {found['formulation']})")
    out.result(found)
    codes = {
        Status.OPTIMAL: ExitCode.DONE,
        Status.FEASIBLE: ExitCode.STOPPED_AT_LIMIT,
        Status.INTERRUPTED: ExitCode.INTERRUPTED,
        Status.INFEASIBLE: ExitCode.INFEASIBLE,
    }
    return codes.get(solution.status, ExitCode.FAILURE)
