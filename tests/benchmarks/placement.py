"""Placement: published optima, peers, realistic costs, a country, and growth; one command.

    python tests/benchmarks/placement.py                                  # everything, about an hour
    python tests/benchmarks/placement.py --only pmed,road                 # some sections
    python tests/benchmarks/placement.py --only peers --pbp-python OTHER/bin/python --peer-limit 120
    python tests/benchmarks/placement.py --svg geoaccess/docs/placement-growth.svg --json rows.json

Every case runs in a fresh process after one tiny solve, so that CPU seconds leave out the compilation of
kernels and ``peak MB`` is that of the whole process with the costs in it. Inputs over road-like graphs are made
beforehand, by another process. CPU seconds count; they are the process's own, HiGHS included. The published
instances are read from the folder that GEOACCESS_SHARED names (default ``../shared`` beside the checkout);
``pbp-pmedian`` is not among the project's requirements and is looked for in the Python that ``--pbp-python``
names. What is not there is said. The exit code is 1 when an aim is missed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parents[1]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import placement_growth  # noqa: E402
import placement_pmedian  # noqa: E402

Row = dict[str, Any]
#: Sections in the order in which they are run; ``covering`` is another file's.
SECTIONS = (*placement_pmedian.SECTIONS, "growth", "covering")
#: A case that takes longer than this, in wall seconds, is ended and shown as failed.
LONGEST_S = 1500.0


@dataclass(frozen=True)
class Outcome:
    """The rows of one section."""

    section: str
    rows: list[Row]

    @property
    def held(self) -> bool:
        return all(row.get("held", True) for row in self.rows)


def cases_of(section: str) -> list[Any]:
    """The cases of a section: each has a ``name`` and a ``run()`` that gives a row, or several."""
    if section == "growth":
        return placement_growth.cases()
    if section != "covering":
        return placement_pmedian.cases(section)
    if importlib.util.find_spec("placement_covering") is None:
        return []
    return list(importlib.import_module("placement_covering").cases())


def run_case(section: str, name: str, options: argparse.Namespace) -> Row | list[Row]:
    """Run one case in a process of its own; a crash or a time-out is a row too."""
    command = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--case",
        section,
        name,
        "--inputs",
        options.inputs,
    ]
    command += ["--peer-limit", str(options.peer_limit), "--pbp-python", options.pbp_python or ""]
    command += ["--limit", str(options.limit)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return {"case": name, "result": f"FAILED: ended after {LONGEST_S:.0f} wall s", "held": False}
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"case": name, "result": f"FAILED: {last[:200]}", "held": False}
    return json.loads(done.stdout.strip().splitlines()[-1])


def run_section(section: str, options: argparse.Namespace) -> Outcome:
    """All cases of a section, one after the other, then the rows that sum them up."""
    cases = cases_of(section)
    if options.match:
        cases = [case for case in cases if options.match in case.name]
    say(f"\n## {section}\n")
    if not cases:
        say("no such cases here (published instances or another file are missing)")
    rows: list[Row] = []
    for case in cases:
        given = run_case(section, case.name, options)
        for figures in given if isinstance(given, list) else [given]:
            row = {"case": case.name, **figures}
            table([row], heads=not rows or list(row) != list(rows[-1]))
            rows.append(row)
    if section in placement_pmedian.SUMMARIES and rows and not options.match:
        summed = placement_pmedian.SUMMARIES[section](rows)
        say()
        table(summed)
        rows += summed
    return Outcome(section, rows)


def say(text: str = "") -> None:
    print(text, flush=True)


def table(rows: list[Row], *, heads: bool = True) -> None:
    """A Markdown table; with ``heads`` the names of the columns come first."""
    columns = list(rows[0])
    if heads:
        say("| " + " | ".join(columns) + " |")
        say("|" + "---|" * len(columns))
    for row in rows:
        say("| " + " | ".join(shown(row[column]) for column in columns) + " |")


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    if value != 0 and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, separated by commas")
    parser.add_argument("--match", default="", help="only cases whose name holds this")
    parser.add_argument("--pbp-python", default="", help="a Python that has pbp-pmedian installed")
    parser.add_argument(
        "--peer-limit", type=float, default=150.0, help="CPU seconds of a peer for an instance"
    )
    parser.add_argument("--limit", type=float, default=400.0, help="wall seconds of a published instance")
    parser.add_argument("--json", default="", help="file for all rows")
    parser.add_argument("--svg", default="", help="file for the plot of growth")
    parser.add_argument("--inputs", default="", help="folder for the inputs made beforehand; kept when named")
    parser.add_argument("--case", nargs=2, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(SECTIONS)
    if unknown:
        parser.error(f"unknown sections {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    return options


def run_here(options: argparse.Namespace) -> None:
    """What the process of one case does."""
    placement_pmedian.settings.inputs = Path(options.inputs)
    placement_pmedian.settings.pbp_python = options.pbp_python
    placement_pmedian.settings.peer_limit_s = options.peer_limit
    placement_pmedian.settings.limit_s = options.limit
    section, name = options.case
    case = next(case for case in cases_of(section) if case.name == name)
    print(json.dumps(case.run(), default=float))


def main() -> int:
    options = read_options()
    if options.case:
        run_here(options)
        return 0
    began = time.perf_counter()
    say(
        f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}; one process at a time"
    )
    with tempfile.TemporaryDirectory() as folder:
        options.inputs = options.inputs or folder
        Path(options.inputs).mkdir(parents=True, exist_ok=True)
        outcomes = [run_section(name, options) for name in SECTIONS if name in options.only.split(",")]
    if options.json:
        Path(options.json).write_text(json.dumps({each.section: each.rows for each in outcomes}, indent=1))
    grown = next((each.rows for each in outcomes if each.section == "growth"), [])
    if options.svg and grown:
        placement_growth.draw(grown, Path(options.svg))
    missed = [row["case"] for each in outcomes for row in each.rows if not row.get("held", True)]
    say(f"\n{time.perf_counter() - began:.0f} wall s in all; aims missed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
