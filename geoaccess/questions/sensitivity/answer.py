"""The conclusions of a study that are compared under other parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from geoaccess.questions.access.answer import accessibility
from geoaccess.questions.sensitivity.analysis import Conclusion
from geoaccess.study import Study


def access_conclusions(
    study: Study, kind: str, *, by: str = "municipality", weight: str | None = None
) -> dict[str, Conclusion]:
    """What is concluded of access to a kind of service: the worst group, the ranking, the figures.

    Returns:
        ``worst`` (group with the longest mean time; who is not reached at all is worse than anybody),
        ``ranking`` (of all groups, the worst first), ``mean_min, median_min, p90_min`` of the region, and
        ``share_within_{t}_min`` for each threshold of the kind.
    """
    table = accessibility(study, kinds=[kind], by=by, weight=weight)
    rows, region = table.rows, table.region.iloc[0]
    mean = rows["mean_min"].to_numpy(dtype=np.float64)
    # Equal means are ranked by name, so that rounding decides nothing.
    order = np.lexsort((rows[by].astype(str), -np.round(np.where(np.isnan(mean), np.inf, mean), 6)))
    ranking = tuple(rows[by].iloc[order])
    figures = ["mean_min", "median_min", "p90_min"]
    figures += [name for name in table.region.columns if str(name).startswith("share_within_")]
    return {"worst": ranking[0], "ranking": ranking, **{name: float(region[name]) for name in figures}}


def evaluate_access(
    study: Study,
    kind: str,
    *,
    scenario: str | None = None,
    by: str = "municipality",
    weight: str | None = None,
) -> Callable[[Mapping[str, float]], dict[str, Conclusion]]:
    """The function that ``sensitivity`` of this package runs, for access to a kind of service."""

    def evaluate(parameters: Mapping[str, float]) -> dict[str, Conclusion]:
        state = study.in_state(scenario=scenario, parameters=parameters)
        return access_conclusions(state, kind, by=by, weight=weight)

    return evaluate
