"""What a report tells of every moment of leaving: people and places by the hour, and how sure it is."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.reading import FloatArray, Material, column
from geoaccess.drawing.blocks import (
    Block,
    Callout,
    Column,
    Figure,
    Listing,
    Paragraph,
    Quantity,
    Section,
    Table,
)
from geoaccess.questions.access.around_the_clock_folder import BASES, HOURS, POINTS, REGION, rows_of
from geoaccess.words.clock_times import clock_time
from geoaccess.words.note import note_in
from geoaccess.words.words import heading

#: Places told of, those where the day takes longer than the table by most.
_PLACES = 12
#: Places drawn by the hour.
_DRAWN = 4
#: The hour of the night that a sentence tells of.
_NIGHT_HOUR = 2


def has_clock(m: Material) -> bool:
    """Whether the run tells of every moment of leaving."""
    return POINTS in m.run.tables


def clock_sections(m: Material) -> list[Section]:
    """One section for each service and state; none for a run without them."""
    if not has_clock(m):
        return []
    table = m.table(POINTS)
    pairs = table[["kind", "scenario"]].drop_duplicates().astype(str).itertuples(index=False)
    return [_section(m, kind, scenario, number) for number, (kind, scenario) in enumerate(pairs)]


def _section(m: Material, kind: str, scenario: str, number: int) -> Section:
    words = m.words
    state = "" if len(m.scenarios) < 2 else f", {m.scenario(scenario)}"
    places = waiting_places(m, kind, scenario)
    blocks: list[Block] = [
        Callout(words("clock.sure"), (basis_sentence(m, kind, scenario),)),
        _panels(m, kind, scenario, places),
        _region_table(m, kind, scenario),
    ]
    told = places.head(_PLACES)
    if len(told):
        hours = _hour_rows(m, kind, scenario)
        lines = tuple(place_sentence(m, row, hours) for row in told.to_dict(orient="records"))
        blocks += [Paragraph(words("clock.places")), Listing(lines)]
    return Section(f"clock-{number}", words("clock.title", kind=m.kind(kind)) + state, tuple(blocks))


def basis_sentence(m: Material, kind: str, scenario: str) -> str:
    """How many people's answer rests on what."""
    rows = rows_of(m.table(BASES), kind, scenario).set_index("basis")["persons"]
    figures = {str(name).replace(" ", "_"): m.words.number(value) for name, value in rows.items()}
    return m.words("clock.basis", kind=heading(m.kind(kind)), **figures)


def waiting_places(m: Material, kind: str, scenario: str) -> pd.DataFrame:
    """Places whose way takes a ferry, those first where the day takes longest against the table."""
    rows = rows_of(m.table(POINTS), kind, scenario)
    rows = rows[~rows["basis"].isin(["road", "no way"])]
    longer = rows["p90_min"] - rows["travel_time_min"]
    order = longer.fillna(np.inf).sort_values(ascending=False, kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def place_sentence(m: Material, row: Mapping[Hashable, Any], hours: pd.DataFrame) -> str:
    """What people of one place can count on, and how sure that is."""
    words = m.words
    here = hours[hours["demand_id"] == row["demand_id"]].set_index("hour")
    night = here.loc[_NIGHT_HOUR] if _NIGHT_HOUR in here.index else None
    assumed = row["basis"] == "assumed"
    best, low, high = (_time(m, row[name]) for name in ("best_min", "p50_low_min", "p50_high_min"))
    known = {"name": str(row["name"]), "best": best, "low": low, "high": high}
    parts = [
        words("clock.place.assumed", **known)
        if assumed
        else words("clock.place", **known, p50=_time(m, row["p50_min"]), p90=_time(m, row["p90_min"]))
    ]
    if night is not None and not assumed:
        parts.append(
            words("clock.place.night", p50=_time(m, night["p50_min"]), p90=_time(m, night["p90_min"]))
        )
    if row["leave_by"]:
        again = note_in(clock_time(row["first_again"]), words.language)
        parts.append(words("clock.place.leave_by", leave=row["leave_by"], again=again))
    if row["basis"] in ("timetable", "frequency"):
        parts.append(words(f"clock.place.{row['basis']}"))
    if row["night_unknown"]:
        sails = _time(m, row["p90_if_unknown_nights_sail_min"])
        parts.append(
            words("clock.place.night_assumed" if assumed else "clock.place.night_unknown", p90=sails)
        )
    return " ".join(parts)


def _time(m: Material, minutes: float) -> str:
    return m.words.duration(minutes) if np.isfinite(minutes) else m.words("clock.no_way")


def place_sentences(m: Material, codes: Collection[str], most: int) -> list[str]:
    """One sentence for each place of some municipalities that waits for ferries, the largest first."""
    found: list[str] = []
    if not has_clock(m):
        return found
    for kind in m.kinds:
        rows = waiting_places(m, kind, m.scenarios[0])
        rows = rows[rows["municipality_code"].astype(str).isin(list(codes))]
        rows = rows.sort_values(m.weight, ascending=False, kind="stable").head(most)
        hours = _hour_rows(m, kind, m.scenarios[0])
        label = heading(m.kind(kind))
        found += [f"{label}: {place_sentence(m, row, hours)}" for row in rows.to_dict(orient="records")]
    return found


def _hour_rows(m: Material, kind: str, scenario: str) -> pd.DataFrame:
    return rows_of(m.table(HOURS), kind, scenario)


def _region_table(m: Material, kind: str, scenario: str) -> Table:
    words = m.words
    rows = rows_of(m.table(REGION), kind, scenario)
    limits = [words("reach.limit", limit=words.number(limit)) for limit in rows["threshold_min"]]
    rows = rows.assign(limit=limits, hour=_hours(m, rows["worst_hour"]))
    names = ("one_clock", "over_the_day", "at_p90", "at_worst_hour")
    return Table(
        f"clock-{kind}-{scenario}",
        words("clock.table", people=m.people),
        (
            Column("limit", words("column.limit")),
            *(Column(f"persons_within_{name}", words(f"clock.{name}"), Quantity.PERSONS) for name in names),
            Column("hour", words("clock.worst_hour")),
        ),
        rows,
        words("clock.table.note"),
    )


def _hours(m: Material, hours: pd.Series) -> list[str]:
    """Hours of the day; where all are equal none is the worst."""
    known = hours.fillna(0).astype(int)
    return [
        m.words("clock.hours_equal") if equal else f"{hour:02}:00"
        for hour, equal in zip(known, hours.isna(), strict=True)
    ]


def _panels(m: Material, kind: str, scenario: str, places: pd.DataFrame) -> Figure:
    """People within the threshold by the hour, places by the hour, the table against nine in ten."""
    from geoaccess.questions.access.report_around_the_clock_plot import panels  # noqa: PLC0415 - needs matplotlib

    points = rows_of(m.table(POINTS), kind, scenario)
    hours = _hour_rows(m, kind, scenario)
    persons = points.set_index("demand_id")[m.weight]
    within = hours.assign(persons=hours["within_share"] * persons.loc[hours["demand_id"]].to_numpy())
    by_hour = within.groupby("hour")["persons"].sum().to_numpy()
    limit = m.thresholds(kind)[-1]
    table = float(persons[(points["travel_time_min"] <= limit).to_numpy()].sum())
    drawn = [_place_by_hour(row, hours) for row in places.head(_DRAWN).to_dict(orient="records")]
    curves = [
        (m.words(f"clock.curve.{name}"), column(points, key), persons.to_numpy(dtype=np.float64))
        for name, key in (("table", "travel_time_min"), ("half", "p50_min"), ("nine", "p90_min"))
    ]
    least = int(by_hour.argmin())
    return Figure(
        caption=m.words("clock.figure", kind=m.kind(kind), limit=m.words.number(limit)),
        alt=m.words(
            "clock.figure.alt",
            table=m.words.number(table),
            least=m.words.number(by_hour[least]),
            hour=m.words("clock.hours_equal") if np.allclose(by_hour, by_hour[0]) else f"{least:02}:00",
        ),
        draw=partial(panels, m.words, by_hour, table, limit, drawn, curves),
    )


def _place_by_hour(row: Mapping[Hashable, Any], hours: pd.DataFrame) -> tuple[str, FloatArray, FloatArray]:
    """Name, and (24,) median and nine-in-ten minutes by the hour of leaving."""
    here = hours[hours["demand_id"] == row["demand_id"]].sort_values("hour")
    return str(row["name"]), column(here, "p50_min"), column(here, "p90_min")


def full_clock_tables(m: Material) -> list[Table]:
    """Every place around the clock, for spreadsheets."""
    if not has_clock(m):
        return []
    words, table = m.words, m.table(POINTS)
    table = table.assign(service=[heading(m.kind(str(kind))) for kind in table["kind"]])
    table = table.assign(
        municipality=[m.municipality(code) for code in table["municipality_code"]],
        state=[m.scenario(str(name)) for name in table["scenario"]],
        first_again=[note_in(clock_time(text), words.language) for text in table["first_again"]],
        rests_on=[words(f"clock.word.{str(name).replace(' ', '_')}") for name in table["basis"]],
    )
    minutes = {
        "travel_time_min": "clock.one_time",
        "best_min": "clock.best",
        "p50_min": "clock.half",
        "p90_min": "clock.nine",
        "worst_min": "clock.worst",
        "night_p50_min": "clock.night",
        "p90_if_unknown_nights_sail_min": "clock.nine_if_sails",
    }
    return [
        Table(
            "around-the-clock",
            words("clock.full"),
            (
                Column("name", words("column.place")),
                Column("municipality", m.group("municipality")),
                Column("service", words("column.service")),
                Column("state", words("column.scenario")),
                Column(m.weight, m.people, Quantity.PERSONS),
                *(Column(key, words(text), Quantity.MINUTES, 1) for key, text in minutes.items()),
                Column("leave_by", words("clock.leave_by")),
                Column("first_again", words("clock.first_again")),
                Column("rests_on", words("clock.rests_on")),
            ),
            table,
        )
    ]
