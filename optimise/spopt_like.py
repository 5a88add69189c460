"""The calls of spopt's location models: a script of spopt runs with its import changed, and gets bounds.

``from optimise.spopt_like import PMedian`` in place of ``from spopt.locate import PMedian``. The methods have
spopt's names, arguments and results: ``from_cost_matrix``, ``from_geodataframe``, ``solve``, ``fac2cli``,
``cli2fac``, ``fac_vars``, ``problem.objective``, ``mean_dist``, ``perc_cov``, ``n_cli_uncov``,
``backup_perc``. On top of them:

- ``solution`` is the :class:`~optimise.solution.Solution`, verified, with status, bound and gap;
- ``solve()`` without a solver takes the exact engines;
- a time limit that strikes is no optimum: ``solution.status`` says so, and ``problem.sol_status``;
- NaN and inf in the cost matrix are pairs without a way, not a fault.

``fulfill_predefined_fac`` and the capacities of ``LSCP`` are not here, and are refused.
Feng, Gaboardi, Knaap, Rey and Wei (2022), *PySAL spopt*, Journal of Open Source Software 7(74).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar, cast

import numpy as np
import pulp
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from optimise.arrays import FloatArray
from optimise.errors import Fault, ProblemError, SolverError
from optimise.own_program import PlacementProgram
from optimise.problem import PlacementProblem
from optimise.sentences import Sentence
from optimise.solution import Solution
from optimise.solving import solve
from optimise.status import Status

__all__ = ["LSCP", "LSCPB", "MCLP", "KNearestPMedian", "PCenter", "PDispersion", "PMedian"]

_Own = TypeVar("_Own", bound="_Located")

_PULP_STATUS = {
    Status.OPTIMAL: (pulp.LpStatusOptimal, pulp.LpSolutionOptimal),
    Status.FEASIBLE: (pulp.LpStatusOptimal, pulp.LpSolutionIntegerFeasible),
    Status.INTERRUPTED: (pulp.LpStatusNotSolved, pulp.LpSolutionIntegerFeasible),
    Status.INFEASIBLE: (pulp.LpStatusInfeasible, pulp.LpSolutionInfeasible),
    Status.NO_SOLUTION: (pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound),
}


_NOT_HERE = Sentence("opt.fault.not_here", "is not here: leave it out, or stay with spopt for it")


_NO_NUMBERS = Sentence("opt.fault.k_array", "must have one whole number from 1 for each client")


def _weighted(posed: PlacementProblem, solution: Solution) -> float:
    """The weighted sum of distances, which spopt minimises."""
    return float(np.nansum(posed.weights * solution.travel_min))


class Figure:
    """A number under a name, read as a variable of PuLP is: ``value()`` or ``varValue``."""

    def __init__(self, name: str, value: float) -> None:
        """Hold a value."""
        self.name, self.varValue = name, value

    def value(self) -> float:
        """The number."""
        return self.varValue

    def __repr__(self) -> str:
        return self.name


class Solved:
    """What scripts read of spopt's ``problem``: its objective and status; and the program itself."""

    def __init__(self, posed: PlacementProblem, model: str, options: dict[str, Any], name: str) -> None:
        """Hold the question."""
        self.name = name
        self.status, self.sol_status = pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound
        self.objective: Figure | None = None
        self._asked = posed, model, options

    @property
    def program(self) -> PlacementProgram:
        """The PuLP program (``writeLP``, ``writeMPS``)."""
        posed, model, options = self._asked
        return posed.program(model, **options)

    def writeLP(self, path: str) -> None:  # noqa: N802 - PuLP's name
        """Write the program as an LP file."""
        self.program.writeLP(path)


class _Located:
    """What the models share."""

    kind: ClassVar[str]
    fac2cli: list[list[int]]
    cli2fac: list[list[int]]
    solution: Solution

    def __init__(self, name: str, posed: PlacementProblem, options: dict[str, Any] | None = None) -> None:
        self.name = name
        self.aij: FloatArray = np.asarray(posed.costs)
        self.fac_vars = [Figure(f"y[{place}]", 0.0) for place in range(posed.n_sites)]
        self._posed, self._options = posed, options or {}
        self.model = self.kind if posed.capacities is None else "capacitated-p-median"
        self.problem = Solved(posed, self.model, self._options, name)

    def _value(self, solution: Solution) -> float:
        """The objective as spopt counts it."""
        return solution.objective

    def _further(self) -> None:
        """Set what the model has besides."""

    def _solve(self, solver: object, *, results: bool) -> None:
        chosen: Any = "highs" if solver is None else solver
        self.solution = solve(self._posed, self.model, solver=chosen, **self._options)
        self.problem.status, self.problem.sol_status = _PULP_STATUS[self.solution.status]
        if self.solution.placed is None:
            told = Sentence(
                "opt.fault.not_solved", "Model is not solved: {status}.", status=self._status_word
            )
            raise SolverError(told)
        self.problem.objective = Figure(self.name, self._value(self.solution))
        for figure, is_open in zip(self.fac_vars, self.solution.placed.sites.tolist(), strict=True):
            figure.varValue = float(is_open)
        if results:
            self.facility_client_array()
            self.client_facility_array()
            self._further()

    @property
    def _status_word(self) -> str:
        return str(pulp.LpStatus[self.problem.status])

    def facility_client_array(self) -> None:
        """Set ``fac2cli``: for each facility the positions of its clients."""
        self.fac2cli = [np.flatnonzero(column).tolist() for column in self._serves().T]

    def client_facility_array(self) -> None:
        """Set ``cli2fac``: for each client the positions of its facilities."""
        self.cli2fac = [np.flatnonzero(row).tolist() for row in self._serves()]

    def _serves(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """(n_demand, n_sites) who is served from where."""
        placed = self.solution.placed
        assert placed is not None
        if placed.shares is not None:
            return np.asarray(placed.shares > 0)
        return np.asarray(placed.assignment[:, None] == np.arange(self._posed.n_sites)[None, :])


class _Assigned(_Located):
    """Every client goes to one facility."""

    def solve(self: _Own, solver: object = None, results: bool = True) -> _Own:
        """Solve and verify.

        Args:
            solver: a solver object of PuLP, or a name; None = the exact engines.
            results: set ``fac2cli`` and ``cli2fac`` too.

        Raises:
            SolverError: nothing answers the question, or the solver failed.
        """
        self._solve(solver, results=results)
        return self


class _Covering(_Located):
    """A client belongs to every open facility within the radius."""

    def _serves(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        placed = self.solution.placed
        assert placed is not None
        return np.asarray((self._posed.costs <= self._options["radius"]) & placed.sites[None, :])


class PMedian(_Assigned):
    """The weighted p-median, with room at the facilities where capacities are given (single sourcing)."""

    kind: ClassVar[str] = "p-median"
    ai_sum: float
    mean_dist: float

    @classmethod
    def from_cost_matrix(
        cls,
        cost_matrix: ArrayLike,
        weights: ArrayLike,
        p_facilities: int,
        predefined_facilities_arr: ArrayLike | None = None,
        facility_capacities: ArrayLike | None = None,
        fulfill_predefined_fac: bool = False,
        name: str = "p-median",
    ) -> PMedian:
        """The model of a (n_demand, n_sites) matrix.

        Raises:
            ProblemError: an argument is impossible, or one that is not here.
        """
        if fulfill_predefined_fac:
            raise ProblemError([Fault(_NOT_HERE, "fulfill_predefined_fac")])
        posed = PlacementProblem(
            cost_matrix,
            weights=np.ravel(weights),
            p=p_facilities,
            roles=_roles(predefined_facilities_arr),
            capacities=None if facility_capacities is None else np.ravel(facility_capacities),
        )
        made = cls(name, posed)
        made.ai_sum = float(np.sum(posed.weights))
        return made

    @classmethod
    def from_geodataframe(
        cls,
        gdf_demand: Any,  # noqa: ANN401 - a GeoDataFrame
        gdf_fac: Any,  # noqa: ANN401
        demand_col: str,
        facility_col: str,
        weights_cols: str,
        p_facilities: int,
        facility_capacity_col: str | None = None,
        predefined_facility_col: str | None = None,
        fulfill_predefined_fac: bool = False,
        distance_metric: str = "euclidean",
        name: str = "p-median",
    ) -> PMedian:
        """The model of two GeoDataFrames, with distances in their coordinates.

        Raises:
            ValueError: the two are in different CRS.
        """
        return cls.from_cost_matrix(
            _distances(gdf_demand, gdf_fac, demand_col, facility_col, distance_metric),
            gdf_demand[weights_cols].to_numpy(),
            p_facilities,
            _column(gdf_fac, predefined_facility_col),
            _column(gdf_fac, facility_capacity_col),
            fulfill_predefined_fac,
            name,
        )

    def _value(self, solution: Solution) -> float:
        return _weighted(self._posed, solution)

    def _further(self) -> None:
        self.get_mean_distance()

    def get_mean_distance(self) -> None:
        """Set ``mean_dist``, the weighted mean distance."""
        assert self.problem.objective is not None
        self.mean_dist = self.problem.objective.value() / self.ai_sum


class KNearestPMedian(_Assigned):
    """The p-median of clients that know their nearest facilities: the best of the whole question.

    spopt begins with the ``k_array`` nearest facilities of each client and gives those who find no room
    further ones, until everybody has one; the optimum is that of all facilities. Here all are asked at once.
    """

    kind: ClassVar[str] = "p-median"

    @classmethod
    def from_geodataframe(
        cls,
        gdf_demand: Any,  # noqa: ANN401 - a GeoDataFrame
        gdf_fac: Any,  # noqa: ANN401
        demand_col: str,
        facility_col: str,
        weights_cols: str,
        p_facilities: int,
        facility_capacity_col: str | None = None,
        k_array: ArrayLike | None = None,
        distance_metric: str = "euclidean",
        name: str = "k-nearest-p-median",
    ) -> KNearestPMedian:
        """The model of two GeoDataFrames, with distances in their coordinates.

        Args:
            gdf_demand: clients.
            gdf_fac: facilities.
            demand_col: column of the clients' points.
            facility_col: column of the facilities' points.
            weights_cols: column of the clients' weights.
            p_facilities: how many are open.
            facility_capacity_col: column of the facilities' room.
            k_array: (n_demand,) with how many facilities spopt begins; no answer depends on it.
            distance_metric: as :func:`scipy.spatial.distance.cdist` names it.
            name: name of the model.

        Raises:
            ValueError: the two are in different CRS.
            ProblemError: ``k_array`` has not one whole number from 1 for each client.
        """
        whole = PMedian.from_geodataframe(
            gdf_demand,
            gdf_fac,
            demand_col,
            facility_col,
            weights_cols,
            p_facilities,
            facility_capacity_col,
            distance_metric=distance_metric,
            name=name,
        )
        if k_array is not None:
            begun = np.asarray(k_array)
            if begun.shape != (len(gdf_demand),) or begun.dtype.kind not in "iu" or (begun < 1).any():
                raise ProblemError([Fault(_NO_NUMBERS, "k_array")])
        return cls(name, whole._posed)

    def _value(self, solution: Solution) -> float:
        return _weighted(self._posed, solution)


class PCenter(_Assigned):
    """The least longest distance."""

    kind: ClassVar[str] = "p-center"

    @classmethod
    def from_cost_matrix(
        cls,
        cost_matrix: ArrayLike,
        p_facilities: int,
        predefined_facilities_arr: ArrayLike | None = None,
        name: str = "p-center",
    ) -> PCenter:
        """The model of a (n_demand, n_sites) matrix.

        Raises:
            ProblemError: an argument is impossible.
        """
        roles = _roles(predefined_facilities_arr)
        return cls(name, PlacementProblem(cost_matrix, p=p_facilities, roles=roles))

    @classmethod
    def from_geodataframe(
        cls,
        gdf_demand: Any,  # noqa: ANN401 - a GeoDataFrame
        gdf_fac: Any,  # noqa: ANN401
        demand_col: str,
        facility_col: str,
        p_facilities: int,
        predefined_facility_col: str | None = None,
        distance_metric: str = "euclidean",
        name: str = "p-center",
    ) -> PCenter:
        """The model of two GeoDataFrames, with distances in their coordinates.

        Raises:
            ValueError: the two are in different CRS.
        """
        matrix = _distances(gdf_demand, gdf_fac, demand_col, facility_col, distance_metric)
        return cls.from_cost_matrix(matrix, p_facilities, _column(gdf_fac, predefined_facility_col), name)


class LSCP(_Covering, _Assigned):
    """The fewest facilities that cover everybody.

    spopt finds nothing where somebody cannot be covered; here the others are covered, and
    ``solution.unserved`` has who is not.
    """

    kind: ClassVar[str] = "lscp"

    @classmethod
    def from_cost_matrix(
        cls: type[_Own],
        cost_matrix: ArrayLike,
        service_radius: float,
        predefined_facilities_arr: ArrayLike | None = None,
        demand_quantity_arr: ArrayLike | None = None,
        facility_capacity_arr: ArrayLike | None = None,
        name: str = "lscp",
    ) -> _Own:
        """The model of a (n_demand, n_sites) matrix.

        Raises:
            ProblemError: an argument is impossible, or one that is not here.
        """
        given = {"demand_quantity_arr": demand_quantity_arr, "facility_capacity_arr": facility_capacity_arr}
        faults = [Fault(_NOT_HERE, name) for name, value in given.items() if value is not None]
        if faults:
            raise ProblemError(faults)
        posed = PlacementProblem(cost_matrix, roles=_roles(predefined_facilities_arr))
        return cls(name, posed, {"radius": service_radius})

    @classmethod
    def from_geodataframe(
        cls: type[_Own],
        gdf_demand: Any,  # noqa: ANN401 - a GeoDataFrame
        gdf_fac: Any,  # noqa: ANN401
        demand_col: str,
        facility_col: str,
        service_radius: float,
        predefined_facility_col: str | None = None,
        demand_quantity_col: str | None = None,
        facility_capacity_col: str | None = None,
        distance_metric: str = "euclidean",
        name: str = "lscp",
    ) -> _Own:
        """The model of two GeoDataFrames, with distances in their coordinates.

        Raises:
            ValueError: the two are in different CRS.
        """
        return cls.from_cost_matrix(  # type: ignore[attr-defined, no-any-return]
            _distances(gdf_demand, gdf_fac, demand_col, facility_col, distance_metric),
            service_radius,
            _column(gdf_fac, predefined_facility_col),
            _column(gdf_demand, demand_quantity_col),
            _column(gdf_fac, facility_capacity_col),
            name=name,
        )


class LSCPB(_Covering):
    """The fewest facilities that cover everybody, and of those the ones that cover most clients twice."""

    kind: ClassVar[str] = "lscp"
    backup_perc: float
    _solver: object

    @classmethod
    def from_cost_matrix(
        cls,
        cost_matrix: ArrayLike,
        service_radius: float,
        solver: object = None,
        predefined_facilities_arr: ArrayLike | None = None,
        name: str = "lscp-b",
    ) -> LSCPB:
        """The model of a (n_demand, n_sites) matrix; the solver is named here, as in spopt.

        Raises:
            ProblemError: an argument is impossible.
        """
        posed = PlacementProblem(cost_matrix, roles=_roles(predefined_facilities_arr))
        made = cls(name, posed, {"radius": service_radius, "backup": True})
        made._solver = solver
        return made

    @classmethod
    def from_geodataframe(
        cls,
        gdf_demand: Any,  # noqa: ANN401 - a GeoDataFrame
        gdf_fac: Any,  # noqa: ANN401
        demand_col: str,
        facility_col: str,
        service_radius: float,
        solver: object = None,
        predefined_facility_col: str | None = None,
        distance_metric: str = "euclidean",
        name: str = "lscp-b",
    ) -> LSCPB:
        """The model of two GeoDataFrames, with distances in their coordinates.

        Raises:
            ValueError: the two are in different CRS.
        """
        matrix = _distances(gdf_demand, gdf_fac, demand_col, facility_col, distance_metric)
        return cls.from_cost_matrix(
            matrix, service_radius, solver, _column(gdf_fac, predefined_facility_col), name
        )

    def solve(self, results: bool = True) -> LSCPB:
        """Solve and verify, with the solver that was named before.

        Raises:
            SolverError: nothing answers the question, or the solver failed.
        """
        self._solve(self._solver, results=results)
        return self

    def _further(self) -> None:
        self.get_percentage()

    def get_percentage(self) -> None:
        """Set ``backup_perc``, the percentage of clients that two facilities or more cover."""
        assert self.problem.objective is not None
        self.backup_perc = 100.0 * self.problem.objective.value() / self._posed.n_demand

    def _value(self, solution: Solution) -> float:
        return solution.figures["weight_covered_twice"]


class MCLP(_Covering, _Assigned):
    """The most weight within the radius."""

    kind: ClassVar[str] = "mclp"
    n_cli_uncov: int
    perc_cov: float

    @classmethod
    def from_cost_matrix(
        cls,
        cost_matrix: ArrayLike,
        weights: ArrayLike,
        service_radius: float,
        p_facilities: int,
        predefined_facilities_arr: ArrayLike | None = None,
        name: str = "mclp",
    ) -> MCLP:
        """The model of a (n_demand, n_sites) matrix.

        Raises:
            ProblemError: an argument is impossible.
        """
        roles = _roles(predefined_facilities_arr)
        posed = PlacementProblem(cost_matrix, weights=np.ravel(weights), p=p_facilities, roles=roles)
        return cls(name, posed, {"radius": service_radius})

    @classmethod
    def from_geodataframe(
        cls,
        gdf_demand: Any,  # noqa: ANN401 - a GeoDataFrame
        gdf_fac: Any,  # noqa: ANN401
        demand_col: str,
        facility_col: str,
        weights_cols: str,
        service_radius: float,
        p_facilities: int,
        predefined_facility_col: str | None = None,
        distance_metric: str = "euclidean",
        name: str = "mclp",
    ) -> MCLP:
        """The model of two GeoDataFrames, with distances in their coordinates.

        Raises:
            ValueError: the two are in different CRS.
        """
        return cls.from_cost_matrix(
            _distances(gdf_demand, gdf_fac, demand_col, facility_col, distance_metric),
            gdf_demand[weights_cols].to_numpy(),
            service_radius,
            p_facilities,
            _column(gdf_fac, predefined_facility_col),
            name,
        )

    def _further(self) -> None:
        self.uncovered_clients()
        self.get_percentage()

    def uncovered_clients(self) -> None:
        """Set ``n_cli_uncov``: clients beyond the radius, those without weight too."""
        self.n_cli_uncov = int((~self._serves().any(axis=1)).sum())

    def get_percentage(self) -> None:
        """Set ``perc_cov``: the percentage of clients, not of their weight, that is covered."""
        self.perc_cov = (1 - self.n_cli_uncov / self._posed.n_demand) * 100.0


class PDispersion(_Located):
    """The facilities whose closest two are as far apart as possible."""

    kind: ClassVar[str] = "p-dispersion"

    @classmethod
    def from_cost_matrix(
        cls,
        cost_matrix: ArrayLike,
        p_facilities: int,
        predefined_facilities_arr: ArrayLike | None = None,
        name: str = "p-dispersion",
    ) -> PDispersion:
        """The model of a (n_sites, n_sites) matrix.

        Raises:
            ProblemError: an argument is impossible.
        """
        roles = _roles(predefined_facilities_arr)
        return cls(name, PlacementProblem(cost_matrix, p=p_facilities, roles=roles, site_costs=cost_matrix))

    @classmethod
    def from_geodataframe(
        cls,
        gdf_fac: Any,  # noqa: ANN401 - a GeoDataFrame
        facility_col: str,
        p_facilities: int,
        predefined_facility_col: str | None = None,
        distance_metric: str = "euclidean",
        name: str = "p-dispersion",
    ) -> PDispersion:
        """The model of one GeoDataFrame, with distances in its coordinates."""
        matrix = _distances(gdf_fac, gdf_fac, facility_col, facility_col, distance_metric)
        return cls.from_cost_matrix(matrix, p_facilities, _column(gdf_fac, predefined_facility_col), name)

    def solve(self, solver: object = None) -> PDispersion:
        """Solve and verify; None = the exact engines.

        Raises:
            SolverError: nothing answers the question, or the solver failed.
        """
        self._solve(solver, results=False)
        return self


def _roles(predefined: ArrayLike | None) -> Iterable[str] | None:
    if predefined is None:
        return None
    return ["required" if chosen else "candidate" for chosen in np.ravel(predefined).tolist()]


def _column(frame: Any, name: str | None) -> ArrayLike | None:  # noqa: ANN401 - a GeoDataFrame
    return None if name is None else frame[name].to_numpy()


def _distances(demand: Any, facilities: Any, demand_col: str, facility_col: str, metric: str) -> FloatArray:  # noqa: ANN401
    """(n_demand, n_sites) distances between points, or centroids, in the unit of the coordinates."""
    if demand.crs != facilities.crs:
        raise ValueError(
            Sentence(
                "opt.fault.two_crs",
                "Geodataframes crs are different: gdf_demand-{demand}, gdf_fac-{facilities}",
                demand=str(demand.crs),
                facilities=str(facilities.crs),
            )
        )
    places = []
    for geometry in (demand[demand_col], facilities[facility_col]):
        points = geometry if (geometry.geom_type == "Point").all() else geometry.centroid
        places.append(np.column_stack([points.x.to_numpy(), points.y.to_numpy()]))
    return np.asarray(cdist(places[0], places[1], cast("Any", metric)), dtype=np.float64)
