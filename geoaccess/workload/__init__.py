"""Calls and crews of a study: who calls when and where, who is on duty, and the minutes between all places.

It makes of a study what :mod:`optimise.crews` takes, and knows no question.
"""
