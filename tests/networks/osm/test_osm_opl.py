"""Lines of osmium's OPL form: written as its manual says ("OPL file format"), read back field by field."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.osm.opl import (
    Relation,
    escape,
    references,
    relation_of,
    tagged_nodes,
    tags_of,
    unescape,
    way_lines,
)

#: Text without what becomes a space.
plain = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp", "Cn", "Co", "Cf", "Zs")), max_size=12
)


@given(plain)
def test_what_is_escaped_reads_back(text: str) -> None:
    field = escape(text)
    assert unescape(field) == text
    assert not set(field) & set(" ,=@\n\t")


@given(st.dictionaries(plain, plain, max_size=4))
def test_tags_read_back(tags: dict[str, str]) -> None:
    assert tags_of(",".join(f"{escape(key)}={escape(text)}" for key, text in tags.items())) == tags


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("Skar%20%vegen", "Skar vegen"),
        ("Bod%f8%", "Bodø"),
        ("%1f600%", "\U0001f600"),
        ("%25%", "%"),
        ("100%", "100%"),
        ("%zz%", "%zz%"),
        ("%d800%", "�"),
        ("%110000%", "�"),
        ("a%7%b", "a b"),
        ("%a%x%d%", "x"),
        ("a%2028%b", "a b"),
        ("%85%", ""),
    ],
)
def test_escapes_of_every_kind(field: str, text: str) -> None:
    assert unescape(field) == text


@pytest.mark.parametrize(
    ("field", "nodes"),
    [
        ("", []),
        ("n5", [5]),
        ("n5,n-6,n7", [5, -6, 7]),
        ("n5x15.1y68.2,n6x15.2y68.3", [5, 6]),
        ("n5xy,n6x15.2y68.3", [5, 6]),
    ],
)
def test_node_references(field: str, nodes: list[int]) -> None:
    assert references(field) == nodes


LINES = """n1 v1 dV c0 t i0 u Tbarrier=gate,locked=yes x15.5 y68.25
n2 v1 Tname=Kai%20%1 x y
w10 v3 dV Thighway=primary,name=Storgata Nn1,n2,n3
w11 v1 T Nn4
w12 v1
r20 v1 Ttype=restriction,restriction=no_left_turn Mw10@from,n2@via,w11@to
r21 v1 T M
r22 v1 Ttype=route Mw10@,r21@sub%20%route
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "map.opl"
    file.write_text(LINES, encoding="utf-8")
    return file


def test_each_kind_of_line_is_read_by_its_letter(path: Path) -> None:
    assert list(way_lines(path)) == [
        (10, "highway=primary,name=Storgata", "n1,n2,n3"),
        (11, "", "n4"),
        (12, "", ""),
    ]
    gate, quay = tagged_nodes(path)
    assert gate == (1, {"barrier": "gate", "locked": "yes"}, 15.5, 68.25)
    assert (quay.node_id, quay.tags) == (2, {"name": "Kai 1"})
    assert math.isnan(quay.lon)
    assert math.isnan(quay.lat)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert [relation_of(line) for line in lines if line[0] == "r"] == [
        Relation(
            20,
            {"type": "restriction", "restriction": "no_left_turn"},
            (("w", 10, "from"), ("n", 2, "via"), ("w", 11, "to")),
        ),
        Relation(21, {}, ()),
        Relation(22, {"type": "route"}, (("w", 10, ""), ("r", 21, "sub route"))),
    ]


def test_bytes_that_are_no_text_end_nothing(tmp_path: Path) -> None:
    file = tmp_path / "map.opl"
    file.write_bytes(b"w10 v1 Tname=\xff\xfe Nn1,n2\n")
    ((way_id, tags, nodes),) = way_lines(file)
    assert (way_id, nodes) == (10, "n1,n2")
    assert tags_of(tags)["name"]
