"""The tables that people read in the terminal."""

from __future__ import annotations

import math

import pandas as pd

from geoaccess.access import Accessibility
from geoaccess.cli.output import Output, number
from geoaccess.comparing import Comparison
from geoaccess.placing import PlacementResult
from geoaccess.study import Study

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
        out.table(
            f"Nearest {study.kind(str(kind)).label}, {scenario}" + (", worst off" if worst_only else ""),
            {
                table.by: table.by.replace("_", " "),
                "median_min": "median min",
                "p90_min": "90th percentile min",
                "mean_min": "mean min",
                "persons": "persons",
                "persons_unreachable": "unreachable",
            },
            ordered,
            most=_WORST_SHOWN if worst_only else 0,
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
    gap = "0" if solution.status.value == "optimal" else f"{solution.gap:.3%}"
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
