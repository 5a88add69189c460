"""What one solve shares between its steps: the clock, the best sites, the bound, and when to stop."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType

import numpy as np

from optimise.arrays import IntArray

#: Called with the best objective known (inf for none), the lower bound, the stage and seconds so far.
OnProgress = Callable[[float, float, str, float], None]
#: Relative gap within which an answer counts as proven when costs are not whole multiples of a step.
TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True)
class Precision:
    """How close is close enough.

    Attributes:
        step: every objective value is a multiple of this; 0 when there is no such step.
        tolerance: a solution within this of a bound counts as proven.
        rounding: how far a computed bound may be off; HiGHS may stop as near to its bound as this.
    """

    step: float
    tolerance: float
    rounding: float

    def below(self, value: float) -> float:
        """The threshold for solutions that are better than ``value`` by more than the tolerance."""
        return value - max(self.step - 2 * self.rounding, self.tolerance)

    def proven(self, bound: float) -> float:
        """The computed ``bound`` as a certain one: less its rounding, then up to the next multiple."""
        certain = bound - self.rounding
        if self.step > 0 and math.isfinite(certain):
            return math.ceil(certain / self.step) * self.step
        return certain

    def shared(self, parts: int) -> Precision:
        """The precision for each of ``parts`` problems whose values add up."""
        return replace(self, tolerance=self.tolerance / parts, rounding=self.rounding / parts)


class Run:
    """The state of one solve. ``evaluate`` gives the objective of sites on the full problem."""

    def __init__(
        self,
        evaluate: Callable[[IntArray], float],
        *,
        time_limit_s: float | None = None,
        on_progress: OnProgress | None = None,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        self._evaluate = evaluate
        self._on_progress = on_progress
        self._began = time.perf_counter()
        self._limit_s = math.inf if time_limit_s is None else time_limit_s
        self.seed = seed
        self.threads = threads
        self.interrupted = False
        self.best = math.inf
        self.sites: IntArray | None = None
        self.bound = -math.inf
        self.stage = "start"
        self.stages: dict[str, float] = {}

    @property
    def seconds(self) -> float:
        """Wall seconds since the solve began."""
        return time.perf_counter() - self._began

    @property
    def seconds_left(self) -> float:
        """Wall seconds until the time limit."""
        return max(0.0, self._limit_s - self.seconds)

    @property
    def stopped(self) -> bool:
        """True when the time is up or the user has asked to stop."""
        return self.interrupted or self.seconds_left == 0.0

    def offer(self, sites: IntArray) -> bool:
        """Evaluate sites on the full problem and keep them when they are the best so far."""
        value = self._evaluate(sites)
        if value >= self.best:
            return False
        self.best, self.sites = value, np.sort(sites)
        self.report()
        return True

    def raise_bound(self, bound: float) -> None:
        """Take over a better proven bound; it never passes the best objective."""
        if bound > self.bound:
            self.bound = min(bound, self.best)
            self.report()

    def report(self) -> None:
        """Tell the caller where the solve stands."""
        if self._on_progress is not None:
            self._on_progress(self.best, self.bound, self.stage, self.seconds)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Name the stage and add up its wall seconds."""
        began, before = time.perf_counter(), self.stage
        self.stage = stage
        try:
            yield
        finally:
            self.stages[stage] = self.stages.get(stage, 0.0) + time.perf_counter() - began
            self.stage = before


@contextmanager
def stop_on_ctrl_c(run: Run) -> Iterator[None]:
    """Let the first Ctrl-C stop ``run`` and keep its incumbent; the second one is an error as usual.

    Signals reach the main thread only; elsewhere nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def on_signal(number: int, frame: FrameType | None) -> None:
        del number, frame
        run.interrupted = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
