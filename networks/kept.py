"""Figures of a network that no time can change, found once for it and all its scenarios."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from networks.network import TravelNetwork

Found = TypeVar("Found")

#: A network with other times -> the one whose nodes, edges, lengths and labels it has.
_TIMED_ANEW: WeakKeyDictionary[TravelNetwork, TravelNetwork] = WeakKeyDictionary()


def share_what_is_kept(new: TravelNetwork, old: TravelNetwork) -> None:
    """Give a network that differs from another in times alone whatever was and will be found for that one."""
    built = old.base or old
    _TIMED_ANEW[new] = _TIMED_ANEW.get(built, built)


def once_a_network(find: Callable[[TravelNetwork], Found]) -> Callable[[TravelNetwork], Found]:
    """Keep what a function finds for as long as the network lives, and give it to its scenarios.

    The function may look at nodes, lengths and labels, which overlays leave alone, and at no times. What it
    returns is shared: callers must not change it.
    """
    found: WeakKeyDictionary[TravelNetwork, Found] = WeakKeyDictionary()

    @wraps(find)
    def once(network: TravelNetwork) -> Found:
        built = network.base or network
        built = _TIMED_ANEW.get(built, built)
        if built not in found:
            found[built] = find(built)
        return found[built]

    return once
