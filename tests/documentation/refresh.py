"""Write pages of the documentation anew from the commands and tables that they show.

``python -m tests.documentation.refresh`` refreshes every page that needs no browser; with names of pages
(``questions.md``, ``reference/commands.md``, ``pictures/times.png``) only those. ``headlines.json``, the frozen
figures of the embedded study, is written when it is named, with ``--because`` and the line of the changelog
that says why. ``--list`` names all pages. Whatever makes a page has ``PAGES`` and ``rewrite(page)``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

# Pages show tables as a terminal draws them.
os.environ.setdefault("GEOACCESS_DRAWN_TABLES", "1")
TESTS = Path(__file__).resolve().parents[1]
#: What makes pages, from the quickest to the slowest.
MAKERS = (
    "documentation/reference.py",
    "documentation/notebooks.py",
    "geoaccess/outputs.py",
    "geoaccess/questions/placement/placement_page.py",
    "documentation/carried.py",
    "studies/printed.py",
)
#: What is made only when it is named: pictures want a browser, frozen figures a reason, one page takes minutes.
NAMED_ONLY = ("maps/pictures.py", "maps/film.py", "studies/headlines.py", "studies/planner_page.py")


def makers(files: Sequence[str]) -> Iterator[ModuleType]:
    """The modules of these files, loaded now."""
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))
    for file in files:
        path = TESTS / file
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        yield module


def refresh(names: Sequence[str], *, because: str = "") -> list[str]:
    """Write pages anew; none named = all that need no browser and no reason.

    Returns:
        The pages written.

    Raises:
        KeyError: nothing makes a page of this name.
        ValueError: frozen figures without a reason.
    """
    found = {page: module for module in makers(MAKERS) for page in module.PAGES}
    chosen = list(names) or list(found)
    if set(chosen) - set(found):
        found |= {page: module for module in makers(NAMED_ONLY) for page in module.PAGES}
    for page in chosen:
        if page not in found:
            raise KeyError(f"no page {page}; there are: {', '.join(found)}")
        if getattr(found[page], "NEEDS_REASON", False):
            if not because:
                raise ValueError(f"{page}: say --because with the line of CHANGELOG.md that tells why")
            found[page].rewrite(page, because)
        else:
            found[page].rewrite(page)
        sys.stderr.write(f"{page}\n")
    return chosen


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.documentation.refresh", description=__doc__)
    parser.add_argument("pages", nargs="*", metavar="PAGE")
    parser.add_argument("--because", default="", help="for headlines.json: the line of the changelog")
    parser.add_argument("--list", action="store_true", help="name all pages")
    asked = parser.parse_args()
    if asked.list:
        print(*(page for module in makers((*MAKERS, *NAMED_ONLY)) for page in module.PAGES), sep="\n")
        return
    try:
        refresh(asked.pages, because=asked.because)
    except (KeyError, ValueError) as error:
        parser.error(str(error.args[0]))


if __name__ == "__main__":
    main()
