"""The command line. Commands are imported only when they are called, so that ``--help`` is quick."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Entry point of the ``geoaccess`` script: Ctrl-C is heard and stdout held before anything else."""
    try:
        from geoaccess.terminal import interrupts

        interrupts.end_at_once()
    except KeyboardInterrupt:
        os._exit(130)
    try:
        try:
            from geoaccess.cli.app import run
            from geoaccess.terminal import streams

            streams.hold()
            code = run(sys.argv[1:])
        finally:
            interrupts.ignore()
    except KeyboardInterrupt:
        code = interrupts.INTERRUPTED
    sys.exit(code)
