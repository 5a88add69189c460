"""``geoaccess route``: every leg of a journey."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.options import json_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import answer_options
from geoaccess.words.figures import figure
from geoaccess.words.note import Note, study_text

if TYPE_CHECKING:
    from geoaccess.questions.journey.answer import Journey

#: What is waited for before a leg of a kind.
_WAITED_FOR = ("ferry", "road", "flight")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@click.command("route")
@click.argument("source", metavar="STUDY|NET")
@click.argument("origin", metavar="FROM")
@click.argument("destination", metavar="TO")
@click.option("--scenario", default="", help="Scenario of the study; of a network file, a TOML file.")
@click.option(
    "--leave",
    metavar="HH:MM",
    help="Leave then, and take every ferry as it sails when its quay is reached; "
    "without it one time of day holds for the whole journey, as in all tables.",
)
@click.option("--weekday", type=click.Choice(WEEKDAYS), help="Day of leaving, with --leave.")
@answer_options
@json_option
@quiet_option
def command(
    source: str,
    origin: str,
    destination: str,
    scenario: str,
    leave: str | None,
    weekday: str | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print the fastest way between two places, leg by leg.

    FROM and TO are names or ids of places, settlements or facilities, or LAT,LON.
    """
    if weekday and not leave:
        raise click.UsageError("--weekday needs --leave: without it the scenario says the day")
    from geoaccess.questions.journey.answer import answer_of, find_route, open_network
    from geoaccess.questions.matrix.answer import under_scenario
    from geoaccess.study.state import BASE
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    network, study = open_network(source)
    if study is not None:
        study = study.in_state(scenario=scenario or BASE)
        network = study.network
    elif scenario:
        network = under_scenario(network, Path(scenario))
    for overlay in network.overlays:
        out.note(Note("say.network_state", overlay=overlay))
    journey = find_route(
        network,
        origin,
        destination,
        study=study,
        leave_min=None if leave is None else _clock(leave),
        weekday=None if weekday is None else WEEKDAYS.index(weekday),
    )
    if study is not None and study.config.study.notice:
        out.notes([study_text(study.config.study, "notice")])
    if journey.legs:
        out.table(
            Note("say.route.ends", start=journey.from_name, end=journey.to_name),
            {
                **({"begins": "begins"} if journey.timed else {}),
                "from": "from",
                "to": "to",
                "kind": "by",
                "ref": "road",
                "length_km": "km",
                "travel_time_min": "min",
                "wait_min": "of it waiting, min",
            },
            journey.frame(),
            digits=1,
        )
    told = {
        "minutes": figure(journey.travel_time_min, 0),
        "km": figure(journey.length_km, 0),
        "waits": _waits(journey),
    }
    out.say(Note("say.route.sum_waits" if told["waits"] else "say.route.sum", **told))
    if journey.timed:
        out.say(journey.timed.explanation)
    if output is not None:
        if study is None:
            raise click.UsageError("-o is for journeys of a study: a network file has no study to tell of")
        answer = answer_of(study, journey)
        write_output(out, answer, answer.tables["legs"], output, overwrite=overwrite)
    out.result(journey.to_dict())


def _clock(text: str) -> float:
    from geoaccess.study.schema import clock_minutes

    try:
        return clock_minutes(text) % 1440.0
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--leave") from error


def _waits(journey: Journey) -> list[Note]:
    """What is waited for, and how long; nothing where nothing is."""
    return [
        Note(f"say.route.wait.{kind}", minutes=figure(minutes, 0))
        if kind in _WAITED_FOR
        else Note("say.route.wait.other", minutes=figure(minutes, 0), kind=kind)
        for kind, minutes in journey.wait_by_kind.items()
    ]
