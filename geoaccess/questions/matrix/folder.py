"""The answer of ``geoaccess matrix`` as its folder holds it: what each end has, and all pairs in a file.

The pairs may be more than memory holds, so they are no table of the answer: they are written block by block
into :data:`PAIRS_FILE` beside its tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from geoaccess.answers.answer import Answer
from geoaccess.ground.writing import write_folder
from geoaccess.questions.matrix.answer import PointTable
from geoaccess.questions.matrix.ends import Ends
from geoaccess.questions.matrix.pairs import TIME, Pairs, Places, Written, write_pairs
from geoaccess.words.catalogue import say
from geoaccess.words.locales import ENGLISH, LANGUAGES
from geoaccess.words.note import Note
from networks import SnappedPoints

PAIRS_FILE = "pairs.parquet"


@dataclass(frozen=True, eq=False)
class Asked:
    """What was asked.

    Attributes:
        network: the network's file.
        origins: the points to travel from.
        destinations: the points to travel to.
        starts: the origins on the network.
        stops: the destinations on the network.
        nearest: only so many nearest destinations of each origin; None = all.
        max_min: only pairs within so many minutes; None = all.
        overlays: what changes on the network.
        inputs: the files that were read.
    """

    network: str
    origins: PointTable
    destinations: PointTable
    starts: SnappedPoints
    stops: SnappedPoints
    nearest: int | None
    max_min: float | None
    overlays: tuple[str, ...]
    inputs: tuple[Path, ...]

    @property
    def wanted(self) -> int:
        """How many pairs each origin is to have."""
        n = len(self.destinations.ids)
        return n if self.nearest is None else min(self.nearest, n)


def write_matrix(
    target: Path, asked: Asked, blocks: Iterable[Pairs], figures: Sequence[str], *, overwrite: bool = False
) -> Written:
    """Write the folder of an answer, its pairs as they are found.

    Raises:
        OutputError: the folder exists and may not be replaced, or cannot be written.
    """
    ends = Ends(len(asked.starts), len(asked.stops))
    written: list[Written] = []

    def fill(folder: Path) -> None:
        places = Places(asked.origins.ids, asked.destinations.ids)
        written.append(write_pairs(folder / PAIRS_FILE, ends.seen(blocks), places, figures=figures))
        matrix_answer(asked, ends, written[0]).fill(folder)

    write_folder(target, fill, overwrite=overwrite)
    return written[0]


def matrix_answer(asked: Asked, ends: Ends, written: Written) -> Answer:
    """Every origin and every destination with what it has; the pairs themselves are in the file."""
    origins = ends.origins.table(asked.starts, asked.origins.ids, asked.destinations.ids)
    origins.insert(5, "pairs_left", asked.wanted - origins["pairs_reached"])
    destinations = ends.destinations.table(asked.stops, asked.destinations.ids, asked.origins.ids)
    if asked.nearest is None:
        destinations.insert(5, "pairs_left", len(asked.starts) - destinations["pairs_reached"])
    destinations["nearest_of"] = ends.nearest_of()
    reached = int(origins["pairs_reached"].sum())
    title = {
        "title" if one == ENGLISH else f"title_{one}": say("matrix.title", one, network=asked.network)
        for one in LANGUAGES
    }
    return Answer(
        question="matrix",
        facts={
            **title,
            "study": asked.network,
            "matrix": {
                "network": asked.network,
                "origins": asked.origins.where,
                "destinations": asked.destinations.where,
                "pairs": written.pairs,
                "pairs_reached": reached,
                "pairs_left": len(origins) * asked.wanted - reached,
                "nearest": asked.nearest,
                "max_min": asked.max_min,
                "overlays": list(asked.overlays),
                "pairs_file": PAIRS_FILE,
                "time": TIME,
            },
            "notes": _notes(asked),
        },
        tables={
            "matrix_origins": origins.rename(columns={"id": "from_id"}),
            "matrix_destinations": destinations.rename(columns={"id": "to_id"}),
        },
        inputs=asked.inputs,
    )


def _notes(asked: Asked) -> tuple[Note, ...]:
    notes = [Note("note.matrix.pairs_file", file=PAIRS_FILE)]
    for points, joined in ((asked.origins, asked.starts), (asked.destinations, asked.stops)):
        here = joined.access_m[joined.joined]
        if len(here):
            counts = {"file": points.where, "points": len(here), "longest": float(here.max())}
            notes.append(Note("note.matrix.access", **counts, mean=float(here.mean())))
        left_out = int((~joined.joined).sum())
        if left_out:
            notes.append(
                Note("note.points_unjoined", file=points.where, points=left_out, network=asked.network)
            )
    if asked.nearest is not None:
        notes.append(Note("note.matrix.nearest", k=asked.nearest))
    if asked.max_min is not None:
        notes.append(Note("note.matrix.within", minutes=asked.max_min))
    if asked.overlays:
        notes.append(Note("note.matrix.overlays", names=asked.overlays))
    return tuple(notes)
