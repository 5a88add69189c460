"""Simulation: years of calls over a plan, alone or beside a plan in which something is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.answers.study_notes import study_notes
from geoaccess.minutes import group_labels
from geoaccess.questions.simulation.measures import (
    Years,
    craft_table,
    crew_table,
    difference_table,
    gap_points,
    gap_table,
    hours_table,
    response_table,
)
from geoaccess.study import Study
from geoaccess.words.note import Note
from geoaccess.workload.plans import Plan, Rule, plan_of, with_changes
from geoaccess.workload.told import call_notes
from networks.brief import Brief

#: Default of the years: enough for the region, seldom for a small municipality.
YEARS = 10
#: A p90 that is surer than so many minutes is told.
WIDEST_MIN = 5.0


@dataclass(frozen=True)
class Changes:
    """What is changed in the second plan; nothing at all: there is none.

    Attributes:
        close: bases and facilities that close.
        add: demand points with a crew more.
        rule: another rule of dispatch.
        standby: table of moves, ``WATCHED:SENDS:TO``.
        dmexclp: busy share by which crews choose where to wait.
        duties: another table of duties.
    """

    close: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    rule: Rule | None = None
    standby: tuple[str, ...] = ()
    dmexclp: float = 0.0
    duties: pd.DataFrame | None = None

    @property
    def any(self) -> bool:
        """Whether anything is changed."""
        return bool(self.close or self.add or self.rule or self.standby or self.dmexclp) or (
            self.duties is not None
        )

    def told(self) -> tuple[Note, ...]:
        """The changes in words."""
        notes = []
        for code, names in (("close", self.close), ("add", self.add), ("standby", self.standby)):
            if names:
                notes.append(Note(f"simulate.change.{code}", names=names))
        if self.rule:
            notes.append(Note("simulate.change.rule", rule=self.rule))
        if self.dmexclp:
            notes.append(Note("simulate.change.dmexclp", busy=self.dmexclp))
        if self.duties is not None:
            notes.append(Note("simulate.change.duties"))
        return tuple(notes)


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Brief):
    """What the years tell.

    Attributes:
        response: by group and class, see :func:`.measures.response_table`; with changes, of the changed plan.
        crews: one row a crew.
        crew_hours: busy share of each base by hour of the day.
        points: gap hours of each demand point.
        gaps: gap share of each group by hour of the day.
        craft: missions, kilometres and hours by kind of craft.
        differences: what the changes do, group by group; empty without any.
        years: how many years.
        seed: seed of the calls and the weather.
        by: what the groups are.
        changes: what was changed.
        notes: what a reader must know.
    """

    response: pd.DataFrame
    crews: pd.DataFrame
    crew_hours: pd.DataFrame
    points: pd.DataFrame
    gaps: pd.DataFrame
    craft: pd.DataFrame
    differences: pd.DataFrame
    years: int
    seed: int
    by: str
    changes: Changes
    notes: tuple[str, ...]

    @property
    def region(self) -> dict[str, float]:
        """Figures of everybody, of the first class of calls."""
        row = self.response.iloc[0].to_dict()
        del row[self.by], row["call_class"]
        return {str(name): float(value) for name, value in row.items()}


def simulate_study(
    study: Study,
    *,
    years: int = YEARS,
    seed: int = 1,
    by: str = "municipality",
    changes: Changes | None = None,
    widest_min: float = WIDEST_MIN,
) -> Simulation:
    """Play years of a study's calls through.

    Args:
        study: the study, in a state.
        years: how many.
        seed: of calls and weather; the same seed gives the same bytes.
        by: ``municipality``, or a group column of the municipalities.
        changes: what is changed; it is compared with the study as it is over the same calls.
        widest_min: a p90 whose interval is wider is left blank.

    Raises:
        DataError: the study says nothing of calls or resources, or their tables have faults.
        UnknownNameError: no such group, base, facility or demand point.
    """
    asked = changes or Changes()
    labels = group_labels(study, by).astype(object)
    plan = plan_of(study)
    told = [Note("simulate.years", years=years, seed=seed), *call_notes(plan)]
    main, differences = played(plan, years, seed), pd.DataFrame()
    if asked.any:
        other = with_changes(
            plan, close=asked.close, add=asked.add, rule=asked.rule, standby=asked.standby,
            dmexclp=asked.dmexclp, duties=asked.duties,
        )  # fmt: skip
        changed = played(other, years, seed)
        differences = difference_table(main, changed, labels, by)
        told = [*asked.told(), *told]
        main = changed
    response = response_table(main, labels, by, widest_min=widest_min)
    points = gap_points(main)
    told += _what_happened(main, response, points, widest_min)
    return Simulation(
        response, crew_table(main), hours_table(main), points,
        gap_table(main, labels, by, study.weight()), craft_table(main), differences,
        years, seed, by, asked, (*told, *study_notes(study, ["response"])),
    )  # fmt: skip


def played(plan: Plan, years: int, seed: int) -> Years:
    """Years of a plan."""
    calls = tuple(plan.calls(seed=seed, year=year) for year in range(years))
    return Years(plan, calls, tuple(plan.run(one, seed=seed, year=year) for year, one in enumerate(calls)))


def _what_happened(
    years: Years, response: pd.DataFrame, points: pd.DataFrame, widest_min: float
) -> Sequence[Note]:
    n = len(years.outcomes)
    notes = []
    blank = int((response["response_p90_min"].isna() & (response["calls_a_year"] > 0)).sum())
    if blank:
        notes.append(Note("simulate.blank", count=blank, every=len(response), widest=widest_min))
    for code, field in (("stuck", "stuck"), ("not_conveyed", "not_conveyed")):
        count = sum(getattr(one, field) for one in years.outcomes) / n
        if count:
            notes.append(Note(f"simulate.{code}", count=count))
    moves = sum(one.standby_moves for one in years.outcomes) / n
    if moves:
        notes.append(Note("simulate.moves", count=moves))
    never = points[points["never_covered"] == "yes"]
    if len(never):
        people = float(never[years.plan.study.config.demand.default_weight].sum())
        notes.append(Note("simulate.never_covered", places=len(never), people=people))
    return notes


def simulation_answer(study: Study, found: Simulation) -> Answer:
    """The answer of ``geoaccess simulate``."""
    tables = {
        "simulated_points": found.points,
        "simulated": found.response,
        "crews": found.crews,
        "crew_hours": found.crew_hours,
        "gap_hours": found.gaps,
        "craft": found.craft,
        "municipalities": study.municipalities,
        **network_tables(study),
    }
    if len(found.differences):
        tables["differences"] = found.differences
    return Answer(
        question="simulate",
        facts={
            **study_facts(study),
            "simulate": {
                "years": found.years,
                "seed": found.seed,
                "changes": [str(one) for one in found.changes.told()],
                "region": {
                    name: (value if np.isfinite(value) else np.nan) for name, value in found.region.items()
                },
                "people": float(study.weight().sum()),
            },
            "scenario": study.scenario,
            "weight": study.config.demand.default_weight,
            "by": found.by,
            "notes": found.notes,
        },
        tables=tables,
        inputs=study.files,
    )
