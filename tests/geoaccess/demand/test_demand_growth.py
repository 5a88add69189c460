"""Population tables as they are exported, and demand in another year: projected, or not at all."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geoaccess.demand import (
    AgeGroup,
    DemandPoints,
    cohort_share,
    parse_age,
    persons_of,
    project,
    read_population,
)
from geoaccess.demand.ages import covering, overlapping
from geoaccess.demand.areas import land_of_areas, read_areas, united
from geoaccess.demand.sections import DemandSource, ProjectionSection
from geoaccess.demand.sources import demand_from, demand_in_year
from geoaccess.ground.errors import DataError

WIDE = """"13600: Framskrevet folkemengde 1. januar, etter region, kjønn, alder, statistikkvariabel og år"

"region";"kjønn";"alder";"Hovedalternativet (MMM) 2025";"Hovedalternativet (MMM) 2035"
"K-1804 Bodø";"Menn";"0-79 år";100;110
"K-1804 Bodø";"Menn";"80 år eller eldre";10;20
"K-1804 Bodø";"Kvinner";"0-79 år";90;95
"K-1804 Bodø";"Kvinner";"80 år eller eldre";15;25
"K-5501 Tromsø";"Menn";"0-79 år";200;220
"K-5501 Tromsø";"Menn";"80 år eller eldre";20;30
"K-5501 Tromsø";"Kvinner";"0-79 år";210;215
"K-5501 Tromsø";"Kvinner";"80 år eller eldre";25;45

Fotnote: tallene er oppdiktet
"""
TIDY = """region,alder,år,Personer
1804 Bodø,0 år,2035,7
1804 Bodø,1-79 år,2035,193
1804 Bodø,80+ år,2035,45
18 Nordland,Alle aldre,2035,1000
"""


def write(tmp_path, text, encoding="utf-8", name="table.csv"):
    (tmp_path / name).write_text(text, encoding=encoding)
    return tmp_path / name


def people(codes=("1804", "1804", "5501"), weights=((10, 1), (30, 3), (60, 6))):
    table = pd.DataFrame(
        {
            "demand_id": [f"d{row}" for row in range(len(codes))],
            "name": "place",
            "municipality_code": codes,
            "lon": 18.0,
            "lat": 69.0,
            "people": [float(pair[0]) for pair in weights],
            "old": [float(pair[1]) for pair in weights],
        }
    )
    return DemandPoints(table, ("people", "old"))


# --- ages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 år", AgeGroup(0, 0)),
        ("080", AgeGroup(80, 80)),
        ("80-84 år", AgeGroup(80, 84)),
        ("67–79", AgeGroup(67, 79)),
        ("105 år eller eldre", AgeGroup(105)),
        ("90 years or older", AgeGroup(90)),
        ("80+", AgeGroup(80)),
        ("100+ år", AgeGroup(100)),
        ("Alle aldre", AgeGroup(0)),
    ],
)
def test_ages_as_they_are_written(text, expected):
    assert parse_age(text) == expected


@pytest.mark.parametrize("text", ["ukjent", "80-", "84-80", "", "eldre"])
def test_unknown_ages_are_refused(text):
    with pytest.raises(ValueError, match="age"):
        parse_age(text)


def test_groups_cover_ages_exactly_or_say_why_not():
    groups = [AgeGroup(90), AgeGroup(80, 84), AgeGroup(85, 89), AgeGroup(0, 79)]
    assert covering(groups, AgeGroup(80)) == [AgeGroup(80, 84), AgeGroup(85, 89), AgeGroup(90)]
    assert covering(groups, AgeGroup(0)) == sorted(groups)
    with pytest.raises(ValueError, match="0-79 is only partly within 75-84"):
        covering(groups, AgeGroup(75, 84))
    with pytest.raises(ValueError, match="ages from 85 are missing"):
        covering([AgeGroup(80, 84), AgeGroup(90)], AgeGroup(80))
    with pytest.raises(ValueError, match="ages from 105 are missing"):
        covering([AgeGroup(80, 104)], AgeGroup(80))
    assert overlapping([AgeGroup(80), AgeGroup(80, 84)]) == [(AgeGroup(80, 84), AgeGroup(80))]


# --- exports ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_wide_export_sums_the_sexes_and_says_so(tmp_path, encoding):
    found = read_population(write(tmp_path, WIDE, encoding))
    assert found.years == (2025, 2035)
    assert found.regions == ("1804", "5501")
    assert found.contents == "Hovedalternativet (MMM)"
    assert any("Kvinner, Menn" in note for note in found.notes)
    assert persons_of(found, "80+", year=2035, regions=["1804", "5501"]).tolist() == [45, 75]
    assert persons_of(found, "0+", year=2025, regions=["1804"]).item() == 215


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_tidy_export(tmp_path, delimiter):
    found = read_population(write(tmp_path, TIDY.replace(",", delimiter)))
    assert persons_of(found, "80+", year=2035, regions=["1804"]).item() == 45
    assert persons_of(found, "0+", year=2035, regions=["1804"]).item() == 245


def test_ages_across_and_a_total_that_agrees(tmp_path):
    text = "kommunenr,name,calyear,0-79,80+,total,imputed\n1804,Bodø,2026,90,10,100,False\n"
    found = read_population(write(tmp_path, text))
    assert found.table["persons"].tolist() == [90, 10]
    assert any("totals over all ages agree" in note for note in found.notes)
    wrong = text.replace("100", "101")
    with pytest.raises(DataError, match="the ages sum to 100, the total is 101"):
        read_population(write(tmp_path, wrong))
    with pytest.raises(DataError, match="copy of another year"):
        read_population(write(tmp_path, text.replace("False", "True")))


def test_a_table_of_totals_only_counts_everybody(tmp_path):
    found = read_population(write(tmp_path, "region;2030;2035\n1804 Bodø;50;60\n"))
    assert persons_of(found, "0+", year=2035, regions=["1804"]).item() == 60
    with pytest.raises(DataError, match="only partly within 80"):
        persons_of(found, "80+", year=2035, regions=["1804"])


def test_an_alternative_must_be_chosen_where_there_are_several(tmp_path):
    text = "region;alder;Hoved (MMM) 2035;Høy (HHH) 2035\n1804;0+;50;60\n"
    with pytest.raises(DataError, match=r"choose one of: Hoved \(MMM\), Høy \(HHH\)"):
        read_population(write(tmp_path, text))
    with pytest.raises(DataError, match="no such alternative"):
        read_population(write(tmp_path, text), contents="Lav")
    found = read_population(write(tmp_path, text), contents="Høy (HHH)")
    assert found.table["persons"].tolist() == [60]
    column = "region;alternativ;alder;år;Personer\n1804;M;0+;2035;50\n1804;H;0+;2035;60\n"
    assert read_population(write(tmp_path, column), contents="H").table["persons"].tolist() == [60]


def test_rows_of_both_sexes_are_not_added_to_each(tmp_path):
    text = "region;kjønn;alder;2035\n1804;Begge kjønn;0+;50\n1804;Menn;0+;20\n1804;Kvinner;0+;30\n"
    assert read_population(write(tmp_path, text)).table["persons"].tolist() == [50]
    with pytest.raises(DataError, match="one sex only"):
        read_population(write(tmp_path, "region;kjønn;alder;2035\n1804;Menn;0+;20\n"))


def test_regions_named_without_code_need_names(tmp_path):
    text = "region;alder;2035\nBodø;0+;50\nHerøy;0+;5\n"
    with pytest.raises(DataError) as caught:
        read_population(write(tmp_path, text), names={"1804": "Bodø"})
    assert [fault.value for fault in caught.value.faults] == ["Herøy"]
    found = read_population(write(tmp_path, text), names={"1804": "Bodø", "1818": "Herøy"})
    assert found.regions == ("1804", "1818")


def test_every_fault_of_an_export_is_listed(tmp_path):
    text = "region;alder;2030;2035\n1804;0-79 år;50;..\n1804;ukjent;50;60\nNowhere;80+;-5;x\n1804;80+;5\n"
    with pytest.raises(DataError) as caught:
        read_population(write(tmp_path, text))
    found = {(fault.row, fault.column, fault.value) for fault in caught.value.faults}
    assert found == {
        ("2", "2035", ".."),
        ("3", "age", "ukjent"),
        ("4", "region", "Nowhere"),
        ("4", "2030", "-5"),
        ("4", "2035", "x"),
        ("5", "", ""),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a;b\n1;2\n", "no header found"),
        ("region;alder;Personer\n1804;0+;5\n", "no year"),
        ("region;alder;år\n1804;0+;2035\n", "no column of figures"),
        ("region;alder;2035;fotnote\n1804;0+;5;x\n", "'fotnote': the column means nothing"),
        ("region;alder;2035\n", "no rows"),
        ("region;alder;2035\n1804;80 år;5\n1804;80;5\n", "stands twice"),
        ("region;alder;2035\n1804;80-84;5\n1804;80+;9\n", r"80-84 and 80\+ overlap"),
        ("region;alder;år;Personer\n1804;0+;soon;9\n", "is no year"),
    ],
)
def test_what_is_ambiguous_is_refused(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_population(write(tmp_path, text))


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_population(tmp_path / "none.csv")


@pytest.mark.shared
def test_the_shared_population_table_is_read_and_its_ages_sum(shared):
    found = read_population(shared / "population" / "csdata_nnorway_population_b2024.csv")
    facts = pd.read_csv(shared / "facts" / "municipalities.csv", dtype={"code": str}).set_index("code")
    assert found.years == tuple(range(2005, 2027))
    for ages, column in (("0+", "population_2026"), ("80+", "population_80plus_2026")):
        persons = persons_of(found, ages, year=2026, regions=facts.index)
        assert (persons == facts[column].loc[persons.index]).all()


# --- another year -----------------------------------------------------------------------------------------

AGES = {"people": "0+", "old": "80+"}


def test_demand_in_2035_has_the_projected_totals_and_keeps_its_shape(tmp_path):
    projection = read_population(write(tmp_path, WIDE))
    found = project(people(), projection, year=2035, ages=AGES)
    # Bodø 110+20+95+25 = 250 people, 45 of 80 and over, at two places with a quarter and three quarters.
    assert found.table["people"].tolist() == [62.5, 187.5, 510]
    assert found.table["old"].tolist() == [11.25, 33.75, 75]
    assert "demand of 2035 from table.csv (Hovedalternativet (MMM))" in found.notes
    whole = project(people(), projection, year=2035, ages=AGES, whole=True)
    assert whole.table["people"].tolist() == [63, 187, 510] or whole.table["people"].tolist() == [
        62,
        188,
        510,
    ]
    assert whole.totals()["people"] == 760


def test_a_year_without_projection_is_not_invented(tmp_path):
    projection = read_population(write(tmp_path, WIDE))
    with pytest.raises(DataError, match="no figures for 2030; there are 2025, 2035; none are invented"):
        project(people(), projection, year=2030, ages=AGES)


def test_what_a_projection_lacks_is_listed(tmp_path):
    projection = read_population(write(tmp_path, TIDY))
    with pytest.raises(DataError) as caught:
        project(people(), projection, year=2035, ages={"people": "0+", "old": "75+", "births": "0"})
    text = str(caught.value)
    assert "row 5501: no figures for 2035" in text
    assert "1-79 is only partly within 75+" in text
    assert "'births': there is no such weight" in text
    with pytest.raises(DataError, match=r"'old': say which ages.*or that it stays unchanged"):
        project(people(("1804",), ((1, 1),)), projection, year=2035, ages={"people": "0+"})
    with pytest.raises(DataError, match="unknown age"):
        project(people(("1804",), ((1, 1),)), projection, year=2035, ages={"people": "all", "old": "80+"})


def test_a_weight_that_stays_says_so(tmp_path):
    projection = read_population(write(tmp_path, TIDY))
    found = project(
        people(("1804",), ((1, 1),)), projection, year=2035, ages={"people": "0+"}, unchanged=["old"]
    )
    assert found.totals() == {"people": 245, "old": 1}
    assert any("old stays as in the base year" in note for note in found.notes)


def population(rows, source="base"):
    header = "region,alder,år,Personer\n"
    return header + "".join(f"{code},{age},{year},{persons}\n" for code, age, year, persons in rows)


def test_cohort_shares_by_hand(tmp_path):
    base = read_population(
        write(
            tmp_path,
            population(
                [
                    ("1804", "0-79", 2026, 60),
                    ("1804", "80+", 2026, 10),
                    ("5501", "0-79", 2026, 40),
                    ("5501", "80+", 2026, 30),
                ]
            ),
            name="base.csv",
        )
    )
    region = read_population(
        write(
            tmp_path,
            population(
                [("18 Nord", "0-49", 2035, 30), ("18 Nord", "50-79", 2035, 60), ("18 Nord", "80+", 2035, 80)]
            ),
            name="region.csv",
        )
    )
    found = cohort_share(base, region, base_year=2026, year=2035, region_code="18")
    assert persons_of(found, "0-79", year=2035, regions=["1804", "5501"]).tolist() == pytest.approx([54, 36])
    assert persons_of(found, "80+", year=2035, regions=["1804", "5501"]).tolist() == pytest.approx([20, 60])
    assert any("not a municipal projection" in note for note in found.notes)
    with pytest.raises(DataError, match="no municipal figures for 2027; there are 2026"):
        cohort_share(base, region, base_year=2027, year=2035, region_code="18")
    with pytest.raises(DataError, match="no figures for 2040"):
        cohort_share(base, region, base_year=2026, year=2040, region_code="18")


@settings(max_examples=30)
@given(
    shares=st.lists(st.integers(1, 1000), min_size=2, max_size=8),
    future=st.integers(0, 100_000),
)
def test_cohort_shares_sum_to_the_region(tmp_path_factory, shares, future):
    folder = tmp_path_factory.mktemp("cohort")
    base = read_population(
        write(
            folder, population([(f"18{row:02}", "0+", 2026, persons) for row, persons in enumerate(shares)])
        )
    )
    region = read_population(write(folder, population([("18", "0+", 2035, future)]), name="r.csv"))
    found = cohort_share(base, region, base_year=2026, year=2035, region_code="18")
    assert found.table["persons"].sum() == pytest.approx(future)
    ratio = found.table["persons"].to_numpy() * sum(shares)
    np.testing.assert_allclose(ratio, np.array(shares) * future)


# --- as a study file says it ------------------------------------------------------------------------------


def test_a_study_without_projection_knows_its_own_year_only(tmp_path):
    base = people()
    assert demand_in_year(base, None, tmp_path, year=2026, base_year=2026) is base
    with pytest.raises(DataError, match=r"has no projection.*none is invented"):
        demand_in_year(base, None, tmp_path, year=2035, base_year=2026)


def test_the_projection_of_a_study_file(tmp_path):
    write(tmp_path, WIDE)
    section = ProjectionSection(table="table.csv", source="invented for tests, 2026", ages=AGES)
    found = demand_in_year(people(), section, tmp_path, year=2035, base_year=2026)
    assert found.totals() == {"people": 760, "old": 120}
    assert found.notes[-1] == "projection: invented for tests, 2026"
    with pytest.raises(ValueError, match="source"):
        ProjectionSection(table="table.csv", source="", ages=AGES)


def test_a_projection_that_is_written_anew_is_read_anew(tmp_path):
    section = ProjectionSection(table="table.csv", source="invented for tests, 2026", ages=AGES)
    write(tmp_path, WIDE)
    assert demand_in_year(people(), section, tmp_path, year=2035, base_year=2026).totals()["people"] == 760
    write(tmp_path, WIDE.replace("100;110", "100;1110"))
    assert demand_in_year(people(), section, tmp_path, year=2035, base_year=2026).totals()["people"] == 1760
    (tmp_path / "table.csv").unlink()
    with pytest.raises(DataError, match=r"table\.csv"):
        demand_in_year(people(), section, tmp_path, year=2035, base_year=2026)


def test_areas_that_are_written_anew_are_read_anew(tmp_path):
    file, small, large = tmp_path / "areas.geojson", box(18, 69, 19, 70), box(18, 69, 21, 70)
    for shape in (small, large):
        gpd.GeoDataFrame({"nr": ["1804", "5501"]}, geometry=[shape, box(17, 69, 18, 70)], crs=4326).to_file(
            file
        )
        areas = read_areas(file, {"1804", "5501"}, "nr")
        assert areas.geometry["1804"].equals(shape)
        areas.loc["1804", "geometry"] = box(0, 0, 1, 1)  # whoever was given them before may change them
        assert read_areas(file, {"1804", "5501"}, "nr").geometry["1804"].equals(shape)
        assert land_of_areas(file, {"1804", "5501"}, "nr").area == pytest.approx(shape.area + 1)
        assert land_of_areas(file, {"5501"}, "nr").area == pytest.approx(1)


def test_what_polygons_cover_together_is_kept_by_what_they_are(tmp_path, monkeypatch):
    def unions(step):
        squares = [box(east, 60, east + 1, 61) for east in (10, 10 + step, 10 + 2 * step, 20)]
        return united(np.array(shapely.segmentize(squares, 4e-4), dtype=object), tmp_path / "kept")

    half = unions(0.5)
    assert half.area == pytest.approx(3.0)  # three that overlap by halves cover two degrees, one lies apart
    assert unions(0.25).area == pytest.approx(2.5)
    files = sorted((tmp_path / "kept").iterdir(), key=lambda one: one.stat().st_mtime_ns)
    assert len(files) == 2
    with monkeypatch.context() as without:
        without.setattr(shapely, "union_all", lambda *_: pytest.fail("united again"))
        assert unions(0.5).equals_exact(half)
    files[0].write_bytes(files[0].read_bytes()[:-8] + bytes(8))
    assert unions(0.5).equals_exact(half)
    (tmp_path / "kept").rename(tmp_path / "aside")
    (tmp_path / "kept").write_text("no folder")
    assert unions(0.5).equals_exact(half)


@pytest.mark.shared
def test_the_250_m_grid_as_a_study_file_names_it(shared):
    source = DemandSource.model_validate(
        {
            "ssb_grid": {
                "file": "ssb_pop250m_2022_nnorway.csv",
                "weights": {"people": "population_2022"},
                "id": "ssbid0250m",
                "size_m": 250,
                "municipality": "kommunenummer",
            },
            "rescale": {"people": {"raised": 5}},
            "cells_m": 5000,
        }
    )
    facts = pd.read_csv(shared / "facts" / "municipalities.csv", dtype={"code": str}).set_index("code")
    totals = {"people": facts["population_2022_ssb"]}
    found = demand_from(source, shared / "population", areas=None, totals=totals, metric_epsg=25833)
    assert found.by_municipality()["people"].to_dict() == totals["people"].to_dict()
    assert len(found) < 5000
    assert "people moved" in found.notes[-1]
    with pytest.raises(DataError, match="no official totals"):
        demand_from(source, shared / "population", areas=None, totals={}, metric_epsg=25833)


@pytest.mark.shared
def test_the_raster_needs_polygons_for_its_municipalities(shared):
    raster = {
        "file": "ssb_pop1km_2019_nnorway.tif",
        "bands": {"people": 1},
        "bounds": (20.5, 69.4, 22.5, 70.2),
    }
    source = DemandSource.model_validate({"raster": raster, "nearest_within_m": 2000})
    with pytest.raises(DataError, match="no polygons"):
        demand_from(source, shared / "population", areas=None, totals={}, metric_epsg=25833)
    areas = read_areas(
        shared / "boundaries" / "municipalities_nnorway_2024.geojson",
        {"5546", "5544", "5542", "5601"},
        "kommunenummer",
    )
    found = demand_from(source, shared / "population", areas=areas, totals={}, metric_epsg=25833)
    assert set(found.table["municipality_code"]) == {"5546", "5544", "5542", "5601"}
    assert "lie outside every municipality" in found.notes[-2]
    # Kvænangen lies wholly within the bounds: 1,159 people in 2022.
    assert found.by_municipality().loc["5546", "people"] == pytest.approx(1190, abs=60)


def test_one_source_must_be_named():
    with pytest.raises(ValueError, match="say one of raster, grid and ssb_grid"):
        DemandSource.model_validate({})
    with pytest.raises(ValueError, match="Extra inputs"):
        DemandSource.model_validate({"rastr": {}})
