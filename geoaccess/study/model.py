"""A loaded study: its tables under common column names, its network, and the state that it is in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.demand.points import DemandPoints
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.joining import packed_land
from geoaccess.ground.tables import read_frame
from geoaccess.study.extract import is_extract, network_of_extract
from geoaccess.study.ferry_timing import WAITS, ferry_conditions, with_ferries_timed
from geoaccess.study.joining import at_pace, join_places
from geoaccess.study.parameters import speed_factors, with_values
from geoaccess.study.placement_sections import Placement
from geoaccess.study.resource_sections import Resource, bases_of
from geoaccess.study.schema import Kind, Scenario, StudyConfig
from geoaccess.study.services import service_kind, service_names
from geoaccess.study.state import (
    StudyState,
    Surroundings,
    facilities_in,
    overlays,
    people_in_words,
    people_of,
    resolve,
    scenario_names,
    with_ancestors,
)
from geoaccess.study.stretches import passes_of_tables, with_passes
from geoaccess.study.surface_file import study_reach
from geoaccess.study.vessels import without_passenger_boats
from geoaccess.study.works import works_in
from geoaccess.words.note import Note
from networks import SnappedPoints, TravelNetwork, load_network, read_link_folder
from networks.errors import Fault
from networks.land import Land
from networks.network import Overlay
from networks.overlays import apply_overlays
from networks.speeds import SpeedTable

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from networks.surface import RoadReach

#: States of a study that are kept at most; an older one is made anew when it is asked for again.
KEPT_STATES = 8
#: Tables of places whose joining to the network is kept at most.
KEPT_PLACES = 4
#: What a table of coverage may say of a service: one of its own, one it shares, or no row of one.
KNOWN = ("own", "shared", "none known")


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """A study as the rest of the program sees it, in one state of the world.

    Attributes:
        folder: where the study's files are.
        config: the study file.
        municipalities: ``municipality_code, name``, the group columns, one column per weight total.
        demand: ``demand_id, name, municipality_code, node_id, lon, lat, access_km`` and the weights.
        facilities: ``facility_id, name, kind, municipality_code, node_id, lon, lat``.
        files: every file that was read, for provenance.
        notes: what was left out or assumed while reading, in words.
        nodes_aside: the tables name nodes of another network than the study's: places join by coordinates.
        state: the state of the world it is in: scenarios, year of the people, other values of figures.
        parent: the study it was made from by :meth:`in_state`, whose network it shares; None = as read.
        overlays: what its state changes on the network of its parent.
        built: the network of its parent with the links and ferries that its scenario adds or changes, before
            ``overlays``; None = it changes none.
        runways: id of an airport -> metres of its longest runway; those that are not known are not there.
        map_names: ``name, name_nb, name_en, kind, from_zoom, lon, lat`` of what maps name besides the places,
            such as fjords; empty texts and NaN for what is not said.
        closed_when_asked: id of each facility that whoever asked has closed in every state
            (:mod:`geoaccess.study.asked_changes`) -> its kind; tables and scenarios may go on naming them,
            and a kind that is closed altogether is a kind that nobody reaches.
        alike: only asked for when it is made: a study as read with the same network, people and areas.
    """

    folder: Path
    config: StudyConfig
    municipalities: pd.DataFrame
    demand: pd.DataFrame
    facilities: pd.DataFrame
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    nodes_aside: bool = False
    state: StudyState = field(default_factory=StudyState)
    parent: Study | None = None
    overlays: tuple[Overlay, ...] = ()
    built: TravelNetwork | None = None
    runways: Mapping[str, float] = field(default_factory=dict)
    map_names: pd.DataFrame = field(default_factory=pd.DataFrame)
    closed_when_asked: Mapping[str, str] = field(default_factory=dict)
    alike: InitVar[Study | None] = None
    _alike: Study | None = field(init=False, default=None)
    _kept: OrderedDict[StudyState, Study] = field(init=False, default_factory=OrderedDict)
    _places: OrderedDict[tuple[bytes, tuple[str, ...]], SnappedPoints] = field(
        init=False, default_factory=OrderedDict
    )

    def __post_init__(self, alike: Study | None) -> None:
        # A copy made of this one, such as one with other people, is not alike any more.
        object.__setattr__(self, "_alike", alike)

    def __repr__(self) -> str:
        return f"<Study {self.name!r}: {self.state}>"

    @property
    def name(self) -> str:
        """Short name."""
        return self.config.study.name

    @property
    def weights(self) -> tuple[str, ...]:
        """Names of the weights that the demand has."""
        return tuple(self.config.demand.weights)

    @property
    def scenario(self) -> str:
        """Name of the scenario it is in, ``base`` without one."""
        return self.state.scenario

    @property
    def scenario_in_full(self) -> Scenario:
        """What its scenarios say together, with all that they inherit."""
        return resolve(self.config, self.state.scenarios)

    def holds(self, scenario: str) -> bool:
        """Whether it is in a scenario, by its name or by one that inherits from it."""
        return scenario in with_ancestors(self.config, self.state.scenarios)

    def in_state(
        self,
        *,
        scenario: str | Sequence[str] | None = None,
        year: int | None = None,
        variant: str | None = None,
        parameters: Mapping[str, float] | None = None,
    ) -> Study:
        """The study in a state of the world; what is not said stays as it is in this one.

        A state replaces the one before and is never put on top of it: in the scenario ``slow``, asking for
        ``winter`` gives winter alone, and ``base`` the state without any. Scenarios that hold together are
        named together. The latest states are kept, so asking again gives the same object.

        Args:
            scenario: name of a scenario, ``base``, or several that are joined as inheritance joins them.
            year: year of the people, by the study's projection.
            variant: variant of the projection; default: the study's own; of no meaning without a year.
            parameters: figures under other values, see :mod:`geoaccess.study.parameters`; ``{}`` = none.

        Raises:
            UnknownNameError: the study has no such scenario, or its projection no such variant.
            DataError: a scenario inherits from itself or names a facility that does not exist; no projection,
                or it does not have that year; a parameter that the study file does not have or allow.
            UnknownPlaceError: a scenario names a link, road, pass or class that the network does not have.
        """
        base = self.as_read
        wanted = self.state
        if scenario is not None and scenario != self.scenario:
            wanted = replace(wanted, scenarios=scenario_names(scenario))
        if year is not None:
            wanted = replace(wanted, year=None if year == base.config.study.year else year)
        if variant is not None or wanted.year is None:
            wanted = replace(wanted, variant=variant or "" if wanted.year is not None else "")
        if parameters is not None:
            wanted = replace(wanted, parameters=tuple(sorted(parameters.items())))
        return self if wanted == self.state else base._state(wanted)

    def with_resources(self, names: Sequence[str]) -> Study:
        """The study, as it was read, with some of its resources only: the others come to nobody.

        Args:
            names: resources, or kinds of their bases.

        Raises:
            UnknownNameError: neither is called so.
            DataError: none is named.
        """
        base = self.as_read
        kept: dict[str, Resource] = {}
        for name in names:
            own = {
                one: resource
                for one, resource in base.config.resources.items()
                if name == one or name in bases_of(one, resource)
            }
            if not own:
                raise UnknownNameError("resource", name, base.config.resources)
            kept |= own
        if not kept:
            raise DataError("name at least one resource that is counted")
        left_out = [name for name in base.config.resources if name not in kept]
        if not left_out:
            return self
        told = Note("note.resources_counted", counted=list(kept), left_out=left_out)
        config = base.config.model_copy(update={"resources": kept})
        return base.under(config, told)

    def under(self, config: StudyConfig, *notes: str) -> Study:
        """The study, as it was read, under another file that says the same of network, people and areas.

        What was found of the roads, the land, and who joins them where is found once for both.

        Args:
            config: the other file.
            notes: what a reader must know besides.
        """
        base = self.as_read
        return replace(base, config=config, notes=(*base.notes, *notes), alike=base)

    def with_people_of(self, scenario: str | Sequence[str] | None) -> Study:
        """The study with the people that a scenario counts, said as its year: they stay in other scenarios.

        Whoever holds a scenario against the base state counts the same people in both by this. It stays in
        its own scenario, unless that counts people of its own: then it is in the one that is asked for.

        Args:
            scenario: one that may say a year, or several that hold together; None: the study's own.

        Raises:
            UnknownNameError: the study has no such scenario.
            DataError: another year or variant is asked for than the scenario says.
        """
        config = self.as_read.config
        names = self.state.scenarios if scenario is None else scenario_names(scenario)
        people = people_of(config, replace(self.state, scenarios=names))
        here = self
        if names != self.state.scenarios and people_of(config, self.state) != self.state:
            here = self.in_state(scenario=names)
        if (people.year, people.variant) == (here.state.year, here.state.variant):
            return here
        return here.in_state(year=people.year, variant=people.variant)

    def with_common_people(self, scenarios: Sequence[str]) -> Study:
        """The study with the people that all scenarios count, for an answer that joins them.

        Raises:
            UnknownNameError: the study has no such scenario.
            DataError: they count the people of different years or variants.
        """
        found = {name: self.with_people_of(name) for name in scenarios}
        told = {name: f"{one.config.study.year} {one.state.variant}".strip() for name, one in found.items()}
        if len(set(told.values())) > 1:
            each = [Note("word.people_of", name=name, people=people) for name, people in told.items()]
            raise DataError(Note("fault.different_people", each=each))
        return next(iter(found.values()), self)

    @property
    def as_read(self) -> Study:
        """The study in no scenario, of its own year, with the figures of its file."""
        return self if self.parent is None else self.parent.as_read

    def _state(self, wanted: StudyState) -> Study:
        """A state of a study as it was read, made one change after the other: figures, people, scenario."""
        if wanted == StudyState():
            return self
        if wanted not in self._kept:
            if wanted.scenarios:
                people = people_of(self.config, wanted)
                made = self._state(replace(people, scenarios=()))._in_scenarios(wanted)
            elif wanted.year is not None:
                made = self._state(replace(wanted, year=None, variant=""))._in_year(wanted.year, wanted)
            else:
                made = self._with_parameters(wanted)
            self._kept[wanted] = made
        self._kept.move_to_end(wanted)
        while len(self._kept) > KEPT_STATES:
            self._kept.popitem(last=False)
        return self._kept[wanted]

    def _with_parameters(self, wanted: StudyState) -> Study:
        values = dict(wanted.parameters)
        factors = speed_factors(values)
        made = replace(
            self,
            config=with_values(self.config, values),
            state=wanted,
            parent=self,
            overlays=(factors,) if factors else (),
        )
        _ = made.network  # what a factor names must be there: told now, not at the first question
        return made

    def _in_year(self, year: int, wanted: StudyState) -> Study:
        from geoaccess.demand.sources import demand_in_year  # noqa: PLC0415 - libraries that tables do not need

        section = self.config.demand.projection
        if section is not None and wanted.variant:
            section = section.of_variant(wanted.variant)
        table = self.municipalities
        names = dict(zip(table["municipality_code"].astype(str), table["name"].astype(str), strict=True))
        points = DemandPoints(self.demand, self.weights)
        base_year = self.config.study.year
        grown = demand_in_year(points, section, self.folder, year=year, base_year=base_year, names=names)
        sums = grown.by_municipality()
        municipalities = table.copy()
        for weight in self.config.municipalities.totals:
            if section is not None and weight in section.ages:
                official = municipalities["municipality_code"].map(sums[weight]).fillna(0.0)
                # Sums of fractions of persons: rounded to what a sum can hold.
                municipalities[f"{weight}_total"] = np.round(official.to_numpy(dtype=np.float64), 6)
        about = self.config.study.model_copy(update={"year": year})
        return replace(
            self,
            demand=grown.table,
            municipalities=municipalities,
            config=self.config.model_copy(update={"study": about}),
            files=(*self.files, self.folder / section.table) if section else self.files,
            notes=(*self.notes, *grown.notes),
            state=wanted,
            parent=self,
            overlays=(),
        )

    def _in_scenarios(self, wanted: StudyState) -> Study:
        scenario = resolve(self.config, wanted.scenarios)
        conditions = ferry_conditions(self.config)
        works = works_in(wanted.scenario, scenario, self.network, ferries=conditions, folder=self.folder)
        here = Surroundings(
            facilities=self.facilities,
            kinds=self.config.kinds,
            municipality_codes=frozenset(self.municipalities["municipality_code"]),
            network=self.network if works is None else works.network,
            closed=frozenset(self.closed_when_asked),
        )
        told = [] if scenario.year is None else [people_in_words(wanted.scenario, scenario)]
        made = replace(
            self,
            facilities=facilities_in(scenario, here),
            notes=(*self.notes, *told, *(works.notes if works else ())),
            files=(*self.files, *(works.files if works else ())),
            state=wanted,
            parent=self,
            built=works.network if works else None,
            overlays=tuple(overlays(wanted.scenario, scenario, ferries=conditions, folder=self.folder)),
        )
        _ = made.network  # what a scenario names must be there: told now, not at the first question
        return made

    @cached_property
    def network(self) -> TravelNetwork:
        """The network in the study's state.

        Raises:
            NetworkDataError: the link tables have faults.
            DataError: a ferry's vessel is of no known kind.
            NetworkFileError: the network file cannot be read.
        """
        if self._alike is not None:
            return self._alike.network
        if self.built is not None:
            network = self.built
        elif self.parent is None:
            network = load_study_network(self.folder, self.config)
        elif _network_keys(self.config) == _network_keys(self.parent.config):
            network = self.parent.network
        elif _network_keys(self.config, waits=False) == _network_keys(self.parent.config, waits=False):
            network = with_ferries_timed(self.parent.network, ferry_conditions(self.config))
        else:
            network = load_study_network(self.folder, self.config)
        return apply_overlays(network, self.overlays) if self.overlays else network

    @property
    def facility_names(self) -> dict[str, str]:
        """Id -> name of the facilities."""
        return dict(zip(self.facilities["facility_id"], self.facilities["name"], strict=True))

    def kind(self, name: str) -> Kind:
        """A kind of facility, or a service of resources (``response``, ``transport-to-KIND``) as one.

        Raises:
            UnknownNameError: the study has no such kind.
        """
        found = self.config.kinds.get(name) or service_kind(self.config, name, self.facility_names)
        if found is None:
            raise UnknownNameError(
                "kind of facility", name, [*self.config.kinds, *service_names(self.config)]
            )
        return found

    def placement(self, name: str) -> Placement:
        """A placement question.

        Raises:
            UnknownNameError: the study has no such placement.
        """
        if name not in self.config.placements:
            raise UnknownNameError("placement", name, self.config.placements)
        return self.config.placements[name]

    def report_kinds(self) -> tuple[str, ...]:
        """The kinds that the main job reports on."""
        return tuple(name for name, kind in self.config.kinds.items() if kind.report)

    def facilities_of(self, kind: str) -> pd.DataFrame:
        """The facilities of one kind that are there in this state, in the order of their ids.

        There is none where the state closes them all: then nobody is reached.

        Raises:
            UnknownNameError: the study has no such kind, or never a facility of it.
        """
        self.kind(kind)
        known, closed = self.as_read.facilities["kind"], self.as_read.closed_when_asked.values()
        chosen = self.facilities[self.facilities["kind"] == kind].sort_values("facility_id")
        if chosen.empty and kind not in {*known, *closed, *self._opened_kinds()}:
            raise UnknownNameError("facility of kind", kind, sorted(known.unique()))
        return chosen.reset_index(drop=True)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """``municipality_code, kind, known``: whether a service of a kind is known there; may be empty.

        Raises:
            DataError: a municipality or kind that the study does not have, or another word than
                :data:`KNOWN`; all listed.
        """
        file = self.config.municipalities.coverage
        if not file:
            return pd.DataFrame(columns=["municipality_code", "kind", "known"])
        frame = read_frame(self.folder / file)
        allowed = {
            "municipality_code": list(self.municipalities["municipality_code"].astype(str)),
            "kind": list(self.config.kinds),
            "known": list(KNOWN),
        }
        faults = [
            Fault(Note("fault.one_of_study", names=tuple(names[:5])), file, str(row + 2), column, value)
            for column, names in allowed.items()
            for row, value in enumerate(frame[column].astype(str))
            if value not in names
        ]
        if faults:
            raise DataError(faults)
        return frame

    def unknown_in(self, kind: str) -> tuple[str, ...]:
        """Codes of the municipalities in which no service of a kind is known, own or shared."""
        rows = self.coverage
        missing = rows[(rows["kind"] == kind) & (rows["known"] == KNOWN[-1])]
        return tuple(missing["municipality_code"])

    def _opened_kinds(self) -> set[str]:
        """Kinds of the facilities that scenarios open."""
        return {new.kind for one in self.config.scenarios.values() for new in one.facilities_opened}

    def weight(self, name: str | None = None) -> NDArray[np.float64]:
        """(n_demand,) a weight of the demand points.

        Raises:
            UnknownNameError: the study has no such weight.
        """
        chosen = name or self.config.demand.default_weight
        if chosen not in self.weights:
            raise UnknownNameError("weight", chosen, self.weights)
        values: NDArray[np.float64] = self.demand[chosen].to_numpy(dtype=np.float64)
        return values

    @cached_property
    def demand_points(self) -> SnappedPoints:
        """The demand on the network, with the mean way from home to the node as access leg."""
        if self._alike is not None:
            return self._alike.demand_points
        if (
            self.parent is not None
            and self.config.network == self.parent.config.network
            and self._has_roads_of(self.parent)
        ):
            return self.parent.demand_points
        if self.parent is not None and self._joins_like(self.parent):
            return at_pace(self.parent.demand_points, self.config.network.access)
        return join_places(self.network, self.demand, self.config.network.access, self.land, self.road_reach)

    @cached_property
    def land(self) -> Land | None:
        """Land of the study's own; None where the coast that ships is used, or no land is known at all.

        Raises:
            DataError: the file of the land, or of the areas, cannot be read.
        """
        if self._alike is not None:
            return self._alike.land
        if self.parent is not None:
            return self.parent.land
        return study_land(self.folder, self.config, self.network, self.municipalities["municipality_code"])

    @cached_property
    def road_reach(self) -> RoadReach | None:
        """The ways over the study's surface to its roads; None where it names no surface.

        Raises:
            DataError: the surface cannot be read, or no road runs through it.
        """
        if self._alike is not None:
            return self._alike.road_reach
        if (
            self.parent is not None
            and _surface_keys(self.config) == _surface_keys(self.parent.config)
            and self._has_roads_of(self.parent)
        ):
            return self.parent.road_reach
        return study_reach(self.folder, self.config, self.network)

    def _joins_like(self, other: Study) -> bool:
        """Whether its people join the roads that another's join, at another pace at most."""
        keys, others = (_joining_keys(study.config) for study in (self, other))
        named = bool((self.demand["node_id"] != "").any())
        return keys == others and not named and self.network.topology is other.network.topology

    def _has_roads_of(self, other: Study) -> bool:
        """Whether its network has the nodes and edges of another's, so that places join it alike."""
        return self.built is None or self.network.topology is other.network.topology

    def on_network(self, places: pd.DataFrame) -> SnappedPoints:
        """Places (``node_id`` or ``lon, lat``) on the network; the way from the node is the access leg.

        The latest tables are kept joined, for all states with the same roads.
        """
        if self._alike is not None:
            return self._alike.on_network(places)
        if self.nodes_aside:
            places = places.assign(node_id="")
        if self.parent is not None and self._has_roads_of(self.parent):
            if self.config.network == self.parent.config.network:
                return self.parent.on_network(places)
            if self._joins_like(self.parent) and not (places["node_id"] != "").any():
                return at_pace(self.parent.on_network(places), self.config.network.access)
        figures = places[[name for name in ("lon", "lat", "access_km") if name in places]]
        key = figures.to_numpy(dtype=np.float64).tobytes(), tuple(places["node_id"])
        if key not in self._places:
            self._places[key] = join_places(
                self.network, places, self.config.network.access, self.land, self.road_reach
            )
            while len(self._places) > KEPT_PLACES:
                self._places.popitem(last=False)
        return self._places[key]


def _network_keys(config: StudyConfig, *, waits: bool = True) -> dict[str, object]:
    """What a network is built from; the way from a place to the network is no part of it.

    Args:
        config: the study file.
        waits: with the figures by which ferries are timed and nothing else is read.
    """
    found: dict[str, object] = config.network.model_dump(exclude={"access"})
    if waits or config.network.file:
        return found
    ferries = config.network.ferries.model_dump(exclude=set(WAITS))
    return {**found, "ferries": ferries}


def _joining_keys(config: StudyConfig) -> dict[str, object] | None:
    """What decides which road a place joins, but for the roads themselves; None over a surface."""
    section = config.network
    if section.access.surface:
        return None
    leg = section.access.model_dump(exclude={"speed_kph", "detour_factor"})
    return {"land": section.land, "access": leg}


def _surface_keys(config: StudyConfig) -> tuple[dict[str, object], str]:
    """What the ways over the surface are made from."""
    return _network_keys(config), config.network.access.surface


def load_study_network(folder: Path, config: StudyConfig) -> TravelNetwork:
    """The network that a study file names, before any scenario."""
    section = config.network
    if section.file:
        network = _network_of_file(folder / section.file, config)
        if section.passes:
            network, _ = with_passes(network, passes_of_tables(folder / section.passes))
        return network
    network = read_link_folder(
        folder / section.links,
        speeds=SpeedTable().changed(section.speeds_kph),
        ferries=ferry_conditions(config),
        metric_epsg=config.study.metric_epsg,
    )
    return without_passenger_boats(network, folder / section.links)


def _network_of_file(file: Path, config: StudyConfig) -> TravelNetwork:
    if not is_extract(file):
        return load_network(file)
    return network_of_extract(file, metric_epsg=config.study.metric_epsg, ferries=ferry_conditions(config))


def study_land(
    folder: Path, config: StudyConfig, network: TravelNetwork, codes: Iterable[str]
) -> Land | None:
    """The study's own land: see :func:`own_land`.

    Between two areas there is water; what lies outside of all of them is not known.

    Raises:
        DataError: the file of the land, or of the areas, cannot be read.
    """
    own = own_land(folder, config, codes, is_packed=lambda: packed_land(network) is not None)
    whole = bool(config.network.land)
    return None if own is None else Land.of(own, epsg=network.metric_epsg, whole=whole)


def own_land(
    folder: Path, config: StudyConfig, codes: Iterable[str], *, is_packed: Callable[[], bool]
) -> BaseGeometry | None:
    """Land of a study in degrees: its file, or its areas where the coast that ships does not reach.

    Args:
        folder: the study's.
        config: what it says.
        codes: its municipalities.
        is_packed: whether the coast that ships reaches.

    Raises:
        DataError: the file of the land, or of the areas, cannot be read.
    """
    from geoaccess.demand.areas import land_of_areas, read_land  # noqa: PLC0415 - half a second that few need

    if config.network.land:
        return read_land(folder / config.network.land)
    section = config.municipalities
    if not section.boundaries or is_packed():
        return None
    return land_of_areas(folder / section.boundaries, set(codes), section.boundaries_code)
