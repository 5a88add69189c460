"""What a scenario builds: its added links and changed ferries, put on a network and told in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from geoaccess.ground.errors import DataError
from geoaccess.study.schema import Scenario
from geoaccess.study.work_sections import NewLink
from geoaccess.words.note import Note, word
from networks import FerryConditions, FerryService, TravelNetwork
from networks.errors import Fault
from networks.works import AddedLink, BuiltLink, ChangedFerry, with_works

#: An end of an added link that joins a road farther away than this is told, metres.
TOLD_FROM_M = 50.0


@dataclass(frozen=True)
class ScenarioWorks:
    """A network after the works of a scenario.

    Attributes:
        network: the network, under the overlays that it had.
        notes: each work in words: where, how long, how fast, from which source, and what was assumed.
        files: files of drawn lines that were read.
    """

    network: TravelNetwork
    notes: tuple[Note, ...]
    files: tuple[Path, ...]


def works_in(
    name: str, scenario: Scenario, network: TravelNetwork, *, ferries: FerryConditions | None, folder: Path
) -> ScenarioWorks | None:
    """The network with what a scenario builds; None where it builds nothing.

    Args:
        name: name of the scenario.
        scenario: the scenario, with what it inherits.
        network: the network.
        ferries: how its ferries are timed without overlays; None = as it was built.
        folder: where the files that the scenario names are.

    Raises:
        DataError: a drawn line that cannot be read or is not one, or a link without two ends; all listed.
        NetworkDataError: works that this network cannot have; all listed.
    """
    if not (scenario.links_added or scenario.ferries_changed):
        return None
    faults: list[Fault] = []
    links = []
    for section in scenario.links_added:
        try:
            links.append(_link(section, folder))
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    changed = [ChangedFerry(ferry=one.ferry, figures=one.figures()) for one in scenario.ferries_changed]
    titles = [Note("overlay.link_added", name=name, kind=_kind(one), what=one.name) for one in links]
    titles += [Note("overlay.ferry_changed", name=name, what=one.ferry) for one in changed]
    done = with_works(network, links, changed, conditions=ferries, names=titles)
    notes = [_built(one) for one in done.links]
    notes += [
        _changed(*pair, source=section.source)
        for pair, section in zip(done.ferries, scenario.ferries_changed, strict=True)
    ]
    files = tuple(folder / one.line for one in scenario.links_added if one.line)
    return ScenarioWorks(done.network, tuple(notes), files)


def _link(section: NewLink, folder: Path) -> AddedLink:
    points = list(section.points)
    if section.line:
        if points:
            raise DataError([_fault(section, Note("fault.work.points_and_line"), "line")])
        points = _drawn(section, folder / section.line)
    ends: list[str | tuple[float, float]] = []
    for node, place in ((section.from_node, 0), (section.to_node, -1)):
        if node:
            ends.append(node)
        elif points:
            ends.append(points.pop(place))
    if len(ends) < 2:
        raise DataError([_fault(section, Note("fault.work.no_ends"), "points")])
    own = section.model_dump(
        include={"name", "kind", "length_km", "speed_kph", "road_class", "ref", "oneway"}
    )
    return AddedLink(
        link_id=section.id,
        start=ends[0],
        stop=ends[1],
        course=tuple(points),
        ferry=section.figures(),
        join_within_km=section.join_within_km,
        source=section.source,
        **own,
    )


def _drawn(section: NewLink, path: Path) -> list[tuple[float, float]]:
    """(lat, lon) along the one line of a file."""
    import geopandas as gpd  # noqa: PLC0415 - half a second that most scenarios need not pay

    try:
        layer = gpd.read_file(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError([_fault(section, Note("fault.no_shapes", error=error), "line", str(path))]) from error
    if getattr(layer, "crs", None) is None:
        told = "the layer has no coordinate reference system"
        raise DataError([_fault(section, told, "line", str(path))])
    shapes = layer.to_crs(4326).geometry.dropna()
    merged = shapely.line_merge(shapely.union_all(shapes.to_numpy())) if len(shapes) else None
    if merged is None or merged.geom_type != "LineString":
        raise DataError([_fault(section, Note("fault.work.no_line"), "line", str(path))])
    xy = shapely.get_coordinates(merged if len(shapes) > 1 else shapes.iloc[0])
    return [(float(lat), float(lon)) for lon, lat in np.asarray(xy)]


def _fault(section: NewLink, message: str, column: str, value: str = "") -> Fault:
    return Fault(message, where="links_added", row=section.id, column=column, value=value)


def _kind(link: AddedLink) -> dict[str, str]:
    return word(link.kind)


def _built(built: BuiltLink) -> Note:
    """An added link in words."""
    link = built.link
    told: list[str] = (
        [Note("note.work.assumed", what=[word(_ASSUMED[one]) for one in built.assumed])]
        if built.assumed
        else []
    )
    off = [metres for metres in (built.start_off_m, built.stop_off_m) if metres > TOLD_FROM_M]
    if off:
        told.append(Note("note.work.off", km=max(off) / 1000.0))
    return Note(
        "note.work.link",
        kind=_kind(link),
        name=link.name,
        km=built.length_km,
        minutes=built.minutes,
        more=told,
        source=link.source,
    )


def _changed(before: FerryService, after: FerryService, *, source: str) -> Note:
    """A changed ferry in words: each figure before and now."""
    changes = []
    for name in ("headway_min", "crossing_min", "activation_min"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            was = word("not told") if old is None else f"{old:g} min"
            now = word("not told") if new is None else f"{new:g} min"
            changes.append(Note("note.work.figure", what=word(_FIGURES[name]), before=was, now=now))
    for name in ("first_departure_min", "last_departure_min"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            changes.append(
                Note("note.work.figure", what=word(_FIGURES[name]), before=_clock(old), now=_clock(new))
            )
    for name in ("night", "season"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            changes.append(
                Note("note.work.figure", what=word(_FIGURES[name]), before=old or "-", now=new or "-")
            )
    counts = [_departures(one) for one in (before, after)]
    if counts[0] != counts[1]:
        changes.append(Note("note.work.departures", before=counts[0], now=counts[1]))
    return Note("note.work.ferry", name=after.name or after.service_id, changes=changes, source=source)


#: What an added link may have been given, as it is told.
_ASSUMED = {
    "length": "the length",
    "speed": "the speed",
    "crossing": "the crossing",
    "headway": "the time between departures",
}
#: Figures of a ferry, as they are told.
_FIGURES = {
    "headway_min": "minutes between departures",
    "crossing_min": "the crossing",
    "activation_min": "the call-out",
    "first_departure_min": "the first departure",
    "last_departure_min": "the last departure",
    "night": "the night",
    "season": "the season",
}


def _clock(minute: float | None) -> str | dict[str, str]:
    if minute is None:
        return word("not told")
    return f"{int(minute) // 60:02}:{int(minute) % 60:02}"


def _departures(service: FerryService) -> int:
    """Known departures of a day in one direction, the most of any table."""
    counts: Sequence[int] = [len(minutes) for _, minutes in service.departures_min]
    return max([0, *counts, *(len(day.minutes) for day in service.departures_by_day)])
