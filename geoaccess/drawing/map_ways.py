"""Maps of the way that wins: in words and as a line for every place, drawn for those that wait longest."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import pandas as pd
import shapely

from geoaccess.answers.source import Source, numbers
from maps import Column, LineKind, LineLayer

#: Ways of so many places are always drawn, those that wait longest: more would hide each other.
ALWAYS = 15
_LINES = {"road": LineKind.ROAD, "sea": LineKind.BOAT, "air": LineKind.FLIGHT}


def way_columns(source: Source, groups: Sequence[tuple[str, str, pd.DataFrame]]) -> list[Column]:
    """Who comes from where, or by what people are carried to where, of every place, service and state.

    Args:
        source: the answer.
        groups: kind or service, state, and the rows of its places, all in the same order.
    """
    columns = []
    for kind, scenario, rows in groups:
        if not {"comes", "way"} & set(rows.dropna(axis=1, how="all").columns):
            continue
        state = "" if scenario == "base" else f", {source.scenario(scenario)}"
        name = source.words("column.winning", kind=source.kind_heading(kind)) + state
        columns.append(Column(name, [_told(source, row) for row in rows.to_dict(orient="records")]))
    return columns


def _told(source: Source, row: Mapping[Hashable, object]) -> str:
    """``rescue helicopter base from Banak, 51 min``; nothing where nobody comes."""
    minutes, comes, way = float(str(row["travel_time_min"])), _text(row, "comes"), _text(row, "way")
    if math.isnan(minutes) or not (comes or way):
        return ""
    code = "way.comes" if comes else "way.carried"
    by = _kind(source, comes) if comes else chain_words(source, way)
    return source.words(code, by=by, place=row["facility_name"], minutes=f"{minutes:.0f}")


def _text(row: Mapping[Hashable, object], column: str) -> str:
    """A text of a row, empty where the row has none: services and transport have columns of their own."""
    value = row.get(column)
    return value if isinstance(value, str) else ""


def chain_words(source: Source, way: str) -> str:
    """The craft that carry, by the kinds of their bases."""
    kinds = source.facts.get("resource_kinds", {})
    return " + ".join(
        _kind(source, str(kinds.get(craft.split(" (")[0], craft))) for craft in way.split(" + ") if craft
    )


def _kind(source: Source, kind: str) -> str:
    return source.kind(kind) if kind else source.words("way.road")


def way_lines(
    source: Source, views: Mapping[tuple[str, str], Sequence[str]], places: Sequence[str]
) -> list[LineLayer]:
    """The quickest ways, in the views of their service and state.

    Those of the places that wait longest are drawn always, that of any other place while it is selected.

    Args:
        source: the answer.
        views: kind and state -> keys of its views.
        places: ids of the places of the map, in order.
    """
    table = source.table("ways")
    if table.empty:
        return []
    words = source.words
    own = list(zip(table["kind"].astype(str), table["scenario"].astype(str), strict=True))
    lines = shapely.from_wkt(table["line"].astype(str).to_numpy(dtype=object))
    modes = [_line_kind(str(mode), line) for mode, line in zip(table["mode"], lines, strict=True)]
    kinds = {"": [LineKind.HIDDEN] * len(table)}
    for state, keys in views.items():
        drawn = [mode if here == state else LineKind.HIDDEN for here, mode in zip(own, modes, strict=True)]
        if state in own:
            kinds |= dict.fromkeys(keys, drawn)
    by = [_kind(source, str(kind)) for kind in table["comes"].fillna("")]
    names = [f"{name}: {one}" for name, one in zip(table["name"].astype(str), by, strict=True)]
    rows = {place: row for row, place in enumerate(places)}
    of_place = [-1 if always else rows.get(str(key), -1) for always, key in _drawn(table)]
    return [
        LineLayer(
            "ways",
            words("layer.ways"),
            list(lines),
            # What is drawn for one place alone stands in no table: the pop-up of the place tells it.
            [name if place < 0 else "" for name, place in zip(names, of_place, strict=True)],
            kinds,
            (
                Column(words("column.from"), table["from"].astype(str).tolist()),
                Column(words("column.to"), table["to"].astype(str).tolist()),
                Column(words("column.time"), numbers(table, "travel_time_min"), "min"),
            ),
            emphasis=True,
            of_place=of_place,
        )
    ]


def _line_kind(mode: str, line: shapely.LineString) -> LineKind:
    """How a movement is drawn: a drive of which only the ends are known is no line of a road."""
    straight = mode == "road" and shapely.get_num_coordinates(line) < 3
    return LineKind.SCHEMATIC if straight else _LINES[mode]


def _drawn(table: pd.DataFrame) -> list[tuple[bool, str]]:
    """Of every movement whether it is always drawn, and the id of its place."""
    rank = table.groupby(["kind", "scenario"], sort=False)["demand_id"].transform(
        lambda ids: pd.factorize(ids)[0]
    )
    return list(zip((rank < ALWAYS).tolist(), table["demand_id"].astype(str), strict=True))
