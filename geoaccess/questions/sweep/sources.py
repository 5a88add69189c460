"""What can be swept: a study with its scenarios or hazards, or a network file with scenario files.

A source is one network with its origins; regions and modes are sources beside each other (another study,
the network file of another profile). A state is the source under a scenario.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from geoaccess.answers.study_facts import study_facts
from geoaccess.ground.errors import DataError
from geoaccess.questions.matrix.answer import PointTable, join
from geoaccess.questions.reliability import enumerate_states, sample_states, weekly_probabilities
from geoaccess.questions.reliability.answer import study_in_state
from geoaccess.questions.reliability.outcome import in_words
from geoaccess.study import Study
from geoaccess.study.ferry_timing import conditions_of
from geoaccess.study.hazard_sections import hazard_faults
from geoaccess.study.state import BASE, overlays, scenario_from_file
from geoaccess.words.note import Note
from networks import FerryConditions, SnappedPoints, TravelNetwork, apply_overlays
from networks.errors import Fault
from networks.network import Overlay

#: Stands for the base state and every scenario.
ALL = "all"


@dataclass(frozen=True, eq=False)
class State:
    """A state of a source.

    Attributes:
        name: unique name within its source.
        overlays: what changes from the network of the source.
        destinations: where to.
        to_ids: ids of the destinations.
        kinds: kind of each destination; empty where there are no kinds.
        probability: of a state of hazards, over the year; None = not a state of hazards.
    """

    name: str
    overlays: tuple[Overlay, ...]
    destinations: SnappedPoints
    to_ids: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    probability: float | None = None


@dataclass(frozen=True, eq=False)
class Source:
    """A network with its origins, and the states to compute.

    Attributes:
        name: unique name within a sweep.
        network: the network without the states' overlays.
        origins: points joined to it.
        from_ids: their ids.
        states: the states.
        places: (n_origins rows) ``name, persons`` of the origins; those of a network file count one each.
        facts: what a reader must know of the study, see :func:`geoaccess.answers.study_facts.study_facts`.
        inputs: the files that it was read from.
        notes: what a reader must know.
        ferries: how ferries are timed where no state says otherwise; None = as the network's builder says.
    """

    name: str
    network: TravelNetwork
    origins: SnappedPoints
    from_ids: tuple[str, ...]
    states: tuple[State, ...]
    places: pd.DataFrame
    facts: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    ferries: FerryConditions | None = None


@dataclass(frozen=True)
class HazardStates:
    """All states of a study's hazards, or draws where they are too many.

    Attributes:
        draws: states drawn where there are too many to write out.
        seed: seed of the draws.
    """

    draws: int = 10_000
    seed: int = 0


def study_source(
    study: Study,
    *,
    scenarios: Sequence[str] = (ALL,),
    kinds: Sequence[str] = (),
    hazards: HazardStates | None = None,
) -> Source:
    """A study under its scenarios, or under all states of its hazards on top of one scenario.

    Args:
        study: the study.
        scenarios: names; :data:`ALL` = the base state and every scenario. With ``hazards`` at most one: the
            state while no hazard happens.
        kinds: kinds of facility to travel to; default: those that the study reports on.
        hazards: sweep the hazards of the study.

    Raises:
        DataError: hazards without a scenario, more than one scenario with hazards, no kinds.
        UnknownNameError: no such scenario or kind.
    """
    chosen = tuple(kinds) or study.report_kinds()
    if not chosen:
        raise DataError(Note("fault.sweep.no_kind", study=study.name))
    states: list[tuple[str, Study, float | None]]
    if hazards is None:
        every = (BASE, *study.config.scenarios)
        names = tuple(
            dict.fromkeys(name for each in scenarios for name in (every if each == ALL else (each,)))
        )
        states = [(name, study.in_state(scenario=name), None) for name in names]
    else:
        states = _hazard_states(study, scenarios, hazards)
    states, left_out = _on_one_network(states, named=scenarios)
    joined = _Joined(study, chosen)
    found = tuple(joined.state(name, state, chance) for name, state, chance in states)
    from_ids = tuple(study.demand["demand_id"].astype(str))
    weight = study.config.demand.default_weight
    return Source(
        study.name,
        study.network,
        study.demand_points,
        from_ids,
        found,
        places=pd.DataFrame({"name": study.demand["name"], "persons": study.demand[weight]}),
        facts={**study_facts(study), "weight": weight},
        inputs=study.files,
        notes=(*study.notes, *left_out),
        ferries=conditions_of(study.network, study),
    )


def _on_one_network(
    states: list[tuple[str, Study, float | None]], *, named: Sequence[str]
) -> tuple[list[tuple[str, Study, float | None]], list[Note]]:
    """The states on the study's own network, and which are not: a sweep goes over one network.

    Raises:
        DataError: one that is named, or meant by hazards, builds roads or changes ferries; all listed.
    """
    other = [name for name, state, _ in states if state.built is not None]
    refused = [name for name, _, chance in states if name in other and (name in named or chance is not None)]
    if refused:
        raise DataError(
            [
                Fault(Note("fault.sweep.works", name=name), where=Note("where.scenario", name=name))
                for name in refused
            ]
        )
    kept = [state for state in states if state[0] not in other]
    return kept, [Note("note.work.swept", names=tuple(other))] if other else []


def _hazard_states(
    study: Study, scenarios: Sequence[str], asked: HazardStates
) -> list[tuple[str, Study, float | None]]:
    """(name, study in the state, probability over the year) for all states, or drawn ones."""
    hazards = study.config.hazards
    if not hazards:
        raise DataError(Note("fault.sweep.no_hazard", study=study.name))
    faults = hazard_faults(hazards, study.config.scenarios)
    if faults:
        raise DataError(faults)
    scenario = BASE if tuple(scenarios) == (ALL,) else scenarios[0]
    if len(scenarios) > 1:
        raise DataError("with hazards name one scenario at most: the state while no hazard happens")
    names, weekly = list(hazards), weekly_probabilities(hazards)
    space = enumerate_states(names, weekly)
    if space is None:
        space = sample_states(names, weekly, draws=asked.draws, seed=asked.seed)
    return [
        (in_words(state), study_in_state(study, hazards, state, scenario=scenario), float(chance))
        for state, chance in zip(space.states, space.annual, strict=True)
    ]


class _Joined:
    """The facilities of a study's states on the network; states with the same ones share them."""

    def __init__(self, study: Study, kinds: Sequence[str]) -> None:
        self.study = study
        self.kinds = kinds
        self.known: dict[tuple[str, ...], SnappedPoints] = {}

    def state(self, name: str, state: Study, probability: float | None) -> State:
        """A state of the study."""
        places = pd.concat([state.facilities_of(kind) for kind in self.kinds], ignore_index=True)
        ids = tuple(places["facility_id"].astype(str))
        if ids not in self.known:
            self.known[ids] = self.study.on_network(places)
        here = len(self.study.network.applied)
        return State(
            name=name,
            overlays=state.network.applied[here:],
            destinations=self.known[ids],
            to_ids=ids,
            kinds=tuple(places["kind"].astype(str)),
            probability=probability,
        )


def network_source(
    name: str,
    network: TravelNetwork,
    *,
    origins: PointTable,
    destinations: PointTable,
    scenarios: Sequence[Path] = (),
    max_snap_m: float,
) -> Source:
    """A network file under scenario files, each named after its file, after the base state.

    Args:
        name: name of the source.
        network: the network.
        origins: points to travel from.
        destinations: points to travel to.
        scenarios: TOML files, or folders of them.
        max_snap_m: a point farther from any road is not joined.

    Raises:
        DataError: a scenario file has faults, or a folder holds none.
    """
    starts, stops = (join(network, points, max_snap_m=max_snap_m) for points in (origins, destinations))
    states = [State(BASE, (), stops, destinations.ids)]
    for path in _scenario_files(scenarios):
        scenario = scenario_from_file(path)
        if scenario.links_added or scenario.ferries_changed:
            raise DataError([Fault(Note("fault.sweep.works", name=path.stem), where=path.name)])
        made = tuple(overlays(path.stem, scenario, ferries=FerryConditions(), folder=path.parent))
        apply_overlays(network, made)  # faults are told now, not in the middle of the sweep
        states.append(State(path.stem, made, stops, destinations.ids))
    notes = [
        Note("note.points_unjoined", file=points.where, points=int((~joined.joined).sum()), network=name)
        for points, joined in ((origins, starts), (destinations, stops))
        if not joined.joined.all()
    ]
    places = pd.DataFrame({"name": list(origins.ids), "persons": 1.0})
    return Source(name, network, starts, origins.ids, tuple(states), places=places, notes=tuple(notes))


def _scenario_files(given: Sequence[Path]) -> list[Path]:
    """The files, those of folders in the order of their names.

    Raises:
        DataError: a folder without scenario files.
    """
    files: list[Path] = []
    for path in given:
        inside = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not inside:
            raise DataError(Note("fault.sweep.no_scenario", path=path))
        files += inside
    return files
