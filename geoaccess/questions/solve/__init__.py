"""Solve: a placement model over a cost matrix and nothing else."""
