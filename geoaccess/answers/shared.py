"""What several kinds of run keep: the network's links."""

from __future__ import annotations

import pandas as pd

from geoaccess.answers.links import study_links
from geoaccess.study import Study


def network_tables(state: Study) -> dict[str, pd.DataFrame]:
    """The links of a study in its state."""
    return {"links": study_links(state)}
