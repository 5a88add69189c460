"""Mutation testing of one module: ``python -m tests.house.mutation networks/ferries.py``.

The tests are collected once. A first child process runs them with a trace and says which test ran which line of the
module and how long it took. Then each fault (:mod:`tests.house.mutants`) gets a child of its own, in which the faulty
functions take the place of the sound ones, and the tests of that line run until one fails. A fault that no test notices
survives: it is printed, and is to be killed by a test or explained in ``tests/house/survivors.md``.

``--tests`` names the tests (else those of :data:`TESTS`, else the mirrored folder), ``-o`` keeps the outcome as JSON,
``--after`` takes such a file and tries its survivors only, ``--seconds`` bounds the tests of one fault (the fastest come
first), ``--examples`` those of one property, so that a score is never too high: a fault that only a longer test notices
counts as surviving. ``--sample 60`` draws so many faults of each module (``--seed`` says which: the same seed draws the
same faults of the same source), where all would take too long.

Tests draw the same examples every time. A fault that never ends counts as noticed.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import inspect
import json
import os
import pickle
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import Any

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from tests.house.mutants import EVERYWHERE, Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
#: The tests of a module, where they are not all those of the mirrored folder.
TESTS: dict[str, tuple[str, ...]] = {}


#: Processor seconds after which a fault never ends: so many, and so many times what its tests take without it.
LEAST_LIMIT_S, TIMES_LIMIT = 5.0, 4.0

#: Module, function, before and after of faults.
Survivors = set[tuple[str, str, str, str]]


@dataclass
class Ran:
    """One test without a fault: its seconds of processor time, the lines of each module that it ran, and whether it passed."""

    seconds: float
    lines: dict[str, set[int]]
    passed: bool

    def touches(self, module: str, mutant: Mutant) -> bool:
        """Whether it ran one of the lines that a fault shows on."""
        return any(line in mutant.lines for line in self.lines.get(module, ()))


@dataclass
class Outcome:
    """What became of the faults of a module."""

    module: str
    noticed: list[Mutant] = field(default_factory=list)
    endless: list[Mutant] = field(default_factory=list)
    surviving: list[Mutant] = field(default_factory=list)
    untested: list[Mutant] = field(default_factory=list)

    def told(self) -> str:
        """One line."""
        killed = len(self.noticed) + len(self.endless)
        count = killed + len(self.surviving) + len(self.untested)
        share = 100.0 * killed / count if count else 100.0
        return (
            f"{self.module}: {count} faults, {killed} noticed ({len(self.endless)} never ended), "
            f"{len(self.surviving)} survived, {len(self.untested)} on lines that no test runs: {share:.1f} %"
        )


class Mutation:
    """The pytest plugin: instead of the session's tests, the faults of a module run."""

    def __init__(
        self,
        modules: list[str],
        *,
        seconds: float,
        only: Survivors | None,
        examples: int = 10,
        sample: int | None = None,
        seed: int = 0,
        done: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self.outcomes = {module: Outcome(module) for module in modules}
        self.texts = {module: (ROOT / module).read_text(encoding="utf-8") for module in modules}
        self.seconds = seconds
        self.only = only
        self.examples = examples
        self.sample = sample
        self.seed = seed
        self.done = done
        self.kills: Counter[str] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """The same examples every time, and no search for the smallest one that fails."""
        hypothesis.settings.register_profile(
            "mutation",
            parent=hypothesis.settings.get_profile("default"),
            derandomize=True,
            database=None,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        )
        hypothesis.settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Few examples a property: enough to notice most faults, and a fault that needs more survives."""
        for item in items:
            test = getattr(item, "obj", None)
            wanted = getattr(test, "_hypothesis_internal_use_settings", None)
            if wanted is not None:
                few = min(wanted.max_examples, self.examples)
                test = getattr(test, "__func__", test)
                test._hypothesis_internal_use_settings = hypothesis.settings(wanted, max_examples=few)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """The first child, then one a fault."""
        paths = {str(ROOT / module): module for module in self.outcomes}
        ran = _in_child(lambda: traced(session.items, paths))
        if isinstance(ran, str):
            raise pytest.UsageError(f"the tests without a fault: {ran}")
        failing = [item.nodeid for item, one in zip(session.items, ran, strict=True) if not one.passed]
        _say(
            f"{len(ran)} tests in {sum(one.seconds for one in ran):.0f} s; not used, as they fail: {failing or 'none'}"
        )
        tests = [(item, one) for item, one in zip(session.items, ran, strict=True) if one.passed]
        for module, outcome in self.outcomes.items():
            live = importlib.import_module(
                module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            )
            tree = ast.parse(self.texts[module])  # as it was when the tests were traced
            for mutant in drawn(list(mutants(tree)), self.sample, f"{self.seed} {module}"):
                if self.only is None or (module, *mutant.key) in self.only:
                    self._try(outcome, mutant, _Trial(live, tree, str(ROOT / module)), tests)
            _say(outcome.told())
            self.done(outcome)
        return True

    def _try(
        self, outcome: Outcome, mutant: Mutant, trial: _Trial, tests: list[tuple[pytest.Item, Ran]]
    ) -> None:
        touching = [(item, one) for item, one in tests if one.touches(outcome.module, mutant)]
        touching.sort(
            key=lambda pair: (-self.kills[pair[0].nodeid] / (0.01 + pair[1].seconds), pair[1].seconds)
        )
        groups = [touching]
        if (
            mutant.lines == EVERYWHERE
        ):  # what a class or a module says may be read without running a line of it
            held = {item.nodeid for item, _ in touching}
            groups.append(
                sorted(
                    (pair for pair in tests if pair[0].nodeid not in held), key=lambda pair: pair[1].seconds
                )
            )
        chosen, spent = [], 0.0
        for group in groups:
            own = 0.0
            for item, one in group:
                if not own or own + one.seconds <= self.seconds:
                    chosen.append(item)
                    own += one.seconds
            spent += own
        if not chosen:
            outcome.untested.append(mutant)
            _say(f"  no test   {mutant.line}: {mutant.before}  =>  {mutant.after}")
            return
        try:
            killer = _in_child(
                lambda: trial.killer(mutant, chosen), limit_s=LEAST_LIMIT_S + TIMES_LIMIT * spent
            )
        except TimeoutError:
            outcome.endless.append(mutant)
            return
        if killer is None:
            outcome.surviving.append(mutant)
            _say(f"  survived  {mutant.line}: {mutant.before}  =>  {mutant.after}")
        else:
            self.kills[killer] += 1
            outcome.noticed.append(mutant)


@dataclass(frozen=True)
class _Trial:
    """A module that may be made faulty, and how its tests take it."""

    live: ModuleType
    tree: ast.Module
    path: str

    def killer(self, mutant: Mutant, items: list[pytest.Item]) -> str | None:
        """The first test that fails with the fault; None when none does."""
        mutant.put()
        graft(self.live, self.tree, self.path)
        return next((item.nodeid for item, good in running(items) if not good), None)


def drawn(faults: list[Mutant], count: int | None, seed: str) -> list[Mutant]:
    """So many of the faults, in their order; all of them where there are no more, or no number is given."""
    if count is None or count >= len(faults):
        return faults
    chosen = sorted(random.Random(seed).sample(range(len(faults)), count))
    return [faults[position] for position in chosen]


def running(items: Iterable[pytest.Item]) -> Iterator[tuple[pytest.Item, bool]]:
    """Run tests one after the other: each with whether it passed (or was skipped)."""
    ordered = list(items)
    for item, following in zip(ordered, [*ordered[1:], None], strict=True):
        reports = runtestprotocol(item, nextitem=following, log=False)
        yield item, not any(report.failed for report in reports)


def traced(items: list[pytest.Item], paths: dict[str, str]) -> list[Ran]:
    """Every test once, and which lines of some files it ran."""
    lines: dict[str, set[int]] = {}

    def line(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            lines.setdefault(paths[frame.f_code.co_filename], set()).add(frame.f_lineno)
        return line

    def call(frame: FrameType, _event: str, _: object) -> Any:
        return line if frame.f_code.co_filename in paths else None

    found = []
    sys.settrace(call)
    began = processor_s()
    for _, passed in running(items):
        found.append(Ran(processor_s() - began, {name: set(ran) for name, ran in lines.items()}, passed))
        lines.clear()
        began = processor_s()
        sys.settrace(call)
    sys.settrace(None)
    return found


def processor_s() -> float:
    """Seconds of processor time of this process and of those that it started and that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def graft(live: ModuleType, tree: ast.Module, path: str) -> None:
    """Give the live module the code of another version of itself; objects that others hold stay the same."""
    fresh = ModuleType(live.__name__)
    fresh.__dict__.update(
        __file__=path, __package__=live.__package__, __path__=getattr(live, "__path__", None)
    )
    with contextlib.suppress(AttributeError):
        sys.modules[live.__name__] = fresh  # dataclasses look their module up while they are made
        exec(compile(ast.fix_missing_locations(tree), path, "exec"), fresh.__dict__)
    sys.modules[live.__name__] = live
    for name, new in list(vars(fresh).items()):
        old = vars(live).get(name)
        if name.startswith("__") or old is new:
            continue
        if (
            isinstance(old, dict)
            and isinstance(new, dict)
            and all(map(_is_plain, (*old.values(), *new.values())))
        ):
            old.clear()
            old.update(new)
        elif (
            isinstance(old, dict)
            and isinstance(new, dict)
            and len(old) == len(new)
            and list(old) != list(new)
        ):
            renamed = dict(
                zip(new, old.values(), strict=True)
            )  # functions by name: another name, the same function
            old.clear()
            old.update(renamed)
        elif _is_plain(old) and _is_plain(new) and old != new:
            for module in list(sys.modules.values()):
                if getattr(module, "__dict__", {}).get(name) is old:
                    setattr(module, name, new)
        else:
            _graft(old, new, live.__name__)


def _graft(old: Any, new: Any, module: str) -> None:
    """Code and plain defaults of a function, or of all the functions of a class."""
    if isinstance(old, FunctionType) and isinstance(new, FunctionType):
        inner = getattr(old, "__wrapped__", None)
        if inner is not None:
            _graft(inner, getattr(new, "__wrapped__", None), module)
        elif old.__code__.co_freevars == new.__code__.co_freevars:
            old.__code__ = new.__code__
        old.__defaults__ = _defaults(old.__defaults__, new.__defaults__)
        for word, value in (new.__kwdefaults__ or {}).items():
            if _is_plain(value) and old.__kwdefaults__:
                old.__kwdefaults__[word] = value
    elif isinstance(old, type) and isinstance(new, type) and old.__module__ == module:
        for name, value in list(vars(new).items()):
            held = vars(old).get(name)
            plain = _is_plain(held) and _is_plain(value) and held != value and not name.startswith("__")
            if plain or _closes_over_less(held, value):
                setattr(old, name, value)
            else:
                _graft(held, value, module)
    elif isinstance(old, property) and isinstance(new, property):
        _graft(old.fget, new.fget, module)
    else:
        for attribute in ("__func__", "func", "__wrapped__"):
            inner = inspect.getattr_static(old, attribute, None)
            if isinstance(getattr(old, attribute, None), FunctionType) or inner is not None:
                _graft(getattr(old, attribute, None), getattr(new, attribute, None), module)
                break


def _closes_over_less(old: object, new: object) -> bool:
    """A method that calls ``super()`` no more: its code does not fit into the function that did."""
    if not (isinstance(old, FunctionType) and isinstance(new, FunctionType)):
        return False
    return old.__code__.co_freevars == ("__class__",) and not new.__code__.co_freevars


def _defaults(old: tuple[Any, ...] | None, new: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if not old or not new or len(old) != len(new):
        return old
    return tuple(b if _is_plain(a) and _is_plain(b) else a for a, b in zip(old, new, strict=True))


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(map(_is_plain, value))
    return isinstance(value, bool | int | float | str)


def _in_child(work: Any, *, limit_s: float | None = None) -> Any:
    """What a function returns in a child process, whose output is thrown away.

    The limit is of processor time, so that a busy machine ends nothing that would have come to its end; what sleeps
    is given twenty times as long by the clock.

    Raises:
        TimeoutError: it took longer than the limit, and was ended.
    """
    with tempfile.NamedTemporaryFile() as out:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            if limit_s is not None:
                resource.setrlimit(resource.RLIMIT_CPU, (int(limit_s) + 1, int(limit_s) + 2))
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            with contextlib.suppress(BaseException):
                answer = "an error before any test"
                with contextlib.suppress(BaseException):
                    answer = work()
                Path(out.name).write_bytes(pickle.dumps(answer))
            os._exit(0)
        until = time.monotonic() + (20.0 * limit_s if limit_s is not None else 3600.0)
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
            if time.monotonic() > until:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                raise TimeoutError
            time.sleep(0.005)
        if os.WIFSIGNALED(ended[1]) and os.WTERMSIG(ended[1]) in (signal.SIGXCPU, signal.SIGKILL):
            raise TimeoutError
        told = Path(out.name).read_bytes()
    return pickle.loads(told) if told else "the process died"


def _say(text: str) -> None:
    print(text, flush=True)


def tests_of(module: str) -> list[str]:
    """The tests of a module: those named for it, else the mirrored folder."""
    for start, named in TESTS.items():
        if module.startswith(start):
            return list(named)
    folder = Path("tests") / Path(module).parent
    return [str(next(one for one in (folder, *folder.parents) if (ROOT / one).is_dir()))]


def written(outcomes: Iterable[Outcome], before: dict[str, Any]) -> dict[str, Any]:
    """Faults by module as JSON; what was noticed before stays noticed."""
    texts = {}
    for outcome in outcomes:
        lists = {
            "survived": [*outcome.surviving, *outcome.untested],
            "noticed": [*outcome.noticed, *outcome.endless],
        }
        found = {
            name: [
                {"line": one.line, "function": one.function, "before": one.before, "after": one.after}
                for one in held
            ]
            for name, held in lists.items()
        }
        found["noticed"] += before.get(outcome.module, {}).get("noticed", [])
        texts[outcome.module] = found
    return texts


def main() -> int:
    """Run the faults of some modules."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--tests", nargs="+")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--examples", type=int, default=10)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--after", type=Path)
    parser.add_argument("-o", "--out", type=Path)
    asked = parser.parse_args()
    os.chdir(ROOT)
    before = json.loads(asked.after.read_text()) if asked.after else {}
    only = {
        (module, one["function"], one["before"], one["after"])
        for module, held in before.items()
        for one in held["survived"]
    }
    texts: dict[str, Any] = {}

    def keep(outcome: Outcome) -> None:
        """The file grows module by module, so that a run that is ended leaves what it found."""
        texts.update(written([outcome], before))
        if asked.out:
            asked.out.write_text(json.dumps(texts, indent=1))

    plugin = Mutation(
        asked.modules,
        seconds=asked.seconds,
        only=only if asked.after else None,
        examples=asked.examples,
        sample=asked.sample,
        seed=asked.seed,
        done=keep,
    )
    tests = asked.tests or sorted({test for module in asked.modules for test in tests_of(module)})
    with tempfile.TemporaryDirectory() as temporary:
        options = ["-q", "-s", "-p", "no:cacheprovider", f"--basetemp={temporary}/tests", "--timeout=0"]
        code = pytest.main([*tests, *options], plugins=[plugin])
    for module, held in texts.items():
        count = len(held["noticed"]) + len(held["survived"])
        _say(
            f"{module}: {len(held['noticed'])} of {count} faults noticed, {100.0 * len(held['noticed']) / count:.1f} %"
        )
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
