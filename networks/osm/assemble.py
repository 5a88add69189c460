"""Blocks of directed edges put together as one network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.ferries import FerryService
from networks.network import (
    EDGE_LABELS,
    EdgeGeometry,
    Labels,
    Topology,
    TravelNetwork,
    check_times,
    reorder_geometry,
)


@dataclass(frozen=True)
class EdgeBlock:
    """Directed edges of one origin (roads, ferries, links), all arrays of the same length.

    Attributes:
        tails: start nodes, positions in the network.
        heads: end nodes, positions in the network.
        moving_s: seconds in motion.
        wait_s: seconds waited before.
        length_m: metres.
        service: position of the ferry service, -1 for none.
        labels: text attributes.
        geometry: inner points.
    """

    tails: IntArray
    heads: IntArray
    moving_s: FloatArray
    wait_s: FloatArray
    length_m: FloatArray
    service: NDArray[np.int32]
    labels: Mapping[str, Labels]
    geometry: EdgeGeometry


def join_labels(parts: Sequence[Labels]) -> Labels:
    """One text attribute over several blocks; each distinct text stored once."""
    position: dict[str, int] = {}
    codes = []
    for part in parts:
        renumbered = np.asarray(
            [position.setdefault(value, len(position)) for value in part.values], dtype=np.int32
        )
        codes.append(renumbered[part.codes] if len(renumbered) else part.codes)
    return Labels(np.concatenate(codes), tuple(position))


class _Columns:
    """The columns of several blocks, taken out one at a time so that each can be freed once it is used."""

    def __init__(self, blocks: list[EdgeBlock]) -> None:
        self._sizes = [len(block.tails) for block in blocks]
        self._columns = [dict(vars(block)) for block in blocks]
        self._labels = [dict(block.labels) for block in blocks]
        for columns in self._columns:
            del columns["labels"]
        self.names = list(dict.fromkeys(name for labels in self._labels for name in labels))
        blocks.clear()

    def take(self, name: str) -> NDArray[Any]:
        """A column of all blocks in one array."""
        return np.concatenate([columns.pop(name) for columns in self._columns])

    def take_labels(self, name: str) -> Labels:
        """A text attribute of all blocks, empty in a block that does not have it."""
        parts = zip(self._labels, self._sizes, strict=True)
        return join_labels([labels.pop(name, Labels.constant("", size)) for labels, size in parts])

    def take_geometry(self) -> EdgeGeometry:
        """The inner points of all blocks."""
        parts: list[EdgeGeometry] = [columns.pop("geometry") for columns in self._columns]
        indptr = np.zeros(sum(self._sizes) + 1, dtype=np.int64)
        np.cumsum(np.concatenate([np.diff(part.indptr) for part in parts]), out=indptr[1:])
        lon, lat = ([getattr(part, name) for part in parts] for name in ("lon", "lat"))
        return EdgeGeometry(indptr, np.concatenate(lon), np.concatenate(lat))


def network_of(
    node_ids: IntArray,
    lon: FloatArray,
    lat: FloatArray,
    blocks: list[EdgeBlock],
    *,
    services: Sequence[FerryService],
    metric_epsg: int,
    provenance: Mapping[str, Any],
) -> TravelNetwork:
    """The network of some nodes and directed edges, which are sorted here.

    The list of blocks is emptied: their columns are freed as they are used, because a country fills the
    memory.
    """
    columns = _Columns(blocks)
    tails, heads = columns.take("tails"), columns.take("heads")
    order = np.lexsort((heads, tails))
    indptr = np.zeros(len(node_ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=len(node_ids)), out=indptr[1:])
    labels = {name: columns.take_labels(name).take(order) for name in columns.names}
    for name in EDGE_LABELS:
        labels.setdefault(name, Labels.constant("", len(order)))
    network = TravelNetwork(
        topology=Topology(
            node_ids=node_ids,
            lon=lon,
            lat=lat,
            tails=tails[order].astype(np.int32),
            heads=heads[order].astype(np.int32),
            indptr=indptr,
        ),
        moving_s=columns.take("moving_s")[order],
        wait_s=columns.take("wait_s")[order],
        length_m=columns.take("length_m")[order],
        labels=labels,
        services=tuple(services),
        service_index=columns.take("service")[order],
        geometry=reorder_geometry(columns.take_geometry(), order),
        metric_epsg=metric_epsg,
        provenance=provenance,
    )
    check_times(network)
    return network
