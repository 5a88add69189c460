"""Choosing edges by what they are called, what they are, and where they lie."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from networks.arrays import BoolArray
from networks.errors import NetworkDataError, UnknownPlaceError
from networks.geometry import edge_lines, unrolled
from networks.network import Labels, TravelNetwork
from networks.sentences import Sentence


@dataclass(frozen=True, kw_only=True)
class EdgeSelection:
    """Which edges an overlay is about: those that match every criterion given; within one, any of its values.

    Attributes:
        links: link ids of the source tables (``link_id``): roads, bridges, ferries.
        refs: road numbers; an edge with several ("E6/E8") matches each of them.
        passes: names of passes (``pass_name``).
        classes: road classes.
        kinds: kinds of edges.
        winter: beginnings of the text in ``winter``, such as "convoy".
        names: names of roads, whatever their case.
        area: an area in degrees (EPSG:4326) that the edge meets.
        least_share: share of the edge's length that must lie in the area, where meeting it is not enough.
        spared: structures (label ``structure``: "bridge", "tunnel") that are never selected.
    """

    links: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    winter: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    area: BaseGeometry | None = None
    least_share: float = 0.0
    spared: tuple[str, ...] = ()

    def mask(self, network: TravelNetwork) -> BoolArray:
        """(n_edges,) True for the selected edges.

        Raises:
            NetworkDataError: no criterion is given.
            UnknownPlaceError: a value that no edge has; near ones are listed.
        """
        if self == EdgeSelection(spared=self.spared):
            raise NetworkDataError("a selection of edges must say which; it names nothing")
        chosen = np.ones(network.n_edges, dtype=bool)
        for label, wanted in (
            ("link_id", self.links),
            ("pass_name", self.passes),
            ("road_class", self.classes),
            ("kind", self.kinds),
        ):
            if wanted:
                labels = labels_of(network, label)
                check_known(label, wanted, labels.values)
                chosen &= labels.where(*wanted)
        if self.refs:
            chosen &= _with_refs(labels_of(network, "ref"), self.refs)
        if self.names:
            chosen &= _with_names(labels_of(network, "name"), self.names)
        if self.winter:
            labels = labels_of(network, "winter")
            texts = [value for value in labels.values if value.startswith(self.winter)]
            if not texts:
                check_known("winter", self.winter, labels.values)
            chosen &= labels.where(*texts)
        if self.spared:
            chosen &= ~labels_of(network, "structure").where(*self.spared)
        if self.area is not None:
            inside = np.flatnonzero(chosen)
            area = shapely.make_valid(self.area)
            lines = unrolled(edge_lines(network, inside))
            meets = shapely.intersects(lines, area)
            beyond = shapely.bounds(lines)[:, 2] > 180.0
            if beyond.any():
                turned = shapely.transform(area, lambda xy: xy + np.asarray([360.0, 0.0]))
                meets[beyond] |= shapely.intersects(lines[beyond], turned)
            if self.least_share > 0.0:
                part = shapely.length(shapely.intersection(lines, area))
                meets &= part >= self.least_share * shapely.length(lines)
            chosen[inside[~meets]] = False
        return chosen


def labels_of(network: TravelNetwork, label: str) -> Labels:
    """A text attribute of the edges; empty texts where the network does not have it."""
    return network.labels.get(label, Labels.constant("", network.n_edges))


def edges_of_refs(network: TravelNetwork, refs: Sequence[str]) -> BoolArray:
    """(n_edges,) True for edges of any kind that have one of some road numbers.

    Raises:
        UnknownPlaceError: no edge has the number; near ones are listed.
    """
    return _with_refs(labels_of(network, "ref"), refs)


def _with_names(labels: Labels, names: Sequence[str]) -> BoolArray:
    """Edges of one of some names, whatever their case."""
    folded = {value: value.casefold() for value in labels.values}
    wanted = {name.casefold() for name in names}
    check_known("name", sorted(wanted), sorted(set(folded.values())))
    return labels.where(*(value for value, text in folded.items() if text in wanted))


def _with_refs(labels: Labels, refs: Sequence[str]) -> BoolArray:
    """Edges whose road number, or one of several, is wanted; blanks do not count ("E 6" = "E6")."""
    parts = {value: {_squeezed(part) for part in re.split(r"[/;,]", value)} for value in labels.values}
    check_known("ref", [_squeezed(ref) for ref in refs], sorted(set().union(*parts.values())))
    wanted = {_squeezed(ref) for ref in refs}
    return labels.where(*(value for value, numbers in parts.items() if numbers & wanted))


def _squeezed(ref: str) -> str:
    return re.sub(r"\s+", "", ref).casefold()


def check_known(what: str, wanted: Iterable[str], known: Collection[str]) -> None:
    """Refuse texts that are not known, each with the nearest known ones.

    Raises:
        UnknownPlaceError: a text is not known.
    """
    missing = [value for value in wanted if not value or value not in known]
    if missing:
        there = [value for value in known if value]
        near = {value: difflib.get_close_matches(value, there, n=3) for value in missing}
        shown = tuple(_with_near(value, close) for value, close in near.items())
        template = "{what}: the network has no {shown:; }"
        raise UnknownPlaceError(Sentence("net.fault.not_there", template, what=what, shown=shown))


def _with_near(value: str, near: Sequence[str]) -> str:
    if not near:
        return f"'{value}'"
    return Sentence("net.with_near", "'{value}' (near it: {near})", value=value, near=tuple(near))
