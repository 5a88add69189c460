"""Answers: their tables with declared columns, notes, proof and folder."""
