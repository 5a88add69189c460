"""Minutes over all moments of a day, by hand, and a placement that counts them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.minutes.drives_over_day import day_minutes

# West - Færøy: the ferry sails every 20 minutes from 06:00 to 22:00, 5 min to board, 10 across, then 30 by road.
# So 16 hours wait 10 minutes on average, 8 hours wait 4: and Færøy's own settlement has a leg of 2 km at 60 km/h.
WEST, FAR, ISLAND = 1, 3, 4
PLACE = pd.DataFrame({"site_id": ["far"], "node_id": ["far"], "lon": [18.0], "lat": [69.8]})


@pytest.mark.parametrize("direction", ["to_site", "from_site"])
def test_mean_percentile_and_minutes_beyond(fjord, direction):
    study = ga.load_study(fjord)

    def of(over, **options):
        return day_minutes(study, PLACE, over, direction=direction, **options)[:, 0]

    mean = of("mean")
    assert mean[WEST] == pytest.approx(45.0 + (16 * 10 + 8 * 240) / 24)
    assert mean[FAR] == pytest.approx(2.0)
    assert np.isnan(mean[ISLAND])
    # A tenth of the day are the first 144 of the 480 minutes after the last boat.
    assert of("p90")[WEST] == pytest.approx(45.0 + 480.0 - 144.0)
    # Within an hour: 45 minutes and a wait of at most 15 of every 20, and 15 minutes before the first boat.
    beyond = of("beyond", limits_min=np.full(5, 60.0))
    assert beyond[WEST] == pytest.approx(1440.0 - 48 * 15.0 - 15.0)
    assert beyond[FAR] == 0.0
    assert beyond[ISLAND] == 1440.0


def test_a_placement_counts_the_day(fjord):
    """One clock sees West 45 minutes and 10 of waiting from Færøy; the day, four times that."""
    study = ga.load_study(fjord)
    before = {}
    for times in ("one-clock", "around-the-clock-mean", "around-the-clock-p90"):
        found = ga.place(study, "stations", sites=1, times=times)
        assert found.solution.status == "optimal"
        before[times] = found.demand.set_index("demand_id")["before_min"]
    # The station is in the town: Færøy waits for the ferry.
    assert before["one-clock"]["d4"] == pytest.approx(2 + 60 + 25 + 30 + 2, abs=1.1)
    wait = (16 * 10 + 8 * 240) / 24
    assert before["around-the-clock-mean"]["d4"] == pytest.approx(
        before["one-clock"]["d4"] - 10.0 + wait, abs=1e-6
    )
    assert before["around-the-clock-p90"]["d4"] > before["around-the-clock-mean"]["d4"]
    notes = " ".join(ga.place(study, "stations", sites=1, times="around-the-clock-mean").notes)
    assert "mean over all moments of leaving" in notes


def test_ways_after_each_other_do_not_add_up(fjord):
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[placements.stations.onward]\nkind = "hospital"\n')
    study = ga.load_study(fjord)
    with pytest.raises(DataError, match="do not add up"):
        ga.place(study, "stations", times="around-the-clock-p90")
