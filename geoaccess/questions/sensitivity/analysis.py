"""Sensitivity: which conclusions stay when speeds, waits and thresholds are not what was assumed.

A study's conclusions (worst municipality, ranking, chosen sites, mean time) are a function of parameters that
nobody knows exactly. Each parameter gets a range; the function is run at the ends of each range, one at a
time, and at points of a Latin hypercube over all of them together (McKay, Beckman and Conover 1979,
doi 10.2307/1268522). What is told is how often each conclusion came out as in the base case, how far it
moved, and which parameter alone can change it.

A conclusion's type says how it is compared:

==================  =====================================================================================
text                the same or another (``worst_municipality``)
tuple or list       a ranking: Kendall's tau-b with the base, over the items that both hold
set or frozenset    a choice (``chosen_sites``): the Jaccard share of what is common
float or int        a figure: its range, and the same where it differs by at most ``rel_tol``
==================  =====================================================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError
from geoaccess.study.parameter_sections import ParameterRange
from geoaccess.words.note import Note
from networks.brief import Brief
from networks.errors import Fault

Conclusion = str | float | int | tuple[object, ...] | list[object] | frozenset[object] | set[object] | None
Evaluate = Callable[[Mapping[str, float]], Mapping[str, Conclusion]]

#: Runs of a sensitivity analysis: which design they belong to.
BASE, ONE_AT_A_TIME, HYPERCUBE = "base", "one at a time", "latin hypercube"


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Brief):
    """What the runs showed.

    Attributes:
        runs: one row per run: ``run, design, parameter`` (that was moved; empty for base and hypercube), the
            value of each parameter, and each conclusion as it came out.
        conclusions: one row per conclusion: ``conclusion, kind, base, share_unchanged`` (of the hypercube's
            runs, or of all where there is none), ``similarity_mean, similarity_min`` (1 = as in the base; for
            figures NaN), ``low, high`` (range of a figure; NaN = nobody is reached, which is beyond every
            number), ``changed_by`` (parameters that change it alone,
            at an end of their range), ``stays`` (no run changed it).
        members: one row per item of each choice, and per first place of each ranking: ``conclusion, item,
            in_base, share_of_runs`` over the same runs as ``share_unchanged``.
    """

    runs: pd.DataFrame
    conclusions: pd.DataFrame
    members: pd.DataFrame


@dataclass(frozen=True)
class _Run:
    design: str
    parameter: str
    values: dict[str, float]
    found: dict[str, Conclusion]


def sensitivity(
    evaluate: Evaluate,
    ranges: Mapping[str, ParameterRange],
    *,
    samples: int = 0,
    seed: int = 0,
    rel_tol: float = 1e-6,
    on_run: Callable[[int, int], None] | None = None,
) -> Sensitivity:
    """Run a study at the base, at the ends of each range, and at points of a Latin hypercube.

    Args:
        evaluate: parameters -> conclusions, by name; it must give the same names every time.
        ranges: parameter -> range.
        samples: points of the hypercube; 0 = one at a time only.
        seed: seed of the hypercube.
        rel_tol: a figure counts as unchanged where it differs from the base by at most this share.
        on_run: called with the number of runs done and in all.

    Raises:
        DataError: no parameter, fewer than 0 samples, or conclusions whose names or types change.
    """
    if not ranges:
        raise DataError("there is no parameter to vary")
    if samples < 0:
        raise DataError(Note("fault.sensitivity.samples", samples=samples))
    plan = _plan(ranges, samples, seed)
    runs: list[_Run] = []
    for design, parameter, values in plan:
        runs.append(_Run(design, parameter, values, dict(evaluate(dict(values)))))
        if on_run is not None:
            on_run(len(runs), len(plan))
    faults = _inconsistent(runs)
    if faults:
        raise DataError(faults)
    return _told(runs, list(ranges), rel_tol)


def latin_hypercube(
    ranges: Mapping[str, ParameterRange], *, samples: int, seed: int
) -> list[dict[str, float]]:
    """Points with every parameter in every ``1/samples`` of its range exactly once; the same for a seed."""
    from scipy.stats import qmc  # noqa: PLC0415 - slow to load, and a study file alone does not need it

    sampler = qmc.LatinHypercube(d=len(ranges), rng=np.random.default_rng(seed))
    unit = sampler.random(samples)
    low = np.array([one.low for one in ranges.values()])
    high = np.array([one.high for one in ranges.values()])
    return [dict(zip(ranges, row.tolist(), strict=True)) for row in low + unit * (high - low)]


def _plan(
    ranges: Mapping[str, ParameterRange], samples: int, seed: int
) -> list[tuple[str, str, dict[str, float]]]:
    base = {name: one.base for name, one in ranges.items()}
    plan = [(BASE, "", base)]
    for name, one in ranges.items():
        plan += [(ONE_AT_A_TIME, name, base | {name: end}) for end in (one.low, one.high) if end != one.base]
    if samples:
        plan += [(HYPERCUBE, "", values) for values in latin_hypercube(ranges, samples=samples, seed=seed)]
    return plan


def _inconsistent(runs: list[_Run]) -> list[Fault]:
    base = runs[0].found
    faults = [] if base else [Fault("there are no conclusions", where="evaluate")]
    for number, run in enumerate(runs):
        if set(run.found) != set(base):
            odd = ", ".join(sorted(set(run.found) ^ set(base)))
            faults.append(
                Fault(
                    Note("fault.sensitivity.names", odd=odd),
                    where="evaluate",
                    row=Note("word.run", number=number),
                )
            )
            continue
        faults += [
            Fault(
                Note("fault.sensitivity.kind", before=kind_of(base[name]), now=kind_of(value)),
                where="evaluate",
                row=Note("word.run", number=number),
                column=name,
            )
            for name, value in run.found.items()
            if kind_of(value) != kind_of(base[name]) and None not in (value, base[name])
        ]
    return faults


def kind_of(value: Conclusion) -> str:
    """How a conclusion is compared: ``figure``, ``ranking``, ``choice`` or ``name``."""
    if isinstance(value, bool | str) or value is None:
        return "name"
    if isinstance(value, int | float | np.integer | np.floating):
        return "figure"
    return "ranking" if isinstance(value, tuple | list) else "choice"


def similarity(value: Conclusion, base: Conclusion, *, rel_tol: float = 1e-6) -> float:
    """How much a conclusion is like that of the base case: 1 the same, 0 (rankings: -1) as unlike as can be.

    Rankings: Kendall's tau-b over the items of both, 0 where fewer than two are common, times the share of
    items that are common. Choices: the Jaccard share. Figures and names: 1 or 0.
    """
    if value is None or base is None:
        return float(value is base)
    kind = kind_of(base)
    if kind == "figure":
        return float(_same_figure(float(value), float(base), rel_tol))  # type: ignore[arg-type]
    if kind == "choice":
        one, other = set(value), set(base)  # type: ignore[arg-type]
        return len(one & other) / len(one | other) if one | other else 1.0
    if kind == "ranking":
        return _ranking_similarity(list(value), list(base))  # type: ignore[arg-type]
    return float(value == base)


def _same_figure(value: float, base: float, rel_tol: float) -> bool:
    if math.isnan(value) or math.isnan(base):
        return math.isnan(value) and math.isnan(base)
    return math.isclose(value, base, rel_tol=rel_tol, abs_tol=0.0)


def _ranking_similarity(value: list[object], base: list[object]) -> float:
    if value == base:
        return 1.0
    place = {item: number for number, item in reversed(list(enumerate(value)))}
    common = [item for item in base if item in place]
    share = len(common) / len({*value, *base})
    if len(common) < 2:
        return 0.0
    from scipy.stats import kendalltau  # noqa: PLC0415 - slow to load

    tau = float(kendalltau(range(len(common)), [place[item] for item in common]).statistic)
    return tau * share


def _told(runs: list[_Run], parameters: list[str], rel_tol: float) -> Sensitivity:
    base = runs[0].found
    together = [run for run in runs if run.design == HYPERCUBE]
    judged = together or runs
    rows, members = [], []
    for name, usual in base.items():
        like = {id(run): similarity(run.found[name], usual, rel_tol=rel_tol) for run in runs}
        alone = [run for run in runs if run.design == ONE_AT_A_TIME and like[id(run)] < 1]
        rows.append(
            {
                "conclusion": name,
                "kind": kind_of(usual),
                "base": _shown(usual),
                "share_unchanged": float(np.mean([like[id(run)] == 1 for run in judged])),
                **_spread(name, runs, like, judged),
                "changed_by": ", ".join(
                    one for one in parameters if any(run.parameter == one for run in alone)
                ),
                "stays": all(value == 1 for value in like.values()),
            }
        )
        members += _members(name, usual, judged)
    columns = ["conclusion", "item", "in_base", "share_of_runs"]
    return Sensitivity(_runs_table(runs), pd.DataFrame(rows), pd.DataFrame(members, columns=columns))


def _spread(name: str, runs: list[_Run], like: dict[int, float], judged: list[_Run]) -> dict[str, float]:
    nothing = float("nan")
    if kind_of(runs[0].found[name]) != "figure":
        values = [like[id(run)] for run in judged]
        means = {"similarity_mean": float(np.mean(values)), "similarity_min": float(min(values))}
        return means | {"low": nothing, "high": nothing}
    figures = [float(run.found[name]) for run in runs if run.found[name] is not None]  # type: ignore[arg-type]
    known = [figure for figure in figures if not math.isnan(figure)]
    high = max(known, default=nothing) if len(known) == len(figures) else nothing
    ends = {"low": min(known, default=nothing), "high": high}
    return {"similarity_mean": nothing, "similarity_min": nothing} | ends


def _members(name: str, base: Conclusion, judged: list[_Run]) -> list[dict[str, object]]:
    kind = kind_of(base)
    if kind not in {"choice", "ranking"}:
        return []

    def items(value: Conclusion) -> list[object]:
        found = list(value) if value is not None else []  # type: ignore[arg-type]
        return found if kind == "choice" else found[:1]

    in_runs = [items(run.found[name]) for run in judged]
    every = {str(item): item for found in [items(base), *in_runs] for item in found}
    rows = [
        {
            "conclusion": name,
            "item": shown,
            "in_base": item in items(base),
            "share_of_runs": float(np.mean([item in found for found in in_runs])),
        }
        for shown, item in sorted(every.items())
    ]
    return sorted(rows, key=lambda row: -float(row["share_of_runs"]))  # type: ignore[arg-type]


def _runs_table(runs: list[_Run]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"run": number, "design": run.design, "parameter": run.parameter, **run.values}
            | {name: _shown(value) for name, value in run.found.items()}
            for number, run in enumerate(runs)
        ]
    )


def _shown(value: Conclusion) -> object:
    """A conclusion in one cell: figures as they are, everything else as text."""
    if kind_of(value) == "figure" or value is None or isinstance(value, bool | str):
        return value
    items = [str(item) for item in value]  # type: ignore[union-attr]
    return " > ".join(items) if kind_of(value) == "ranking" else ", ".join(sorted(items))
