"""What a run counts in each of its states: resources and people, so that two runs can be told apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geoaccess.study import Study

#: Name of the fact.
FACT = "counted"


def counted_in(study: Study, scenarios: Iterable[str], **weather: object) -> dict[str, dict[str, Any]]:
    """The fact ``counted``: scenario -> what is counted in it.

    Args:
        study: the study, with the year and the resources that were asked for.
        scenarios: the states.
        weather: what is asked of the weather: ``season``, ``percentile`` (of 100), ``within_min``.

    Returns:
        For each scenario ``resources`` (names, sorted), ``year`` and ``variant`` of the people, and
        the weather.
    """
    told = {}
    for name in scenarios:
        state = study.in_state(scenario=name)
        told[name] = {
            "resources": sorted(state.config.resources),
            "year": state.config.study.year,
            "variant": state.state.variant,
            **weather,
        }
    return told
