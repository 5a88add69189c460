"""Trade-offs of the fjord: the section that tests of trade-offs and of every question share."""

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
