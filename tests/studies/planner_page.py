"""The page of the planner's questions: each one command, and what it prints in English and in bokmål.

``python -m tests.documentation.refresh planner.md`` asks everything of ``nord-norge`` in both languages and writes
the page; it takes some minutes, so it is made when it is named. ``--keep FOLDER`` of this file, run alone, keeps what
was printed, and asks again only what the folder does not have.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("GEOACCESS_DRAWN_TABLES", "1")
from said import said

import geoaccess as ga

DOCS = Path(ga.__file__).parent / "docs"
PAGES = ("planner.md",)
LANGUAGES = ("en", "nb")
LEFT_OUT = "  ..."


@dataclass(frozen=True)
class Asked:
    """A question and the one command that answers it.

    Attributes:
        question: as a planner asks it.
        question_nb: the same in bokmål.
        command: what is typed, without the language.
        rows: rows of each table that the page shows.
        tables: tables that the page shows.
        beside: what the page says below, such as what the command does not answer.
    """

    question: str
    question_nb: str
    command: str
    rows: int = 6
    tables: int = 4
    beside: str = ""

    def typed(self, language: str) -> str:
        """The command line in a language."""
        return (
            self.command if language == "en" else self.command.replace("geoaccess", "geoaccess --lang nb", 1)
        )


QUESTIONS = (
    Asked(
        "How long do people in each municipality take to the nearest akuttmottak, DMS and legevakt; how many are "
        "beyond 30, 60 and 120 minutes; who are they (80+)?",
        "Hvor lang tid bruker folk i hver kommune til nærmeste akuttmottak, DMS og legevakt; hvor mange er utenfor "
        "30, 60 og 120 minutter; hvem er de (80+)?",
        "geoaccess access nord-norge",
        rows=4,
        tables=7,
    ),
    Asked(
        "Where should three more ambulance stations go, and what does each add?",
        "Hvor bør tre nye ambulansestasjoner ligge, og hva gir hver av dem?",
        "geoaccess place nord-norge ambulance --order",
        beside="“And if we may only move two?” is another question, with a floor under those who would lose their "
        "station: `geoaccess place nord-norge ambulance-move`, on the page [Placements](placements.md).",
    ),
    Asked(
        "Which stations, ferries, passes or hospitals hurt most when they fall out?",
        "Hvilke stasjoner, ferger, fjelloverganger eller sykehus merkes mest når de faller ut?",
        "geoaccess losses nord-norge --of stations,ferries,passes,facilities",
        rows=8,
    ),
    Asked(
        "If legevakt A closes, who gains and who loses, in persons and minutes, per municipality?",
        "Hvis legevakt A legges ned, hvem vinner og hvem taper, i personer og minutter, kommune for kommune?",
        "geoaccess losses nord-norge --of facilities --to legevakt",
        rows=8,
        beside="This one command closes each legevakt in turn and tells persons, person-hours and the worst loss; **it "
        "does not tell them municipality by municipality**. That takes two: `geoaccess access` of both states and "
        "`geoaccess compare`, on the page [Questions and commands](questions.md).",
    ),
    Asked(
        "Where do ten blood-bank kits save the most time to blood?",
        "Hvor sparer ti vandrende blodbanker mest tid til blod?",
        "geoaccess place nord-norge blood-kits --sites 10",
        rows=10,
    ),
    Asked(
        "How many KAD beds where, if each unit has at least four and nobody crosses more than one municipal border?",
        "Hvor mange KAD-senger hvor, hvis hver enhet har minst fire og ingen krysser mer enn én kommunegrense?",
        "geoaccess beds nord-norge --bed-variant merge",
        rows=8,
    ),
    Asked(
        "Does the answer hold in winter, at night, with the Bognes ferries out, and in 2035 with more people 80+?",
        "Holder svaret om vinteren, om natten, uten Bognes-fergene, og i 2035 med flere over 80?",
        "geoaccess place nord-norge ambulance --year 2035 --scenario base --scenario winter-day "
        "--scenario winter-night --scenario bognes-out",
    ),
    Asked(
        "What is the price of fairness: mean time against the worst-off?",
        "Hva koster rettferdighet: gjennomsnittlig tid mot dem som har det verst?",
        "geoaccess place nord-norge ambulance --fairness",
    ),
    Asked(
        "How sure is this: proven optimal or within what gap; how good are the near-optimal alternatives?",
        "Hvor sikkert er dette: bevist best eller innenfor hvilket gap; hvor gode er de nest beste?",
        "geoaccess place nord-norge ambulance --alternatives 3",
    ),
)
CAPABILITIES = (
    Asked(
        "The whole clock from the call, part by part",
        "Hele klokken fra anropet, del for del",
        "geoaccess clocks nord-norge --by helsefellesskap",
        tables=2,
    ),
    Asked(
        "Who comes, by car, boat and aircraft, as winter weather lets them",
        "Hvem kommer, med bil, båt og luftfartøy, slik vinterværet lar dem",
        "geoaccess access nord-norge --to response --by-craft --season winter",
        tables=3,
    ),
    Asked(
        "What extreme weather and closed roads do to the year",
        "Hva ekstremvær og stengte veger gjør med året",
        "geoaccess reliability nord-norge --to akuttmottak --threshold 120",
    ),
    Asked(
        "Ferries as they sail, at every moment of leaving",
        "Ferger slik de går, for hvert øyeblikk man drar",
        "geoaccess route nord-norge Hasvik Alta --around-the-clock",
    ),
    Asked(
        "Capacity in 15 years: the beds of today and of 2041",
        "Kapasitet om 15 år: dagens senger og 2041",
        "geoaccess beds nord-norge --year 2041 --bed-variant keep",
    ),
    Asked(
        "A plan with dates: one change in a hospital's area at a time",
        "En plan med datoer: én endring i et sykehusområde om gangen",
        "geoaccess plan nord-norge helgeland-hospitals",
    ),
    Asked(
        "Journeys that people make often: hours, kilometres, ferries",
        "Reiser som folk gjør ofte: timer, kilometer, ferger",
        "geoaccess burden nord-norge --by helsefellesskap",
    ),
    Asked(
        "Teams that travel: compact areas, and hours on the road",
        "Team som reiser: samlede områder, og timer på vegen",
        "geoaccess teams nord-norge",
    ),
    Asked(
        "Equal service: by class of centrality, with those of 80 and over",
        "Likeverdige tjenester: etter sentralitet, med dem på 80 og over",
        "geoaccess access nord-norge --to akuttmottak --by centrality",
        tables=3,
    ),
    Asked(
        "How much capacity is there for those who share it",
        "Hvor mye kapasitet er det for dem som deler den",
        "geoaccess supply nord-norge --to ambulance_station --capacity units --unknown 1",
    ),
    Asked(
        "Crews: how busy they are, and who is reached in time",
        "Mannskap: hvor opptatt de er, og hvem som nås i tide",
        "geoaccess workload nord-norge",
    ),
    Asked(
        "No growth in staff: new crews within a budget of posts",
        "Ingen vekst i bemanning: nye mannskap innenfor et årsverksbudsjett",
        "geoaccess place nord-norge ambulance --budget-posts 6",
    ),
)

TOGETHER = (
    Asked(
        "The nearest acute help of any level, what it can do, and what stands together",
        "Nærmeste akutte hjelp på et hvilket som helst nivå, hva den kan, og hva som ligger sammen",
        "geoaccess levels nord-norge",
    ),
    Asked(
        "Three more stations: response, hospital, airport and colleagues at once",
        "Tre stasjoner til: respons, sykehus, flyplass og kolleger på én gang",
        "geoaccess tradeoff nord-norge ambulance-whole",
        rows=12,
    ),
)


def heads(lines: Sequence[str], rows: int, tables: int) -> list[str]:
    """The first rows of the first tables, and every line between them; the rest is told as left out."""
    shown: list[str] = []
    begun, row, inside = 0, 0, False
    for line in lines:
        if line.startswith("┏"):
            begun, row, inside = begun + 1, 0, True
        if inside and line.startswith("│"):
            row += bool(line.split("│")[1].strip())
        if begun > tables:
            shown.append(LEFT_OUT)
            break
        if inside and line.startswith("│") and row > rows:
            if shown[-1] != LEFT_OUT:
                shown.append(LEFT_OUT)
        else:
            shown.append(line)
        inside = inside and not line.startswith("└")
    return shown


def printed(command: str, keep: Path) -> list[str]:
    """What a command prints without notes; kept in a folder."""
    file = keep / f"{hashlib.sha256(command.encode()).hexdigest()[:16]}.txt"
    if not file.exists():
        os.environ["COLUMNS"] = "200"
        told = said(f"{command} -q", joined=True)
        if told.code:
            raise SystemExit(f"{command} ended with {told.code}:\n{told.out}")
        file.write_text("\n".join(told.lines) + "\n", encoding="utf-8")
        print(command, file=sys.stderr, flush=True)
    return file.read_text(encoding="utf-8").splitlines()


def block(asked: Asked, number: int, keep: Path) -> list[str]:
    """Heading, command and output in each language."""
    made = [f"### {number}. {asked.question}", "", f"*{asked.question_nb}*", ""]
    for language in LANGUAGES:
        command = asked.typed(language)
        shown = heads(printed(command, keep), asked.rows, asked.tables)
        made += ["```", command, "```", "", "```text", *shown, "```", ""]
    return [*made, asked.beside, ""] if asked.beside else made


def page(keep: Path) -> str:
    """The page as it is now."""
    made = [_HEAD]
    parts = (("Nine questions", QUESTIONS), ("Twelve capabilities", CAPABILITIES), ("Together", TOGETHER))
    for title, asked in parts:
        made += [f"## {title}", ""]
        for number, one in enumerate(asked, start=1):
            made += block(one, number, keep)
    return "\n".join(made).rstrip() + "\n"


_HEAD = """# The planner's questions, each one command

Nine questions that planners of acute care in the north ask, and twelve things that the health authority's documents want a
plan to weigh, and two where several things are weighed together: each is one command on the embedded study `nord-norge`, with what it printed in English and in bokmål. Rows
are left out where a line says `...`; every command also prints its notes (what is assumed, dropped, cut off), which `-q`
left out here, and takes `-o RUN` for tables, a map and a report, and `--json`. The network of the embedded study is a
curated approximation, mostly recalled and unchecked: the figures show how the questions are asked, they decide nothing.

This page is written by `python -m tests.documentation.refresh planner.md`, which asks all of it anew. That takes minutes,
so the tests do not: they hold that every command here is typed as the program takes it, and in both languages.
"""


def rewrite(name: str, keep: Path | None = None) -> None:
    """Write the page anew."""
    with tempfile.TemporaryDirectory() as folder:
        (DOCS / name).write_text(page(keep or Path(folder)), encoding="utf-8")


def main() -> None:
    """Write the page, keeping what was printed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", type=Path, required=True, metavar="FOLDER")
    asked = options.parse_args()
    asked.keep.mkdir(parents=True, exist_ok=True)
    rewrite(PAGES[0], asked.keep)


if __name__ == "__main__":
    main()
