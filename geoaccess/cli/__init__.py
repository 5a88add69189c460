"""The command line. Commands are imported only when they are called, so that ``--help`` is quick."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Entry point of the ``geoaccess`` script: Ctrl-C is heard and stdout held before anything else."""
    try:
        from geoaccess.terminal import ending, interrupts

        interrupts.end_at_once()
    except KeyboardInterrupt:
        os._exit(130)
    try:
        try:
            from geoaccess.cli.app import COMPLETING, run
            from geoaccess.terminal import streams

            if COMPLETING not in os.environ:  # a shell reads stdout itself then
                streams.hold()
            code = run(sys.argv[1:])
        finally:
            interrupts.ignore()
    except KeyboardInterrupt:
        code = interrupts.INTERRUPTED
    except Exception as error:
        # Whatever fails inside a command is told by run(): this is a program that cannot be loaded.
        if not ending.is_lack_of_memory(error):
            raise
        code = 1
        results = sys.stdout if "--json" in sys.argv else None
        ending.last_words([error], code=code, language=ending.language_of(sys.argv), results=results)
    sys.exit(code)
