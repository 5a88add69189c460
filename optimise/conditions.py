"""Conditions on sites that any model can carry: counts in groups, ties, forbidden pairs, separation.

A condition names sites and demand points by their ids, so that reordering changes nothing. Its words (or the
``label`` the caller gave it) come back when it cannot be kept.
"""

from __future__ import annotations

import abc
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from optimise.algebra import linear
from optimise.arrays import FloatArray
from optimise.errors import Fault
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.sentences import Sentence

if TYPE_CHECKING:
    from optimise.program import SiteProgram


class Condition(abc.ABC):
    """Something that must hold in every answer."""

    #: True where it speaks of people and their minutes, and not of sites alone.
    promises: ClassVar[bool] = False

    @abc.abstractmethod
    def words(self) -> str:
        """The condition in the caller's words, or in plain ones."""

    @abc.abstractmethod
    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """What makes the condition meaningless for this problem."""

    @abc.abstractmethod
    def impose(self, program: SiteProgram, name: str) -> None:
        """Add the rows to a program; their names start with ``name``."""

    @abc.abstractmethod
    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """How the placement breaks the condition, from sites and costs alone; empty when it holds."""

    def size(self, problem: PlacementProblem) -> int:
        """Of how many demand points it speaks."""
        del problem
        return 0

    def promised(self, problem: PlacementProblem) -> tuple[FloatArray, float, float] | None:
        """What a promise counts of each demand point, its minutes, and how much must be within them."""
        del problem
        return None

    def surely_open(self, problem: PlacementProblem) -> tuple[list[int], int]:
        """Positions of some sites, and how many of them are open at least in every answer."""
        del problem
        return [], 0

    def shortfall(self, problem: PlacementProblem, minutes: FloatArray) -> float:
        """How far a promise is from being kept when everybody has these minutes; 0 where it is kept."""
        del problem, minutes
        return 0.0

    def parts(self, problem: PlacementProblem) -> tuple[Condition, ...]:
        """The smallest conditions that together say the same."""
        del problem
        return (self,)


#: What a name that is not known may be of.
SITE = Sentence("opt.kind.site", "site")
POINT = Sentence("opt.kind.point", "demand point")


@dataclass(frozen=True)
class SiteCount(Condition):
    """At least, at most or (both equal) exactly so many of some sites are open.

    Attributes:
        sites: ids, or None with ``group``.
        group: label in ``problem.groups``.
        at_least: lower limit, or None.
        at_most: upper limit, or None.
        label: the caller's words.
    """

    sites: tuple[Hashable, ...] | None = None
    group: Hashable | None = None
    at_least: int | None = None
    at_most: int | None = None
    label: str = ""

    def words(self) -> str:
        """See :meth:`Condition.words`."""
        if self.label:
            return self.label
        where = (
            Sentence("opt.in", "in {group}", group=self.group)
            if self.sites is None
            else Sentence("opt.of", "of {sites}", sites=listed(self.sites))
        )
        if self.at_least == self.at_most:
            template = "exactly {number} open {where}"
            return Sentence("opt.wish.exactly", template, number=self.at_least, where=where)
        if self.at_most is None:
            template = "at least {number} open {where}"
            return Sentence("opt.wish.at_least", template, number=self.at_least, where=where)
        if self.at_least is None:
            template = "at most {number} open {where}"
            return Sentence("opt.wish.at_most", template, number=self.at_most, where=where)
        template = "at least {least} open and at most {most} open {where}"
        return Sentence("opt.wish.from_to", template, least=self.at_least, most=self.at_most, where=where)

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """See :meth:`Condition.faults`."""
        found = (
            [] if self.sites is None else unknown_names(self.words(), self.sites, problem.site_position, SITE)
        )
        if self.at_least is None and self.at_most is None:
            found.append(Fault("say at_least, at_most or both", self.words()))
        if self.sites is None and self.group not in (problem.groups or ()):
            found.append(Fault("no site has this group", self.words(), value=str(self.group)))
        return found

    def impose(self, program: SiteProgram, name: str) -> None:
        """See :meth:`Condition.impose`."""
        total = program.n_open(self._positions(program.problem))
        if self.at_least is not None:
            program.add(total >= self.at_least, f"{name}_least")
        if self.at_most is not None:
            program.add(total <= self.at_most, f"{name}_most")

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """See :meth:`Condition.broken`."""
        count = int(placed.sites[self._positions(problem)].sum())
        low = 0 if self.at_least is None else self.at_least
        high = count if self.at_most is None else self.at_most
        return (
            []
            if low <= count <= high
            else [Sentence("opt.broken.count", "{wish}: {count} are open", wish=self.words(), count=count)]
        )

    def surely_open(self, problem: PlacementProblem) -> tuple[list[int], int]:
        """See :meth:`Condition.surely_open`."""
        return self._positions(problem), self.at_least or 0

    def _positions(self, problem: PlacementProblem) -> list[int]:
        if self.sites is not None:
            return [problem.site_position[site] for site in dict.fromkeys(self.sites)]
        return [site for site, group in enumerate(problem.groups or ()) if group == self.group]


@dataclass(frozen=True)
class Together(Condition):
    """All of the sites are open, or none (co-located services)."""

    sites: tuple[Hashable, ...]
    label: str = ""

    def words(self) -> str:
        """See :meth:`Condition.words`."""
        return self.label or Sentence(
            "opt.wish.together", "{sites} open together or not at all", sites=listed(self.sites)
        )

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """See :meth:`Condition.faults`."""
        return unknown_names(self.words(), self.sites, problem.site_position, SITE)

    def impose(self, program: SiteProgram, name: str) -> None:
        """See :meth:`Condition.impose`."""
        first, *others = (program.opened(program.problem.site_position[site]) for site in self.sites)
        for number, other in enumerate(others):
            program.add(linear([(first, 1.0), (other, -1.0)]) == 0, f"{name}_{number}")

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """See :meth:`Condition.broken`."""
        states = {bool(placed.sites[problem.site_position[site]]) for site in self.sites}
        return (
            []
            if len(states) < 2
            else [Sentence("opt.broken.together", "{wish}: only some are open", wish=self.words())]
        )


@dataclass(frozen=True)
class OnlyWith(Condition):
    """The site opens only where at least one of its partners opens (KAD beds with a legevakt)."""

    site: Hashable
    partners: tuple[Hashable, ...]
    label: str = ""

    def words(self) -> str:
        """See :meth:`Condition.words`."""
        return self.label or Sentence(
            "opt.wish.only_with",
            "{site} opens only with {partners}",
            site=self.site,
            partners=listed(self.partners, "or"),
        )

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """See :meth:`Condition.faults`."""
        return unknown_names(self.words(), (self.site, *self.partners), problem.site_position, SITE)

    def impose(self, program: SiteProgram, name: str) -> None:
        """See :meth:`Condition.impose`."""
        place = program.problem.site_position
        partners = program.n_open(place[site] for site in dict.fromkeys(self.partners))
        program.add(linear([(program.opened(place[self.site]), 1.0)]) - partners <= 0, name)

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """See :meth:`Condition.broken`."""
        place = problem.site_position
        alone = placed.sites[place[self.site]] and not any(
            placed.sites[place[site]] for site in self.partners
        )
        return [Sentence("opt.broken.alone", "{wish}: it is open alone", wish=self.words())] if alone else []


@dataclass(frozen=True)
class Separation(Condition):
    """No two open sites are closer to each other than ``minutes`` (in either direction).

    The anti-covering rows of Moon and Chaudhry (1984), *An analysis of network location problems with
    distance constraints*, Management Science 30: ``y_j + y_k <= 1`` for every pair that is too close.
    """

    minutes: float
    label: str = ""

    def words(self) -> str:
        """See :meth:`Condition.words`."""
        return self.label or Sentence(
            "opt.wish.apart", "open sites at least {minutes:g} min apart", minutes=self.minutes
        )

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """See :meth:`Condition.faults`."""
        if problem.site_costs is None:
            return [Fault("needs site_costs, the minutes between sites", self.words())]
        return []

    def impose(self, program: SiteProgram, name: str) -> None:
        """See :meth:`Condition.impose`."""
        for first, second in too_close(program.problem, self.minutes):
            row = linear([(program.opened(first), 1.0), (program.opened(second), 1.0)]) <= 1
            program.add(row, f"{name}_{first}_{second}")

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """See :meth:`Condition.broken`."""
        return [
            Sentence(
                "opt.broken.closer",
                "{wish}: {first} and {second} are closer",
                wish=self.words(),
                first=problem.site_ids[first],
                second=problem.site_ids[second],
            )
            for first, second in too_close(problem, self.minutes)
            if placed.sites[first] and placed.sites[second]
        ]


@dataclass(frozen=True)
class DifferentFrom(Condition):
    """At least ``sites_changed`` of these open sites are closed (a no-good cut, for alternatives)."""

    sites: tuple[Hashable, ...]
    sites_changed: int = 1
    label: str = ""

    def words(self) -> str:
        """See :meth:`Condition.words`."""
        return self.label or Sentence(
            "opt.wish.other",
            "at least {sites_changed} sites other than {sites}",
            sites_changed=self.sites_changed,
            sites=listed(self.sites),
        )

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """See :meth:`Condition.faults`."""
        return unknown_names(self.words(), self.sites, problem.site_position, SITE)

    def impose(self, program: SiteProgram, name: str) -> None:
        """See :meth:`Condition.impose`."""
        kept = program.n_open(program.problem.site_position[site] for site in self.sites)
        program.add(kept <= len(self.sites) - self.sites_changed, name)

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """See :meth:`Condition.broken`."""
        kept = sum(bool(placed.sites[problem.site_position[site]]) for site in self.sites)
        changed = len(self.sites) - kept
        return (
            []
            if changed >= self.sites_changed
            else [
                Sentence("opt.broken.differ", "{wish}: {changed} differ", wish=self.words(), changed=changed)
            ]
        )


def not_both(first: Hashable, second: Hashable, label: str = "") -> SiteCount:
    """A forbidden pair: at most one of two sites is open."""
    return SiteCount(
        sites=(first, second),
        at_most=1,
        label=label
        or Sentence("opt.wish.not_both", "not both {first} and {second}", first=first, second=second),
    )


def too_close(problem: PlacementProblem, minutes: float) -> list[tuple[int, int]]:
    """Pairs of sites that may open and are closer than ``minutes`` in one direction or the other."""
    if problem.site_costs is None:
        return []
    apart = np.minimum(problem.site_costs, problem.site_costs.T)
    may_open = ~problem.never_open
    near = np.triu(apart < minutes, k=1) & may_open[:, None] & may_open[None, :]
    return [(int(first), int(second)) for first, second in np.argwhere(near)]


def unknown_names(
    words: str, names: Iterable[Hashable], known: Mapping[Hashable, int], kind: str
) -> list[Fault]:
    """One fault for each name that is not known."""
    return [
        Fault(
            Sentence("opt.fault.no_such", "there is no {kind} of this name", kind=kind),
            words,
            value=str(name),
        )
        for name in names
        if name not in known
    ]


def listed(names: Iterable[Hashable], joint: str = "and") -> str:
    """``A``, ``A and B``, ``A, B and C``; ``none`` for no names."""
    every = [str(name) for name in names]
    if len(every) < 2:
        return every[0] if every else Sentence("opt.none", "none")
    *most, last = every
    return Sentence(f"opt.listed.{joint}", f"{{names}} {joint} {{last}}", names=tuple(most), last=last)
