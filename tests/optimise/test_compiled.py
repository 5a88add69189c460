"""Machine code is kept in a folder of the user's own, and where none can be written all works the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KERNEL = """
from optimise.compiled import cache_folder, compiled, needs_compilation

@compiled
def doubled(value):
    return 2 * value

if __name__ == "__main__":
    print(needs_compilation(doubled), doubled(21), needs_compilation(doubled), cache_folder())
"""


def run_kernel(folder: Path, **environment: str) -> list[str]:
    file = folder / "kernel.py"
    file.write_text(KERNEL, encoding="utf-8")
    dropped = {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    done = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, check=True, env=kept | environment
    )
    return done.stdout.split()


def test_machine_code_is_kept_in_the_users_cache(tmp_path: Path) -> None:
    first = run_kernel(tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert first[:3] == ["True", "42", "False"]
    folder = Path(first[3])
    assert folder.parent == tmp_path / "cache" / "geoaccess"
    assert any(folder.rglob("*.nbi"))
    assert folder.stat().st_mode & 0o077 == 0
    assert run_kernel(tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))[:2] == ["False", "42"]


@pytest.mark.parametrize("name", ["XDG_CACHE_HOME", "NUMBA_CACHE_DIR"])
def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path, name: str) -> None:
    file = tmp_path / "no-folder"
    file.write_text("", encoding="utf-8")
    missing = str(tmp_path / "none")
    told = run_kernel(tmp_path, **{name: str(file / "cache"), "TMPDIR": missing})
    assert told[:3] == ["True", "42", "False"]
    assert not told[3].startswith(str(file))
