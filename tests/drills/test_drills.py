"""Fault drills: runs that are killed, interrupted, starved or lied to leave no half-written result."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from geoaccess.cli.app import _report
from geoaccess.ground.errors import OutputError
from geoaccess.ground.writing import write_folder
from networks import load_network
from optimise import PlacementProblem, SolverError, solve, verify

ROOT = Path(__file__).resolve().parents[2]
GEOACCESS = (sys.executable, "-m", "geoaccess")
#: Long commands and the file that a complete result has.
LONG = {
    "access": (["access", "nord-norge", "-o", "{out}"], "run.json"),
    "place": (["place", "nord-norge", "ambulance", "-o", "{out}"], "run.json"),
    "network": (["network", "build", "{malta}", "-o", "{out}"], ""),
}


def start(arguments: list[str], out: Path, malta: Path = Path()) -> subprocess.Popen[str]:
    command = [*GEOACCESS, *(part.format(out=out, malta=malta) for part in arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def whole_or_absent(out: Path, complete: str) -> bool:
    """What is there is complete: a folder's last file can be read, a network passes its checksums."""
    if not out.exists():
        return True
    if not complete:
        return load_network(out).n_nodes > 0
    return bool(json.loads((out / complete).read_text(encoding="utf-8")))


def remove(out: Path) -> None:
    """Make room for another run."""
    if out.is_dir():
        shutil.rmtree(out)
    out.unlink(missing_ok=True)


@pytest.mark.parametrize("name", LONG)
def test_a_killed_run_leaves_nothing_or_everything(name: str, tmp_path: Path, shared: Path) -> None:
    arguments, complete = LONG[name]
    malta = shared / "osm" / "malta-latest.osm.pbf"
    out = tmp_path / "run"
    rng = random.Random(name)
    for _ in range(3):
        with start(arguments, out, malta) as process:
            time.sleep(rng.uniform(0.3, 4.0))
            process.kill()
            process.communicate()
        assert whole_or_absent(out, complete)
    remove(out)
    with start(arguments, out, malta) as process:
        process.communicate()
        assert process.returncode == 0
    assert whole_or_absent(out, complete)
    assert out.exists()


def test_an_interrupted_run_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with start(["access", "nord-norge", "-o", "{out}"], out) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("reading the study")
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert process.returncode in {0, 130}
    assert "Traceback" not in told
    assert whole_or_absent(out, "run.json")
    assert [path.name for path in tmp_path.iterdir()] == (["run"] if process.returncode == 0 else [])


def test_interrupts_at_random_moments(shared: Path) -> None:
    """A few of the thousand that ``tests/drills/interrupts.py`` makes when it is run by itself."""
    extract = shared / "osm" / "malta-latest.osm.pbf"
    words = [ROOT / "tests" / "drills" / "interrupts.py", "--count", "8", "--seed", "4", "--extract", extract]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 interrupts, 0 wrong" in done.stdout


def test_a_run_is_written_when_nobody_reads_the_tables(tmp_path: Path) -> None:
    """As in `geoaccess access ... | head -1`: the run is worth more than the terminal."""
    out = tmp_path / "run"
    with start(["access", "nord-norge", "-o", "{out}"], out) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()
    assert process.returncode == 0
    assert "Traceback" not in told
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["kind"] == "access"


@pytest.mark.parametrize("megabytes", [450, 700, 800, 1400])
def test_too_little_memory_is_a_message(tmp_path: Path, megabytes: int) -> None:
    """At 700 and 800 OpenBLAS would ask for its buffer for ever, were it loaded last."""
    out = tmp_path / "run"
    limit = megabytes * 2**20
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    done = subprocess.run(
        [*GEOACCESS, "access", "nord-norge", "-o", str(out)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert whole_or_absent(out, "run.json")
    assert done.returncode == 0 or not out.exists()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        ImportError("libgdal.so: failed to map segment from shared object"),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
    ],
)
def test_a_lack_of_memory_says_what_to_do(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert _report(error, wants_json=False, language="en") == 1
    told = capsys.readouterr().err
    assert "not enough memory" in told
    assert "ulimit" in told
    assert "internal error" not in told


@pytest.mark.parametrize("kilobytes", [1, 20, 200])
def test_a_disk_that_fills_up_is_a_message(tmp_path: Path, kilobytes: int) -> None:
    """A limit on the size of files stands for a full disk: writing fails with an OSError in both."""
    out = tmp_path / "run"
    done = subprocess.run(
        [*GEOACCESS, "access", "nord-norge", "-o", str(out)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024,) * 2),
    )
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_two_runs_into_one_folder_end_with_one_whole_run(tmp_path: Path) -> None:
    target = tmp_path / "run"
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def work(name: str) -> None:
        def fill(folder: Path) -> None:
            together.wait()
            (folder / "run.json").write_text(json.dumps({"kind": name}), encoding="utf-8")

        try:
            write_folder(target, fill)
            outcomes.append("written")
        except OutputError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("written") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert json.loads((target / "run.json").read_text(encoding="utf-8"))["kind"] in {"a", "b"}


#: Stand-ins for a solver: what their `cbc` does with `cbc MODEL ... solution FILE`.
LIARS = {
    "crashes": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "fails": "import sys; sys.exit(3)",
    "writes garbage": "import sys; open(sys.argv[-1], 'w').write('\\x00 not a solution')",
    "writes nothing": "pass",
    "claims every site": (
        "import sys, re\n"
        "names = sorted(set(re.findall(r'open_\\d+', open(sys.argv[1]).read())))\n"
        "lines = [f'{n} {name} 1 0' for n, name in enumerate(names)]\n"
        "open(sys.argv[-1], 'w').write('Optimal - objective value 0\\n' + '\\n'.join(lines) + '\\n')"
    ),
}


@pytest.mark.parametrize("lie", LIARS)
def test_no_solvers_word_is_taken(lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "cbc"
    program.write_text(f"#!{sys.executable}\n{LIARS[lie]}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    rng = np.random.default_rng(5)
    problem = PlacementProblem(rng.uniform(1, 60, (12, 6)), weights=rng.integers(1, 9, 12), p=2)
    truth = solve(problem)
    try:
        solution = solve(problem, solver="COIN_CMD")
    except SolverError:
        return
    assert verify(solution).ok
    assert solution.status.value != "optimal" or solution.objective == pytest.approx(truth.objective)
