"""Run folders of placements with their further tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.counted import FACT, counted_in
from geoaccess.answers.links import study_links
from geoaccess.answers.site_minutes import NOT_CHOOSABLE
from geoaccess.answers.study_facts import in_both_languages, none_known, study_facts
from geoaccess.answers.years import people_by_year
from geoaccess.questions.placement.alternatives import Further
from geoaccess.questions.placement.answer import PlacementResult
from geoaccess.questions.placement.robust import RobustPlacement
from geoaccess.questions.placement.site_choice import site_minutes_of, with_proven_counts
from geoaccess.study.names import scenario_words
from geoaccess.words.note import Note


def placement_answer(result: PlacementResult) -> Answer:
    """The run of ``geoaccess place``."""
    people, projection = people_by_year(result.study, result.scenario)
    answer = Answer(
        question="place",
        facts={
            **study_facts(result.study),
            **projection,
            FACT: counted_in(result.study, [result.scenario]),
            "place": {**result.to_dict(), **in_both_languages(result.question, "title")},
            "weight": result.question.weight,
            "notes": result.notes,
        },
        tables={
            "sites": result.sites,
            "placement": result.demand,
            "placement_municipalities": result.municipalities,
            "municipalities": result.study.municipalities,
            "links": study_links(result.study.in_state(scenario=result.scenario)),
            **none_known(result.study, [result.question.facility]),
            **({} if result.rounds is None else {"busy_rounds": result.rounds.rows}),
            **people,
        },
        inputs=result.study.files,
    )
    return _choosable(answer, {result.scenario: result})


def _choosable(answer: Answer, results: Mapping[str, PlacementResult]) -> Answer:
    """The answer with the minutes of its sites, or with why a map of it lets nobody choose."""
    found = site_minutes_of(results)
    if isinstance(found, Note):
        return replace(answer, facts={**answer.facts, NOT_CHOOSABLE: found.to_dict()}, site_minutes=())
    return replace(answer, site_minutes=(found,))


def with_best_of_every_number(answer: Answer, result: PlacementResult) -> Answer:
    """The answer with the proven best of other small numbers of sites, for who chooses sites in its map."""
    return replace(
        answer,
        site_minutes=tuple(
            with_proven_counts(one, result.posed, result.scenario) if one.key == result.name else one
            for one in answer.site_minutes
        ),
    )


def placement_answer_with(result: PlacementResult, further: Further) -> Answer:
    """The run of one placement, further answers and unserved people included."""
    run = placement_answer(result)
    tables = {**run.tables, "unserved": unserved_table(result), **further.tables}
    facts = {**run.facts, "notes": [*result.notes, *further.remarks]}
    return replace(run, facts=facts, tables={name: table for name, table in tables.items() if len(table)})


def robust_answer(result: RobustPlacement) -> Answer:
    """The run of one set of sites for several scenarios.

    The tables and the map of a single placement show the scenario that was named first; the tables whose
    names end in ``_scenarios`` hold all of them.
    """
    first = placement_answer(result.first)
    shown = scenario_words(result.study, result.first.scenario)
    remark = Note("note.first_of_scenarios", scenario=shown)
    answer = replace(
        first,
        facts={
            **first.facts,
            FACT: counted_in(result.study, result.demand["scenario"].unique()),
            "place": result.to_dict(),
            "notes": [*result.notes, remark],
        },
        tables={
            **first.tables,
            "chosen": result.chosen,
            "scenarios": result.scenarios,
            "placement_scenarios": result.demand,
            "municipalities_scenarios": result.municipalities,
        },
    )
    return _choosable(answer, result.results)


def unserved_table(result: PlacementResult) -> pd.DataFrame:
    """Inhabited demand points that are not served, with the reason; most persons first."""
    persons = result.study.weight(result.question.weight)
    table = result.demand.assign(persons=persons)
    lost = table[(table["unserved"] != "") & (persons > 0)]
    names = result.study.municipalities.set_index("municipality_code")["name"]
    lost = lost.assign(municipality=names.reindex(lost["municipality_code"]).to_numpy())
    columns = ["demand_id", "name", "municipality_code", "municipality", "lon", "lat", "persons", "unserved"]
    return lost.sort_values(["persons", "demand_id"], ascending=[False, True])[columns].reset_index(drop=True)
