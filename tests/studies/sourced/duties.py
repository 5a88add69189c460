"""The duties of the embedded study: ``python -m tests.studies.sourced.duties``.

Helse Nord had 120 cars in service (2014), Finnmark 30 (2018), the University Hospital 46 (2019); how many stand where,
and when, is known for Alta and Hammerfest only. The others are the project's assumption: one car a station, each further
car of a trust where most calls are nearest for each car there; a second car by day on weekdays where calls are few; crews
of quiet stations at home at night.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.study import load_study
from geoaccess.workload.drawing import rates
from geoaccess.workload.tables import read_call_tables
from geoaccess.workload.ways import ways_of

FOLDER = Path(__file__).resolve().parents[3] / "data" / "nord-norge"
CARS = {
    "Finnmarkssykehuset HF": 30, "Universitetssykehuset Nord-Norge HF": 46, "Nordlandssykehuset HF": 25, "Helgelandssykehuset HF": 19,
}  # fmt: skip
QUIET, BUSY = 500, 2000
TOTAL = "number of cars of the trust by 120 in Helse Nord (2014), 30 in Finnmark (2018), 46 at UNN (2019); "
WHERE = TOTAL + "where and when this one stands: the project's assumption, by calls nearest to the station"
KNOWN = {
    "alta-car": ("finnmarkssykehuset.no (høynet beredskap) 2023: two cars round the clock and one at home round the clock from Monday to Friday", [
        ("00:00", "24:00", "1-7", "station"), ("00:00", "24:00", "1-7", "station"), ("00:00", "24:00", "1-5", "home")]),
    "hammerfest-car": ("finnmarkssykehuset.no (høynet beredskap) 2023: two cars and a day car; its hours: the project's assumption", [
        ("00:00", "24:00", "1-7", "station"), ("00:00", "24:00", "1-7", "station"), ("08:00", "20:00", "1-7", "station")]),
}  # fmt: skip


def rows() -> pd.DataFrame:
    """The table."""
    study = load_study("nord-norge")
    ways, tables = ways_of(study), read_call_tables(study)
    bases = ways.bases[ways.bases["resource"] == "ambulance_station"]
    first = ways.out_min(0)[: ways.demand, bases.index].argmin(axis=1)
    calls = np.bincount(first, weights=rates(study, tables).sum(axis=0), minlength=len(bases))
    trust = (
        study.municipalities.set_index("municipality_code")["health_trust"]
        .loc[bases["municipality_code"]]
        .to_numpy()
    )
    known = np.array([base in KNOWN for base in bases["base_id"]])
    cars = np.array([len(KNOWN[base][1]) if base in KNOWN else 1 for base in bases["base_id"]])
    for name, total in CARS.items():
        here = np.flatnonzero((trust == name) & ~known)
        while cars[trust == name].sum() < total:
            cars[here[np.argmax(calls[here] / cars[here])]] += 1
    found: list[tuple[str, ...]] = []
    for base, n, load in zip(bases["base_id"], cars, calls, strict=True):
        if base in KNOWN:
            source, duties = KNOWN[base]
            found += [(base, str(k + 1), *duty, source, "sourced") for k, duty in enumerate(duties)]
            continue
        for k in range(n):
            if k == 0 and load < QUIET:
                found.append((base, "1", "07:00", "22:00", "1-7", "station", WHERE, "assumption"))
                found.append((base, "1", "22:00", "07:00", "1-7", "home", WHERE, "assumption"))
            elif k == 1 and n == 2 and load < BUSY:
                found.append((base, "2", "08:00", "20:00", "1-5", "station", WHERE, "assumption"))
            else:
                found.append((base, str(k + 1), "00:00", "24:00", "1-7", "station", WHERE, "assumption"))
    columns = ["base_id", "unit", "from", "to", "weekdays", "duty", "source", "confidence"]
    return pd.DataFrame(found, columns=columns)


if __name__ == "__main__":
    rows().to_csv(FOLDER / "duties.csv", index=False)
