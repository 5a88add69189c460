"""The answer of a placement on the terminal: sites, before and after, proof."""

from __future__ import annotations

import math

import pandas as pd

from geoaccess.ground.figures import percent
from geoaccess.questions.placement import PlacementResult
from geoaccess.terminal.output import Output, number

_WORST_SHOWN = 10


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
