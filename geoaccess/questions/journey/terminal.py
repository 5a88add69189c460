"""``geoaccess route``: every leg of a journey."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaccess.terminal.beside import Table, side_by_side
from geoaccess.terminal.options import (
    draws_option,
    json_option,
    no_resources_option,
    quiet_option,
    week_of_option,
)
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import answer_options
from geoaccess.words.clock_times import clock_time
from geoaccess.words.figures import figure
from geoaccess.words.note import Note, study_text
from geoaccess.words.terminal import current_language, told

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.questions.journey.answer import Journey
    from geoaccess.questions.journey.around_the_clock import DayOfJourney
    from geoaccess.study import Study
    from networks import TravelNetwork

#: What is waited for before a leg of a kind.
_WAITED_FOR = ("ferry", "road", "flight")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@click.command(
    "route",
    cls=side_by_side(
        Table("", {}, {"travel_time_min": "min", "length_km": "km", "wait_min": "of it waiting, min"}),
    ),
)
@click.argument("source", metavar="STUDY|NET")
@click.argument("origin", metavar="FROM")
@click.argument("destination", metavar="TO")
@click.option(
    "--scenario",
    multiple=True,
    help="Scenario of the study; of a network file, a TOML file. Given again: side by side.",
)
@click.option(
    "--leave",
    metavar="HH:MM",
    help="Leave then, and take every ferry as it sails when its quay is reached; "
    "without it one time of day holds for the whole journey, as in all tables.",
)
@click.option(
    "--weekday", type=click.Choice(WEEKDAYS), help="Day of leaving, with --leave or --around-the-clock."
)
@click.option(
    "--around-the-clock",
    "around",
    is_flag=True,
    help="For every moment of leaving: when to leave, the last way of the day, and the first one again.",
)
@week_of_option
@draws_option(20)
@answer_options
@no_resources_option
@json_option
@quiet_option
def command(
    source: str,
    origin: str,
    destination: str,
    scenario: str,
    leave: str | None,
    weekday: str | None,
    around: bool,
    week_of: datetime | None,
    draws: int,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print the fastest way between two places, leg by leg.

    FROM and TO are names or ids of places, settlements or facilities, or LAT,LON.
    """
    if weekday and not (leave or around):
        raise click.UsageError(
            "--weekday needs --leave or --around-the-clock: else the scenario says the day"
        )
    if around and leave:
        raise click.UsageError("--around-the-clock is for every moment of leaving: no --leave")
    if week_of and (weekday or not around):
        raise click.UsageError("--week-of needs --around-the-clock, and has all weekdays")
    import pandas as pd

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
    from geoaccess.answers.study_notes import overlay_note

    for overlay in network.overlays:
        out.note(overlay_note(overlay))
    day = None if weekday is None else WEEKDAYS.index(weekday)
    if around:
        first = None if week_of is None else week_of.date()
        options = {"study": study, "week_of": first, "weekday": day, "draws": draws}
        found = _around_the_clock(out, network, origin, destination, **options)
        if output is not None:
            from geoaccess.questions.journey.around_the_clock_folder import route_day_answer

            answer = route_day_answer(_study_of(study), origin, destination, found)
            write_output(out, answer, pd.DataFrame([found.figures]), output, overwrite=overwrite)
        out.notes(found.notes)
        out.result(found.to_dict())
        return
    journey = find_route(
        network,
        origin,
        destination,
        study=study,
        leave_min=None if leave is None else _clock(leave),
        weekday=day,
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
            _with_times_said(journey.frame(), "begins"),
            digits=1,
        )
    sums = {
        "minutes": figure(journey.travel_time_min, 0),
        "km": figure(journey.length_km, 0),
        "waits": _waits(journey),
    }
    out.say(Note("say.route.sum_waits" if sums["waits"] else "say.route.sum", **sums))
    if journey.timed:
        out.say(journey.timed.explanation)
    out.notes(journey.notes)
    if output is not None:
        answer = answer_of(_study_of(study), journey)
        write_output(out, answer, answer.tables["legs"], output, overwrite=overwrite)
    out.result(journey.to_dict())


def _around_the_clock(
    out: Output, network: TravelNetwork, origin: str, destination: str, **options: Any
) -> DayOfJourney:
    """The journey at every moment of leaving, told."""
    import pandas as pd

    from geoaccess.questions.journey.around_the_clock import day_of_journey, told_sentences

    found = day_of_journey(network, origin, destination, **options)
    out.table(
        Note("say.route.day", start=found.from_name, end=found.to_name),
        {
            "best_min": "best",
            "p50_min": "half the time",
            **({} if found.basis == "assumed" else {"p90_min": "9 times in 10", "worst_min": "worst"}),
            "wait_mean_min": "mean wait",
        },
        pd.DataFrame([found.figures]),
    )
    if len(found.ways):
        headings = {"leave_by": "leave by", "arrive": "arrive", "minutes": "min"}
        out.table(Note("say.route.ways"), headings, _with_times_said(found.ways, "leave_by", "arrive"))
    for sentence in told_sentences(found):
        out.say(sentence)
    return found


def _study_of(study: Study | None) -> Study:
    if study is None:
        raise click.UsageError("-o is for journeys of a study: a network file has no study to tell of")
    return study


def _with_times_said(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """A table whose times of day know how a later day is said."""
    here = [name for name in columns if name in frame]
    return frame.assign(**{name: cells(frame, map(clock_time, frame[name])) for name in here})


def _clock(text: str) -> float:
    from geoaccess.study.section_base import clock_minutes

    try:
        return clock_minutes(text)
    except ValueError as error:
        message = told(Note("error.time_of_day", text=text), current_language())
        raise click.BadParameter(message, param_hint="--leave") from error


def _waits(journey: Journey) -> list[Note]:
    """What is waited for, and how long; nothing where nothing is."""
    return [
        Note(f"say.route.wait.{kind}", minutes=figure(minutes, 0))
        if kind in _WAITED_FOR
        else Note("say.route.wait.other", minutes=figure(minutes, 0), kind=kind)
        for kind, minutes in journey.wait_by_kind.items()
    ]
