"""The engines that are compared, each with its own best way of answering the same three questions.

``build`` prepares a graph, ``matrix`` gives seconds from origins to destinations, ``nearest`` gives seconds
from every node to the nearest of a few. All search from the destinations, which are fewer.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import warnings
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
from graphs import FloatArray, IntArray, RoadGraph


class Engine(ABC):
    """One way of finding travel times; ``package`` must be installed."""

    name: str
    package: str
    sample: int | None = None
    """From how many destinations the matrix is extrapolated; None = all of them are run."""

    def missing(self) -> str:
        """Why the engine cannot run; empty if it can."""
        found = importlib.util.find_spec(self.package) is not None
        return "" if found else f"{self.package} is not installed"

    def version(self) -> str:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(self.package.replace("_", "-"))
        return "this repository"

    @abstractmethod
    def build(self, graph: RoadGraph) -> None: ...

    @abstractmethod
    def matrix(self, origins: IntArray, destinations: IntArray) -> FloatArray: ...

    def nearest(self, facilities: IntArray) -> FloatArray | None:
        """None if the engine does not do this."""
        return None


class Hierarchy(Engine):
    package = "networks"

    def __init__(self, threads: int | None) -> None:
        self.threads = threads
        self.name = "hierarchy" if threads is None else f"hierarchy, {threads} thread"

    def build(self, graph: RoadGraph) -> None:
        from networks import hierarchy

        order = hierarchy.build_order(graph.n_nodes, graph.tails, graph.heads, lon=graph.lon, lat=graph.lat)
        self.metric = hierarchy.customise(order, graph.seconds)

    def matrix(self, origins: IntArray, destinations: IntArray) -> FloatArray:
        from networks import hierarchy

        return hierarchy.many_to_many(self.metric, origins, destinations, threads=self.threads)

    def nearest(self, facilities: IntArray) -> FloatArray:
        from networks import hierarchy

        return hierarchy.nearest(self.metric, np.arange(self.metric.n_nodes), facilities)[0][:, 0]


class SciPy(Engine):
    name = "scipy csgraph.dijkstra"
    package = "scipy"

    def build(self, graph: RoadGraph) -> None:
        self.reversed = graph.matrix().T.tocsr()

    def matrix(self, origins: IntArray, destinations: IntArray) -> FloatArray:
        from scipy.sparse import csgraph

        seconds = np.empty((len(destinations), len(origins)))
        for row, destination in enumerate(destinations):
            seconds[row] = csgraph.dijkstra(self.reversed, indices=int(destination))[origins]
        return seconds.T

    def nearest(self, facilities: IntArray) -> FloatArray:
        from scipy.sparse import csgraph

        return csgraph.dijkstra(self.reversed, indices=facilities, min_only=True)


class NetworkX(Engine):
    name = "networkx"
    package = "networkx"
    sample = 2

    def build(self, graph: RoadGraph) -> None:
        import networkx as nx

        self.n = graph.n_nodes
        self.reversed = nx.DiGraph()
        fastest = graph.matrix().T.tocoo()
        self.reversed.add_nodes_from(range(graph.n_nodes))
        edges = zip(fastest.row.tolist(), fastest.col.tolist(), fastest.data.tolist(), strict=True)
        self.reversed.add_weighted_edges_from(edges)

    def matrix(self, origins: IntArray, destinations: IntArray) -> FloatArray:
        import networkx as nx

        columns = []
        for destination in destinations.tolist():
            found = nx.single_source_dijkstra_path_length(self.reversed, destination)
            columns.append([found.get(origin, np.inf) for origin in origins.tolist()])
        return np.array(columns).T

    def nearest(self, facilities: IntArray) -> FloatArray:
        import networkx as nx

        found = nx.multi_source_dijkstra_path_length(self.reversed, set(facilities.tolist()))
        return np.array([found.get(node, np.inf) for node in range(self.n)])


class Pandana(Engine):
    """Asks for every pair on its own, so its time is proportional to the pairs."""

    name = "pandana"
    package = "pandana"
    sample = 30

    def build(self, graph: RoadGraph) -> None:
        import pandana
        import pandas as pd

        with _silent():
            self.network = pandana.Network(
                pd.Series(graph.lon),
                pd.Series(graph.lat),
                pd.Series(graph.tails),
                pd.Series(graph.heads),
                pd.DataFrame({"seconds": graph.seconds}),
                twoway=False,
            )

    def matrix(self, origins: IntArray, destinations: IntArray) -> FloatArray:
        starts, ends = np.repeat(origins, len(destinations)), np.tile(destinations, len(origins))
        with _silent():
            found = self.network.shortest_path_lengths(starts, ends, imp_name="seconds")
        seconds = np.asarray(found, dtype=np.float64).reshape(len(origins), len(destinations))
        return np.where(seconds > 4_000_000, np.inf, seconds)

    def nearest(self, facilities: IntArray) -> FloatArray:
        far = 4_000_000.0
        lon = self.network.nodes_df["x"].to_numpy()[facilities]
        lat = self.network.nodes_df["y"].to_numpy()[facilities]
        import pandas as pd

        with _silent():
            self.network.set_pois("sites", far, 1, pd.Series(lon), pd.Series(lat))
            found = self.network.nearest_pois(far, "sites", num_pois=1)
        seconds = found[1].to_numpy()
        return np.where(seconds >= far, np.inf, seconds)


class RoutingKit(Engine):
    """Takes whole numbers only: milliseconds. Where there is no way it gives None."""

    name = "routingkit-cch"
    package = "routingkit_cch"

    def build(self, graph: RoadGraph) -> None:
        import routingkit_cch as rk

        tails, heads = graph.tails.astype(np.uint32), graph.heads.astype(np.uint32)
        order = rk.compute_order_inertial(graph.n_nodes, tails, heads, graph.lat, graph.lon)
        self.cch = rk.CCH(order, tails, heads, True)
        self.metric = rk.CCHMetric(self.cch, np.rint(1000 * graph.seconds).astype(np.uint32))

    def matrix(self, origins: IntArray, destinations: IntArray) -> FloatArray:
        import routingkit_cch as rk

        pinned = rk.CCHManyToOne(self.metric, origins.tolist())
        columns = [pinned.distances_to(destination) for destination in destinations.tolist()]
        seconds = np.array(columns, dtype=np.float64).T / 1000
        return np.where(np.isnan(seconds), np.inf, seconds)


def all_engines() -> list[Engine]:
    return [Hierarchy(None), Hierarchy(1), SciPy(), RoutingKit(), NetworkX(), Pandana()]


@contextlib.contextmanager
def _silent():
    """Compiled code that prints to the process's own standard output is not let through."""
    kept = os.dup(1)
    with Path(os.devnull).open("w") as nowhere, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
