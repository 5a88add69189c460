"""Who reaches what and who is served where: opportunities, gravity, floating catchments, nearest catchments.

Every function takes ``times``, minutes from demand points (rows) to facilities (columns), NaN unreachable, as
an array or as the DataFrame of :func:`geoaccess.travel_times`. Weights and capacities are arrays in the same
order, or Series labelled like the rows or columns; labels that do not fit are an error, never a shift.
Thresholds and limits are inclusive.
"""

from geoaccess.questions.supply.decay import Decay, Exponential, Gaussian, Power, Steps, Within
from geoaccess.questions.supply.floating import (
    demand_radii,
    e2sfca,
    facility_radii,
    three_step,
    two_step,
    variable_two_step,
)
from geoaccess.questions.supply.opportunities import (
    cumulative_opportunities,
    facilities_within,
    gravity,
    persons_in_reach,
)
from geoaccess.questions.supply.served import Catchments, catchments

__all__ = [
    "Catchments",
    "Decay",
    "Exponential",
    "Gaussian",
    "Power",
    "Steps",
    "Within",
    "catchments",
    "cumulative_opportunities",
    "demand_radii",
    "e2sfca",
    "facilities_within",
    "facility_radii",
    "gravity",
    "persons_in_reach",
    "three_step",
    "two_step",
    "variable_two_step",
]
