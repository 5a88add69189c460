"""``geoaccess simulate``: years of calls over a study, alone or beside one in which something is changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.beside import Table, scenario_option, side_by_side
from geoaccess.terminal.options import Figure
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.figures import of_people
from geoaccess.words.note import Note

if TYPE_CHECKING:
    from geoaccess.questions.simulation.answer import Simulation
    from geoaccess.workload.plans import Rule

_SHOWN = 15


@click.command(
    "simulate",
    cls=side_by_side(
        Table("rows", {"{by}": "{by}"}, {"share_in_time": "share in time", "response_mean_min": "mean min"}),
        Table("crews", {"name": "crew"}, {"busy_share": "busy"}),
    ),
)
@click.argument("study")
@click.option("--years", type=click.IntRange(min=2), default=10, show_default=True, help="Years of calls.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of all luck.")
@click.option(
    "--without",
    multiple=True,
    metavar="ID",
    help="A base or facility that closes; may be given again.",
)
@click.option(
    "--add", multiple=True, metavar="PLACE", help="A demand point with one crew more round the clock."
)
@click.option("--duties", type=click.Path(path_type=Path), help="Another table of duties (roster).")
@click.option(
    "--rule",
    type=click.Choice(["least_expected_arrival", "least_travel"]),
    help="Another rule of dispatch; default: the study's own.",
)
@click.option(
    "--standby",
    multiple=True,
    metavar="WATCHED:SENDS:TO",
    help="When nobody waits at the first base, a crew of the second waits at the third.",
)
@click.option(
    "--dmexclp",
    type=Figure(min=0, max=1),
    default=0.0,
    help="Busy share by which crews that are free choose where to wait (DMEXCLP); 0: they go home.",
)
@click.option(
    "--widest", type=Figure(min=0, min_open=True), default=5.0, show_default=True,
    help="A p90 whose interval is wider than so many minutes is left blank.",
)  # fmt: skip
@click.option("--by", default="municipality", show_default=True, help="municipality or a group column.")
@scenario_option()
@year_option
@result_options
def command(
    study: str,
    years: int,
    seed: int,
    without: tuple[str, ...],
    add: tuple[str, ...],
    duties: Path | None,
    rule: Rule | None,
    standby: tuple[str, ...],
    dmexclp: float,
    widest: float,
    by: str,
    scenario: str,
    year: int | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Calls and busy crews of many years: response, workload, gaps, and what a change does to them."""
    from geoaccess.questions.simulation.answer import Changes, simulate_study, simulation_answer
    from geoaccess.terminal.answered import write_output
    from geoaccess.workload.tables import read_duties

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year, scenario).in_state(scenario=scenario)
    changes = Changes(
        close=without,
        add=add,
        rule=rule,
        standby=standby,
        dmexclp=dmexclp,
        duties=None if duties is None else read_duties(loaded, duties),
    )
    with out.step("simulating"):
        found = simulate_study(loaded, years=years, seed=seed, by=by, changes=changes, widest_min=widest)
    show(out, found)
    if output:
        write_output(out, simulation_answer(loaded, found), found.response, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": loaded.scenario,
            "years": years,
            "seed": seed,
            "by": by,
            "changes": [str(one) for one in changes.told()],
            "region": found.region,
            "rows": found.response,
            "crews": found.crews,
            "craft": found.craft,
            "differences": found.differences,
            "notes": found.notes,
        }
    )


def show(out: Output, found: Simulation) -> None:
    """Everybody in a sentence, what the changes do, who waits longest, whose crews are busiest."""
    region = found.region
    out.say(
        Note(
            "simulate.region",
            years=found.years,
            calls=region["calls_a_year"],
            share=region["share_in_time"],
            within=region["share_in_time_within"],
            p50=of_people(region["response_p50_min"], region["calls_a_year"]),
            p90=of_people(region["response_p90_min"], region["calls_a_year"]),
        )
    )
    if len(found.differences):
        show_differences(out, found)
    first = found.response.iloc[1:]
    first = first[first["call_class"] == found.response["call_class"].iloc[0]]
    columns = {
        found.by: found.by.replace("_", " "),
        "calls_a_year": Note("simulate.calls"),
        "response_p50_min": Note("simulate.p50"),
        "response_p90_min": Note("simulate.p90"),
        "response_p90_within_min": Note("simulate.within"),
        "share_in_time": Note("simulate.share"),
        "late_a_year": Note("simulate.late"),
    }
    worst = first.sort_values(["share_in_time", found.by], kind="stable")
    out.table(Note("simulate.worst"), columns, worst, digits=2, most=_SHOWN)
    crews = {
        "name": "name",
        "unit": Note("simulate.unit"),
        "busy_share": Note("simulate.busy"),
        "missions_a_year": Note("simulate.missions"),
        "km_a_year": Note("simulate.km"),
    }
    busiest = found.crews.sort_values(["busy_share", "base_id"], ascending=[False, True], kind="stable")
    out.table(Note("simulate.busiest"), crews, busiest, digits=2, most=_SHOWN)


def show_differences(out: Output, found: Simulation) -> None:
    """What the changes do, the groups whose share changes most first."""
    rows = found.differences
    order = (
        rows["difference"].abs().where(rows["measure"] == "share_in_time", 0).where(rows[found.by] != "", 9)
    )
    columns = {
        found.by: found.by.replace("_", " "),
        "measure": Note("simulate.measure"),
        "before": Note("simulate.before"),
        "after": Note("simulate.after"),
        "difference": Note("simulate.difference"),
        "difference_within": Note("simulate.within"),
    }
    chosen = rows.loc[order.sort_values(ascending=False, kind="stable").index]
    out.table(Note("simulate.differences"), columns, chosen, digits=3, most=_SHOWN)
