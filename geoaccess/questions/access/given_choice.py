"""Facilities that somebody closes and opens in a map, taken back as one more state of the study."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from geoaccess.answers.choice_file import Choice
from geoaccess.answers.study_facts import service_bases
from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.study import Study
from geoaccess.study.schema import NewFacility, Scenario
from geoaccess.study.state import BASE
from geoaccess.words.note import Note
from networks.errors import Fault

#: Name of the state that a choice makes; a number follows where the study has a scenario of this name.
YOURS = "your-choice"


def with_choice(study: Study, choice: Choice) -> tuple[Study, str]:
    """The study with one more scenario: that of the choice, with its facilities closed and opened.

    A kind of facility opens where a facility of another kind stands, by that one's way to the network.

    Returns:
        The study, and the scenario's name.

    Raises:
        UnknownNameError: the choice is of a scenario that the study does not have.
        DataError: it closes what is not there, or opens what is unknown or there already; all listed.
    """
    there = study.in_state(scenario=choice.scenario).facilities
    known = _every_facility(study)
    opened, faults = _opened(study, choice, there, known)
    ids = set(there["facility_id"].astype(str))
    faults += [
        Fault(
            Note("fault.choice.no_site", hint=did_you_mean(one, ids)), choice.where, column="close", value=one
        )
        for one in choice.closed
        if one not in ids
    ]
    if faults:
        raise DataError(faults)
    base, name = study.as_read, _free_name(study)
    made = Scenario(
        title="your choice",
        title_nb="ditt valg",
        inherits=() if choice.scenario == BASE else (choice.scenario,),
        facilities_closed=choice.closed,
        facilities_opened=opened,
    )
    scenarios = {**base.config.scenarios, name: made}
    config = base.config.model_copy(update={"scenarios": scenarios})
    now = study.state
    return (
        base.under(config).in_state(
            scenario=now.scenarios, year=now.year, variant=now.variant, parameters=dict(now.parameters)
        ),
        name,
    )


def _free_name(study: Study) -> str:
    name, number = YOURS, 2
    while name in study.config.scenarios:
        name, number = f"{YOURS}-{number}", number + 1
    return name


def _every_facility(study: Study) -> dict[str, dict[Hashable, Any]]:
    """The facilities of every state, each once, by its id: a choice may open what another state has."""
    frames = [study.in_state(scenario=name).facilities for name in (BASE, *study.config.scenarios)]
    every = pd.concat(frames, ignore_index=True).drop_duplicates("facility_id")
    return {str(row["facility_id"]): row for row in every.to_dict(orient="records")}


def _opened(
    study: Study, choice: Choice, there: pd.DataFrame, known: Mapping[str, Mapping[Hashable, Any]]
) -> tuple[tuple[NewFacility, ...], list[Fault]]:
    """The facilities that a choice opens, and what is wrong with them."""
    own = {choice.question, *service_bases(study).get(choice.question, ())}
    ids = set(there["facility_id"].astype(str))
    found: list[NewFacility] = []
    faults: list[Fault] = []
    reason: str
    for one in choice.opened:
        if one not in known:
            reason = Note("fault.choice.no_site", hint=did_you_mean(one, known))
            faults.append(Fault(reason, choice.where, column="open", value=one))
            continue
        row = known[one]
        if one in ids and str(row["kind"]) in own:
            faults.append(Fault("is there already", choice.where, column="open", value=one))
            continue
        found.append(
            NewFacility(
                facility_id=f"{one}+{choice.question}" if one in ids else one,
                name=str(row["name"]),
                kind=str(row["kind"]) if str(row["kind"]) in own else choice.question,
                municipality_code=str(row["municipality_code"]),
                node_id=str(row["node_id"] or ""),
                lat=float(row["lat"]),
                lon=float(row["lon"]),
            )
        )
    return tuple(found), faults
