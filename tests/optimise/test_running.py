"""What a solve may spend and how it reports: limits, gap, log, progress, Ctrl-C, solvers by name."""

from __future__ import annotations

import _thread
import math
import threading
import time

import numpy as np
import pulp
import pytest

from optimise import PlacementProblem, ProblemError, SolverError, Status, UnknownModelError, highs, solve
from optimise import engines as dispatch
from optimise.guarantees import Within
from optimise.running import Limits, Run, run_program, settled
from optimise.status import relative_gap


@pytest.fixture(autouse=True)
def _plain_programs(monkeypatch):
    monkeypatch.setattr(dispatch, "ENGINE_PAYS_AT_PAIRS", math.inf)


def random_problem(size, p, seed=3):
    costs = np.random.default_rng(seed).integers(1, 1000, (size, size)).astype(float)
    return PlacementProblem(costs, p=p)


def test_progress_tells_incumbent_and_bound_in_the_models_unit():
    told = []
    solution = solve(random_problem(25, 3), on_progress=lambda *values: told.append(values))
    known = [(best, bound) for _, best, bound in told if math.isfinite(best)]
    assert known
    assert min(best for best, _ in known) >= solution.objective - 1e-6
    assert max(bound for _, bound in known) <= solution.objective + 1e-6
    seconds = [second for second, _, _ in told]
    assert seconds == sorted(seconds)


def test_ctrl_c_keeps_the_incumbent():
    """The signal is raised by the first progress with sites; the program would take minutes."""
    asked = []

    def interrupt(seconds, best, bound):
        if math.isfinite(best) and not asked:
            asked.append(best)
            _thread.interrupt_main()

    solution = solve(random_problem(90, 5), on_progress=interrupt)
    assert solution.status is Status.INTERRUPTED
    assert len(solution.chosen) == 5
    assert solution.objective <= asked[0] + 1e-9
    assert solution.bound < solution.objective


def test_a_second_ctrl_c_does_not_wait(monkeypatch):
    """A solver that never looks at the interrupt is left behind."""
    left_behind = threading.Event()

    def deaf(solver, done):
        left_behind.wait(0.5)
        _thread.interrupt_main()
        left_behind.wait(0.5)
        _thread.interrupt_main()
        left_behind.wait(60)

    monkeypatch.setattr(highs, "_run", deaf)
    with pytest.raises(KeyboardInterrupt):
        solve(random_problem(5, 1))
    left_behind.set()


def test_the_seconds_that_passing_the_model_takes_count(monkeypatch):
    real_model, real_run, told = highs.highs_model, highs._run, []

    def slow(lp, *, relaxed=False):
        time.sleep(0.6)
        return real_model(lp, relaxed=relaxed)

    def watched(solver, done):
        told.append(solver.getOptionValue("time_limit")[1])
        real_run(solver, done)

    monkeypatch.setattr(highs, "highs_model", slow)
    monkeypatch.setattr(highs, "_run", watched)
    program = pulp.LpProblem("one", pulp.LpMinimize)
    program.setObjective(1 * program.add_variable("x", 1.0, 5.0, pulp.LpInteger))
    assert run_program(program, Limits(time_limit_s=50.0).started()).objective == 1.0
    assert told[0] <= 49.4
    assert run_program(program, Limits(time_limit_s=0.3).started()).status is not None
    assert told[1] == 0.1  # nothing is left: it gets the least
    assert run_program(program, Limits()).objective == 1.0
    assert told[2] > 1e9


def test_a_gap_stops_early_and_is_told():
    problem = random_problem(30, 4)
    loose = solve(problem, gap=0.6)
    proven = solve(problem)
    assert proven.status is Status.OPTIMAL
    assert loose.gap <= 0.6
    assert loose.bound <= proven.objective <= loose.objective
    assert (loose.status is Status.OPTIMAL) == (loose.gap <= 1e-6)


def test_the_log_of_every_program_is_added_to_the_file(tmp_path):
    log = tmp_path / "solver.log"
    log.write_text("what stood here\n")
    solve(random_problem(12, 3), "p-center", log=log)
    text = log.read_text()
    assert text.startswith("what stood here\n")
    assert "HiGHS" in text


def test_solvers_by_name():
    problem = random_problem(12, 3).with_conditions(Within(900))
    answers = [solve(problem, solver=name) for name in ("highs", "HiGHS", "cbc", "PULP_CBC_CMD")]
    assert len({answer.objective for answer in answers}) == 1
    assert len({answer.chosen_ids for answer in answers}) == 1
    assert all(answer.status is Status.OPTIMAL for answer in answers)
    with pytest.raises(UnknownModelError, match="no solver is called 'nonesuch'"):
        solve(problem, solver="nonesuch")
    absent = next(name for name in pulp.listSolvers() if name not in pulp.listSolvers(onlyAvailable=True))
    with pytest.raises(SolverError, match="not installed"):
        solve(problem, solver=absent)


class Glpk(pulp.PULP_CBC_CMD):
    """CBC behind an interface that cannot be told a gap, threads or a log, as most of PuLP's."""

    name = "GLPK_CMD"

    def __init__(self, msg=True, timeLimit=None):
        super().__init__(msg=msg, timeLimit=timeLimit)


@pytest.mark.parametrize(("name", "proven"), [("GLPK_CMD", True), ("GUROBI", False)])
def test_a_solver_that_cannot_be_told_a_gap_is_believed_only_where_its_own_is_zero(monkeypatch, name, proven):
    monkeypatch.setattr(Glpk, "name", name)
    monkeypatch.setattr(pulp, "getSolver", lambda wanted, **options: Glpk(**options))
    problem = random_problem(8, 2)
    solution = solve(problem, solver=name)
    assert (solution.status is Status.OPTIMAL) == proven
    assert solution.objective == solve(problem).objective
    with pytest.raises(
        SolverError, match="cannot be told through PuLP: gap, threads, log, seed; leave it out"
    ):
        solve(problem, solver=name, gap=0.1, threads=2, seed=4, log="solver.log")


def test_faults_of_limits_are_listed_together():
    with pytest.raises(ProblemError) as caught:
        solve(random_problem(3, 1), time_limit_s=0, gap=1, threads=0, seed=-1)
    assert [fault.where for fault in caught.value.faults] == ["time_limit_s", "gap", "seed", "threads"]


def test_no_solvers_word_is_taken_for_a_proof():
    assert settled(Status.OPTIMAL, 100.0, 99.0) is Status.FEASIBLE
    assert settled(Status.OPTIMAL, 100.0, 100.0 - 1e-5) is Status.OPTIMAL
    assert settled(Status.FEASIBLE, math.nan, 5.0) is Status.NO_SOLUTION
    assert relative_gap(math.nan, math.nan) == 0.0
    assert relative_gap(5.0, -math.inf) == math.inf
    assert relative_gap(0.0, -1.0) > 1e9


def test_a_constant_in_the_objective_counts_in_bound_and_gap():
    """PuLP's own interface to HiGHS leaves it out."""
    program = pulp.LpProblem("constant", pulp.LpMaximize)
    x = program.add_variable("x", 0, 3.5, pulp.LpInteger)
    program.setObjective(2 * x + 100)
    for solver in ("highs", "cbc"):
        run = run_program(program, Limits(solver=solver))
        assert isinstance(run, Run)
        assert (run.status, run.objective, run.bound) == (Status.OPTIMAL, 106.0, 106.0)


@pytest.mark.parametrize("cutoff", [2.5, 3.5, 4.5])
def test_a_cutoff_and_a_target_end_a_run_with_a_true_answer(cutoff):
    """An odd circle of seven, of which every pair of neighbours needs one: four are needed, 3.5 in shares."""
    program = pulp.LpProblem("circle", pulp.LpMinimize)
    opened = [program.add_variable(f"x_{place}", cat=pulp.LpBinary) for place in range(7)]
    for place in range(7):
        program.addConstraint(opened[place] + opened[(place + 1) % 7] >= 1, f"pair_{place}")
    program.setObjective(pulp.lpSum(opened))
    run = run_program(program, Limits(), cutoff=cutoff, target=cutoff - 0.25)
    chosen = sum(pulp.value(item) > 0.5 for item in opened) if run.has_values else math.inf
    if cutoff > 4:
        assert chosen == 4
    else:
        assert chosen > cutoff
        assert run.status is Status.INFEASIBLE or run.bound > cutoff
