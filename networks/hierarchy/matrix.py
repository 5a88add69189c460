"""Seconds from many nodes to many others, from whichever side is smaller."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..errors import Fault, NetworkDataError
from .customisation import Metric
from .graph import AnyArray, FloatArray, Int32Array
from .lanes import LANES
from .restriction import Restriction, restricted
from .sweep import Target, run_batches

BLOCK_BYTES = 256 * 2**20
"""Size of a streamed block of the matrix, unless told otherwise."""


def many_to_many(
    metric: Metric,
    sources: AnyArray,
    targets: AnyArray,
    *,
    limit_s: float | None = None,
    threads: int | None = None,
) -> FloatArray:
    """Travel times from every source to every target.

    Args:
        metric: a customised order.
        sources: (n_sources,) nodes; repeats are allowed.
        targets: (n_targets,) nodes.
        limit_s: times above it are not looked for and come out as ``inf``.
        threads: threads to share the batches of sixteen searches; None = the processors at hand.

    Returns:
        (n_sources, n_targets) seconds, ``inf`` = no way, or none within the limit.

    Raises:
        NetworkDataError: a node that is not there, or a limit that is no number of at least 0.
    """
    start_ranks, end_ranks = ranks_of(metric, sources, "sources"), ranks_of(metric, targets, "targets")
    limit = checked_limit(limit_s)
    seconds = np.empty((len(start_ranks), len(end_ranks)), dtype=np.float64)
    if not seconds.size:
        return seconds
    if len(start_ranks) <= len(end_ranks):
        ends = restricted(metric.fall, end_ranks)
        target = Target(ends.row[end_ranks], seconds.reshape(-1), 1, len(end_ranks))
        _run(metric, start_ranks, forward=True, part=ends, target=target, limit_s=limit, threads=threads)
    else:
        ends = restricted(metric.rise, start_ranks)
        target = Target(ends.row[start_ranks], seconds.reshape(-1), len(end_ranks), 1)
        _run(metric, end_ranks, forward=False, part=ends, target=target, limit_s=limit, threads=threads)
    return seconds


def stream_many_to_many(
    metric: Metric,
    sources: AnyArray,
    targets: AnyArray,
    *,
    limit_s: float | None = None,
    threads: int | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[tuple[slice, FloatArray]]:
    """The rows of :func:`many_to_many` in blocks, for matrices larger than memory.

    Args:
        metric: a customised order.
        sources: (n_sources,) nodes.
        targets: (n_targets,) nodes.
        limit_s: times above it come out as ``inf``.
        threads: as in :func:`many_to_many`.
        block_bytes: largest size of a block; a block has at least one row.

    Yields:
        which sources, and their (rows, n_targets) seconds.

    Raises:
        NetworkDataError: as :func:`many_to_many`.
    """
    rows = max(1, block_bytes // (8 * max(1, len(targets))))
    for first in range(0, len(sources), rows):
        block = slice(first, min(first + rows, len(sources)))
        yield block, many_to_many(metric, sources[block], targets, limit_s=limit_s, threads=threads)


def _run(
    metric: Metric,
    starts: Int32Array,
    *,
    forward: bool,
    part: Restriction,
    target: Target,
    limit_s: float,
    threads: int | None,
) -> None:
    """All batches, shared between threads; compiled code lets go of the GIL."""
    # Starts of similar rank climb through the same nodes, which are then still in the cache.
    places = np.argsort(starts, kind="stable")
    upward = metric.rise if forward else metric.fall
    n_threads = min(threads or processors(), -(-len(starts) // LANES))
    shared = (n_threads, starts[places], places, upward, metric.order.parent, part, target, limit_s)
    if n_threads == 1:
        run_batches(0, *shared)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(run_batches, thread, *shared) for thread in range(n_threads)]:
            done.result()


def processors() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ranks_of(metric: Metric, nodes: AnyArray, name: str) -> Int32Array:
    """Ranks of nodes.

    Raises:
        NetworkDataError: a node that is not there; up to twenty are listed.
    """
    numbers = np.asarray(nodes)
    if numbers.size and numbers.dtype.kind not in "iu":
        raise NetworkDataError([Fault("nodes are given by number", where=name, value=str(numbers.dtype))])
    bad = np.flatnonzero((numbers < 0) | (numbers >= metric.n_nodes))
    if len(bad):
        raise NetworkDataError(
            [
                Fault(
                    f"no such node; there are {metric.n_nodes}",
                    where=name,
                    row=str(at),
                    value=str(numbers[at]),
                )
                for at in bad[:20]
            ]
        )
    return metric.order.rank[numbers.astype(np.int64)]


def checked_limit(limit_s: float | None) -> float:
    """The limit, ``inf`` for none.

    Raises:
        NetworkDataError: a limit below 0 or NaN.
    """
    if limit_s is None:
        return float("inf")
    if not limit_s >= 0:
        raise NetworkDataError([Fault("must be at least 0", where="limit_s", value=str(limit_s))])
    return float(limit_s)
