"""``geoaccess losses``: what hurts most when it falls out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.beside import Table, scenario_option, side_by_side
from geoaccess.terminal.options import Figure, draws_option, resources_option, week_of_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.note import Note

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.questions.losses.answer import Losses

_SHOWN = 20


@click.command(
    "losses",
    cls=side_by_side(
        Table(
            "rows",
            {"family": "family", "name": "name", "kind": "kind"},
            {
                "persons_no_longer_reached": "persons no longer reached",
                "person_min_lost": "person-hours lost",
            },
        ),
    ),
)
@click.argument("study")
@click.option(
    "--of",
    "families",
    default="ferries,passes,facilities",
    show_default=True,
    help="Families, by commas: ferries, passes, roads, facilities, stations.",
)
@click.option("--to", "kinds", multiple=True, help="Kind of service whose times count; may be given again.")
@click.option("--pair", "pairs", multiple=True, help="Two element ids with + between, taken out together.")
@scenario_option()
@click.option("--threshold", type=Figure(min=0), help="Minutes; default: 60.")
@click.option(
    "--rank",
    type=click.Choice(["reach", "person-minutes", "threshold", "worst", "no-way", "mean", "p90"]),
    help="Default: reach; with --around-the-clock no-way (default), mean or p90.",
)
@click.option(
    "--around-the-clock",
    "around",
    is_flag=True,
    help="What each loss does at every moment of leaving: hours without a way, mean, nine times in ten.",
)
@week_of_option
@draws_option()
@click.option("--patience", help="With --around-the-clock: a way that takes longer is no way.")
@click.option("--weight", help="Weight; default: the study's own (people).")
@year_option
@resources_option
@result_options
def command(
    study: str,
    families: str,
    kinds: tuple[str, ...],
    pairs: tuple[str, ...],
    scenario: str,
    threshold: float | None,
    rank: str | None,
    around: bool,
    week_of: datetime | None,
    draws: int | None,
    patience: str | None,
    weight: str | None,
    year: int | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Take out each ferry, pass, road, station or facility in turn and rank what that does to people."""
    from geoaccess.questions.losses.answer import answer_of, losses
    from geoaccess.questions.losses.terminal_around_the_clock import check_day_options, tell_losses_of_day
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    check_day_options(around, rank, threshold, week_of=week_of, draws=draws, patience=patience)
    loaded = read_for(out, study, year, scenario)
    couples = []
    for pair in pairs:
        first, plus, second = pair.partition("+")
        if not plus:
            raise click.BadParameter(Note("fault.two_ids", pair=pair), param_hint="--pair")
        couples.append((first.strip(), second.strip()))
    if around:
        asked = {"kinds": kinds, "pairs": couples, "scenario": scenario, "weight": weight}
        asked |= {"of": tuple(filter(None, families.split(","))), "rank": rank or "no-way"}
        tell_losses_of_day(
            out,
            loaded,
            output,
            overwrite=overwrite,
            week_of=week_of,
            draws=draws,
            patience=patience,
            asked=asked,
        )
        return
    threshold, rank = 60.0 if threshold is None else threshold, rank or "reach"
    with out.step("taking out one after the other"):
        found = losses(
            loaded,
            of=tuple(filter(None, families.split(","))),
            kinds=kinds,
            pairs=couples,
            scenario=scenario,
            threshold_min=threshold,
            rank=rank,
            weight=weight,
        )
    _show(out, found)
    if output:
        write_output(out, answer_of(loaded, found), found.rows, output, overwrite=overwrite)
    out.notes(found.notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": scenario,
            "threshold_min": threshold,
            "rank": rank,
            "rows": found.rows,
            "cut_off": found.cut_off,
            "longer": found.longer,
            "notes": found.notes,
        }
    )


def _worst(rows: pd.DataFrame) -> dict[str, Any]:
    """Rows with those that are told first, and how many these are."""
    import pandas as pd

    from geoaccess.questions.losses.answer import worst_of_each

    told = worst_of_each(rows, _SHOWN)
    return {"frame": pd.concat([told, rows.drop(told.index)]), "most": len(told)}


def _show(out: Output, found: Losses) -> None:
    """Who is cut off, then whose way is longer; nobody is cut off in silence behind many minutes."""
    names = {"name": "taken out", "kind": "time to"}
    minutes = {"persons_lose": "persons with a longer way", "person_min_lost": "person-hours lost"}
    out.table(
        Note("say.losses.cut_off", scenario=out.scenario(found.scenario)),
        {**names, "persons_no_longer_reached": "persons no longer reached", **minutes},
        **_worst(found.cut_off),
    )
    by = "person-minutes" if found.rank == "reach" else found.rank
    longer = found.longer
    if by != "person-minutes":
        longer = found.rows[found.rows["person_min_lost"] > 0]
    out.table(
        Note(
            "say.losses.longer",
            scenario=out.scenario(found.scenario),
            rank=out.told("person-hours" if by == "person-minutes" else by.replace("-", " ")),
        ),
        {
            **names,
            **minutes,
            "persons_newly_beyond": Note("say.losses.beyond", limit=found.threshold_min),
            "worst_loss_min": "worst loss, min",
            "persons_no_longer_reached": "no longer reached",
        },
        **_worst(longer),
    )
