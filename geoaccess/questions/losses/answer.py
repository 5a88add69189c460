"""What hurts most when it falls out: each ferry, pass, road, station or facility is taken out in turn.

Reach comes first: people who are cut off, then minutes. A facility serves those for whom it is the nearest
that does; a kind may say which other kinds serve its people as well (``also_served_by``), so that a district
medical centre that is lost costs nobody whose hospital is next door.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.notebook import Told
from geoaccess.answers.site_minutes import MOST_PAIRS, SiteMinutes
from geoaccess.answers.study_facts import network_tables, service_bases, study_facts
from geoaccess.answers.study_notes import drive_notes, study_notes
from geoaccess.ground.arrays import BoolArray, FloatArray
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.minutes import Direction, as_study, fastest, place_minutes, timed
from geoaccess.minutes.drives import NearestDrives
from geoaccess.questions.access.site_choice import KindTimes, choosable_kinds
from geoaccess.questions.comparison.answer import SAME_MIN, change_figures
from geoaccess.questions.losses.elements import FAMILIES, Element, asked_stations, elements, lost_together
from geoaccess.questions.losses.untouched import check_transport, untouched_notes
from geoaccess.questions.sweep.plan import EngineName, engine_for_states
from geoaccess.study import Study
from geoaccess.study.names import kind_words
from geoaccess.study.services import canonical
from geoaccess.words.note import Note
from networks import TravelNetwork
from networks.overlays import Closure, apply_overlays

#: Column that each ranking sorts by, the largest first.
RANKINGS = {
    "reach": "persons_no_longer_reached",
    "person-minutes": "person_min_lost",
    "threshold": "persons_newly_beyond",
    "worst": "worst_loss_min",
}


@dataclass(frozen=True, eq=False, repr=False)
class Losses(Told):
    """The ranking.

    Attributes:
        rows: one row per element (or pair) and kind of service, the worst first: ``rank, family, element_id,
            name, kind, person_min_lost, change_mean_min, persons_lose, persons_no_longer_reached,
            worst_loss_min, persons_newly_beyond``.
        threshold_min: threshold that ``persons_newly_beyond`` refers to.
        scenario: state of the world it was computed in.
        notes: what a reader must know.
        jobs: element id (of a pair: both with + between) -> what is taken out.
        rank: one of :data:`RANKINGS`.
        weight: name of the weight.
        study: the study it was asked of.
        times: the times that it rests on.
    """

    rows: pd.DataFrame
    threshold_min: float
    scenario: str
    notes: tuple[str, ...]
    jobs: Mapping[str, tuple[Element, ...]]
    rank: str
    weight: str
    study: Study = field(repr=False)
    times: LossTimes = field(repr=False)

    def answer(self) -> Answer:
        """The same as it is kept in a folder: it draws the map and writes the report."""
        return answer_of(self.study, self)

    @property
    def cut_off(self) -> pd.DataFrame:
        """The losses that cut somebody off, most people first."""
        return _ordered(self.rows[self.rows["persons_no_longer_reached"] > 0], "reach")

    @property
    def longer(self) -> pd.DataFrame:
        """The losses that lengthen somebody's way, most person-minutes first."""
        return _ordered(self.rows[self.rows["person_min_lost"] > 0], "person-minutes")


def losses(
    study: Study | str | Path,
    *,
    of: Sequence[str] = ("ferries", "passes", "facilities"),
    kinds: Sequence[str] | None = None,
    pairs: Iterable[tuple[str, str]] = (),
    scenario: str | None = None,
    threshold_min: float = 60.0,
    rank: str = "reach",
    weight: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Losses:
    """Take out every element of the families named, one by one, and rank what that does to people.

    Args:
        study: a study, its name or its path.
        of: families; ``facilities`` are those of the kinds looked at.
        kinds: kinds of service whose times count, and no others; default: those the study reports on, and
            with stations those.
        pairs: pairs of element ids to take out together.
        scenario: state of the world.
        threshold_min: threshold of "newly beyond".
        rank: one of :data:`RANKINGS`.
        weight: name of the weight.
        on_progress: called with the number of elements done and in all.

    Raises:
        UnknownNameError: no such family, kind, ranking, weight or element of a pair.
        DataError: nothing of the families gives what is asked for, transport with another family than the
            facilities where it ends, or stations of a study that does not say what they are.
    """
    loaded = as_study(study)
    state = loaded.in_state(scenario=scenario)
    for family in of:
        if family not in FAMILIES:
            raise UnknownNameError("family of losses", family, FAMILIES)
    if rank not in RANKINGS:
        raise UnknownNameError("ranking", rank, RANKINGS)
    chosen = tuple(
        kind if kind in state.config.kinds else canonical(kind) for kind in kinds or state.report_kinds()
    )
    if not kinds and "stations" in of:
        chosen = tuple(dict.fromkeys((*chosen, *asked_stations(state))))
    check_transport(state, of, chosen)
    table = LossTimes(state, chosen)
    single = elements(state, of, chosen)
    jobs = [(element,) for element in single] + lost_together(single, pairs)
    persons = state.weight(weight)
    closing = sum(any(element.selection for element in job) for job in jobs)
    table.engine = engine_for_states(state.network, len(state.demand), len(table.facilities), closing)
    rows = []
    for done, job in enumerate(jobs, start=1):
        for kind, before, after in table.without(job):
            figures = change_figures(before, after, persons, thresholds_min=[threshold_min])
            beyond = figures[f"persons_out_of_{threshold_min:g}_min"]
            rows.append(
                {
                    "family": " + ".join(element.family for element in job),
                    "element_id": job_id(job),
                    "name": " + ".join(element.name for element in job),
                    "kind": kind,
                    **{name: figures[name] for name in _KEPT},
                    "persons_newly_beyond": beyond,
                }
            )
        if on_progress:
            on_progress(done, len(jobs))
    frame = _ordered(pd.DataFrame(rows, columns=[*_IDS, *_KEPT, "persons_newly_beyond"]), rank)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    asked = sorted(frame["kind"].unique())
    notes = (
        *untouched_notes(state, of, chosen, single, frame),
        *hierarchy_notes(state, chosen),
        *study_notes(state, asked),
        *drive_notes(state, asked),
    )
    return Losses(
        rows=frame,
        threshold_min=threshold_min,
        scenario=state.scenario,
        notes=notes,
        jobs={job_id(job): job for job in jobs},
        rank=rank,
        weight=weight or state.config.demand.default_weight,
        study=loaded,
        times=table,
    )


def job_id(job: tuple[Element, ...]) -> str:
    """The id of what is lost; of a pair both with + between."""
    return " + ".join(element.element_id for element in job)


def _ordered(rows: pd.DataFrame, rank: str) -> pd.DataFrame:
    """The worst first by a ranking; equal ones by reach, then by person-minutes."""
    order = list(dict.fromkeys([RANKINGS[rank], RANKINGS["reach"], RANKINGS["person-minutes"]]))
    return rows.sort_values(order, ascending=False, kind="stable").reset_index(drop=True)


#: Of every family asked for, as many of the worst are told, whatever hurts more.
LEAST_OF_FAMILY = 2


def worst_of_each(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """The worst of a ranking, with the worst of every family: who asks for ferries is told of ferries."""
    worst = rows.groupby("family", sort=False).head(LEAST_OF_FAMILY)
    kept = rows.index.isin(rows.index[:most]) | rows.index.isin(worst.index)
    found: pd.DataFrame = rows[kept]
    return found


def serving_kinds(study: Study, kind: str) -> tuple[str, ...]:
    """The kinds whose facilities serve the people of a kind: itself, and those that serve them as well."""
    return (kind, *(other for other in study.kind(kind).also_served_by if other != kind))


def hierarchy_notes(study: Study, kinds: Sequence[str]) -> list[Note]:
    """Which kinds serve the people of another as well, in words."""
    return [
        Note(
            "note.hierarchy",
            kind=kind_words(study, kind),
            others=[kind_words(study, other) for other in serving_kinds(study, kind)[1:]],
        )
        for kind in kinds
        if len(serving_kinds(study, kind)) > 1
    ]


_IDS = ("family", "element_id", "name", "kind")
_KEPT = (
    "person_min_lost",
    "change_mean_min",
    "persons_lose",
    "persons_no_longer_reached",
    "worst_loss_min",
)


class LossTimes:
    """Times to every facility of the kinds, before and after something is taken out."""

    def __init__(self, study: Study, kinds: Sequence[str]) -> None:
        if not kinds:
            raise DataError("no kinds of service to look at")
        serving = {kind: serving_kinds(study, kind) for kind in kinds}
        self.study = study
        self.serving = serving
        self.engine: EngineName = "auto"
        found = {
            one: timed(study, one)
            for one in dict.fromkeys(one for several in serving.values() for one in several)
        }
        # A base may serve twice: as one of its kind, to which people drive, and as one of those who come.
        frames = [table.assign(serves=one) for one, (table, _) in found.items()]
        self.facilities = pd.concat(frames, ignore_index=True)
        self.before = np.concatenate([times for _, times in found.values()], axis=1)
        self._nearest: dict[str, FloatArray] = {}
        self._drives: dict[str, NearestDrives] = {}

    def nearest(self, kind: str) -> FloatArray:
        """(n_demand,) minutes to the nearest facility that serves the people of a kind; NaN unreachable."""
        if kind not in self._nearest:
            self._nearest[kind] = fastest(self.before[:, self._serve(kind)])
        return self._nearest[kind]

    def _serve(self, kind: str) -> BoolArray:
        """(n_facilities,) which facilities serve the people of a kind."""
        return self.facilities["serves"].isin(self.serving[kind]).to_numpy()

    def without(
        self, job: tuple[Element, ...], only: str | None = None
    ) -> list[tuple[str, FloatArray, FloatArray]]:
        """(kind, times before, times after) for the kinds that the loss touches, or for one of them."""
        kinds = list(self.serving) if only is None else [only]
        gone = {element.element_id for element in job if element.selection is None}
        kept = ~self.facilities["facility_id"].isin(gone).to_numpy()
        if any(element.selection is not None for element in job):
            return self._without_links(job, kept, kinds)
        told = []
        for kind in kinds:
            own = (self.facilities["serves"] == kind).to_numpy()
            here = self._serve(kind)
            if (own & ~kept).any():
                told.append((kind, self.nearest(kind), self._nearest_of(kind, here & kept, here & ~kept)))
        return told

    def _without_links(
        self, job: tuple[Element, ...], kept: BoolArray, kinds: Sequence[str]
    ) -> list[tuple[str, FloatArray, FloatArray]]:
        """Of facilities that people drive to, the nearest alone are sought; a table is for those who come."""
        closures = [
            Closure(f"out: {element.name}", element.selection)
            for element in job
            if element.selection is not None
        ]
        closed = np.logical_or.reduce([closure.where.mask(self.study.network) for closure in closures])
        network: TravelNetwork | None = None
        over: FloatArray | None = None
        told = []
        for kind in kinds:
            here = self._serve(kind)
            drives = self._driven_to(kind)
            if drives is not None and kept[here].all() and not drives.need(closed):
                told.append((kind, drives.minutes, drives.minutes))
                continue
            network = apply_overlays(self.study.network, closures) if network is None else network
            if drives is not None:
                told.append((kind, drives.minutes, drives.over(network, kept[here])))
                continue
            over = self._over(network) if over is None else over
            told.append((kind, self.nearest(kind), fastest(over[:, here & kept])))
        return told

    def _driven_to(self, kind: str) -> NearestDrives | None:
        """Drives to the nearest that serves the people of a kind; None where somebody comes to them."""
        here = self._serve(kind)
        if not self.facilities["serves"][here].isin(self.study.config.kinds).all():
            return None
        if kind not in self._drives:
            self._drives[kind] = NearestDrives(self.study, self.facilities[here])
        return self._drives[kind]

    def _nearest_of(self, kind: str, kept: BoolArray, gone: BoolArray) -> FloatArray:
        """The nearest of the facilities that are left: another for those alone who lost theirs."""
        before = self.nearest(kind)
        lose = (self.before[:, gone] == before[:, None]).any(axis=1)
        after = before.copy()
        after[lose] = fastest(self.before[np.ix_(lose, kept)])
        return after

    def _over(self, network: TravelNetwork) -> FloatArray:
        """Times over another network: of those who come, only what drives takes another way."""
        places, after = self.facilities, self.before.copy()
        comes = ~places["serves"].isin(self.study.config.kinds).to_numpy()
        drives = comes & np.isfinite(after).any(axis=0)
        if comes.any():
            drives &= (places["moves"] == "road").to_numpy()
        ways: tuple[tuple[BoolArray, Direction], ...] = ((~comes, "to_site"), (drives, "from_site"))
        for columns, direction in ways:
            if columns.any():
                after[:, columns] = place_minutes(
                    self.study,
                    places[columns],
                    direction=direction,
                    network=network,
                    engine=self.engine,
                )
        if drives.any():
            after[:, drives] += places.loc[drives, "mobilise_min"].to_numpy(dtype=np.float64)
        return after


#: How many of the worst losses of each list a map can show.
MOST_LOSSES = 8


def losses_answer(
    study: Study | str | Path,
    *,
    of: Sequence[str] = ("ferries", "passes", "facilities"),
    kinds: Sequence[str] | None = None,
    scenario: str | None = None,
    threshold_min: float = 60.0,
    rank: str = "reach",
    weight: str | None = None,
    most: int = MOST_LOSSES,
) -> Answer:
    """The run of ``geoaccess losses``: the whole ranking, and times place by place for the worst of it.

    Raises:
        UnknownNameError: no such family, kind, ranking or weight.
    """
    loaded = as_study(study)
    found = losses(
        loaded, of=of, kinds=kinds, scenario=scenario, threshold_min=threshold_min, rank=rank, weight=weight
    )
    return answer_of(loaded, found, most=most)


def answer_of(study: Study, found: Losses, *, most: int = MOST_LOSSES) -> Answer:
    """The run of losses that were found; the worst of both lists place by place."""
    study = study.with_people_of(found.scenario)
    state = study.in_state(scenario=found.scenario)
    kinds = [str(kind) for kind in found.rows["kind"].unique()]
    shown = [
        {"list": name, **{str(key): value for key, value in row.items()}}
        for name, rows in (("cut_off", found.cut_off), ("longer", found.longer))
        for row in worst_of_each(rows, most).to_dict(orient="records")
    ]
    bases = service_bases(state)
    shown_kinds = [one for kind in kinds for one in bases.get(kind, [kind])]
    points = state.demand[["demand_id", "name", "municipality_code", "lon", "lat", *state.weights]]
    # Where nobody comes to people, what the ranking searched is what the map shows.
    known = found.times.study is state and set(shown_kinds) <= set(state.config.kinds)
    times = {kind: found.times if known else LossTimes(state, [kind]) for kind in kinds}
    never = {kind: pd.isna(times[kind].nearest(kind)) for kind in kinds}
    columns: dict[str, FloatArray] = {}
    for number, item in enumerate(shown, start=1):
        job, kind = found.jobs[str(item["element_id"])], str(item["kind"])
        item |= {
            "column": f"longer_{number}_min",
            "links": sorted({link for element in job for link in links_of(state.network, element)}),
            "facilities": [element.element_id for element in job if element.selection is None],
        }
        columns[item["column"]] = _longer(times[kind], kind, job)
    return Answer(
        question="losses",
        facts={
            **study_facts(study),
            "losses": {
                "scenario": found.scenario,
                "threshold_min": found.threshold_min,
                "rank": found.rank,
                "shown": shown,
            },
            "scenario": found.scenario,
            "weight": found.weight,
            "notes": found.notes,
        },
        tables={
            "losses": found.rows,
            "loss_points": points.assign(
                **columns, **{f"never_reached_{kind}": rows for kind, rows in never.items()}
            ),
            "facilities": state.facilities[state.facilities["kind"].isin(shown_kinds)].reset_index(drop=True),
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
        site_minutes=_choosable(state, kinds),
    )


def _choosable(state: Study, kinds: Sequence[str]) -> tuple[SiteMinutes, ...]:
    """The kinds whose facilities a reader of the map may close, several at once, and open elsewhere.

    Those alone that no other kind serves as well: for the others a closure would say another figure than the
    loss beside it, or than ``geoaccess access``.
    """
    own = [kind for kind in kinds if list(serving_kinds(state, kind)) == [kind]]
    if not own or len(state.facilities) * len(state.demand) > MOST_PAIRS:
        return ()
    times = {(kind, str(state.scenario)): KindTimes(*timed(state, kind)) for kind in own}
    subjects, _ = choosable_kinds(state, own, times)
    return subjects


def _longer(times: LossTimes, kind: str, job: tuple[Element, ...]) -> FloatArray:
    """(n_demand,) minutes that a kind of service is farther away without the elements.

    NaN is for those alone who are reached with them and not without; who is not reached before loses nothing.
    """
    ((_, before, after),) = times.without(job, kind)
    longer: FloatArray = np.where(np.isnan(before), 0.0, after - before)
    longer[np.abs(longer) < SAME_MIN] = 0.0
    return longer


def links_of(network: TravelNetwork, element: Element) -> list[str]:
    """Ids of the links that an element stands for."""
    if element.selection is None:
        return []
    chosen = np.flatnonzero(element.selection.mask(network))
    ids = network.labels["link_id"].to_array()
    return sorted({str(ids[edge]) for edge in chosen if ids[edge]})
