"""Isochrones: areas within minutes of places."""
