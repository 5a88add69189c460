"""The examples of the documentation and of docstrings, each a module that mypy reads: ``python -m tests.documentation.typed_examples``.

The blocks of a page are one module, in their order, as a reader would run them; so are the examples of a file's
docstrings, each in a function of its own. An example carries no annotations of its own, but whatever it calls must be
there and take what it is given.
"""

from __future__ import annotations

import ast
import doctest
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("geoaccess", "networks", "optimise", "maps")
_NUMBERS = "from geoaccess.ground.arrays import FloatArray\n"
_ENDS = "from networks import SnappedPoints, TravelNetwork\nnetwork: TravelNetwork\nhomes: SnappedPoints\nhospitals: SnappedPoints\n"
#: What an example takes as given, with its type.
GIVEN = {
    "geoaccess_docs_placement_engine.py": f"{_NUMBERS}costs: FloatArray\nweights: FloatArray\nexisting: list[int]\n",
    "geoaccess_docs_surface.py": f"{_NUMBERS}home_lon: FloatArray\nhome_lat: FloatArray\n"
    "door_lon: FloatArray\ndoor_lat: FloatArray\n",
    "networks_arrival_profile.py": _ENDS,
    "networks_arrival_many.py": _ENDS,
}


def of_pages() -> Mapping[str, str]:
    """Page -> its blocks of Python as one module; notebooks are run instead."""
    pages = [*sorted((ROOT / "geoaccess" / "docs").glob("*.md")), ROOT / "README.md"]
    blocks = {
        page: re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        for page in pages
    }
    return {_module(page): "\n".join(found) for page, found in blocks.items() if found}


def of_docstrings() -> Mapping[str, str]:
    """File -> the examples of its docstrings, each in a function."""
    made = {}
    for path in (one for room in ROOMS for one in sorted((ROOT / room).rglob("*.py"))):
        source = path.read_text(encoding="utf-8")
        if ">>> " not in source:
            continue
        tree = ast.parse(source)
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        texts = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, documented)]
        codes = ["".join(one.source for one in doctest.DocTestParser().get_examples(text)) for text in texts]
        functions = [
            f"def example_{at}() -> None:\n{textwrap.indent(code, '    ')}"
            for at, code in enumerate(codes)
            if code
        ]
        made[_module(path)] = "\n".join([*_seen_by_a_docstring(path, tree), *functions])
    return made


def _seen_by_a_docstring(path: Path, tree: ast.Module) -> list[str]:
    """Imports of what a docstring may use: what its module imports, and what it defines."""
    own = str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
    imports = [
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module != "__future__")
    ]
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    return [*imports, *(f"from {own} import {name}" for name in names if not name.startswith("_"))]


def _module(path: Path) -> str:
    return re.sub(r"\W", "_", str(path.relative_to(ROOT).with_suffix(""))) + ".py"


def check(modules: Mapping[str, str]) -> list[str]:
    """What mypy says of the modules, in one run; the rest of the house is in its cache, where ``make lint`` ran."""
    with tempfile.TemporaryDirectory() as scratch:
        package = Path(scratch) / "examples_of"  # pyproject.toml says what is asked of it
        package.mkdir()
        for name, text in {"__init__.py": "", **modules}.items():
            (package / name).write_text(GIVEN.get(name, "") + text, encoding="utf-8")
        command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(package)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = done.stdout.replace(f"{package}/", "").splitlines()
    return [line for line in said if ": error:" in line] + ([done.stderr] if done.stderr.strip() else [])


def main() -> int:
    """Check all of them."""
    modules = {**of_pages(), **of_docstrings()}
    faults = check(modules)
    print(*faults, f"{len(modules)} modules of examples, {len(faults)} faults", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
