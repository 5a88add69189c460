"""From the tables of a run to the document that ``maps`` draws; one module per kind of map."""

from __future__ import annotations

from geoaccess.mapping.drawing import document, draw_map, save_map
from geoaccess.mapping.links import closures_table, links_table
from geoaccess.mapping.words import MapWords

__all__ = ["MapWords", "closures_table", "document", "draw_map", "links_table", "save_map"]
