"""Questions asked for several scenarios: the oracle is the same command asked for each of them alone."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geoaccess.cli.app import run
from geoaccess.terminal import beside
from geoaccess.terminal.output import Output


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("command", "table", "figure"),
    [
        (["frontier", "stations", "--sites", "1..2"], "rows", "mean_min"),
        (["route", "Town", "Færøy"], "answer", "travel_time_min"),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else "",
)
def test_each_scenario_stands_as_it_is_told_alone(
    fjord: Path, command: list[str], table: str, figure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *options = command
    both = asked(capsys, name, str(fjord), *options, "--scenario", "base", "--scenario", "slow")
    assert both["scenarios"] == ["base", "slow"]
    beside = pd.DataFrame(both["beside"])
    for scenario in ("base", "slow"):
        alone = asked(capsys, name, str(fjord), *options, "--scenario", scenario)
        rows = alone["rows"] if table == "rows" else [alone]
        here = beside[
            (beside["scenario"] == scenario) & (beside["figure"] == figure) & (beside["table"] == table)
        ]
        assert here["value"].tolist() == pytest.approx([row[figure] for row in rows])
        assert set(alone) <= set(both["answers"][scenario]) | {"note_codes"}
    values = beside[beside["figure"] == figure].groupby("scenario")["value"].sum()
    assert values["base"] < values["slow"]


def test_the_terminal_has_a_column_a_scenario_in_both_languages(
    fjord: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(
            [
                "--lang",
                "nb",
                "route",
                str(fjord),
                "Town",
                "Færøy",
                "--scenario",
                "base",
                "--scenario",
                "slow",
            ]
        )
        == 0
    )
    said = capsys.readouterr().out
    assert "Side om side" in said
    assert "slow" in said
    assert "115,0" in said  # 60 + 25 + 30 min


def test_folders_of_each_and_one_table_of_all(
    fjord: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = [
        "losses",
        str(fjord),
        "--of",
        "passes",
        "--to",
        "hospital",
        "--scenario",
        "base",
        "--scenario",
        "slow",
    ]
    assert run([*base, "-o", str(tmp_path / "each")]) == 0
    assert {path.name for path in (tmp_path / "each").iterdir()} == {"base", "slow"}
    assert (tmp_path / "each" / "slow" / "run.json").is_file()
    assert run([*base, "-o", str(tmp_path / "all.csv")]) == 0
    table = pd.read_csv(tmp_path / "all.csv")
    assert set(table["scenario"]) == {"base", "slow"}
    capsys.readouterr()


def test_what_is_of_one_scenario_is_refused(fjord: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["losses", str(fjord), "--scenario", "base", "--scenario", "slwo"]) == 2
    assert "slow" in capsys.readouterr().err


def test_the_region_among_its_groups_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame(
        {"municipality": ["", "", "Far", "Far"], "scenario": ["a", "b"] * 2, "mean_min": [1.5, 2, 3, 4]}
    )
    table = beside.Table("rows", {"municipality": "municipality"}, {"mean_min": "mean min"})
    beside._show(Output(json=False, quiet=False, language="nb"), table, frame, ["a", "b"])
    assert "alle samlet" in capsys.readouterr().out


@pytest.mark.parametrize(("language", "told"), [("en", ["61.62%", "61.50%"]), ("nb", ["61,62 %", "61,50 %"])])
def test_shares_are_told_in_per_cent_and_years_as_years(
    language: str, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame(
        {
            "year": [2026, 2026, 2031, 2031],
            "scenario": ["a", "b"] * 2,
            "share_within": [0.61623, 0.615, 0.5, math.nan],
        }
    )
    table = beside.Table("rows", {"year": "year"}, {"share_within": "share within"})
    beside._show(Output(json=False, quiet=False, language=language), table, frame, ["a", "b"])
    out = capsys.readouterr().out
    assert [text for text in told if text in out.replace("\xa0", " ")] == told
    assert "2026" in out
    assert out.count(" -") == 1
