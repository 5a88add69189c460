"""``geoaccess solve -o``: a folder with every site and demand point, a report in both languages, and no map."""

from __future__ import annotations

import pandas as pd
import pytest

from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.questions.registry import report_document
from geoaccess.words.words import Words

COSTS = "id,a,b,c\nx,1,9,4\ny,8,2,5\nz,,7,\n"


@pytest.fixture
def costs(tmp_path):
    file = tmp_path / "costs.csv"
    file.write_text(COSTS, encoding="utf-8")
    return file


def test_the_folder_says_who_is_served_from_where(costs, tmp_path):
    target = tmp_path / "solved"
    assert run(["solve", "p-median", "--costs", str(costs), "--p", "1", "-o", str(target), "-q"]) == 0
    answer = load_answer(target)
    # Only b reaches z, so b it is: 9 + 2 + 7 minutes of three.
    points = answer.tables["solved_points"].set_index("demand_id")
    assert points["site_id"].to_dict() == {"x": "b", "y": "b", "z": "b"}
    assert points["travel_time_min"].to_dict() == {"x": 9, "y": 2, "z": 7}
    sites = answer.tables["solved_sites"].set_index("site_id")
    assert sites["weight_served"].to_dict() == {"a": 0, "b": 3, "c": 0}
    assert answer.facts["solve"]["status"] == "optimal"
    assert answer.facts["solve"]["objective"] == pytest.approx(6)
    assert list(answer.facts["inputs"]) == ["costs.csv"]
    for table in answer.tables:
        for column in answer.columns(table):
            assert column.meaning["en"], column.name
            assert column.meaning["nb"], column.name


@pytest.mark.parametrize(("language", "said"), [("en", "no map"), ("nb", "ikke noe kart")])
def test_its_report_tells_the_proof_and_why_there_is_no_map(costs, tmp_path, language, said, capsys):
    target = tmp_path / "solved"
    assert run(["solve", "p-median", "--costs", str(costs), "--p", "1", "-o", str(target), "-q"]) == 0
    report = report_document(load_answer(target), Words(language))
    told = " ".join(getattr(block, "text", "") for block in report.sections[0].blocks)
    assert said in told
    assert "6" in told
    assert not (target / "map.html").exists()
    capsys.readouterr()
    assert run(["map", str(target), "-o", str(tmp_path / "map.html")]) == 3
    assert "knows no places" in capsys.readouterr().err


def test_one_table_by_its_ending(costs, tmp_path):
    target = tmp_path / "points.csv"
    assert run(["solve", "p-median", "--costs", str(costs), "--p", "1", "-o", str(target), "-q"]) == 0
    assert pd.read_csv(target)["site_id"].tolist() == ["b", "b", "b"]


def test_nobody_served_is_told_and_not_zero_minutes(costs, tmp_path):
    costs.write_text("id,a,b\nx,1,9\nz,,\n", encoding="utf-8")
    target = tmp_path / "solved"
    assert run(["solve", "p-median", "--costs", str(costs), "--p", "1", "-o", str(target), "-q"]) == 0
    points = load_answer(target).tables["solved_points"].set_index("demand_id")
    assert points.loc["z", "site_id"] == ""
    assert pd.isna(points.loc["z", "travel_time_min"])
