"""Maps of travel times: minutes to the nearest, who is within the thresholds, and who is served by what."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.answers.day_tables import cut
from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.drawing.map_hours import PREFIXES, hour_pieces
from geoaccess.drawing.map_layers import Pieces
from geoaccess.drawing.map_ways import way_columns, way_lines
from geoaccess.ground.arrays import FloatArray
from geoaccess.questions.access.around_the_clock_folder import TABLES
from geoaccess.questions.access.map_services import VIEWS, add_views, base_kinds
from maps import Column, FlowLayer, Headline, Scale, Series, SiteRole, View
from maps.layers import Layer


def view_key(what: str, kind: str, scenario: str) -> str:
    """Key of the view of a kind in a scenario: its minutes, thresholds or catchments."""
    return f"{what}{kind}-{scenario}"


#: Kinds that a subtitle names one by one.
_NAMED_KINDS = 3
_TIME, _COVERAGE, _CATCHMENT = "", "within-", "served-"


def pieces(source: Source) -> Pieces:
    """Everything that a run says of times to the nearest facilities."""
    found = Pieces()
    nearest = source.table("nearest")
    if nearest.empty:
        return found
    groups = [
        (str(kind), str(scenario), rows.reset_index(drop=True))
        for (kind, scenario), rows in nearest.groupby(["kind", "scenario"], sort=False)
    ]
    found.base = groups[0][2]
    for kind, scenario, rows in groups:
        _add_state(source, found, kind, scenario, rows)
    found.layers += _areas(source, groups)
    keys = {view.key for view in found.views}
    found.closed_in = {key: scenario for key, scenario in found.closed_in.items() if key in keys}
    found.layers += _facilities(source, groups, keys)
    found.layers += _flows(source, groups, keys)
    found.columns += way_columns(source, groups)
    drawn_in = (_TIME, _COVERAGE, _CATCHMENT, *VIEWS)
    views = {
        (kind, scenario): [key for what in drawn_in if (key := view_key(what, kind, scenario)) in keys]
        for kind, scenario, _ in groups
    }
    found.layers += way_lines(source, views, found.base["demand_id"].astype(str).tolist())
    return found


def subject(source: Source) -> str:
    """What the map shows, in a line; empty for a run without times."""
    nearest = source.table("nearest")
    if nearest.empty:
        return ""
    words = source.words
    kinds = [source.kind(str(kind)) for kind in nearest["kind"].astype(str).unique()]
    many = kinds if len(kinds) <= _NAMED_KINDS else [words("times.services", count=len(kinds))]
    return words("times.subtitle", kinds=words.row(many))


def _add_state(source: Source, found: Pieces, kind: str, scenario: str, rows: pd.DataFrame) -> None:
    """The views and series of one kind in one scenario."""
    words, label = source.words, source.kind(kind)
    where = source.scenario(scenario)
    state = "" if scenario == "base" else f", {where}"
    group = source.kind_heading(kind)
    told = source.scenario_told(scenario)
    minutes = numbers(rows, "travel_time_min")
    name = words("series.time", kind=label)
    headline = _headline(source, kind, scenario)
    time_key, cover_key, catchment_key = (
        view_key(what, kind, scenario) for what in (_TIME, _COVERAGE, _CATCHMENT)
    )
    found.closed_in |= dict.fromkeys((time_key, cover_key, catchment_key), scenario)
    title = words("view.time", kind=label) + state
    found.views.append(View(time_key, title, told, headline, group=group, charted=True, state=where))
    marks = source.marks(rows["municipality_code"], kind)
    found.series.append(Series(name, minutes, Scale.minutes(), time_key, marks))
    limits = source.thresholds(kind)
    if limits:
        title = words("view.coverage", limits=words.limits(limits), kind=group) + state
        headline = _coverage_headline(source, rows, limits)
        found.views.append(View(cover_key, title, told, headline, group=group, state=where))
        found.series.append(Series(name, minutes, Scale.thresholds(limits), cover_key, marks))
    views, series = add_views(source, kind, scenario, rows, told)
    found.views += views
    found.series += series
    found.closed_in |= {view.key: scenario for view in views}
    served, codes = _catchments(source, kind, rows)
    if served:
        title = words("view.catchment", kind=label) + state
        explanation = words("view.catchment.told")
        found.views.append(View(catchment_key, title, explanation, group=group, state=where))
        scale = Scale.categories(served)
        found.series.append(Series(words("series.nearest", kind=label), codes, scale, catchment_key))
    _add_clock(source, found, kind, scenario, rows)


def _add_clock(source: Source, found: Pieces, kind: str, scenario: str, rows: pd.DataFrame) -> None:
    """What the answer says of every moment of leaving, where it does."""
    own = {view_key(what, kind, scenario) for what in (_TIME, _COVERAGE, _CATCHMENT)}
    strip_in = [view.key for view in found.views if view.key in own]
    clock = hour_pieces(
        source,
        cut(source.table, TABLES, kind=kind, scenario=scenario),
        rows,
        keys={prefix: view_key(prefix, kind, scenario) for prefix in PREFIXES},
        group=source.kind_heading(kind),
        state="" if scenario == "base" else f", {source.scenario(scenario)}",
        of=source.scenario(scenario),
        told=source.scenario_told(scenario),
        strip_in=strip_in,
    )
    if clock is not None:
        found.views += clock.views
        found.series += clock.series
        found.hours.append(clock.hours)
        found.hatched |= clock.hatched
        found.closed_in |= {view.key: scenario for view in clock.views}


def _headline(source: Source, kind: str, scenario: str) -> tuple[Headline, ...]:
    region = source.facts.get("region")
    frame = region if isinstance(region, pd.DataFrame) else pd.DataFrame(region or [])
    words = source.words
    for row in frame.to_dict(orient="records"):
        if (str(row["kind"]), str(row["scenario"])) == (kind, scenario):
            return (
                shared.percentile_figure(source, "median", row["median_min"], row["persons_unreachable"]),
                shared.percentile_figure(source, "p90", row["p90_min"], row["persons_unreachable"]),
                Headline(words("figure.unreachable"), row["persons_unreachable"], words("unit.people")),
            )
    return ()


def _coverage_headline(source: Source, rows: pd.DataFrame, limits: tuple[float, ...]) -> tuple[Headline, ...]:
    """The share of people within each threshold, a threshold itself being within."""
    weights = source.weights(rows)
    if not weights:
        return ()
    persons, minutes = numbers(rows, weights[0]), numbers(rows, "travel_time_min")
    total = float(persons.sum())
    words = source.words
    return tuple(
        Headline(
            words("figure.within", limit=words.limits((limit,))),
            100.0 * float(persons[minutes <= limit].sum()) / total if total else float("nan"),
            words("unit.share"),
            digits=1,
        )
        for limit in limits
    )


def along_axis(lon: FloatArray, lat: FloatArray) -> np.ndarray:
    """Order of places along the longest direction of their cloud, so that neighbours differ in colour."""
    middle = np.deg2rad(float(np.mean(lat))) if len(lat) else 0.0
    cloud = np.column_stack([lon * np.cos(middle), lat])
    if len(cloud) < 3:
        return np.arange(len(cloud))
    centred = cloud - cloud.mean(axis=0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    order: np.ndarray = np.argsort(centred @ direction, kind="stable")
    return order


def _facilities_of(source: Source, kind: str) -> pd.DataFrame:
    """The facilities of a kind along their axis: the neighbours differ in colour."""
    table = source.table("facilities")
    if table.empty:
        return table
    rows = table[table["kind"].astype(str).isin([kind, *base_kinds(source, kind)])]
    return rows.iloc[along_axis(numbers(rows, "lon"), numbers(rows, "lat"))].reset_index(drop=True)


def _catchments(source: Source, kind: str, rows: pd.DataFrame) -> tuple[list[str], FloatArray]:
    """Names of the facilities, and which of them is nearest to each place (NaN: none)."""
    table = _facilities_of(source, kind)
    if table.empty or "facility_id" not in rows:
        return [], np.zeros(0)
    position = {str(key): float(at) for at, key in enumerate(table["facility_id"])}
    codes = np.asarray([position.get(str(key), np.nan) for key in rows["facility_id"]], dtype=np.float64)
    return table["name"].astype(str).tolist(), codes


def _areas(source: Source, groups: list[tuple[str, str, pd.DataFrame]]) -> list[Layer]:
    codes: set[str] = set()
    series: dict[tuple[str, str], Series] = {}
    every = sorted({str(code) for _, _, rows in groups for code in rows["municipality_code"]})
    for kind, scenario, rows in groups:
        codes |= set(rows["municipality_code"].astype(str).unique())
        weight = str(source.facts["weight"])
        medians = {
            str(code): shared.weighted_median(numbers(group, "travel_time_min"), numbers(group, weight))
            for code, group in rows.groupby("municipality_code")
        }
        key = view_key(_TIME, kind, scenario)
        values = np.asarray([medians.get(code, np.nan) for code in every], dtype=np.float64)
        name = source.words("series.median", kind=source.kind(kind))
        series[key, name] = Series(name, values, Scale.minutes(), key, source.marks(every, kind))
    return list(shared.municipalities(source, codes, series))


def _facilities(source: Source, groups: list[tuple[str, str, pd.DataFrame]], keys: set[str]) -> list[Layer]:
    """Each kind's facilities, drawn in the views of that kind, and of the services that they give."""
    made: list[Layer] = []
    kinds = [own for kind, _, _ in groups for own in (base_kinds(source, kind) or [kind])]
    for number, kind in enumerate(dict.fromkeys(kinds)):
        rows = _facilities_of(source, kind)
        if rows.empty:
            continue
        own = {
            view_key(what, one, scenario): source.facility_roles(rows, scenario)
            for one, scenario, _ in groups
            if one == kind or kind in base_kinds(source, one)
            for what in (_TIME, _COVERAGE, _CATCHMENT, *PREFIXES, *VIEWS)
        }
        roles = {"": [SiteRole.ABSENT] * len(rows)}
        roles |= {key: own[key] for key in sorted(own.keys() & keys)}
        columns = _served_columns(source, kind, rows, groups)
        made.append(shared.facilities(source, kind, rows, roles, number=number, columns=columns))
    return made


def _served_columns(
    source: Source, kind: str, rows: pd.DataFrame, groups: list[tuple[str, str, pd.DataFrame]]
) -> tuple[Column, ...]:
    """How many people each facility is nearest to, in the first scenario."""
    first = next(table for one, _, table in groups if one == kind or kind in base_kinds(source, one))
    weights = source.weights(first)
    if not weights or "facility_id" not in first:
        return ()
    sums = first.groupby(first["facility_id"].astype(str))[weights[0]].sum()
    values = sums.reindex(rows["facility_id"].astype(str)).fillna(0.0).to_numpy(dtype=np.float64)
    return (Column(source.words("column.nearest_to"), values),)


def _flows(source: Source, groups: list[tuple[str, str, pd.DataFrame]], keys: set[str]) -> list[Layer]:
    made: list[Layer] = []
    for kind in dict.fromkeys(kind for kind, _, _ in groups):
        rows = _facilities_of(source, kind)
        if rows.empty or base_kinds(source, kind):
            continue
        position = {str(key): at for at, key in enumerate(rows["facility_id"])}
        to_site = {
            view_key(_CATCHMENT, kind, scenario): np.asarray(
                [position.get(str(key), -1) for key in table["facility_id"]], dtype=np.int64
            )
            for one, scenario, table in groups
            if one == kind and view_key(_CATCHMENT, kind, scenario) in keys
        }
        made.append(
            FlowLayer(
                key=f"flows-{kind}",
                name=source.words("layer.flows", kind=source.kind(kind)),
                points=shared.SETTLEMENTS,
                sites=f"facility-{kind}",
                to_site=to_site,
            )
        )
    return made
