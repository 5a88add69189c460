"""The page speaks each of its languages completely, and every word it asks for exists."""

from __future__ import annotations

import re
from importlib import resources
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from maps import LineKind, ProofStatus, SiteRole
from maps.messages import catalogue, messages_for

LOCALES = resources.files("maps").joinpath("_locale")
ASSETS = resources.files("maps").joinpath("_assets")


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", ["en", "nb", "se"])
def test_babel_reads_what_we_read(language: str):
    read = read_po(BytesIO(LOCALES.joinpath(f"{language}.po").read_bytes()), abort_invalid=True)
    expected = {message.id: (message.string, message.fuzzy) for message in read if message.id}
    ours = catalogue(language)
    assert {key: (text, key in ours.unreviewed) for key, text in ours.texts.items()} == expected
    assert read.num_plurals == (3 if language == "se" else 2)


def test_bokmal_is_complete_and_keeps_the_holes():
    english, bokmal = catalogue("en").texts, catalogue("nb").texts
    assert bokmal.keys() == english.keys()
    assert {key for key in english if holes(english[key]) != holes(bokmal[key])} == set()
    assert catalogue("nb").unreviewed == frozenset()


def test_northern_sami_is_marked_as_unreviewed_and_falls_back_to_english():
    english, sami = catalogue("en").texts, catalogue("se")
    assert sami.unreviewed == sami.texts.keys()
    assert sami.texts.keys() <= english.keys()
    assert {key for key in sami.texts if holes(english[key]) != holes(sami.texts[key])} == set()
    assert messages_for("se")["search_label"] == "Oza báikki"
    assert messages_for("se")["no_coast"] == english["no_coast"]


def test_every_word_that_the_page_asks_for_exists_and_none_is_left_over():
    english = catalogue("en").texts
    sources = [
        path.read_text(encoding="utf-8") for path in ASSETS.iterdir() if path.name.endswith((".js", ".html"))
    ]
    text = "\n".join(sources)
    asked = set(re.findall(r'say\(\s*"(\w+)"', text)) | set(re.findall(r'data-word="(\w+)"', text))
    asked |= set(re.findall(r'\? "(class_\w+)" : "class_\w+"', text)) | set(
        re.findall(r': "(class_\w+)"', text)
    )
    # Words of a choice are handed to helpers too; a suggestion that there is none of ends in "_none".
    asked |= set(re.findall(r'"((?:choice|chart)_\w+)"', text))
    asked |= {f"{word}_none" for word in asked if word.startswith("choice_best_")}
    asked |= {f"role_{role}" for role in SiteRole} | {f"kind_{kind}" for kind in LineKind}
    asked |= {"land"}  # a layer of the GeoPackage
    asked |= {f"proof_{status}" for status in ProofStatus} | {
        f"proof_{status}_text" for status in ProofStatus
    }
    assert asked - english.keys() == set()
    assert english.keys() - asked == set()
