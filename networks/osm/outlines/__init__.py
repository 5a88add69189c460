"""Coarse outlines of the countries whose general speed limits are known (``countries.json``)."""
