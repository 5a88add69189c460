"""``geoaccess frontier``: the value of each further site."""

from __future__ import annotations

import math
from pathlib import Path

import click

from geoaccess.terminal.beside import Table, scenario_option, side_by_side
from geoaccess.terminal.options import Figure, resources_option
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.figures import of_people
from geoaccess.words.note import Note, in_languages


@click.command(
    "frontier",
    cls=side_by_side(Table("rows", {"sites": "sites"}, {"mean_min": "mean min", "chosen": "chosen"})),
)
@click.argument("study")
@click.argument("placement")
@click.option("--sites", default="1..10", show_default=True, help="Numbers of new sites: 1..20 or 1,3,5.")
@click.option("--posts", help="Posts (årsverk) for new crews instead: 6,12,24 or 0..12.")
@click.option("--objective", help="Model of the placement; default: the study's.")
@scenario_option()
@year_option
@resources_option
@click.option("--time-limit", type=Figure(min=0, min_open=True), help="Seconds for each number.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the solver.")
@result_options
def command(
    study: str,
    placement: str,
    sites: str,
    posts: str | None,
    objective: str | None,
    scenario: str,
    year: int | None,
    time_limit: float | None,
    seed: int,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """One proven answer for every number of sites: what each further site is worth, and who changes."""
    from geoaccess.ground.errors import ExitCode
    from geoaccess.questions.frontier.answer import answer_of, frontier, parse_counts
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    counts = parse_counts(sites if posts is None else posts)
    loaded = read_for(out, study, year, scenario)
    with out.step(Note("say.frontier.placing", times=len(counts))):
        found = frontier(
            loaded,
            placement,
            counts,
            in_posts=posts is not None,
            objective=objective,
            scenario=scenario,
            time_limit_s=time_limit,
            seed=seed,
        )
    columns = {
        "sites": "new sites",
        "mean_min": "mean min",
        "told_gain": "gain min",
        "p90_min": "90th percentile",
        "worst_min": "worst min",
        "status": "status",
        "opened": "opened",
        "closed": "given up",
    }
    if found.in_posts:
        columns = {"budget_posts": "posts", "posts": "posts taken", **columns}
    if found.rows["persons_unreachable"].nunique() > 1:
        # A mean over more people is not worse for being longer.
        columns = {"sites": "new sites", "persons_unreachable": "unreachable", **columns}
    if found.rows["units"].notna().any():
        columns = {"sites": "new sites", "units": "units", **columns}
    title = in_languages(loaded.placement(placement), "title")
    out.table(
        Note(
            "say.frontier.rows.posts" if found.in_posts else "say.frontier.rows",
            placement=title,
            scenario=out.scenario(scenario),
        ),
        columns,
        found.rows.assign(
            told_gain=cells(found.rows, map(_gain, found.rows["gain_min"], found.rows["persons"]))
        ),
        digits=2,
    )
    proven = out.told("yes" if found.proven else "no")
    out.say(Note("say.frontier.proven", proven=proven, seconds=float(found.rows["solve_s"].sum())))
    if output:
        write_output(out, answer_of(loaded, found), found.rows, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "placement": placement,
            "scenario": scenario,
            "year": loaded.config.study.year,
            "proven": found.proven,
            "rows": found.rows,
            "notes": found.notes,
        }
    )
    return ExitCode.DONE if found.proven else ExitCode.STOPPED_AT_LIMIT


def _gain(minutes: float, persons: float) -> str:
    """A gain as the table shows it: where other people are reached there is none to tell."""
    reach = persons and math.isnan(minutes)
    return Note("say.frontier.reach") if reach else of_people(minutes, persons, 2)
