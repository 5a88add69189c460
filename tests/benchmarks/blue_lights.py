"""What blue lights save in a network, beside what was measured on the same way with the same vehicle.

Run from the checkout, for example::

    python tests/benchmarks/blue_lights.py --extract malta-latest.osm.pbf helsinki-centre.osm.pbf

For each extract, minutes between random places on its roads: of a car, of an ambulance without blue lights and of one
with them, all with signals, signs and crossings counted (``controls``). The measured values set nothing in
the network; they are printed below for the eye.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from routers import draw_places

from networks import build_network, snap, travel_time_legs
from networks.network import TravelNetwork

#: Study, where, runs, what was saved. Each repeated the way of urgent runs without lights and siren.
MEASURED = (
    ("Hunt et al. 1995", "town, to hospital", "50", "43.5 s in the mean"),
    ("Ho and Casey 1998", "city, to the call", "64", "7.48 to 4.46 min: 38.5 %"),
    ("Brown et al. 2000", "city, to the call", "32", "105.8 s in the mean"),
    ("Ho and Lindquist 2001", "country, to the call", "67", "12.14 to 8.51 min: 30.9 %"),
    ("Petzäll et al. 2011", "town; country", "30", "2.9 min; 8.9 min in the mean"),
)
DRIVERS = {
    "car": {},
    "ambulance": {"profile": "ambulance"},
    "blue lights": {"profile": "ambulance", "blue_lights": True},
}


def minutes_of(network: TravelNetwork, places: np.ndarray) -> np.ndarray:
    """(n,) minutes between pairs of places."""
    starts, stops = (snap(network, places[:, end, 0], places[:, end, 1]) for end in (0, 1))
    legs = travel_time_legs(network, starts, stops)
    return np.where(np.diagonal(legs.wait_min) > 0, np.nan, np.diagonal(legs.total_min))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--extract", type=Path, nargs="+", required=True)
    parser.add_argument("--pairs", type=int, default=150)
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--bends", action="store_true", help="with bends and the open road")
    options = parser.parse_args()
    print(
        "| extract | pairs | car, min | ambulance | blue lights | saved, median | s, mean |\n|---|---|---|---|---|---|---|"
    )
    for extract in options.extract:
        places, times = None, []
        for choice in DRIVERS.values():
            network = build_network(extract, controls=True, bends=options.bends, **choice)
            if places is None:
                places = draw_places(network, options.pairs, options.seed)
            times.append(minutes_of(network, places))
        found = np.isfinite(times).all(axis=0) & (times[0] > 0)
        car, plain, blue = (one[found] for one in times)
        print(
            f"| {extract.name.partition('.')[0]} | {found.sum()} | {car.mean():.2f} | {plain.mean():.2f} "
            f"| {blue.mean():.2f} | {np.median(1 - blue / car):.1%} | {60 * (car - blue).mean():.0f} |"
        )
    print("\n| measured | where | runs | saved |\n|---|---|---|---|")
    for row in MEASURED:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
