"""From the placements and criteria of a trade-off to a problem with several objectives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.minutes import fastest
from geoaccess.questions.burden.answer import amount_each, round_trips, travellers_of
from geoaccess.questions.placement.minutes import site_minutes
from geoaccess.questions.placement.sites import site_table
from geoaccess.study import Study
from geoaccess.study.names import kind_words
from geoaccess.study.placement_sections import Placement
from geoaccess.study.tradeoff_sections import Tradeoff, TradeoffCriterion
from geoaccess.words.note import Note
from networks import travel_time_matrix
from optimise.pareto import Criterion, ParetoProblem, SiteLimit


@dataclass(frozen=True, eq=False)
class Service:
    """One of the placements of a trade-off.

    Attributes:
        name: its name in the study.
        question: what the study says of it.
        columns: (m,) which of all sites are its own.
        minutes: (n_demand, m_own) of every demand point to its own sites.
        reached: (n_demand,) whether a site of today reaches the point.
    """

    name: str
    question: Placement
    columns: NDArray[np.bool_]
    minutes: FloatArray
    reached: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PosedTradeoff:
    """A trade-off, ready to be solved.

    Attributes:
        state: the study in its state.
        tradeoff: what the study says.
        places: every site of every placement: the columns of a placement's sites, and ``placement``.
        services: its placements by name.
        problem: the problem.
        counted: criterion -> people (or travellers) whom it counts, and those whom it leaves out because no
            site of today reaches them.
        roadless: candidates left out because no road leads from them to what a criterion asks for, by name.
    """

    state: Study
    tradeoff: Tradeoff
    places: pd.DataFrame
    services: dict[str, Service]
    problem: ParetoProblem
    counted: dict[str, tuple[float, float]]
    roadless: tuple[str, ...]

    @property
    def today(self) -> NDArray[np.bool_]:
        """(m,) the sites that are there today."""
        return (self.places["part"] != "candidate").to_numpy(dtype=bool)


def pose_tradeoff(state: Study, tradeoff: Tradeoff) -> PosedTradeoff:
    """The sites of all placements, and what each criterion makes of them.

    Raises:
        DataError: no candidate is left, or tables have faults.
    """
    tables = {name: site_table(state, state.placement(name)) for name in tradeoff.placements}
    places = pd.concat([table.assign(placement=name) for name, table in tables.items()], ignore_index=True)
    services = {name: _service(state, name, places) for name in tradeoff.placements}
    counted: dict[str, tuple[float, float]] = {}
    criteria, unfit = [], np.zeros(len(places), dtype=bool)
    for name, one in tradeoff.criteria.items():
        service = services[tradeoff.placement_of(name)]
        if one.of_sites:
            made, without = _of_sites(state, one, service, places, tradeoff.opens[service.name])
            unfit |= without
        else:
            made, counted[name] = _of_people(state, one, service, places)
        criteria.append(made)
    return PosedTradeoff(
        state=state,
        tradeoff=tradeoff,
        places=places,
        services=services,
        problem=ParetoProblem(
            tuple(criteria),
            stays=_stays(places),
            limits=tuple(_limits(tradeoff, places, unfit)),
            steps=np.asarray([one.step for one in tradeoff.criteria.values()], dtype=np.float64),
        ),
        counted=counted,
        roadless=tuple(sorted(set(places.loc[unfit, "name"].astype(str)))),
    )


def _service(state: Study, name: str, places: pd.DataFrame) -> Service:
    question = state.placement(name)
    columns = (places["placement"] == name).to_numpy(dtype=bool)
    own = places[columns].reset_index(drop=True)
    minutes = site_minutes(state, question, own)
    today = (own["part"] != "candidate").to_numpy(dtype=bool)
    reached = np.asarray(np.isfinite(minutes[:, today]).any(axis=1), dtype=bool)
    return Service(name, question, columns, minutes, reached)


def _stays(places: pd.DataFrame) -> NDArray[np.bool_]:
    """(m,) sites that are open whatever is decided."""
    return places["role"].isin(["existing", "required"]).to_numpy(dtype=bool)


def _limits(tradeoff: Tradeoff, places: pd.DataFrame, unfit: NDArray[np.bool_]) -> list[SiteLimit]:
    new = (places["part"] == "candidate").to_numpy(dtype=bool)
    standing = ~new & ~_stays(places)
    price = np.zeros(len(places))
    found = []
    for name in tradeoff.placements:
        own = (places["placement"] == name).to_numpy(dtype=bool)
        price[own & new] = tradeoff.prices.get(name, 0.0)
        if name in tradeoff.opens:
            count = float(tradeoff.opens[name])
            found.append(SiteLimit((own & new).astype(np.float64), count, count))
        kept = own & standing
        if kept.any():
            left = float(kept.sum() - tradeoff.closes.get(name, 0))
            found.append(SiteLimit(kept.astype(np.float64), left, left))
    if tradeoff.budget is not None:
        found.append(SiteLimit(price, -math.inf, tradeoff.budget))
    if unfit.any():
        found.append(SiteLimit(unfit.astype(np.float64), -math.inf, 0.0))
    return found


def _wide(service: Service, own: FloatArray, fill: float) -> FloatArray:
    """(n, m) of all sites from those of one placement."""
    whole = np.full((len(own), len(service.columns)), fill)
    whole[:, service.columns] = own
    return whole


def _of_people(
    state: Study, one: TradeoffCriterion, service: Service, places: pd.DataFrame
) -> tuple[Criterion, tuple[float, float]]:
    """A criterion that looks at who goes where; people whom today's sites do not reach are left out."""
    if one.measure == "journeys":
        journey = state.config.journeys[one.journey]
        each, order = round_trips(state, places[service.columns])
        weights = travellers_of(state, journey) * journey.journeys_each
        costs = amount_each(one.unit, journey, state.config.journey_rates, each) * weights[:, None]
        order = np.where(np.isfinite(each["min"]), order, np.nan)
        people = weights / journey.journeys_each
        reached = np.asarray(np.isfinite(order[:, _today(service, places)]).any(axis=1), dtype=bool)
    else:
        people = weights = state.weight(one.weight or service.question.weight)
        order, reached = service.minutes, service.reached
        if one.beyond_min is not None and one.measure == "beyond":
            costs = weights[:, None] * (order > one.beyond_min)
        else:
            costs = weights[:, None] * order / max(float(weights[reached].sum()), 1e-12)
    counts = reached & (weights > 0)
    order = np.where(counts[:, None], order, np.nan)
    costs = np.where(np.isnan(order), 0.0, costs)
    made = Criterion(
        _wide(service, costs, 0.0), _wide(service, order, np.nan), np.zeros(len(service.columns))
    )
    return made, (float(people[counts].sum()), float(people[~reached].sum()))


def _today(service: Service, places: pd.DataFrame) -> NDArray[np.bool_]:
    """(m_own,) which of a placement's sites are there today."""
    return (places.loc[service.columns, "part"] != "candidate").to_numpy(dtype=bool)


def _of_sites(
    state: Study, one: TradeoffCriterion, service: Service, places: pd.DataFrame, count: int
) -> tuple[Criterion, NDArray[np.bool_]]:
    """A criterion that looks at the new sites alone, and the candidates that it cannot judge."""
    new = service.columns & (places["part"] == "candidate").to_numpy(dtype=bool)
    facilities = state.facilities[state.facilities["kind"].isin(one.kinds)]
    if facilities.empty:
        raise DataError(
            Note("fault.tradeoff.nothing_there", kinds=[kind_words(state, kind) for kind in one.kinds])
        )
    ends = state.on_network(places[new]), state.on_network(facilities)
    minutes = fastest(travel_time_matrix(state.network, *ends))
    amounts = np.zeros(len(places))
    unfit = np.zeros(len(places), dtype=bool)
    if one.measure == "apart":
        amounts[new] = ~(minutes <= one.within_min)
    else:
        amounts[new] = np.where(np.isnan(minutes), 0.0, minutes) / count
        unfit[new] = np.isnan(minutes)
    nobody = np.full((len(state.demand), len(places)), np.nan)
    return Criterion(np.zeros_like(nobody), nobody, amounts), unfit
