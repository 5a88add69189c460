"""Which nodes reach each other: strongly connected components of the open network."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from networks.arrays import IntArray
from networks.brief import brief_lines
from networks.doubled import junction_edges
from networks.network import TravelNetwork

if TYPE_CHECKING:
    from scipy import sparse


class Components(NamedTuple):
    """A partition of the nodes.

    Attributes:
        of_node: (n_nodes,) component of each node; 0 is the largest, then by falling size.
        sizes: (n_components,) number of nodes.
    """

    of_node: IntArray
    sizes: IntArray

    def __repr__(self) -> str:
        """Two lines: the arrays by their sizes."""
        return brief_lines("Components", self._asdict().items())


def find_components(network: TravelNetwork, *, strong: bool = True) -> Components:
    """The components of the network, by falling size; of equal ones the one with the first node leads.

    The nodes of a split junction are one place: whoever reaches one of them is there.

    Args:
        network: the network; closed edges do not count.
        strong: nodes that reach each other in both directions; else nodes joined at all.
    """
    from scipy.sparse import csgraph  # noqa: PLC0415  (SciPy takes long to import)

    _, labels = csgraph.connected_components(
        junctions_joined(network), directed=True, connection="strong" if strong else "weak"
    )
    _, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -counts))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Components(rank[inverse], counts[order].astype(np.int64))


def junctions_joined(network: TravelNetwork) -> sparse.csr_matrix:
    """(n_nodes, n_nodes) which nodes are joined by an open edge, those of one junction in both directions."""
    from scipy import sparse  # noqa: PLC0415  (SciPy takes long to import)

    graph, joins = network.search_graph.tocoo(), junction_edges(network)
    tails = np.concatenate([graph.row, network.topology.heads[joins]])
    heads = np.concatenate([graph.col, network.topology.tails[joins]])
    return sparse.csr_matrix((np.ones(len(tails), dtype=bool), (tails, heads)), shape=graph.shape)
