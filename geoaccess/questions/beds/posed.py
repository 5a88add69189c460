"""A variant of beds as a problem of units of whole sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.questions.beds.inputs import Patients, Sites, municipal_minutes, near_pairs
from geoaccess.questions.beds.sizing import room_of
from geoaccess.study import Study
from geoaccess.study.beds_sections import Beds, BedVariant
from optimise.sized_units import Second, SizedProblem

#: There and home.
WAYS = 2.0


@dataclass(frozen=True, eq=False)
class Ground:
    """What all variants share.

    Attributes:
        state: the study in its state.
        beds: the question.
        patients: who comes from where.
        sites: where units are or may be.
        minutes: (n, m) mean minutes from each municipality to each unit; NaN for what most cannot reach.
        reached: (n, m) share of its people who reach it.
        beside_minutes: (n, m) the same to the service beside.
    """

    state: Study
    beds: Beds
    patients: Patients
    sites: Sites
    minutes: FloatArray
    reached: FloatArray
    beside_minutes: FloatArray

    @property
    def units(self) -> NDArray[np.bool_]:
        """(m,) which sites have a unit today."""
        return self.sites.table["is_unit"].to_numpy(dtype=bool)

    @property
    def whole_beds(self) -> NDArray[np.int64]:
        """(m,) today's beds in whole numbers, at least one in each unit; 0 without a unit."""
        today = self.sites.table["beds_today"].to_numpy(dtype=np.float64)
        return np.where(self.units, np.maximum(1, np.round(today)), 0).astype(np.int64)

    @property
    def admissions(self) -> FloatArray:
        """(n,) admissions a year of all streams."""
        return np.asarray(np.sum(list(self.patients.admissions.values()), axis=0), dtype=np.float64)

    @property
    def home(self) -> NDArray[np.int64]:
        """(n,) site at home that has the service beside today; -1 for none."""
        table = self.sites.table
        first: dict[str, int] = {}
        for site, (code, there) in enumerate(
            zip(table["municipality_code"], table["beside_today"], strict=True)
        ):
            if there:
                first.setdefault(str(code), site)
        return np.asarray([first.get(code, -1) for code in self.patients.codes], dtype=np.int64)


def ground_of(state: Study, beds: Beds, patients: Patients, sites: Sites) -> Ground:
    """Minutes of municipalities to all sites."""
    minutes, reached = municipal_minutes(state, patients, sites.to_unit)
    beside, _ = municipal_minutes(state, patients, sites.to_beside)
    beside = np.where(np.isfinite(beside), beside, minutes)  # the same town, another door
    return Ground(state, beds, patients, sites, minutes, reached, beside)


def allowed_pairs(ground: Ground, variant: BedVariant) -> tuple[NDArray[np.bool_], list[str]]:
    """(n, m) which municipality may go where, and those that have nothing at home or beside it."""
    allowed: NDArray[np.bool_]
    table, patients = ground.sites.table, ground.patients
    if variant.units == "one_in_area":
        same = np.asarray(patients.areas, dtype=object)[:, None] == table["area"].to_numpy(dtype=object)
        reached = np.asarray(np.isfinite(ground.minutes), dtype=bool)
        allowed = np.asarray(same & reached, dtype=bool)
        far = [patients.names[row] for row in np.flatnonzero(~allowed.any(axis=1) & reached.any(axis=1))]
        allowed = np.where(allowed.any(axis=1, keepdims=True), allowed, reached)
        return allowed, far
    usable = ground.units if variant.units == "keep" else np.ones(len(table), dtype=bool)
    allowed, far = near_pairs(ground.state, ground.beds, patients, ground.sites, ground.minutes, usable)
    if variant.units == "keep":
        codes = table["municipality_code"].to_numpy(dtype=object)
        own = (np.asarray(patients.codes, dtype=object)[:, None] == codes) & allowed
        allowed = np.where(own.any(axis=1, keepdims=True), own, allowed)
    return allowed, far


def posed(ground: Ground, variant: BedVariant) -> tuple[SizedProblem, NDArray[np.bool_], list[str]]:
    """The problem of a variant over the municipalities that reach any site, and which they are.

    Returns:
        The problem; (n,) the municipalities that are its rows; names of those that go farther than to a
        neighbour.
    """
    beds, prices = ground.beds, ground.beds.prices
    allowed, far = allowed_pairs(ground, variant)
    served = np.asarray(allowed.any(axis=1), dtype=bool)
    sizes = np.arange(variant.minimum, beds.maximum + 1)
    units, today, years = ground.units, ground.whole_beds, prices.write_off_years
    usable = units if variant.units == "keep" else np.ones(len(units), dtype=bool)
    grown = np.maximum(0, sizes[None, :] - today[:, None])
    shrunk = np.maximum(0, today[:, None] - sizes[None, :])
    opened = np.where(units, 0.0, prices.open)[:, None]
    price = prices.unit_year + prices.bed_year * sizes[None, :]
    price = price + (prices.grow * grown + prices.shrink * shrunk + opened) / years
    area = {name: number for number, name in enumerate(dict.fromkeys(ground.sites.table["area"]))}
    shared = variant.units == "one_in_area"
    problem = SizedProblem(
        travel=np.where(allowed, _hours(ground.minutes, ground.admissions) * prices.hour, np.inf)[served],
        load=ground.patients.load[served],
        sizes=sizes,
        room=np.tile([room_of(beds, int(size)) for size in sizes], (len(units), 1)),
        price=np.where(usable[:, None], price, np.inf),
        closed_price=np.where(units, prices.close / years, 0.0),
        must_open=units if variant.units == "keep" else np.zeros(len(units), dtype=bool),
        one_of=np.asarray(
            [area[name] if shared else -1 for name in ground.sites.table["area"]], dtype=np.int64
        ),
        second=_second(ground, allowed, served) if variant.together else None,
    )
    return problem, served, far


def _second(ground: Ground, allowed: NDArray[np.bool_], served: NDArray[np.bool_]) -> Second:
    """The service beside, at home, at a neighbour's, or wherever the beds may be."""
    prices = ground.beds.prices
    today = ground.sites.table["beside_today"].to_numpy(dtype=bool)
    hours = _hours(ground.beside_minutes, ground.patients.visits)
    return Second(
        travel=np.where(allowed & np.isfinite(ground.beside_minutes), hours * prices.hour, np.inf)[served],
        open_price=prices.beside_year + np.where(today, 0.0, prices.beside_open / prices.write_off_years),
        closed_price=np.where(today, prices.beside_close / prices.write_off_years, 0.0),
        home=ground.home[served],
    )


def _hours(minutes: FloatArray, journeys: FloatArray) -> FloatArray:
    """(n, m) hours a year of journeys there and home."""
    return np.where(np.isfinite(minutes), WAYS * minutes / 60.0, 0.0) * journeys[:, None]
