"""The document that a map page is made from: frozen, plain values, nothing computed here.

A caller builds a :class:`MapDocument` from tables and arrays and hands it to :func:`maps.write_map`::

    from maps import Headline, MapDocument, PointLayer, Scale, Series, View, write_map

    people = PointLayer(
        key="settlements", name="Settlements", lon=lon, lat=lat, labels=names,
        size=Column("People", population),
        series=(
            Series("Travel time", before, Scale.minutes(), view="before"),
            Series("Travel time", after, Scale.minutes(), view="after"),
        ),
    )
    document = MapDocument(
        title="Three more ambulance stations", layers=(people,),
        views=(View("before", "Today"), View("after", "With three more")),
    )
    write_map(document, "map.html")
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from maps.basemap import Basemap
from maps.layers import Column, Layer
from maps.what_if import WhatIf

# The host goes into the page's security policy, so its letters are few and known.
_TILE_ADDRESS = re.compile(
    r"https://(?P<host>[a-z0-9.-]+(?::\d{1,5})?)/[\w./{}@~-]*(?:\?[\w.=&%-]*)?", re.ASCII
)
_PLACEHOLDER = re.compile(r"\{[^}]*\}")


class Language(StrEnum):
    """Language of the page's own words; data keep theirs."""

    BOKMAL = "nb"
    ENGLISH = "en"
    NORTHERN_SAMI = "se"  #: not reviewed by a speaker; needs ``MapDocument.allow_unreviewed``


class ViewControl(StrEnum):
    """How a reader moves between the views."""

    RADIO = "radio"
    SLIDER = "slider"
    LIST = "list"


class ProofStatus(StrEnum):
    """What is known about a placement's quality."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NOT_SOLVED = "not_solved"


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure that a reader should see first.

    Attributes:
        label: what the figure is.
        value: a number, shown in the page's language (NaN or None: not known), or a text.
        unit: unit of the number.
        explanation: one sentence on how to read it.
        digits: digits after the decimal sign.
    """

    label: str
    value: float | str | None
    unit: str = ""
    explanation: str = ""
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """How good a placement is known to be, as the solver said it.

    Attributes:
        status: what was established.
        objective: value of the placement, in ``unit``.
        lower_bound: no placement is better than this, in ``unit``.
        gap: (objective - lower bound) / objective, 0 to 1.
        unit: unit of the two values.
        solver: name and version.
        objective_name: what is minimised, in words.
    """

    status: ProofStatus
    objective: float | None = None
    lower_bound: float | None = None
    gap: float | None = None
    unit: str = ""
    solver: str = ""
    objective_name: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """One state of the map: before, after, a scenario, p = 3, a lost ferry.

    A layer shows in it the series, roles, kinds and flows that name the view's key, else those without a key.

    Attributes:
        key: identifies the view in layers and in the page's address.
        label: what the reader chooses.
        explanation: one sentence, shown while the view is chosen.
        headline: figures of this view, shown after the document's own.
        proof: of the placement in this view.
        rank: the figure that ranks the view: a bar in a list (:attr:`ViewControl.LIST`), a point of the curve
            over a slider (:attr:`ViewControl.SLIDER`).
        rank_unit: unit of ``rank``.
        group: heading that the view stands under with others; views of several groups fold away by group.
        charted: whether its places' series is minutes that charts show, beside those of its group's others.
        state: the state of the world that it shows, e.g. the title of a scenario. Views of several states are
            listed under them, without a label's end that repeats the state.
    """

    key: str
    label: str
    explanation: str = ""
    headline: tuple[Headline, ...] = ()
    proof: Proof | None = None
    rank: float | None = None
    rank_unit: str = ""
    group: str = ""
    charted: bool = False
    state: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class TableView:
    """A table of its own, besides those that every layer has.

    Attributes:
        key: identifies the table in the page's address.
        name: heading.
        columns: all of one length.
        note: one sentence under the heading.
        in_panel: whether the side panel shows the table at once, e.g. the legs of a route.
    """

    key: str
    name: str
    columns: tuple[Column, ...]
    note: str = ""
    in_panel: bool = False


@dataclass(frozen=True, slots=True)
class Tiles:
    """Background pictures from a server. A page with them needs a network for its background, and says so.

    Attributes:
        address: ``https://host/.../{z}/{x}/{y}...``, nothing else in braces.
        attribution: who made them, shown as text.
        max_zoom: the closest zoom that the server has.
    """

    address: str
    attribution: str
    max_zoom: int = 18

    @property
    def host(self) -> str:
        """The one host that the page may ask for pictures; empty for an address that is refused."""
        found = _TILE_ADDRESS.fullmatch(self.address)
        named = set(_PLACEHOLDER.findall(self.address))
        return found["host"] if found and named == {"{z}", "{x}", "{y}"} else ""


@dataclass(frozen=True, slots=True)
class MapName:
    """A name written on the land or the water: a fjord, a lake, a mountain; it cannot be asked.

    Attributes:
        text: the name.
        lon: degrees east of its middle.
        lat: degrees north.
        from_zoom: zoom level from which it is written, 0 to 16.
        is_water: whether it stands in the colour of water.
    """

    text: str
    lon: float
    lat: float
    from_zoom: int = 0
    is_water: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class MapDocument:
    """Everything that one map page shows.

    Attributes:
        title: heading of the page.
        subtitle: one line under it: what the map shows.
        state: the state of the world that it shows where a view has none of its own; empty for none to name.
        standing: short lines on what the figures are of and how sure they are, shown behind the state.
        verdict: what is proven of the answer, behind them; not shown of a reader's own choice of sites.
        language: of the page's own words and of its numbers.
        headline: the first figures that a reader sees.
        notices: honesty lines, always visible ("curated approximation of the network ...").
        proof: of the placement that the document shows as a whole.
        layers: drawn in the fixed order areas, lines, flows, points, sites; within a sort as given.
        tables: tables besides those of the layers.
        views: states to choose between; none or one shows no choice.
        view_control: how they are chosen.
        view_label: what the choice is about, e.g. "Number of stations".
        first_view: key of the view shown at first; empty for the first one.
        swipe: keys of the views left and right of the swipe line, or None for no swipe.
        bounds: west, south, east, north in degrees; None for the extent of the layers.
        basemap: land under the layers; None for the packed coast of northern Europe.
        tiles: background pictures from a server; None for a page that needs no network.
        names: written where symbols and names of places leave room, the first one first.
        what_if: subjects whose sites a reader may open and close.
        sources: lines on data sources and licences, shown as text.
        allow_unreviewed: permits a language whose words no speaker has confirmed; the page then says so.
    """

    title: str
    subtitle: str = ""
    state: str = ""
    standing: tuple[str, ...] = ()
    verdict: str = ""
    language: Language = Language.ENGLISH
    headline: tuple[Headline, ...] = ()
    notices: tuple[str, ...] = ()
    proof: Proof | None = None
    layers: tuple[Layer, ...] = ()
    tables: tuple[TableView, ...] = ()
    views: tuple[View, ...] = ()
    view_control: ViewControl = ViewControl.RADIO
    view_label: str = ""
    first_view: str = ""
    swipe: tuple[str, str] | None = None
    bounds: tuple[float, float, float, float] | None = None
    basemap: Basemap | None = None
    tiles: Tiles | None = None
    names: tuple[MapName, ...] = ()
    what_if: tuple[WhatIf, ...] = ()
    sources: tuple[str, ...] = ()
    allow_unreviewed: bool = False
