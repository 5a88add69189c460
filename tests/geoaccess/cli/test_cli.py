"""The command line as a planner uses it: results, JSON, exit codes, and one clear message when it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from geoaccess.cli.app import COMMANDS, run
from geoaccess.words.visible import visible


@pytest.fixture
def geoaccess(capsys):
    """Run a command in this process; gives (exit code, stdout, stderr)."""

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_help_lists_every_command(geoaccess):
    code, out, _ = geoaccess("--help")
    assert code == 0
    for name in COMMANDS:
        assert f"  {name} " in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_json(geoaccess, name):
    code, out, _ = geoaccess(name, "--help")
    assert code == 0
    assert "--json" in out or "Commands:" in out


def test_access_prints_a_table_and_notes_apart(geoaccess, fjord):
    code, out, err = geoaccess("access", fjord)
    assert code == 0
    assert "hospital" in out
    assert "unreachable" in out
    assert "note: invented for tests" in err


def test_access_json_has_the_rows_of_the_contract(geoaccess, fjord):
    code, out, _ = geoaccess("access", fjord, "--scenario", "base", "--scenario", "no-ferry", "--json")
    assert code == 0
    rows = json.loads(out)["rows"]
    assert len(rows) == 6
    wanted = {
        "municipality",
        "kind",
        "scenario",
        "median_min",
        "p90_min",
        "mean_min",
        "persons",
        "persons_unreachable",
    }
    assert wanted <= set(rows[0])
    assert rows[0]["municipality"] == "Far"
    island = next(row for row in rows if row["municipality"] == "Island")
    assert island["median_min"] is None
    assert island["persons_unreachable"] == 7


def test_place_json_and_run_folder(geoaccess, fjord, tmp_path):
    code, out, _ = geoaccess("place", fjord, "stations", "--sites", 2, "-o", tmp_path / "run", "--json")
    assert code == 0
    result = json.loads(out)
    assert result["status"] == "optimal"
    assert result["gap"] == 0
    # Whom nothing reaches comes first: the island, then Færøy, where the other people live farthest away.
    assert [site["name"] for site in result["chosen"]] == ["Færøy", "Island"]
    assert result["before"]["mean_min"] > result["after"]["mean_min"]
    assert result["before"]["persons_unreachable"] == 7
    assert result["after"]["persons_unreachable"] == 0
    assert any("7 persons become reachable" in note for note in result["notes"])
    saved = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert saved["place"]["chosen"] == result["chosen"]
    assert set(saved["inputs"]) >= {"study.toml", "people.csv", "roads.csv"}
    assert (tmp_path / "run" / "map.html").stat().st_size > 100_000
    assert (tmp_path / "run" / "results.gpkg").is_file()


def test_a_map_is_drawn_again_from_a_run(geoaccess, fjord, tmp_path):
    assert geoaccess("place", fjord, "stations", "-o", tmp_path / "run")[0] == 0
    code, _, err = geoaccess("map", tmp_path / "run", "-o", tmp_path / "again.html")
    assert code == 0, err
    again = (tmp_path / "again.html").read_text(encoding="utf-8")
    assert again == (tmp_path / "run" / "map.html").read_text(encoding="utf-8")


def test_route_tells_every_leg(geoaccess, fjord):
    code, out, _ = geoaccess("route", fjord, "town", "faeroy", "--json")
    assert code == 0
    journey = json.loads(out)
    assert [leg["kind"] for leg in journey["legs"]] == ["road", "ferry", "road"]
    assert [leg["ref"] for leg in journey["legs"]] == ["E6", "Fv1", "Fv1"]
    assert journey["travel_time_min"] == pytest.approx(60 + 25 + 30)
    assert journey["legs"][1]["wait_min"] == pytest.approx(15)
    for leg in journey["legs"]:
        assert {"from", "to", "kind", "ref", "length_km", "travel_time_min", "wait_min"} <= set(leg)
    code, out, _ = geoaccess("route", fjord, "Town", "Færøy")
    assert "Færøy" in out
    assert "15 min waiting for ferries" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["acess"], 2, "did you mean 'access'"),
        (["access"], 2, "Missing argument"),
        (["access", "{fjord}", "--scenario", "no-fery"], 2, "did you mean 'no-ferry'"),
        (["access", "nowhere"], 2, "no study folder or embedded study named 'nowhere'"),
        (["route", "{fjord}", "Towm", "West"], 2, "Town"),
        (["route", "{fjord}", "Town", "Island"], 1, "no way from Town to Island"),
        (["place", "{fjord}", "stations", "--sites", "99"], 3, "only 4 candidate places"),
        (["place", "{fjord}", "statoins"], 2, "did you mean 'stations'"),
        (["map", "{fjord}"], 3, "is not a run folder"),
        (["network", "build", "{fjord}/study.toml", "-o", "{fjord}/x.net"], 3, "study.toml"),
        (["network", "build", "{fjord}/none.osm.pbf", "-o", "{fjord}/x.net"], 3, "none.osm.pbf"),
        (["network", "info", "{fjord}/people.csv"], 3, "people.csv"),
        (["solve", "p-median", "--costs", "{fjord}/none.csv"], 3, "file not found"),
    ],
)
def test_failures_have_their_code_and_one_message(geoaccess, fjord, arguments, code, said):
    found, out, err = geoaccess(*(argument.format(fjord=fjord) for argument in arguments))
    assert found == code, err
    assert said in err
    assert "Traceback" not in err
    assert out == ""


def test_failures_as_json(geoaccess, fjord):
    (fjord / "people.csv").write_text("demand_id,name\n", encoding="utf-8")
    code, out, _ = geoaccess("access", fjord, "--json")
    assert code == 3
    failure = json.loads(out)
    assert failure["exit_code"] == 3
    assert failure["faults"][0]["where"] == "people.csv"


def test_bad_data_lists_every_fault_and_writes_nothing(geoaccess, fjord, tmp_path):
    people = (fjord / "people.csv").read_text(encoding="utf-8")
    (fjord / "people.csv").write_text(
        people.replace("69.0,", "169.0,").replace(",50,", ",x,"), encoding="utf-8"
    )
    code, _, err = geoaccess("access", fjord, "-o", tmp_path / "run")
    assert code == 3
    assert "error: 2 faults:" in err
    assert not (tmp_path / "run").exists()


def test_hostile_names_cannot_drive_the_terminal(geoaccess, fjord):
    people = (fjord / "people.csv").read_text(encoding="utf-8")
    hostile = "\x1b[31mTown\x07\u202e[bold]{{7*7}}"
    (fjord / "people.csv").write_text(people.replace("d1,Town,", f"d1,{hostile},"), encoding="utf-8")
    code, out, _ = geoaccess("place", fjord, "stations")
    assert code == 0
    assert "\x1b[31m" not in out
    assert "\u202e" not in out
    assert visible(hostile) == "\\x1b[31mTown\\x07\\u202e[bold]{{7*7}}"


def test_solve_reads_a_matrix_and_a_long_table(geoaccess, tmp_path):
    (tmp_path / "wide.csv").write_text("id,a,b\nx,1,9\ny,8,2\nz,,3\n", encoding="utf-8")
    code, out, _ = geoaccess("solve", "p-median", "--costs", tmp_path / "wide.csv", "--p", "1", "--json")
    assert code == 0
    solved = json.loads(out)
    assert solved["chosen"] == ["b"]
    for key in (
        "status",
        "objective",
        "lower_bound",
        "gap",
        "assignment",
        "solver",
        "formulation",
        "build_s",
    ):
        assert key in solved
    long = "from_id,to_id,travel_time_min\nx,a,1\nx,b,9\ny,a,8\ny,b,2\nz,b,3\n"
    (tmp_path / "long.csv").write_text(long, encoding="utf-8")
    code, out, _ = geoaccess("solve", "p-median", "--costs", tmp_path / "long.csv", "--p", "1", "--json")
    assert json.loads(out)["chosen"] == ["b"]


def test_the_script_starts_without_the_heavy_libraries():
    code = (
        "import sys; from geoaccess.cli.app import run; run(['--help']); "
        "heavy = {'numpy', 'pandas', 'folium', 'geopandas', 'scipy', 'numba'} & set(sys.modules); "
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_message(geoaccess, fjord):
    code, _, err = geoaccess("map", fjord, "-o", "/dev/full/map.html")
    assert code in (1, 3)
    assert "Traceback" not in err
