"""How the cost of a proof grows when a condition is switched on: CPU seconds against demand points, as a table and a plot.

``python tests/benchmarks/placement_growth_conditions.py --svg geoaccess/docs/placement-growth-conditions.svg``
asks one question of cities of growing size, with nothing else asked and with one condition after the other.
``--sizes 500,1000`` and ``--limit`` change what is run.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

from placement_conditions import city

from optimise import PlacementProblem, Separation, ShareWithin, SiteCount, solve

SIZES = (500, 1_000, 2_000, 4_000, 8_000, 16_000)
_SITES, _EXISTING, _P = 200, 40, 10

Question = tuple[str, dict[str, Any]]


def questions() -> dict[str, Question]:
    """Name -> model and what the problem adds; the first asks nothing but a number of sites."""
    free = {"roles": ["candidate"] * _SITES, "p": _P}
    parts = [SiteCount(group=group, at_least=3, at_most=4) for group in (0, 1, 2)]
    return {
        "10 free, nothing asked": ("p-median", free),
        "10 free, 3 or 4 in each part": ("p-median", {**free, "conditions": parts}),
        "10 free, 12 min apart": ("p-median", {**free, "conditions": [Separation(12.0)]}),
        "10 free, 60 % within 10 min": ("p-median", {**free, "conditions": [ShareWithin(10.0, 0.6)]}),
        "2 of 40 stations move": ("relocation", {"max_moves": 2}),
    }


def measured(points: int, question: Question, limit: float) -> dict[str, Any]:
    """CPU seconds to the answer, and how sure it is."""
    model, adds = question
    problem = PlacementProblem(**{**city(points, _SITES, _EXISTING), **adds})
    began, cpu = time.perf_counter(), time.process_time()
    found = solve(problem, model, time_limit_s=limit)
    return {
        "CPU s": time.process_time() - cpu,
        "wall s": time.perf_counter() - began,
        "status": found.status.value,
        "gap": found.gap,
    }


def told(row: dict[str, Any]) -> str:
    """``3.2`` where it is proven, with the gap where it is not."""
    if row["status"] in ("optimal", "infeasible"):
        return f"{row['CPU s']:.1f}" + (" (none can)" if row["status"] == "infeasible" else "")
    gap = f"{row['gap']:.2%}" if math.isfinite(row["gap"]) else "no bound"
    return f"{row['CPU s']:.1f} ({gap})"


def draw(rows: dict[str, list[dict[str, Any]]], sizes: list[int], file: Path) -> None:
    """One line for each question, doubly logarithmic; hollow where the gap was not closed."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "placement", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot

    figure, panel = pyplot.subplots(figsize=(7.2, 4.2))
    colours = ("#444444", "#1b5e8a", "#b3541e", "#4c7a34", "#7a4c8f")
    for (name, own), colour in zip(rows.items(), colours, strict=True):
        seconds = [max(row["CPU s"], 0.01) for row in own]
        panel.loglog(sizes, seconds, "-", color=colour, label=name)
        for size, second, row in zip(sizes, seconds, own, strict=True):
            proven = row["status"] in ("optimal", "infeasible")
            panel.loglog(size, second, "o", color=colour, markerfacecolor=colour if proven else "white")
    panel.set_xlabel(f"demand points ({_SITES} places, {_EXISTING} of them stations today)")
    panel.set_ylabel("CPU seconds to the answer")
    panel.grid(visible=True, which="major", linewidth=0.3)
    panel.legend(fontsize=7, frameon=False)
    figure.tight_layout()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")


def main() -> None:
    options = _arguments()
    sizes = [int(size) for size in options.sizes.split(",")]
    for question in questions().values():  # kernels are compiled once on a machine, and not in these seconds
        measured(400, question, options.limit)
    rows: dict[str, list[dict[str, Any]]] = {}
    print("| demand points | " + " | ".join(f"{size:,}" for size in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    for name, question in questions().items():
        rows[name] = [measured(size, question, options.limit) for size in sizes]
        print(f"| {name} | " + " | ".join(map(told, rows[name])) + " |", flush=True)
    if options.svg:
        draw(rows, sizes, Path(options.svg))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of demand points")
    parser.add_argument("--limit", type=float, default=240.0, help="wall seconds for each answer")
    parser.add_argument("--svg", default="", help="file for the plot")
    return parser.parse_args()


if __name__ == "__main__":
    main()
