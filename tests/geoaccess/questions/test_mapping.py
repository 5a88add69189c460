"""Every kind of run becomes the map of that kind, with the run's own figures, in two languages."""

from __future__ import annotations

import ast
import dataclasses
import re
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import geoaccess.words.map_words as words_module
from geoaccess.answers.answer import Answer, load_answer
from geoaccess.answers.links import links_table
from geoaccess.cli.demo import demo_answer
from geoaccess.ground.errors import DataError
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.access.map import along_axis
from geoaccess.questions.clocks.answer import clocks_answer
from geoaccess.questions.comparison.answer import comparison_answer
from geoaccess.questions.frontier.answer import frontier_answer
from geoaccess.questions.isochrones.answer import isochrones_answer
from geoaccess.questions.journey.answer import route_answer
from geoaccess.questions.losses.answer import losses_answer
from geoaccess.questions.placement import place
from geoaccess.questions.placement.answer_folder import placement_answer
from geoaccess.questions.registry import document, draw_map
from geoaccess.study import load_study
from geoaccess.words.catalogue import texts
from geoaccess.words.map_words import PREFIX, MapWords
from maps import (
    AreaLayer,
    FlowLayer,
    Language,
    LineKind,
    LineLayer,
    MapDocument,
    PointLayer,
    ProofStatus,
    SiteLayer,
    SiteRole,
    Tiles,
    ViewControl,
)

SOURCE = Path(words_module.__file__).parents[1]
CLOCK = """
[clocks.response]
title = "Response"
starts = "the alarm"
ends = "the crew is there"
parts = ["mobilise", "travel"]
mobilise = { minutes = 2, source = "test" }
travel = { kinds = ["station"] }
threshold = { minutes = 25, urban_minutes = 12, source = "test", year = 2020 }
"""


@pytest.fixture
def study(fjord):
    text = (
        (fjord / "study.toml")
        .read_text(encoding="utf-8")
        .replace('label = "hospital"\n', 'label = "hospital"\nlabel_nb = "sykehus"\n')
    )
    (fjord / "study.toml").write_text(text + CLOCK, encoding="utf-8")
    return load_study(fjord)


def points_of(made: MapDocument) -> PointLayer:
    return next(layer for layer in made.layers if isinstance(layer, PointLayer))


def sites_of(made: MapDocument, key: str) -> SiteLayer:
    return next(layer for layer in made.layers if isinstance(layer, SiteLayer) and layer.key == key)


def lines_of(made: MapDocument, key: str) -> LineLayer:
    return next(layer for layer in made.layers if isinstance(layer, LineLayer) and layer.key == key)


def series_of(made: MapDocument, view: str) -> np.ndarray:
    return np.asarray(next(one.values for one in points_of(made).series if one.view == view), dtype=float)


def figure(made: MapDocument, view: str, label: str) -> float | str | None:
    chosen = next(one for one in made.views if one.key == view)
    return next(item.value for item in chosen.headline if item.label == label)


def drawn(run: Answer, **options) -> MapDocument:
    return document(run, **options)


@pytest.fixture
def access(study) -> Answer:
    return access_answer(study, accessibility(study, scenarios=("base", "no-ferry")))


# Times, thresholds, catchments


def test_times_thresholds_and_catchments_of_each_kind_and_scenario(access):
    made = drawn(access)
    assert [view.key for view in made.views] == [
        f"{what}hospital-{scenario}"
        for scenario in ("base", "no-ferry")
        for what in ("", "within-", "served-")
    ] + ["what-if-hospital", "what-if-change-hospital"]
    base = access.tables["nearest"].query("scenario == 'base'")
    np.testing.assert_array_equal(series_of(made, "hospital-base"), base["travel_time_min"])
    assert series_of(made, "within-hospital-base") is not None
    assert [series.scale.breaks for series in points_of(made).series[1:2]] == [(30.0, 60.0)]
    persons, minutes = base["people"].to_numpy(), base["travel_time_min"].to_numpy()
    expected = 100 * persons[minutes <= 30].sum() / persons.sum()
    assert figure(made, "within-hospital-base", "Within 30 min") == pytest.approx(expected)


def test_a_catchment_has_the_colour_and_the_line_of_the_facility_that_serves_it(access):
    made = drawn(access)
    sites = sites_of(made, "facility-hospital")
    (flows,) = [layer for layer in made.layers if isinstance(layer, FlowLayer)]
    nearest = access.tables["nearest"].query("scenario == 'base'")
    codes = series_of(made, "served-hospital-base")
    for code, end, name in zip(
        codes, flows.to_site["served-hospital-base"], nearest["facility_name"], strict=True
    ):
        assert (sites.labels[end] if end >= 0 else "") == name
        assert np.isnan(code) if end < 0 else code == end


def test_a_ferry_that_is_out_is_closed_in_its_scenario_alone(access):
    ferry = lines_of(drawn(access), "ferry")
    assert set(ferry.kinds["hospital-no-ferry"]) == {LineKind.CLOSED}
    assert set(ferry.kinds.get("hospital-base", ferry.kinds[""])) == {LineKind.FERRY}


def test_a_closed_road_is_drawn_although_the_roads_are_not(study, fjord):
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    shut = '\n[scenarios.shut]\ntitle = "Shut"\npasses_closed = ["Høyfjellet"]\n'
    (fjord / "study.toml").write_text(text + shut, encoding="utf-8")
    loaded = load_study(fjord)
    made = drawn(access_answer(loaded, accessibility(loaded, scenarios=("base", "shut"))))
    closed = lines_of(made, "closed-roads")
    assert closed.shown
    assert not lines_of(made, "road").shown
    assert set(closed.kinds["hospital-shut"]) == {LineKind.CLOSED}
    assert set(closed.kinds[""]) == {LineKind.HIDDEN}
    assert next(view for view in made.views if view.key == "hospital-shut").explanation == "Shut"


def test_municipalities_are_filled_where_the_study_has_their_polygons(access, tmp_path):
    boxes = [shapely.box(17, 68, 19, 69.52), shapely.box(17, 69.53, 19, 70), shapely.box(14, 70.4, 16, 71)]
    frame = gpd.GeoDataFrame({"code": ["0202", "0101", "0303"]}, geometry=boxes, crs=4326)
    frame.to_file(tmp_path / "areas.geojson", driver="GeoJSON")
    facts = dict(access.facts) | {"boundaries": str(tmp_path / "areas.geojson"), "boundaries_code": "code"}
    (areas,) = [
        layer
        for layer in document(Answer("access", facts, access.tables)).layers
        if isinstance(layer, AreaLayer)
    ]
    values = dict(zip(areas.labels, areas.series[0].values, strict=True))
    base = access.tables["nearest"].query("scenario == 'base'").set_index("demand_id")["travel_time_min"]
    # Most people of each municipality live in one place, and nobody reaches the island.
    assert values == pytest.approx({"Town": base["d1"], "Far": base["d4"], "Island": np.nan}, nan_ok=True)


def test_elsewhere_the_land_is_that_of_the_studys_polygons_in_any_crs(access, tmp_path):
    moved = {}
    for name, table in access.tables.items():
        shifted = {column: table[column] - 33 for column in table.columns if column.endswith("lat")}
        moved[name] = table.assign(**shifted)
    boxes = [shapely.box(17, 35, 19, 36.52), shapely.box(17, 36.53, 19, 37), shapely.box(14, 37.4, 16, 38)]
    frame = gpd.GeoDataFrame({"code": ["0101", "0202", "0303"]}, geometry=boxes, crs=4326)
    frame.to_crs(32634).to_file(tmp_path / "areas.gpkg")
    facts = dict(access.facts) | {"boundaries": str(tmp_path / "areas.gpkg"), "boundaries_code": "code"}
    made = document(Answer("access", facts, moved))
    assert made.basemap.land.bounds == pytest.approx((14, 35, 19, 38), abs=0.05)
    assert document(Answer("access", facts, access.tables)).basemap is None
    (areas,) = [layer for layer in made.layers if isinstance(layer, AreaLayer)]
    assert shapely.total_bounds(areas.geometry) == pytest.approx((14, 35, 19, 38), abs=0.05)


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-80, 80)), max_size=12))
def test_an_order_along_the_axis_is_a_permutation(places):
    lon, lat = (np.asarray([place[axis] for place in places], dtype=float) for axis in (0, 1))
    assert sorted(along_axis(lon, lat).tolist()) == list(range(len(places)))


# Placements


def test_a_placement_shows_before_after_who_gains_and_the_thresholds(study):
    result = place(study, "stations")
    made = drawn(placement_answer(result))
    own = ["before", "after", "change", "within-before", "within-after"]
    assert [view.key for view in made.views] == [*own, "what-if-stations", "what-if-change-stations"]
    assert made.swipe == ("before", "after")
    change = result.demand["after_min"] - result.demand["before_min"]
    np.testing.assert_allclose(series_of(made, "change"), change, equal_nan=True)
    gained = result.demand.loc[change < -1e-6, "people"].sum()
    assert figure(made, "change", "Get a shorter time") == gained
    after = next(view for view in made.views if view.key == "after")
    assert after.proof.status is ProofStatus.OPTIMAL
    assert after.proof.lower_bound == result.to_dict()["lower_bound"]
    late = series_of(made, "within-after")
    expected = (result.demand["after_min"] > result.demand["threshold_min"]).to_numpy()
    reached = result.demand["after_min"].notna().to_numpy()
    np.testing.assert_array_equal(late[reached], expected[reached])
    assert np.isnan(late[~reached]).all()


def test_a_run_of_both_keeps_the_places_apart_from_their_order(study):
    run = demo_answer(study, accessibility(study), place(study, "stations"))
    turned = dict(run.tables) | {"placement": run.tables["placement"].iloc[::-1].reset_index(drop=True)}
    for view in ("before", "after"):
        np.testing.assert_array_equal(
            series_of(drawn(run), view), series_of(document(Answer(run.question, run.facts, turned)), view)
        )
    fewer = dict(run.tables) | {"placement": run.tables["placement"].iloc[1:]}
    with pytest.raises(DataError, match="other places"):
        document(Answer(run.question, run.facts, fewer))


def test_alternatives_have_their_own_sites_and_what_they_lose(study):
    run = placement_answer(place(study, "stations"))
    sites = run.tables["sites"]
    (best,) = sites.loc[sites["role"] == "chosen", "name"]
    other = sites.loc[sites["role"] == "candidate", "name"].iloc[0]
    table = pd.DataFrame(
        {
            "rank": [1, 2],
            "loss": [0.0, 0.013],
            "mean_min": [10.0, 10.2],
            "p90_min": [20.0, 20.5],
            "sites": [best, other],
            "instead": ["", other],
            "instead_of": ["", best],
        }
    )
    made = document(Answer(run.question, run.facts, {**run.tables, "alternatives": table}))
    layer = sites_of(made, "sites")
    roles = dict(zip(layer.labels, layer.roles["alternative-2"], strict=True))
    assert [name for name, role in roles.items() if role is SiteRole.CHOSEN] == [other]
    assert figure(made, "alternative-2", "Worse than the answer") == pytest.approx(1.3)
    unknown = table.assign(instead=["", "nobody knows"])
    kept = document(Answer(run.question, run.facts, {**run.tables, "alternatives": unknown}))
    assert not [view for view in kept.views if view.key.startswith("alternative")]
    assert [one.key for one in kept.tables] == ["alternatives"]


# Questions with runs of their own


def test_a_comparison_tells_gains_losses_and_who_is_cut_off(access):
    run = comparison_answer(access, access, scenarios=("base", "no-ferry"))
    made = drawn(run)
    chosen = ["what-if-hospital", "what-if-change-hospital"]
    assert [view.key for view in made.views] == ["change-0", "a-0", "b-0", *chosen]
    table = run.tables["comparison"]
    np.testing.assert_array_equal(series_of(made, "change-0"), table["change_min"])
    region = run.tables["comparison_region"].iloc[0]
    assert figure(made, "change-0", "Get a longer time") == region["persons_lose"]
    lost = (table["a_min"].notna() & table["b_min"].isna()).to_numpy()
    turned = [layer for layer in made.layers if layer.key == "turned"]
    assert bool(turned) == bool(lost.any())
    assert made.subtitle == "Who gains and who loses: from “today” to “The ferry is out”"
    assert set(lines_of(made, "ferry").kinds["b-0"]) == {LineKind.CLOSED}


def test_places_that_are_cut_off_are_marked_as_such(study):
    table = accessibility(study, scenarios=("base", "no-ferry"))
    nearest = table.nearest.copy()
    cut = (nearest["scenario"] == "no-ferry") & (nearest["demand_id"] == "d4")
    nearest.loc[cut, "travel_time_min"] = np.nan
    run = access_answer(study, dataclasses.replace(table, nearest=nearest))
    made = drawn(comparison_answer(run, run, scenarios=("base", "no-ferry")))
    (turned,) = [layer for layer in made.layers if layer.key == "turned"]
    assert turned.labels == ["Færøy"]
    assert turned.series[0].values.tolist() == [1.0]
    assert turned.series[0].scale.labels == ("newly reached", "no longer reached")
    assert figure(made, "change-0", "No longer reached") == 200


def test_a_frontier_is_a_slider_whose_steps_are_the_placements(study):
    run = frontier_answer(study, "stations", [0, 1, 2])
    made = drawn(run)
    assert made.view_control is ViewControl.SLIDER
    assert made.first_view == "p1"
    for count in (0, 1, 2):
        answer = place(study, "stations", sites=count)
        np.testing.assert_array_equal(series_of(made, f"p{count}"), answer.demand["after_min"])
        view = next(one for one in made.views if one.key == f"p{count}")
        assert view.rank == answer.after["mean_min"]
        assert view.proof.status is ProofStatus.OPTIMAL
        roles = sites_of(made, "sites").roles[f"p{count}"]
        assert sum(role is SiteRole.CHOSEN for role in roles) == count


def test_facilities_are_chosen_in_both_states_of_a_comparison(study):
    run = access_answer(study, accessibility(study, kinds=["hospital"], scenarios=["base", "no-ferry"]))
    compared = comparison_answer(run, run, scenarios=("base", "no-ferry"))
    (subject,) = compared.site_minutes
    # The second state comes first: the choice goes on from what the comparison ends with.
    assert list(subject.states) == ["no-ferry", "base"]
    points = compared.tables["comparison"].set_index("demand_id").loc[list(subject.demand_ids)]
    for state, column in zip(subject.states.values(), ("b_min", "a_min"), strict=True):
        told = np.where(state.before >= 65_534, np.nan, state.before * state.step_min)
        np.testing.assert_allclose(told, points[column], atol=state.error_min + 1e-9)
    made = drawn(compared)
    (choice,) = made.what_if
    assert (choice.key, choice.kind) == ("hospital", "access")
    assert [state.key for state in choice.states] == ["no-ferry", "base"]
    # Runs about other sites have no choice in common.
    own = run.site_minutes[0]
    turned = dataclasses.replace(own, sites=own.sites.iloc[::-1])
    other = dataclasses.replace(run, site_minutes=(turned,))
    assert comparison_answer(run, other, scenarios=("base", "no-ferry")).site_minutes == ()


def test_losses_are_ranked_and_each_shows_whom_it_hurts(study):
    run = losses_answer(study, of=("ferries", "facilities"))
    made = drawn(run)
    assert made.view_control is ViewControl.LIST
    for unit in ("people", "person-hours"):
        ranks = [view.rank for view in made.views if view.rank_unit == unit]
        assert made.views
        assert ranks == sorted(ranks, reverse=True)
    table = run.tables["losses"]
    choices = {view for one in made.what_if for view in (one.minutes_view, one.change_view)}
    listed = [view for view in made.views if view.key not in choices]
    for item, view in zip(run.facts["losses"]["shown"], listed, strict=True):
        longer = series_of(made, view.key)
        lost = np.nansum(longer * run.tables["loss_points"]["people"])
        row = table[(table["element_id"] == item["element_id"]) & (table["kind"] == item["kind"])].iloc[0]
        assert lost == pytest.approx(row["person_min_lost"], abs=1e-3)
    hospital = next(view for view in made.views if "Færøy hospital" in view.label)
    roles = sites_of(made, "facility-hospital").roles[hospital.key]
    assert [role is SiteRole.CLOSED for role in roles].count(True) == 1
    ferries = [view.key for view in made.views if "West-East" in view.label]
    for key in ferries:
        assert LineKind.CLOSED in lines_of(made, "lost").kinds[key]


def test_clocks_show_the_whole_its_parts_and_the_longest(study):
    run = clocks_answer(study)
    made = drawn(run)
    table = run.tables["clock_points"]
    np.testing.assert_array_equal(series_of(made, "total-response"), table["total_min"])
    parts = points_of(made).parts["total-response"]
    total = sum(np.asarray(part.values, dtype=float) for part in parts)
    np.testing.assert_allclose(total, table["total_min"], equal_nan=True)
    longest = next(one for one in points_of(made).series if one.view == "longest-response")
    named = ["" if np.isnan(code) else longest.scale.labels[int(code)] for code in longest.values]
    assert set(named) == {"Turning out", "Travel to the patient"}
    late = series_of(made, "intime-response")
    reached = table["total_min"].notna().to_numpy()
    np.testing.assert_array_equal(late[reached] == 0, table["in_time"].to_numpy()[reached])


def test_a_route_is_drawn_leg_by_leg(study):
    run = route_answer(study, "Town", "Færøy")
    made = drawn(run)
    way = lines_of(made, "way")
    assert list(way.kinds) == [LineKind.ROUTE, LineKind.FERRY, LineKind.ROUTE]
    assert way.emphasis
    ends = [shapely.get_coordinates(line)[[0, -1]].tolist() for line in way.geometry]
    assert [one[1] for one in ends[:-1]] == [one[0] for one in ends[1:]]
    (legs,) = made.tables
    assert legs.in_panel
    assert list(legs.columns[0].values) == ["E6: Town – West", "Fv1: West-East", "Fv1: East – Færøy"]
    assert sum(legs.columns[2].values) == pytest.approx(made.headline[0].value)
    assert sites_of(made, "ends").labels == ["Town", "Færøy"]


def test_a_route_to_where_one_is_has_nothing_to_draw(study):
    with pytest.raises(DataError, match="same place"):
        route_answer(study, "Town", "Town")


def test_isochrones_are_bands_that_do_not_lie_on_each_other(study):
    run = isochrones_answer(study, "hospital", minutes=(15, 30), reach_m=1000)
    made = drawn(run)
    (areas,) = [layer for layer in made.layers if isinstance(layer, AreaLayer)]
    inner, outer = areas.geometry
    assert inner.intersection(outer).area < 1e-6 * outer.area
    assert list(areas.series[0].values) == [15.0, 30.0]
    minutes = run.tables["reach_points"]["travel_time_min"]
    people = run.tables["reach_points"]["people"]
    assert made.headline[0].value == people[minutes <= 15].sum()
    nearest = accessibility(study).nearest["travel_time_min"]
    np.testing.assert_array_equal(minutes, nearest)


def test_a_run_without_anything_to_show_is_refused():
    with pytest.raises(DataError, match="no places to show"):
        document(Answer("access", {"title": "x"}, {"other": pd.DataFrame()}))


# From folders, in two languages


@pytest.fixture
def every_run(study, access) -> dict[str, Answer]:
    return {
        "access": access,
        "place": placement_answer(place(study, "stations")),
        "compare": comparison_answer(access, access, scenarios=("base", "no-ferry")),
        "frontier": frontier_answer(study, "stations", [0, 1]),
        "losses": losses_answer(study, of=("ferries", "facilities")),
        "clocks": clocks_answer(study),
        "route": route_answer(study, "Town", "Færøy"),
        "isochrones": isochrones_answer(study, "hospital", minutes=(15, 30)),
    }


def test_a_saved_run_draws_the_map_that_it_drew_in_memory(every_run, tmp_path):
    for kind, run in every_run.items():
        folder = run.save(tmp_path / kind)
        made = (folder / "map.html").read_bytes()
        again = load_answer(folder)
        assert again.question == run.question
        draw_map(again, tmp_path / "again.html")
        assert (tmp_path / "again.html").read_bytes() == made


def test_every_kind_speaks_bokmal_and_names_kinds_as_the_study_does(every_run):
    english = map_texts("en")
    for run in every_run.values():
        made = drawn(run, language="nb")
        assert made.language is Language.BOKMAL
        shown = [made.subtitle, made.view_label, *(view.label for view in made.views)]
        shown += [layer.name for layer in made.layers] + [table.name for table in made.tables]
        bokmal = map_texts("nb")
        alike = {text for key, text in english.items() if bokmal[key] == text}
        assert [text for text in shown if text in english.values() and text not in alike] == []
    assert drawn(every_run["access"], language="nb").views[0].label == "Tid til nærmeste sykehus"


def test_titles_and_notices_of_the_study_are_told_in_bokmal_where_it_has_them(every_run):
    for run in every_run.values():
        facts = dict(run.facts) | {"title_nb": "Fjorden", "notice_nb": "oppdiktet"}
        made = document(Answer(run.question, facts, run.tables), language="nb")
        assert "Fjorden" in (made.title, made.subtitle)
        assert made.notices == ("oppdiktet",)
        assert document(Answer(run.question, facts, run.tables)).notices == ("invented for tests",)


def test_tiles_reach_the_document(access):
    tiles = Tiles("https://tile.example.org/{z}/{x}/{y}.png", "Someone")
    assert drawn(access, tiles=tiles).tiles is tiles
    assert drawn(access).tiles is None


# Words


def map_texts(language: str) -> dict[str, str]:
    """Key -> text of the maps' part of the catalogue; that languages have the same is a test of the words."""
    return {
        code.removeprefix(PREFIX): text for code, text in texts(language).items() if code.startswith(PREFIX)
    }


def test_every_text_is_asked_for():
    """By its key, or by a part of it that stands before what a program puts together."""
    asked, begun = set(), set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                asked.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(node.values[0].value)
    # Views by the hour are said of those who leave or of those who call: `said` stands first in their keys.
    begun = (*(text for text in begun if re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)*[._][a-z_]*", text)), "alarm.")
    told = {f"{key}.told" for key in asked}
    left = {key for key in map_texts("en") if key not in asked | told and not key.startswith(begun)}
    assert left == set()


@given(st.floats(-1e9, 1e9, allow_nan=False), st.integers(0, 3))
def test_numbers_carry_the_signs_of_their_language(value: float, digits: int):
    english, bokmal = MapWords("en").number(value, digits), MapWords("nb").number(value, digits)
    assert english == f"{value:,.{digits}f}"
    assert bokmal.replace("\N{NO-BREAK SPACE}", "").replace(",", ".") == english.replace(",", "")


# Links


def test_a_link_is_told_once_and_a_closed_one_has_no_time(study):
    table = links_table(study.network)
    assert sorted(table["link_id"]) == ["ab", "ef", "tw"]
    closed = links_table(study.in_state(scenario="no-ferry").network).set_index("link_id")
    assert closed["travel_time_min"].isna().to_dict() == {"ab": True, "ef": False, "tw": False}
    # A network without geometry has no lines to draw instead of its roads.
    assert set(links_table(study.network, most_roads=1)["kind"]) == {"ferry"}


# Parquet


def test_tables_are_read_as_they_were_written(study, tmp_path):
    run = access_answer(study, accessibility(study))
    names = ["NA", "null", "=1+1", "'quoted", "", "Træna"]
    table = run.tables["nearest"].copy()
    table["name"] = [names[row % len(names)] for row in range(len(table))]
    saved = Answer(run.question, run.facts, {**run.tables, "nearest": table})
    folder = saved.save(tmp_path / "run")
    assert load_answer(folder).tables["nearest"]["name"].tolist() == table["name"].tolist()
    (folder / "nearest.parquet").write_bytes(b"not parquet")
    (folder / "groups.parquet").unlink()
    with pytest.raises(DataError) as error:
        load_answer(folder)
    assert len(error.value.faults) == 2
    shutil.rmtree(folder)


def test_a_placement_says_first_what_its_mean_becomes_and_who_is_reached(study):
    made = drawn(placement_answer(place(study, "stations")))
    first = next(view for view in made.views if view.key == made.first_view)
    told = {item.label: item.value for item in first.headline}
    before, after = (series_of(made, key) for key in ("before", "after"))
    persons = study.demand["people"].to_numpy()
    newly = float(persons[np.isnan(before) & ~np.isnan(after)].sum())
    assert told.get("Newly reached", 0.0) == newly
    if np.isnan(before).sum() == np.isnan(after).sum():
        means = [np.average(one[~np.isnan(one)], weights=persons[~np.isnan(one)]) for one in (before, after)]
        assert told["Mean, before and after"] == f"{means[0]:.2f} → {means[1]:.2f}"
    else:
        assert "Mean, before and after" not in told


def test_a_loss_that_cuts_people_off_says_so_first(study):
    run = losses_answer(study)
    items = run.facts["losses"]["shown"]
    assert items
    for item in items:
        item["persons_no_longer_reached"] = 7
    first = [view.headline[0] for view in drawn(run).views if not view.key.startswith("what-if")]
    assert [(one.label, one.value) for one in first] == [("No longer reached", 7)] * len(items)
