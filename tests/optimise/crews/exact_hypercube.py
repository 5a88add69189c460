"""Larson's hypercube solved exactly: the oracle of its approximation, and of the event loop."""

from __future__ import annotations

import numpy as np


def exact_hypercube(rate, near, mean_min):
    """(busy, sent, lost) of N crews without a queue; service exponential with one mean.

    ``rate`` (J,) calls a minute, ``near`` (J, N) orders of crews. Balance of 2^N states, solved as one linear system.
    """
    calls, crews = near.shape
    states = 1 << crews
    Q = np.zeros((states, states))
    for state in range(states):
        for crew in range(crews):
            if state >> crew & 1:
                Q[state, state ^ (1 << crew)] += 1.0 / mean_min
        for j in range(calls):
            free = [crew for crew in near[j] if not state >> crew & 1]
            if free:
                Q[state, state | 1 << free[0]] += rate[j]
    np.fill_diagonal(Q, Q.diagonal() - Q.sum(axis=1))
    A = Q.T.copy()
    A[-1] = 1.0
    p = np.linalg.solve(A, np.r_[np.zeros(states - 1), 1.0])
    busy = np.array([p[[s for s in range(states) if s >> crew & 1]].sum() for crew in range(crews)])
    sent = np.zeros(near.shape)
    for state in range(states - 1):
        for j in range(calls):
            k = next(k for k, crew in enumerate(near[j]) if not state >> crew & 1)
            sent[j, k] += p[state]
    return busy, sent, p[-1]
