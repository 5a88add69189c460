"""The examples of pages and docstrings are found, all of them; ``make lint`` has mypy read them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import typed_examples as examples


def test_the_examples_of_pages_and_docstrings_are_found() -> None:
    pages, docstrings = examples.of_pages(), examples.of_docstrings()
    assert set(pages) >= {"README.py", "geoaccess_docs_library.py", "geoaccess_docs_surface.py"}
    assert pages["geoaccess_docs_library.py"].count("from optimise import") == 1
    assert len(docstrings) > 20
    assert 'clock_time("06:10")' in docstrings["geoaccess_words_clock_times.py"]
    assert set(examples.GIVEN) <= {*pages, *docstrings}
    for name, text in {**pages, **docstrings}.items():
        compile(examples.GIVEN.get(name, "") + text, name, "exec")


def test_they_are_read_wherever_the_house_is_linted() -> None:
    made = (examples.ROOT / "Makefile").read_text(encoding="utf-8")
    assert "tests.documentation.typed_examples" in made.split("\nlint:")[1].split("\n\n")[0]
