"""From the tables of a run to the document that ``maps`` draws. Only medians of areas are computed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoaccess.areas import read_areas
from maps import (
    AreaLayer,
    Column,
    Headline,
    LineKind,
    LineLayer,
    MapDocument,
    PointLayer,
    Proof,
    ProofStatus,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    View,
    write_map,
)
from maps.layers import Layer

if TYPE_CHECKING:
    from geoaccess.placing import PlacementResult
    from networks import TravelNetwork

Tables = Mapping[str, pd.DataFrame]
Facts = Mapping[str, Any]

#: Key of the views and series that show a placement.
BEFORE, AFTER = "before", "after"

#: Symbol of each kind of facility; kinds without one take the next free shape.
SHAPES = {
    "akuttmottak": Shape.CROSS,
    "dms": Shape.SQUARE,
    "legevakt": Shape.DIAMOND,
    "ambulance_station": Shape.TRIANGLE,
    "kad": Shape.HEXAGON,
    "blood_kit": Shape.DROP,
    "airport": Shape.PLANE,
}
_LINE_KINDS = {
    "road": LineKind.ROAD,
    "ferry": LineKind.FERRY,
    "boat": LineKind.BOAT,
    "flight": LineKind.FLIGHT,
}


def save_map(result: PlacementResult, path: str | Path) -> Path:
    """Draw the map of a placement result as one HTML file that needs no network.

    Raises:
        MapError: the document cannot be drawn.
        OutputError: the file cannot be written.
    """
    from geoaccess.reporting import placement_run  # noqa: PLC0415 - reporting draws maps with this module

    run = placement_run(result)
    draw_map(run.facts, run.tables, Path(path))
    return Path(path)


def draw_map(facts: Facts, tables: Tables, path: Path) -> None:
    """Draw the map of a run; the tables may come from memory or from a run folder."""
    write_map(document(facts, tables), path)


def document(facts: Facts, tables: Tables) -> MapDocument:
    """The map document of a run."""
    views = [*_access_views(facts, tables), *_placement_views(facts, tables)]
    placed = facts.get("place")
    layers: list[Layer] = [
        *_area_layers(facts, tables),
        *_line_layers(tables),
        *_point_layers(facts, tables),
        *_facility_layers(facts, tables),
        *_site_layers(facts, tables),
    ]
    return MapDocument(
        title=str(facts["title"]),
        subtitle=str(placed["title"]) if placed else "",
        notices=tuple(filter(None, [facts.get("notice", "")])),
        proof=_proof(placed) if placed else None,
        layers=tuple(layers),
        views=tuple(views),
        view_label="Show",
        first_view=AFTER if placed and "nearest" not in tables else "",
        swipe=(BEFORE, AFTER) if placed else None,
        sources=(*facts.get("sources", ()), *(note for note in facts.get("notes", ()) if note)),
    )


def _kind_label(facts: Facts, kind: str, *, plural: bool = False) -> str:
    """A kind in the words of the study, for the middle of a sentence."""
    return str(facts["kinds"].get(kind, {}).get("plural" if plural else "label", kind))


def _heading(text: str) -> str:
    return text[:1].upper() + text[1:]


def _region(facts: Facts) -> pd.DataFrame:
    region = facts.get("region")
    return region if isinstance(region, pd.DataFrame) else pd.DataFrame(region or [])


def _view_key(kind: str, scenario: str) -> str:
    return f"{kind}-{scenario}"


def _access_views(facts: Facts, tables: Tables) -> list[View]:
    if "nearest" not in tables:
        return []
    views = []
    region = _region(facts)
    for row in region.to_dict(orient="records"):
        kind, scenario = str(row["kind"]), str(row["scenario"])
        state = "" if scenario == "base" else f", {scenario}"
        views.append(
            View(
                key=_view_key(kind, scenario),
                label=f"Time to the nearest {_kind_label(facts, kind)}{state}",
                headline=(
                    Headline("Median", row["median_min"], "min", "Half of the people are nearer."),
                    Headline("90th percentile", row["p90_min"], "min", "Nine in ten people are nearer."),
                    Headline("Unreachable", row["persons_unreachable"], "people"),
                ),
            )
        )
    return views


def _placement_views(facts: Facts, tables: Tables) -> list[View]:
    placed = facts.get("place")
    if not placed or "placement" not in tables:
        return []
    count = len(placed["chosen"])
    labels = {BEFORE: "Response time today", AFTER: f"Response time with {count} more"}
    views = []
    for key, label in labels.items():
        figures = placed[key]
        headline = [
            Headline("Mean response", figures["mean_min"], "min", digits=2),
            Headline("90th percentile", figures["p90_min"], "min", digits=0),
        ]
        share = figures.get("share_within_class_threshold")
        if share is not None:
            headline.append(
                Headline("Within the threshold of their class", 100.0 * share, "% of people", digits=1)
            )
        views.append(View(key=key, label=label, headline=tuple(headline)))
    return views


def _proof(placed: Facts) -> Proof:
    known = {status.value: status for status in ProofStatus}
    return Proof(
        status=known.get(str(placed["status"]), ProofStatus.FEASIBLE),
        objective=placed["objective"],
        lower_bound=placed["lower_bound"],
        gap=placed["gap"],
        unit="min",
        solver=str(placed["solver"]),
        objective_name="mean response time per person",
    )


def _point_layers(facts: Facts, tables: Tables) -> list[PointLayer]:
    series: list[Series] = []
    base: pd.DataFrame | None = None
    if "nearest" in tables:
        for (kind, scenario), rows in tables["nearest"].groupby(["kind", "scenario"], sort=False):
            base = rows if base is None else base
            series.append(
                Series(
                    name=f"Time to nearest {_kind_label(facts, str(kind))}",
                    values=rows["travel_time_min"].to_numpy(dtype=np.float64),
                    scale=Scale.minutes(),
                    view=_view_key(str(kind), str(scenario)),
                )
            )
    if "placement" in tables:
        rows = tables["placement"]
        base = rows if base is None else base
        series += [
            Series(
                name=f"Response time {key}",
                values=rows[f"{key}_min"].to_numpy(dtype=np.float64),
                scale=Scale.minutes((12, 25, 40, 60, 90)),
                view=key,
            )
            for key in (BEFORE, AFTER)
        ]
    if base is None:
        return []
    weights = [str(name) for name in base.columns if str(name).startswith("people")]
    size = Column("People", base[weights[0]].to_numpy(dtype=np.float64)) if weights else None
    others = tuple(
        Column(name.replace("people_", "People ").replace("80plus", "80 and over"), base[name].to_numpy())
        for name in weights[1:]
    )
    return [
        PointLayer(
            key="settlements",
            name="Settlements, by number of people",
            lon=base["lon"].to_numpy(dtype=np.float64),
            lat=base["lat"].to_numpy(dtype=np.float64),
            labels=base["name"].tolist(),
            series=tuple(series),
            size=size,
            columns=others,
        )
    ]


def _area_layers(facts: Facts, tables: Tables) -> list[AreaLayer]:
    if not facts.get("boundaries") or "nearest" not in tables:
        return []
    nearest = tables["nearest"]
    codes = sorted(set(nearest["municipality_code"].astype(str)))
    areas = read_areas(Path(facts["boundaries"]), set(codes), str(facts.get("boundaries_code", "")))
    series = []
    for (kind, scenario), rows in nearest.groupby(["kind", "scenario"], sort=False):
        medians = pd.Series(
            {
                code: _median(group["travel_time_min"], group[str(facts["weight"])])
                for code, group in rows.groupby(rows["municipality_code"].astype(str))
            }
        )
        series.append(
            Series(
                name=f"Median time to nearest {_kind_label(facts, str(kind))}",
                values=medians.reindex(areas.index).to_numpy(dtype=np.float64),
                scale=Scale.minutes(),
                view=_view_key(str(kind), str(scenario)),
            )
        )
    names = _municipality_names(tables)
    return [
        AreaLayer(
            key="municipalities",
            name="Municipalities, by median time",
            geometry=areas.geometry.tolist(),
            labels=[names.get(code, code) for code in areas.index],
            series=tuple(series),
            shown=False,
        )
    ]


def _median(minutes: pd.Series, weights: pd.Series) -> float:
    from geoaccess.measures import weighted_percentile  # noqa: PLC0415 - only maps with areas need it

    return weighted_percentile(minutes.to_numpy(), weights.to_numpy(), 0.5)


def _municipality_names(tables: Tables) -> dict[str, str]:
    if "municipalities" not in tables:
        return {}
    frame = tables["municipalities"]
    return dict(zip(frame["municipality_code"].astype(str), frame["name"].astype(str), strict=True))


def _line_layers(tables: Tables) -> list[LineLayer]:
    if "links" not in tables or tables["links"].empty:
        return []
    links = tables["links"]
    layers = []
    for kind, rows in links.groupby("kind", sort=False):
        ends = rows[["from_lon", "from_lat", "to_lon", "to_lat"]].to_numpy(dtype=np.float64)
        label = {"road": "Roads of the network", "ferry": "Car ferries"}.get(str(kind), str(kind).title())
        columns = [Column("Length", rows["length_km"].to_numpy(dtype=np.float64), "km", 1)]
        columns.append(Column("Time", rows["travel_time_min"].to_numpy(dtype=np.float64), "min"))
        if kind != "road":
            columns.append(Column("of it waiting", rows["wait_min"].to_numpy(dtype=np.float64), "min"))
        layers.append(
            LineLayer(
                key=str(kind),
                name=label,
                geometry=list(shapely.linestrings(ends.reshape(-1, 2, 2))),
                labels=rows["name"].astype(str).tolist(),
                kinds=[
                    LineKind.CLOSED if closed else _LINE_KINDS.get(str(kind), LineKind.ROUTE)
                    for closed in rows["travel_time_min"].isna()
                ],
                columns=tuple(columns),
                shown=kind != "road",
            )
        )
    return layers


def _facility_layers(facts: Facts, tables: Tables) -> list[SiteLayer]:
    if "facilities" not in tables:
        return []
    layers = []
    scenarios = tables["nearest"]["scenario"].unique().tolist() if "nearest" in tables else []
    for number, (kind, rows) in enumerate(tables["facilities"].groupby("kind", sort=False)):
        layers.append(
            SiteLayer(
                key=f"facility-{kind}",
                name=_heading(_kind_label(facts, str(kind), plural=True)),
                lon=rows["lon"].to_numpy(dtype=np.float64),
                lat=rows["lat"].to_numpy(dtype=np.float64),
                labels=rows["name"].astype(str).tolist(),
                shape=SHAPES.get(str(kind), Shape.number(number)),
                roles={
                    "": [SiteRole.ABSENT] * len(rows),
                    **{
                        _view_key(str(kind), scenario): [SiteRole.EXISTING] * len(rows)
                        for scenario in scenarios
                    },
                },
            )
        )
    return layers


def _site_layers(facts: Facts, tables: Tables) -> list[SiteLayer]:
    if "sites" not in tables:
        return []
    sites = tables["sites"]
    sites = sites[sites["role"].isin(["existing", "required", "chosen"])]
    today = [SiteRole.ABSENT if role == "chosen" else SiteRole(role) for role in sites["role"]]
    after = [SiteRole(role) for role in sites["role"]]
    facility = str(facts["place"].get("facility", "ambulance_station"))
    return [
        SiteLayer(
            key="sites",
            name=_heading(_kind_label(facts, facility, plural=True)),
            lon=sites["lon"].to_numpy(dtype=np.float64),
            lat=sites["lat"].to_numpy(dtype=np.float64),
            labels=sites["name"].astype(str).tolist(),
            shape=SHAPES.get(facility, Shape.PENTAGON),
            roles={"": [SiteRole.ABSENT] * len(sites), BEFORE: today, AFTER: after},
            columns=(Column("People served after", sites["persons_served"].to_numpy(dtype=np.float64)),),
        )
    ]


def links_table(network: TravelNetwork, *, most_roads: int = 5000) -> pd.DataFrame:
    """One row per link and its end points, for maps; roads are left out of a network with too many.

    A link that runs in both directions is told once.
    """
    topology = network.topology
    kinds = network.labels["kind"].to_array()
    keep = np.ones(network.n_edges, dtype=bool)
    if int((kinds == "road").sum()) > most_roads:
        keep &= kinds != "road"
    frame = pd.DataFrame(
        {
            "link_id": network.labels["link_id"].to_array(),
            "kind": kinds,
            "ref": network.labels["ref"].to_array(),
            "name": network.labels["name"].to_array(),
            "from_lon": network.lon[topology.tails],
            "from_lat": network.lat[topology.tails],
            "to_lon": network.lon[topology.heads],
            "to_lat": network.lat[topology.heads],
            "length_km": network.length_m / 1000.0,
            "travel_time_min": network.seconds / 60.0,
            "wait_min": network.wait_s / 60.0,
        }
    )[keep]
    frame["name"] = frame["name"].where(frame["name"] != "", frame["ref"])
    frame = frame.replace([np.inf], np.nan)
    return frame[~frame["link_id"].duplicated() | (frame["link_id"] == "")].reset_index(drop=True)
