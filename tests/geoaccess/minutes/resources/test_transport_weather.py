"""Transport as weather lets it be, against every weather drawn and asked anew."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import geoaccess as ga
from geoaccess.minutes import nearest_minutes
from geoaccess.minutes.resources.transport import transport_to
from geoaccess.minutes.resources.transport_weather import transport_arrivals, weathers
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.access.weather import Weather, how_carried
from geoaccess.questions.registry import document
from tests.geoaccess.minutes.resources.conftest import FLEET, fleet_toml, write_fleet

NAMES = ("a", "b", "c", "d", "e")
SHARES = st.sampled_from([0.0, 0.4, 0.82, 0.94, 1.0])


@settings(max_examples=60, deadline=None)
@given(
    share_up=st.dictionaries(st.sampled_from(NAMES), SHARES),
    groups=st.fixed_dictionaries({name: st.sampled_from("xyz") for name in NAMES}),
)
def test_weathers_are_those_of_one_dice_a_group(share_up, groups):
    found = weathers(share_up, groups)
    assert sum(one.share for one in found) == pytest.approx(1)
    assert all(one.share > 0 for one in found)
    assert len({one.goes for one in found}) == len(found)
    # One number a group says how good its weather is; whoever needs no better goes. Twentieths hold all shares.
    sizes = np.arange(0.5, 50) / 50
    own = sorted({groups[name] for name in share_up})
    for dice in itertools.islice(itertools.product(sizes[::7], repeat=len(own)), 200):
        luck = dict(zip(own, dice, strict=True))
        goes = frozenset(name for name, share in share_up.items() if luck[groups[name]] < share)
        assert goes in {one.goes for one in found}
    for name, share in share_up.items():
        assert sum(one.share for one in found if name in one.goes) == pytest.approx(share)


@pytest.fixture
def study(fjord):
    """The fleet, its boats and jets carrying too, the aeroplanes stopped by weather of their own."""
    changed = dict(FLEET)
    for name in ("boat", "lifeboat"):
        moves, _, mobilise, figures = FLEET[name]
        changed[name] = (moves, '["response", "transport"]', mobilise, figures)
    regularity = {"regularity": "{ summer = 0.97, winter = 0.9 }", "weather_group": "plane"}
    moves, gives, mobilise, figures = FLEET["plane"]
    changed["plane"] = (moves, gives, mobilise, {**figures, **regularity})
    return ga.load_study(write_fleet(fjord, fleet_toml(fleet=changed)))


def asked_anew(study, weather, to):
    """Minutes to the nearest in one weather: of the study that has no other resources than those that go."""
    if not weather.goes:
        return np.full(len(study.demand), np.nan)
    return nearest_minutes(study.with_resources(sorted(weather.goes)), f"transport-to-{to}")


@pytest.mark.parametrize("season", ["winter", None])
def test_expected_kept_and_late_are_those_of_every_weather_asked_anew(study, season):
    study = study.with_resources(["station", "lifeboat", "heli", "plane"])
    told = how_carried(study, "transport-to-hospital", Weather(season, 0.9, 60))
    resources = study.config.resources
    groups = {name: one.weather_group or one.moves for name, one in resources.items()}
    gives = [name for name, one in resources.items() if {"transport", "response"} & set(one.gives)]
    expected, ever, late = (np.zeros(len(study.demand)) for _ in range(3))
    seasons = [season] if season else ["summer", "winter"]
    known = {}
    for one in seasons:
        up = {name: resources[name].regularity.get(one, 1.0) for name in gives}
        for weather in weathers(up, groups):
            if weather.goes not in known:
                known[weather.goes] = asked_anew(study, weather, "hospital")
            minutes = known[weather.goes]
            share = weather.share / len(seasons)
            ever += share * np.isfinite(minutes)
            expected += share * np.nan_to_num(minutes)
            late += share * ~(minutes <= 60)
    assert_allclose(told["expected_min"], np.where(ever > 0, expected / np.maximum(ever, 1e-9), np.nan))
    assert_allclose(told["share_late"], late, atol=1e-12)


def test_what_remains_and_what_does_not_fly_are_questions_of_smaller_fleets(study):
    told = how_carried(study, "transport-to-hospital", Weather())
    ground = study.with_resources(["station", "boat", "lifeboat", "taxi"])
    assert_allclose(told["grounded_min"], nearest_minutes(ground, "transport-to-hospital"))
    # The car, the jet and the boat taxi go in every weather; the jet lands at no patient, the taxi treats.
    sure = study.with_resources(["station", "jet", "taxi"])
    assert_allclose(told["remains_min"], nearest_minutes(sure, "transport-to-hospital"))
    quickest = nearest_minutes(study, "transport-to-hospital")
    for column in ("grounded_min", "remains_min", "expected_min", "kept_min"):
        slower = np.nan_to_num(told[column].to_numpy(), nan=np.inf)
        assert (slower >= quickest - 1e-9).all(), column


def test_regularity_of_one_is_the_crisp_time(study):
    crisp = transport_to(study, "hospital")
    sure = study.config.model_copy(
        update={
            "resources": {
                name: one.model_copy(update={"regularity": {}})
                for name, one in study.config.resources.items()
            }
        }
    )
    always = transport_arrivals(replace(study, config=sure), crisp)
    quickest = nearest_minutes(study, "transport-to-hospital")
    assert_allclose(always.expected(), quickest)
    assert_allclose(always.percentile(1.0), quickest)
    assert_allclose(always.ever, np.isfinite(quickest))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    fewer=st.sets(st.sampled_from(["station", "boat", "lifeboat", "heli", "rescue", "plane"]), min_size=1),
)
def test_one_more_resource_never_makes_transport_slower_or_later(study, data, fewer):
    more = data.draw(st.sampled_from(["station", "boat", "lifeboat", "heli", "rescue", "plane"]))
    season = data.draw(st.sampled_from(["summer", "winter", None]))
    found = transport_to(study, "hospital")
    less, full = (restricted(study, found, names, season) for names in (fewer, fewer | {more}))
    for limit in (20.0, 60.0, 120.0):
        assert (full.within(limit) >= less.within(limit) - 1e-9).all()
    quick, slow = (np.nan_to_num(one.percentile(0.8), nan=np.inf) for one in (full, less))
    assert (quick <= slow + 1e-9).all()


def restricted(study, found, names, season):
    """The arrivals of some of the resources of an answer that is there."""

    owner = {craft: own for craft, own in found.resources.items() if own in names}
    return transport_arrivals(study, replace(found, resources=owner), season)


def test_the_map_of_transport_shows_by_what_and_how_surely(study):
    table = accessibility(study, kinds=["transport-to-hospital"], weather=Weather("winter"))
    for language, told in (("en", "Expected minutes"), ("nb", "Ventede minutter")):
        drawn = document(access_answer(study, table), language=language)
        keys = [view.key for view in drawn.views]
        wanted = {f"{what}-transport-to-hospital-base" for what in ("comes", "expected", "remains", "late")}
        assert wanted <= set(keys)
        places = next(layer for layer in drawn.layers if layer.key == "settlements")
        named = {series.view: series for series in places.series}
        assert told in named["expected-transport-to-hospital-base"].name
        carried = named["comes-transport-to-hospital-base"]
        assert len(set(carried.values)) > 1


def test_a_heliport_is_no_airport_of_an_aeroplane(fjord):
    folder = write_fleet(fjord, fleet_toml("station", "heli", "plane"))
    places = folder / "places.csv"
    table = pd.read_csv(places, dtype=str)
    table["runway_m"] = np.where(table["facility_id"] == "a4", "59", None)
    file = folder / "study.toml"
    text = file.read_text(encoding="utf-8").replace(
        'lands = "airport"',
        'lands = "airport"\nrunway_m = 800\nrunway_source = "invented"\nrunway_confidence = "assumption"',
    )
    file.write_text(text, encoding="utf-8")
    before = transport_to(ga.load_study(folder), "hospital")
    table.to_csv(places, index=False)
    after = ga.load_study(folder)
    assert after.runways == {"a4": 59.0}
    there = {way for way in before.found.ways if "plane" in way}
    assert there
    now = transport_to(after, "hospital").found
    assert all(np.isnan(now.by_way(way)).all() for way in there & set(now.ways))
    assert any(np.isfinite(before.found.by_way(way)).any() for way in there)
