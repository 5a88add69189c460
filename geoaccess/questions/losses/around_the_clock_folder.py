"""The answer of ``losses --around-the-clock`` as its folder holds it: the worst also by hour and place."""

from __future__ import annotations

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, service_bases, study_facts
from geoaccess.questions.losses.answer import links_of
from geoaccess.questions.losses.around_the_clock import MOST_SHOWN, LossesAroundTheClock, shown_of
from geoaccess.study import Study

#: Tables of the folder.
ROWS, HOURS, PLACES = "losses_around_the_clock", "losses_day_hours", "losses_day_places"


def losses_day_answer(study: Study, found: LossesAroundTheClock) -> Answer:
    """The answer of losses over the day.

    Args:
        study: the study.
        found: the losses.
    """
    study = study.with_people_of(found.scenario)
    state = study.in_state(scenario=found.scenario)
    kinds = [str(kind) for kind in found.rows["kind"].unique()]
    bases = service_bases(state)
    kept = [one for kind in kinds for one in bases.get(kind, [kind])]
    shown = []
    for row in shown_of(found.rows, MOST_SHOWN).to_dict(orient="records"):
        job = found.jobs[str(row["element_id"])]
        shown.append(
            {
                **{str(key): value for key, value in row.items()},
                "key": f"loss-{row['rank']}",
                "links": sorted({link for element in job for link in links_of(state.network, element)}),
                "facilities": [element.element_id for element in job if element.selection is None],
            }
        )
    places = found.places
    if len(places):
        weights = state.demand[["demand_id", *state.weights]]
        places = places.merge(weights, on="demand_id", how="left", validate="many_to_one")
    return Answer(
        question="losses",
        facts={
            **study_facts(study),
            "losses": {"scenario": found.scenario, "rank": found.rank, "shown": shown},
            "around_the_clock": {
                "period_days": found.period_days,
                "week_of": None if found.week_of is None else found.week_of.isoformat(),
                "draws": found.draws,
                "patience_min": found.patience_min,
            },
            "scenario": found.scenario,
            "weight": found.weight,
            "notes": list(found.notes),
        },
        tables={
            ROWS: found.rows,
            HOURS: found.hours,
            PLACES: places,
            "facilities": state.facilities[state.facilities["kind"].isin(kept)].reset_index(drop=True),
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
    )
