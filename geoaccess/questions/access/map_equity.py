"""The table of a map that tells how unequally minutes are spread."""

from __future__ import annotations

from geoaccess.answers.source import Source, numbers
from maps import Column, TableView


def table(source: Source) -> list[TableView]:
    """One row per service, scenario and weight; none where the answer has no such table."""
    asked, words = source.facts.get("equity"), source.words
    if not asked:
        return []
    frame = source.table("equity")
    people = words("unit.people")
    columns = [
        Column(words("column.time_to"), [source.kind(str(kind)) for kind in frame["kind"]]),
        Column(words("equity.scenario"), [source.scenario(str(name)) for name in frame["scenario"]]),
        Column(words("equity.weight"), [source.weight_name(str(name)) for name in frame["weight"]]),
        Column(words("figure.unreachable"), numbers(frame, "persons_unreachable"), people),
    ]
    columns += [
        Column(words(f"equity.{name}"), scale * numbers(frame, name), unit, digits)
        for name, scale, unit, digits in (
            ("gini", 1.0, "", 3),
            ("theil_between", 1.0, "", 3),
            ("theil_within", 1.0, "", 3),
            ("palma", 1.0, "", 2),
            ("worst_tenth_share", 100.0, "%", 1),
            ("atkinson", 1.0, "", 3),
            ("kolm_pollak_min", 1.0, "min", 1),
            ("inequality_price_min", 1.0, "min", 1),
        )
    ]
    note = words(
        "equity.told",
        atkinson=words.number(float(asked["atkinson_aversion"]), 2),
        kolm_pollak=words.number(float(asked["kolm_pollak_aversion_per_min"]), 3),
    )
    return [TableView("equity", words("equity.title"), tuple(columns), note)]
