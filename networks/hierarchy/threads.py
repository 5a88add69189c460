"""Batches shared between threads: compiled code lets go of the GIL, so threads are enough."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar

from .lanes import LANES

_alone: ContextVar[bool] = ContextVar("searches stay on the calling thread", default=False)


@contextmanager
def one_thread() -> Iterator[None]:
    """Within this block searches stay on the calling thread: for callers that have threads of their own."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def share_batches(run: Callable[..., None], n_starts: int, threads: int | None, *arguments: object) -> None:
    """Call ``run(thread, n_threads, *arguments)`` on every thread and wait for all of them.

    Args:
        run: takes every ``n_threads``-th batch of searches, from number ``thread`` on.
        n_starts: number of searches.
        threads: how many threads; None = as many as there are processors, but no more than batches, and
            one within :func:`one_thread`.
        arguments: passed on.
    """
    wanted = threads or (1 if _alone.get() else processors())
    n_threads = max(1, min(wanted, -(-n_starts // LANES)))
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
