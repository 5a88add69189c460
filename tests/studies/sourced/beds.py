"""The beds of the embedded study: ``python -m tests.studies.sourced.beds``.

Sourced: one bed in Evenes, two municipal acute beds in Alta, and 32.88 places in the sykestuer of 15 municipalities of Finnmark
together. How the 32.88 lie is not published at hand: they are shared out by people of 80 and over, at least half a place each
(computed). The others are the project's assumption: one bed for 7,000 people of the municipality and of those that are nearest to it
and have none of their own, at least one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.minutes import place_minutes
from geoaccess.study import load_study

FOLDER = Path(__file__).resolve().parents[3] / "data" / "nord-norge"
KNOWN = {
    "alta-kad": (
        2,
        "altaposten.no 2020-09-18: two municipal acute beds (KØH) of the six that Alta buys at the clinic",
    ),
    "evenes-omsorgssenter-ohd": (
        1,
        "evenes.kommune.no øyeblikkelig hjelp døgnopphold: 1 bed from 2022-06-01",
    ),
}
PLACES, LEAST = 32.88, 0.5
SHARED = (
    "32.88 places of the sykestuer of Finnmark in all (the health authority's plan for acute services); how they lie is not published "
    "at hand: shared out by people of 80 and over, at least half a place each"
)
RULE = "the project's assumption: one bed for 7,000 people of the municipality and of those that are nearest and have none"
HOURS = "168 hours: a municipality must offer stays round the clock (Norwegian health and care services act, section 3-5)"


def shared_out(weights: np.ndarray) -> np.ndarray:
    """Hundredths of places by weight, at least half a place each, summing to all of them."""
    exact = LEAST + (PLACES - LEAST * len(weights)) * weights / weights.sum()
    parts = np.floor(exact * 100 + 1e-9).astype(int)
    left = round(PLACES * 100) - int(parts.sum())
    parts[np.argsort(parts - exact * 100, kind="stable")[:left]] += 1
    return parts / 100


def rows() -> pd.DataFrame:
    """The table."""
    study = load_study("nord-norge")
    units = study.facilities_of("kad").reset_index(drop=True)
    people = study.demand.groupby("municipality_code")["people"].sum()
    old = study.demand.groupby("municipality_code")["people_80plus"].sum()
    county = study.municipalities.set_index("municipality_code")["county"]
    sykestue = units["facility_id"].str.endswith("-sykestue").to_numpy()
    assert sykestue.sum() == 15
    assert (county.loc[units.loc[sykestue, "municipality_code"]] == "Finnmark").all()
    beds = np.zeros(len(units))
    beds[sykestue] = shared_out(old.loc[units.loc[sykestue, "municipality_code"]].to_numpy(dtype=float))
    minutes = place_minutes(study, units)
    own = set(units["municipality_code"])
    served = people.reindex(units["municipality_code"]).to_numpy(dtype=float).copy()
    for code in sorted(set(study.municipalities["municipality_code"]) - own):
        here = (study.demand["municipality_code"] == code).to_numpy()
        known = np.where(np.isfinite(minutes[here]), minutes[here], 1e6)
        served[int(np.argmin(study.demand.loc[here, "people"].to_numpy() @ known))] += people[code]
    found = []
    for number, unit in enumerate(units["facility_id"]):
        if unit in KNOWN:
            figure, source, confidence = *KNOWN[unit], "sourced"
        elif sykestue[number]:
            figure, source, confidence = beds[number], SHARED, "computed"
        else:
            figure, source, confidence = max(1, round(served[number] / 7000)), RULE, "assumption"
        found.append((unit, f"{figure:g}", "168", f"{source}; {HOURS}", confidence))
    return pd.DataFrame(found, columns=["facility_id", "beds", "hours_a_week", "source", "confidence"])


if __name__ == "__main__":
    rows().to_csv(FOLDER / "beds.csv", index=False)
