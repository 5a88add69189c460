"""``geoaccess solve``: every model over a matrix and nothing else, as a researcher calls it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from geoaccess.cli.app import run
from geoaccess.questions.solve.terminal import PARAMETERS
from optimise import MODELS, PlacementProblem, solve

CONTRACT = {"status", "objective", "lower_bound", "gap", "chosen", "assignment", "solver", "formulation"}
CONTRACT |= {"build_s", "solve_s"}
DEMAND = [f"d{row}" for row in range(9)]
SITES = list("uvwxyz")
FILES = {
    "weights": ([3.0, 1, 4, 1, 5, 9, 2, 6, 5], DEMAND),
    "capacities": ([14.0] * 6, SITES),
    "fixed-costs": ([7.0, 6, 5, 4, 3, 2], SITES),
    "site-values": ([1.0, 2, 3, 4, 5, 6], SITES),
    "roles": (["existing", "existing", *["candidate"] * 4], SITES),
    "demand-groups": (["north", "south", "coast"] * 3, DEMAND),
}

#: Model -> options on the command line, and the same question to the library.
CASES = {
    "p-median": ("--p 2", {}),
    "relocation": ("--max-moves 1 --roles {roles}", {}),
    "p-center": ("--p 2 --method program", {"method": "program"}),
    "partial-p-center": ("--p 2 --share 0.8", {"share": 0.8}),
    "lexicographic-minimax": ("--p 2 --levels 2", {"levels": 2}),
    "mclp": ("--p 2 --radius 20 --backup 0.25", {"radius": 20.0, "backup": 0.25}),
    "lscp": ("--radius {radius} --backup 1", {"radius": np.full(9, 25.0), "backup": True}),
    "mexclp": (
        "--p 2 --radius 20 --busy 0.3 --vehicles 3 --max-per-site 2",
        {"radius": 20.0, "busy": 0.3, "vehicles": 3, "max_per_site": 2},
    ),
    "malp": (
        "--p 3 --radius 30 --busy 0.3 --reliability 0.9",
        {"radius": 30.0, "busy": 0.3, "reliability": 0.9},
    ),
    "maximal-survival": ("--p 2 --survival cardiac-arrest", {"survival": "cardiac-arrest"}),
    "capacitated-p-median": (
        "--capacities {capacities} --sourcing split --min-units 1 --max-units 2 --total-units 4 --p 3",
        {"sourcing": "split", "min_units": 1, "max_units": 2, "total_units": 4},
    ),
    "fixed-charge": ("--fixed-costs {fixed-costs} --budget 9 --minute-price 0.5", {"minute_price": 0.5}),
    "anti-cover": (
        "--site-costs {site-costs} --separation 15 --site-values {site-values}",
        {"separation": 15.0},
    ),
    "p-dispersion": ("--p 3 --site-costs {site-costs}", {}),
    "tail-mean": ("--p 2 --tail 0.2", {"tail": 0.2}),
    "mean-difference": ("--p 2 --difference-weight 0.5 --by group", {"weight": 0.5, "by": "group"}),
    "gini": ("--p 2 --by person", {"by": "person"}),
    "iso-elastic": ("--p 2 --alpha 2 --horizon 90", {"alpha": 2.0, "horizon_min": 90.0}),
    "iso-elastic-groups": (
        "--p 2 --alpha 1 --horizon 90 --count-people yes",
        {"alpha": 1.0, "horizon_min": 90.0, "count_people": True},
    ),
    "kolm-pollak": ("--p 2 --aversion 0.05", {"aversion": 0.05}),
}


@pytest.fixture
def geoaccess(capsys):
    """Run a command in this process; gives (exit code, stdout, stderr)."""

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def files(tmp_path):
    """A folder with the costs in three shapes, and a file for each other argument."""
    rng = np.random.default_rng(4)
    costs = pd.DataFrame(rng.integers(1, 60, (9, 6)).astype(float), DEMAND, SITES)
    costs.to_csv(tmp_path / "wide.csv", index_label="id")
    np.save(tmp_path / "costs.npy", costs.to_numpy())
    long = costs.stack().rename("travel_time_min").rename_axis(["from_id", "to_id"]).reset_index()
    long.to_csv(tmp_path / "long.csv", index=False)
    places = rng.integers(0, 40, 6).astype(float)
    between = pd.DataFrame(np.abs(places[:, None] - places[None, :]), SITES, SITES)
    between.iloc[::-1].to_csv(tmp_path / "site-costs.csv", index_label="id")
    for name, (values, names) in FILES.items():
        backwards = pd.DataFrame({"id": names, "value": values})[::-1]
        backwards.to_csv(tmp_path / f"{name}.csv", index=False)
    pd.DataFrame({"minutes": [25.0] * 9}).to_csv(tmp_path / "radius.csv", index=False)
    return tmp_path


def asked_of_the_library(files, model, text):
    """The problem of a command line, built here."""
    costs = pd.read_csv(files / "wide.csv", index_col="id")
    words = text.split()
    options = dict(zip(words[::2], words[1::2], strict=True))
    given = {name.replace("-", "_"): values for name, (values, _) in FILES.items() if f"--{name}" in options}
    if "--site-costs" in options:
        between = pd.read_csv(files / "site-costs.csv", index_col="id")
        given["site_costs"] = between.loc[SITES, SITES].to_numpy()
    numbers = {"--p": int, "--max-moves": int, "--budget": float}
    given |= {
        name[2:].replace("-", "_"): kind(options[name]) for name, kind in numbers.items() if name in options
    }
    groups = FILES["demand-groups"][0]
    return PlacementProblem(costs, weights=FILES["weights"][0], demand_groups=groups, **given)


def test_every_model_and_every_parameter_has_its_option():
    assert list(CASES) == list(MODELS)
    wanted = {item.name for kind in MODELS.values() for item in fields(kind)}
    assert {each.parameter for each in PARAMETERS} == wanted
    tried = {word for text, _ in CASES.values() for word in text.split() if word.startswith("--")}
    assert tried >= {each.option for each in PARAMETERS}


@pytest.mark.parametrize("model", MODELS)
def test_the_command_line_asks_what_the_library_asks(geoaccess, files, model):
    text, parameters = CASES[model]
    named = {path.stem: str(path) for path in files.glob("*.csv")}
    arguments = [word.format(**named) for word in text.split()]
    shared = ["--weights", named["weights"], "--demand-groups", named["demand-groups"], "--json"]
    code, out, err = geoaccess("solve", model, "--costs", named["wide"], *shared, *arguments)
    expected = solve(asked_of_the_library(files, model, text), model, **parameters).to_dict()
    assert code == (0 if expected["status"] == "optimal" else 5), err
    told = json.loads(out)
    assert set(told) >= CONTRACT
    for name in ("status", "model", "chosen", "assignment", "units", "unserved"):
        assert told[name] == expected[name], name
    for name in ("objective", "lower_bound", "gap", "total"):
        assert told[name] == pytest.approx(expected[name]), name
    assert told["demand"] == DEMAND
    assert all(
        minutes is None if site is None else minutes >= 0
        for site, minutes in zip(told["assignment"], told["travel_time_min"], strict=True)
    )


def test_matrices_and_long_tables_are_the_same_question(geoaccess, files):
    answers = [
        json.loads(geoaccess("solve", "p-median", "--costs", files / name, "--p", 2, "--json")[1])
        for name in ("wide.csv", "long.csv", "costs.npy")
    ]
    assert [SITES[site] for site in answers[2]["chosen"]] == answers[0]["chosen"] == answers[1]["chosen"]
    assert len({answer["objective"] for answer in answers}) == 1


def test_absent_and_blank_pairs_are_unreachable(geoaccess, tmp_path):
    (tmp_path / "long.csv").write_text("from_id,to_id,travel_time_min\na,s,4\nb,t,\nb,s,\nc,t,6\n")
    code, out, _ = geoaccess("solve", "p-median", "--costs", tmp_path / "long.csv", "--p", 1, "--json")
    told = json.loads(out)
    assert code == 0
    assert told["chosen"] == ["s"]
    assert told["assignment"] == ["s", None, None]
    assert told["travel_time_min"] == [4.0, None, None]
    assert told["unserved"] == {"unreachable": 2.0, "over_capacity": 0.0, "beyond_threshold": 0.0}


def test_people_read_sites_gap_and_who_is_unserved(geoaccess, tmp_path):
    (tmp_path / "costs.csv").write_text("id,s,t\na,4,90\nb,90,5\nc,,\n")
    code, out, _ = geoaccess("solve", "mclp", "--costs", tmp_path / "costs.csv", "--p", 1, "--radius", 9)
    assert code == 0
    assert "optimal: objective 1.0, bound 1.0, gap 0.0000%" in out
    assert "1 site: s" in out
    assert "unserved weight: 1 unreachable, 1 beyond threshold" in out


def test_an_infeasible_wish_says_why_and_exits_4(geoaccess, files):
    costs = ["--costs", files / "wide.csv", "--p", 1]
    code, out, _ = geoaccess("solve", "p-median", *costs, "--guarantee", 1)
    assert code == 4
    assert "infeasible" in out
    assert "cannot hold: fastest possible is" in out
    code, out, _ = geoaccess("solve", "p-median", *costs, "--guarantee", 1, "--json")
    assert code == 4
    told = json.loads(out)
    assert (told["status"], told["chosen"], told["objective"]) == ("infeasible", [], None)
    assert told["conflicts"]
    assert {wish["wish"] for wish in told["nearest"]} >= {"guarantee 1 min for d0"}


def test_what_can_be_promised_instead_is_told(geoaccess, tmp_path):
    (tmp_path / "costs.csv").write_text("id,s,t\na,4,90\nb,80,5\nc,,\n")
    asked = ["solve", "p-median", "--costs", tmp_path / "costs.csv", "--p", 1, "--guarantee", 70]
    code, out, _ = geoaccess(*asked)
    assert code == 4
    assert "guarantee 70 min for c cannot hold: no site can be reached" in out
    assert "can be kept with 80 min instead: guarantee 70 min for b" in out
    assert "can be kept without: guarantee 70 min for c (with the others kept, nothing reaches it)" in out
    _, out, _ = geoaccess(*asked, "--json")
    assert json.loads(out)["nearest"] == [
        {"wish": "guarantee 70 min for b", "instead_min": 80.0},
        {"wish": "guarantee 70 min for c", "instead_min": None},
    ]
    (tmp_path / "two.csv").write_text("id,s,t\na,4,90\n")
    roles = tmp_path / "roles.csv"
    roles.write_text("role\nrequired\nrequired\n")
    code, out, _ = geoaccess("solve", "p-median", "--costs", tmp_path / "two.csv", "--p", 1, "--roles", roles)
    assert code == 4
    assert "can be kept without: s is required and stays open" in out


def test_more_sites_than_the_costs_have_is_bad_data(geoaccess, tmp_path):
    (tmp_path / "two.csv").write_text("id,s,t\na,4,90\n")
    code, out, err = geoaccess("solve", "p-median", "--costs", tmp_path / "two.csv", "--p", 3)
    assert (code, out) == (3, "")
    assert "p: asks for 3 open sites of 2 (value '3')" in err


def test_a_cover_of_nobody_exits_4_and_says_why(geoaccess, tmp_path):
    (tmp_path / "two.csv").write_text("id,s,t\na,4,90\n")
    code, out, _ = geoaccess("solve", "lscp", "--costs", tmp_path / "two.csv", "--radius", 3)
    assert code == 4
    assert "somebody is covered within the radius cannot hold: the fastest way is 4, for a" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("p-medain --costs {wide} --p 1", 2, "did you mean 'p-median'"),
        (
            "p-median --costs {wide} --p 1 --radius 5 --alpha 1",
            2,
            "no use for --radius, --alpha; its parameters: none",
        ),
        ("mclp --costs {wide} --p 1 --tail 0.1", 2, "its parameters: --radius, --backup"),
        ("p-median --costs {wide}", 3, "say how many sites"),
        ("mclp --costs {wide} --p 1", 3, "within how many minutes"),
        ("mclp --costs {wide} --p 1 --radius none.csv", 3, "file not found"),
        ("p-median --costs {wide} --p 1 --capacities {capacities}", 3, "takes no account of it"),
        ("p-median --costs {wide} --p 1 --weights {capacities}", 3, "no row for this name"),
        ("p-median --costs {wide} --p 1 --roles {demand-groups}", 3, "wants one row for this name"),
        ("p-dispersion --costs {wide} --p 2 --site-costs {wide}", 3, "no minutes from and to this site"),
        ("p-median --costs {wide} --p 1 --solver nonesuch", 2, "no solver is called 'nonesuch'"),
        ("p-median --costs {wide} --p 1 --gap 1", 2, "--gap"),
    ],
)
def test_faults_are_told_before_anything_is_solved(geoaccess, files, arguments, code, said):
    named = {path.stem: str(path) for path in files.glob("*.csv")}
    found, out, err = geoaccess("solve", *(word.format(**named) for word in arguments.split()))
    assert found == code
    assert said in err
    assert out == ""


def test_a_gap_that_is_asked_for_is_no_proof(geoaccess, tmp_path):
    """Stopped within half of the bound, the exit code says that a better answer may exist."""
    costs = np.random.default_rng(2).integers(1, 1000, (60, 60)).astype(float)
    np.save(tmp_path / "costs.npy", costs)
    common = ["solve", "p-median", "--costs", tmp_path / "costs.npy", "--p", 4, "--json"]
    code, out, _ = geoaccess(*common, "--gap", 0.5)
    told = json.loads(out)
    if told["gap"] > 1e-6:
        assert (code, told["status"]) == (5, "feasible")
        assert told["lower_bound"] < told["objective"]
    else:
        assert (code, told["status"]) == (0, "optimal")


def test_solver_by_name_log_and_seed(geoaccess, files, tmp_path):
    common = ["solve", "p-median", "--costs", files / "wide.csv", "--p", 2, "--json"]
    log = tmp_path / "solver.log"
    answers = [
        json.loads(geoaccess(*common, *extra)[1])
        for extra in ([], [], ["--seed", 7], ["--solver", "cbc"], ["--log", log, "--threads", 1])
    ]
    assert all(answer["chosen"] == answers[0]["chosen"] for answer in answers)
    assert all(answer["objective"] == pytest.approx(answers[0]["objective"]) for answer in answers)
    assert "HiGHS" in answers[0]["solver"]
    assert "CBC" in answers[3]["solver"]
    assert "HiGHS" in log.read_text()


def test_ctrl_c_keeps_the_incumbent(tmp_path):
    """Far too hard to finish as a plain program, which the guarantee makes it; interrupted at the first sites."""
    np.save(tmp_path / "costs.npy", np.random.default_rng(3).integers(1, 1000, (110, 110)).astype(float))
    code = "import sys; from geoaccess.cli.app import run; sys.exit(run(sys.argv[1:]))"
    words = [
        "solve",
        "p-median",
        "--costs",
        str(tmp_path / "costs.npy"),
        "--p",
        "5",
        "--guarantee",
        "1000",
        "--json",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if "best" in line and "none yet" not in line:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate()
    assert process.returncode == 130, err
    told = json.loads(out)
    assert told["status"] == "interrupted"
    assert len(told["chosen"]) == 5
    assert told["lower_bound"] < told["objective"]
    assert told["gap"] > 0
