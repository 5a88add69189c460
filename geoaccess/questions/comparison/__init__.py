"""Comparison: who gains and who loses between two answers."""
