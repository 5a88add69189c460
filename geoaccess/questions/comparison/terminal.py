"""``geoaccess compare``: who gains and who loses between two runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.options import json_option, no_resources_option, quiet_option
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import answer_options
from geoaccess.words.locales import LANGUAGES
from geoaccess.words.note import Note, weight_words

if TYPE_CHECKING:
    from geoaccess.questions.comparison.answer import Comparison
    from geoaccess.questions.comparison.around_the_clock import DayComparison

#: Places shown, those with most hours added first.
_PLACES_SHOWN = 20


@click.command("compare")
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@click.option(
    "--scenarios", nargs=2, metavar="A B", help="Scenario of each run; default: base, or the only one."
)
@click.option("--weight", help="Weight; default: that of the first run.")
@answer_options
@no_resources_option
@json_option
@quiet_option
def command(
    run_a: Path,
    run_b: Path,
    scenarios: tuple[str, str] | None,
    weight: str | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Compare two runs: persons and minutes gained and lost, per municipality; nobody's loss in a mean.

    RUN_A and RUN_B are run folders; the same folder twice with --scenarios compares two scenarios of it.
    """
    from geoaccess.answers.answer import load_answer
    from geoaccess.questions.comparison.answer import compare_runs, comparison_answer
    from geoaccess.questions.comparison.inputs import labelled
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    first, second = load_answer(run_a), load_answer(run_b)
    found = compare_runs(first, second, scenarios=scenarios or None, weight=weight)
    show_comparison(out, found, first.facts.get("kinds", {}))
    told = {}
    if found.day is not None and len(found.day.points):
        _show_day(out, found.day, first.facts.get("kinds", {}))
        told["around_the_clock"] = {
            "region": found.day.region,
            "rows": found.day.groups,
            "points": found.day.points,
        }
    out.notes(found.notes)
    if output:
        answer = comparison_answer(first, second, scenarios=scenarios or None, weight=weight)
        write_output(out, answer, found.points, output, overwrite=overwrite)
    out.result(
        {
            "a": labelled(found.name_a, found.inputs_a),
            "b": labelled(found.name_b, found.inputs_b),
            "weight": found.weight,
            "region": found.region,
            "rows": found.groups,
            "inputs_a": found.inputs_a,
            "inputs_b": found.inputs_b,
            "notes": found.notes,
            **told,
        }
    )


def show_comparison(out: Output, found: Comparison, kinds: Mapping[str, Mapping[str, str]]) -> None:
    """Gains and losses of everybody, then the municipalities that change most.

    Args:
        out: where it is said.
        found: the comparison.
        kinds: kind -> what the runs' study calls it, ``label`` and ``label_nb``.
    """
    from geoaccess.questions.comparison.inputs import labelled

    columns = {
        "persons_gain": "persons who gain",
        "person_min_gained": "person-hours gained",
        "persons_lose": "persons who lose",
        "person_min_lost": "person-hours lost",
        "worst_loss_min": "worst loss, min",
        "persons_newly_reached": "newly reached",
        "persons_no_longer_reached": "no longer reached",
    }
    names = (
        {one: labelled(label[one], inputs, one) for one in LANGUAGES}
        for label, inputs in ((found.label_a, found.inputs_a), (found.label_b, found.inputs_b))
    )
    out.say(Note("say.compare.runs", **dict(zip("ab", names, strict=True))))
    out.table(
        Note("say.compare.region", weight=weight_words(found.weight)),
        {"kind": "time to", **columns},
        found.region.assign(
            kind=cells(found.region, (_kind(kinds, str(kind)) for kind in found.region["kind"]))
        ),
    )
    for kind, rows in found.groups.groupby("kind", sort=False):
        moved = rows[["person_min_gained", "person_min_lost"]].sum(axis=1)
        moved += rows[["persons_no_longer_reached", "persons_newly_reached"]].sum(axis=1)
        changed = rows.assign(moved=moved).query("moved > 0").sort_values("moved", ascending=False)
        if len(changed):
            named = {"municipality": "municipality", **columns}
            out.table(Note("say.compare.changed", kind=_kind(kinds, str(kind))), named, changed)
        else:
            out.say(Note("say.compare.unchanged", kind=_kind(kinds, str(kind))))


def _show_day(out: Output, day: DayComparison, kinds: Mapping[str, Mapping[str, str]]) -> None:
    """What changes over the day: everybody, the municipalities and the places that change most."""
    from geoaccess.questions.comparison.around_the_clock import BOTH_NIGHTS
    from geoaccess.questions.comparison.over_day import IF_SAILS

    columns = {
        "person_hours_without_way_added": Note("say.compare.clock.hours_added"),
        "person_hours_without_way_saved": Note("say.compare.clock.hours_saved"),
        "person_min_lost_mean": Note("say.compare.clock.mean_lost"),
        "person_min_gained_mean": Note("say.compare.clock.mean_gained"),
        "person_min_lost_p90": Note("say.compare.clock.p90_lost"),
        "person_min_gained_p90": Note("say.compare.clock.p90_gained"),
        "persons_changed_assumed": Note("say.losses.clock.assumed"),
    }
    named = cells(day.region, (_kind(kinds, str(kind)) for kind in day.region["kind"]))
    out.table(Note("say.compare.clock.region"), {"kind": "time to", **columns}, day.region.assign(kind=named))
    other = {f"{name}{IF_SAILS}": columns[name] for name in BOTH_NIGHTS}
    if any(day.region[name].ne(day.region[f"{name}{IF_SAILS}"]).any() for name in BOTH_NIGHTS):
        told = day.region.assign(kind=named)
        out.table(Note("say.compare.clock.region_if_sails"), {"kind": "time to", **other}, told)
    for kind, rows in day.groups.groupby("kind", sort=False):
        changed = rows[(rows["persons_lose"] > 0) | (rows["persons_gain"] > 0)]
        changed = changed.sort_values(
            ["person_hours_without_way_added", "person_min_lost_mean"], ascending=False, kind="stable"
        )
        if len(changed):
            title = Note("say.compare.clock.municipalities", kind=_kind(kinds, str(kind)))
            out.table(title, {"municipality": "municipality", **columns}, changed.reset_index(drop=True))
        else:
            out.say(Note("say.compare.clock.unchanged", kind=_kind(kinds, str(kind))))
    sizes = day.points[["change_no_way_hours", "change_mean_min", "change_p90_min"]].abs()
    moved = day.points[sizes.gt(0).any(axis=1)]
    moved = moved.sort_values(
        ["change_no_way_hours", "change_mean_min", "demand_id"], ascending=[False, False, True]
    )
    if len(moved):
        moved = moved.reset_index(drop=True)
        out.table(
            Note("say.compare.clock.places"),
            {
                "name": "place",
                "kind": "time to",
                "mean_a_min": Note("say.compare.clock.mean", run="A"),
                "mean_b_min": Note("say.compare.clock.mean", run="B"),
                "p90_a_min": Note("say.compare.clock.p90", run="A"),
                "p90_b_min": Note("say.compare.clock.p90", run="B"),
                "change_no_way_hours": Note("say.compare.clock.hours"),
                "basis_a": Note("say.compare.clock.basis", run="A"),
                "basis_b": Note("say.compare.clock.basis", run="B"),
            },
            moved.assign(kind=cells(moved, (_kind(kinds, str(kind)) for kind in moved["kind"]))),
            most=_PLACES_SHOWN,
        )


def _kind(kinds: Mapping[str, Mapping[str, str]], name: str) -> Note:
    """A kind of service as the study calls it; the name of what is no kind, such as the response."""
    told = kinds.get(name, {})
    names = {"en": told.get("label") or name.replace("_", " ")}
    return Note("study.text", text=names | ({"nb": told["label_nb"]} if told.get("label_nb") else {}))
