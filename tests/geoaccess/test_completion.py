"""What a shell offers: the oracle is the study file itself, read by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from geoaccess.cli.app import COMPLETING, root


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, fjord: Path):
    monkeypatch.setenv(COMPLETING, "bash_complete")
    monkeypatch.chdir(fjord.parent)

    def ask(*typed: str) -> list[str]:
        *arguments, incomplete = typed
        shell = BashComplete(root, {}, "geoaccess", COMPLETING)
        return [item.value for item in shell.get_completions(list(arguments), incomplete)]

    return ask


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["acc"], ["access"]),
        (["access", "nord"], ["nord-norge"]),
        (["access", "fj"], ["fjord"]),
        (["access", "fjord", "--scenario", "slow"], ["slow", "slow-no-ferry"]),
        (["access", "fjord", "--scenario", "slow", "--scenario", "no"], ["no-ferry"]),
        (["access", "nord-norge", "--scenario", "winter-n"], ["winter-night"]),
        (["access", "fjord", "--to", ""], ["hospital", "station"]),
        (["access", "fjord", "--by", "c"], ["county"]),
        (["access", "fjord", "--weight", "o"], ["old"]),
        (["access", "fjord", "--close", "h"], ["h1", "h2"]),
        (["place", "fjord", ""], ["stations"]),
        (["route", "fjord", "Fær"], ["Færøy", "Færøy hospital"]),
        (["route", "fjord", "Town", "we"], ["West"]),
        (["losses", "fjord", "--rank", "person"], ["person-minutes"]),
        (["access", "nowhere", "--scenario", ""], []),
    ],
    ids=" ".join,
)
def test_offered(offered, typed: list[str], expected: list[str]) -> None:
    found = offered(*typed)
    assert found == expected


def test_a_study_file_with_faults_offers_nothing_and_says_nothing(
    offered, fjord: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fjord / "study.toml").write_text("[study\n", encoding="utf-8")
    assert offered("access", "fjord", "--scenario", "") == []
    assert capsys.readouterr() == ("", "")


def test_titles_stand_beside_the_names_where_a_shell_shows_them(offered) -> None:
    shell = BashComplete(root, {}, "geoaccess", COMPLETING)
    items = shell.get_completions(["access", "fjord", "--scenario"], "no-f")
    assert [(item.value, item.help) for item in items] == [("no-ferry", "The ferry is out")]
