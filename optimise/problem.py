"""The placement problem: minutes, weights, roles and limits. It knows neither maps nor health care."""

from __future__ import annotations

import importlib
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.brief import OneLine
from optimise.ordered_costs import OrderedCosts
from optimise.reading import ArgumentReader

if TYPE_CHECKING:
    from optimise.conditions import Condition
    from optimise.models.base import Model
    from optimise.own_program import PlacementProgram


class Role(StrEnum):
    """What a candidate site is today, and what may become of it."""

    EXISTING = "existing"  # open today; stays open unless ``max_moves`` lets it move
    REQUIRED = "required"  # must be open in the answer
    CANDIDATE = "candidate"  # may be opened
    FORBIDDEN = "forbidden"  # must stay closed


@dataclass(frozen=True, eq=False, init=False, repr=False)
class PlacementProblem(OneLine):
    """Where may what be placed, for whom, and how far is it.

    Attributes:
        costs: (n_demand, n_sites) minutes (or any cost); unreachable pairs are held as ``inf``. Problems
            whose sites stand in another order share one matrix, and make their own when it is first asked
            for; ``held`` reads the shared one.
        weights: (n_demand,) people or calls, 0 or more.
        p: how many sites are open in the answer, existing and required ones included; None: not fixed.
        p_new: how many sites are open beyond the existing and required ones; at most one of ``p``, ``p_new``.
        roles: (n_sites,) :class:`Role` of each site.
        max_moves: how many existing sites may close; None: none may, and existing sites are constants.
        capacities: (n_sites,) demand that a site (or one unit of it) can serve, or None.
        demands: (n_demand,) how much capacity a demand point takes; its weight unless said otherwise.
        fixed_costs: (n_sites,) price of opening a site, or None; existing sites are paid for.
        budget: upper limit of the summed ``fixed_costs`` of the open sites that do not exist yet, or None.
        groups: (n_sites,) label of the group (municipality, county, trust) of each site, or None.
        demand_groups: (n_demand,) label of the group of each demand point, or None.
        site_costs: (n_sites, n_sites) minutes between sites, or None; wanted for separation only.
        site_values: (n_sites,) worth of an open site in itself, or None; wanted for anti-covering only.
        conditions: further conditions, see :mod:`optimise.conditions`; they name sites by their ids.
        site_ids: (n_sites,) unique names; ties are broken in their order.
        demand_ids: (n_demand,) unique names.
    """

    costs: FloatArray
    weights: FloatArray
    p: int | None
    p_new: int | None
    roles: tuple[Role, ...]
    max_moves: int | None
    capacities: FloatArray | None
    demands: FloatArray
    fixed_costs: FloatArray | None
    budget: float | None
    groups: tuple[Hashable, ...] | None
    demand_groups: tuple[Hashable, ...] | None
    site_costs: FloatArray | None
    site_values: FloatArray | None
    conditions: tuple[Condition, ...]
    site_ids: tuple[Hashable, ...]
    demand_ids: tuple[Hashable, ...]
    held: OrderedCosts = field(repr=False)

    def __init__(
        self,
        costs: ArrayLike | pd.DataFrame | OrderedCosts,
        *,
        weights: ArrayLike | None = None,
        p: int | None = None,
        p_new: int | None = None,
        roles: Iterable[str] | None = None,
        max_moves: int | None = None,
        capacities: ArrayLike | None = None,
        demands: ArrayLike | None = None,
        fixed_costs: ArrayLike | None = None,
        budget: float | None = None,
        groups: Iterable[Hashable] | None = None,
        demand_groups: Iterable[Hashable] | None = None,
        site_costs: ArrayLike | None = None,
        site_values: ArrayLike | None = None,
        conditions: Iterable[Condition] = (),
        site_ids: Iterable[Hashable] | None = None,
        demand_ids: Iterable[Hashable] | None = None,
    ) -> None:
        """Check and freeze the problem; the class describes the arguments.

        ``costs`` may be a DataFrame: its index and columns become ``demand_ids`` and ``site_ids``. NaN and
        +inf both mean unreachable. A read-only float64 array that owns its numbers and holds no NaN is taken
        without a copy, and so is what another problem ``held``. Defaults: weight 1, role ``candidate``, ids
        0, 1, 2, ...

        Raises:
            ProblemError: listing every fault found.
        """
        if isinstance(costs, pd.DataFrame):
            site_ids = costs.columns.tolist() if site_ids is None else site_ids
            demand_ids = costs.index.tolist() if demand_ids is None else demand_ids
        read = ArgumentReader()
        held = costs if isinstance(costs, OrderedCosts) else OrderedCosts(read.matrix("costs", costs, None))
        n_demand, n_sites = held.shape
        people = read.numbers("weights", weights, n_demand, default=1.0)

        def per_site(name: str, values: ArrayLike | None) -> FloatArray | None:
            return None if values is None else read.numbers(name, values, n_sites)

        self._set(
            held=held,
            **({"costs": held.matrix} if held.order is None else {}),
            weights=people,
            p=read.count("p", p),
            p_new=read.count("p_new", p_new),
            roles=read.words("roles", roles, n_sites, Role.CANDIDATE),
            max_moves=read.count("max_moves", max_moves),
            capacities=per_site("capacities", capacities),
            demands=people if demands is None else read.numbers("demands", demands, n_demand),
            fixed_costs=per_site("fixed_costs", fixed_costs),
            budget=read.amount("budget", budget),
            groups=None if groups is None else read.labels("groups", groups, n_sites),
            demand_groups=None
            if demand_groups is None
            else read.labels("demand_groups", demand_groups, n_demand),
            site_costs=None
            if site_costs is None
            else read.matrix("site_costs", site_costs, (n_sites, n_sites)),
            site_values=per_site("site_values", site_values),
            conditions=tuple(conditions),
            site_ids=read.ids("site_ids", site_ids, n_sites),
            demand_ids=read.ids("demand_ids", demand_ids, n_demand),
        )
        if p is not None and p_new is not None:
            read.fault("say either p (all open sites) or p_new (sites beyond the existing ones)", "p")
        if budget is not None and fixed_costs is None:
            read.fault("a budget needs fixed_costs, the price of each site", "budget")
        read.finish()
        for condition in self.conditions:
            read.faults.extend(condition.faults(self))
        read.finish()

    def _set(self, **values: Any) -> None:  # noqa: ANN401 -- one value for each attribute
        for name, value in values.items():
            object.__setattr__(self, name, value)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> FloatArray:
            """The costs of sites that were put into another order, made when somebody asks for them."""
            if name != "costs" or "held" not in self.__dict__:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            costs = np.take(self.held.matrix, self.held.order, axis=1)
            costs.flags.writeable = False
            self._set(costs=costs, held=OrderedCosts(costs))
            return costs

    @property
    def n_demand(self) -> int:
        """Number of demand points."""
        return len(self.held.matrix)

    @property
    def n_sites(self) -> int:
        """Number of candidate sites, whatever their role."""
        return len(self.site_ids)

    @property
    def n_pairs(self) -> int:
        """Number of pairs of a demand point and a site."""
        return self.n_demand * self.n_sites

    def role_mask(self, *roles: Role) -> BoolArray:
        """(n_sites,) True for the sites that have one of ``roles``."""
        return np.fromiter((role in roles for role in self.roles), dtype=bool, count=self.n_sites)

    @cached_property
    def existing(self) -> BoolArray:
        """(n_sites,) True for the sites that are open today."""
        return self.role_mask(Role.EXISTING)

    @cached_property
    def always_open(self) -> BoolArray:
        """(n_sites,) True for the sites that are open in every answer."""
        if self.max_moves is None:
            return self.role_mask(Role.EXISTING, Role.REQUIRED)
        return self.role_mask(Role.REQUIRED)

    @cached_property
    def never_open(self) -> BoolArray:
        """(n_sites,) True for the forbidden sites."""
        return self.role_mask(Role.FORBIDDEN)

    @cached_property
    def free(self) -> BoolArray:
        """(n_sites,) True for the sites whose role leaves them to the answer."""
        return ~(self.always_open | self.never_open)

    @property
    def n_open(self) -> int | None:
        """How many sites are open in the answer; None when nothing says so.

        With ``max_moves`` alone it is as many as exist or are required today.
        """
        if self.p is not None:
            return self.p
        if self.p_new is None and self.max_moves is None:
            return None
        return int(self.role_mask(Role.EXISTING, Role.REQUIRED).sum()) + (self.p_new or 0)

    @cached_property
    def prices(self) -> FloatArray:
        """(n_sites,) price of having the site open: its fixed cost, 0 for existing sites."""
        if self.fixed_costs is None:
            return np.zeros(self.n_sites)
        return np.where(self.existing, 0.0, self.fixed_costs)

    @cached_property
    def allowed_costs(self) -> FloatArray:
        """(n_demand, n_sites) the costs, with forbidden sites as far away as unreachable ones."""
        if not self.never_open.any():
            return self.costs
        return np.where(self.never_open[None, :], np.inf, self.costs)

    @property
    def held_allowed(self) -> OrderedCosts:
        """The costs as they are held, with forbidden sites as far away as unreachable ones."""
        return replace(self.held, closed=self.never_open) if self.never_open.any() else self.held

    @cached_property
    def unreachable(self) -> BoolArray:
        """(n_demand,) True for demand points that no allowed site reaches."""
        return ~self.held_allowed.reached()

    @cached_property
    def site_position(self) -> dict[Hashable, int]:
        """Site id -> column."""
        return {site_id: position for position, site_id in enumerate(self.site_ids)}

    @cached_property
    def demand_position(self) -> dict[Hashable, int]:
        """Demand id -> row."""
        return {demand_id: position for position, demand_id in enumerate(self.demand_ids)}

    @cached_property
    def longest_min(self) -> float:
        """The longest minutes of any pair that is reachable; 0 for none."""
        return self.held.longest()

    @cached_property
    def demand_group_numbers(self) -> IntArray:
        """(n_demand,) the demand group of each demand point, numbered as they first appear."""
        labels = self.demand_groups or ()
        number = {label: place for place, label in enumerate(dict.fromkeys(labels))}
        return np.asarray([number[label] for label in labels], dtype=np.int64)

    @cached_property
    def demand_group_rows(self) -> dict[Hashable, IntArray]:
        """Label of a demand group -> its rows."""
        rows: dict[Hashable, list[int]] = {}
        for row, label in enumerate(self.demand_groups or ()):
            rows.setdefault(label, []).append(row)
        return {label: np.asarray(own, dtype=np.int64) for label, own in rows.items()}

    def program(self, model: str | Model = "p-median", **options: Any) -> PlacementProgram:  # noqa: ANN401
        """The PuLP program of this question, with the names of the sites in it.

        It is a ``pulp.LpProblem``: ``program.writeLP("placement.lp")``, ``program.writeMPS(...)``,
        ``program.solve(pulp.PULP_CBC_CMD())``. Constraints of the caller's own go over ``program.open``,
        which has the binary variable of each site by its id; ``optimise.solve(program)`` then solves and
        verifies it as ``solve(problem)`` does, without the large-scale engines, which know nothing of such
        constraints. Who can be served at all is settled before: the program serves all of them.

        Args:
            model: a name from ``MODELS``, or a model with its parameters. The median family, ``mclp``,
                ``lscp`` and ``p-center`` are one program each.
            options: parameters of the model, such as ``radius``.

        Raises:
            ProblemError: the problem lacks what the model needs, or the model is no single program.
            UnknownModelError: no such model.
        """
        # By its name: models know problems, and a problem knows only who writes it down.
        made: PlacementProgram = importlib.import_module("optimise.own_program").program_of(
            self, model, options
        )
        return made

    def take_sites(self, order: IntArray) -> PlacementProblem:
        """The same problem with its columns in another order."""
        if np.array_equal(order, np.arange(self.n_sites)):
            return self
        columns = order if self.held.order is None else self.held.order[order]
        moved: dict[str, Any] = {"costs": OrderedCosts(self.held.matrix, columns)}
        for name in ("capacities", "fixed_costs", "site_values"):
            values = getattr(self, name)
            moved[name] = None if values is None else values[order]
        for name in ("roles", "site_ids", "groups"):
            labels = getattr(self, name)
            moved[name] = None if labels is None else [labels[site] for site in order.tolist()]
        if self.site_costs is not None:
            moved["site_costs"] = self.site_costs[np.ix_(order, order)]
        return self.replace(**moved)

    def take_demand(self, order: IntArray) -> PlacementProblem:
        """The same problem with its rows in another order."""
        if np.array_equal(order, np.arange(self.n_demand)):
            return self
        costs = self.costs[order]
        costs.flags.writeable = False
        moved: dict[str, Any] = {"costs": OrderedCosts(costs), "weights": self.weights[order]}
        if self.demands is not self.weights:
            moved["demands"] = self.demands[order]
        for name in ("demand_ids", "demand_groups"):
            labels = getattr(self, name)
            moved[name] = None if labels is None else [labels[row] for row in order.tolist()]
        return self.replace(**moved)

    def replace(self, **changes: Any) -> PlacementProblem:  # noqa: ANN401 -- passed on to the constructor
        """The same problem with some attributes changed."""
        kept = {item.name: getattr(self, item.name) for item in fields(self) if item.name in self.__dict__}
        kept["costs"] = kept.pop("held")
        if self.demands is self.weights:
            kept["demands"] = None
        return PlacementProblem(**{**kept, **changes})

    def with_conditions(self, *conditions: Condition) -> PlacementProblem:
        """The same problem with further conditions."""
        if not conditions:
            return self
        return self.replace(conditions=(*self.conditions, *conditions))


def sorted_order(ids: Sequence[Hashable]) -> IntArray:
    """Positions of ``ids`` in ascending order: numbers as numbers, everything else by its text."""
    keyed = [(0, value, "") if isinstance(value, int | float) else (1, 0, str(value)) for value in ids]
    return np.asarray(sorted(range(len(keyed)), key=keyed.__getitem__), dtype=np.int64)
