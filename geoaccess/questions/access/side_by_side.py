"""Scenarios side by side: what each one changes, for whom, and by which overlays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoaccess.ground.errors import UnknownNameError
from geoaccess.ground.measures import weighted_percentile
from geoaccess.minutes import group_labels
from geoaccess.questions.access.answer import Accessibility
from geoaccess.questions.comparison.answer import change_figures
from geoaccess.study import Study
from geoaccess.study.state import BASE, people_in_words
from geoaccess.words.note import Note
from geoaccess.words.note import word as in_both

#: The group of everybody.
ALL = "(all)"
_CHANGES = (
    "change_mean_min",
    "persons_gain",
    "persons_lose",
    "person_min_gained",
    "person_min_lost",
    "worst_loss_min",
    "persons_newly_reached",
    "persons_no_longer_reached",
)


def scenario_changes(study: Study, table: Accessibility, *, against: str = "") -> pd.DataFrame:
    """Every scenario of a table against one of them, per kind and group.

    Args:
        study: the study the table was made of.
        table: travel times in several scenarios.
        against: the scenario that the others are held against; default: the first of the table.

    Returns:
        One row per kind, scenario and group, everybody (:data:`ALL`) before the groups in the order of
        their names: the group column,
        ``kind, scenario, against, persons, median_min, against_median_min, change_median_min`` and of
        :func:`geoaccess.questions.comparison.answer.change_figures` the mean change over those
        reached in both, who gains and loses, and who is newly or no longer
        reached. A median is NaN where it falls among the unreachable.

    Raises:
        UnknownNameError: the table has no such scenario.
        DataError: its scenarios count the people of different years.
    """
    scenarios = [str(name) for name in table.nearest["scenario"].unique()]
    against = against or scenarios[0]
    if against not in scenarios:
        raise UnknownNameError("scenario of the table", against, scenarios)
    study = study.with_common_people(scenarios)
    labels = group_labels(study, table.by)
    persons = study.weight(table.weight)
    rows = []
    for kind, points in table.nearest.groupby("kind", sort=False):
        minutes = {
            str(name): rows_of["travel_time_min"].to_numpy(dtype=np.float64)
            for name, rows_of in points.groupby("scenario", sort=False)
        }
        for scenario in scenarios:
            for group in [ALL, *sorted(set(labels.tolist()))]:
                here = np.full(len(labels), True) if group == ALL else labels == group
                before, after = minutes[against][here], minutes[scenario][here]
                figures = change_figures(before, after, persons[here])
                medians = [weighted_percentile(times, persons[here], 0.5) for times in (after, before)]
                rows.append(
                    {table.by: group, "kind": kind, "scenario": scenario, "against": against}
                    | {"persons": figures["persons"], "median_min": medians[0]}
                    | {"against_median_min": medians[1], "change_median_min": medians[0] - medians[1]}
                    | {name: figures[name] for name in _CHANGES}
                )
    return pd.DataFrame(rows)


def scenario_stays(table: Accessibility, changes: pd.DataFrame) -> pd.DataFrame:
    """Which conclusions of the scenario held against stay in the others.

    Args:
        table: the travel times.
        changes: what :func:`scenario_changes` made of them.

    Returns:
        One row per kind and scenario: ``kind, scenario``; ``worst``, the group with the longest median (the
        unreachable are longest; ties by the name); ``worst_kept``, how many of the ten worst groups of the
        scenario held against are among its ten worst; ``rank_correlation``, Spearman's of the medians, ties
        at their mean rank; ``persons_other_facility``, who are reached in both and by another facility;
        ``persons_unreachable``.
    """
    rows = []
    for (kind, scenario), told in changes[changes[table.by] != ALL].groupby(["kind", "scenario"], sort=False):
        now = told.set_index(table.by)["median_min"].fillna(np.inf)
        base = told.set_index(table.by)["against_median_min"].fillna(np.inf)
        worst, worst_base = _worst(now), _worst(base)
        points = table.nearest[table.nearest["kind"] == kind]
        here, there = (points[points["scenario"] == name] for name in (scenario, told["against"].iloc[0]))
        persons = here[table.weight].to_numpy(dtype=np.float64)
        ids = here["facility_id"].to_numpy(), there["facility_id"].to_numpy()
        moved = (ids[0] != ids[1]) & (ids[0] != "") & (ids[1] != "")
        rows.append(
            {
                "kind": kind,
                "scenario": scenario,
                "worst": worst[0],
                "worst_kept": len(set(worst) & set(worst_base)),
                "rank_correlation": float(now.rank().corr(base.rank())),
                "persons_other_facility": float(persons[moved].sum()),
                "persons_unreachable": float(persons[here["travel_time_min"].isna().to_numpy()].sum()),
            }
        )
    return pd.DataFrame(rows)


def _worst(medians: pd.Series) -> list[str]:
    """The ten groups with the longest medians, the longest first."""
    ordered = medians.sort_index(ascending=True).sort_values(ascending=False, kind="stable")
    return [str(name) for name in ordered.index[:10]]


def _moved(study: Study, state: Study) -> set[str]:
    """Facilities that are elsewhere than in the study."""
    places = ["node_id", "lon", "lat"]
    before, after = (one.facilities.set_index("facility_id")[places] for one in (study, state))
    both = before.index.intersection(after.index)
    differs = (before.loc[both] != after.loc[both]).any(axis=1)
    return set(both[differs.to_numpy(dtype=bool)].tolist())


def scenario_overlays(study: Study, scenarios: Sequence[str]) -> list[dict[str, object]]:
    """What makes each scenario: ``scenario, title, changes`` - overlays, facilities closed and opened."""
    told: list[dict[str, object]] = []
    base = study.in_state(scenario=BASE)
    ids = set(base.facilities["facility_id"])
    for name in scenarios:
        state = study.in_state(scenario=name)
        there = set(state.facilities["facility_id"])
        changes = list(state.network.overlays)
        if state.scenario_in_full.year is not None:
            changes.append(people_in_words(name, state.scenario_in_full))
        moved = _moved(base, state)
        for word, facilities in (("closed", ids - there), ("opened", there - ids), ("moved", moved)):
            changes += [
                Note("say.beside.facility", name=name, word=in_both(word), one=one)
                for one in sorted(facilities)
            ]
        title = "" if name == BASE else study.config.scenarios[name].title
        told.append({"scenario": name, "title": title, "changes": changes})
    return told
