"""The notebooks of the documentation: run by IPython, stored with what came out, shown as pages.

The stored notebook is its own source: ``python -m tests.documentation.refresh notebooks/NAME.ipynb`` runs its cells
again in a folder that holds the tables beside it, and writes the outputs and the page. No kernel is started: sockets
and their time limits have no place in tests. Maps are left out of what is stored (a megabyte each); a notebook that is
run shows them.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell

DOCS = Path(__file__).resolve().parents[2] / "geoaccess" / "docs"
FOLDER = DOCS / "notebooks"
PAGES = tuple(f"notebooks/{path.name}" for path in sorted(FOLDER.glob("*.ipynb")))


class _Kept(DisplayHook):
    """Keeps what the last expression of a cell gives, in every form that a notebook shows."""

    given: list[dict[str, Any]]

    def __call__(self, result: object = None) -> None:
        if result is not None:
            self.given.append(self.compute_format_data(result)[0])


def read(page: str) -> Any:
    """A notebook as it is stored."""
    return nbformat.read(DOCS / page, as_version=4)


def executed(page: str) -> Any:
    """The notebook with the outputs of a run of all its cells, in a fresh namespace and a fresh folder.

    Raises:
        RuntimeError: a cell fails.
    """
    book = read(page)
    shell = InteractiveShell(user_ns={}, displayhook_class=_Kept)
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        for table in FOLDER.glob("*.csv"):
            shutil.copy(table, scratch)
        cells = [cell for cell in book.cells if cell.cell_type == "code"]
        for number, cell in enumerate(cells, start=1):
            cell.execution_count = number
            cell.outputs = _outputs(shell, cell.source, number)
    return book


def _outputs(shell: InteractiveShell, source: str, number: int) -> list[Any]:
    """What a cell prints, and what its last expression gives; maps in their frames are left out."""
    hook = shell.displayhook
    hook.given = []
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        done = shell.run_cell(source, store_history=False)
    if not done.success:
        raise RuntimeError(f"cell {number} fails:\n{source}") from (
            done.error_in_exec or done.error_before_exec
        )
    made = (
        [nbformat.v4.new_output("stream", name="stdout", text=printed.getvalue())]
        if printed.getvalue()
        else []
    )
    for data in hook.given:
        kept = {kind: text for kind, text in data.items() if "<iframe" not in text}
        made.append(nbformat.v4.new_output("execute_result", data=kept, execution_count=number))
    return made


def texts(book: Any) -> list[str]:
    """What each cell of code printed and gave, as text."""
    return ["".join(_text(one) for one in cell.outputs) for cell in book.cells if cell.cell_type == "code"]


def _text(output: Any) -> str:
    return str(output.get("text") or output.get("data", {}).get("text/plain", "")).rstrip() + "\n"


def as_page(page: str, book: Any) -> str:
    """The notebook as a page of the documentation."""
    file = Path(page).name
    parts = [f"<!-- Made by: python -m tests.documentation.refresh {page} -->"]
    shown = iter(texts(book))
    for cell in book.cells:
        if cell.cell_type != "code":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        if said := next(shown).rstrip():
            parts.append(f"```text\n{said}\n```")
    parts.append(
        f"*This page is the notebook [{file}]({file}), run; CI runs it again and compares what it prints.*"
    )
    return "\n\n".join(parts) + "\n"


def rewrite(page: str) -> None:
    """Run a notebook and write it and its page."""
    book = executed(page)
    nbformat.write(book, DOCS / page)
    (DOCS / page).with_suffix(".md").write_text(as_page(page, book), encoding="utf-8")
