"""The house drawn from its imports: ``python tests/house/structure.py [--at REVISION] [--svg FILE]``.

A room is what lies directly in a package: a folder with all that is in it, or a file; ``--inside FOLDER`` draws the rooms
of a folder. An arrow goes from the room
that imports to the room that is imported, however many imports it stands for; imports inside a function count, those
under ``TYPE_CHECKING`` do not. A circle is a set of rooms that reach each other. Floors count the longest way down:
a room stands one floor above the highest room that it imports, and the rooms of a circle share a floor.
"""

from __future__ import annotations

import argparse
import ast
import io
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("geoaccess", "networks", "optimise", "maps")


@dataclass(frozen=True)
class House:
    """Rooms, arrows between them with the number of imports, and what follows from both."""

    graph: nx.DiGraph
    modules: dict[str, int]
    lines: dict[str, int]

    @property
    def circles(self) -> list[list[str]]:
        """Sets of rooms that import each other, directly or through others."""
        return sorted(sorted(part) for part in nx.strongly_connected_components(self.graph) if len(part) > 1)

    @property
    def floors(self) -> list[list[str]]:
        """Rooms by floor, the lowest first."""
        condensed = nx.condensation(self.graph)
        level: dict[int, int] = {}
        for part in reversed(list(nx.topological_sort(condensed))):
            level[part] = 1 + max((level[below] for below in condensed.successors(part)), default=-1)
        found: dict[int, list[str]] = defaultdict(list)
        for part, data in condensed.nodes(data=True):
            found[level[part]] += data["members"]
        return [sorted(found[number]) for number in sorted(found)]


def room_of(module: str, inside: str) -> str | None:
    """The room of a dotted module: the child of ``inside`` that holds it; None for what lies elsewhere."""
    if module != inside and not module.startswith(f"{inside}."):
        return None
    return module.removeprefix(inside).removeprefix(".").partition(".")[0] or "__init__"


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a file imports when it runs."""

    def visit(node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                yield from (name.name for name in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                yield from (f"{child.module}.{name.name}" for name in child.names)
            yield from visit(child)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")))


def draw(root: Path, inside: str) -> House:
    """The house of a package or folder (dotted) in a checkout."""
    files = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((root / inside.replace(".", "/")).rglob("*.py"))
    }
    graph, modules, lines = nx.DiGraph(), defaultdict(int), defaultdict(int)
    for name, path in files.items():
        room = room_of(name, inside)
        graph.add_node(room)
        modules[room] += 1
        lines[room] += len(path.read_text(encoding="utf-8").splitlines())
        for target in imports(path):
            known = target if target in files else target.rpartition(".")[0]
            other = room_of(known, inside) if known in files else None
            if other is not None and other != room:
                count = graph.get_edge_data(room, other, {"imports": 0})["imports"]
                graph.add_edge(room, other, imports=count + 1)
    return House(graph, dict(modules), dict(lines))


def checkout(revision: str, folder: Path) -> Path:
    """The tree of a revision, unpacked."""
    packed = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def told(house: House, name: str) -> str:
    """The figures and the floors, for a terminal."""
    floors, circles = house.floors, house.circles
    arrows = house.graph.number_of_edges()
    out = [f"{name}: {len(house.graph)} rooms, {len(floors)} floors, {arrows} arrows, {len(circles)} circles"]
    for number in range(len(floors) - 1, -1, -1):
        shown = ", ".join(f"{room} ({house.modules[room]}, {house.lines[room]:,})" for room in floors[number])
        out.append(f"  floor {number:2d}: {shown}")
    out += [f"  circle: {' <-> '.join(circle)}" for circle in circles]
    return "\n".join(out)


def svg(house: House) -> str:
    """The same as a picture: floors as rows, arrows as lines, darker for more imports."""
    floors = house.floors
    width, height, step = 190, 34, 74
    across = max(len(floor) for floor in floors) * (width + 14) + 14
    down = len(floors) * step + 20
    at = {}
    for number, floor in enumerate(floors):
        gap = (across - len(floor) * width) / (len(floor) + 1)
        for column, room in enumerate(floor):
            at[room] = (gap + column * (width + gap), down - (number + 1) * step)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:.0f} {down}" font-family="sans-serif">'
    ]
    for a, b, data in house.graph.edges(data=True):
        dark = min(0.9, 0.15 + 0.05 * data["imports"])
        out.append(
            f'<line x1="{at[a][0] + width / 2:.0f}" y1="{at[a][1] + height:.0f}" x2="{at[b][0] + width / 2:.0f}" '
            f'y2="{at[b][1]:.0f}" stroke="#335" stroke-opacity="{dark:.2f}"/>'
        )
    for room, (x, y) in at.items():
        out.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{width}" height="{height}" fill="#eef3f8" stroke="#335"/>'
            f'<text x="{x + 8:.0f}" y="{y + 21:.0f}" font-size="12">{room} ({house.modules[room]})</text>'
        )
    return "\n".join([*out, "</svg>"])


def main() -> None:
    """Print the house, of the work tree or of a revision."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", metavar="REVISION", help="draw a revision instead of the work tree")
    parser.add_argument("--inside", action="append", metavar="FOLDER", help="a package or a folder, dotted")
    parser.add_argument("--svg", type=Path, help="also write a picture of the first one")
    asked = parser.parse_args()
    drawn = asked.inside or list(PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        root = checkout(asked.at, Path(folder)) if asked.at else ROOT
        houses = {inside: draw(root, inside) for inside in drawn}
    for inside, house in houses.items():
        print(told(house, inside))
    if asked.svg:
        asked.svg.write_text(svg(houses[drawn[0]]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
