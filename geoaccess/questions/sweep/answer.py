"""Sweeps into a folder: one Parquet partition a state, so that what is there need not be computed again.

``FOLDER/source=NAME/scenario=NAME/part.parquet`` holds the pairs of one state. Each file carries the digest
of all that its times depend on: the network, the state's overlays, the points, what was asked for and this
program's version. A file with the same digest is kept, one that cannot be read is computed again. One with
another digest is refused, whether or not its state is asked for now: a folder never mixes two questions.
``_states.csv``, ``_sweep.json`` and the answer with who gains and who loses (``_answer``) are written when
every state is there; readers of the partitions pass over them.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from geoaccess.answers.answer import BESIDE
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.digests import digest_of
from geoaccess.ground.errors import DataError, OutputError
from geoaccess.ground.writing import versions
from geoaccess.questions.matrix.pairs import TIME, Pairs, Places, matrix_pairs, read_facts, write_pairs
from geoaccess.questions.sweep.over_day import BESIDE_TIME, Day, day_pairs
from geoaccess.questions.sweep.plan import Job, sweep
from geoaccess.questions.sweep.sources import Source, State
from geoaccess.words.note import Note, listed
from networks.engines import Engine
from networks.files import network_digest

PART = "part.parquet"
STATES_FILE = "_states.csv"
SWEEP_FILE = "_sweep.json"
#: Renewed when the content of a partition changes its meaning.
FORMAT = 1


@dataclass(frozen=True)
class Asked:
    """What is asked of every state.

    Attributes:
        nearest: only the k nearest destinations of each origin, of each kind; None = all.
        max_min: only pairs within so many minutes; None = all.
        day: the nearest of each kind over all moments of leaving; None = pairs at one time of day.
    """

    nearest: int | None = None
    max_min: float | None = None
    day: Day | None = None


@dataclass(frozen=True)
class Done:
    """A state whose partition stands.

    Attributes:
        source: name of what was swept.
        state: name of the state.
        path: its partition.
        pairs: pairs in it.
        unreachable: pairs without a time.
        computed: computed now; otherwise it was there already.
    """

    source: str
    state: str
    path: Path
    pairs: int
    unreachable: int
    computed: bool


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes:
        done: states done, those that were there already included.
        total: states in all.
        kept: states that were there already.
        elapsed_s: seconds since the first state was begun.
    """

    done: int
    total: int
    kept: int
    elapsed_s: float

    @property
    def left_s(self) -> float:
        """Seconds that the states still to do are likely to take; NaN before the first."""
        computed = self.done - self.kept
        return self.elapsed_s / computed * (self.total - self.done) if computed else float("nan")


@dataclass(frozen=True, eq=False)
class _Planned:
    """A state, where it is to stand, and the digests of what it shares with the source and of all."""

    state: State
    path: Path
    base: str
    digest: str


def run_sweep(
    sources: Sequence[Source],
    folder: Path,
    asked: Asked,
    *,
    cluster: str | None = None,
    engine: Engine = "auto",
    overwrite: bool = False,
    on_state: Callable[[Done, Progress], None] | None = None,
) -> list[Done]:
    """Compute what is missing in a folder; every state of every source, in their order.

    Args:
        sources: what to sweep.
        folder: where the partitions stand or are to stand.
        asked: what is asked of every state.
        cluster: see :func:`geoaccess.questions.sweep.plan.sweep`.
        engine: what searches.
        overwrite: partitions of another question are replaced.
        on_state: called after each state, the kept ones first.

    Raises:
        DataError: two sources or two states of one name.
        OutputError: a partition was computed from something else, or cannot be written.
        ClusterError: no such cluster, or it was lost.
    """
    plans = [(source, _planned(source, folder, asked)) for source in sources]
    _check_names([source.name for source in sources], "sources")
    kept, missing = _sorted_out(plans, overwrite=overwrite)
    if any(planned for _, planned in missing):
        # Stopped before its end, a sweep has no answer; one of before would tell of other partitions.
        shutil.rmtree(folder / BESIDE, ignore_errors=True)
    total, began = sum(len(planned) for _, planned in plans), time.perf_counter()
    found: dict[Path, Done] = {}
    computed = (
        done
        for source, planned in missing
        for done in _computed(source, planned, asked, cluster=cluster, engine=engine)
    )
    for done in chain(kept.values(), computed):
        found[done.path] = done
        if on_state:
            on_state(done, Progress(len(found), total, len(kept), time.perf_counter() - began))
    return [found[one.path] for _, planned in plans for one in planned]


def _planned(source: Source, folder: Path, asked: Asked) -> list[_Planned]:
    """Where every state of a source is to stand, and what it depends on."""
    _check_names([state.name for state in source.states], Note("word.states_of", source=source.name))
    program = versions().get("geoaccess", "")
    common = [FORMAT, program, network_digest(source.network), source.origins, source.from_ids, asked]
    base = digest_of(common if asked.day is None else [*common, source.ferries])
    place = folder / f"source={_as_segment(source.name)}"
    return [
        _Planned(
            state,
            place / f"scenario={_as_segment(state.name)}" / PART,
            base,
            digest_of([base, state.overlays, state.destinations, state.to_ids, state.kinds]),
        )
        for state in source.states
    ]


def _check_names(names: Sequence[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(Note("fault.sweep.twice", what=what, twice=tuple(twice)))


def _sorted_out(
    plans: Sequence[tuple[Source, list[_Planned]]], *, overwrite: bool
) -> tuple[dict[Path, Done], list[tuple[Source, list[_Planned]]]]:
    """The partitions that stand, and what is missing of each source; foreign ones are cleared away.

    Raises:
        OutputError: a partition was computed from something else, and may not be replaced.
    """
    kept: dict[Path, Done] = {}
    missing, foreign = [], []
    for source, planned in plans:
        left = []
        for one in planned:
            facts = read_facts(one.path)
            if facts is not None and facts.get("digest") == one.digest:
                counts = int(facts["pairs"]), int(facts["unreachable"])
                kept[one.path] = Done(source.name, one.state.name, one.path, *counts, computed=False)
            else:
                left.append(one)
        missing.append((source, left))
        foreign += [path for path in _foreign(planned) if path not in kept]
    if foreign and not overwrite:
        raise OutputError(Note("fault.sweep.foreign", foreign=listed(foreign, 1)))
    for path in foreign:
        path.unlink()
    return kept, missing


def _foreign(planned: Sequence[_Planned]) -> list[Path]:
    """Partitions of a source that were computed from something else, asked for now or not."""
    of_path = {one.path: one for one in planned}
    found = []
    for path in sorted(planned[0].path.parent.parent.glob(f"scenario=*/{PART}")) if planned else []:
        facts = read_facts(path)
        if facts is None:
            continue
        differs = path in of_path and facts.get("digest") != of_path[path].digest
        if differs or facts.get("base") != planned[0].base:
            found.append(path)
    return found


def _computed(
    source: Source, planned: Sequence[_Planned], asked: Asked, *, cluster: str | None, engine: Engine
) -> Iterator[Done]:
    """Compute and write states, one after the other."""
    if not planned:
        return
    if asked.day is not None:
        yield from _over_day(source, planned, asked.day)
        return
    jobs = [Job(one.state.name, one.state.overlays, one.state.destinations) for one in planned]
    stops = planned[0].state.destinations
    results = sweep(source.network, source.origins, stops, jobs, cluster=cluster, engine=engine)
    for one, (name, minutes) in zip(planned, results, strict=True):
        pairs = _asked_of(minutes, one.state, asked)
        counts = {"pairs": len(pairs), "unreachable": int(np.isnan(pairs.figures[TIME]).sum())}
        facts = {"base": one.base, "digest": one.digest, **{key: str(count) for key, count in counts.items()}}
        columns = {"kind": one.state.kinds} if one.state.kinds else {}
        write_pairs(one.path, [pairs], Places(source.from_ids, one.state.to_ids, columns), facts=facts)
        yield Done(source.name, name, one.path, **counts, computed=True)


def _over_day(source: Source, planned: Sequence[_Planned], day: Day) -> Iterator[Done]:
    """Write the day of states, one after the other."""
    for one in planned:
        pairs, places = day_pairs(source, one.state, day)
        counts = {"pairs": len(pairs), "unreachable": int(np.isnan(pairs.figures[TIME]).sum())}
        facts = {"base": one.base, "digest": one.digest, **{key: str(count) for key, count in counts.items()}}
        write_pairs(one.path, [pairs], places, figures=(TIME, *BESIDE_TIME), facts=facts)
        yield Done(source.name, one.state.name, one.path, **counts, computed=True)


def _asked_of(minutes: FloatArray, state: State, asked: Asked) -> Pairs:
    """The pairs of a matrix that were asked for, by origin and then as the destinations stand."""
    wanted = np.ones(minutes.shape, dtype=np.bool_)
    if asked.max_min is not None:
        wanted &= minutes <= asked.max_min
    if asked.nearest is not None:
        kinds = np.array(state.kinds or [""] * len(state.to_ids), dtype=object)
        for kind in sorted(set(kinds)):
            here = np.flatnonzero(kinds == kind)
            order = np.argsort(minutes[:, here], axis=1, kind="stable")
            far = here[order[:, asked.nearest :]]
            np.put_along_axis(wanted, far, values=False, axis=1)
        wanted &= np.isfinite(minutes)
    if wanted.all():
        return matrix_pairs(minutes)
    rows, columns = np.nonzero(wanted)
    return Pairs(rows, columns, {TIME: minutes[rows, columns]})


def states_frame(sources: Sequence[Source], done: Sequence[Done]) -> pd.DataFrame:
    """One row a state: ``source, scenario, pairs, unreachable``, and the probability of drawn states."""
    frame = pd.DataFrame(
        {
            "source": [one.source for one in done],
            "scenario": [one.state for one in done],
            "pairs": [one.pairs for one in done],
            "unreachable": [one.unreachable for one in done],
        }
    )
    chances = [state.probability for source in sources for state in source.states]
    if any(chance is not None for chance in chances):
        frame["probability"] = [np.nan if chance is None else chance for chance in chances]
    return frame


def read_partitions(folder: Path) -> pd.DataFrame:
    """All partitions of a sweep with their source and scenario, in the order of the names.

    Raises:
        DataError: there are none.
    """
    frames = []
    for path in sorted(folder.glob(f"source=*/scenario=*/{PART}")):
        names = {part.split("=", 1)[0]: unquote(part.split("=", 1)[1]) for part in path.parts[-3:-1]}
        frames.append(pd.read_parquet(path, partitioning=None).assign(**names))
    if not frames:
        raise DataError(Note("fault.sweep.no_partitions", folder=folder))
    return pd.concat(frames, ignore_index=True)


def _as_segment(name: str) -> str:
    """A name as part of a path, percent-encoded as readers of partitions expect it."""
    return quote(name, safe="")
