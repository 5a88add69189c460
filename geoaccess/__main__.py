"""``python -m geoaccess``: the command line, for when the script is not on the path."""

from __future__ import annotations

from geoaccess.cli import main

main()
