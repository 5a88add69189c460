"""The hazards of the study file from ``passes_nvdb.csv``: how many days a year each exposed pass is closed.

``python -m tests.studies.sourced.closures`` prints the scenarios and hazards as they stand in ``study.toml``; a
test compares.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

#: Name of the pass in the road database -> (id of scenario and hazard, links, title, bokmål).
PASSES = {
    "Snefjord - Havøysund": ("havoysundvegen", "Fv889 Snefjord-Havøysund is closed", "Fv889 Snefjord-Havøysund er stengt"),
    "Bekkarfjord - Hopseidet": ("nordkynvegen", "Fv888 Bekkarfjord-Hopseidet is closed", "Fv888 Bekkarfjord-Hopseidet er stengt"),
    "Båtsfjordfjellet": ("batsfjordfjellet", "Båtsfjordfjellet (Fv891) is closed", "Båtsfjordfjellet (Fv891) er stengt"),
    "Kongsfjordfjellet": ("kongsfjordfjellet", "Kongsfjordfjellet (Fv890) is closed", "Kongsfjordfjellet (Fv890) er stengt"),
    "Saltfjellet": ("saltfjellet", "Saltfjellet (E6) is closed", "Saltfjellet (E6) er stengt"),
    "Ifjordfjellet": ("ifjordfjellet", "Ifjordfjellet (Fv98) is closed", "Ifjordfjellet (Fv98) er stengt"),
    "Sennalandet": ("sennalandet", "Sennalandet (E6) is closed", "Sennalandet (E6) er stengt"),
    "Bjørnfjell": ("bjornfjell", "Bjørnfjell (E10 to Sweden) is closed", "Bjørnfjell (E10 til Sverige) er stengt"),
    "Beiarfjellet": ("beiarfjellet", "Beiarfjellet (Fv813) is closed", "Beiarfjellet (Fv813) er stengt"),
    "Hatter": ("hatter", "Hatter (E6) is closed", "Hatter (E6) er stengt"),
    "Kvalsund bru - Hammerfest": ("kvalsund-hammerfest", "Rv94 Kvalsund-Hammerfest is closed", "Rv94 Kvalsund-Hammerfest er stengt"),
    "Domen": ("domen", "Domen (E75) is closed", "Domen (E75) er stengt"),
    "Sjonfjellet": ("sjonfjellet", "Sjonfjellet (Fv17) is closed", "Sjonfjellet (Fv17) er stengt"),
    "Gratangsfjellet": ("gratangsfjellet", "Gratangsfjellet (E6) is closed", "Gratangsfjellet (E6) er stengt"),
    "Kvænangsfjellet": ("kvaenangsfjellet", "Kvænangsfjellet (E6) is closed", "Kvænangsfjellet (E6) er stengt"),
}  # fmt: skip
SOURCE = "NVDB (PhD6959/Periple-Nordique-Data @ ac8e062, cols-fermetures.geojson), NLOD 2.0; of which years it does not say; season: the project's assumption"


def closures(sourced: Path) -> pd.DataFrame:
    """``name, title, title_nb, links, days`` of every pass that lies on a road of the study."""
    table = pd.read_csv(sourced / "passes_nvdb.csv", dtype=str, keep_default_na=False).set_index("name")
    rows = []
    for name, (key, title, title_nb) in PASSES.items():
        row = table.loc[name]
        links = row["product_road_ids"].split(";")
        rows.append((key, title, title_nb, links, float(row["days_closed_per_year"])))
    return pd.DataFrame(rows, columns=["name", "title", "title_nb", "links", "days"])


def scenarios(table: pd.DataFrame, roads: pd.DataFrame) -> str:
    """The scenarios as TOML: a pass by its name where the name is that of the links, as other networks find it."""
    passes = {
        frozenset(ids): str(name)
        for name, ids in roads[roads["pass_name"] != ""].groupby("pass_name")["road_id"]
    }
    return "\n".join(
        f'[scenarios.{row.name_}-closed]\ntitle = "{row.title}"\ntitle_nb = "{row.title_nb}"\n'
        + (
            f'passes_closed = ["{passes[frozenset(row.links)]}"]\n'
            if frozenset(row.links) in passes
            else f"links_out = [{', '.join(chr(34) + link + chr(34) for link in row.links)}]\n"
        )
        for row in table.rename(columns={"name": "name_"}).itertuples()
    )


def hazards(table: pd.DataFrame) -> str:
    """The hazards as TOML."""
    return "\n".join(
        f'[hazards.{row.name_}]\ntitle = "{row.title}"\nscenario = "{row.name_}-closed"\ndays = {row.days:g}\n'
        f'season = ["11-01", "04-30"]\nsource = "{SOURCE}"\nyear = 2026\n'
        for row in table.rename(columns={"name": "name_"}).itertuples()
    )
