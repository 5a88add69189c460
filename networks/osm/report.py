"""What a build assumed and left out: counted, kept in the network's provenance, readable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Tally:
    """Counts gathered while a network is built, by section and item."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))

    def add(self, section: str, item: str, amount: float = 1) -> None:
        """Add to a count."""
        if amount:
            self._counts[section][item] += amount

    def counts(self) -> dict[str, dict[str, float]]:
        """The counts, whole numbers as ``int``."""
        return {
            section: {item: int(n) if n == int(n) else round(n, 3) for item, n in sorted(items.items())}
            for section, items in self._counts.items()
        }


@dataclass(frozen=True)
class BuildReport:
    """Every assumption of a build, counted.

    Attributes:
        source: the file or service read.
        profile: ``car`` or ``ambulance``.
        ferries: the ferry model.
        country: ISO code whose general limits were used, empty for the generic ones.
        country_source: ``given``, ``position`` or ``unknown``.
        counts: by section (``ways``, ``dropped ways``, ``speeds``, ``ferries``, ...) and item.
        notes: sentences that a reader of a result must know.
    """

    source: str
    profile: str
    ferries: str
    country: str
    country_source: str
    counts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values that JSON can hold."""
        return {
            "source": self.source,
            "profile": self.profile,
            "ferries": self.ferries,
            "country": self.country,
            "country_source": self.country_source,
            "counts": {section: dict(items) for section, items in self.counts.items()},
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        country = self.country or "no country: generic general limits"
        settings = f"profile {self.profile}, ferries {self.ferries}, {country} ({self.country_source})"
        lines = [f"{self.source}: {settings}"]
        for section, items in self.counts.items():
            lines.append(f"  {section}")
            lines += [f"    {item}: {n:,}" for item, n in items.items()]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])
