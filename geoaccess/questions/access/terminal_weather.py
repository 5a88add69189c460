"""Who comes on the terminal: what each resource adds, whom it reaches first, what weather leaves of it."""

from __future__ import annotations

from collections.abc import Sequence

import click
import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.measures import persons_unreachable, persons_within, summarise, weighted_mean
from geoaccess.questions.access.answer import Accessibility
from geoaccess.questions.access.weather import Weather, meets_weather
from geoaccess.study import Study
from geoaccess.study.names import kind_words, way_words
from geoaccess.study.resource_sections import bases_of
from geoaccess.study.services import canonical, service_section
from geoaccess.terminal.output import Output, cells
from geoaccess.words.figures import percent
from geoaccess.words.note import Note, in_languages

_WORST_SHOWN = 10


def asked_of_weather() -> list[str]:
    """The options on weather that the command line that runs now gives."""
    context = click.get_current_context()
    names = {"season": "--season", "percentile": "--percentile", "within_min": "--within"}
    line = click.core.ParameterSource.COMMANDLINE
    return [option for name, option in names.items() if context.get_parameter_source(name) == line]


def weather_notes(study: Study, kinds: Sequence[str], options: Sequence[str], *, around: bool) -> list[Note]:
    """What the options on weather do not count for.

    Args:
        study: the study.
        kinds: what was asked for; empty = what the study reports on.
        options: the options that were given.
        around: around the clock.

    Raises:
        UsageError: they count for nothing that was asked.
    """
    if not options:
        return []
    named = [one if one in study.config.kinds else canonical(one) for one in kinds or study.report_kinds()]
    without = [one for one in named if around or not meets_weather(study, one)]
    words = [kind_words(study, one) for one in without]
    if len(without) == len(named):
        code = "access.no_weather_around" if around else "access.no_weather"
        raise click.UsageError(Note(code, options=options, kinds=words))
    return [Note("access.no_weather_of", options=options, kinds=words)] if without else []


def show_kept(out: Output, study: Study, table: Accessibility, weather: Weather) -> None:
    """What can be counted on of those who come, before the tables of fine weather."""
    rows = []
    for region in table.region.to_dict(orient="records"):
        kind, scenario = str(region["kind"]), str(region["scenario"])
        if not meets_weather(study, kind):
            continue
        points = table.nearest[(table.nearest["kind"] == kind) & (table.nearest["scenario"] == scenario)]
        kept = summarise(points["kept_min"].to_numpy(dtype=np.float64), points[table.weight].to_numpy())
        rows.append(
            {
                "service": kind,
                "state": scenario,
                "limit": weather.limit(study, kind),
                "within": float(region["share_kept"]),
                **{name: kept[name] for name in ("median_min", "p90_min", "mean_min", "persons_unreachable")},
                "fine_min": region["mean_min"],
            }
        )
    if rows:
        frame, season = pd.DataFrame(rows), Note(f"season.{weather.season or 'year'}")
        out.table(
            Note("access.kept", season=season, times=100.0 * weather.share),
            {
                "service": "service",
                "state": "scenario",
                "limit": Note("column.limit_min"),
                "within": Note("column.kept_within"),
                "median_min": "median min",
                "p90_min": "90th percentile min",
                "mean_min": "mean min",
                "persons_unreachable": Note("column.not_so_often"),
                "fine_min": Note("column.fine"),
            },
            frame.assign(
                within=cells(frame, (percent(one, 1) for one in frame["within"])),
            ),
            digits=1,
        )


def show_who_comes(out: Output, study: Study, table: Accessibility, name: str, weather: Weather) -> None:
    """Whom each kind of base reaches first, the places that wait longest, and what remains in bad weather."""
    service = in_languages(study.kind(name), "label")
    for scenario in table.scenarios:
        rows = table.nearest[(table.nearest["kind"] == name) & (table.nearest["scenario"] == scenario)]
        persons = rows[table.weight].groupby(rows["comes"]).sum().sort_values(ascending=False)
        total = max(float(persons.sum()), 1.0)
        out.table(
            Note("access.first", service=service, scenario=out.scenario(scenario)),
            {"comes": Note("column.comes"), "persons": "persons", "share": "share"},
            pd.DataFrame(
                {
                    "comes": pd.Series([_kind(study, str(kind)) for kind in persons.index], dtype=object),
                    "persons": persons.to_numpy(),
                    "share": pd.Series([percent(float(one) / total) for one in persons], dtype=object),
                }
            ),
        )
        _show_worst(out, study, rows, weather.limit(study, name))
    _say_counted_on(out, study, table, name, weather, "access.counted_on")


def _say_counted_on(
    out: Output, study: Study, table: Accessibility, name: str, weather: Weather, code: str
) -> None:
    """What can be counted on in every state, as weather lets those who come or carry."""
    service = in_languages(study.kind(name), "label")
    for row in table.region[table.region["kind"] == name].to_dict(orient="records"):
        scenario = out.scenario(str(row["scenario"]))
        if np.isnan(row["mean_min"]):
            out.say(Note("access.reaches_nobody", service=service, scenario=scenario))
            continue
        out.say(
            Note(
                code,
                service=service,
                scenario=scenario,
                season=Note(f"season.{weather.season or 'year'}"),
                quickest=float(row["mean_min"]),
                expected=float(row["expected_min"]),
                times=100.0 * weather.share,
                kept=float(row["share_kept"]),
                limit=weather.limit(study, name),
                late=float(row["share_late"]),
            )
        )


def _kind(study: Study, kind: str) -> str:
    return Note("text", text=in_languages(study.kind(kind), "label")) if kind else Note("access.nobody")


def _show_worst(out: Output, study: Study, rows: pd.DataFrame, limit: float) -> None:
    worst = rows.sort_values(["travel_time_min", "name"], ascending=[False, True], na_position="first")
    worst = worst.head(_WORST_SHOWN)
    out.table(
        Note("access.wait_longest"),
        {
            "name": Note("column.settlement"),
            "travel_time_min": Note("column.quickest"),
            "who": Note("column.comes"),
            "facility": Note("column.from_base"),
            "expected_min": Note("column.expected"),
            "kept_min": Note("column.kept"),
            "late": Note("column.late", limit=limit),
            "remains_min": Note("column.remains"),
        },
        worst.assign(
            who=cells(worst, (_kind(study, str(kind)) for kind in worst["comes"])),
            facility=worst["facility_name"],
            late=cells(worst, (percent(float(one)) for one in worst["share_late"])),
        ),
        digits=1,
    )


def show_carried(out: Output, study: Study, table: Accessibility, name: str, weather: Weather) -> None:
    """By which chain of craft people are carried, what hangs on flying, and what weather leaves of it."""
    service = in_languages(study.kind(name), "label")
    for scenario in table.scenarios:
        rows = table.nearest[(table.nearest["kind"] == name) & (table.nearest["scenario"] == scenario)]
        persons = rows[table.weight].to_numpy(dtype=np.float64)
        total = max(float(persons.sum()), 1.0)
        by_way = rows[table.weight].groupby(rows["way"]).sum().sort_values(ascending=False)
        out.table(
            Note("access.carried", service=service, scenario=out.scenario(scenario)),
            {"way": Note("column.way"), "persons": "persons", "share": "share"},
            pd.DataFrame(
                {
                    "way": [way_words(study, str(way)) for way in by_way.index],
                    "persons": by_way.to_numpy(),
                    "share": pd.Series([percent(float(one) / total) for one in by_way], dtype=object),
                }
            ),
        )
        _say_flying(out, rows, persons, weather.limit(study, name))
    _say_counted_on(out, study, table, name, weather, "access.brought_on")


def _say_flying(out: Output, rows: pd.DataFrame, persons: FloatArray, limit: float) -> None:
    """How much of the transport of a state hangs on flying."""
    total = max(float(persons.sum()), 1.0)
    flies = float(persons[(rows["flies"] == "yes").to_numpy()].sum()) / total
    lost = persons_unreachable(rows["grounded_min"], persons)
    if lost >= total:
        out.say(Note("access.only_flying", share=flies))
        return
    out.say(
        Note(
            "access.flying",
            share=flies,
            mean=weighted_mean(rows["travel_time_min"], persons),
            grounded=weighted_mean(rows["grounded_min"], persons),
            lost=lost,
        )
    )
    within = persons_within(rows["travel_time_min"], persons, limit) / total
    ground = persons_within(rows["grounded_min"], persons, limit) / total
    out.say(Note("access.hangs", limit=limit, within=within, ground=ground, hangs=within - ground))


def show_by_craft(out: Output, study: Study, craft: pd.DataFrame, weather: Weather) -> None:
    """What each resource adds to those above it, everybody ready to go, and as weather lets them."""
    for (name, scenario), rows in craft.groupby(["kind", "scenario"], sort=False):
        limit = weather.limit(study, str(name))
        service = in_languages(study.kind(str(name)), "label")
        frame = rows.assign(
            told=cells(rows, (_counted(study, str(text)) for text in rows["counted"])),
            **{
                f"told_{column}": cells(rows, (percent(float(one), 1) for one in rows[column]))
                for column in rows.columns
                if str(column).startswith("share_")
            },
        )
        section = service_section(study.config, "response")
        in_class = Note("column.in_class", urban=section.urban_min or 0, rural=section.rural_min or 0)
        out.table(
            Note("access.by_craft", service=service, scenario=out.scenario(str(scenario))),
            {
                "told": Note("column.counted"),
                "bases": Note("column.bases"),
                "persons_first": Note("column.first_to"),
                "mean_min": "mean min",
                "p90_min": "90th percentile min",
                "worst_min": Note("column.worst"),
                **({"told_share_in_class": in_class} if section.urban_min is not None else {}),
                "told_share_in_limit": Note("column.in_limit", limit=limit),
                "persons_unreachable": "unreachable",
            },
            frame,
            digits=1,
        )
        columns = {"told": Note("column.counted")}
        for season in ("summer", "winter"):
            told = Note(f"season.{season}")
            if section.urban_min is not None:
                columns[f"told_share_in_class_{season}"] = Note(
                    "column.in_season", what=in_class, season=told
                )
            columns |= {
                f"told_share_in_limit_{season}": Note(
                    "column.in_season", what=Note("column.in_limit", limit=limit), season=told
                ),
                f"told_share_kept_{season}": Note(
                    "column.in_season", what=Note("column.so_often", times=100.0 * weather.share), season=told
                ),
            }
        out.table(Note("access.as_weather_lets", limit=limit), columns, frame)


def _counted(study: Study, counted: str) -> str:
    """A row of :func:`geoaccess.questions.access.weather.by_craft` in words."""
    if counted == "doctor":
        return Note("text", text=in_languages(study.kind("doctor"), "label"))
    name = counted.removeprefix("+ ")
    kind = bases_of(name, study.config.resources[name])[0]
    code = "access.and" if counted.startswith("+ ") else "text"
    return Note(code, text=in_languages(study.kind(kind), "label"))
