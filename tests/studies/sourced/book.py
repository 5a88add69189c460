"""The tables of the study as text, and the log of what is changed in them."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

#: Table -> the columns that were there before the sourced tables came, with those that came with them.
IDS = {
    "nodes": "node_id",
    "roads": "road_id",
    "ferries": "ferry_id",
    "settlements": "settlement_id",
    "facilities": "facility_id",
    "stations": "station_id",
    "municipalities": "municipality_code",
}
#: Columns that say where a row is from; a change of them alone is no correction.
SILENT = {
    "source", "confidence", "licence", "detour", "quality", "uncertainty_km", "nvdb_ref", "field_confidence",
    "population_80plus_2026", "inhabited_cells", "mean_access_km", "p90_access_km", "persons_across_water",
}  # fmt: skip


def km(start: pd.Series, end: pd.Series) -> float:
    """Great circle between two rows with ``lat, lon``."""
    north, south = math.radians(float(start["lat"])), math.radians(float(end["lat"]))
    east = math.radians(float(end["lon"]) - float(start["lon"]))
    half = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


def text(value: float, digits: int = 2) -> str:
    """A number as the tables write it."""
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


class Book:
    """The tables of a study folder, changed in memory, with a log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before = {
            name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in IDS
        }
        self.tables = {name: table.set_index(IDS[name]) for name, table in self.before.items()}
        self.reasons: dict[tuple[str, str], tuple[str, str, str]] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def set(self, table: str, row: str, why: str, evidence: str, basis: str, **fields: str) -> None:
        """Change fields of a row; a row that is not there is added."""
        frame = self.tables[table]
        for column in fields:
            if column not in frame:
                frame[column] = ""
        if row not in frame.index:
            frame.loc[row] = ""
        for column, value in fields.items():
            frame.loc[row, column] = value
        self.reasons[table, row] = (why, evidence, basis)

    def drop(self, table: str, row: str, why: str, evidence: str, basis: str) -> None:
        """Remove a row if it is there."""
        if row in self.tables[table].index:
            self.tables[table] = self.tables[table].drop(index=row)
            self.reasons[table, row] = (why, evidence, basis)

    def node(self, node_id: str) -> pd.Series:
        """A node's row."""
        return self.tables["nodes"].loc[node_id]

    def straight(self, start: str, end: str) -> float:
        """Great circle in km between two nodes."""
        return km(self.node(start), self.node(end))

    def changes(self) -> list[dict[str, str]]:
        """Rows for ``corrections.csv``: what differs from the tables on disk."""
        rows = []
        for name, key in IDS.items():
            old, new = self.before[name].set_index(key), self.tables[name]
            for row in [*old.index, *(row for row in new.index if row not in old.index)]:
                why, evidence, basis = self.reasons.get((name, row), ("", "", ""))
                said = {"table": name, "row_id": row, "why": why, "evidence": evidence, "basis": basis}
                if row not in new.index:
                    rows.append({**said, "field": "row", "before": "there", "after": "removed"})
                elif row not in old.index:
                    rows.append(
                        {**said, "field": "row", "before": "", "after": f"added ({new.loc[row].iloc[0]})"}
                    )
                else:
                    rows += [
                        {
                            **said,
                            "field": column,
                            "before": old.loc[row, column],
                            "after": new.loc[row, column],
                        }
                        for column in new.columns
                        if column in old
                        and column not in SILENT
                        and old.loc[row, column] != new.loc[row, column]
                    ]
        return rows

    def write(self) -> int:
        """Write every table and the log; the number of changes is returned."""
        rows = self.changes()
        log = self.folder / "corrections.csv"
        kept = pd.read_csv(log, dtype=str, keep_default_na=False)
        changed = {(row["table"], row["row_id"], row["field"]) for row in rows}
        again = [
            tuple(cells) in changed for cells in kept[["table", "row_id", "field"]].itertuples(index=False)
        ]
        # What was there at first stays the "before" of a cell that is changed once more.
        first = {
            (row.table, row.row_id, row.field): row.before for row in kept[again].itertuples(index=False)
        }
        for row in rows:
            row["before"] = first.get((row["table"], row["row_id"], row["field"]), row["before"])
        table = pd.concat([kept[[not one for one in again]], pd.DataFrame(rows, columns=kept.columns)])
        table.sort_values(["table", "row_id", "field"]).to_csv(log, index=False, lineterminator="\n")
        for name, frame in self.tables.items():
            frame.reset_index().rename(columns={"index": IDS[name]}).to_csv(
                self.folder / f"{name}.csv", index=False, lineterminator="\n"
            )
        return len(rows)
