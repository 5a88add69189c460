"""Batches shared between threads: compiled code lets go of the GIL, so threads are enough."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from .lanes import LANES


def share_batches(run: Callable[..., None], n_starts: int, threads: int | None, *arguments: object) -> None:
    """Call ``run(thread, n_threads, *arguments)`` on every thread and wait for all of them.

    Args:
        run: takes every ``n_threads``-th batch of searches, from number ``thread`` on.
        n_starts: number of searches.
        threads: how many threads; None = as many as there are processors, but no more than batches.
        arguments: passed on.
    """
    n_threads = max(1, min(threads or processors(), -(-n_starts // LANES)))
    if n_threads == 1:
        run(0, 1, *arguments)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for share in [pool.submit(run, thread, n_threads, *arguments) for thread in range(n_threads)]:
            share.result()


def processors() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
