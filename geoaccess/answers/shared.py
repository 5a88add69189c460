"""What several kinds of run keep: the network's links, texts in two languages, fastest times."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.links import links_table
from geoaccess.study import Study
from geoaccess.study.state import in_scenario

FloatArray = NDArray[np.float64]


def network_tables(study: Study, scenario: str) -> dict[str, pd.DataFrame]:
    """The links in the state of the scenario."""
    return {"links": links_table(in_scenario(study, scenario).network)}


def fastest(minutes: FloatArray) -> FloatArray:
    """(n,) the fastest of the columns, NaN where none reaches."""
    best = np.where(np.isnan(minutes), np.inf, minutes).min(axis=1, initial=np.inf)
    found: FloatArray = np.where(np.isfinite(best), best, np.nan)
    return found
