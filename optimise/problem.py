"""The placement problem: minutes, weights, roles and limits. It knows neither maps nor health care."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from optimise.errors import Fault, ProblemError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_SHOWN_FAULTS = 20


class Role(StrEnum):
    """What a candidate site is today, and what may become of it."""

    EXISTING = "existing"  # open today; stays open unless ``max_moves`` lets it move
    REQUIRED = "required"  # must be open in the answer
    CANDIDATE = "candidate"  # may be opened
    FORBIDDEN = "forbidden"  # must stay closed


@dataclass(frozen=True, eq=False, init=False)
class PlacementProblem:
    """Where may what be placed, for whom, and how far is it.

    Attributes:
        costs: (n_demand, n_sites) minutes (or any cost); unreachable pairs are held as ``inf``.
        weights: (n_demand,) people or calls, 0 or more.
        p: how many sites are open in the answer, existing and required ones included; None: not fixed.
        p_new: how many sites are open beyond the existing and required ones; at most one of ``p``, ``p_new``.
        roles: (n_sites,) :class:`Role` of each site.
        capacities: (n_sites,) weight that a site (or one unit of it) can serve, or None.
        fixed_costs: (n_sites,) price of opening a site, or None.
        budget: upper limit of the summed ``fixed_costs`` of the candidate sites that are opened, or None.
        groups: (n_sites,) label of the group (municipality, county, trust) of each site, or None.
        site_ids: (n_sites,) unique names; ties are broken in their order.
        demand_ids: (n_demand,) unique names.
    """

    costs: FloatArray
    weights: FloatArray
    p: int | None
    p_new: int | None
    roles: tuple[Role, ...]
    capacities: FloatArray | None
    fixed_costs: FloatArray | None
    budget: float | None
    groups: tuple[Hashable, ...] | None
    site_ids: tuple[Hashable, ...]
    demand_ids: tuple[Hashable, ...]

    def __init__(
        self,
        costs: ArrayLike | pd.DataFrame,
        *,
        weights: ArrayLike | None = None,
        p: int | None = None,
        p_new: int | None = None,
        roles: Iterable[str] | None = None,
        capacities: ArrayLike | None = None,
        fixed_costs: ArrayLike | None = None,
        budget: float | None = None,
        groups: Iterable[Hashable] | None = None,
        site_ids: Iterable[Hashable] | None = None,
        demand_ids: Iterable[Hashable] | None = None,
    ) -> None:
        """Check and freeze the problem.

        Args:
            costs: (n_demand, n_sites) 0 or more; NaN or +inf means unreachable. The index and columns of a
                DataFrame become ``demand_ids`` and ``site_ids``.
            weights: default 1 for every demand point.
            p: see the class.
            p_new: see the class.
            roles: default ``candidate`` for every site.
            capacities: see the class.
            fixed_costs: see the class.
            budget: see the class.
            groups: see the class.
            site_ids: default 0, 1, 2, ...
            demand_ids: default 0, 1, 2, ...

        Raises:
            ProblemError: listing every fault found.
        """
        if isinstance(costs, pd.DataFrame):
            site_ids = costs.columns.tolist() if site_ids is None else site_ids
            demand_ids = costs.index.tolist() if demand_ids is None else demand_ids
        reader = _Reader()
        matrix = reader.costs(costs)
        n_demand, n_sites = matrix.shape
        values: dict[str, Any] = {
            "costs": matrix,
            "weights": reader.numbers("weights", weights, n_demand, default=1.0),
            "p": reader.count("p", p),
            "p_new": reader.count("p_new", p_new),
            "roles": reader.roles(roles, n_sites),
            "capacities": None if capacities is None else reader.numbers("capacities", capacities, n_sites),
            "fixed_costs": None
            if fixed_costs is None
            else reader.numbers("fixed_costs", fixed_costs, n_sites),
            "budget": reader.amount("budget", budget),
            "groups": None if groups is None else reader.labels("groups", groups, n_sites),
            "site_ids": reader.ids("site_ids", site_ids, n_sites),
            "demand_ids": reader.ids("demand_ids", demand_ids, n_demand),
        }
        if p is not None and p_new is not None:
            reader.fault("say either p (all open sites) or p_new (sites beyond the existing ones)", "p")
        if budget is not None and fixed_costs is None:
            reader.fault("a budget needs fixed_costs, the price of each site", "budget")
        reader.finish()
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def n_demand(self) -> int:
        """Number of demand points."""
        return len(self.costs)

    @property
    def n_sites(self) -> int:
        """Number of candidate sites, whatever their role."""
        return len(self.site_ids)

    def role_mask(self, *roles: Role) -> BoolArray:
        """(n_sites,) True for the sites that have one of ``roles``."""
        return np.fromiter((role in roles for role in self.roles), dtype=bool, count=self.n_sites)

    @cached_property
    def always_open(self) -> BoolArray:
        """(n_sites,) True for the sites that are open in every answer."""
        return self.role_mask(Role.EXISTING, Role.REQUIRED)

    @cached_property
    def never_open(self) -> BoolArray:
        """(n_sites,) True for the forbidden sites."""
        return self.role_mask(Role.FORBIDDEN)

    @property
    def n_open(self) -> int | None:
        """How many sites are open in the answer; None when neither ``p`` nor ``p_new`` says so."""
        if self.p_new is not None:
            return int(self.role_mask(Role.EXISTING, Role.REQUIRED).sum()) + self.p_new
        return self.p

    @cached_property
    def allowed_costs(self) -> FloatArray:
        """(n_demand, n_sites) the costs, with forbidden sites as far away as unreachable ones."""
        return np.where(self.never_open[None, :], np.inf, self.costs)

    @cached_property
    def unreachable(self) -> BoolArray:
        """(n_demand,) True for demand points that no allowed site reaches."""
        return np.asarray(~np.isfinite(self.allowed_costs).any(axis=1))

    def take_sites(self, order: IntArray) -> PlacementProblem:
        """The same problem with its columns in another order."""
        if np.array_equal(order, np.arange(self.n_sites)):
            return self
        per_site = {
            "capacities": None if self.capacities is None else self.capacities[order],
            "fixed_costs": None if self.fixed_costs is None else self.fixed_costs[order],
            "groups": None if self.groups is None else [self.groups[site] for site in order.tolist()],
            "roles": [self.roles[site] for site in order.tolist()],
            "site_ids": [self.site_ids[site] for site in order.tolist()],
        }
        return self.replace(costs=self.costs[:, order], **per_site)

    def replace(self, **changes: Any) -> PlacementProblem:  # noqa: ANN401 -- passed on to the constructor
        """The same problem with some attributes changed."""
        kept = {item.name: getattr(self, item.name) for item in fields(self)}
        return PlacementProblem(**{**kept, **changes})


def sorted_order(ids: Sequence[Hashable]) -> IntArray:
    """Positions of ``ids`` in ascending order: numbers as numbers, everything else by its text."""
    keyed = [(0, value, "") if isinstance(value, int | float) else (1, 0, str(value)) for value in ids]
    return np.asarray(sorted(range(len(keyed)), key=keyed.__getitem__), dtype=np.int64)


class _Reader:
    """Turns arguments into arrays and collects what is wrong with them."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, message: str, where: str, row: object = "", value: object = "") -> None:
        self.faults.append(Fault(message, where, str(row), str(value)))

    def finish(self) -> None:
        if self.faults:
            raise ProblemError(self.faults)

    def _array(self, name: str, values: ArrayLike | pd.DataFrame) -> FloatArray:
        try:
            return np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            self.fault("must be an array of numbers", name, value=type(values).__name__)
            raise ProblemError(self.faults) from None

    def costs(self, values: ArrayLike | pd.DataFrame) -> FloatArray:
        matrix = self._array("costs", values)
        if matrix.ndim != 2 or 0 in matrix.shape:
            self.fault(
                "must have rows (demand points) and columns (candidate sites)", "costs", value=matrix.shape
            )
            raise ProblemError(self.faults)
        self._list_faults("costs", np.argwhere(matrix < 0), matrix, "must be 0 or more; NaN for unreachable")
        matrix[np.isnan(matrix)] = np.inf
        matrix.flags.writeable = False
        return matrix

    def _list_faults(self, name: str, where: IntArray, values: FloatArray, message: str) -> None:
        for index in where[:_SHOWN_FAULTS]:
            place = ", ".join(str(part) for part in index)
            self.fault(message, name, place, values[tuple(index)])
        if len(where) > _SHOWN_FAULTS:
            self.fault(f"{len(where) - _SHOWN_FAULTS} more of the same", name)

    def numbers(
        self, name: str, values: ArrayLike | None, size: int, *, default: float | None = None
    ) -> FloatArray:
        if values is None:
            array = np.full(size, default, dtype=np.float64)
        else:
            array = self._array(name, values)
            if array.shape != (size,):
                self.fault(f"must hold {size} numbers, one each", name, value=array.shape)
                return np.zeros(size)
        self._list_faults(name, np.argwhere(~(np.isfinite(array) & (array >= 0))), array, "must be 0 or more")
        array.flags.writeable = False
        return array

    def count(self, name: str, value: object) -> int | None:
        if value is None:
            return None
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
            self.fault("must be a whole number, 0 or more", name, value=value)
            return 0
        return int(value)

    def amount(self, name: str, value: float | None) -> float | None:
        if value is None:
            return None
        if not np.isfinite(value) or value < 0:
            self.fault("must be a number, 0 or more", name, value=value)
        return float(value)

    def roles(self, values: Iterable[str] | None, size: int) -> tuple[Role, ...]:
        if values is None:
            return (Role.CANDIDATE,) * size
        given = list(values)
        if len(given) != size:
            self.fault(f"must hold {size} roles, one for each site", "roles", value=len(given))
            return (Role.CANDIDATE,) * size
        known = set(Role)
        for position, role in enumerate(given):
            if role not in known:
                self.fault(f"must be one of {', '.join(Role)}", "roles", position, role)
        return tuple(Role(role) if role in known else Role.CANDIDATE for role in given)

    def labels(self, name: str, values: Iterable[Hashable], size: int) -> tuple[Hashable, ...]:
        given = tuple(_plain(value) for value in values)
        if len(given) != size:
            self.fault(f"must hold {size} labels, one each", name, value=len(given))
            return (None,) * size
        return given

    def ids(self, name: str, values: Iterable[Hashable] | None, size: int) -> tuple[Hashable, ...]:
        if values is None:
            return tuple(range(size))
        given = self.labels(name, values, size)
        seen: set[Hashable] = set()
        for position, value in enumerate(given):
            if value in seen:
                self.fault("appears more than once", name, position, value)
            seen.add(value)
        return given


def _plain(value: Hashable) -> Hashable:
    """A NumPy scalar as the Python value it stands for."""
    return value.item() if isinstance(value, np.generic) else value
