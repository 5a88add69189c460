"""Many states of one network: scenarios, draws, losses; in one process, or over a Dask cluster.

One process re-customises the stored order for every state and shares everything else, which is fastest for a
region (``tests/benchmarks/sweeps.py`` measures both). A cluster pays when one state takes seconds: a
country, or matrices of tens of millions of pairs; :func:`worth_a_cluster` holds the rule.

The network reaches the workers once, as the bytes of a network file, never as a pickle of the program's own
making; each worker keeps it. Results come back in the order of the jobs, whatever order they finish in, and
a job whose worker is lost runs again on another.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.errors import DataError, GeoaccessError
from geoaccess.runs import beside
from networks import SnappedPoints, TravelNetwork, load_network, save_network, travel_time_matrix
from networks.engines import SMALL_SEARCH
from networks.overlays import Overlay, apply_overlays

if TYPE_CHECKING:
    from distributed import Client

FloatArray = NDArray[np.float64]
EngineName = Literal["auto", "scipy", "hierarchy"]

#: A lost worker's job is tried this often elsewhere.
RETRIES = 3
#: Pairs (origins x destinations x jobs) from which several processes beat one; measured by
#: ``tests/benchmarks/sweeps.py`` on two cores, where one process reached about 30 million pairs a second.
CLUSTER_PAYS_AT_PAIRS = 2_000_000_000


class ClusterError(GeoaccessError, ConnectionError):
    """The cluster cannot be reached, or dask.distributed is not installed."""


@dataclass(frozen=True)
class Job:
    """One state to compute.

    Attributes:
        name: unique name, the key of the result.
        overlays: what changes from the network that is swept.
    """

    name: str
    overlays: tuple[Overlay, ...] = field(default=())


def worth_a_cluster(n_origins: int, n_destinations: int, n_jobs: int) -> bool:
    """Whether a local cluster is likely to be faster than one process."""
    return n_jobs > 1 and n_origins * n_destinations * n_jobs >= CLUSTER_PAYS_AT_PAIRS


def sweep(
    network: TravelNetwork,
    origins: SnappedPoints,
    destinations: SnappedPoints,
    jobs: Sequence[Job],
    *,
    cluster: str | None = None,
    on_done: Callable[[int, int, str], None] | None = None,
) -> Iterator[tuple[str, FloatArray]]:
    """Travel times of every job, one after the other, in their order.

    Args:
        network: the network, shared by all jobs.
        origins: points joined to it.
        destinations: points joined to it.
        jobs: the states.
        cluster: ``None`` for this process, ``local`` for a cluster on this machine, or a scheduler's address.
        on_done: called with the number of jobs done, of all jobs, and the name.

    Yields:
        (name, (n_origins, n_destinations) minutes, NaN unreachable).

    Raises:
        DataError: two jobs of one name.
        ClusterError: no such cluster.
    """
    names = [job.name for job in jobs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"two jobs are named {', '.join(twice)}")
    engine = engine_for_states(network, len(origins), len(destinations), len(jobs))
    found = (
        _in_process(network, origins, destinations, jobs, engine)
        if cluster is None
        else _on_cluster(network, origins, destinations, jobs, cluster, engine)
    )
    for done, (name, minutes) in enumerate(found, start=1):
        if on_done:
            on_done(done, len(jobs), name)
        yield name, minutes


def engine_for_states(network: TravelNetwork, n_origins: int, n_destinations: int, states: int) -> EngineName:
    """The engine for many states of one matrix; the order of the hierarchy is built once where it pays.

    Every state of the network shares the order; ``auto`` leaves the choice to each matrix.
    """
    if min(n_origins, n_destinations) * network.n_nodes * states < SMALL_SEARCH:
        return "auto"
    from networks.hierarchy import Engine, choose_engine  # noqa: PLC0415 - compiles: only where it is used

    has_order = network.topology.has_order
    choice = choose_engine(network.n_nodes, n_origins, n_destinations, scenarios=states, has_order=has_order)
    if choice.engine is not Engine.HIERARCHY:
        return "auto"
    _ = network.topology.order
    return "hierarchy"


def _in_process(
    network: TravelNetwork,
    origins: SnappedPoints,
    destinations: SnappedPoints,
    jobs: Sequence[Job],
    engine: EngineName,
) -> Iterator[tuple[str, FloatArray]]:
    for job in jobs:
        state = apply_overlays(network, job.overlays) if job.overlays else network
        yield job.name, travel_time_matrix(state, origins, destinations, engine=engine)


def _on_cluster(
    network: TravelNetwork,
    origins: SnappedPoints,
    destinations: SnappedPoints,
    jobs: Sequence[Job],
    cluster: str,
    engine: EngineName,
) -> Iterator[tuple[str, FloatArray]]:
    with client_of(cluster) as client:
        content = _file_bytes(network)
        shared = client.scatter((content, origins, destinations), broadcast=True)
        futures = [
            client.submit(
                _compute, shared, job, engine, retries=RETRIES, pure=False, key=f"{job.name}-{index}"
            )
            for index, job in enumerate(jobs)
        ]
        for job, future in zip(jobs, futures, strict=True):
            yield job.name, future.result()
            future.release()


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
        raise ClusterError(f"no cluster answers at {cluster}: {error}") from error
    with client:
        yield client


def _file_bytes(network: TravelNetwork) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.net"
        save_network(network, path)
        return path.read_bytes()


@lru_cache(maxsize=2)
def _worker_network(digest: str, content: bytes) -> TravelNetwork:
    """The network of a worker, read once; ``digest`` keeps the cache's key short to compare."""
    del digest
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.net"
        path.write_bytes(content)
        return load_network(path)


def _compute(shared: tuple[bytes, SnappedPoints, SnappedPoints], job: Job, engine: EngineName) -> FloatArray:
    content, origins, destinations = shared
    network = _worker_network(hashlib.sha256(content).hexdigest(), content)
    return next(_in_process(network, origins, destinations, [job], engine))[1]


def write_partition(
    folder: Path, name: str, minutes: FloatArray, *, from_ids: Sequence[str], to_ids: Sequence[str]
) -> Path:
    """One job's times as a Parquet partition ``scenario=NAME/part.parquet``, beside and renamed.

    Unreachable pairs are kept, with an empty time.
    """
    rows, columns = (array.ravel() for array in np.indices(minutes.shape))
    frame = pd.DataFrame(
        {
            "from_id": pd.Categorical.from_codes(rows.astype(np.int32), pd.Index(from_ids)),
            "to_id": pd.Categorical.from_codes(columns.astype(np.int32), pd.Index(to_ids)),
            "travel_time_min": minutes.ravel(),
        }
    )
    path = folder / f"scenario={name}" / "part.parquet"
    with beside(path) as part:
        frame.to_parquet(part, index=False)
    return path


def read_partitions(folder: Path) -> pd.DataFrame:
    """All partitions of a sweep with their scenario, in the order of the names."""
    frames = [
        pd.read_parquet(path).assign(scenario=path.parent.name.removeprefix("scenario="))
        for path in sorted(folder.glob("scenario=*/part.parquet"))
    ]
    if not frames:
        raise DataError(f"{folder} holds no partitions")
    return pd.concat(frames, ignore_index=True)
