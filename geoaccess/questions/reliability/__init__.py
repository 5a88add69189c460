"""Reliability: what closed passes and cancelled ferries do to time to care, and in the worst week."""

from geoaccess.questions.reliability.outcome import Reliability, reliability
from geoaccess.questions.reliability.states import StateSpace, enumerate_states, sample_states
from geoaccess.study.hazard_sections import Hazard, weekly_probabilities

__all__ = [
    "Hazard",
    "Reliability",
    "StateSpace",
    "enumerate_states",
    "reliability",
    "sample_states",
    "weekly_probabilities",
]
