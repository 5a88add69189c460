"""Networks with more edges: a new bridge, a passenger-boat line, a road that is planned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from networks.errors import Fault, NetworkDataError
from networks.network import (
    EDGE_KINDS,
    EdgeGeometry,
    Labels,
    Topology,
    TravelNetwork,
    check_times,
    reorder_geometry,
)

NUMERIC = ("from_id", "to_id", "moving_s", "wait_s", "length_m")


def with_edges(network: TravelNetwork, edges: pd.DataFrame) -> TravelNetwork:
    """The network with further directed edges between its nodes.

    The nodes and their order stay, so node positions hold; edge positions do not, and points joined along
    edges have to be joined again. Overlays stay in the times and are no longer separable.

    Args:
        network: the network.
        edges: ``from_id, to_id, moving_s, length_m``; optional ``wait_s`` and any text columns, kept as
            labels. ``kind`` defaults to ``road``. An edge both ways is two rows.

    Raises:
        UnknownPlaceError: an end is not in the network.
        NetworkDataError: a kind that does not exist, or an impossible time or length.
    """
    kinds = edges["kind"] if "kind" in edges else pd.Series("road", index=edges.index)
    unknown = sorted(set(kinds) - set(EDGE_KINDS))
    if unknown:
        raise NetworkDataError(
            [
                Fault(f"the kinds are {', '.join(EDGE_KINDS)}", where="edges", column="kind", value=kind)
                for kind in unknown
            ]
        )
    tails = network.positions(edges["from_id"].tolist()).astype(np.int32)
    heads = network.positions(edges["to_id"].tolist()).astype(np.int32)
    topology = network.topology
    all_tails, all_heads = np.append(topology.tails, tails), np.append(topology.heads, heads)
    order = np.lexsort((all_heads, all_tails))
    indptr = np.zeros(network.n_nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(all_tails, minlength=network.n_nodes), out=indptr[1:])
    texts = edges.assign(kind=kinds)
    wait_s = edges["wait_s"].to_numpy(np.float64) if "wait_s" in edges else np.zeros(len(edges))
    services = network.service_index
    new = replace(
        network,
        topology=Topology(
            topology.node_ids, topology.lon, topology.lat, all_tails[order], all_heads[order], indptr
        ),
        moving_s=np.append(network.moving_s, edges["moving_s"].to_numpy(np.float64))[order],
        wait_s=np.append(network.wait_s, wait_s)[order],
        length_m=np.append(network.length_m, edges["length_m"].to_numpy(np.float64))[order],
        labels=_labels(network, texts, order),
        service_index=None
        if services is None
        else np.append(services, np.full(len(edges), -1, np.int32))[order],
        geometry=_geometry(network, len(edges), order),
        base=None,
        applied=(),
    )
    check_times(new)
    return new


def _labels(network: TravelNetwork, texts: pd.DataFrame, order: NDArray[np.int64]) -> dict[str, Labels]:
    names = [*network.labels, *(name for name in texts.columns if name not in (*NUMERIC, *network.labels))]
    empty_before, empty_after = [""] * network.n_edges, [""] * len(texts)
    joined = {}
    for name in names:
        before = list(network.labels[name].to_array()) if name in network.labels else empty_before
        after = texts[name].tolist() if name in texts else empty_after
        joined[name] = Labels.of([*before, *after]).take(order)
    return joined


def _geometry(network: TravelNetwork, added: int, order: NDArray[np.int64]) -> EdgeGeometry | None:
    if network.geometry is None:
        return None
    old = network.geometry
    indptr = np.append(old.indptr, np.full(added, old.indptr[-1]))
    return reorder_geometry(EdgeGeometry(indptr, old.lon, old.lat), order)
