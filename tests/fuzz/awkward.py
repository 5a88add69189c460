"""Awkward studies through every question: each answers or refuses in words, and tells nothing that is no value.

``python -m tests.fuzz.awkward`` asks all questions of the registry of every form of the small study in
``tests/geoaccess/outputs.py`` (nobody lives there, only an island, every ferry out, one name for all, ...), on the
terminal and as JSON in both languages, with map, report and notebook, and prints what is wrong with what came out;
``--forms``, ``--questions`` narrow it, ``--brief`` leaves the pages out. A warning of NumPy is a fault.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.geoaccess import outputs
from tests.said import said

Row = dict[str, str]
#: Exit codes of an answer and of a refusal in words: wrong use, wrong data, no answer.
GOOD = {0, 2, 3, 4}


@dataclass(frozen=True)
class Form:
    """A form of the study.

    Attributes:
        change: makes it of the folder of a sound study.
        words: what is asked besides, of the commands that take it.
    """

    change: Callable[[Path], None] = lambda _: None
    words: tuple[str, ...] = ()


def table(folder: Path, name: str, change: Callable[[Row], Row | None]) -> None:
    """Change the rows of a table one by one; those that become None are left out."""
    path = folder / name
    if not path.exists():
        return
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    kept = [row for row in map(change, list(rows)) if row is not None]
    told = io.StringIO()
    out = csv.DictWriter(told, rows.fieldnames or [], lineterminator="\n")
    out.writeheader()
    out.writerows(kept)
    path.write_text(told.getvalue(), encoding="utf-8")


def each(*changes: tuple[str, Callable[[Row], Row | None]]) -> Callable[[Path], None]:
    """A change of several tables."""

    def change(folder: Path) -> None:
        for name, row in changes:
            table(folder, name, row)

    return change


def having(**values: str) -> Callable[[Row], Row]:
    """Every row with these values, where it has such columns."""
    return lambda row: row | {name: value for name, value in values.items() if name in row}


def only(test: Callable[[Row], bool]) -> Callable[[Row], Row | None]:
    """The rows that keep a test."""
    return lambda row: row if test(row) else None


def nothing(_: Row) -> None:
    """No row at all."""


def times(factor: float) -> Callable[[Row], Row]:
    """Weights so many times as large."""
    return lambda row: (
        row
        | {name: repr(float(row[name]) * factor) for name in ("people", "old") if row.get(name, "").strip()}
    )


def study_file(*changes: tuple[str, str]) -> Callable[[Path], None]:
    """Change the study file by patterns, each of which must be there or, as the calls alone have it, need not."""

    def change(folder: Path) -> None:
        path = folder / "study.toml"
        text = path.read_text(encoding="utf-8")
        for pattern, instead in changes:
            text = re.sub(pattern, instead, text, flags=re.MULTILINE | re.DOTALL)
        path.write_text(text, encoding="utf-8")

    return change


def both(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    """Several changes."""

    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def facilities(change: Callable[[Row], Row | None]) -> Callable[[Path], None]:
    """A change of every table of facilities."""
    return each(("places.csv", change), ("bases.csv", change))


def without_kind(label: str) -> Callable[[Path], None]:
    """No facility whose name ends so, neither among the beds nor among the duties."""

    def change(folder: Path) -> None:
        gone: set[str] = set()

        def kept(row: Row) -> Row | None:
            if row["name"].endswith(label):
                gone.add(row["facility_id"])
                return None
            return row

        facilities(kept)(folder)
        table(folder, "near_beds.csv", only(lambda row: row["facility_id"] not in gone))
        table(folder, "duties.csv", only(lambda row: row["base_id"] not in gone))

    return change


def _moved_to_null_island(row: Row) -> Row:
    moved = dict(row)
    for name, start in (("lat", 69.0), ("lon", 18.0)):
        if name in row:
            moved[name] = repr(-(start - float(row[name])) if float(row[name]) != start else -0.0)
    return moved


_NO_SCENARIOS = study_file(
    (r"^\[(scenarios|hazards)\..*?(?=^\[(?!scenarios|hazards)|\Z)", ""),
)
_UNSAFE = 'A <b>"x"</b> & =1+1 \u202e\u200b ' + "long " * 40
#: What may be awkward about a study, by name.
FORMS: Mapping[str, Form] = {
    "sound": Form(),
    "zero_people": Form(
        each(("people.csv", having(people="0", old="0")), ("municipalities.csv", having(people="0")))
    ),
    "no_old_people": Form(each(("people.csv", having(old="0")))),
    "one_person": Form(
        each(
            ("people.csv", lambda row: row | {"people": str(int(row["name"] == "West")), "old": "0"}),
            ("municipalities.csv", having(people="1")),
        )
    ),
    "fractions_of_people": Form(each(("people.csv", times(1e-6)), ("municipalities.csv", times(1e-6)))),
    "huge_weights": Form(each(("people.csv", times(1e7)), ("municipalities.csv", times(1e7)))),
    "equal_weights": Form(each(("people.csv", having(people="1", old="1")))),
    "one_place": Form(each(("people.csv", only(lambda row: row["name"] == "Town")))),
    "only_island": Form(each(("people.csv", only(lambda row: row["name"] == "Island")))),
    "one_municipality": Form(
        each(
            *(
                (name, having(municipality_code="0101"))
                for name in ("people.csv", "places.csv", "bases.csv", "nodes.csv")
            ),
            ("municipalities.csv", only(lambda row: row["municipality_code"] == "0101")),
            ("near.csv", nothing),
        )
    ),
    "no_neighbours": Form(each(("near.csv", nothing))),
    "no_hospital": Form(without_kind("hospital")),
    "no_station": Form(without_kind("station")),
    "no_facilities": Form(
        both(without_kind("hospital"), without_kind("station"), without_kind("helicopter"))
    ),
    "all_closed": Form(
        words=tuple(
            word
            for name in (
                "Town hospital",
                "Færøy hospital",
                "Town station",
                "Færøy station",
                "Færøy helicopter",
            )
            for word in ("--close", name)
        )
    ),
    "ferry_out": Form(words=("--scenario", "FERRY-OUT")),
    "no_ferries": Form(
        both(each(("ferries.csv", nothing)), study_file((r'links_out = \["ab"\]', 'roads_closed = ["Fv1"]')))
    ),
    "nobody_reached": Form(
        both(
            each(("people.csv", only(lambda row: row["name"] != "Island"))),
            facilities(having(node_id="island", lat="70.5", lon="15.0")),
        )
    ),
    "one_name": Form(
        both(
            each(
                *((name, having(name="Town")) for name in ("people.csv", "municipalities.csv", "nodes.csv"))
            ),
            facilities(having(name="Town")),
        )
    ),
    "no_names": Form(both(each(("people.csv", having(name=""))), facilities(having(name="")))),
    "unsafe_names": Form(
        both(
            each(
                *((name, having(name=_UNSAFE)) for name in ("people.csv", "municipalities.csv", "nodes.csv"))
            ),
            facilities(having(name=_UNSAFE)),
        )
    ),
    "no_scenarios": Form(_NO_SCENARIOS),
    "no_candidates": Form(
        study_file((r'^facility = "(k_stat|station)"', r'facility = "\1"\nmin_people = 1e9'))
    ),
    "far_candidates": Form(
        study_file(
            (
                r'^facility = "k_stat"',
                'facility = "k_stat"\nfar_from = { kind = "k_hosp", at_least_min = 9999 }',
            )
        )
    ),
    "at_the_door": Form(each(("people.csv", having(access_km="0")))),
    "null_island": Form(
        both(
            *(
                each((name, _moved_to_null_island))
                for name in ("people.csv", "nodes.csv", "places.csv", "bases.csv")
            )
        )
    ),
    "no_capacity": Form(each(("places.csv", having(beds="")))),
    "zero_capacity": Form(each(("places.csv", having(beds="0")), ("near_beds.csv", having(beds="0")))),
    "no_time": Form(
        each(("roads.csv", having(length_km="0.001")), ("ferries.csv", having(crossing_min="0.01")))
    ),
    "very_slow": Form(each(("roads.csv", having(speed_kph="0.01")))),
}

#: Options of forms, by the commands that do not take them.
REFUSED = {
    "--close": {"plan", "route", "compare", "isochrones", "matrix", "sweep", "solve"},
    "--scenario": {"sensitivity", "compare", "isochrones", "matrix", "sweep", "solve", "access", "route"},
}


@dataclass(frozen=True)
class Fault:
    """Something wrong with what came out of a question."""

    form: str
    question: str
    output: str
    what: str

    def __str__(self) -> str:
        return f"{self.form:20} {self.question:12} {self.output:12} {self.what}"


def prepared(form: str, folder: Path) -> Path:
    """The study of a form, beside the study of calls of the same form; see :func:`tests.geoaccess.outputs.prepare`.

    The network and the points beside it are those of the sound study.
    """
    study = outputs.prepare(folder)
    for one in (study, study.parent / "calls"):
        FORMS[form].change(one)
    return study


def commands(form: str, study: Path) -> dict[str, tuple[Sequence[object], Sequence[object]]]:
    """Question -> its command and that of its run folder, with the words of the form."""
    extra = FORMS[form].words
    found = {}
    for name, sound in outputs.calls(study).items():
        pair = sound
        at_calls = (study.parent / "calls") in pair[0]
        words = [word.replace("FERRY-OUT", "no-ferry" if at_calls else "s-ferry") for word in extra]
        if not at_calls and "--close" in words:
            words = words[: -2 * 2]  # the helicopter and the far station are the calls' own
        if words and name in REFUSED[words[0]]:
            words = []
        if words[:1] == ["--close"] and name in {"workload", "simulate"}:
            pair = tuple([word for word in one if word not in {"--without", "s2"}] for one in pair)
        found[name] = ((*pair[0], *words), (*pair[1], *words))
    return found


#: Words that stand for a value that is none: of Python, NumPy and JSON, none of them a word of a language here.
_NO_VALUE = re.compile(r"(?<![\w./-])(nan|NaN|None(?! in )|NaT|inf|Infinity|-inf|<NA>)(?![\w/-])")
_NO_VALUE_IN_PAGE = re.compile(r"[:,\[]NaN\b")
_IDS = re.compile(
    rf"(?<![\w-])({'|'.join(map(re.escape, sorted({*outputs.IDS.values(), 'c_resp', 'h_ferry'}, key=len, reverse=True)))})(?![\w-])"
)


def wrong(text: str, *, ids: bool) -> Iterator[str]:
    """What is wrong with a text that a reader sees."""
    for pattern in (_NO_VALUE, _IDS) if ids else (_NO_VALUE,):
        for hit in list(pattern.finditer(text))[:2]:
            around = " ".join(text[max(0, hit.start() - 50) : hit.end() + 30].split())
            yield f"{hit[0]!r} in: {around}"


def refuses_none(word: str) -> float:
    raise ValueError(f"{word} in JSON")


def asked(words: Sequence[object], language: str = "en") -> tuple[str, str, str]:
    """Output, notes and fault of a command whose warnings of NumPy are faults."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            told = said(words, language=language)
        except Exception:
            return "", "", traceback.format_exc()[-600:]
    if told.code not in GOOD or "internal" in told.err or "Traceback" in told.err:
        return told.out, told.err, f"exit {told.code}: {told.err.strip()[-400:]}"
    return told.out, "" if told.code == 0 else f"refused ({told.code}): {told.err.strip()}", ""


def faults(
    form: str,
    folder: Path,
    *,
    questions: Sequence[str] = (),
    pages: bool = True,
    refusals: list[str] | None = None,
) -> Iterator[Fault]:
    """Ask the questions of one form in an empty folder and tell what is wrong with what comes out.

    Args:
        questions: those that are asked; none = all of the registry.
        pages: map, report and notebook too.
        refusals: is given every refusal in words, as it was told.
    """
    from geoaccess.questions.registry import QUESTIONS

    study = prepared(form, folder)
    every = commands(form, study)
    wanted = [name for name in QUESTIONS if name in every and (not questions or name in questions)]
    if "compare" in wanted:
        slow = "base" if form == "no_scenarios" else "s-slow"
        for run, scenario in (("run-access", "base"), ("run-slow", slow)):
            _, refused, fault = asked(
                ("access", study, "--scenario", scenario, "-o", study.parent / run, "-q")
            )
            if fault or refused:
                yield Fault(form, "compare", run, fault or refused)
    for name in wanted:
        command, written = every[name]
        if form == "no_scenarios":
            command = [word for word in command if word not in {"s-ferry"}]
            command = [
                word
                for at, word in enumerate(command)
                if not (word == "--scenario" and command[at + 1 : at + 2] in ([], ["--scenario"]))
            ]
            written = command if name == "access" else written
        ids = (study.parent / "calls") not in command
        figures = {}
        for language in outputs.LANGUAGES:
            out, refused, fault = asked(command, language)
            if fault:
                yield Fault(form, name, f"terminal {language}", fault)
            if refused:
                if refusals is not None:
                    refusals.append(f"{form:20} {name:12} {language} {refused}")
                continue
            for what in wrong(out, ids=ids):
                yield Fault(form, name, f"terminal {language}", what)
            out, refused, fault = asked((*command, "--json", "-q"), language)
            if fault or refused:
                yield Fault(form, name, f"json {language}", fault or refused)
                continue
            try:
                figures[language] = json.loads(out, parse_constant=refuses_none)
            except ValueError as error:
                yield Fault(form, name, f"json {language}", str(error))
        if not figures or not pages or not QUESTIONS[name].report:
            continue
        run = study.parent / f"answer-{name}"
        _, refused, fault = asked((*written, "-o", run, "-q"))
        if fault or refused:
            yield Fault(form, name, "folder", fault or refused)
            continue
        for page in ("map", "report") if QUESTIONS[name].map else ("report",):
            for language in outputs.LANGUAGES:
                path = study.parent / f"{page}-{name}-{language}.html"
                _, refused, fault = asked((page, run, "-o", path, "-q"), language)
                if fault or refused:
                    yield Fault(form, name, f"{page} {language}", fault or refused)
                    continue
                html = path.read_text(encoding="utf-8")
                shown = outputs.Shown()
                shown.feed(html)
                for what in wrong("\n".join(shown.texts), ids=ids and page != "map"):
                    yield Fault(form, name, f"{page} {language}", what)
                for hit in list(_NO_VALUE_IN_PAGE.finditer(html))[:1] if page == "map" else ():
                    yield Fault(
                        form, name, f"{page} {language}", html[max(0, hit.start() - 40) : hit.end() + 10]
                    )


def main() -> int:
    """Go through the forms."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--questions", nargs="+", default=[])
    parser.add_argument("--brief", action="store_true")
    parser.add_argument("--refusals", action="store_true", help="print what is refused, too")
    chosen = parser.parse_args()
    count = 0
    for form in chosen.forms:
        folder = Path(tempfile.mkdtemp())
        refusals: list[str] = []
        began = time.process_time()
        for fault in faults(
            form, folder, questions=chosen.questions, pages=not chosen.brief, refusals=refusals
        ):
            count += 1
            print(fault, flush=True)
        for refusal in refusals if chosen.refusals else ():
            print(refusal, flush=True)
        print(f"{form}: {len(refusals)} refusals, {time.process_time() - began:.0f} s", flush=True)
        shutil.rmtree(folder)
    print(f"{count} faults")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
