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
    "demand points": (1_000, 2_000, 4_000, 8_000, 16_000, 32_000),
    "sites": (50, 100, 200, 400, 800),
    "p": (5, 20, 80, 320),
}
_SEEDS = (11, 12)
#: Size of the country that all samples are taken from.
_POINTS, _PLACES = 32_000, 800


@dataclass(frozen=True)
class Case:
    name: str
    run: Callable[[], list[Row]]


def cases() -> list[Case]:
    """One case for each number that grows; it gives a row for each size, over two samples of one country."""
    return [_case(what) for what in _GROWTH]


def _case(what: str) -> Case:
    def run() -> list[Row]:
        from placement_pmedian import prepared

        country = prepared("growth", n_demand=_POINTS, n_sites=_PLACES, seed=3, dtype="float64")
        return [_row(what, size, *country) for size in _GROWTH[what]]

    return Case(f"growth with {what}", run)


def _row(what: str, size: int, minutes: Any, persons: Any) -> Row:
    from placement_pmedian import measured

    from optimise.pmedian_engine import solve_p_median

    sizes = {"demand points": _DEMAND, "sites": _SITES, "p": _P, what: size}
    found = []
    for seed in _SEEDS:
        random = np.random.default_rng(seed)
        rows = np.sort(random.choice(_POINTS, sizes["demand points"], replace=False))
        columns = np.sort(random.choice(_PLACES, sizes["sites"], replace=False))
        costs, weights = np.array(minutes[rows][:, columns]), persons[rows]
        found.append(measured(lambda c=costs, w=weights: solve_p_median(c, w, sizes["p"], time_limit_s=240)))
    proven = sum(each.result.status.value == "optimal" for each in found)
    return {
        "case": f"{what}: {size:,}",
        "grows": what,
        "size": size,
        **sizes,
        "CPU s": float(np.mean([each.cpu_s for each in found])),
        "slower": max(each.cpu_s for each in found),
        "proven": f"{proven} of {len(found)}",
        "worst gap": max(each.result.gap for each in found),
    }


def draw(rows: list[Row], file: Path) -> None:
    """Three panels, doubly logarithmic; the thin line grows in proportion."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "placement", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(_GROWTH), figsize=(9.5, 3.2), sharey=True)
    for panel, what in zip(panels, _GROWTH, strict=True):
        here = [row for row in rows if row.get("grows") == what]
        size, mean = [row["size"] for row in here], [row["CPU s"] for row in here]
        panel.loglog(size, mean, "o-", color="#1b5e8a", markersize=4, label="mean of two")
        panel.loglog(size, [row["slower"] for row in here], "_", color="#1b5e8a", label="slower of two")
        if what != "p":
            line = [mean[-1] * each / size[-1] for each in size]
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
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
