"""GTFS feeds on the command line: read for one real week, and every match with a ferry's quays shown."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.output import Output
from geoaccess.words.note import Note

if TYPE_CHECKING:
    import pandas as pd

    from networks import GtfsFerries, TravelNetwork

_MATCHES_SHOWN = 40

week_option = click.option(
    "--week-of",
    metavar="YYYY-MM-DD",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --gtfs: the real week from this date; default: the week in which most of its services run.",
)


def feed_of(
    out: Output, gtfs: Path | None, week_of: datetime | None
) -> tuple[GtfsFerries | None, date | None]:
    """The ferries of a feed in one real week, and the week's first day; what was left out is said.

    Raises:
        click.UsageError: a week without a feed.
        NetworkFileError: the feed cannot be read.
        NetworkDataError: faults in the feed, all of them listed.
    """
    from networks.osm import read_gtfs_week

    if gtfs is None:
        if week_of is not None:
            raise click.UsageError("--week-of is the week of a feed: it goes with --gtfs")
        return None, None
    with out.step(Note("say.reading_timetables", path=str(gtfs))):
        found, first = read_gtfs_week(gtfs, None if week_of is None else week_of.date())
    if first is not None:
        out.note(Note("say.feed.week", date=first.isoformat()))
    said = Counter(ferry.cars for ferry in found.ferries)
    out.note(Note("say.feed.cars", yes=said["yes"], no=said["no"], unsaid=said["unsaid"]))
    return found, first


def show_matches(out: Output, network: TravelNetwork, timetables: GtfsFerries) -> pd.DataFrame:
    """Which ferry has its times from which stops, and how far these are from its quays."""
    from networks.osm import feed_matches

    matches = feed_matches(network, timetables.ferries)
    if matches.empty:
        out.note(Note("say.feed.unmatched", without=0, all=0))
        return matches
    known = matches[matches["from_stop"] != ""]
    out.table(
        Note("say.feed.matched"),
        {
            "name": "ferry",
            "from_stop": "stop",
            "to_stop": "stop",
            "distance_m": "from the quay, m",
            "cars": "cars",
            "departures": "departures a week",
        },
        known.reset_index(drop=True),
        most=_MATCHES_SHOWN,
    )
    without = len(matches) - len(known)
    out.note(Note("say.feed.unmatched", without=without, all=len(matches)))
    return matches
