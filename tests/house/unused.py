"""Public definitions that no source uses: ``python tests/house/unused.py``.

A definition is a public function, class, constant or method. It is used where its name stands in a source file
outside of its own body: called, read, named after a colon in a text (``module:function``), or asked of an object.
Naming it in ``__all__`` or in the table of a package's exports is no use. What is listed in ``EXCEPTIONS`` has
its reason there.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("geoaccess", "networks", "optimise", "maps")
#: Decorators that hand the definition to somebody who calls it.
_CALLED_BY_OTHERS = ("command", "field_validator", "model_validator", "field_serializer", "group", "overload")

#: Definition -> why it stays although no source uses it.
EXCEPTIONS: dict[str, str] = {
    "networks.surface.times.surface_minutes": "for notebooks: minutes off the roads; docs/surface.md",
    "geoaccess.answers.notebook.Told.to_geodataframe": "for notebooks: places as points",
    **{
        f"geoaccess.qgis_plugin.{name}": "called by QGIS, which gives the name"
        for name in (
            "classFactory",
            "provider.Plugin.initGui",
            "provider.Plugin.unload",
            "provider.Provider.loadAlgorithms",
            "provider.Asking.createInstance",
            "provider.Asking.displayName",
            "provider.Asking.shortHelpString",
            "provider.Asking.initAlgorithm",
            "provider.Asking.processAlgorithm",
        )
    },
    "geoaccess.questions.registry.save_map": "for notebooks: README and docs/library.md",
    "geoaccess.questions.reliability.answer.study_reliability": "for notebooks: any minutes, not a kind's alone",
    "geoaccess.questions.clocks.chances.clock_chances": "for notebooks: the chance to be in time by a clock",
    "geoaccess.questions.sweep.answer.read_partitions": "for notebooks: reads what sweep writes",
    "geoaccess.demand.aggregation.aggregate_to_places": "for notebooks: points given to the nearest place",
    "geoaccess.demand.growth.cohort_share": "for notebooks: a projection of a region, told by municipality",
    "geoaccess.demand.points.points_from_table": "for notebooks: people of a table of one's own",
    "geoaccess.testing.assert_minutes_equal": "for tests of studies that others write",
    "geoaccess.testing.assert_metric": "for tests of studies that others write",
    "geoaccess.testing.assert_proven": "for tests of studies that others write",
    "geoaccess.testing.assert_persons_reconcile": "for tests of studies that others write",
    "networks.arrival.figures.measured": "figures of one arrival function, as its tests ask for them",
    "networks.arrival.pieces.ArrivalFunction.waited_min": "an arrival function's own interface, for tests",
    "networks.check.KINDS": "what each kind of finding means; a test holds that none is missing",
    "networks.files.load_extras": "library: reads what save_network kept beside a network",
    "networks.graphs.from_networkx": "library: docs/library.md",
    "networks.graphs.to_igraph": "library: docs/library.md",
    "networks.graphs.to_networkx": "library: the way back of from_networkx",
    "networks.hierarchy.matrix.stream_many_to_many": "the engine's own interface: rows as they come",
    "networks.hierarchy.paths.Paths.edges_of": "the engine's own interface: ways, not times alone",
    "networks.hierarchy.paths.paths": "the engine's own interface: ways, not times alone",
    "networks.links.network_from_links": "library: a network of two tables in memory",
    "networks.osm.gtfs.GtfsFerries.of_cars": "library: car ferries of a GTFS feed",
    "networks.osm.durations.operating_window": "library: hours of a ferry by its tag",
    "networks.overlays.pass_closed": "library: a closure by the name of a pass",
    "networks.overlays.remove_overlays": "library: the way back of apply_overlays",
    "networks.sea.ways.sea_minutes": "library: minutes over the sea grid",
    "networks.sea.ways.sea_path": "library: the line of one way over the sea",
    "networks.transfers.Transfers.hangs_on_flying": "library: whom the weather may cut off",
    "networks.transfers.transfers": "library: chains to a destination with and without flying",
    "optimise.spopt_like.Solved.writeLP": "a call of spopt's, for scripts that have it",
    "optimise.spopt_like.KNearestPMedian.from_geodataframe": "a call of spopt's, for scripts that have it",
    "optimise.crews.hypercube.approximate_hypercube": "library: calls that are in no lists; compared with Larson and Jarvis",
    "optimise.changes.Change.net_min": "library: minutes gained less minutes lost",
    "optimise.changes.compare_minutes": "library: gains and losses of all, beside compare_by_group",
    "optimise.conditions.Together": "library: a condition, tried by tests/referee",
    "optimise.conditions.OnlyWith": "library: a condition, tried by tests/referee",
    "optimise.conditions.not_both": "library: a condition, tried by tests/referee",
    "optimise.covering_engine.coverage.coverage_from_lists": "input of the benchmark of covering",
    "optimise.declarations.Declaration.cannot_hold": "read by the docs and the tests",
    "optimise.guarantees.for_each_group": "library: a promise to each group",
    "optimise.models.survival.half_life": "library: a survival function of one's own",
    "optimise.queues.busy_fraction": "library: the busy fraction that MEXCLP and MALP ask for",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """A public definition: its dotted name, and the lines that it takes."""

    name: str
    file: Path
    first: int
    last: int

    @property
    def short(self) -> str:
        """The name as it is written where it is used."""
        return self.name.rpartition(".")[2]


def sources() -> list[Path]:
    """Every source file."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def definitions(path: Path, tree: ast.Module) -> Iterator[Definition]:
    """Public definitions of a file, and the public methods of its classes."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for node in tree.body:
        for name in _names(node):
            yield Definition(f"{module}.{name}", path, _first(node), node.end_lineno or node.lineno)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    called = f"{module}.{node.name}.{inner.name}"
                    if not _handed_on(inner) and not _overrides(node, inner.name):
                        yield Definition(called, path, _first(inner), inner.end_lineno or inner.lineno)


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        found = [] if _handed_on(node) else [node.name]
    elif isinstance(node, ast.Assign):
        found = [target.id for target in node.targets if isinstance(target, ast.Name)]
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        found = [node.target.id]
    else:
        found = []
    return [name for name in found if not name.startswith("_")]


def _handed_on(node: ast.FunctionDef | ast.ClassDef) -> bool:
    told = " ".join(ast.unparse(one) for one in node.decorator_list)
    return any(re.search(rf"\b{name}\b", told) for name in _CALLED_BY_OTHERS)


def _overrides(node: ast.ClassDef, method: str) -> bool:
    """Whether a library may call the method: its class has a base that is none of ours to look into."""
    solver = ("actualSolve", "callSolver", "createAndConfigureSolver")
    known = {
        "LpSolver": solver,
        "HiGHS": solver,
        "highs": solver,
        "click": (
            "convert",
            "list_commands",
            "get_command",
            "format_commands",
            "resolve_command",
            "format_epilog",
        ),
    }
    bases = " ".join(ast.unparse(base) for base in node.bases)
    return any(method in names and library in bases for library, names in known.items())


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def uses(path: Path, tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names used in a file, with their lines."""
    exports = _export_lines(tree) if path.name == "__init__.py" else set()
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if line in exports:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id, line
        elif isinstance(node, ast.Attribute):
            yield node.attr, line
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, line
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.fullmatch(r"[\w.]+:\w+", node.value):
                yield node.value.partition(":")[2], line
            elif re.fullmatch(r"[A-Za-z_]\w*(\[.*\])?", node.value) and _is_annotation(node):
                yield node.value, line


def _is_annotation(node: ast.Constant) -> bool:
    """Names of types within quotes are written with a capital."""
    return isinstance(node.value, str) and node.value[:1].isupper()


def _export_lines(tree: ast.Module) -> set[int]:
    """Lines of a package's imports and of its tables of names."""
    lines: set[int] = set()
    for node in tree.body:
        named = isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in {"__all__", "_HOMES", "_HOME"}
            for target in node.targets
        )
        if named or isinstance(node, ast.ImportFrom | ast.If):
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def unused() -> list[Definition]:
    """Public definitions that no source uses, in the order of their files."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sources()}
    used: dict[str, list[tuple[Path, int]]] = defaultdict(list)
    for path, tree in trees.items():
        for name, line in uses(path, tree):
            used[name].append((path, line))
    found = []
    for path, tree in trees.items():
        for one in definitions(path, tree):
            elsewhere = [
                at for at in used[one.short] if at[0] != one.file or not one.first <= at[1] <= one.last
            ]
            if not elsewhere:
                found.append(one)
    return found


def main() -> None:
    """Print what is unused, and what is excepted with its reason."""
    found = unused()
    for one in found:
        if one.name not in EXCEPTIONS:
            print(f"{one.file.relative_to(ROOT)}:{one.first}: {one.name} ({one.last - one.first + 1} lines)")
    excepted = [one for one in found if one.name in EXCEPTIONS]
    lines = sum(one.last - one.first + 1 for one in found)
    print(f"{len(found)} definitions, {lines} lines; {len(excepted)} of them excepted:")
    for one in excepted:
        print(f"  {one.name}: {EXCEPTIONS[one.name]}")


if __name__ == "__main__":
    main()
