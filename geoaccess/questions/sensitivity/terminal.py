"""``geoaccess sensitivity``: which conclusions stay when speeds, waits and thresholds are not as assumed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.options import resources_option
from geoaccess.terminal.output import Output, cells
from geoaccess.terminal.target import result_options
from geoaccess.terminal.years import read_for, year_option
from geoaccess.words.figures import percent, significant
from geoaccess.words.note import Note, parameter_words

if TYPE_CHECKING:
    from geoaccess.questions.sensitivity import Sensitivity
    from geoaccess.study import Study

#: Places of a ranking that are shown; the whole of it is in the JSON and the table of runs.
_FIRST = 5


#: Conclusion -> its heading; the others are told under their own name.
_CONCLUSIONS = {
    "ranking": "first places",
    "worst": "worst off",
    "mean_min": "mean, min",
    "median_min": "median, min",
    "p90_min": "90th percentile, min",
}


@click.command("sensitivity")
@click.argument("study")
@click.option("--to", "kinds", multiple=True, help="Kind of facility; default: those the study reports on.")
@click.option(
    "--samples",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help="Points over all ranges together; 0 = one parameter at a time only.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the points.")
@click.option("--by", default="municipality", show_default=True, help="Group that is ranked.")
@click.option("--weight", help="Weight of the figures; default: the study's own (people).")
@year_option
@resources_option
@result_options
def command(
    study: str,
    kinds: tuple[str, ...],
    samples: int,
    seed: int,
    by: str,
    weight: str | None,
    year: int | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Vary what is not known exactly, over the ranges of the study, and tell which conclusions stay."""
    import pandas as pd

    from geoaccess.answers.study_notes import study_notes
    from geoaccess.ground.errors import DataError
    from geoaccess.minutes import known_kind
    from geoaccess.questions.sensitivity import sensitivity
    from geoaccess.questions.sensitivity.answer import AccessUnder, joined, sensitivity_answer
    from geoaccess.study.names import kind_words
    from geoaccess.terminal.answered import write_output

    out = Output(json=as_json, quiet=quiet)
    loaded = read_for(out, study, year)
    ranges = loaded.config.sensitivity
    if not ranges:
        raise DataError(
            'the study has no range to vary: give one under [sensitivity."network.access.speed_kph"]'
        )
    chosen = kinds or loaded.report_kinds()
    if not chosen:
        raise DataError("the study reports on no kind of facility: name one with --to")
    known = [known_kind(loaded, kind) for kind in chosen]
    asked = {kind: AccessUnder(loaded, kind, by=by, weight=weight) for kind in known}
    found = {}
    for kind, evaluate in asked.items():
        with out.step(Note("say.sensitivity.varying", parameters=len(ranges), kind=kind_words(loaded, kind))):
            found[kind] = sensitivity(evaluate, ranges, samples=samples, seed=seed)
    for kind, result in found.items():
        _show(out, loaded, kind, result, samples=samples)
    told = pd.DataFrame([{"parameter": name, **one.model_dump()} for name, one in ranges.items()])
    columns = {"parameter": "parameter", "low": "low", "base": "base", "high": "high", "source": "source"}
    named = cells(told, (Note("text", text=parameter_words(name)) for name in ranges))
    out.table("Ranges", columns, told.assign(parameter=named), digits=2)
    runs = joined(found, "runs")
    notes = study_notes(loaded)
    if output:
        answer = sensitivity_answer(
            loaded,
            found,
            asked,
            samples=samples,
            by=by,
            weight=weight or loaded.config.demand.default_weight,
            notes=notes,
        )
        write_output(out, answer, runs, output, overwrite=overwrite)
    out.notes(notes)
    out.result(
        {
            "study": loaded.name,
            "year": loaded.config.study.year,
            "samples": samples,
            "seed": seed,
            "by": by,
            "weight": weight or loaded.config.demand.default_weight,
            "conclusions": joined(found, "conclusions"),
            "members": joined(found, "members"),
            "runs": runs,
            "ranges": told,
            "notes": notes,
        }
    )


def _show(out: Output, study: Study, kind: str, found: Sensitivity, *, samples: int) -> None:
    """The conclusions of one kind, and how often each other group came out worst."""
    from geoaccess.study.names import kind_words

    judged = Note("say.sensitivity.samples", points=samples) if samples else Note("say.sensitivity.single")
    table, every = found.conclusions, ", ".join(study.config.sensitivity)
    spread = [
        _range(low, high) if of == "figure" else Note("say.sensitivity.like", least=least)
        for of, low, high, least in zip(
            table["kind"], table["low"], table["high"], table["similarity_min"], strict=True
        )
    ]
    names = [_conclusion(str(one)) for one in table["conclusion"]]
    out.table(
        Note("say.sensitivity.stay", kind=kind_words(study, kind), judged=judged),
        {
            "named": "conclusion",
            "shown": "in the base case",
            "unchanged": "unchanged",
            "spread": "range",
            "told_by": "changed alone by",
        },
        table.assign(
            named=cells(table, names),
            shown=cells(table, map(_short, table["base"])),
            unchanged=cells(table, (percent(share, 0) for share in table["share_unchanged"])),
            spread=cells(table, spread),
            told_by=cells(table, (_changed_by(str(names), every) for names in table["changed_by"])),
        ),
    )
    first = found.members[found.members["conclusion"] == "ranking"]
    told = [
        Note("say.sensitivity.part", item=str(item), share=percent(part, 0))
        for item, part in zip(first["item"], first["share_of_runs"], strict=True)
    ]
    out.say(Note("say.sensitivity.worst", places=told))


def _range(low: float, high: float) -> Note:
    """The range of a figure; NaN is beyond every number."""
    if math.isnan(low):
        return Note("unreachable")
    if math.isnan(high):
        return Note("say.sensitivity.from", low=low)
    return Note("say.sensitivity.range", low=low, high=high)


def _changed_by(names: str, every: str) -> str:
    """What changes a conclusion alone, in words."""
    if names in {"", every}:
        return "each of them" if names else "nothing"
    return Note("list.names", names=[Note("text", text=parameter_words(name)) for name in names.split(", ")])


def _conclusion(name: str) -> str:
    """What is concluded, as a reader is told it: the column's name is no word."""
    limit = name.removeprefix("share_within_").removesuffix("_min")
    if limit != name and name.startswith("share_within_"):
        return Note("say.share_within", limit=float(limit))
    return _CONCLUSIONS.get(name, name.replace("_", " "))


def _short(value: object) -> str:
    if isinstance(value, float):
        return Note("unreachable") if math.isnan(value) else significant(value, 3)
    places = str(value).split(" > ")
    return " > ".join(places[:_FIRST]) + (" > ..." if len(places) > _FIRST else "")
