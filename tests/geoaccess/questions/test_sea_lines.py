"""Ferries are drawn along the line they sail where the study knows it."""

from __future__ import annotations

import pytest

import geoaccess as ga
from geoaccess.answers.links import study_links
from geoaccess.drawing.map_layers import link_lines
from geoaccess.ground.errors import DataError
from geoaccess.questions.journey.answer import route_answer

# West lies at 18.0 E 69.5 N, East at 18.0 E 69.55 N; the ferry goes round an island at 18.1 E.
SAILED = "LINESTRING (18.0005 69.5495, 18.1 69.52, 18.0005 69.5005)"
ELSEWHERE = "LINESTRING (18.0 69.5, 18.3 69.6)"


def drawn(folder, text):
    (folder / "sea_legs.csv").write_text(text, encoding="utf-8")
    table = study_links(ga.load_study(folder))
    return dict(zip(table["link_id"], link_lines(table), strict=True))


def test_a_ferry_is_drawn_where_it_sails_from_quay_to_quay(fjord):
    lines = drawn(fjord, f'leg_id,line\n1,"{ELSEWHERE}"\n2,"{SAILED}"\n')
    # The leg is written from East to West, the ferry from West to East.
    along = [(18.0, 69.5), (18.0005, 69.5005), (18.1, 69.52), (18.0005, 69.5495), (18.0, 69.55)]
    assert list(lines["ab"].coords) == along
    assert len(lines["tw"].coords) == 2


@pytest.mark.parametrize(("start", "end", "leg"), [("West", "Færøy", 0), ("Færøy", "West", 1)])
def test_a_journey_sails_the_drawn_line_in_its_direction(fjord, start, end, leg):
    along = [(18.0, 69.5), (18.0005, 69.5005), (18.1, 69.52), (18.0005, 69.5495), (18.0, 69.55)]
    drawn(fjord, f'leg_id,line\n1,"{SAILED}"\n')
    path = route_answer(fjord, start, end).tables["path"]
    way = path.loc[path["leg"] == leg, ["lon", "lat"]]
    assert list(way.itertuples(index=False, name=None)) == (along if start == "West" else along[::-1])


def test_a_ferry_without_a_line_is_drawn_straight(fjord):
    assert "line" not in study_links(ga.load_study(fjord))
    lines = drawn(fjord, f'leg_id,line\n1,"{ELSEWHERE}"\n')
    assert list(lines["ab"].coords) == [(18.0, 69.5), (18.0, 69.55)]


def test_a_line_that_is_none_is_told_with_its_row(fjord):
    with pytest.raises(DataError, match=r"sea_legs\.csv, row 3.*line"):
        drawn(fjord, f'leg_id,line\n1,"{SAILED}"\n2,LINESTRING (18 69\n')
