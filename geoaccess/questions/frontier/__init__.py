"""Frontier: the value of each further site, and the price of fairness."""
