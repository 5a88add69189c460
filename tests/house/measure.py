"""How the code is written, in figures: ``python tests/house/measure.py`` prints them beside the reference values.

A function's body is its lines without signature and docstring, blank lines left out. Docstring coverage counts public
modules, classes and functions; typed arguments count all functions, ``self`` and ``cls`` left out.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("geoaccess", "networks", "optimise", "maps")
#: Reference values: what the best projects of the field reach.
REFERENCE = {
    "median module, lines": "130-380",
    "median function body, lines": "4-15",
    "90th percentile function body, lines": "about 30",
    "longest module, lines": "under 2,000",
    "docstring coverage": "90-100 %",
    "typed arguments": "100 %",
    "functions that raise and say what": "few",
    "test lines per source line": "1 or more",
    "property tests": "none",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class House:
    """Figures of the whole repository."""

    module_lines: list[int]
    body_lines: list[int]
    documented: tuple[int, int]
    typed: tuple[int, int]
    raising: tuple[int, int]
    test_lines: int
    property_tests: int

    def figures(self) -> dict[str, str]:
        """The figures as text, in the order of :data:`REFERENCE`."""
        bodies = sorted(self.body_lines)
        return {
            "median module, lines": f"{statistics.median(self.module_lines):.0f}",
            "median function body, lines": f"{statistics.median(bodies):.0f}",
            "90th percentile function body, lines": f"{bodies[int(0.9 * len(bodies))]}",
            "longest module, lines": f"{max(self.module_lines):,}",
            "docstring coverage": share(self.documented),
            "typed arguments": share(self.typed),
            "functions that raise and say what": share(self.raising),
            "test lines per source line": f"{self.test_lines / sum(self.module_lines):.2f}",
            "property tests": str(self.property_tests),
        }


def share(counts: tuple[int, int]) -> str:
    """Part of whole, in per cent."""
    part, whole = counts
    return f"{part / whole:.1%} of {whole:,}" if whole else "none"


def sources() -> Iterator[Path]:
    """Every module of the four packages."""
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def measure() -> House:
    """Read the repository."""
    modules = [(path, path.read_text(encoding="utf-8")) for path in sources()]
    trees = [ast.parse(text) for _, text in modules]
    functions = [node for tree in trees for node in _functions(tree)]
    public = [node for tree in trees for node in _public(tree)]
    arguments = [argument for node in functions for argument in _arguments(node)]
    raising = [node for node in public if isinstance(node, Function) and _raises(node)]
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")]
    return House(
        module_lines=[text.count("\n") for _, text in modules],
        body_lines=[
            _body_lines(node, text.splitlines())
            for (_, text), tree in zip(modules, trees, strict=True)
            for node in _functions(tree)
        ],
        documented=(sum(ast.get_docstring(node) is not None for node in public), len(public)),
        typed=(sum(argument.annotation is not None for argument in arguments), len(arguments)),
        raising=(sum("Raises:" in (ast.get_docstring(node) or "") for node in raising), len(raising)),
        test_lines=sum(text.count("\n") for text in tests),
        property_tests=sum(text.count("@given(") for text in tests),
    )


def _functions(tree: ast.Module) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def _public(tree: ast.Module) -> Iterator[ast.Module | ast.ClassDef | Function]:
    yield tree
    for node in tree.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, Function) and not inner.name.startswith("_"):
                    yield inner


def _arguments(node: Function) -> Iterator[ast.arg]:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    yield from (argument for argument in given if argument.arg not in {"self", "cls"})


def _raises(node: Function) -> bool:
    return any(isinstance(inner, ast.Raise) and inner.exc is not None for inner in ast.walk(node))


def _body_lines(node: Function, lines: list[str]) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not body:
        return 0
    return sum(1 for line in lines[body[0].lineno - 1 : body[-1].end_lineno] if line.strip())


if __name__ == "__main__":
    sys.stdout.write(f"{'':38} {'here':>18}   reference\n")
    for label, figure in measure().figures().items():
        sys.stdout.write(f"{label:38} {figure:>18}   {REFERENCE[label]}\n")
