"""One file that holds a network, checked when it is read and opened by memory map (:mod:`networks.archive`).

Members: ``network.json`` (services, provenance), one ``arrays/NAME.npy`` per array, ``texts/NAME.start.npy``
and ``texts/NAME.utf8.npy`` for the distinct texts of a label, ``order/NAME.npy`` for the order of the
contraction hierarchy, ``snap/NAME.npy`` for the index that joins points, and ``extras/NAME.npy`` for whatever
else belongs to the network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from networks import archive
from networks.errors import NetworkFileError
from networks.ferries import DayDepartures, FerryService
from networks.heap import give_back_freed
from networks.network import EdgeGeometry, Labels, Topology, TravelNetwork
from networks.sentences import Sentence
from networks.snap_index import SnapIndex
from networks.texts import StoredTexts, texts_to_arrays

FORMAT = "geoaccess-network"
#: 2: arrays uncompressed and mapped, with the index that joins points. 3: texts of labels as arrays as well.
VERSION = 3


def save_network(
    network: TravelNetwork,
    path: str | Path,
    *,
    with_order: bool = False,
    with_index: bool = False,
    extras: Mapping[str, NDArray[Any]] | None = None,
) -> None:
    """Write a network to one file.

    Args:
        network: the network; overlays that were applied are in its times.
        path: where to; a file that stands there is replaced once the new one is complete.
        with_order: build the order of the hierarchy if there is none yet. One that is there is always kept.
        with_index: build the index that joins points if there is none yet. One that is there is always kept.
        extras: further arrays to keep with it, by name.

    Raises:
        NetworkFileError: the file cannot be written (no such folder, no right, disk full).
    """
    members: archive.Members = {"network.json": _json_bytes(_description(network))}
    members |= {f"texts/{name}.npy": array for name, array in _texts(network).items()}
    members |= {f"arrays/{name}.npy": array for name, array in _arrays(network).items()}
    order = _order_arrays(network.topology, build=with_order)
    members |= {f"order/{name}.npy": array for name, array in order.items()}
    index = _index_arrays(network, build=with_index)
    members |= {f"snap/{name}.npy": array for name, array in index.items()}
    members |= {f"extras/{name}.npy": array for name, array in (extras or {}).items()}
    archive.write(Path(path), members, form=FORMAT, version=VERSION)


def load_network(path: str | Path, *, check: bool = False) -> TravelNetwork:
    """Open a network that :func:`save_network` wrote; its arrays are read when something needs them.

    Args:
        path: the file.
        check: whether every hash is checked, also where the file was found whole before.

    Raises:
        NetworkFileError: not there, no network, damaged, or of another version.
    """
    prefix = ("network.json", "arrays/", "texts/", "order/", "snap/", archive.MANIFEST)
    members = _read(Path(path), prefix=prefix, check=check)
    try:
        return _assemble(members)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise NetworkFileError(
            Sentence(
                "net.fault.incomplete",
                "{path}: the file is not a complete network: {error}",
                path=path,
                error=error,
            )
        ) from error


def give_back_pages(network: TravelNetwork) -> None:
    """Give the memory in which a network's file is mapped back to the system, and what the heap keeps unused.

    For whoever has all times that are needed of a country and goes on with large arrays of its own. What is
    read again comes from the file again; a network that was not opened from a file stays as it is.
    """
    archive.give_back(network.topology.lon)
    give_back_freed()


def load_node_ids(path: str | Path) -> list[str]:
    """The ids of a network's nodes as texts, without reading the rest of the file.

    Raises:
        NetworkFileError: not there, no network, damaged, or of another version.
    """
    members = _read(Path(path), prefix=("network.json", "arrays/node_ids"))
    try:
        ids = _text(members)["node_ids"]
        listed = _folder(members, "arrays/")["node_ids"].tolist() if ids is None else ids
    except (KeyError, ValueError, TypeError) as error:
        raise NetworkFileError(
            Sentence(
                "net.fault.incomplete",
                "{path}: the file is not a complete network: {error}",
                path=path,
                error=error,
            )
        ) from error
    return [str(node) for node in listed]


def load_extras(path: str | Path) -> dict[str, NDArray[Any]]:
    """The further arrays that were kept with a network, by name.

    Raises:
        NetworkFileError: not there, no network, damaged, or of another version.
    """
    members = _read(Path(path), prefix=("extras/",))
    try:
        return _folder(members, "extras/")
    except ValueError as error:
        raise NetworkFileError(
            Sentence("net.fault.damaged", "{path}: the file is damaged: {error}", path=path, error=error)
        ) from error


def network_digest(network: TravelNetwork) -> str:
    """SHA-256 of all that travel times depend on: two networks with the same one give the same times.

    Nodes, edges, times, labels, ferry services and the overlays applied count; provenance does not.
    """
    described = _description(network)
    for kind in ("labels", "node_labels"):
        described[kind] = {name: list(labels.values) for name, labels in getattr(network, kind).items()}
    del described["provenance"]
    digest = hashlib.sha256(_json_bytes(described))
    for name, array in sorted(_arrays(network).items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _order_arrays(topology: Topology, *, build: bool) -> Mapping[str, NDArray[Any]]:
    if build or "order" in topology.__dict__:
        return topology.order.to_arrays()
    return topology.stored_order or {}


def _index_arrays(network: TravelNetwork, *, build: bool) -> Mapping[str, NDArray[Any]]:
    # What is read from the file has no base: the index must be that of the times in the file.
    alone = network if network.base is None else replace(network, base=None, applied=())
    index = SnapIndex.of(alone) if build else SnapIndex.made(alone)
    return {} if index is None else index.to_arrays()


def _arrays(network: TravelNetwork) -> dict[str, NDArray[Any]]:
    topology = network.topology
    ids = topology.node_ids
    arrays: dict[str, NDArray[Any]] = {
        "lon": topology.lon,
        "lat": topology.lat,
        "tails": topology.tails,
        "heads": topology.heads,
        "indptr": topology.indptr,
        "moving_s": network.moving_s,
        "wait_s": network.wait_s,
        "length_m": network.length_m,
    }
    if ids.dtype.kind in "iu":
        arrays["node_ids"] = ids
    if network.service_index is not None:
        arrays["service_index"] = network.service_index
    if network.geometry is not None:
        arrays |= {
            "geometry_indptr": network.geometry.indptr,
            "geometry_lon": network.geometry.lon,
            "geometry_lat": network.geometry.lat,
        }
    arrays |= {f"label_{name}": labels.codes for name, labels in network.labels.items()}
    arrays |= {f"node_label_{name}": labels.codes for name, labels in network.node_labels.items()}
    return arrays


def _description(network: TravelNetwork) -> dict[str, Any]:
    ids = network.node_ids
    return {
        "metric_epsg": network.metric_epsg,
        "overlays": list(network.overlays),
        "services": [asdict(service) for service in network.services],
        "labels": list(network.labels),
        "node_labels": list(network.node_labels),
        "node_ids": None if ids.dtype.kind in "iu" else [str(node_id) for node_id in ids],
        "provenance": dict(network.provenance),
    }


def _texts(network: TravelNetwork) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for kind, all_labels in (("label", network.labels), ("node_label", network.node_labels)):
        for name, labels in all_labels.items():
            start, utf8 = texts_to_arrays(labels.values)
            arrays |= {f"{kind}_{name}.start": start, f"{kind}_{name}.utf8": utf8}
    return arrays


def _labels(members: archive.Members, kind: str, names: Iterable[str]) -> dict[str, Labels]:
    codes, texts = _folder(members, "arrays/"), _folder(members, "texts/")
    keys = {name: f"{kind}_{name}" for name in names}
    return {
        name: Labels(codes[key], StoredTexts(texts[f"{key}.start"], texts[f"{key}.utf8"]))
        for name, key in keys.items()
    }


def _assemble(members: archive.Members) -> TravelNetwork:
    text = _text(members)
    arrays, order = _folder(members, "arrays/"), _folder(members, "order/")
    ids = text["node_ids"]
    topology = Topology(
        node_ids=arrays["node_ids"] if ids is None else np.asarray(ids, dtype=object),
        lon=arrays["lon"],
        lat=arrays["lat"],
        tails=arrays["tails"],
        heads=arrays["heads"],
        indptr=arrays["indptr"],
        stored_order=order or None,
    )
    geometry = None
    if "geometry_indptr" in arrays:
        geometry = EdgeGeometry(arrays["geometry_indptr"], arrays["geometry_lon"], arrays["geometry_lat"])
    network = TravelNetwork(
        topology=topology,
        moving_s=arrays["moving_s"],
        wait_s=arrays["wait_s"],
        length_m=arrays["length_m"],
        labels=_labels(members, "label", text["labels"]),
        services=tuple(_service(values) for values in text["services"]),
        service_index=arrays.get("service_index"),
        geometry=geometry,
        metric_epsg=int(text["metric_epsg"]),
        overlays=tuple(text["overlays"]),
        provenance=text["provenance"],
        node_labels=_labels(members, "node_label", text["node_labels"]),
    )
    if index := _folder(members, "snap/"):
        told = json.dumps(archive.digests_of(members, "snap/"), sort_keys=True)
        SnapIndex.from_arrays(index, digest=hashlib.sha256(told.encode()).digest()).keep_for(network)
    return network


def _text(members: archive.Members) -> dict[str, Any]:
    content = members["network.json"]
    text: dict[str, Any] = json.loads(content if isinstance(content, bytes) else b"")
    return text


def _folder(members: archive.Members, folder: str) -> dict[str, NDArray[Any]]:
    """The arrays of one folder of the file, by name."""
    return {
        name.removeprefix(folder).removesuffix(".npy"): content
        for name, content in members.items()
        if name.startswith(folder) and not isinstance(content, bytes)
    }


def _service(values: dict[str, Any]) -> FerryService:
    values = dict(values)
    values["departures_min"] = tuple((name, tuple(minutes)) for name, minutes in values["departures_min"])
    values["departures_by_day"] = tuple(DayDepartures.from_dict(day) for day in values["departures_by_day"])
    for name in ("assumptions", "weekdays", "opening_hours"):
        values[name] = tuple(values.get(name, ()))  # files of earlier versions have no hours
    return FerryService(**values)


def _json_bytes(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=_plain).encode("utf-8")


def _plain(value: object) -> object:
    """NumPy numbers, tuples in mappings and paths as JSON knows them."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"provenance holds a {type(value).__name__}, which a file cannot hold")


def _read(path: Path, *, prefix: tuple[str, ...], check: bool = False) -> archive.Members:
    return archive.read(path, form=FORMAT, version=VERSION, prefix=prefix, check=check)
