"""Travel times over a customisable contraction hierarchy: exact, and built once for all scenarios.

Three steps, each of which can be repeated without the ones before it::

    order = build_order(n_nodes, tails, heads, lon=lon, lat=lat)    # once per network, kept on disk
    metric = customise(order, seconds)                              # once per scenario
    seconds = many_to_many(metric, sources, targets)                # as often as one likes

Everything speaks plain arrays: nodes and edges by number, times in float64 seconds, ``inf`` for a closed
edge and for no way. The method is that of Dibbelt, Strasser and Wagner (2016, "Customizable contraction
hierarchies", ACM JEA 21) with the batched sweeps of Delling, Goldberg and Werneck (2011, "Faster batched
shortest paths in road networks", ATMOS); each module names the papers it follows.
"""

from .compiled import announced_to, cache_folder
from .customisation import Metric, customise
from .engine import Engine, EngineChoice, choose_engine
from .legs import ArcSums, Legs, arc_sums, legs, summed_legs
from .matrix import many_to_many, stream_many_to_many
from .nearest import nearest
from .order import Order, build_order
from .ordering import OrderMethod
from .paths import Paths, paths
from .recustomisation import recustomise
from .threads import one_thread, processors
from .used import edges_to_nearest

__all__ = [
    "ArcSums",
    "Engine",
    "EngineChoice",
    "Legs",
    "Metric",
    "Order",
    "OrderMethod",
    "Paths",
    "announced_to",
    "arc_sums",
    "build_order",
    "cache_folder",
    "choose_engine",
    "customise",
    "edges_to_nearest",
    "legs",
    "many_to_many",
    "nearest",
    "one_thread",
    "paths",
    "processors",
    "recustomise",
    "stream_many_to_many",
    "summed_legs",
]
