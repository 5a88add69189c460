"""What the referee has tried, and what it found."""

from __future__ import annotations

import signal
import time
from collections import Counter
from itertools import combinations
from pathlib import Path
from types import FrameType

from .questions import Question
from .trial import trial
from .verdict import Asked, Verdict


class HungError(Exception):
    """A question took longer than it may."""


class Record:
    """Counts of questions, combinations and faults; the log is written as they come."""

    def __init__(self, log: str | None = None) -> None:
        self.log = None if log is None else Path(log)
        self.began = time.time()
        self.tried: Counter[tuple[str, str]] = Counter()
        self.refused: Counter[str] = Counter()
        self.combinations: set[tuple[str, ...]] = set()
        self.pairs: set[tuple[str, ...]] = set()
        self.ends: Counter[tuple[str, str]] = Counter()
        self.faults: list[tuple[int, str, Verdict]] = []
        self._told = self.began

    def add(self, asked: Question | Asked, name: str, most_s: float = 60.0) -> Verdict:
        """Try one question within ``most_s`` seconds."""
        verdict = _within(asked, most_s)
        self.tried[name, asked.mode] += 1
        self.refused[name] += verdict.refused
        self.ends[name, verdict.status or "refused"] += 1
        traits = asked.traits()
        self.combinations.add((name, asked.mode, *traits))
        self.pairs |= {(name, asked.mode, *pair) for pair in combinations(traits, 2)}
        if verdict.fault:
            self.faults.append((asked.seed, name, verdict))
            self._write(
                f"FAULT seed {asked.seed} {name} [{asked.mode}] {verdict.fault} | {verdict.formulation} | {verdict.detail}"
            )
        if time.time() - self._told > 300:
            self._told = time.time()
            self._write(self.summary())
        return verdict

    def summary(self) -> str:
        """One line: how long, how many, how many faults."""
        hours = (time.time() - self.began) / 3600
        return (
            f"{hours:.2f} hours, {self.tried.total()} questions ({self.refused.total()} refused), "
            f"{len(self.combinations)} combinations of model, mode and all traits, {len(self.pairs)} of model, mode and two traits, "
            f"{len(self.faults)} faults"
        )

    def table(self) -> str:
        """What was tried, by model."""
        lines = ["model                          tried refused  ended"]
        for name in sorted({name for name, _ in self.tried}):
            tried = sum(count for (own, _), count in self.tried.items() if own == name)
            ends = ", ".join(
                f"{end} {count}" for (own, end), count in sorted(self.ends.items()) if own == name
            )
            lines.append(f"{name:30} {tried:6} {self.refused[name]:6}   {ends}")
        kinds = Counter((name, verdict.fault) for _, name, verdict in self.faults)
        lines += [f"{count:4} x {name}: {fault}" for (name, fault), count in kinds.most_common()]
        told = "\n".join([*lines, self.summary()])
        self._write(told)
        return told

    def _write(self, line: str) -> None:
        if self.log is None:
            print(line, flush=True)
            return
        with self.log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _within(asked: Question | Asked, most_s: float) -> Verdict:
    """The verdict; hung after so many seconds of this process, or where it stands still for much longer.

    Seconds of the clock would call every question of a busy machine hung.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise HungError(f"more than {most_s:g} s")

    clocks = ((signal.SIGPROF, signal.ITIMER_PROF, most_s), (signal.SIGALRM, signal.ITIMER_REAL, 20 * most_s))
    before = [signal.signal(kind, stop) for kind, _, _ in clocks]
    for _, timer, seconds in clocks:
        signal.setitimer(timer, seconds)
    try:
        return trial(asked)
    finally:
        for (kind, timer, _), handler in zip(clocks, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(kind, handler)
