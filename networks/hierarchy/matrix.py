"""Seconds from many nodes to many others, from whichever side is smaller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from networks.arrays import FloatArray, Int32Array, IntArray
from networks.sentences import Sentence

from ..errors import Fault, NetworkDataError
from .customisation import Metric
from .graph import AnyArray
from .lanes import LANES
from .restriction import Restriction, restricted
from .sweep import Ends, Starts, run_batches
from .threads import share_batches

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
    limit, forward = checked_limit(limit_s), len(sources) <= len(targets)
    source_ranks, target_ranks = ranks_of(metric, sources, "sources"), ranks_of(metric, targets, "targets")
    pieces = _apart(*(metric.order.root[ranks] for ranks in (source_ranks, target_ranks)), forward=forward)
    if pieces is None:
        return _searched(asked(metric, sources, targets, limit), threads)
    seconds = np.full((len(sources), len(targets)), np.inf)
    for rows, columns in pieces:
        ends = np.asarray(sources)[rows], np.asarray(targets)[columns]
        question = asked(metric, *ends, limit, from_sources=forward)
        seconds[np.ix_(rows, columns)] = _searched(question, threads)
    return seconds


def _searched(question: Question, threads: int | None) -> FloatArray:
    """(n_sources, n_targets) seconds of a question."""
    shape = len(question.starts.rank), len(question.end_rows)
    seconds = np.empty(shape if question.forward else shape[::-1], dtype=np.float64)
    if seconds.size:
        ends = Ends(question.end_rows, seconds.reshape(-1), *question.strides)
        share_batches(run_batches, len(question.starts.rank), threads, question.starts, question.part, ends)
    return seconds


def _apart(
    source_root: Int32Array, target_root: Int32Array, *, forward: bool
) -> list[tuple[IntArray, IntArray]] | None:
    """Sources and targets of each tree that has both; None where searching the trees apart saves too little.

    A batch of searches sweeps all that leads to any end, so islands cost each other time. What it sweeps
    grows with the ends; to find the rows of a part costs about as much as half a sweep.
    """
    begin, end = (source_root, target_root) if forward else (target_root, source_root)
    together = -(-len(begin) // LANES)
    roots, starts = np.unique(begin, return_counts=True)
    if 2 * together <= len(roots):
        return None
    ends = np.asarray([np.count_nonzero(end == root) for root in roots])
    swept = float((-(-starts // LANES) * ends).sum()) / max(1, len(end))
    if swept + len(roots) / 2 > together / 2:
        return None
    return [
        (np.flatnonzero(source_root == root), np.flatnonzero(target_root == root))
        for root in roots[ends > 0].tolist()
    ]


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


@dataclass(frozen=True)
class Question:
    """Many-to-many searches, set up from the side with fewer nodes.

    Attributes:
        forward: searches start at the sources; otherwise at the targets, against the traffic.
        starts: where they start.
        part: the rows to sweep.
        end_rows: (n_ends,) the row of each node on the other side.
        strides: distances in the flat (n_sources, n_targets) output between neighbouring ends and starts.
    """

    forward: bool
    starts: Starts
    part: Restriction
    end_rows: Int32Array
    strides: tuple[int, int]


def asked(
    metric: Metric,
    sources: AnyArray,
    targets: AnyArray,
    limit_s: float | None,
    *,
    from_sources: bool | None = None,
) -> Question:
    """Set up the searches between two sets of nodes, from the smaller one or from the side that is named.

    Raises:
        NetworkDataError: as :func:`many_to_many`.
    """
    source_ranks, target_ranks = ranks_of(metric, sources, "sources"), ranks_of(metric, targets, "targets")
    limit = checked_limit(limit_s)
    forward = len(source_ranks) <= len(target_ranks) if from_sources is None else from_sources
    begin, end = (source_ranks, target_ranks) if forward else (target_ranks, source_ranks)
    upward, downward = (metric.rise, metric.fall) if forward else (metric.fall, metric.rise)
    place = np.argsort(begin, kind="stable")
    part = restricted(metric.order, downward, end)
    return Question(
        forward=forward,
        starts=Starts(begin[place], place, upward, metric.order.parent, limit),
        part=part,
        end_rows=part.row[end],
        strides=(1, len(target_ranks)) if forward else (len(target_ranks), 1),
    )


def ranks_of(metric: Metric, nodes: AnyArray, name: str) -> Int32Array:
    """Ranks of nodes.

    Raises:
        NetworkDataError: a node that is not there; up to twenty are listed.
    """
    numbers = np.asarray(nodes)
    if numbers.size and numbers.dtype.kind not in "iu":
        raise NetworkDataError([Fault("nodes are given by number", where=name, value=str(numbers.dtype))])
    if numbers.size and (numbers.min() < 0 or numbers.max() >= metric.n_nodes):
        bad = np.flatnonzero((numbers < 0) | (numbers >= metric.n_nodes))
        raise NetworkDataError(
            [
                Fault(
                    Sentence(
                        "net.fault.no_node_number",
                        "no such node; there are {n_nodes}",
                        n_nodes=metric.n_nodes,
                    ),
                    where=name,
                    row=str(at),
                    value=str(numbers[at]),
                )
                for at in bad[:20]
            ]
        )
    return metric.order.rank.take(numbers.astype(np.int64, copy=False))


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
