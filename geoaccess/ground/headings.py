"""Headings of tables that are not ours: columns found by what people call them, and metres by their zone.

A table of somebody's own says ``Innbyggere`` for people and ``Øst (UTM33)``, ``Nord (UTM33)`` for a place.
What was read as what is said in a notice. Nothing is guessed: of two headings that may be meant neither is
taken, and metres without a zone are a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.spelling import fold
from geoaccess.words.note import Note
from networks.errors import Fault
from networks.table_files import DECIMAL_COMMA, notice, numbers, row_in_file

#: What a column may be called besides its own name, folded, without signs and spaces.
CALLED: Mapping[str, tuple[str, ...]] = {
    "name": ("navn", "stedsnavn", "sted", "tettsted", "bygd", "grunnkretsnavn", "place", "placename"),
    "kind": ("type", "slag", "tilbud", "tjeneste", "tjenestetype", "kategori", "category", "service"),
    "people": (
        *("innbyggere", "innbyggertall", "antallinnbyggere", "personer", "antallpersoner", "folketall"),
        *("folkemengde", "befolkning", "bosatte", "population", "pop", "persons", "inhabitants", "residents"),
    ),
    "lat": ("latitude", "latitudedeg", "breddegrad"),
    "lon": ("longitude", "longitudedeg", "lng", "long", "lengdegrad"),
}
_EAST = {"ost", "ostkoordinat", "ostlig", "east", "easting", "eastings", "e", "x", "xkoordinat", "xcoord"}
_NORTH = {
    "nord",
    "nordkoordinat",
    "nordlig",
    "north",
    "northing",
    "northings",
    "n",
    "y",
    "ykoordinat",
    "ycoord",
}
#: What tables call the sum or a mean of their rows or columns, folded, without signs and spaces.
_SUMS = (
    {"total", "totalt", "totals", "totalsum", "sum", "sumtotal", "grandtotal", "subtotal", "delsum", "sums"}
    | {"ialt", "tilsammen", "samlet", "mean", "average", "gjennomsnitt", "snitt", "median"}
    | {"min", "max", "maks", "minimum", "maximum", "maksimum"}
)
#: What tables say of demand points beside their minutes, folded, without signs and spaces.
_ABOUT_PLACES = (
    {name for wanted in ("people", "lat", "lon") for name in (wanted, *CALLED[wanted])}
    | {"index", "geometry", "level0", "year", "ar", "aar", "moh", "area", "areal", "areakm2", "arealkm2"}
    | {"nearest", "naermeste", "kortest", "lengst"}
    | _SUMS
)
#: Words of a heading that counts people, tells a share or remarks on something; folded.
_COUNTING = (
    {"people", "persons", "population", "pop", "inhabitants", "residents", "households", "dwellings"}
    | {"innbyggere", "innbyggertall", "personer", "folketall", "folkemengde", "befolkning", "bosatte"}
    | {"husholdninger", "boliger", "percent", "percentage", "pct", "prosent", "andel", "share", "density"}
    | {"tetthet", "notes", "merknad", "merknader", "kommentar", "kommentarer", "comment", "comments"}
    | {"remark", "remarks", "beskrivelse", "description", "men", "women", "menn", "kvinner", "age", "aged"}
    | {"alder", "years", "ar", "aar"}
)
#: Words that such a heading may hold besides, and no name of a site without them; folded.
_BESIDE = (
    _SUMS
    | {"i", "alt", "all", "alle", "of", "av", "the", "in", "pr", "per", "km", "km2", "m2", "ha", "to", "til"}
    | {"over", "under", "plus", "and", "og", "year", "old", "male", "female", "number", "no", "antall", "n"}
    | {"count", "new", "ny", "growth", "vekst", "pst", "value", "rate", "index", "col", "column"}
)
#: A year behind what was counted in it: ``Befolkning 2024``.
_YEAR = re.compile(r"(?<=[a-z])(?:19|20)\d\d$")
#: Letters that are axes, and their neighbours in the alphabet.
_AXES_OF_LETTERS = (("x", "y", {"w", "z"}), ("e", "n", {"d", "f", "m", "o"}))
_EPSG = re.compile(r"(?:epsg\s*:?\s*(\d{4,5})|(?<!\d)((?:258|326)\d\d)(?!\d))")
_ZONE = re.compile(
    r"(?:euref\s*89|etrs\s*89|wgs\s*84)?[\s,/-]*utm[\s_-]*(?:sone|zone|z)?[\s_-]*(\d{1,2})(?:\s*n(?![a-z]))?"
)
#: ETRS89 has zones of its own from Iceland to the Barents Sea; elsewhere a zone is that of WGS84.
_ETRS89_ZONES = range(28, 39)
#: What an easting of a UTM zone can be, far beyond its six degrees, metres.
_EASTINGS = (-1_000_000.0, 2_000_000.0)


def in_our_words(frame: pd.DataFrame, wanted: Iterable[str], *, where: str) -> pd.DataFrame:
    """The table with the columns wanted under their own names, where other headings say the same.

    Args:
        frame: a table of :func:`geoaccess.ground.tables.read_frame`.
        wanted: names of columns, those of :data:`CALLED`.
        where: the file, for messages.

    Raises:
        DataError: several headings may be meant; metres without a zone, or of no zone; no figures.
    """
    missing = [name for name in wanted if name in CALLED and name not in frame]
    found = {name: _called(frame, name) for name in missing}
    faults = [
        Fault(Note("fault.headings.several", name=name, headings=tuple(headings)), where=where)
        for name, headings in found.items()
        if len(headings) > 1
    ]
    if faults:
        raise DataError(faults)
    names = {headings[0]: name for name, headings in found.items() if headings}
    attributes = dict(frame.attrs)
    renamed = frame.rename(columns=names)
    renamed.attrs = attributes
    told = [Note("note.heading_as", heading=heading, name=name) for heading, name in names.items()]
    if {"lat", "lon"} <= set(missing) and not {"lat", "lon"} & set(names.values()):
        metres = _metres(renamed, where=where)
        if metres is not None:
            renamed, crs = metres
            renamed.attrs = attributes
            told.append(crs)
    if told:
        notice(Note("note.headings", file=where, columns=told))
    return renamed


def _plain(heading: object) -> str:
    return re.sub(r"[\W_]", "", fold(str(heading)))


def _called(frame: pd.DataFrame, name: str) -> list[str]:
    known = {name, *CALLED[name]}
    return [str(heading) for heading in frame.columns if _plain(heading) in known]


def _metres(frame: pd.DataFrame, *, where: str) -> tuple[pd.DataFrame, Note] | None:
    """The table with ``lon`` and ``lat`` of its eastings and northings; None = it has none."""
    east, north = (_axis(frame, words) for words in (_EAST, _NORTH))
    if not east or not north:
        return None
    for headings, name in ((east, "lon"), (north, "lat")):
        if len(headings) > 1:
            told = Note("fault.headings.several", name=name, headings=tuple(headings))
            raise DataError([Fault(told, where=where)])
    said = {epsg for heading in (east[0], north[0]) if (epsg := _epsg(heading))}
    if len(said) != 1:
        code = "fault.headings.zones" if said else "fault.headings.no_zone"
        raise DataError([Fault(Note(code, east=east[0], north=north[0]), where=where)])
    epsg = said.pop()
    try:
        crs = CRS.from_epsg(epsg)
    except CRSError as error:
        raise DataError([Fault(Note("fault.headings.no_crs", epsg=str(epsg)), where=where)]) from error
    if not crs.is_projected:
        raise DataError([Fault(Note("fault.headings.no_crs", epsg=str(epsg)), where=where)])
    x, y = (_figures(frame, heading, where) for heading in (east[0], north[0]))
    _check_eastings(frame, x, east[0], where)
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    made = frame.assign(lon=np.round(lon, 7), lat=np.round(lat, 7))
    return made, Note("note.metres_as", east=east[0], north=north[0], crs=crs.name, epsg=str(epsg))


def _axis(frame: pd.DataFrame, words: set[str]) -> list[str]:
    """Headings that are a word of an axis, once their reference system and unit are taken away."""
    return [heading for heading in map(str, frame.columns) if _axis_word(heading) in words]


def _axis_word(heading: str) -> str:
    bare = _ZONE.sub(" ", _EPSG.sub(" ", fold(heading)))
    parts = [part for part in re.split(r"[\W_]+", bare) if part not in {"", "m", "meter", "koordinat"}]
    return "".join(parts)


def names_sum(label: object) -> bool:
    """Whether a row or column of that name sums up the others: ``Sum``, ``I alt:``, ``mean``."""
    return _plain(label) in _SUMS


def _counts(heading: str) -> bool:
    """Whether a heading of several words counts people, tells a share or is for remarks: no site."""
    if "%" in heading or "\u2030" in heading:
        return True
    words = re.sub(r"(?<=[a-zæøå])(?=[A-ZÆØÅ])", " ", heading)
    said = {word for word in re.split(r"[\W_\d]+", fold(words)) if word}
    return bool(said & _COUNTING) and said <= _COUNTING | _BESIDE


def besides_minutes(headings: Sequence[str]) -> list[str]:
    """Headings that tell of a place something else than minutes to a site: people, where it is, sums, areas.

    Two axes count as such together only, and single letters where they are no part of a row of letters, as
    sites may be called ``w, x, y, z``.

    Args:
        headings: of a table whose other columns are sites.
    """
    words = {heading: _YEAR.sub("", _plain(heading)) for heading in headings}
    found = {heading for heading, word in words.items() if word in _ABOUT_PLACES or _counts(heading)}
    axes = {heading: _axis_word(heading) for heading in headings}
    written = set(axes.values())
    long = {word for word in written if len(word) > 1}
    meant = long & (_EAST | _NORTH) if long & _EAST and long & _NORTH else set()
    for east, north, beside in _AXES_OF_LETTERS:
        if {east, north} < written and not written & beside:
            meant = meant | {east, north}
    found |= {heading for heading, word in axes.items() if word in meant}
    return [heading for heading in headings if heading in found]


def _epsg(heading: str) -> int:
    """The reference system that a heading says; 0 = none."""
    folded = fold(heading)
    code = _EPSG.search(folded)
    if code:
        return int(code[1] or code[2])
    zone = _ZONE.search(folded)
    if not zone:
        return 0
    number = int(zone[1])
    return (25800 if number in _ETRS89_ZONES and "wgs" not in folded else 32600) + number


def _figures(frame: pd.DataFrame, heading: str, where: str) -> FloatArray:
    """(n,) the metres of a column: no coordinate has thousands, so a comma is a decimal comma.

    Raises:
        DataError: cells that are none.
    """
    texts = ["" if pd.isna(cell) else str(cell).strip() for cell in frame[heading]]
    values = numbers(texts, decimal_comma=frame.attrs.get(DECIMAL_COMMA, False) is not False)
    faults = [
        Fault(
            Note("fault.headings.no_metres") if texts[row] else "must not be blank",
            where=where,
            row=row_in_file(frame, row),
            column=heading,
            value=texts[row],
        )
        for row in np.flatnonzero(~np.isfinite(values)).tolist()
    ]
    if faults:
        raise DataError(faults)
    return values


def _check_eastings(frame: pd.DataFrame, east: FloatArray, heading: str, where: str) -> None:
    low, high = _EASTINGS
    faults = [
        Fault(
            Note("fault.headings.swapped"),
            where=where,
            row=row_in_file(frame, row),
            column=heading,
            value=f"{east[row]:.10g}",
        )
        for row in np.flatnonzero((east < low) | (east > high)).tolist()
    ]
    if faults:
        raise DataError(faults)
