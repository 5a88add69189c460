"""Which engine searches, who may say so, and which one it was in the end.

Every function that searches takes ``engine="auto"`` and asks :func:`chosen_engine`. A caller that cannot pass
the word down (a command over functions of functions) says it with :func:`using_engine`, and learns there
which engines ran and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from networks.errors import NetworkDataError
from networks.network import TravelNetwork
from networks.sentences import Sentence

Engine = Literal["auto", "scipy", "dijkstra", "hierarchy"]
EngineThatRan = Literal["scipy", "dijkstra", "hierarchy"]
ENGINES: tuple[Engine, ...] = ("auto", "scipy", "dijkstra", "hierarchy")

#: Nodes searched (searches times nodes of the network) below which SciPy is done, within about half a second,
#: before the compiled engine is even loaded.
SMALL_SEARCH = 5_000_000
#: Nodes from which on a network is large: SciPy's graph of it takes longer to make than one search.
LARGE_NETWORK = 300_000
#: Nodes searched in a large network below which the compiled Dijkstra is done sooner than the hierarchy.
FEW_SEARCHES = 10_000_000


@dataclass
class EnginesUsed:
    """What searched within a :func:`using_engine` block.

    Attributes:
        wanted: what was asked for.
        reasons: engine -> why it was chosen, in words, for its first search.
    """

    wanted: Engine
    reasons: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """For a result: what was asked for, which engines ran, and why."""
        return {"asked": self.wanted, "ran": sorted(self.reasons), "reasons": dict(self.reasons)}

    def in_words(self) -> str:
        """One line for people; empty when nothing was searched."""
        return "; ".join(f"{name}: {self.reasons[name]}" for name in sorted(self.reasons))


_used: ContextVar[EnginesUsed | None] = ContextVar("engines used", default=None)


@contextmanager
def using_engine(engine: Engine) -> Iterator[EnginesUsed]:
    """Within this block ``auto`` means ``engine``; what ran is noted in what the block is given.

    A function that is called with an engine by name keeps it. Threads started inside know nothing of the
    block: they have to be given the engine by name.

    Raises:
        NetworkDataError: no such engine.
    """
    used = EnginesUsed(known_engine(engine))
    token = _used.set(used)
    try:
        yield used
    finally:
        _used.reset(token)


def known_engine(engine: Engine) -> Engine:
    """The name itself.

    Raises:
        NetworkDataError: no such engine.
    """
    if engine not in ENGINES:
        raise NetworkDataError(
            Sentence(
                "net.fault.engine",
                "no such engine: '{engine}'; there are {engines}",
                engine=engine,
                engines=tuple(ENGINES),
            )
        )
    return engine


def chosen_engine(
    network: TravelNetwork,
    n_sources: int,
    n_targets: int,
    *,
    engine: Engine = "auto",
    times: int = 1,
    seconds_only: bool = False,
) -> EngineThatRan:
    """The engine that searches: as named, or the one that is likely to answer sooner.

    They agree within 1e-6 s, SciPy and the compiled Dijkstra to the last bit. See
    :func:`networks.hierarchy.choose_engine` for the estimate.

    Args:
        network: the network.
        n_sources: nodes to search from.
        n_targets: nodes to search to.
        engine: what the caller wants.
        times: how often a matrix of this size is asked of the network.
        seconds_only: nothing but seconds is asked for, so that the compiled Dijkstra can answer
            (:mod:`networks.dijkstra`); SciPy takes its place elsewhere.

    Raises:
        NetworkDataError: no such engine.
    """
    used = _used.get()
    wanted = known_engine(engine)
    if wanted == "auto" and used is not None:
        wanted = used.wanted
    name, reason = _choice(network, n_sources, n_targets, wanted, times, seconds_only=seconds_only)
    if used is not None:
        used.reasons.setdefault(name, reason)
    return name


def engine_within(network: TravelNetwork, searches: int, nodes: int) -> Engine:
    """The engine of searches that cannot leave some nodes: as wanted, or the compiled Dijkstra for a few.

    Args:
        network: the network.
        searches: nodes to search from.
        nodes: how many nodes a search can come to.
    """
    used = _used.get()
    asked = used is not None and used.wanted != "auto"
    if asked or "metric" in network.__dict__ or searches * nodes >= FEW_SEARCHES:
        return "auto"
    if used is not None:
        used.reasons.setdefault("dijkstra", _small(searches, nodes))
    return "dijkstra"


def _small(searches: int, nodes: int) -> str:
    return Sentence(
        "net.engine.small",
        "{searches} x {nodes} nodes searched, done before the hierarchy is loaded",
        searches=searches,
        nodes=nodes,
    )


def _choice(
    network: TravelNetwork, n_sources: int, n_targets: int, wanted: Engine, times: int, *, seconds_only: bool
) -> tuple[EngineThatRan, str]:
    """The engine and why."""
    if wanted != "auto":
        name: EngineThatRan = "scipy" if wanted == "dijkstra" and not seconds_only else wanted
        return name, Sentence("net.engine.asked", "asked for")
    searches = min(n_sources, n_targets) * times
    has_metric = "metric" in network.__dict__
    large = seconds_only and network.n_nodes >= LARGE_NETWORK
    if not has_metric and searches * network.n_nodes < (FEW_SEARCHES if large else SMALL_SEARCH):
        return "dijkstra" if large else "scipy", _small(searches, network.n_nodes)
    from networks.hierarchy import choose_engine  # noqa: PLC0415  (compiles: only where it is used)

    choice = choose_engine(
        network.n_nodes,
        n_sources,
        n_targets,
        scenarios=times,
        has_order=network.topology.has_order,
        has_metric=has_metric,
    )
    return choice.engine.value, choice.estimates
