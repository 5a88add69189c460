"""The tables that people read in the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from geoaccess.ground.figures import percent
from geoaccess.questions.access.answer import Accessibility
from geoaccess.questions.comparison.answer import Comparison
from geoaccess.questions.placement import PlacementResult
from geoaccess.study import Study
from geoaccess.study.schema import Kind
from geoaccess.terminal.output import Output, number

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


def show_placement(out: Output, result: PlacementResult) -> None:
    """The chosen sites, before and after, and the proof."""
    solution = result.solution
    out.say(f"{result.question.title} ({result.scenario})")
    chosen = result.chosen
    if len(chosen):
        adds = chosen["mean_without_min"] - result.after["mean_min"]
        told = [
            f"reach: {number(lost, 0)} persons" if lost else number(saved, 2)
            for saved, lost in zip(adds, chosen["persons_unreached_without"], strict=True)
        ]
        columns = {
            "name": "place",
            "municipality": "municipality",
            "persons_served": "persons served",
            "adds": "what it adds: min off the mean",
        }
        if chosen["units"].notna().any():
            columns["units"] = "units"
        out.table("Chosen sites", columns, chosen.assign(adds=told))
    closed = result.sites[result.sites["role"] == "closed"]
    if len(closed):
        out.say(f"closed: {', '.join(closed['name'])}")
    out.table(
        "Before and after", {"measure": "measure", "before": "before", "after": "after"}, _figures(result)
    )
    gains = result.municipalities.sort_values("gain_person_min", ascending=False)
    gains = gains[gains["gain_person_min"] > 0].assign(person_hours=lambda rows: rows["gain_person_min"] / 60)
    if len(gains):
        out.table(
            "Municipalities that gain most",
            {
                "municipality": "municipality",
                "mean_before_min": "mean before, min",
                "mean_after_min": "mean after, min",
                "person_hours": "gain, person-hours",
                "persons": "persons",
            },
            gains,
            digits=1,
            most=_WORST_SHOWN,
        )
    out.say(
        f"mean {number(result.before['mean_min'], 2)} -> {number(result.after['mean_min'], 2)} min; "
        f"{proof_line(result)} ({solution.solver}, {solution.formulation}, "
        f"{solution.timings.total_s:.1f} s)"
    )


def show_comparison(out: Output, found: Comparison) -> None:
    """Gains and losses of everybody, then the municipalities that change most."""
    columns = {
        "persons_gain": "persons who gain",
        "person_min_gained": "person-min gained",
        "persons_lose": "persons who lose",
        "person_min_lost": "person-min lost",
        "worst_loss_min": "worst loss, min",
        "persons_newly_reached": "newly reached",
        "persons_no_longer_reached": "no longer reached",
    }
    out.say(f"A: {found.name_a}; B: {found.name_b}")
    out.table(f"From A to B, {found.weight}", {"kind": "time to", **columns}, found.region)
    for kind, rows in found.groups.groupby("kind", sort=False):
        moved = rows[["person_min_gained", "person_min_lost"]].sum(axis=1)
        moved += rows[["persons_no_longer_reached", "persons_newly_reached"]].sum(axis=1)
        changed = rows.assign(moved=moved).query("moved > 0").sort_values("moved", ascending=False)
        if len(changed):
            named = {"municipality": "municipality", **columns}
            out.table(f"{kind}, municipalities that change", named, changed)
        else:
            out.say(f"{kind}: no municipality changes")


def proof_line(result: PlacementResult) -> str:
    """``optimal, gap 0``, or what is known instead."""
    solution = result.solution
    if not math.isfinite(solution.gap):
        return f"{solution.status.value}, gap unknown"
    gap = "0" if solution.status.value == "optimal" else percent(solution.gap, 3)
    return f"{solution.status.value}, gap {gap}"


def _figures(result: PlacementResult) -> pd.DataFrame:
    names = {
        "median_min": ("median, min", 1),
        "p90_min": ("90th percentile, min", 1),
        "mean_min": ("mean, min", 2),
        "worst_min": ("worst settlement, min", 0),
        "share_within_class_threshold": ("share within class threshold", 3),
        "persons_unreachable": ("persons unreachable", 0),
    }
    return pd.DataFrame(
        [
            {
                "measure": label,
                "before": number(result.before[name], digits),
                "after": number(result.after[name], digits),
            }
            for name, (label, digits) in names.items()
            if name in result.before
        ]
    )
