"""What comes of a trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Verdict:
    """What came of a trial: ``fault`` is empty where all is well; ``refused`` where the question was turned down."""

    fault: str = ""
    detail: str = ""
    refused: bool = False
    status: str = ""
    formulation: str = ""


class Asked(Protocol):
    """A question that is no placement for one model: it is put and compared by itself."""

    seed: int
    mode: str

    def traits(self) -> list[str]:
        """What makes it awkward."""

    def tried(self) -> Verdict:
        """Put it, and compare with the enumeration."""
