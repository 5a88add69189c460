"""Access on the terminal: groups, equity, reach, which facility serves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from geoaccess.questions.access.answer import Accessibility
from geoaccess.study import Study
from geoaccess.study.schema import Kind
from geoaccess.terminal.output import Output, number
from geoaccess.words.figures import percent
from geoaccess.words.note import Note

_WORST_SHOWN = 10


def show_access(out: Output, study: Study, table: Accessibility, *, worst_only: bool = False) -> None:
    """The region's figures per kind, then every group, or the groups worst off."""
    region = table.region.assign(service=[study.kind(kind).label for kind in table.region["kind"]])
    out.table(
        f"{study.config.study.title}: minutes to the nearest, {table.weight}",
        {
            "service": "service",
            "scenario": "scenario",
            "median_min": "median min",
            "p90_min": "90th percentile min",
            "mean_min": "mean min",
            "persons": "persons",
            "persons_unreachable": "unreachable",
        },
        region,
    )
    for (kind, scenario), rows in table.rows.groupby(["kind", "scenario"], sort=False):
        ordered = _worst_first(rows)
        marked = "known" in ordered and bool((ordered["known"] != "").any())
        out.table(
            f"Nearest {study.kind(str(kind)).label}, {scenario}" + (", worst off" if worst_only else ""),
            {
                table.by: table.by.replace("_", " "),
                "median_min": "median min",
                "p90_min": "90th percentile min",
                "mean_min": "mean min",
                "persons": "persons",
                "persons_unreachable": "unreachable",
                **({"known": "in the tables"} if marked else {}),
            },
            ordered,
            most=_WORST_SHOWN if worst_only else 0,
        )


def show_equity(out: Output, study: Study, rows: Sequence[Mapping[str, object]]) -> None:
    """Who is within each threshold, per kind, and how unequally the minutes are spread."""
    every = pd.DataFrame(rows)
    for kind, frame in every.groupby("kind", sort=False):
        _show_reach(out, study.kind(str(kind)), frame)
    told = {
        f"told_{name}": [_index(value, digits) for value in every[name]]
        for name, digits in (("gini", 3), ("theil_between", 3), ("theil_within", 3), ("palma", 2))
    }
    aversions = {}
    if "atkinson" in every:
        told["told_atkinson"] = [_index(value, 3) for value in every["atkinson"]]
        told["told_kolm_pollak"] = [_index(value, 1) for value in every["kolm_pollak_min"]]
        told["told_price"] = [_index(value, 1) for value in every["inequality_price_min"]]
        aversions = {
            "told_atkinson": "Atkinson",
            "told_kolm_pollak": Note("equity.column.kolm_pollak"),
            "told_price": Note("equity.column.price"),
        }
    out.table(
        "How unequal it is among those who are reached (Theil between and within municipalities)",
        {
            "service": "nearest",
            "scenario": "scenario",
            "weight": "weight",
            "told_gini": "Gini",
            "told_theil_between": "Theil between",
            "told_theil_within": "Theil within",
            "told_palma": "Palma",
            "told_worst": "worst tenth bears",
            **aversions,
        },
        every.assign(
            **told, service=every["kind"], told_worst=[percent(one) for one in every["worst_tenth_share"]]
        ),
    )


def _show_reach(out: Output, kind: Kind, frame: pd.DataFrame) -> None:
    names = [f"{threshold:g}" for threshold in kind.thresholds_min]
    told = {
        f"told_{name}": [
            f"{number(persons, 0)} ({percent(share)})"
            for persons, share in zip(
                frame[f"persons_within_{name}_min"], frame[f"share_within_{name}_min"], strict=True
            )
        ]
        for name in names
    }
    out.table(
        f"Who reaches the nearest {kind.label}",
        {
            "scenario": "scenario",
            "weight": "weight",
            "persons": "persons",
            **{f"told_{name}": f"within {name} min" for name in names},
            "persons_unreachable": "unreachable",
        },
        frame.assign(**told),
    )


def _index(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def show_served(out: Output, study: Study, by: str, rows: pd.DataFrame) -> None:
    """Which facility is nearest for how many persons of each group; one table per kind and scenario."""
    for (kind, scenario), frame in rows.groupby(["kind", "scenario"], sort=False):
        named = frame["facility_name"].where(frame["facility_id"] != "", "(none is reached)")
        out.table(
            f"Nearest {study.kind(str(kind)).label} by {by.replace('_', ' ')}, {scenario}",
            {
                by: by.replace("_", " "),
                "facility": "nearest",
                "persons": "persons",
                "told_share": "share",
                "mean_min": "mean min",
            },
            frame.assign(facility=named, told_share=[percent(share) for share in frame["share"]]),
        )


def _worst_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Longest median first, the unreachable before all."""
    return rows.sort_values(["median_min", "mean_min"], ascending=False, na_position="first")
