"""The answer of ``geoaccess access`` as its folder holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.links import closures_table, study_links
from geoaccess.answers.study_facts import study_facts
from geoaccess.questions.access.answer import Accessibility
from geoaccess.study import Study
from geoaccess.study.state import BASE


def access_answer(study: Study, table: Accessibility) -> Answer:
    """The run of ``geoaccess access``."""
    kinds = list(dict.fromkeys(table.nearest["kind"]))
    scenarios = list(dict.fromkeys(table.nearest["scenario"].astype(str)))
    base = study.in_state(scenario=BASE)
    states = {name: study.in_state(scenario=name) for name in scenarios}
    there = set(_ids(base))
    return Answer(
        question="access",
        facts={
            **study_facts(study),
            "weight": table.weight,
            "by": table.by,
            "region": table.region,
            "closed_facilities": {name: sorted(there - set(_ids(state))) for name, state in states.items()},
            "facilities_in": {name: _ids(state) for name, state in states.items()},
            "notes": table.notes,
        },
        tables={
            "nearest": table.nearest,
            "groups": table.rows,
            "region": table.region,
            "facilities": _facilities({BASE: base, **states}, kinds),
            "municipalities": study.municipalities,
            "links": study_links(study),
            "closures": closures_table(study, scenarios),
        },
        inputs=study.files,
    )


def _facilities(states: Mapping[str, Study], kinds: Sequence[str]) -> pd.DataFrame:
    """Every facility of the kinds that any state has, once."""
    frames = [state.facilities for state in states.values()]
    every = pd.concat(frames, ignore_index=True).drop_duplicates("facility_id")
    return every[every["kind"].isin(kinds)].reset_index(drop=True)


def _ids(study: Study) -> list[str]:
    """Ids of the facilities that are there in a state."""
    return sorted(study.facilities["facility_id"].astype(str))
