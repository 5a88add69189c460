"""Tables of a placement beyond its sites: who gains and loses, who is unserved, what else could be done."""

from __future__ import annotations

import math

import pandas as pd

from geoaccess.answers.engine import engine_note, worth_telling
from geoaccess.questions.placement import PlacementResult
from geoaccess.questions.placement.alternatives import Further
from geoaccess.questions.placement.robust import CRITERIA, RobustPlacement
from geoaccess.terminal.output import Output, cells, number
from geoaccess.words.figures import Figure, fixed, of_people, percent
from geoaccess.words.note import Note, as_field, in_languages
from optimise.engine_use import EngineUse

_MOST = 10

_REASONS = {
    "persons_unreachable": "say.place.unreachable",
    "persons_over_capacity": "say.place.over_capacity",
    "persons_beyond_threshold": "say.place.beyond",
}


def show_gains(out: Output, result: PlacementResult) -> None:
    """Who gains and who loses in all, and the municipalities that lose."""
    table = result.municipalities
    names = [name for name in table.columns if str(name).startswith(("persons_", "person_min_"))]
    whole = table[[*names, "persons"]].sum()
    out.say(
        Note(
            "say.place.gains",
            gain=whole["persons_gain"],
            gained_hours=whole["person_min_gained"] / 60,
            lose=whole["persons_lose"],
            lost_hours=whole["person_min_lost"] / 60,
            newly=whole["persons_newly_reached"],
            no_longer=whole["persons_no_longer_reached"],
            unchanged=whole["persons_unchanged"],
            persons=whole["persons"],
        )
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


def show_busy_rounds(out: Output, result: PlacementResult) -> None:
    """Rounds of placing and counting the workload, where busy shares are those of it."""
    if result.rounds is None:
        return
    columns = {
        "round": Note("busy.round"),
        "sites": Note("busy.sites"),
        "model_share": Note("busy.model"),
        "workload_share": Note("busy.workload"),
        "mean_busy": Note("busy.mean"),
    }
    out.table(Note("busy.rounds"), columns, result.rounds.rows, digits=4)


def show_unserved(out: Output, result: PlacementResult) -> None:
    """Served and unserved people by reason; they sum to all."""
    account = result.account
    lost = [Note(code, persons=float(account[name])) for name, code in _REASONS.items() if account[name]]
    served = {"served": float(account["persons_served"]), "persons": float(account["persons"])}
    out.say(Note("say.place.unserved", **served, lost=lost) if lost else Note("say.place.served", **served))
    for mode, sites in result.chosen.groupby("mode"):
        if mode != "road":
            out.say(Note("say.place.by_mode", mode=out.told(str(mode)), names=sites["name"].tolist()))
    units = result.chosen["units"] if len(result.chosen) else pd.Series(dtype=float)
    if units.notna().any():
        out.say(Note("say.place.units", units=float(units.sum()), sites=len(units)))
    if "turned_away" in result.chosen and result.chosen["turned_away"].notna().any():
        fullest = result.chosen.sort_values("turned_away").iloc[-1]
        used = result.chosen["units_taken"].sum() / units.sum()
        turned = float(fullest["turned_away"])
        out.say(Note("say.place.beds", used=float(used), name=fullest["name"], turned_away=turned))


def show_robust(out: Output, result: RobustPlacement) -> None:
    """The common sites, how they do in each scenario, and the municipalities that change most."""
    title = in_languages(result.question, "title")
    criterion = out.told(CRITERIA[result.criterion])
    named = [Note("text", text=out.scenario(name)) for name in result.results]
    out.say(Note("say.place.robust", title=title, scenarios=named, criterion=criterion))
    served = {
        f"persons_served_{name}": Note("say.place.served_in", scenario=out.scenario(name))
        for name in result.results
    }
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
        Note("say.from_to", before=number(before, 0), after=number(after, 0))
        for before, after in zip(
            result.scenarios["persons_unreachable_before"],
            result.scenarios["persons_unreachable"],
            strict=True,
        )
    ]
    shown = result.scenarios.assign(told_unreached=cells(result.scenarios, told))
    out.table("Each scenario, minutes", columns, shown, digits=2)
    _show_changes(out, result)
    solution = result.solution
    gap = Figure("0") if solution.status.value == "optimal" else percent(solution.gap, 3)
    out.say(
        Note(
            "say.place.robust_proof",
            criterion=out.told(result.criterion),
            minutes=number(solution.objective, 2),
            status=out.told(solution.status.value),
            gap=gap,
            proof=as_field(solution.proof),
            seconds=solution.solve_s,
        )
    )
    _show_engine(out, solution.engine)


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
            row[name] = out.told(Note("say.from_to", before=_minutes(before), after=_minutes(after)))
        rows.append(row)
    if rows:
        means = {name: Note("say.place.mean_in", scenario=out.scenario(name)) for name in result.results}
        headings = {"municipality": "municipality", **means}
        out.table("Municipalities that change most, minutes", headings, pd.DataFrame(rows))


def _minutes(value: float) -> str:
    return Note("say.none") if math.isnan(value) else number(value, 1)


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
            told=cells(
                frame,
                (
                    _changed(new, old) or "the answer"
                    for new, old in zip(frame["instead"], frame["instead_of"], strict=True)
                ),
            ),
            told_loss=cells(frame, (percent(loss, 2) for loss in frame["loss"])),
        ),
        digits=2,
    )


def _changed(new: str, old: str) -> str:
    nothing = Note("say.nothing")
    return Note("say.place.instead", new=new or nothing, old=old or nothing) if new or old else ""


def _show_order(out: Output, frame: pd.DataFrame) -> None:
    told = {
        name: cells(
            frame,
            (
                _step(site, of_people(objective, 0.0, 2), regret)
                for site, objective, regret in zip(
                    frame[f"{name}_site"], frame[f"{name}_objective"], frame[f"{name}_regret"], strict=True
                )
            ),
        )
        for name in ("nested", "greedy")
    }
    best = [
        Note("say.place.best_sites", objective=of_people(value, 0.0, 2), sites=sites)
        for sites, value in zip(frame["optimal_sites"], frame["optimal_objective"], strict=True)
    ]
    out.table(
        "Build order (objective after each step, and its loss against the best for that many sites)",
        {"step": "step", "nested": "best order", "greedy": "greedy order", "best": "best for that many"},
        frame.assign(**told, best=cells(frame, best)),
    )


def _step(site: str, objective: Figure, regret: float) -> Note:
    told = {"site": site, "objective": objective}
    if math.isinf(regret):
        return Note("say.place.step_loses", **told)
    if regret > 0:
        return Note("say.place.step_regret", **told, regret=percent(regret, 2))
    return Note("say.place.step", **told)


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
            told=cells(
                frame,
                (_changed(*pair) for pair in zip(frame["instead"], frame["instead_of"], strict=True)),
            ),
            told_price=cells(
                frame,
                (
                    Note("say.place.unreached", change=unreached - frame["persons_unreachable"].iloc[0])
                    if math.isnan(price)
                    else percent(price, 2)
                    for price, unreached in zip(frame["price"], frame["persons_unreachable"], strict=True)
                ),
            ),
            told_gini=cells(frame, (fixed(value, 3) for value in frame["gini"])),
        ),
        digits=1,
    )


_WORST_SHOWN = 10


def show_placement(out: Output, result: PlacementResult) -> None:
    """The chosen sites, before and after, and the proof."""
    solution = result.solution
    title = in_languages(result.question, "title")
    out.say(Note("say.place.title", title=title, scenario=out.scenario(result.scenario)))
    chosen = result.chosen
    if len(chosen):
        adds = chosen["mean_without_min"] - result.after["mean_min"]
        told = [
            Note("say.place.reach", persons=lost) if lost else of_people(saved, result.after["persons"], 2)
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
        out.table("Chosen sites", columns, chosen.assign(adds=cells(chosen, told)))
    closed = result.sites[result.sites["role"] == "closed"]
    if len(closed):
        out.say(Note("say.place.closed", names=closed["name"].tolist()))
    for note in result.proposed:
        out.say(note)
    out.table(
        "Before and after",
        {"measure": "measure", "before": "before", "after": "after"},
        _figures(out, result),
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
        Note(
            "say.place.mean",
            before=of_people(result.before["mean_min"], result.before["persons"], 2),
            after=of_people(result.after["mean_min"], result.after["persons"], 2),
            proof=proof_line(out, result),
            solver=as_field(solution.solver),
            formulation=as_field(solution.formulation),
            seconds=solution.timings.total_s,
        )
    )
    _show_engine(out, solution.engine)


def _show_engine(out: Output, use: EngineUse) -> None:
    """Why the large-scale engine did not answer alone, unless the problem was just small."""
    told = use.to_dict()
    if worth_telling(told):
        out.say(engine_note(told))


def proof_line(out: Output, result: PlacementResult) -> Note:
    """``optimal, gap 0``, or what is known instead."""
    solution = result.solution
    status = out.told(solution.status.value)
    if not math.isfinite(solution.gap):
        return Note("say.place.gap_unknown", status=status)
    gap = Figure("0") if solution.status.value == "optimal" else percent(solution.gap, 3)
    return Note("say.place.gap", status=status, gap=gap)


def _figures(out: Output, result: PlacementResult) -> pd.DataFrame:
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
                "before": out.told(of_people(result.before[name], result.before["persons"], digits)),
                "after": out.told(of_people(result.after[name], result.after["persons"], digits)),
            }
            for name, (label, digits) in names.items()
            if name in result.before
        ]
    )
