"""Factsheets of municipalities and groups: totals reconcile, years are the projection's, gaps are marked."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

import geoaccess as ga
from geoaccess.answers.reading import Material
from geoaccess.drawing.page import render
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions import ageing
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.access.report import appendix_table
from geoaccess.questions.factsheet import factsheet_document, members_table, times_table
from geoaccess.questions.factsheet_areas import areas
from geoaccess.questions.report_writing import write_factsheets
from geoaccess.words.words import Words

WORDS = Words("en")
GROUPS = ["helsefellesskap", "centrality", "size_class", "sami_area", "local_hospital"]


@pytest.fixture(scope="module")
def study():
    return ga.load_study("nord-norge")


@pytest.fixture(scope="module")
def answer(study):
    return access_answer(study, accessibility(study))


def rows(study, name: str) -> list[dict[str, str]]:
    with (study.folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("column", GROUPS)
def test_the_groups_of_a_column_together_are_the_region(study, answer, column):
    m = Material(answer, WORDS)
    found = areas(answer, WORDS, (), (f"{column}=all",))
    codes = [code for area in found for code in area.codes]
    table = rows(study, "municipalities.csv")
    assert sorted(codes) == sorted(row["municipality_code"] for row in table)
    region = answer.tables["region"].set_index("kind")
    beyond = dict.fromkeys(m.kinds, 0.0)
    for area in found:
        values = {row[column] for row in table if row["municipality_code"] in area.codes}
        assert len(values) == 1
        official = sum(int(row["population_2026"]) for row in table if row[column] == values.copy().pop())
        together = members_table(m, area).frame.iloc[-1]
        assert together["people"] == official
        for kind, row in zip(m.kinds, times_table(m, area).frame.to_dict("records"), strict=True):
            beyond[kind] += official - row["persons_within_120_min"]
    for kind, persons in beyond.items():
        whole = region.loc[kind]
        assert persons == pytest.approx(whole["persons"] - whole["persons_within_120_min"])


def projected(study) -> dict[tuple[str, int], tuple[float, float]]:
    """(municipality, year) -> people, people of 80 and over, of the main variant."""
    found: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows(study, "projection.csv"):
        if row["alternativ"] == "main":
            for year in (2031, 2036, 2041):
                persons = float(row[str(year)])
                found[row["kommunenummer"], year][0] += persons
                found[row["kommunenummer"], year][1] += persons * (row["alder"] == "80+")
    return {key: (all_, old) for key, (all_, old) in found.items()}


def test_the_table_of_years_is_the_projection_at_the_minutes_of_today(study, answer):
    told = ageing.times_by_year(Material(answer, WORDS)).frame
    shares: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for row in answer.tables["nearest"].to_dict("records"):
        if row["kind"] == "akuttmottak":
            figures = (row["people"], row["people_80plus"], row["travel_time_min"])
            shares[row["municipality_code"]].append(figures)
    official = projected(study)
    for year in (2031, 2036, 2041):
        persons = beyond = old_beyond = 0.0
        for code, points in shares.items():
            people, old = official[code, year]
            here, old_here = sum(one[0] for one in points), sum(one[1] for one in points)
            persons += people
            far = [one for one in points if not one[2] <= 120.0]
            beyond += people * sum(one[0] for one in far) / here
            old_beyond += old * sum(one[1] for one in far) / old_here
        row = told[(told["kind"] == "akuttmottak") & (told["year"] == str(year))].iloc[0]
        assert row["people"] == pytest.approx(persons)
        assert row["beyond_people"] == pytest.approx(beyond)
        assert row["beyond_people_80plus"] == pytest.approx(old_beyond)
    today = told[told["year"] == "2026"].set_index("kind")
    region = answer.tables["region"].set_index("kind")
    assert today["mean_min"].to_dict() == pytest.approx(region["mean_min"].to_dict())


def test_a_placement_by_year_begins_with_its_own_figures(study):
    from geoaccess.questions.placement.answer_folder import placement_answer

    result = ga.place(study, "ambulance", sites=1)
    frame = ageing.placement_by_year(Material(placement_answer(result), WORDS)).frame
    assert frame["year"].tolist() == ["2026", "2031", "2036", "2041"]
    assert frame["mean_before"][0] == pytest.approx(result.before["mean_min"])
    assert frame["mean_after"][0] == pytest.approx(result.after["mean_min"])


def test_a_study_without_a_projection_tells_no_years(fjord):
    small = ga.load_study(fjord)
    run = access_answer(small, accessibility(small))
    assert not ageing.years_section(Material(run, WORDS))
    assert not ageing.years_tables(Material(run, WORDS))


def test_minutes_of_municipalities_without_a_known_service_bear_a_mark(study, answer):
    missing = {
        row["municipality_code"]
        for row in rows(study, "coverage.csv")
        if row["kind"] == "legevakt" and row["known"] == "none known"
    }
    m = Material(answer, WORDS)
    names = {row["municipality_code"]: row["name"] for row in rows(study, "municipalities.csv")}
    table = appendix_table(m, "base", 0)
    marked = table.frame[table.frame["median_min_2_mark"] != ""]["municipality"]
    assert set(marked) == {names[code] for code in missing}
    assert "None known in the municipality" in table.note
    page = render([factsheet_document(answer, WORDS, sorted(missing)[0])], WORDS)
    # Beside the service, and beside the settlements' minutes.
    assert page.count("none known here") == 2
    assert "none known here" not in render([factsheet_document(answer, WORDS, "1804")], WORDS)


def test_tables_of_factsheets_stay_on_the_paper(answer):
    import weasyprint

    found = areas(answer, WORDS, ("Træna",), ("local_hospital=UNN Tromsø",))
    page = render([factsheet_document(answer, Words("nb"), area) for area in found], Words("nb"))
    pages = weasyprint.HTML(string=page).render().pages
    seen = 0
    for one in pages:
        box = one._page_box
        right = box.content_box_x() + box.width
        for inner in box.descendants():
            if inner.element_tag in {"table", "td", "th"}:
                seen += 1
                assert inner.position_x + inner.width <= right + 0.5
    assert seen > 50


def test_groups_are_asked_for_by_column_and_value(answer, tmp_path):
    made = write_factsheets(answer, (), tmp_path / "out", groups=("county=troms",))
    assert [path.name for path in made] == ["county-troms.html"]
    with pytest.raises(UnknownNameError, match="helsefellesskap"):
        areas(answer, WORDS, (), ("helsefelleskap=all",))
    with pytest.raises(UnknownNameError):
        areas(answer, WORDS, (), ("helsefellesskap=Nowhere",))
    with pytest.raises(DataError, match="COLUMN=VALUE"):
        areas(answer, WORDS, (), ("Troms",))
