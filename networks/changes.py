"""What changed between two builds of a network: nodes, links, lengths, times and ferries."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from networks.brief import Brief
from networks.components import find_components
from networks.network import TravelNetwork

#: Times and lengths that differ by less than this share count as unchanged.
NOTICEABLE = 0.001


@dataclass(frozen=True, repr=False)
class NetworkChanges(Brief):
    """Differences from one network to another; links are compared by their ids.

    Attributes:
        nodes_added: nodes that are new.
        nodes_removed: nodes that are gone.
        links_added: ids of new links, up to ``listed``.
        links_removed: ids of links that are gone, up to ``listed``.
        links_slower: links whose time grew, with minutes before and after, the largest change first.
        links_faster: links whose time fell, likewise.
        links_opened: links that were closed before.
        links_closed: links that are closed now.
        ferries_changed: ferries whose crossing, headway, window or night changed, in words.
        counts: the full number of each of the above.
        length_km: road class -> kilometres before and after, both directions counted.
        components: number of joined parts before and after.
        main_share: share of nodes in the largest strongly joined part before and after.
    """

    nodes_added: int
    nodes_removed: int
    links_added: tuple[str, ...]
    links_removed: tuple[str, ...]
    links_slower: tuple[tuple[str, float, float], ...]
    links_faster: tuple[tuple[str, float, float], ...]
    links_opened: tuple[str, ...]
    links_closed: tuple[str, ...]
    ferries_changed: tuple[str, ...]
    counts: dict[str, int]
    length_km: dict[str, tuple[float, float]]
    components: tuple[int, int]
    main_share: tuple[float, float]

    @property
    def nothing(self) -> bool:
        """Whether no difference was found."""
        return not any(self.counts.values()) and all(a == b for a, b in self.length_km.values())

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def compare_networks(before: TravelNetwork, after: TravelNetwork, *, listed: int = 100) -> NetworkChanges:
    """What changed from one network to another.

    Args:
        before: the earlier build.
        after: the later build.
        listed: how many links of each kind of change are listed; all are counted.
    """
    old, new = _links(before), _links(after)
    both = old.merge(new, left_index=True, right_index=True, suffixes=("_before", "_after"))
    was, now = both["minutes_before"], both["minutes_after"]
    ratio = (now / was.where(was > 0)).fillna(1.0)
    timed = np.isfinite(was) & np.isfinite(now)
    slower, faster = both[timed & (ratio > 1 + NOTICEABLE)], both[timed & (ratio < 1 - NOTICEABLE)]
    opened = both.index[np.isinf(was) & np.isfinite(now)]
    closed = both.index[np.isfinite(was) & np.isinf(now)]
    added, removed = new.index.difference(old.index), old.index.difference(new.index)
    ferries = _ferry_changes(before, after)
    ids_before, ids_after = set(before.node_ids.tolist()), set(after.node_ids.tolist())
    return NetworkChanges(
        nodes_added=len(ids_after - ids_before),
        nodes_removed=len(ids_before - ids_after),
        links_added=tuple(added[:listed]),
        links_removed=tuple(removed[:listed]),
        links_slower=_largest(slower, listed),
        links_faster=_largest(faster, listed),
        links_opened=tuple(opened[:listed]),
        links_closed=tuple(closed[:listed]),
        ferries_changed=ferries[:listed],
        counts={
            "nodes_added": len(ids_after - ids_before),
            "nodes_removed": len(ids_before - ids_after),
            "links_added": len(added),
            "links_removed": len(removed),
            "links_slower": len(slower),
            "links_faster": len(faster),
            "links_opened": len(opened),
            "links_closed": len(closed),
            "ferries_changed": len(ferries),
        },
        length_km=_lengths(before, after),
        components=(_parts(before), _parts(after)),
        main_share=(_main_share(before), _main_share(after)),
    )


def _links(network: TravelNetwork) -> pd.DataFrame:
    """Minutes of each link id, summed over its edges in both directions."""
    frame = pd.DataFrame({"link": network.labels["link_id"].to_array(), "minutes": network.seconds / 60.0})
    return frame[frame["link"] != ""].groupby("link").sum()


def _largest(frame: pd.DataFrame, listed: int) -> tuple[tuple[str, float, float], ...]:
    change = (frame["minutes_after"] - frame["minutes_before"]).abs()
    chosen = frame.loc[change.sort_values(ascending=False, kind="stable").index[:listed]]
    return tuple(
        (str(link), float(was), float(now))
        for link, was, now in zip(
            chosen.index, chosen["minutes_before"], chosen["minutes_after"], strict=True
        )
    )


def _ferry_changes(before: TravelNetwork, after: TravelNetwork) -> tuple[str, ...]:
    old = {service.service_id: service for service in before.services}
    changes = []
    for service in after.services:
        was = old.get(service.service_id)
        if was is None:
            continue
        for name in (
            "crossing_min",
            "headway_min",
            "first_departure_min",
            "last_departure_min",
            "night",
            "season",
        ):
            one, other = getattr(was, name), getattr(service, name)
            if one != other:
                changes.append(f"{service.name or service.service_id}: {name} {one} -> {other}")
    return tuple(changes)


def _lengths(before: TravelNetwork, after: TravelNetwork) -> dict[str, tuple[float, float]]:
    sums = [
        pd.Series(net.length_m / 1000.0).groupby(net.labels["road_class"].to_array()).sum()
        for net in (before, after)
    ]
    classes = sorted(set(sums[0].index) | set(sums[1].index))
    return {str(name): (float(sums[0].get(name, 0.0)), float(sums[1].get(name, 0.0))) for name in classes}


def _parts(network: TravelNetwork) -> int:
    return len(find_components(network, strong=False).sizes)


def _main_share(network: TravelNetwork) -> float:
    sizes = find_components(network).sizes
    return float(sizes[0] / network.n_nodes) if len(sizes) else 0.0
