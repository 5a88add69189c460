"""``geoaccess clocks``: time to care as a sum of parts, the part that binds, and every assumption."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.beside import Table as BesideTable
from geoaccess.terminal.beside import scenario_option, side_by_side
from geoaccess.terminal.options import (
    draws_option,
    json_option,
    quiet_option,
    resources_option,
    week_of_option,
)
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import Table, answer_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.figures import percent
from geoaccess.words.note import Note, in_languages

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.questions.clocks import ClockTimes
    from geoaccess.study import Study

_SHOWN = 10
_ALL = "(all)"


@click.command(
    "clocks",
    cls=side_by_side(
        BesideTable(
            "region",
            {"clock": "clock"},
            {
                "mean_min": "mean min",
                "p90_min": "90th percentile min",
                "persons_unreachable": "unreachable",
            },
        ),
        BesideTable("rows", {"clock": "clock", "{by}": "{by}"}, {"mean_min": "mean min"}),
    ),
)
@click.argument("study")
@scenario_option()
@click.option("--hour", type=click.IntRange(0, 23), help="Hour of the day; default: that of the scenario.")
@click.option("--clock", "names", multiple=True, help="Clock of the study; default: all. May be given again.")
@click.option("--by", default="municipality", show_default=True, help="Group: municipality, county, ...")
@click.option("--weight", help="Weight of the figures; default: the study's own (people).")
@click.option("--all-rows", is_flag=True, help="Show every group, not only those worst off.")
@year_option
@resources_option
@click.option(
    "--around-the-clock",
    "around",
    is_flag=True,
    help="For every moment of leaving, with the ferries as they sail then: best, median, nine times in ten.",
)
@week_of_option
@draws_option()
@click.option("--patience", help="With --around-the-clock: a way that takes longer is no way.")
@answer_options
@click.option("--points", type=Table(), help="Table of every demand point to write.")
@json_option
@quiet_option
def command(
    study: str,
    scenario: str,
    hour: int | None,
    names: tuple[str, ...],
    by: str,
    weight: str | None,
    all_rows: bool,
    year: int | None,
    around: bool,
    week_of: datetime | None,
    draws: int | None,
    patience: str | None,
    output: Path | None,
    overwrite: bool,
    points: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the clocks of the study: from the alarm to care, part by part, and what binds where."""
    import pandas as pd

    from geoaccess.answers.study_notes import study_notes
    from geoaccess.ground.errors import DataError
    from geoaccess.ground.writing import write_table
    from geoaccess.minutes import group_labels
    from geoaccess.questions.clocks import assumptions
    from geoaccess.questions.clocks.answer import clocks_answer, per_group, run_clocks
    from geoaccess.questions.clocks.evaluation import with_routes
    from geoaccess.questions.clocks.terminal_around_the_clock import check_day_options, tell_clocks_of_day
    from geoaccess.study.section_base import clock_minutes
    from geoaccess.study.services import service_names
    from geoaccess.terminal.answered import write_output

    check_day_options(around, hour, week_of=week_of, draws=draws, patience=patience)
    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year, scenario)
    clocks = loaded.config.clocks
    if not clocks:
        raise DataError("the study has no clock: describe one under [clocks.NAME]")
    if around:
        tell_clocks_of_day(
            out,
            loaded,
            points=points,
            output=output,
            overwrite=overwrite,
            all_rows=all_rows,
            week_of=week_of,
            draws=draws,
            patience=patience,
            asked={"only": names or None, "scenario": scenario, "by": by, "weight": weight},
        )
        return
    if hour is None:
        at = loaded.in_state(scenario=scenario).scenario_in_full.time
        hour = None if at is None else int(clock_minutes(at) // 60)
    labels, persons = group_labels(loaded, by), loaded.weight(weight)
    answer = None
    with out.step("running the clocks"):
        runs = run_clocks(loaded, clocks, scenario=scenario, hour=hour, only=names or None)
        if output:
            answer = clocks_answer(
                loaded, only=names or None, scenario=scenario, hour=hour, by=by, weight=weight, runs=runs
            )
    if answer is not None:
        rows, region = answer.tables["clocks"], answer.tables["clock_region"]
    else:
        rows = per_group(runs, persons, labels).rename(columns={"group": by})
        region = per_group(runs, persons, [_ALL] * len(persons)).drop(columns="group")
    services = {one: loaded.kind(one) for one in service_names(loaded.config) if "KIND" not in one}
    kinds = {**services, **loaded.config.kinds}
    figures = assumptions(with_routes(clocks, list(runs)), kinds, loaded.facility_names)
    _show(out, loaded, runs, region, rows, by=by, scenario=scenario, most=0 if all_rows else _SHOWN)
    frame = pd.DataFrame(figures)
    out.table(
        "What the clocks assume",
        {"clock": "clock", "part": "part", "value": "value", "told": "source and year"},
        frame.assign(
            told=[_source(figure) for figure in figures],
            value=cells(frame, [out.told(figure["value"]) for figure in figures]),
        ),
    )
    if output and answer is not None:
        write_output(out, answer, rows, output, overwrite=overwrite)
    if points:
        write_table(_per_point(loaded, runs, scenario), points)
        out.note(Note("say.written", path=str(points)))
    notes = study_notes(loaded.in_state(scenario=scenario))
    out.notes(notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "scenario": scenario,
            "hour": hour,
            "by": by,
            "weight": weight or loaded.config.demand.default_weight,
            "region": region,
            "rows": rows,
            "assumptions": figures,
            "notes": notes,
        }
    )


def _per_point(study: Study, runs: Mapping[str, ClockTimes], scenario: str) -> pd.DataFrame:
    import pandas as pd

    kept = ["demand_id", "name", "municipality_code", "lon", "lat", *study.weights]
    places = study.demand[kept].reset_index(drop=True)
    frames = [
        pd.concat([places, times.table.drop(columns="demand_id").reset_index(drop=True)], axis=1).assign(
            clock=name, scenario=scenario
        )
        for name, times in runs.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _show(
    out: Output,
    study: Study,
    runs: Mapping[str, ClockTimes],
    region: pd.DataFrame,
    rows: pd.DataFrame,
    *,
    by: str,
    scenario: str,
    most: int,
) -> None:
    figures = {
        "median_min": "median min",
        "p90_min": "90th percentile min",
        "mean_min": "mean min",
        "persons": "persons",
        "persons_unreachable": "unreachable",
        "binding": "longest part",
    }
    state = out.scenario(scenario)
    if "way" in rows:
        region, rows = (_with_ways(study, frame) for frame in (region, rows))
    _table(out, Note("say.clocks.region", scenario=state), {"clock": "clock", **figures}, region)
    for name, times in runs.items():
        here = rows[rows["clock"] == name]
        order = ["share_in_time", "mean_min"] if times.clock.threshold else ["median_min", "mean_min"]
        worst = here.sort_values(order, ascending=[bool(times.clock.threshold), False], na_position="first")
        code = "say.clocks.worst" if most else "say.clocks.groups"
        title = Note(code, title=in_languages(times.clock, "title"), scenario=state)
        _table(out, title, {by: by.replace("_", " "), **figures}, worst, most=most)


def _with_ways(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its ways in words; clocks that carry nobody have none."""
    from geoaccess.study.names import way_words

    # A clock that brings help and carries nobody has no way.
    ways = frame["way"].tolist()
    words = {way: way_words(study, way) for way in dict.fromkeys(ways) if isinstance(way, str) and way}
    return frame.assign(way=cells(frame, [words.get(way, "") for way in ways]))


def _table(
    out: Output, title: str, columns: Mapping[str, str], frame: pd.DataFrame, *, most: int = 0
) -> None:
    """A table of clocks; the columns of thresholds only where a clock has one."""
    shown, named = frame.copy(), dict(columns)
    if "share_in_time" in frame and frame["share_in_time"].notna().any():
        shown["in_time"] = cells(shown, map(percent, frame["share_in_time"]))
        named["in_time"] = "in time"
    if "meets_target" in frame and frame["meets_target"].notna().any():
        words = {True: "yes", False: "no"}
        shown["meets"] = [words.get(met, "-") for met in frame["meets_target"].tolist()]
        named["meets"] = "target met"
    if "way" in frame and any(frame["way"]):
        named["way"] = Note("column.way")
    out.table(title, named, shown, most=most)


def _source(figure: Mapping[str, object]) -> str:
    return f"{figure['source']}" + (f" ({figure['year']})" if figure["year"] else "")
