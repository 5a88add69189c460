"""Reliability: what closed passes and cancelled ferries do to time to care, and in the worst week."""

from geoaccess.reliability.hazards import Hazard, weekly_probabilities
from geoaccess.reliability.outcome import Reliability, reliability
from geoaccess.reliability.states import StateSpace, enumerate_states, sample_states

__all__ = [
    "Hazard",
    "Reliability",
    "StateSpace",
    "enumerate_states",
    "reliability",
    "sample_states",
    "weekly_probabilities",
]
