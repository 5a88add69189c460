"""Tables of a placement beyond its sites: who gains and loses, who is unserved, what else could be done."""

from __future__ import annotations

import math

import pandas as pd

from geoaccess.questions.placement import PlacementResult
from geoaccess.questions.placement.alternatives import Further
from geoaccess.questions.placement.robust import CRITERIA, RobustPlacement
from geoaccess.terminal.output import Output, number
from geoaccess.words.figures import percent

_MOST = 10

_REASONS = {
    "persons_unreachable": "unreachable",
    "persons_over_capacity": "over capacity",
    "persons_beyond_threshold": "beyond the threshold",
}


def show_gains(out: Output, result: PlacementResult) -> None:
    """Who gains and who loses in all, and the municipalities that lose."""
    table = result.municipalities
    names = [name for name in table.columns if str(name).startswith(("persons_", "person_min_"))]
    whole = table[[*names, "persons"]].sum()
    out.say(
        f"gain: {whole['persons_gain']:,.0f} persons, {whole['person_min_gained'] / 60:,.0f} person-hours; "
        f"lose: {whole['persons_lose']:,.0f} persons, {whole['person_min_lost'] / 60:,.0f} person-hours; "
        f"newly reached: {whole['persons_newly_reached']:,.0f}; "
        f"no longer reached: {whole['persons_no_longer_reached']:,.0f}; "
        f"unchanged: {whole['persons_unchanged']:,.0f}; sum {whole['persons']:,.0f}"
    )
    losing = table[(table["persons_lose"] > 0) | (table["persons_no_longer_reached"] > 0)]
    if len(losing):
        out.table(
            "Municipalities that lose",
            {
                "municipality": "municipality",
                "persons_lose": "persons who lose",
                "hours": "loss, person-hours",
                "persons_no_longer_reached": "no longer reached",
                "persons": "persons",
            },
            losing.assign(hours=losing["person_min_lost"] / 60).sort_values("hours", ascending=False),
            most=_MOST,
        )


def show_unserved(out: Output, result: PlacementResult) -> None:
    """Served and unserved people by reason; they sum to all."""
    account = result.account
    lost = ", ".join(f"{words} {account[name]:,.0f}" for name, words in _REASONS.items() if account[name])
    served = f"served: {account['persons_served']:,.0f} of {account['persons']:,.0f} persons"
    out.say(f"{served}; not served: {lost}" if lost else served)
    for mode, sites in result.chosen.groupby("mode"):
        if mode != "road":
            out.say(f"by {mode}: {', '.join(sites['name'])}")
    units = result.chosen["units"] if len(result.chosen) else pd.Series(dtype=float)
    if units.notna().any():
        out.say(f"units in all: {units.sum():,.0f} at {len(units)} sites")
    if "turned_away" in result.chosen and result.chosen["turned_away"].notna().any():
        fullest = result.chosen.sort_values("turned_away").iloc[-1]
        used = result.chosen["units_taken"].sum() / units.sum()
        out.say(
            f"beds taken on average: {percent(used)}; most often full: {fullest['name']}, which turns away "
            f"{percent(fullest['turned_away'])} of admissions"
        )


def show_robust(out: Output, result: RobustPlacement) -> None:
    """The common sites, how they do in each scenario, and the municipalities that change most."""
    out.say(f"{result.question.title} ({result.scenario}: {CRITERIA[result.criterion]})")
    served = {f"persons_served_{name}": f"served, {name}" for name in result.results}
    if len(result.chosen):
        out.table(
            "Chosen sites, the same in every scenario",
            {"name": "place", "municipality": "municipality", **_by_mode(result.chosen), **served},
            result.chosen,
        )
    columns = {
        "scenario": "scenario",
        "probability": "probability",
        "mean_before_min": "mean before",
        "mean_after_min": "mean after",
        **({} if result.question.unreached_min is None else {"counted_min": "all counted"}),
        "best_min": "best alone",
        "regret_min": "regret, min",
        "told_unreached": "unreachable",
    }
    told = [
        f"{number(before, 0)} -> {number(after, 0)}"
        for before, after in zip(
            result.scenarios["persons_unreachable_before"],
            result.scenarios["persons_unreachable"],
            strict=True,
        )
    ]
    out.table("Each scenario, minutes", columns, result.scenarios.assign(told_unreached=told), digits=2)
    _show_changes(out, result)
    solution = result.solution
    proof = "gap 0" if solution.status.value == "optimal" else f"gap {percent(solution.gap, 3)}"
    out.say(
        f"{result.criterion}: {number(solution.objective, 2)} min; {solution.status.value}, {proof} "
        f"({solution.proof}, {solution.solve_s:.1f} s)"
    )


def _by_mode(chosen: pd.DataFrame) -> dict[str, str]:
    """The column of modes, where not everything goes by road."""
    return {"mode": "mode"} if (chosen["mode"] != "road").any() else {}


def _show_changes(out: Output, result: RobustPlacement) -> None:
    table = result.municipalities
    moved = table["person_min_gained"] + table["person_min_lost"]
    moved += table["persons_newly_reached"] + table["persons_no_longer_reached"]
    most = moved.groupby(table["municipality_code"]).sum().sort_values(ascending=False)
    named = [code for code in most.index[:_MOST] if most[code] > 0]
    rows = []
    for code in named:
        own = table[table["municipality_code"] == code].set_index("scenario")
        row: dict[str, object] = {"municipality": own["municipality"].iloc[0]}
        for name in result.results:
            before, after = own.loc[name, "mean_before_min"], own.loc[name, "mean_after_min"]
            row[name] = f"{_minutes(before)} -> {_minutes(after)}"
        rows.append(row)
    if rows:
        headings = {"municipality": "municipality", **{name: f"mean, {name}" for name in result.results}}
        out.table("Municipalities that change most, minutes", headings, pd.DataFrame(rows))


def _minutes(value: object) -> str:
    return "none" if isinstance(value, float) and math.isnan(value) else number(value, 1)


def show_further(out: Output, further: Further) -> None:
    """The further answers, each as a table."""
    tables = further.tables
    if "alternatives" in tables:
        _show_alternatives(out, tables["alternatives"])
    if "site_values" in tables:
        frame = tables["site_values"]
        out.table(
            "What each site is worth while the others stay",
            {
                "name": "place",
                "municipality": "municipality",
                "is_new": "new",
                "loss": "objective lost",
                "persons_lost": "persons lost",
            },
            frame,
            digits=2,
            most=2 * _MOST,
        )
    if "build_order" in tables:
        _show_order(out, tables["build_order"])
    if "price_of_fairness" in tables:
        _show_fairness(out, tables["price_of_fairness"])
    for remark in further.remarks:
        out.say(remark)


def _show_alternatives(out: Output, frame: pd.DataFrame) -> None:
    out.table(
        "Next best placements (1 is the answer)",
        {
            "rank": "rank",
            "told_loss": "loss",
            "mean_min": "mean min",
            "p90_min": "90th percentile",
            "told": "other sites",
            "status": "proof",
        },
        frame.assign(
            told=[
                _changed(new, old) or "the answer"
                for new, old in zip(frame["instead"], frame["instead_of"], strict=True)
            ],
            told_loss=[percent(loss, 2) for loss in frame["loss"]],
        ),
        digits=2,
    )


def _changed(new: str, old: str) -> str:
    return f"{new or 'nothing'} instead of {old or 'nothing'}" if new or old else ""


def _show_order(out: Output, frame: pd.DataFrame) -> None:
    told = {
        name: [
            f"{site}: {number(objective, 2)}" + _regret(regret)
            for site, objective, regret in zip(
                frame[f"{name}_site"], frame[f"{name}_objective"], frame[f"{name}_regret"], strict=True
            )
        ]
        for name in ("nested", "greedy")
    }
    best = [
        f"{number(value, 2)}: {sites}"
        for sites, value in zip(frame["optimal_sites"], frame["optimal_objective"], strict=True)
    ]
    out.table(
        "Build order (objective after each step, and its loss against the best for that many sites)",
        {"step": "step", "nested": "best order", "greedy": "greedy order", "best": "best for that many"},
        frame.assign(**told, best=best),
    )


def _regret(regret: float) -> str:
    if math.isinf(regret):
        return " (reaches fewer)"
    return f" (+{percent(regret, 2)})" if regret > 0 else ""


def _show_fairness(out: Output, frame: pd.DataFrame) -> None:
    out.table(
        "What fairness costs",
        {
            "aim": "what is made small",
            "mean_min": "mean",
            "told_price": "price",
            "worst_min": "longest",
            "tail_min": "worst tenth",
            "told_gini": "Gini",
            "told": "other sites than the first",
            "status": "proof",
        },
        frame.assign(
            told=[_changed(*pair) for pair in zip(frame["instead"], frame["instead_of"], strict=True)],
            told_price=[
                f"{unreached - frame['persons_unreachable'].iloc[0]:+,.0f} unreached"
                if math.isnan(price)
                else percent(price, 2)
                for price, unreached in zip(frame["price"], frame["persons_unreachable"], strict=True)
            ],
            told_gini=[f"{value:.3f}" for value in frame["gini"]],
        ),
        digits=1,
    )


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
    for note in result.proposed:
        out.say(note)
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
