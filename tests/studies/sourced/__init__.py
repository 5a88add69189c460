"""The program that lays the sourced tables into ``data/nord-norge``; ``python -m tests.studies.sourced`` runs it.

It reads ``data/sourced``, ``data/population`` and ``data/boundaries`` of the shared test data and the tables of
decisions beside this file, and changes what they say otherwise; every change becomes a row of
``corrections.csv``. Run again, it changes nothing.
"""
