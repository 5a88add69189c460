"""Three workers in processes of their own under a hard limit of memory: one is killed, one is slow, nothing is lost."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

import geoaccess as ga
from geoaccess.questions.sweep.plan import Job, sweep
from networks.overlays import Closure, SpeedFactors
from networks.selection import EdgeSelection

distributed = pytest.importorskip("distributed")

#: Bytes that a worker may have of its own, its compiler and libraries included.
LIMIT = 1_500_000_000
#: Seconds for which the slow worker stands still, again and again.
STILL_S = 0.4


@contextlib.contextmanager
def workers(address: str, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Workers of one thread each, without a nurse that would start a lost one again."""
    # The shell puts the limit on itself and becomes the worker.
    command = ["sh", "-c", 'ulimit -d "$0" && exec "$@"', str(LIMIT // 1024)]
    command += [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
    command += ["--no-dashboard", "--memory-limit", str(LIMIT)]
    started = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(count)
    ]
    try:
        yield started
    finally:
        for one in started:
            with contextlib.suppress(ProcessLookupError):
                one.send_signal(signal.SIGCONT)
            one.kill()
            one.wait()


def stumbling(pid: int, over: threading.Event) -> None:
    """Let a process run a tenth of the time only."""
    while not over.wait(STILL_S / 9):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            over.wait(STILL_S)
            os.kill(pid, signal.SIGCONT)


def test_one_worker_killed_and_one_slow_give_every_state_to_the_byte() -> None:
    study = ga.load_study("nord-norge")
    stops = study.on_network(study.facilities_of("akuttmottak"))
    passes = [name for name in study.network.labels["pass_name"].values if name]
    jobs = [
        Job(
            f"{name} closed, {factor}",
            (Closure(name, EdgeSelection(passes=(name,))), SpeedFactors(name="pace", by_class={"*": factor})),
        )
        for name in passes[:10]
        for factor in (0.9, 1.1, 1.3)
    ]
    alone = list(sweep(study.network, study.demand_points, stops, jobs))
    over, killed, limits = threading.Event(), [], {}
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as cluster,
        workers(cluster.scheduler_address, 3) as started,
        distributed.Client(cluster) as client,
    ):
        client.wait_for_workers(3, timeout=240)
        limits = client.run(resource.getrlimit, resource.RLIMIT_DATA)
        slow = threading.Thread(target=stumbling, args=(started[1].pid, over))
        slow.start()

        def kill_one(done: int, total: int, name: str) -> None:
            if done == 3:
                started[0].kill()
                killed.append(started[0].wait())

        try:
            together = list(
                sweep(
                    study.network,
                    study.demand_points,
                    stops,
                    jobs,
                    cluster=cluster.scheduler_address,
                    on_done=kill_one,
                )
            )
        finally:
            over.set()
            slow.join()
        left = len(client.scheduler_info()["workers"])
    assert set(limits.values()) == {(LIMIT // 1024 * 1024,) * 2}
    assert killed == [-signal.SIGKILL]
    assert left == 2
    assert [name for name, _ in together] == [job.name for job in jobs]
    assert [minutes.tobytes() for _, minutes in together] == [minutes.tobytes() for _, minutes in alone]
    assert len({minutes.tobytes() for _, minutes in alone}) > len(jobs) // 2, "states that differ"
