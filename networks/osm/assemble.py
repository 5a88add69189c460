"""Blocks of directed edges put together as one network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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


def join_blocks(blocks: Sequence[EdgeBlock]) -> EdgeBlock:
    """All edges of several blocks in one."""
    sizes = [len(block.tails) for block in blocks]
    names = list(dict.fromkeys(name for block in blocks for name in block.labels))
    empty = [Labels.constant("", size) for size in sizes]
    return EdgeBlock(
        tails=np.concatenate([block.tails for block in blocks]),
        heads=np.concatenate([block.heads for block in blocks]),
        moving_s=np.concatenate([block.moving_s for block in blocks]),
        wait_s=np.concatenate([block.wait_s for block in blocks]),
        length_m=np.concatenate([block.length_m for block in blocks]),
        service=np.concatenate([block.service for block in blocks]),
        labels={
            name: join_labels(
                [block.labels.get(name, blank) for block, blank in zip(blocks, empty, strict=True)]
            )
            for name in names
        },
        geometry=_join_geometry([block.geometry for block in blocks]),
    )


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


def _join_geometry(parts: Sequence[EdgeGeometry]) -> EdgeGeometry:
    counts = np.concatenate([np.diff(part.indptr) for part in parts])
    indptr = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=indptr[1:])
    return EdgeGeometry(
        indptr, np.concatenate([part.lon for part in parts]), np.concatenate([part.lat for part in parts])
    )


def network_of(
    node_ids: IntArray,
    lon: FloatArray,
    lat: FloatArray,
    edges: EdgeBlock,
    *,
    services: Sequence[FerryService],
    metric_epsg: int,
    provenance: Mapping[str, Any],
) -> TravelNetwork:
    """The network of some nodes and directed edges, which are sorted here."""
    order = np.lexsort((edges.heads, edges.tails))
    indptr = np.zeros(len(node_ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(edges.tails, minlength=len(node_ids)), out=indptr[1:])
    labels = {name: values.take(order) for name, values in edges.labels.items()}
    for name in EDGE_LABELS:
        labels.setdefault(name, Labels.constant("", len(order)))
    network = TravelNetwork(
        topology=Topology(
            node_ids=node_ids,
            lon=lon,
            lat=lat,
            tails=edges.tails[order].astype(np.int32),
            heads=edges.heads[order].astype(np.int32),
            indptr=indptr,
        ),
        moving_s=edges.moving_s[order],
        wait_s=edges.wait_s[order],
        length_m=edges.length_m[order],
        labels=labels,
        services=tuple(services),
        service_index=edges.service[order],
        geometry=reorder_geometry(edges.geometry, order),
        metric_epsg=metric_epsg,
        provenance=provenance,
    )
    check_times(network)
    return network
