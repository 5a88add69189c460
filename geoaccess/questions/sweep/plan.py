"""Many states of one network: scenarios, draws, losses; in one process, or over a Dask cluster.

One process keeps one order for all states and only re-customises it, several states at a time on threads of
their own (compiled code lets go of the GIL). On one machine that was faster than a cluster wherever both were
measured (``tests/benchmarks/sweeps.py``; figures in ``docs/engine.md``), so it is the default; a cluster is
for more than one machine.

The network reaches the workers once, as the bytes of a network file, never as a pickle of the program's own
making; each worker keeps it. Results come back in the order of the jobs, whatever order they finish in, and
a job whose worker is lost runs again on another.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, GeoaccessError
from geoaccess.words.note import Note
from networks import SnappedPoints, TravelNetwork, load_network, save_network, travel_time_matrix
from networks.engines import Engine, chosen_engine
from networks.network import Overlay
from networks.overlays import apply_overlays

if TYPE_CHECKING:
    from distributed import Client

EngineName = Engine

#: A lost worker's job is tried this often elsewhere.
RETRIES = 3
#: States that one process has in hand at a time, each with its own metric: about 200 bytes a node.
STATES_AT_ONCE = 8
#: Jobs that a cluster is given beyond those that are running, so that no worker waits and results do not pile
#: up in the workers' memory.
JOBS_AHEAD = 4


class ClusterError(GeoaccessError, ConnectionError):
    """The cluster cannot be reached or was lost, or dask.distributed is not installed."""


@dataclass(frozen=True)
class Job:
    """One state to compute.

    Attributes:
        name: unique name, the key of the result.
        overlays: what changes from the network that is swept.
        destinations: where to in this state; None = the destinations of the sweep.
    """

    name: str
    overlays: tuple[Overlay, ...] = field(default=())
    destinations: SnappedPoints | None = None


def sweep(
    network: TravelNetwork,
    origins: SnappedPoints,
    destinations: SnappedPoints,
    jobs: Sequence[Job],
    *,
    cluster: str | None = None,
    engine: Engine = "auto",
    on_done: Callable[[int, int, str], None] | None = None,
) -> Iterator[tuple[str, FloatArray]]:
    """Travel times of every job, one after the other, in their order.

    Args:
        network: the network, shared by all jobs.
        origins: points joined to it.
        destinations: points joined to it.
        jobs: the states.
        cluster: ``None`` for this process, ``local`` for a cluster on this machine, or a scheduler's address.
        engine: what searches.
        on_done: called with the number of jobs done, of all jobs, and the name.

    Yields:
        (name, (n_origins, n_destinations) minutes, NaN unreachable).

    Raises:
        DataError: two jobs of one name.
        ClusterError: no such cluster, or it lost all workers that held the network.
    """
    names = [job.name for job in jobs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(Note("fault.sweep.jobs", twice=tuple(twice)))
    if not jobs:
        return
    searcher = engine_for_states(network, len(origins), len(destinations), len(jobs), engine=engine)
    base, applied = _without_overlays(network)
    one = _Sweep(origins, destinations, searcher, applied)
    found = _in_process(base, one, jobs) if cluster is None else _on_cluster(base, one, jobs, cluster)
    for done, (name, minutes) in enumerate(found, start=1):
        if on_done:
            on_done(done, len(jobs), name)
        yield name, minutes


def engine_for_states(
    network: TravelNetwork, n_origins: int, n_destinations: int, states: int, *, engine: Engine = "auto"
) -> Engine:
    """The engine for many states of one matrix; the order of the hierarchy is found once, where it pays.

    Every state of the network shares the order.
    """
    searcher = chosen_engine(network, n_origins, n_destinations, engine=engine, times=states)
    if searcher == "hierarchy":
        _ = network.topology.order
    return searcher


def _without_overlays(network: TravelNetwork) -> tuple[TravelNetwork, tuple[Overlay, ...]]:
    """A network that can be sent as a file, and the overlays that make it the one that is swept.

    A file holds times and not what made them, and the overlays of a state must combine with those that the
    network has already. Times that were changed by hand on top of overlays are a network of their own.
    """
    if network.base is None:
        return network, ()
    again = apply_overlays(network.base, network.applied)
    if np.array_equal(again.moving_s, network.moving_s) and np.array_equal(again.wait_s, network.wait_s):
        return network.base, network.applied
    return replace(network, base=None, applied=()), ()


@dataclass(frozen=True, eq=False)
class _Sweep:
    """What all jobs of a sweep have in common beside the network without overlays."""

    origins: SnappedPoints
    destinations: SnappedPoints
    engine: Engine
    applied: tuple[Overlay, ...]

    def minutes(self, network: TravelNetwork, job: Job) -> FloatArray:
        """The times of a job."""
        state = apply_overlays(network, (*self.applied, *job.overlays))
        stops = self.destinations if job.destinations is None else job.destinations
        return travel_time_matrix(state, self.origins, stops, engine=self.engine)

    def minutes_alone(self, network: TravelNetwork, job: Job) -> FloatArray:
        """The times of a job, on one thread: others are at work beside it."""
        if self.engine != "hierarchy":
            return self.minutes(network, job)
        from networks.hierarchy import one_thread  # noqa: PLC0415 - loads Numba: only where it is used

        with one_thread():
            return self.minutes(network, job)


def _in_process(network: TravelNetwork, one: _Sweep, jobs: Sequence[Job]) -> Iterator[tuple[str, FloatArray]]:
    """Every job in this process, on threads where the engine lets go of the GIL."""
    at_once = _states_at_once(len(jobs)) if one.engine == "hierarchy" else 1
    if at_once == 1:
        for job in jobs:
            yield job.name, one.minutes(network, job)
        return
    with ThreadPoolExecutor(at_once) as pool:
        yield from _in_order(
            jobs, lambda _, job: pool.submit(one.minutes_alone, network, job), at_once=at_once
        )


def _states_at_once(n_jobs: int) -> int:
    from networks.hierarchy import processors  # noqa: PLC0415 - loads Numba: only where it is used

    return max(1, min(processors(), STATES_AT_ONCE, n_jobs))


def _in_order(
    jobs: Sequence[Job], submit: Callable[[int, Job], Future[FloatArray]], *, at_once: int
) -> Iterator[tuple[str, FloatArray]]:
    """Results in the order of the jobs, no more than ``at_once`` jobs under way or waiting to be taken."""
    waiting: deque[tuple[str, Future[FloatArray]]] = deque()
    try:
        for place, job in enumerate(jobs):
            waiting.append((job.name, submit(place, job)))
            if len(waiting) >= at_once:
                name, future = waiting.popleft()
                yield name, future.result()
        while waiting:
            name, future = waiting.popleft()
            yield name, future.result()
    finally:
        for _, future in waiting:
            future.cancel()


def _on_cluster(
    network: TravelNetwork, one: _Sweep, jobs: Sequence[Job], cluster: str
) -> Iterator[tuple[str, FloatArray]]:
    """Every job on a worker of a cluster."""
    with client_of(cluster) as client, _copies_kept(client):
        content = _file_bytes(network)
        digest = hashlib.sha256(content).hexdigest()
        # A cluster gives what it holds for a key, whoever asks: no two sweeps may share one.
        token = f"geoaccess-{uuid.uuid4().hex}"
        keys = f"{token}-network", f"{token}-sweep"
        shared = client.scatter(dict(zip(keys, (content, one), strict=True)), broadcast=True)
        at_once = sum(client.nthreads().values()) + JOBS_AHEAD

        def submit(place: int, job: Job) -> Future[FloatArray]:
            future = client.submit(
                _compute, digest, *(shared[key] for key in keys), job, retries=RETRIES, pure=False,
                key=f"{token}-{place}",
            )  # fmt: skip
            return cast("Future[FloatArray]", future)  # not of the class, but with what is used of it

        try:
            yield from _in_order(jobs, submit, at_once=at_once)
        except CancelledError as error:
            raise ClusterError(Note("fault.cluster.lost", address=address_of(client))) from error


@contextmanager
def _copies_kept(client: Client) -> Iterator[None]:
    """Every worker keeps its copy of the network.

    Dask's memory manager drops copies that no task waits for, and a worker that is lost may then be the only
    one that had it.
    """
    manager = cast("Any", client).amm
    drops = manager.running()
    manager.stop()
    try:
        yield
    finally:
        if drops:
            with suppress(OSError):  # a scheduler that is gone has no manager
                manager.start()


@contextmanager
def client_of(cluster: str) -> Iterator[Client]:
    """A client of a cluster: ``local`` starts one on this machine, anything else is a scheduler's address.

    Raises:
        ClusterError: dask.distributed is missing, or nothing answers at the address.
    """
    try:
        from distributed import Client, LocalCluster  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise ClusterError("a cluster needs dask.distributed: pip install 'geoaccess[dask]'") from error
    if cluster == "local":
        with (
            LocalCluster(threads_per_worker=1, dashboard_address=None, silence_logs=logging.ERROR) as started,
            Client(started) as client,
        ):
            yield client
        return
    try:
        client = Client(cluster, timeout="10s")
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(Note("fault.cluster.none", cluster=cluster, error=error)) from error
    with client:
        yield client


def address_of(client: Client) -> str:
    """The address of the scheduler that a client talks to."""
    return str(cast("Any", client.scheduler).address)


def _file_bytes(network: TravelNetwork) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.net"
        save_network(network, path)
        return path.read_bytes()


def _compute(digest: str, content: bytes, one: _Sweep, job: Job) -> FloatArray:
    """A job, on a worker."""
    return one.minutes_alone(_worker_network(_Content(digest, content)), job)


@dataclass(frozen=True)
class _Content:
    """The bytes of a network file, told apart by their digest alone."""

    digest: str
    content: bytes = field(compare=False)


@lru_cache(maxsize=2)
def _worker_network(file: _Content) -> TravelNetwork:
    """The network of a worker, read once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.net"
        path.write_bytes(file.content)
        return load_network(path)
