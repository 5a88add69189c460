"""An invented fjord: eight villages, one hospital, a ferry; the pages ``from-*.md`` carry it through."""

#: Villages: id -> name, lat, lon, people; invented.
VILLAGES = {
    1: ("Ørnes", 68.42, 15.00, 1240),
    2: ("Bjørkåsen", 68.46, 15.12, 310),
    3: ("Straumøy", 68.49, 15.30, 680),
    4: ("Nesfjord", 68.44, 15.45, 420),
    5: ("Færøyvågen", 68.53, 15.52, 190),
    6: ("Skjelstad", 68.58, 15.70, 850),
    7: ("Ytterholmen", 68.62, 15.10, 260),
    8: ("Holmvika", 68.65, 15.22, 140),
}
#: Roads: nodes, class, speed, number.
ROADS = (
    ((1, 2, 3, 4), "primary", "80", "Fv17"),
    ((3, 5), "secondary", "60", "Fv834"),
    ((5, 6), "secondary", "80", "Fv834"),
    ((7, 8), "tertiary", "60", "Fv571"),
)
#: Municipalities: number, name, corners (lat, lon).
AREAS = (
    ("1894", "Ørnes", ((68.32, 14.85), (68.32, 15.38), (68.56, 15.38), (68.56, 14.85))),
    ("1895", "Skjelstad", ((68.32, 15.38), (68.32, 15.90), (68.67, 15.90), (68.67, 15.38))),
    ("1896", "Ytterholmen", ((68.57, 14.85), (68.57, 15.37), (68.72, 15.37), (68.72, 14.85))),
)
FACILITIES = (("Ørnes sykehus", "akuttmottak", 68.421, 15.003),)
