"""The people of later years: Statistics Norway's municipal projection, by variant and two age groups."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def projection(sourced: Path) -> pd.DataFrame:
    """``kommunenummer, alternativ, alder`` and a column of persons for every year.

    People of 80 and over are published by municipality in the main variant only: they stand in every variant.
    """
    table = pd.read_csv(sourced / "projection.csv", dtype={"municipality_code": str})
    main = table[table["variant"] == "main"].set_index(["municipality_code", "year"])["population_80plus"]
    old = pd.MultiIndex.from_frame(table[["municipality_code", "year"]]).map(main)
    both = pd.concat(
        [
            table.assign(alder="0-79", persons=table["population"] - old),
            table.assign(alder="80+", persons=old),
        ]
    )
    both["persons"] = both["persons"].astype(int)
    wide = both.pivot(index=["municipality_code", "variant", "alder"], columns="year", values="persons")
    wide = wide.reset_index().rename(columns={"municipality_code": "kommunenummer", "variant": "alternativ"})
    wide.columns.name = None
    return wide
