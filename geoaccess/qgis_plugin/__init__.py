"""A plugin of QGIS: geoaccess in its toolbox. ``geoaccess qgis install`` copies this folder into QGIS.

QGIS runs it in a Python of its own, where geoaccess is not installed; so it imports nothing of geoaccess, and
asks the program as a process. What each algorithm asks stands in ``commands.py``, what QGIS sees of it in
``provider.py``.
"""

from __future__ import annotations

from typing import Any


def classFactory(iface: Any) -> Any:  # noqa: N802, ANN401 - a name and a type that QGIS gives
    """What QGIS calls to load the plugin."""
    from .provider import Plugin  # noqa: PLC0415 - exists in QGIS alone

    del iface
    return Plugin()
