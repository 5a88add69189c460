"""``geoaccess workload``: how busy crews are, without random numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.beside import Table, scenario_option, side_by_side
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.note import Note

if TYPE_CHECKING:
    from geoaccess.questions.workload.answer import Workload

_SHOWN = 15


@click.command(
    "workload",
    cls=side_by_side(
        Table("rows", {"{by}": "{by}"}, {"share_in_time": "share in time", "response_mean_min": "mean min"}),
        Table("crews", {"name": "crew"}, {"busy_share": "busy"}),
    ),
)
@click.argument("study")
@click.option("--without", multiple=True, metavar="ID", help="A base or facility that closes.")
@click.option("--add", multiple=True, metavar="PLACE", help="A demand point with one crew more.")
@click.option("--by", default="municipality", show_default=True, help="municipality or a group column.")
@scenario_option()
@year_option
@result_options
def command(
    study: str,
    without: tuple[str, ...],
    add: tuple[str, ...],
    by: str,
    scenario: str,
    year: int | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """How busy crews are and who is reached in time: the simulation's surrogate, without random numbers."""
    from geoaccess.questions.workload.answer import workload, workload_answer
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year, scenario).in_state(scenario=scenario)
    found = workload(loaded, by=by, close=without, add=add)
    show(out, found)
    if output:
        write_output(out, workload_answer(loaded, found), found.groups, output, overwrite=overwrite)
    out.notes(found.notes)
    before = found.region_before
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": loaded.scenario,
            "by": by,
            "closed": list(without),
            "added": list(add),
            "share_in_time_before": None if math.isnan(before) else before,
            "rows": found.groups,
            "crews": found.crews,
            "notes": found.notes,
        }
    )


def show(out: Output, found: Workload) -> None:
    """Everybody in a sentence, who is reached least, whose crews are busiest."""
    region = found.groups.iloc[0]
    share, mean = float(region["share_in_time"]), float(region["response_mean_min"])
    out.say(Note("workload.region", share=share, mean=mean, busy=float(found.crews["busy_share"].mean())))
    if not math.isnan(found.region_before):
        out.say(
            Note("workload.before", before=found.region_before, change=100 * (share - found.region_before))
        )
    columns = {
        found.by: found.by.replace("_", " "),
        "calls_a_year": Note("simulate.calls"),
        "share_in_time": Note("simulate.share"),
        "response_mean_min": Note("workload.mean"),
    }
    worst = found.groups.iloc[1:].sort_values(["share_in_time", found.by], kind="stable")
    out.table(Note("simulate.worst"), columns, worst, digits=2, most=_SHOWN)
    crews = {"name": "name", "unit": Note("simulate.unit"), "busy_share": Note("simulate.busy")}
    busiest = found.crews.sort_values(["busy_share", "base_id"], ascending=[False, True], kind="stable")
    out.table(Note("simulate.busiest"), crews, busiest, digits=2, most=_SHOWN)
