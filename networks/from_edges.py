"""A network from a table of nodes and a table of directed edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from networks.errors import Fault, NetworkDataError
from networks.ferries import FerryService
from networks.labels import Labels
from networks.network import EDGE_LABELS, TravelNetwork, check_times
from networks.sentences import Sentence
from networks.topology import EdgeGeometry, Topology, reorder_geometry


def network_from_edges(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    *,
    services: Sequence[FerryService] = (),
    geometry: EdgeGeometry | None = None,
    metric_epsg: int = 25833,
    provenance: Mapping[str, Any] | None = None,
) -> TravelNetwork:
    """Build a network from a node table and a table of directed edges.

    Args:
        nodes: ``node_id, lon, lat`` and any text columns, kept as node labels.
        edges: ``from_id, to_id, moving_s, length_m``; optional ``wait_s`` (default 0), ``service``
            (position in ``services``, -1 or missing = none) and any text columns, kept as labels.
        services: ferry services.
        geometry: inner points, in the order of the rows of ``edges``.
        metric_epsg: EPSG code of the CRS used for metres.
        provenance: anything a reader of a result must know.

    Raises:
        NetworkDataError: duplicate or missing node ids, coordinates out of range, negative or NaN times, or
            a service that there is not.
    """
    faults = [
        Fault("the node has no id", where="nodes", row=str(row))
        for row in np.flatnonzero(nodes["node_id"].isna())
    ]
    faults += [
        Fault("node id is not unique", where="nodes", row=str(node_id))
        for node_id in nodes.loc[nodes["node_id"].duplicated(), "node_id"]
    ]
    lon, lat = nodes["lon"].to_numpy(np.float64), nodes["lat"].to_numpy(np.float64)
    out_of_range = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    faults += [
        Fault(
            "coordinate out of range (lon -180..180, lat -90..90)",
            where="nodes",
            row=str(nodes["node_id"].iloc[position]),
            value=Sentence("net.word.lon_lat", "lon {lon}, lat {lat}", lon=lon[position], lat=lat[position]),
        )
        for position in np.flatnonzero(out_of_range)
    ]
    index = pd.Index(nodes["node_id"])
    ends = {}
    for column in ("from_id", "to_id"):
        if faults:
            break
        ends[column] = index.get_indexer(pd.Index(edges[column]))
        faults += [
            Fault(
                "no such node", where="edges", row=str(row), column=column, value=str(edges[column].iloc[row])
            )
            for row in np.flatnonzero(ends[column] < 0)
        ]
    index_of_service, without = _services(edges, len(services))
    faults += without
    if faults:
        raise NetworkDataError(faults)

    order = np.lexsort((ends["to_id"], ends["from_id"]))
    tails = ends["from_id"][order].astype(np.int32)
    indptr = np.zeros(len(nodes) + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=len(nodes)), out=indptr[1:])
    node_ids = nodes["node_id"].to_numpy()
    topology = Topology(
        node_ids=node_ids.astype(np.int64) if node_ids.dtype.kind in "iu" else node_ids.astype(object),
        lon=lon.copy(),
        lat=lat.copy(),
        tails=tails,
        heads=ends["to_id"][order].astype(np.int32),
        indptr=indptr,
    )
    numeric = {"from_id", "to_id", "moving_s", "wait_s", "length_m", "service"}
    labels = {name: Labels.of(edges[name]).take(order) for name in edges.columns if name not in numeric}
    for name in EDGE_LABELS:
        labels.setdefault(name, Labels.constant("", len(edges)))
    wait = edges["wait_s"].to_numpy(np.float64) if "wait_s" in edges else np.zeros(len(edges))
    network = TravelNetwork(
        topology=topology,
        moving_s=edges["moving_s"].to_numpy(np.float64)[order],
        wait_s=wait[order],
        length_m=edges["length_m"].to_numpy(np.float64)[order],
        labels=labels,
        services=tuple(services),
        service_index=index_of_service[order],
        geometry=None if geometry is None else reorder_geometry(geometry, order),
        metric_epsg=metric_epsg,
        provenance=provenance or {},
        node_labels={
            str(name): Labels.of(nodes[name])
            for name in nodes.columns
            if name not in ("node_id", "lon", "lat")
        },
    )
    check_times(network)
    return network


def _services(edges: pd.DataFrame, count: int) -> tuple[NDArray[np.int32], list[Fault]]:
    """(n_edges,) the service of each edge, -1 for none, and the edges whose service is none of them."""
    if "service" not in edges:
        return np.full(len(edges), -1, dtype=np.int32), []
    given = edges["service"].to_numpy(np.float64)
    index = np.where(np.isnan(given), -1.0, given)
    wrong = np.flatnonzero(~((index >= -1) & (index < count) & (index == np.floor(index))))
    remedy = Sentence(
        "net.fault.service", "no such service: positions run from 0 to {last}, -1 is none", last=count - 1
    )
    faults = [
        Fault(remedy, where="edges", row=str(row), column="service", value=f"{given[row]:g}") for row in wrong
    ]
    return np.where(np.isin(np.arange(len(index)), wrong), -1, index).astype(np.int32), faults
