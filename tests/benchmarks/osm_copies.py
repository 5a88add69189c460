"""Large OpenStreetMap files from a small one: copies of it side by side, written block by block.

Each block of a copy is the block of the source with ids, longitudes and latitudes shifted: ids are written in a fixed
number of bytes, so that a copy is made by putting other numbers in their places, and a file of a gigabyte takes minutes.
``python tests/benchmarks/osm_copies.py SOURCE TARGET --copies 25 --megabytes 100`` makes one by itself.
"""

from __future__ import annotations

import argparse
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

#: Copies stand in rows of ten, so far from each other, degrees; ids of a copy lie so far above those before.
COLUMNS, LON_STEP, LAT_STEP, ID_STEP = 10, 1.2, 1.0, 10_000_000
#: Objects of a block, as in the files that are handed out.
_BLOCK = 8000
#: Bytes of an id that is shifted: seven bits each.
_ID_BYTES = 6


def place_of(copy: int) -> tuple[float, float]:
    """Degrees east and north of the first copy."""
    return LON_STEP * (copy % COLUMNS), LAT_STEP * (copy // COLUMNS)


@dataclass(frozen=True)
class Block:
    """A block of the source and where its ids stand.

    Attributes:
        data: the block without its place on the earth.
        at: (n,) position of the first byte of each id to shift.
        ids: (n,) the id as it is written there, doubled where ``doubled`` says so (signed numbers of the format).
        doubled: (n,) whether what is written is twice the number.
    """

    data: bytes
    at: NDArray[np.int64]
    ids: NDArray[np.int64]
    doubled: NDArray[np.bool_]

    def of_copy(self, copy: int, place: int) -> bytes:
        """The packed block with the ids of a copy, at the place of one, with its length before it."""
        data = np.frombuffer(self.data, dtype=np.uint8).copy()
        shift = np.where(self.doubled, 2, 1) * copy * ID_STEP
        for byte, bits in enumerate(_bytes_of(self.ids + shift)):
            data[self.at + byte] = bits
        east, north = (round(degrees * 1e9) for degrees in place_of(place))
        return blob("OSMData", data.tobytes() + number(19, north) + number(20, east))


class Writer:
    """A message of the format under way, which knows where ids stand."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.marks: list[tuple[int, int, bool]] = []

    def id(self, value: int, *, doubled: bool = False) -> Writer:
        """An id in the fixed number of bytes."""
        written = 2 * value if doubled else value
        self.marks.append((len(self.data), written, doubled))
        self.data += bytes(int(bits) for bits in _bytes_of(np.int64(written)))
        return self

    def signed(self, values: Sequence[int]) -> Writer:
        """Differences of whole numbers."""
        for value in values:
            self.data += varint(value << 1 if value >= 0 else (-value << 1) - 1)
        return self

    def field(self, key: int, inner: Writer | bytes) -> Writer:
        """A field that holds a message, with the ids that stand in it."""
        data = inner if isinstance(inner, bytes) else bytes(inner.data)
        self.data += varint(key << 3 | 2) + varint(len(data))
        if isinstance(inner, Writer):
            self.marks += [(at + len(self.data), value, doubled) for at, value, doubled in inner.marks]
        self.data += data
        return self

    def block(self, strings: Texts) -> Block:
        """The block whose only group this message is."""
        table = b"".join(varint(10) + varint(len(text)) + text for text in strings.texts)
        whole = Writer().field(1, table).field(2, self)
        at, ids, doubled = zip(*whole.marks, strict=True)
        return Block(bytes(whole.data), np.array(at), np.array(ids), np.array(doubled))


class Texts:
    """The table of texts of a block; the first is empty."""

    def __init__(self) -> None:
        self.places: dict[bytes, int] = {b"": 0}

    def __call__(self, text: str) -> int:
        return self.places.setdefault(text.encode(), len(self.places))

    @property
    def texts(self) -> list[bytes]:
        """All of them, in their order."""
        return list(self.places)


def varint(value: int) -> bytes:
    """A whole number of the format, seven bits a byte."""
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def number(key: int, value: int) -> bytes:
    """A field that holds a whole number."""
    return varint(key << 3) + varint(value)


def blob(kind: str, data: bytes) -> bytes:
    """Data packed, with its head and the length of that."""
    packed = Writer().field(3, zlib.compress(data)).data
    body = number(2, len(data)) + bytes(packed)
    head = bytes(Writer().field(1, kind.encode()).data) + number(3, len(body))
    return struct.pack(">I", len(head)) + head + body


def _bytes_of(values: NDArray[np.int64] | np.int64) -> Iterator[NDArray[np.int64]]:
    for byte in range(_ID_BYTES):
        yield values >> 7 * byte & 0x7F | (0x80 if byte < _ID_BYTES - 1 else 0)


@dataclass(frozen=True)
class Source:
    """The objects of a file, their ids numbered from 1; what the file refers to and does not hold has a number too.

    Attributes:
        nodes: id, longitude and latitude in osmium's whole numbers, tags.
        ways: id, tags, nodes.
        relations: id, tags, members as kind, id, role.
    """

    nodes: list[tuple[int, int, int, list[tuple[str, str]]]]
    ways: list[tuple[int, list[tuple[str, str]], list[int]]]
    relations: list[tuple[int, list[tuple[str, str]], list[tuple[int, int, str]]]]

    def ballast(self) -> Source:
        """What is no road and no ferry: buildings, land cover, their nodes."""
        roads = {row[0] for row in self.ways if any(key in {"highway", "route"} for key, _ in row[1])}
        used = {node for row in self.ways if row[0] in roads for node in row[2]}
        return Source(
            [row for row in self.nodes if row[0] not in used and not row[3]],
            [row for row in self.ways if row[0] not in roads and used.isdisjoint(row[2])],
            [],
        )

    def blocks(self) -> dict[str, list[Block]]:
        """The blocks by kind, in the order of a file."""
        kinds: tuple[tuple[str, list[object], Callable[[object, Texts], Writer]], ...] = (
            ("nodes", self.nodes, _dense),
            ("ways", self.ways, partial(_group, 3, _way)),
            ("relations", self.relations, partial(_group, 4, _relation)),
        )  # type: ignore[assignment]
        found: dict[str, list[Block]] = {}
        for kind, rows, written in kinds:
            found[kind] = []
            for first in range(0, len(rows), _BLOCK):
                some, strings = rows[first : first + _BLOCK], Texts()
                found[kind].append(written(some, strings).block(strings))
        return found


def read(path: Path) -> Source:
    """The objects of a file."""
    numbers: dict[tuple[str, int], int] = {}
    source = Source([], [], [])
    kinds = "nwr"
    for thing in osmium.FileProcessor(str(path)):
        kind = thing.type_str()
        own = numbers.setdefault((kind, thing.id), len(numbers) + 1)
        tags = [(tag.k, tag.v) for tag in thing.tags]
        if isinstance(thing, osmium.osm.Node):
            source.nodes.append((own, thing.location.x, thing.location.y, tags))
        elif isinstance(thing, osmium.osm.Way):
            refs = [numbers.setdefault(("n", node.ref), len(numbers) + 1) for node in thing.nodes]
            source.ways.append((own, tags, refs))
        elif isinstance(thing, osmium.osm.Relation):
            members = [
                (kinds.index(one.type), numbers.setdefault((one.type, one.ref), len(numbers) + 1), one.role)
                for one in thing.members
            ]
            source.relations.append((own, tags, members))
    for rows in (source.nodes, source.ways, source.relations):
        rows.sort(key=lambda row: row[0])  # type: ignore[attr-defined]
    return source


def _dense(rows: Sequence[tuple[int, int, int, list[tuple[str, str]]]], strings: Texts) -> Writer:
    ids, lon, lat = ([row[place] for row in rows] for place in range(3))
    tags = b"".join(
        b"".join(varint(strings(text)) for pair in row[3] for text in pair) + b"\0" for row in rows
    )
    dense = Writer().field(1, _shifted(ids))
    for key, values in ((8, lat), (9, lon)):
        dense.field(key, Writer().signed([values[0], *(b - a for a, b in pairwise(values))]))
    return Writer().field(2, dense.field(10, tags))


def _shifted(ids: Sequence[int]) -> Writer:
    """Ids as differences, of which the first is shifted."""
    return Writer().id(ids[0], doubled=True).signed([b - a for a, b in pairwise(ids)]) if ids else Writer()


def _group(
    key: int, written: Callable[..., Writer], rows: Sequence[Sequence[object]], strings: Texts
) -> Writer:
    group = Writer()
    for row in rows:
        group.field(key, written(*row, strings))
    return group


def _tagged(own: int, tags: Sequence[tuple[str, str]], strings: Texts) -> Writer:
    thing = Writer()
    thing.data += varint(1 << 3)
    thing.id(own)
    for place in range(2):
        thing.field(2 + place, b"".join(varint(strings(pair[place])) for pair in tags))
    return thing


def _way(own: int, tags: Sequence[tuple[str, str]], refs: Sequence[int], strings: Texts) -> Writer:
    return _tagged(own, tags, strings).field(8, _shifted(refs))


def _relation(
    own: int, tags: Sequence[tuple[str, str]], members: Sequence[tuple[int, int, str]], strings: Texts
) -> Writer:
    thing = _tagged(own, tags, strings)
    thing.field(8, b"".join(varint(strings(role)) for _, _, role in members))
    thing.field(9, _shifted([own for _, own, _ in members]))
    return thing.field(10, bytes(kind for kind, _, _ in members))


def replicate(source: Path, target: Path, copies: int, megabytes: float = 0.0) -> int:
    """Write copies of a file, and as much of what is no road on top of them as makes the file so large.

    Args:
        source: any file that osmium reads.
        target: the packed file to write.
        copies: how many, in rows of ten.
        megabytes: least size of the file; 0 = that of the copies.

    Returns:
        How many times what is no road was written beyond the copies.
    """
    whole = read(source)
    roads, ballast = whole.blocks(), whole.ballast().blocks()
    one, more = (
        sum(len(block.of_copy(1, 1)) for kind in kinds.values() for block in kind)
        for kinds in (roads, ballast)
    )
    extra = max(0, -int(-(megabytes * 1e6 - one * copies) // more)) if megabytes else 0
    features = b"".join(
        bytes(Writer().field(key, text).data)
        for key, text in ((4, b"OsmSchema-V0.6"), (4, b"DenseNodes"), (5, b"Sort.Type_then_ID"))
    )
    with target.open("wb") as file, ThreadPoolExecutor(2) as threads:
        file.write(blob("OSMHeader", features))
        for kind, blocks in roads.items():
            for copy in range(copies + extra):
                of_kind = blocks if copy < copies else ballast[kind]
                file.writelines(threads.map(partial(_written, copy=copy, place=copy % copies), of_kind))
    return extra


def _written(block: Block, copy: int, place: int) -> bytes:
    return block.of_copy(copy, place)


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--copies", type=int, required=True)
    parser.add_argument("--megabytes", type=float, default=0.0)
    options = parser.parse_args()
    extra = replicate(options.source, options.target, options.copies, options.megabytes)
    size = options.target.stat().st_size / 1e6
    print(f"{size:.0f} MB: {options.copies} copies, and {extra} times what is no road")


if __name__ == "__main__":
    main()
