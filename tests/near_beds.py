"""Beds close to home of the fjord: the sections of beds and teams that tests of both and of every question share."""

from __future__ import annotations

NEAR_BEDS = """
[beds.near]
title = "Beds close to home"
title_nb = "Senger nær hjemmet"
kind = "hospital"
table = "near_beds.csv"
neighbours = "near.csv"
area = "county"
persons_per_bed = { people = 500 }
maximum = 6
[beds.near.streams.all]
title = "Everybody"
title_nb = "Alle"
per_1000_year = { people = 40 }
stay_days = 5
price_day = 1000
source = "invented"
[beds.near.prices]
unit_year = 100
bed_year = 10
open = 50
close = 20
grow = 5
shrink = 1
hour = 0.1
source = "invented"
[beds.near.payers.town]
title = "Town"
title_nb = "Byen"
part = 2
source = "invented"
[beds.near.payers.state]
title = "The state"
title_nb = "Staten"
part = 1
source = "invented"
[beds.near.variants.keep]
title = "All stay"
title_nb = "Alle består"
units = "keep"
[beds.near.variants.merge]
title = "Fewer and larger"
title_nb = "Færre og større"
units = "free"
minimum = 2
"""

NEAR_TEAMS = """
[teams.home]
title = "Visits at home"
title_nb = "Besøk hjemme"
start = "county"
neighbours = "near.csv"
clients_per_1000 = { people = 100, old = 1000 }
visits_each = 10
visit_min = 60
staff_per_visit = 2
day_hours = 5
staff_hours_year = 1500
least = 0
source = "invented"
"""
