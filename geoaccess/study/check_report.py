"""What the checks of a study found: each check, the faults and the warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from geoaccess.study.model import Study
from geoaccess.words.note import Note, as_field
from networks.errors import Fault


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer."""

    name: str
    passed: bool
    found: str
    skipped: bool = False


@dataclass
class Report:
    """All checks of a study, its faults (which must be mended) and warnings (which may stand)."""

    checks: list[Check] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, name: str, faults: list[Fault], found: str) -> None:
        """Record a check: it passes without faults."""
        self.faults += faults
        self.checks.append(
            Check(
                name,
                not faults,
                found if not faults else Note("check.faults", n_faults=len(faults), found=as_field(found)),
            )
        )

    def skip(self, name: str, reason: str) -> None:
        """Record a check that could not be made."""
        self.checks.append(Check(name, passed=True, found=reason, skipped=True))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "passed": not self.faults,
            "checks": [asdict(check) for check in self.checks],
            "faults": [asdict(fault) for fault in self.faults],
            "warnings": self.warnings,
        }


def names_told(parts: Sequence[str]) -> str:
    """What was found of each, with commas between; empty for nothing."""
    return Note("list.names", names=parts) if parts else ""


def demand_file(study: Study) -> str:
    """Where the people of a study stand, for a fault."""
    return study.config.demand.table or "demand"
