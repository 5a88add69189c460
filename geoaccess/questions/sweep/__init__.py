"""Sweep: travel times of many states of a network."""
