"""Facilities closed, opened and moved for one question: a scenario without a name, on top of any other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geoaccess.ground.errors import AmbiguousNameError, DataError, UnknownNameError
from geoaccess.ground.search import find_name
from geoaccess.study.names import kind_words
from geoaccess.study.schema import MovedFacility, NewFacility, Scenario
from geoaccess.study.state import Surroundings, facilities_in
from geoaccess.words.note import Note
from networks.errors import Fault

if TYPE_CHECKING:
    from geoaccess.study.model import Study


@dataclass(frozen=True)
class AskedChanges:
    """What a planner asks to be different, as it was typed.

    Attributes:
        closed: facilities, by id or name.
        moved: ``FACILITY=PLACE``.
        opened: ``KIND=PLACE``; a place is ``LAT,LON`` or a facility or settlement by id or name.
    """

    closed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.closed or self.moved or self.opened)


@dataclass(frozen=True)
class _Spot:
    name: str
    lat: float
    lon: float
    municipality_code: str


def with_changes(study: Study, asked: AskedChanges) -> Study:
    """The study, as it was read, with the changes in its facilities and a note that says them.

    They hold in every scenario and year of it.

    Raises:
        UnknownNameError: a facility, kind or place that there is not.
        DataError: an entry of another form, or a facility that is closed and moved.
    """
    base = study.as_read
    ids = [_facility(base, text) for text in asked.closed]
    moves = [_pair(text, "--move", "FACILITY=PLACE") for text in asked.moved]
    moving = [(_facility(base, who), _spot(base, where)) for who, where in moves]
    new = [_pair(text, "--open", "KIND=PLACE") for text in asked.opened]
    opening = [(kind, _spot(base, where)) for kind, where in new]
    for kind, _ in opening:
        if kind not in base.config.kinds:
            raise UnknownNameError("kind", kind, base.config.kinds)
    scenario = Scenario(
        facilities_closed=tuple(ids),
        facilities_moved=tuple(
            MovedFacility(
                facility_id=one, lat=spot.lat, lon=spot.lon, municipality_code=spot.municipality_code
            )
            for one, spot in moving
        ),
        facilities_opened=tuple(
            NewFacility(
                facility_id=f"opened-{number}",
                name=spot.name,
                kind=kind,
                municipality_code=spot.municipality_code,
                lat=spot.lat,
                lon=spot.lon,
            )
            for number, (kind, spot) in enumerate(opening, start=1)
        ),
    )
    here = Surroundings(
        facilities=base.facilities,
        kinds=base.config.kinds,
        municipality_codes=frozenset(base.municipalities["municipality_code"]),
        network=base.network,
    )
    rows = base.facilities.set_index("facility_id")
    kinds = {one: kind_words(base, str(rows["kind"][one])) for one in (*ids, *(who for who, _ in moving))}
    told = [Note("note.asked.closed", name=rows["name"][one], kind=kinds[one]) for one in ids]
    told += [
        Note("note.asked.moved", name=rows["name"][one], kind=kinds[one], place=spot.name)
        for one, spot in moving
    ]
    told += [
        Note("note.asked.opened", kind=kind_words(base, kind), place=spot.name) for kind, spot in opening
    ]
    return replace(
        base,
        facilities=facilities_in(scenario, here),
        notes=(*base.notes, *told),
        closed_when_asked={**base.closed_when_asked, **{one: str(rows["kind"][one]) for one in ids}},
    )


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    first, equals, second = text.partition("=")
    if not equals or not first.strip() or not second.strip():
        raise DataError([Fault(Note("fault.asked.form", form=form), where=option, value=text)])
    return first.strip(), second.strip()


def _facility(study: Study, text: str) -> str:
    table = study.facilities
    names = dict(zip(table["facility_id"].astype(str), table["name"].astype(str), strict=True))
    return find_name("facility", text, names)


def _spot(study: Study, text: str) -> _Spot:
    """A place by its coordinates, or by the id or name of a facility or settlement; its nearest municipality.

    Raises:
        UnknownNameError: there is none.
        DataError: the coordinates are none.
    """
    parts = text.split(",")
    if len(parts) == 2 and all(_is_number(part) for part in parts):
        lat, lon = float(parts[0]), float(parts[1])
        if not (abs(lat) <= 90 and abs(lon) <= 180):
            raise DataError([Fault(Note("fault.asked.coordinates"), value=text)])
        return _Spot(text, lat, lon, _municipality(study, lat, lon))
    for table, column in ((study.facilities, "facility_id"), (study.demand, "demand_id")):
        names = dict(zip(table[column].astype(str), table["name"].astype(str), strict=True))
        try:
            found = find_name("place", text, names)
        except AmbiguousNameError:
            raise
        except UnknownNameError:
            if column == "demand_id":
                raise
            continue
        row = table[table[column].astype(str) == found].iloc[0]
        lat, lon = float(row["lat"]), float(row["lon"])
        return _Spot(str(row["name"]), lat, lon, str(row["municipality_code"]))
    raise UnknownNameError("place", text, ())


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _municipality(study: Study, lat: float, lon: float) -> str:
    """The municipality of the nearest people."""
    people = study.demand
    metres = np.hypot((people["lon"] - lon) * np.cos(np.radians(lat)), people["lat"] - lat)
    return str(people["municipality_code"].iloc[int(np.argmin(metres.to_numpy()))])
