"""``geoaccess plan``: which sites open and close when."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.beside import Table, scenario_option, side_by_side
from geoaccess.terminal.options import Figure, resources_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import Years, read_for
from geoaccess.words.figures import figure
from geoaccess.words.note import Note, as_note

if TYPE_CHECKING:
    from geoaccess.questions.dated_plan.answer import PlannedYears


@click.command(
    "plan",
    cls=side_by_side(Table("rows", {"year": "year"}, {"mean_min": "mean min", "opened": "opened"})),
)
@click.argument("study")
@click.argument("placement")
@click.option(
    "--years", type=Years(), help="Dates of the plan, such as 2026,2031,2036; default: the study's."
)
@click.option("--sites", type=click.IntRange(min=0), help="How many new sites by the last date.")
@scenario_option()
@resources_option
@click.option("--time-limit", type=Figure(min=0, min_open=True), help="Seconds for the plan.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the solver.")
@result_options
def command(
    study: str,
    placement: str,
    years: tuple[int, ...] | None,
    sites: int | None,
    scenario: str,
    time_limit: float | None,
    seed: int,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """One proven plan over several years: what opens and closes when, for the people of each date."""
    from geoaccess.ground.errors import ExitCode
    from geoaccess.questions.dated_plan.answer import plan_answer, plan_years, proof_of, steps_of
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, None)
    with out.step("placing"):
        found = plan_years(
            loaded,
            placement,
            years or (),
            sites=sites,
            scenario=scenario,
            time_limit_s=time_limit,
            seed=seed,
        )
    show_plan(out, found)
    if output:
        write_output(out, plan_answer(loaded, found), found.rows, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "placement": placement,
            "scenario": found.scenario,
            **proof_of(found),
            "alone_min": found.alone_min,
            "rows": found.rows,
            "steps": steps_of(found),
            "notes": found.notes,
        }
    )
    return int(ExitCode.DONE if found.proven else ExitCode.STOPPED_AT_LIMIT)


def show_plan(out: Output, found: PlannedYears) -> None:
    """The dates in a table, and how sure the plan is in a line."""
    columns: dict[str, Any] = {
        "year": Note("plan.year"),
        "persons": "persons",
        "opened": "opened",
        "closed": Note("plan.closed"),
        "mean_before_min": Note("plan.today"),
        "mean_min": Note("plan.mean"),
        "alone_mean_min": Note("plan.alone"),
        "p90_min": "90th percentile",
        "worst_min": "worst min",
        "persons_unreachable": "unreachable",
    }
    if found.rows["spent"].any():
        columns["spent"] = Note("plan.spent")
    alone = found.rows["alone_mean_min"]
    rows = found.rows.assign(
        year=found.rows["year"].astype(str),
        persons_unreachable=found.rows["persons_unreachable"].round(),
        alone_mean_min=["-" if math.isnan(value) else figure(value, 2) for value in alone],
    )
    title = Note(
        "plan.title", placement=out.placement(found.placement), scenario=out.scenario(found.scenario)
    )
    out.table(title, columns, rows, digits=2)
    plan = found.plan
    out.say(
        Note(
            "plan.proven" if found.proven else "plan.not_proven",
            mean=plan.objective,
            bound=plan.bound,
            gap=plan.gap,
            proof=as_note(plan.proof),
            seconds=plan.solve_s,
        )
    )
