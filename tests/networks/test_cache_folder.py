"""Where systems keep caches of one user."""

from __future__ import annotations

from pathlib import Path

import pytest

from networks import cache_folder


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [("linux", "", ".cache"), ("darwin", "", "Library/Caches"), ("win32", "LOCALAPPDATA", "local")],
)
def test_cache_root_of_each_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, variable: str, expected: str
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(cache_folder.sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / expected))
    assert cache_folder.user_cache_root() == tmp_path / expected


def test_a_folder_of_ones_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GEOACCESS_CACHE", raising=False)
    assert cache_folder.kept_data() == tmp_path / "cache" / "geoaccess"
    monkeypatch.setenv("GEOACCESS_CACHE", str(tmp_path / "own"))
    assert cache_folder.kept_data() == tmp_path / "own"
