"""``geoaccess losses``: what hurts most when it falls out."""

from __future__ import annotations

from pathlib import Path

import click

from geoaccess.questions.access.years import load_in_year, year_option
from geoaccess.terminal.options import Figure, json_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import Table

_SHOWN = 20


@click.command("losses")
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
@click.option("--scenario", default="base", show_default=True, help="Scenario of the study.")
@click.option("--threshold", type=Figure(min=0), default=60.0, show_default=True, help="Minutes.")
@click.option(
    "--rank",
    type=click.Choice(["person-minutes", "threshold", "worst", "unreachable"]),
    default="person-minutes",
    show_default=True,
)
@click.option("--weight", help="Weight; default: the study's own (people).")
@year_option
@click.option("-o", "--output", type=Table(), help="Table to write.")
@json_option
@quiet_option
def command(
    study: str,
    families: str,
    kinds: tuple[str, ...],
    pairs: tuple[str, ...],
    scenario: str,
    threshold: float,
    rank: str,
    weight: str | None,
    year: int | None,
    output: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Take out each ferry, pass, road, station or facility in turn and rank what that does to people."""
    from geoaccess.answers.folder import write_table
    from geoaccess.questions.losses.answer import losses

    out = Output(json=as_json, quiet=quiet)
    with out.step("reading the study"):
        loaded = load_in_year(study, year)
    out.learn(loaded)
    couples = []
    for pair in pairs:
        first, plus, second = pair.partition("+")
        if not plus:
            raise click.BadParameter(f"write two ids with + between, not {pair!r}", param_hint="--pair")
        couples.append((first.strip(), second.strip()))
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
    out.table(
        f"What hurts most, {scenario}, by {rank.replace('-', ' ')}",
        {
            "name": "taken out",
            "kind": "time to",
            "person_min_lost": "person-minutes lost",
            "persons_lose": "persons who lose",
            "persons_newly_beyond": f"newly beyond {threshold:g} min",
            "persons_no_longer_reached": "no longer reached",
            "worst_loss_min": "worst loss, min",
        },
        found.rows[found.rows[["person_min_lost", "persons_no_longer_reached"]].sum(axis=1) > 0],
        most=_SHOWN,
    )
    if output:
        write_table(found.rows, output)
        out.say(f"Written: {output}")
    out.notes(found.notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": scenario,
            "threshold_min": threshold,
            "rows": found.rows,
        }
    )
