"""Shared fixtures: the test data beside the checkout, and Hypothesis profiles."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))
from fonts import use_own_fonts

use_own_fonts()
# Pages of the documentation show tables as a terminal draws them, whatever reads them here.
os.environ.setdefault("GEOACCESS_DRAWN_TABLES", "1")

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "default",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("default")


def shared_root() -> Path:
    """Folder of the shared test data: GEOACCESS_SHARED, else ``../shared`` beside the checkout."""
    named = os.environ.get("GEOACCESS_SHARED", "../shared")
    return (ROOT / named).resolve() / "data"


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Ctrl-C reaches tests that send it, even where the shell began this job deaf to it (in the background)."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared test data; absent data skips the test, except in CI, where it fails it."""
    root = shared_root()
    if not root.is_dir():
        reason = f"the shared test data is not at {root} (set GEOACCESS_SHARED to its folder)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return root
