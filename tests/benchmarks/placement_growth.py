"""How the cost of a proof grows with demand, sites and p: cases on road-like minutes, and their plot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]
#: Where one number grows, the others stay at these.
_DEMAND, _SITES, _P = 4_000, 400, 40
_GROWTH = {
    "demand points": (1_000, 2_000, 4_000, 8_000, 16_000),
    "sites": (50, 100, 200, 400, 800),
    "p": (5, 20, 80, 320),
}
_SEEDS = (11, 12)


@dataclass(frozen=True)
class Case:
    name: str
    run: Callable[[], Row]


def cases() -> list[Case]:
    """One case for each size; its figures are over two graphs."""
    return [_case(what, size) for what, sizes in _GROWTH.items() for size in sizes]


def _case(what: str, size: int) -> Case:
    sizes = {"demand points": _DEMAND, "sites": _SITES, "p": _P, what: size}
    label = f"{what}: {size:,}"

    def run() -> Row:
        from placement_inputs import road_minutes
        from placement_pmedian import measured

        from optimise.pmedian_engine import solve_p_median

        found = []
        for seed in _SEEDS:
            minutes, persons = road_minutes(sizes["demand points"], sizes["sites"], seed)
            found.append(
                measured(lambda m=minutes, w=persons: solve_p_median(m, w, sizes["p"], time_limit_s=240))
            )
        proven = sum(each.result.status.value == "optimal" for each in found)
        return {
            "case": label,
            "grows": what,
            "size": size,
            "demand points": sizes["demand points"],
            "sites": sizes["sites"],
            "p": sizes["p"],
            "CPU s": float(np.mean([each.cpu_s for each in found])),
            "slowest": max(each.cpu_s for each in found),
            "proven": f"{proven} of {len(found)}",
            "worst gap": max(each.result.gap for each in found),
        }

    return Case(label, run)


def draw(rows: list[Row], file: Path) -> None:
    """Three panels, doubly logarithmic; the thin line grows in proportion."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "placement", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(_GROWTH), figsize=(9.5, 3.2), sharey=True)
    for panel, what in zip(panels, _GROWTH, strict=True):
        here = [row for row in rows if row.get("grows") == what]
        size, median = [row["size"] for row in here], [row["CPU s"] for row in here]
        panel.loglog(size, median, "o-", color="#1b5e8a", markersize=4, label="mean of two")
        panel.loglog(size, [row["slowest"] for row in here], "_", color="#1b5e8a", label="slower of two")
        if what != "p":
            line = [median[-1] * each / size[-1] for each in size]
            panel.loglog(size, line, color="#999999", linewidth=0.8, label="in proportion")
        fixed = {"demand points": _DEMAND, "sites": _SITES, "p": _P}
        others = ", ".join(
            f"{value:,} {name}" for name, value in fixed.items() if name != what and name != "p"
        )
        panel.set_title(others + (f", p = {_P}" if what != "p" else ""), fontsize=8)
        panel.set_xlabel(what)
        panel.grid(visible=True, which="major", linewidth=0.3)
    panels[0].set_ylabel("CPU seconds to the proof")
    panels[0].legend(fontsize=7, frameon=False)
    figure.tight_layout()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
