"""Names on a small map: each where it covers neither another name nor the edge, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Mean width of a letter of DejaVu Sans in em, with a margin.
_LETTER_EM = 0.62
_LINE_EM = 1.2
_GAP_PT = 1.5


@dataclass(frozen=True, slots=True)
class Label:
    """A name, the place it belongs to in metres, and the radius of its symbol in points."""

    text: str
    x: float
    y: float
    gap_pt: float = 3.0
    bold: bool = False

    @property
    def size_pt(self) -> float:
        """Height of the letters."""
        return 9.0 if self.bold else 7.5


Box = tuple[float, float, float, float]


def placed_labels(
    labels: Sequence[Label], window: Box, metres_a_point: float, obstacles: Sequence[Box] = ()
) -> Iterator[tuple[Label, float, float]]:
    """The labels that find room, with the left and the lower edge of each, the first having the choice.

    Args:
        labels: the most important first.
        window: west, south, east, north of the map.
        metres_a_point: metres on the ground in a point on paper.
        obstacles: what no name may cover.
    """
    taken: list[Box] = list(obstacles)
    for label in labels:
        for box in _positions(label, metres_a_point):
            inside = window[0] < box[0] and window[1] < box[1] and box[2] < window[2] and box[3] < window[3]
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                yield label, box[0], box[1]
                break


def _positions(label: Label, metres_a_point: float) -> Iterator[Box]:
    """Right of the place, left of it, above, below, and the four corners."""
    em = label.size_pt * metres_a_point
    width, height, gap = (
        _LETTER_EM * em * len(label.text),
        _LINE_EM * em,
        (label.gap_pt + _GAP_PT) * metres_a_point,
    )
    middle = label.y - height / 2
    for left, bottom in (
        (label.x + gap, middle),
        (label.x - gap - width, middle),
        (label.x - width / 2, label.y + gap),
        (label.x - width / 2, label.y - gap - height),
        (label.x + gap, label.y + gap / 2),
        (label.x - gap - width, label.y + gap / 2),
        (label.x + gap, label.y - gap / 2 - height),
        (label.x - gap - width, label.y - gap / 2 - height),
    ):
        yield left, bottom, left + width, bottom + height


def _meet(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
