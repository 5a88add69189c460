"""A linear program in fractions: slow, small and exact."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Numbers = Sequence[Fraction | float | int]


def least(
    aims: Sequence[Numbers], at_most: Sequence[tuple[Numbers, float]], equal: Sequence[tuple[Numbers, float]]
) -> list[Fraction] | None:
    """Values of 0 or more with the least first aim, among those the least second, and so on; None for no values.

    ``at_most`` and ``equal`` are rows with their right-hand sides. Aims must be bounded.
    """
    table = _Table(len(aims[0]), at_most, equal)
    if not table.feasible():
        return None
    for aim in aims:
        table.minimise([Fraction(value) for value in aim])
    return table.values()


class _Table:
    """The tableau: rows ``x_basis + sum of others = right``, all right-hand sides 0 or more."""

    def __init__(
        self, n: int, at_most: Sequence[tuple[Numbers, float]], equal: Sequence[tuple[Numbers, float]]
    ) -> None:
        rows = [*at_most, *equal]
        self.n, width = n, n + len(at_most)
        self.rows: list[list[Fraction]] = []
        self.basis: list[int] = []
        artificial = []
        for number, (row, right) in enumerate(rows):
            line = [Fraction(value) for value in row] + [
                Fraction(int(number == k)) for k in range(len(at_most))
            ]
            line.append(Fraction(right))
            if line[-1] < 0:
                line = [-value for value in line]
            own = n + number if number < len(at_most) and line[n + number] > 0 else -1
            if own < 0:
                own = width + len(artificial)
                artificial.append(number)
            self.rows.append(line)
            self.basis.append(own)
        for number, line in enumerate(self.rows):
            right = line.pop()
            line += [Fraction(int(self.basis[number] == width + k)) for k in range(len(artificial))]
            line.append(right)
        self.width, self.closed = width + len(artificial), set()
        self.artificial = set(range(width, self.width))

    def feasible(self) -> bool:
        """Drive the artificial variables out."""
        self.minimise([Fraction(int(column in self.artificial)) for column in range(self.width)])
        left = sum(
            (row[-1] for row, own in zip(self.rows, self.basis, strict=True) if own in self.artificial),
            Fraction(0),
        )
        self.closed |= self.artificial
        return left == 0

    def minimise(self, aim: list[Fraction]) -> None:
        """Pivot until nothing helps (Bland's rule); then hold what would cost."""
        cost = [*aim, *[Fraction(0)] * (self.width - len(aim)), Fraction(0)]
        for row, own in zip(self.rows, self.basis, strict=True):
            if cost[own]:
                rate = cost[own]
                cost = [value - rate * part for value, part in zip(cost, row, strict=True)]
        while True:
            column = next((c for c in range(self.width) if c not in self.closed and cost[c] < 0), None)
            if column is None:
                break
            ratios = [
                (row[-1] / row[column], self.basis[number], number)
                for number, row in enumerate(self.rows)
                if row[column] > 0
            ]
            if not ratios:
                raise ArithmeticError("the aim has no bound")
            number = min(ratios)[2]
            self._pivot(number, column)
            rate = cost[column]
            cost = [value - rate * part for value, part in zip(cost, self.rows[number], strict=True)]
        self.closed |= {c for c in range(self.width) if cost[c] > 0}

    def _pivot(self, number: int, column: int) -> None:
        pivot = self.rows[number][column]
        self.rows[number] = line = [value / pivot for value in self.rows[number]]
        for other, row in enumerate(self.rows):
            if other != number and row[column]:
                rate = row[column]
                self.rows[other] = [value - rate * part for value, part in zip(row, line, strict=True)]
        self.basis[number] = column

    def values(self) -> list[Fraction]:
        found = [Fraction(0)] * self.width
        for row, own in zip(self.rows, self.basis, strict=True):
            found[own] = row[-1]
        return found[: self.n]
