"""Placements by several criteria at once: every answer that no other beats, each proven."""
