"""Long tables of pairs (``from_id, to_id`` and figures), written block by block as they are found.

Only one block is in memory at a time, so a table may be larger than memory. A file is written beside its
place and renamed: one that is there is complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.ground.errors import OutputError
from geoaccess.ground.writing import beside
from geoaccess.words.note import Note

TIME = "travel_time_min"
PARQUET = (".parquet", ".geoparquet")
#: Endings of the files that pairs can be written to.
ENDINGS = (*PARQUET, ".csv")


@dataclass(frozen=True, eq=False)
class Pairs:
    """Some pairs.

    Attributes:
        rows: (n,) positions among the origins.
        columns: (n,) positions among the destinations.
        figures: column name -> (n,) figures; NaN = unreachable.
    """

    rows: IntArray
    columns: IntArray
    figures: Mapping[str, FloatArray]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Places:
    """What the pairs lie between.

    Attributes:
        from_ids: ids of the origins.
        to_ids: ids of the destinations.
        to_columns: further text columns of the destinations, by name.
    """

    from_ids: Sequence[str]
    to_ids: Sequence[str]
    to_columns: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """What a file holds.

    Attributes:
        pairs: how many pairs.
        unreachable: how many of them without a time.
    """

    pairs: int
    unreachable: int


def matrix_pairs(minutes: FloatArray, *, first_row: int = 0) -> Pairs:
    """Every pair of a matrix of minutes, row by row; unreachable ones stay, without a time."""
    rows, columns = (array.ravel() for array in np.indices(minutes.shape))
    return Pairs(rows + first_row, columns, {TIME: minutes.ravel()})


def check_ending(path: Path) -> None:
    """Refuse a file that pairs cannot be written to, before anything is computed.

    Raises:
        OutputError: another ending.
    """
    if path.suffix not in ENDINGS:
        raise OutputError(Note("fault.pairs_no_map", path=path, endings=tuple(ENDINGS)))


def write_pairs(
    path: Path,
    blocks: Iterable[Pairs],
    places: Places,
    *,
    figures: Sequence[str] = (TIME,),
    facts: Mapping[str, str] | None = None,
) -> Written:
    """Write blocks of pairs to one Parquet or CSV file.

    Args:
        path: the file; its ending says which.
        blocks: the pairs, in the order in which they will stand.
        places: ids of both ends.
        figures: the columns of figures, the first of them the time.
        facts: kept in a Parquet file beside the table (:func:`read_facts`).

    Raises:
        OutputError: another ending, or the file cannot be written.
    """
    check_ending(path)
    open_table = _parquet if path.suffix in PARQUET else _csv
    pairs = unreachable = 0
    with beside(path) as part, open_table(part, places, figures, facts or {}) as write:
        for block in blocks:
            write(block)
            pairs += len(block)
            unreachable += int(np.isnan(block.figures[figures[0]]).sum())
    return Written(pairs, unreachable)


def read_facts(path: Path) -> dict[str, str] | None:
    """The facts that stand in a Parquet file; None for a file that is not there, or is damaged."""
    try:
        found = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException):
        return None
    return {key.decode(): value.decode() for key, value in found.items()}


@contextmanager
def _parquet(part: Path, places: Places, figures: Sequence[str], facts: Mapping[str, str]) -> Iterator[Any]:
    """A function that adds a block to a Parquet file."""
    texts = {
        "from_id": pa.array([str(text) for text in places.from_ids], pa.string()),
        "to_id": pa.array([str(text) for text in places.to_ids], pa.string()),
        **{name: pa.array(list(values), pa.string()) for name, values in places.to_columns.items()},
    }
    kinds = [(name, pa.dictionary(pa.int32(), pa.string())) for name in texts]
    schema = pa.schema([*kinds, *((name, pa.float64()) for name in figures)])
    # Without Arrow's own schema the texts come back as plain texts, whoever reads the file.
    with pq.ParquetWriter(part, schema, store_schema=False, compression="zstd") as writer:
        writer.add_key_value_metadata(dict(facts))

        def write(block: Pairs) -> None:
            codes = {name: block.rows if name == "from_id" else block.columns for name in texts}
            arrays = [
                pa.DictionaryArray.from_arrays(pa.array(codes[name].astype(np.int32)), values)
                for name, values in texts.items()
            ]
            # NaN means unreachable here and an empty cell in the file.
            arrays += [pa.array(block.figures[name], from_pandas=True) for name in figures]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

        yield write


@contextmanager
def _csv(part: Path, places: Places, figures: Sequence[str], facts: Mapping[str, str]) -> Iterator[Any]:
    """A function that adds a block to a CSV file; ``facts`` have no place in one."""
    del facts
    ends = [pd.DataFrame({"from_id": list(places.from_ids)})]
    ends += [pd.DataFrame({"to_id": list(places.to_ids), **places.to_columns})]
    starts, stops = ends
    with part.open("w", encoding="utf-8", newline="") as file:
        pd.DataFrame(columns=[*starts, *stops, *figures]).to_csv(file, index=False, lineterminator="\n")

        def write(block: Pairs) -> None:
            sides = (starts.iloc[block.rows], stops.iloc[block.columns])
            frames = [side.reset_index(drop=True) for side in sides]
            numbers = pd.DataFrame({name: block.figures[name] for name in figures})
            table = pd.concat([*frames, numbers], axis=1)
            table.to_csv(file, index=False, header=False, lineterminator="\n")

        yield write
