"""``python -m geoaccess``: the command line, for when the script is not on the path."""

from __future__ import annotations

import sys

from geoaccess.cli import main

sys.exit(main())
