"""What the models declare is read by the help, by the check of a study and before solving, in both languages."""

from __future__ import annotations

import pytest

from geoaccess.cli.app import run
from geoaccess.words.catalogue import texts
from optimise.declarations import DECLARED


@pytest.mark.parametrize("command", ["place", "solve"])
@pytest.mark.parametrize("language", ["en", "nb"])
def test_the_help_tells_every_model(command, language, capsys):
    run(["--lang", language, command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for name in DECLARED:
        assert name in told
        assert texts(language)[f"model.{name}"].split(",")[0] in told


def test_the_catalogue_says_what_the_rows_say():
    assert {name: texts("en")[f"model.{name}"] for name in DECLARED} == {
        name: row.finds for name, row in DECLARED.items()
    }


@pytest.mark.parametrize(
    ("objective", "told"),
    [
        ("p-mediann", "asks an unknown model"),
        ("p-dispersion", "minutes between the sites"),
        ("anti-cover", "needs the parameter separation"),
        ("mexclp", "needs the parameter busy"),
        ("capacitated-p-median", "the capacity of each site or unit"),
        ("relocation", "how many of the existing sites may move"),
    ],
)
def test_check_refuses_a_question_that_its_model_cannot_answer(fjord, capsys, objective, told):
    file = fjord / "study.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("sites = 1\nparts", f'sites = 1\nobjective = "{objective}"\nparts'), encoding="utf-8"
    )
    assert run(["study", "check", str(fjord)]) == 3
    out = capsys.readouterr()
    assert told in out.out + out.err


def test_place_refuses_before_solving_what_the_model_lacks(fjord, capsys):
    assert run(["place", str(fjord), "stations", "--objective", "p-dispersion"]) == 3
    out = capsys.readouterr()
    assert "minutes between the sites" in out.err
    assert "solving" not in out.err
