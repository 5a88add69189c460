"""The command line. Commands are imported only when they are called, so that ``--help`` is quick."""

from __future__ import annotations

import sys

from geoaccess.cli.app import run

__all__ = ["main"]


def main() -> None:
    """Entry point of the ``geoaccess`` script."""
    sys.exit(run(sys.argv[1:]))
