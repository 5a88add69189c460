"""What a study rests on: sources and confidence of its tables, and of the minutes that people travel."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import read_frame
from geoaccess.study.model import Study
from networks.errors import Fault

#: Best first; what a table says besides these comes last, as it stands.
BASES = ("sourced", "sourced-old", "computed", "recalled")
_UNSAID = "not stated"


@dataclass(frozen=True)
class Leaning:
    """What a study leans on.

    Attributes:
        tables: ``table, rows``, a column of rows for each basis, ``licences``.
        kilometres: ``links, km``, a column of km for each basis: roads and ferries.
        minutes: ``kind, mean_min``, the share of the person-minutes to the nearest facility that are
            travelled on links of each basis, ``share_access`` the way from home and to the door.
        answers: ``kind, facilities, share_recalled``: facilities of which no source tells.
    """

    tables: pd.DataFrame
    kilometres: pd.DataFrame
    minutes: pd.DataFrame
    answers: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the four tables as lists of rows."""
        return {name: getattr(self, name).to_dict(orient="records") for name in asdict(self)}


def leaning(study: Study) -> Leaning:
    """What comes from where in a study, and which answers lean on recalled figures.

    Raises:
        DataError: a table cannot be read.
    """
    config = study.config
    named = [config.municipalities.table, *(table.table for table in config.facilities)]
    named += [config.demand.table] if config.demand.table else []
    links = []
    if config.network.links:
        links = [
            name
            for name in ("roads.csv", "ferries.csv")
            if (study.folder / config.network.links / name).is_file()
        ]
        named += [str(Path(config.network.links) / name) for name in ("nodes.csv", *links)]
    tables, kilometres = [], []
    for name in dict.fromkeys(named):
        frame = read_frame(study.folder / name)
        basis = _basis(frame)
        licences = sorted(set(frame["licence"]) - {""}) if "licence" in frame else []
        counts = {base: int((basis == base).sum()) for base in _bases(basis)}
        told = {"table": Path(name).stem, "rows": len(frame), **counts}
        tables.append({**told, "licences": ", ".join(licences)})
        if Path(name).name in links:
            km = pd.to_numeric(frame["length_km"], errors="coerce").fillna(0.0)
            sums = {base: float(km[basis == base].sum()) for base in _bases(basis)}
            kilometres.append({"links": Path(name).stem, "km": float(km.sum()), **sums})
    answers = []
    for section in config.facilities:
        frame = read_frame(study.folder / section.table)
        kinds = frame[section.kind].replace(section.kind_names)
        for kind, basis in _basis(frame).groupby(kinds):
            share = float((basis == "recalled").mean())
            answers.append({"kind": kind, "facilities": len(basis), "share_recalled": share})
    return Leaning(
        _frame(tables),
        _frame(kilometres),
        _frame([_minutes(study, kind) for kind in study.report_kinds()]),
        _frame(answers),
    )


def copy_study(source: Study, folder: Path) -> list[Path]:
    """Copy a study to a folder that is not there yet, to change it; the files are returned.

    Raises:
        DataError: the folder is there.
    """
    if folder.exists():
        raise DataError([Fault("is there already: name another folder", where=str(folder))])
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source.folder, part)
    part.rename(folder)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    order = [
        *table.columns[table.columns.isin(["table", "rows", "links", "km", "kind", "mean_min", "facilities"])]
    ]
    order += [name for base in BASES for name in (base, f"share_{base}") if name in table]
    order += [name for name in table if name not in order]
    # Minutes that cannot be followed link by link are not 0: they stay untold.
    return table[order].fillna(dict.fromkeys(set(order) - {"mean_min"}, 0))


def _basis(frame: pd.DataFrame) -> pd.Series[str]:
    said = (
        frame["confidence"].astype(str).str.strip() if "confidence" in frame else pd.Series("", frame.index)
    )
    return said.where(said != "", _UNSAID)


def _bases(basis: pd.Series[str]) -> list[str]:
    said = set(basis)
    return [*(base for base in BASES if base in said), *sorted(said - set(BASES))]


def _minutes(study: Study, kind: str) -> dict[str, Any]:
    """Person-minutes to the nearest facility of a kind, by the basis of the links they are travelled on."""
    network, people = study.network, study.demand_points
    if not (study.facilities["kind"] == kind).any():
        return {"kind": kind, "mean_min": np.nan}
    doors = study.on_network(study.facilities_of(kind))
    persons, access_s = study.weight(), np.asarray(people.access_s, dtype=np.float64)
    if (people.node < 0).any() or (doors.node < 0).any():
        return {"kind": kind, "mean_min": np.nan}
    topology = network.topology
    seconds = network.moving_s + network.wait_s
    sails = np.flatnonzero(np.isfinite(seconds))
    # One start behind all doors; times run backwards, so that the tree tells the next link of each way.
    size = network.n_nodes + 1
    heads = np.concatenate([topology.heads[sails], np.full(len(doors.node), size - 1)])
    tails = np.concatenate([topology.tails[sails], doors.node])
    costs = np.concatenate([seconds[sails], doors.arriving_s]) + 1e-6
    order = np.lexsort((costs, tails, heads))
    first = np.concatenate([[True], (np.diff(heads[order]) != 0) | (np.diff(tails[order]) != 0)])
    kept = order[first]
    graph = coo_matrix((costs[kept], (heads[kept], tails[kept])), shape=(size, size)).tocsr()
    all_reached, all_after = dijkstra(graph, indices=[size - 1], return_predecessors=True)
    reached, after = all_reached[0], all_after[0]
    edge_of = {
        (int(tails[at]), int(heads[at])): int(sails[at]) if at < len(sails) else -1 for at in kept.tolist()
    }
    labels = network.labels["confidence"].to_array() if "confidence" in network.labels else None
    shares = _along(after, edge_of, seconds, labels, reached, size - 1)
    inside = np.isfinite(reached[people.node])
    if not persons[inside].sum() > 0:
        return {"kind": kind, "mean_min": np.nan}
    total = float((persons * (reached[people.node] + access_s))[inside].sum())
    told: dict[str, Any] = {"kind": kind, "mean_min": total / float(persons[inside].sum()) / 60.0}
    for base, spent in shares.items():
        told[f"share_{base}"] = float((persons * spent[people.node])[inside].sum()) / total if total else 0.0
    at_door = 1.0 - sum(value for name, value in told.items() if name.startswith("share_"))
    return {**told, "share_access": at_door}


def _along(
    after: NDArray[np.int32],
    edge_of: dict[tuple[int, int], int],
    seconds: NDArray[np.float64],
    labels: NDArray[np.object_] | None,
    reached: NDArray[np.float64],
    door: int,
) -> dict[str, NDArray[np.float64]]:
    """Basis -> (n_nodes + 1,) seconds on links of that basis on the way from each node to its door."""
    names = sorted({str(name) or _UNSAID for name in labels}) if labels is not None else [_UNSAID]
    spent = {name: np.zeros(len(reached)) for name in names}
    for node in np.argsort(reached, kind="stable").tolist():
        onward = int(after[node])
        if node == door or onward < 0:
            continue
        for name in names:
            spent[name][node] = spent[name][onward]
        edge = edge_of[node, onward]
        if edge >= 0:
            name = (str(labels[edge]) or _UNSAID) if labels is not None else _UNSAID
            spent[name][node] += seconds[edge]
    return spent
