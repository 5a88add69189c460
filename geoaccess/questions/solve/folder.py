"""The answer of ``geoaccess solve`` as its folder holds it: costs know no places, so there is no map."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.words.catalogue import say
from geoaccess.words.locales import LANGUAGES
from geoaccess.words.note import coded

if TYPE_CHECKING:
    from optimise import Solution


def solve_answer(solution: Solution, inputs: tuple[Path, ...]) -> Answer:
    """Every site with its role and what it serves, and every demand point with the site that serves it."""
    problem, told = solution.problem, solution.to_dict()
    chosen = {str(site) for site in told["chosen"]}
    served = [None if site is None else str(site) for site in told["assignment"]]
    weights = pd.Series(problem.weights, index=pd.Index([site or "" for site in served]))
    taken = weights.groupby(level=0).sum() if len(weights) else weights
    ids = [str(site) for site in problem.site_ids]
    sites = pd.DataFrame(
        {
            "site_id": ids,
            "role": ["chosen" if site in chosen else "not chosen" for site in ids],
            "weight_served": [float(taken.get(site, 0.0)) for site in ids],
        }
    )
    points = pd.DataFrame(
        {
            "demand_id": [str(name) for name in problem.demand_ids],
            "weight": problem.weights,
            "site_id": [site or "" for site in served],
            "travel_time_min": solution.travel_min,
        }
    )
    title = {
        "title" if one == "en" else f"title_{one}": say(f"model.{told['model']}", one) for one in LANGUAGES
    }
    return Answer(
        question="solve",
        facts={
            **{name: text[:1].upper() + text[1:] for name, text in title.items()},
            "study": ", ".join(path.name for path in inputs),
            "solve": {
                **{name: told[name] for name in told if name not in {"assignment", "chosen"}},
                "said": coded(told, "proof", "solver", "formulation"),
            },
            "notes": (),
        },
        tables={"solved_sites": sites, "solved_points": points},
        inputs=inputs,
    )
