"""Losses: what hurts most when it falls out."""
