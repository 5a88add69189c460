"""Commands speak the language that is asked for: texts by the catalogue, numbers by its signs, names as they are."""

from __future__ import annotations

import ast
import inspect
import json
import math
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import click
import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import geoaccess.words.terminal as language_module
from geoaccess.cli.app import COMMANDS, root, run
from geoaccess.words.figures import figure, percent
from geoaccess.words.note import Note, state_words
from geoaccess.words.terminal import asked_language, told

CATALOGUE = Path(language_module.__file__).parent / "_terminal" / "nb.po"


@pytest.fixture
def said(capsys):
    """``said(*arguments)`` -> exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def texts() -> dict[str, str]:
    return {message.id: message.string for message in read_po(BytesIO(CATALOGUE.read_bytes())) if message.id}


def test_what_is_looked_up_whole_has_no_fields():
    """A text with fields is a note with a code: nothing that is said is matched against a pattern."""
    holes = {english for english in texts() if re.search(r"\{\w+\}", english)}
    assert {english for english in holes if "{z}/{x}/{y}" not in english} == set()
    assert all(texts().values())


def test_spellings_are_kept():
    columns = json.loads((CATALOGUE.parents[1] / "columns.nb.json").read_text(encoding="utf-8"))
    assert [told for told in columns.values() if re.search(r"ferj|\bvei(?!led|d)|idag", told)] == []
    wrong = {
        bokmal for bokmal in texts().values() if re.search(r"ferj|vei(?!led)|idag", bokmal, re.IGNORECASE)
    }
    assert wrong == set()


def test_texts_notes_and_figures_are_told():
    assert told("reading the study", "nb") == "leser studien"
    assert told(Note("say.written", path="a/b.html"), "nb") == "Skrevet: a/b.html"
    kind = {"en": "hospital", "nb": "sykehus"}
    nearest = Note("say.access.nearest", kind=kind, scenario=state_words("base"))
    assert (told(nearest, "en"), told(nearest, "nb")) == ("Nearest hospital, base", "Nærmeste sykehus, i dag")
    assert told("hospital", "nb", {"hospital": "sykehus"}) == "sykehus"
    assert told("something nobody has translated", "nb") == "something nobody has translated"


@pytest.mark.parametrize(
    ("english", "bokmal"),
    [
        (figure(1234.5), "1\N{NO-BREAK SPACE}234,5"),
        (percent(0.125), "12,5\N{NO-BREAK SPACE}%"),
        (figure(-0.25, 2), "-0,25"),
        (figure(math.nan), "nås ikke"),
        (
            Note("say.persons_share", persons=252472, share=0.515),
            "252\N{NO-BREAK SPACE}472 (51,5\N{NO-BREAK SPACE}%)",
        ),
        ("1,2", "1,2"),
        ("12.3.4", "12.3.4"),
        ("14.54", "14.54"),
    ],
)
def test_only_figures_change_their_signs(english: str, bokmal: str):
    """A text of the data that looks like a figure is none."""
    assert told(english, "nb") == bokmal
    assert told(english, "en") == english


@given(st.floats(-1e9, 1e9, allow_nan=False), st.integers(0, 4))
def test_a_figure_keeps_its_value(value: float, digits: int):
    english = figure(value, digits)
    back = english.said("nb").replace("\N{NO-BREAK SPACE}", "").replace(",", ".")
    assert back == english.replace(",", "")


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        ([], "en"),
        (["--lang", "nb", "access", "x"], "nb"),
        (["--lang=nb", "access"], "nb"),
        (["access", "--lang", "nb"], "en"),
        (["--lang", "xx", "access"], "en"),
    ],
)
def test_the_language_is_asked_for_before_the_command(arguments: list[str], language: str, monkeypatch):
    monkeypatch.delenv("GEOACCESS_LANG", raising=False)
    assert asked_language(arguments) == language


def test_access_and_place_speak_bokmal_and_keep_the_names(said, fjord):
    for command in (("access", fjord), ("place", fjord, "stations")):
        _, english, _ = said(*command)
        code, bokmal, notes = said("--lang", "nb", *command)
        assert code == 0
        assert "kommune" in bokmal
        assert "personer" in bokmal
        assert "municipality" not in bokmal
        assert "merk: " in notes
        for name in ("Færøy", "Town"):
            assert english.count(name) == bokmal.count(name)


def test_numbers_in_the_tables_are_the_same_numbers(said, fjord):
    _, english, _ = said("place", fjord, "stations")
    _, bokmal, _ = said("--lang", "nb", "place", fjord, "stations")
    number = re.compile(r"(?<![\w.])-?\d[\d,]*\.\d+(?![\w.])")
    wanted = [text.replace(",", "").replace(".", ",") for text in number.findall(english)]
    plain = bokmal.replace("\N{NO-BREAK SPACE}", "")
    # Seconds of solving differ from one call to the next.
    assert sum(text in plain for text in wanted) >= len(wanted) - 2


def test_json_is_the_same_in_every_language(said, fjord):
    _, english, _ = said("access", fjord, "--json")
    _, bokmal, _ = said("--lang", "nb", "access", fjord, "--json")
    assert json.loads(english) == json.loads(bokmal)


def test_faults_are_counted_in_the_language(said, tmp_path):
    code, _, errors = said("--lang", "nb", "map", tmp_path)
    assert code == 3
    assert errors.startswith("feil: 1 feil:")


def test_the_variable_sets_the_language(said, fjord, monkeypatch):
    monkeypatch.setenv("GEOACCESS_LANG", "nb")
    assert "kommune" in said("access", fjord)[1]


def test_maps_and_reports_follow_the_language_of_the_command_line(said, fjord, tmp_path):
    folder = tmp_path / "run"
    assert said("access", fjord, "-o", folder, "-q")[0] == 0
    for arguments, language in (
        (("map", folder, "-o", tmp_path / "a.html"), "en"),
        (("--lang", "nb", "map", folder, "-o", tmp_path / "a.html"), "nb"),
        (("map", folder, "-o", tmp_path / "a.html", "--lang", "nb"), "nb"),
        (("--lang", "nb", "report", folder, "-o", tmp_path / "a.html"), "nb"),
    ):
        assert said(*arguments, "-q")[0] == 0
        assert f'<html lang="{language}"' in (tmp_path / "a.html").read_text(encoding="utf-8")


# The questions of `geoaccess map`


def test_a_question_is_drawn_or_becomes_a_run(said, fjord, tmp_path):
    page, folder = tmp_path / "map.html", tmp_path / "run"
    for question in (
        ("--frontier", "stations", "--sites", "0..1"),
        ("--losses", "ferries"),
        ("--route", "Town", "Færøy"),
        ("--isochrones", "hospital", "--minutes", "15,30"),
    ):
        code, out, _ = said("map", fjord, *question, "-o", page, "--json")
        assert code == 0
        assert json.loads(out)["bytes"] == page.stat().st_size
        code, out, _ = said("map", fjord, *question, "-o", folder, "--overwrite", "--json")
        assert code == 0
        kind = json.loads((folder / "run.json").read_text(encoding="utf-8"))["kind"]
        assert json.loads(out)["kind"] == kind
        assert (folder / "map.html").read_bytes() == page.read_bytes()


def test_two_runs_or_two_scenarios_are_compared(said, fjord, tmp_path):
    assert (
        said("access", fjord, "--scenario", "base", "--scenario", "slow", "-o", tmp_path / "a", "-q")[0] == 0
    )
    assert said("map", tmp_path / "a", tmp_path / "a", "-o", tmp_path / "c.html")[0] == 0
    code, _, _ = said("map", tmp_path / "a", "--scenarios", "base", "slow", "-o", tmp_path / "d")
    assert code == 0
    assert json.loads((tmp_path / "d" / "run.json").read_text(encoding="utf-8"))["kind"] == "compare"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--frontier", "stations", "--clocks", "-o", "x.html"], 2, "one question at a time"),
        (["--losses", "ferries"], 2, "say with -o"),
        (["--isochrones", "hospital", "--minutes", "a", "-o", "x.html"], 2, "minutes by commas"),
        (["--clocks", "-o", "x.html"], 3, "has no clock"),
        (["--route", "Town", "Nowhere", "-o", "x.html"], 2, "no place named"),
        (["--losses", "ferries", "--tiles", "http://a/{z}", "-o", "x.html"], 2, "{z}/{x}/{y}"),
    ],
)
def test_what_cannot_be_asked_is_said(said, fjord, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    found, _, errors = said("map", fjord, *arguments)
    assert (found, message in errors) == (code, True), errors
    assert not (tmp_path / "x.html").exists()


def test_tiles_are_named_as_needing_a_network(said, fjord, tmp_path):
    address = "https://tile.example.org/{z}/{x}/{y}.png"
    page = tmp_path / "map.html"
    code, _, notes = said(
        "map", fjord, "--losses", "ferries", "-o", page, "--tiles", address, "--tiles-by", "Us"
    )
    assert code == 0
    assert "tile.example.org: the page needs a network" in notes
    text = page.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert "img-src data: https://tile.example.org;" in policy
    assert said("map", fjord, "--losses", "ferries", "-o", page)[0] == 0
    assert "tile.example.org" not in page.read_text(encoding="utf-8")


# Help


def helps(command: click.Command) -> Iterator[str]:
    """Every text of help of a command and of those below it."""
    yield from filter(None, [command.help, *(getattr(one, "help", None) for one in command.params)])
    if isinstance(command, click.Group):
        names = command.list_commands(click.Context(command))
        for name in names:
            yield from helps(command.get_command(click.Context(command), name))


def test_every_text_of_help_is_known_in_bokmal():
    every = {inspect.cleandoc(text).strip() for text in helps(root)} | {text for _, text in COMMANDS.values()}
    assert len(every) > 150
    assert every - set(texts()) - {"Show this message and exit.", "Show the version and exit."} == set()


def paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that name a command and all below it."""
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from paths(command.get_command(context, name), (*path, name))


def test_placeholders_and_types_are_told_in_bokmal(said):
    """``[OPTIONS] STUDY --sites INTEGER RANGE`` has no English word, whatever a command takes."""
    kept = {"MIN", "MM", "DD", "LAT", "LON", "TEKST", "HELTALL", "TALL", "STI", "JA", "NEI", "ID"}
    english, every = {*texts()}, list(paths(root))
    assert len(every) > 25
    ours = {word for text in texts().values() for word in re.findall(r"[A-ZÆØÅ][A-ZÆØÅ_]+", text)}
    for path in every:
        _, text, _ = said("--lang", "nb", *path, "--help")
        begun = [line for line in text.splitlines() if re.match(r"Bruk:|  -", line)]
        named = [re.split(r"(?<=\S)  +", line.strip())[0] for line in begun]
        words = {word for line in named for word in re.findall(r"(?<![\w-])[A-ZÆØÅ][A-ZÆØÅ_]+\b", line)}
        assert words <= (ours | kept) - english, path


def test_every_option_that_is_shown_has_help():
    def silent(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
        for one in command.params:
            if isinstance(one, click.Option) and not one.hidden and not one.help:
                yield path, one.opts[0]
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                yield from silent(command.get_command(context, name), name)

    assert list(silent(root, "geoaccess")) == []


def test_help_is_told_in_the_language_and_the_command_stays_as_it_is(said):
    code, bokmal, _ = said("--lang", "nb", "access", "--help")
    assert code == 0
    assert bokmal.startswith("Bruk: geoaccess access")
    assert "Tider fra der folk bor til nærmeste tilbud av hver type." in bokmal
    assert "Vis denne teksten og avslutt." in bokmal
    _, whole, _ = said("--lang", "nb", "--help")
    assert "Reisetider til tjenester, per kommune." in whole
    _, english, _ = said("access", "--help")
    assert english.startswith("Usage: geoaccess access")
    assert "Times from where people live" in english


def test_complaints_are_told_in_the_language(said, fjord):
    _, _, told = said("--lang", "nb", "access", fjord, "--to", "sykhus")
    assert told.splitlines()[-1].startswith("feil: finner ikke tilbudstypen 'sykhus'")
    _, _, told = said("--lang", "nb", "access", fjord, "--nothing")
    assert "Feil: Finner ikke valget '--nothing'." in told
    _, _, told = said("--lang", "nb", "map", fjord, "--clocks", "--route", "a", "b")
    assert "Feil: still ett spørsmål om gangen" in told
    _, _, told = said("access", fjord, "--nothing")
    assert "Error: No such option '--nothing'." in told


def test_faults_say_where_they_are_in_the_language(said, fjord):
    text = (fjord / "roads.csv").read_text(encoding="utf-8")
    (fjord / "roads.csv").write_text(text.replace("tw,town,west", "tw,town,nowhere"), encoding="utf-8")
    _, _, english = said("access", fjord)
    _, _, bokmal = said("--lang", "nb", "access", fjord)
    assert ", row 2, column 'to_node': " in english
    assert ", rad 2, kolonnen «to_node»: " in bokmal


def test_clicks_own_words_are_compiled_from_their_catalogue():
    folder = Path(language_module.__file__).parent / "_click" / "nb" / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as file:
        wanted = read_po(file)
    with (folder / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    known = [{str([*one.id]): str([*one.string]) for one in read if one.id} for read in (compiled, wanted)]
    assert known[0] == known[1]


def test_what_is_not_found_is_called_by_its_name_in_bokmal():
    """The first word of ``UnknownNameError`` and ``find_name`` is a field of their sentence."""
    root_folder = Path(language_module.__file__).parents[1]
    asked = {
        call.args[0].value
        for file in root_folder.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("UnknownNameError", "find_name")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(asked) > 20
    assert asked - texts().keys() == set()
