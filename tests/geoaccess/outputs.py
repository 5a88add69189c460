"""What comes out of each question: terminal, ``--json``, map, report and notebook, in English and bokmål.

``python -m tests.geoaccess.outputs`` asks every question of the registry of one small study, looks for each
output and prints the table; ``python -m tests.documentation.refresh library.md`` writes it into the page. A gap
has a reason in :data:`REASONS`, and ``test_outputs.py`` walks the table.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from near_beds import NEAR_BEDS, NEAR_TEAMS
from near_care import NEAR_LEVELS, NEAR_TRADEOFF
from said import Said, said

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("library.md",)
PAGE = ROOT / "geoaccess" / "docs" / "library.md"
LANGUAGES = ("en", "nb")
OUTPUTS = ("terminal", "json", "map", "report", "notebook")

#: Why a question has no map.
REASONS = {
    "solve": "knows costs and no places",
}

#: What the walk adds to the fjord of ``conftest.py``: names in bokmål, clocks, a hazard, a range.
ADDED = (
    """
[clocks.c_resp]
title = "Response"
title_nb = "Responstid"
parts = ["mobilise", "travel"]
mobilise = { minutes = 2, source = "invented" }
travel = { kinds = ["station"] }

[hazards.h_ferry]
title = "The ferry does not sail"
title_nb = "Fergen går ikke"
scenario = "no-ferry"
regularity = 0.8
source = "invented"

[journeys.often]
title = "Treatment three times a week"
title_nb = "Behandling tre ganger i uken"
kind = "hospital"
journeys_each = 156
travellers = { people = 0.01 }
source = "invented"

[sensitivity."network.access.speed_kph"]
low = 30
base = 60
high = 90
source = "invented"
"""
    + NEAR_BEDS
    + NEAR_TEAMS
    + NEAR_LEVELS
    + NEAR_TRADEOFF
)
BOKMAL = {
    'title = "Fjord"': 'title = "Fjord"\ntitle_nb = "Fjorden"',
    'notice = "invented for tests"': 'notice = "invented for tests"\nnotice_nb = "laget for prøver"',
    'label = "hospital"': 'label = "hospital"\nlabel_nb = "sykehus"',
    'label = "station"': 'label = "station"\nlabel_nb = "stasjon"',
    'title = "One more station"': 'title = "One more station"\ntitle_nb = "En stasjon til"',
    'title = "The ferry is out"': 'title = "The ferry is out"\ntitle_nb = "Fergen er ute"',
    "[scenarios.slow]": '[scenarios.slow]\ntitle = "Half the speed"\ntitle_nb = "Halv fart"',
    "[scenarios.slow-no-ferry]": "[scenarios.slow-no-ferry]\n"
    'title = "Half the speed and no ferry"\ntitle_nb = "Halv fart og ingen ferge"',
    "[scenarios.closed]": '[scenarios.closed]\ntitle = "No hospital in Town"\ntitle_nb = "Ikke sykehus i Town"',
}
#: Ids of the study, spelled as nothing that a reader may be told.
IDS = {
    "hospital": "k_hosp",
    "station": "k_stat",
    "stations": "p_stat",
    "no-ferry": "s-ferry",
    "slow": "s-slow",
    "slow-no-ferry": "s-both",
    "closed": "s-closed",
    "h1": "f-1",
    "h2": "f-2",
    "s1": "f-3",
    **{f"d{number}": f"d-{number}" for number in range(1, 6)},
}
#: An id as it stands in a study file or a table; kinds are cells of tables, never parts of names.
_IN_FILES = re.compile(
    r'(?:^|(?<=[."\[,]))(' + "|".join(sorted(IDS, key=len, reverse=True)) + r')(?=["\],]|\.response\])'
)


class Shown(HTMLParser):
    """What a reader sees of a page: no styles, no commands, no sources of the data."""

    hidden = frozenset({"style", "script", "code", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside += tag in self.hidden

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag in self.hidden

    def handle_data(self, data: str) -> None:
        if not self._inside and data.strip():
            self.texts.append(data)


@dataclass(frozen=True)
class Walk:
    """Everything that came out.

    Attributes:
        said: question, output, language -> what was said, drawn or written, as text.
        missing: question, output, language -> why there is nothing.
    """

    said: Mapping[tuple[str, str, str], str]
    missing: Mapping[tuple[str, str, str], str]

    def table(self) -> list[list[str]]:
        """A row for each question, a column for each output: the languages it is there in, or the reason."""
        names = dict.fromkeys(question for question, _, _ in (*self.said, *self.missing))
        return [[name, *(self._cell(name, output) for output in OUTPUTS)] for name in names]

    def _cell(self, question: str, output: str) -> str:
        found = [language for language in LANGUAGES if (question, output, language) in self.said]
        reasons = {
            self.missing[question, output, language]
            for language in LANGUAGES
            if (question, output, language) in self.missing
        }
        return ", ".join(found) or "; ".join(sorted(reasons))


def call(*arguments: object, language: str = "en") -> Said:
    """Run a command of this checkout in this process."""
    return said(arguments, language=language)


def prepare(folder: Path) -> Path:
    """The study that is asked, in a new folder, beside the network, points and costs that some commands want."""
    from geoaccess.study import load_study
    from networks import save_network

    files = _fjord_files()
    study = folder / "fjord"
    study.mkdir()
    for name, text in files.items():
        told = text.lstrip("\n")
        if name == "study.toml":
            for english, both in BOKMAL.items():
                told = told.replace(english, both)
            told += ADDED
        own = name in {"study.toml", "people.csv", "places.csv", "near_beds.csv"}
        (study / name).write_text(_with_own_ids(told) if own else told, encoding="utf-8")
    _with_calls(folder / "calls")
    save_network(load_study(study).network, folder / "fjord.net")
    (folder / "homes.csv").write_text("id,lon,lat\nTown,18.0,69.0\nWest,18.0,69.5\n", encoding="utf-8")
    (folder / "costs.csv").write_text("id,A,B\nTown,1,5\nWest,5,2\n", encoding="utf-8")
    return study


def _with_own_ids(text: str) -> str:
    """A file of the study with the ids of :data:`IDS`; names and labels, which have the same words, stay."""
    lines = []
    for line in text.splitlines(keepends=True):
        told = re.match(r"(title|label|notice|source)(_nb)? =", line)
        lines.append(line if told else _IN_FILES.sub(lambda found: IDS[found[1]], line))
    return "".join(lines)


def _fjord_files() -> Mapping[str, str]:
    files: Mapping[str, str] = _conftest()["FILES"]  # type: ignore[assignment]
    return files


def _with_calls(folder: Path) -> None:
    """The fjord with calls and crews, in a folder of its own."""
    _conftest()["with_calls"](folder)  # type: ignore[operator]
    told = (folder / "study.toml").read_text(encoding="utf-8")
    for english, both in BOKMAL.items():
        told = told.replace(english, both)
    (folder / "study.toml").write_text(told, encoding="utf-8")


def _conftest() -> dict[str, object]:
    namespace: dict[str, object] = {}
    source = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
    exec(compile(source, "conftest.py", "exec"), namespace)
    return namespace


def calls(study: Path) -> Mapping[str, tuple[Sequence[object], Sequence[object]]]:
    """Question -> its command, and the command that writes its run folder (without ``-o``)."""
    at = study.parent
    net, homes, first, second = at / "fjord.net", at / "homes.csv", at / "run-access", at / "run-slow"
    points = ("--origins", homes, "--destinations", homes)
    asked: dict[str, tuple[Sequence[object], Sequence[object]]] = {
        name: (command, command)
        for name, command in {
            "access": ("access", study, "--scenario", "base", "--scenario", "s-ferry"),
            "place": ("place", study, "p_stat", "--value", "--order"),
            "frontier": ("frontier", study, "p_stat", "--sites", "0..1"),
            "plan": ("plan", study, "p_stat", "--years", "2026,2031"),
            "burden": ("burden", study),
            "beds": ("beds", study),
            "teams": ("teams", study),
            "levels": ("levels", study),
            "tradeoff": ("tradeoff", study),
            "compare": ("compare", first, second),
            "losses": ("losses", study),
            "clocks": ("clocks", study),
            "reliability": ("reliability", study),
            "sensitivity": ("sensitivity", study, "--samples", 4),
            "route": ("route", study, "Town", "Færøy"),
            "workload": ("workload", at / "calls", "--without", "s2"),
            "simulate": ("simulate", at / "calls", "--years", 2, "--without", "s2"),
            "supply": ("supply", study, "--capacity", "beds", "--to", "k_hosp"),
        }.items()
    }
    asked["isochrones"] = (
        ("isochrones", net, "--from", homes, "-o", at / "areas.gpkg"),
        ("map", study, "--isochrones", "k_hosp", "--minutes", "15,30"),
    )
    asked["matrix"] = (("matrix", net, *points, "-o", at / "pairs.csv"), ("matrix", net, *points))
    swept = ("sweep", study, "--to", "k_hosp")
    asked["sweep"] = ((*swept, "-o", at / "swept", "--overwrite"), swept)
    solve = ("solve", "p-median", "--costs", at / "costs.csv", "--p", 1)
    asked["solve"] = (solve, solve)
    return asked


def walk(study: Path) -> Walk:
    """Ask every question of the registry in both languages and look for each output.

    Raises:
        RuntimeError: a command fails, or a question of the registry has no call here.
    """
    from geoaccess.questions.registry import QUESTIONS

    found: dict[tuple[str, str, str], str] = {}
    missing: dict[tuple[str, str, str], str] = {}
    asked = calls(study)
    _done(call("access", study, "-o", study.parent / "run-access", "--overwrite", "-q"), "access")
    _done(call("access", study, "--scenario", "s-slow", "-o", study.parent / "run-slow", "-q"), "access")
    for name, row in QUESTIONS.items():
        if name == "demo":
            continue  # access and place of an embedded study, one after the other
        if name not in asked:
            raise RuntimeError(f"say in tests/geoaccess/outputs.py how {name} is asked")
        command, written = asked[name]
        for language in LANGUAGES:
            told = _done(call(*command, language=language), name)
            found[name, "terminal", language] = told.out + told.err
            found[name, "json", language] = _done(call(*command, "--json", "-q", language=language), name).out
        if row.report:
            folder = study.parent / f"answer-{name}"
            _done(call(*written, "-o", folder, "-q"), name)
            found |= _drawn(name, folder, ("map", "report") if row.map else ("report",))
        lacking = () if row.map else ("map",) if row.report else OUTPUTS[2:]
        missing |= {(name, output, language): REASONS[name] for output in lacking for language in LANGUAGES}
    return Walk(found, missing)


def _done(told: Said, name: str) -> Said:
    if told.code:
        raise RuntimeError(f"{name} ended with {told.code}: {told.err}{told.out}")
    return told


def _drawn(name: str, folder: Path, pages: Sequence[str]) -> Mapping[tuple[str, str, str], str]:
    """Map, report and notebook of a run folder in every language."""
    from geoaccess.answers.answer import load_answer

    found = {}
    for language in LANGUAGES:
        for output in pages:
            page = folder.parent / f"{output}-{name}-{language}.html"
            _done(call(output, folder, "-o", page, "-q", language=language), f"{output} of {name}")
            found[name, output, language] = page.read_text(encoding="utf-8")
        with _language(language):
            found[name, "notebook", language] = load_answer(folder)._repr_html_()
    return found


@contextlib.contextmanager
def _language(language: str) -> Iterator[None]:
    usual = os.environ.get("GEOACCESS_LANG")
    os.environ["GEOACCESS_LANG"] = language
    try:
        yield
    finally:
        if usual is None:
            del os.environ["GEOACCESS_LANG"]
        else:
            os.environ["GEOACCESS_LANG"] = usual


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    """The table as the page holds it."""
    head = ["question", *OUTPUTS]
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


#: The lines of the page between which the table stands.
BEGIN, END = "<!-- outputs: python -m tests.documentation.refresh library.md -->", "<!-- /outputs -->"


def page_with(table: str) -> str:
    """The page with this table in its place.

    Raises:
        RuntimeError: the page has no place for it.
    """
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    if not begin:
        raise RuntimeError(f"{PAGE} has no line {BEGIN}")
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def rewrite(page: str) -> None:
    """Write the table into its page."""
    assert page in PAGES
    PAGE.write_text(page_with(table()), encoding="utf-8")


def table() -> str:
    """The table of what exists, every question asked now."""
    with tempfile.TemporaryDirectory() as folder:
        return as_markdown(walk(prepare(Path(folder))).table())


if __name__ == "__main__":
    print(table())
