"""The country of a map, by places that an atlas gives."""

from __future__ import annotations

import numpy as np
import pytest

from networks.osm.country import guess_country
from networks.osm.defaults import COUNTRIES
from networks.osm.outlines.pack import CODES

#: Towns of every country of the table, also on islands, on coasts and beside borders: longitude, latitude.
TOWNS = [
    ("NO", "Bodø", 14.40, 67.28), ("NO", "Røst", 12.08, 67.51), ("NO", "Kirkenes", 30.05, 69.73),
    ("NO", "Halden", 11.39, 59.12), ("NO", "Longyearbyen", 15.64, 78.22), ("NO", "Karasjok", 25.51, 69.47),
    ("SE", "Kiruna", 20.23, 67.86), ("SE", "Visby", 18.30, 57.64), ("SE", "Strömstad", 11.17, 58.94),
    ("FI", "Helsinki", 24.94, 60.17), ("FI", "Enontekiö", 23.63, 68.38), ("FI", "Mariehamn", 19.94, 60.10),
    ("DK", "København", 12.57, 55.68), ("DK", "Rønne", 14.70, 55.10), ("IS", "Akureyri", -18.09, 65.68),
    ("FO", "Tórshavn", -6.77, 62.01), ("GL", "Nuuk", -51.72, 64.18), ("EE", "Tallinn", 24.75, 59.44),
    ("EE", "Kuressaare", 22.49, 58.25), ("LV", "Rīga", 24.11, 56.95), ("LT", "Klaipėda", 21.14, 55.71),
    ("DE", "München", 11.58, 48.14), ("DE", "Flensburg", 9.44, 54.78), ("AT", "Innsbruck", 11.40, 47.27),
    ("CH", "Bern", 7.45, 46.95), ("NL", "Utrecht", 5.12, 52.09), ("BE", "Namur", 4.87, 50.47),
    ("FR", "Ajaccio", 8.74, 41.92), ("FR", "Brest", -4.49, 48.39), ("GB", "Lerwick", -1.15, 60.15),
    ("GB", "Belfast", -5.93, 54.60), ("IE", "Galway", -9.05, 53.27), ("ES", "Palma", 2.65, 39.57),
    ("ES", "Las Palmas", -15.43, 28.12), ("PT", "Lisboa", -9.14, 38.72), ("PT", "Ponta Delgada", -25.67, 37.74),
    ("PT", "Bragança", -6.76, 41.81), ("IT", "Cagliari", 9.11, 39.22), ("GR", "Iráklio", 25.13, 35.34),
    ("HR", "Split", 16.44, 43.51), ("PL", "Gdańsk", 18.65, 54.35), ("CZ", "Brno", 16.61, 49.20),
    ("RU", "Murmansk", 33.08, 68.97), ("RU", "Petropavlovsk", 158.65, 53.02), ("CA", "St. John's", -52.71, 47.56),
    ("CA", "Vancouver", -123.12, 49.28), ("US", "Boston", -71.06, 42.36), ("US", "Anchorage", -149.90, 61.22),
    ("US", "Honolulu", -157.86, 21.31), ("US", "San Diego", -117.16, 32.72), ("AU", "Hobart", 147.33, -42.88),
    ("NZ", "Dunedin", 170.50, -45.87), ("FJ", "Suva", 178.44, -18.12), ("FJ", "Taveuni", -179.90, -16.85),
    ("JP", "Naha", 127.68, 26.21), ("MT", "Valletta", 14.51, 35.90), ("MT", "Victoria, Gozo", 14.24, 36.04),
]  # fmt: skip
ELSEWHERE = [
    ("Tijuana", -117.04, 32.51),
    ("Tanger", -5.81, 35.77),
    ("Kyiv", 30.52, 50.45),
    ("Nowhere", -30, 0),
]


@pytest.mark.parametrize(("code", "town", "lon", "lat"), TOWNS)
def test_a_town_lies_in_its_country(code, town, lon, lat):
    around = np.linspace(-0.02, 0.02, 5)
    assert guess_country(lon + around, lat + around) == code, town


def test_every_country_of_the_table_is_found_by_a_town():
    assert {code for code, *_ in TOWNS} == set(COUNTRIES) == set(CODES.values())


@pytest.mark.parametrize(("town", "lon", "lat"), ELSEWHERE)
def test_a_town_beyond_the_table_has_no_country(town, lon, lat):
    assert guess_country(np.asarray([lon]), np.asarray([lat])) == "", town


def test_the_country_of_most_places_counts_and_the_others_are_told(build):
    road = {"highway": "primary"}
    nodes = {1: (-6.80, 41.80), 2: (-6.76, 41.81), 3: (-6.70, 41.82), 4: (-6.30, 41.95)}
    report = build(nodes, [(1, [1, 2, 3, 4], road)], country=None).provenance["osm"]
    assert report["country"] == "PT"
    assert report["country_source"] == "guessed from the position (25% in ES)"
    assert any(
        "speed limits of PT, guessed from the position (25% in ES)" in note for note in report["notes"]
    )


def test_a_country_that_is_given_is_believed(build):
    nodes = {1: (14.4, 67.28), 2: (14.5, 67.28)}
    report = build(nodes, [(1, [1, 2], {"highway": "primary"})], country="us").provenance["osm"]
    assert (report["country"], report["country_source"]) == ("US", "given")
