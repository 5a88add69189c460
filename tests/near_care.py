"""Levels of care and trade-offs of the fjord: the sections that their tests and those of every question share."""

from __future__ import annotations

NEAR_TRADEOFF = """
[tradeoffs.both]
title = "One more station: near people, near a hospital, near colleagues"
title_nb = "Én stasjon til: nær folk, nær sykehus, nær kolleger"
placements = ["stations"]
source = "invented"
[tradeoffs.both.opens]
"stations" = 1
[tradeoffs.both.criteria.response]
title = "Response"
title_nb = "Respons"
measure = "minutes"
source = "invented"
[tradeoffs.both.criteria.hospital_way]
title = "Way to a hospital"
title_nb = "Veg til sykehus"
measure = "sites_to"
kinds = ["hospital"]
[tradeoffs.both.criteria.alone]
title = "Far from colleagues"
title_nb = "Langt fra kolleger"
measure = "apart"
kinds = ["station"]
within_min = 70
step = 0.5
"""

NEAR_LEVELS = """
[care]
area = "county"
together = ["station", "hospital"]
within_min = 5
source = "invented"
[care.can.beds]
title = "Beds"
title_nb = "Senger"
[care.can.ride]
title = "A car beside it"
title_nb = "En bil ved siden av"
kind = "station"
[care.levels.first]
title = "First help"
title_nb = "Første hjelp"
kind = "station"
source = "invented"
[care.levels.ward]
title = "Hospital"
title_nb = "Sykehus"
kind = "hospital"
can = ["beds"]
source = "invented"
"""
