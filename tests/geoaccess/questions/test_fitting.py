"""Minutes are told apart on every map: finer classes where nearly all times are short, the same in all views."""

from __future__ import annotations

import numpy as np
import pytest

from geoaccess.drawing.fitting import with_fitting_minutes
from maps import MapDocument, PointLayer, Scale, Series, View


def drawn(*columns: list[float], scale: Scale | None = None) -> MapDocument:
    series = [
        Series(f"s{number}", column, scale or Scale.minutes(), f"v{number}")
        for number, column in enumerate(columns)
    ]
    n = len(columns[0])
    at = np.linspace(10.0, 11.0, n)
    layer = PointLayer("places", "Places", at, at + 50.0, [str(row) for row in range(n)], tuple(series))
    return MapDocument("M", layers=(layer,), views=tuple(View(one.view, one.name) for one in series))


def breaks(made: MapDocument) -> list[tuple[float, ...]]:
    return [series.scale.breaks for layer in made.layers for series in layer.series]


@pytest.mark.parametrize(
    ("longest", "last"), [(4.0, 7.0), (7.0, 7.0), (8.0, 15.0), (40.0, 45.0), (46.0, 180.0), (400.0, 180.0)]
)
def test_classes_reach_as_far_as_nearly_all_times(longest: float, last: float) -> None:
    made = with_fitting_minutes(drawn([1.0, 2.0, longest, longest, np.nan]))
    assert [one[-1] for one in breaks(made)] == [last]


def test_views_that_are_looked_at_side_by_side_share_their_classes() -> None:
    made = with_fitting_minutes(drawn([1.0, 2.0, 3.0], [100.0, 110.0, 170.0]))
    assert breaks(made) == [Scale.minutes().breaks] * 2


def test_limits_of_a_study_and_maps_without_a_time_stay_as_they_are() -> None:
    limits = Scale.thresholds((12, 25))
    assert breaks(with_fitting_minutes(drawn([1.0, 2.0], scale=limits))) == [limits.breaks]
    assert breaks(with_fitting_minutes(drawn([np.nan, np.nan]))) == [Scale.minutes().breaks]
