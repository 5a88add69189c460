"""What each algorithm asks of the geoaccess program: plain values, nothing of QGIS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: A text in English and in bokmål.
Text = tuple[str, str]

#: Sorts of parameters: a file, a study, a layer of points or polygons, text, a whole number, a choice.
FILE, STUDY, POINTS, POLYGONS = "file", "study", "points", "polygons"
TEXT, NUMBER, CHOICE = "text", "number", "choice"
#: Sorts of results: the folder of an answer, the folder of a study, a file, a layer of areas.
ANSWER, STUDY_FOLDER, NETWORK, AREAS = "answer", "study folder", "network", "areas"


@dataclass(frozen=True)
class Parameter:
    """What an algorithm is given.

    Attributes:
        name: of the parameter, in capitals.
        label: what it is.
        sort: one of the sorts above.
        option: option of the command; empty for an argument.
        default: value where none is given.
        choices: of a choice.
        optional: whether it may be left out.
    """

    name: str
    label: Text
    sort: str
    option: str = ""
    default: str | int | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Algorithm:
    """A command of geoaccess as an algorithm.

    Attributes:
        name: of the algorithm.
        title: what the toolbox calls it.
        told: what it does.
        command: the command.
        parameters: arguments first, in their order.
        result: sort of what it makes.
    """

    name: str
    title: Text
    told: Text
    command: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    result: str

    @property
    def output(self) -> str:
        """Name of the parameter that says where the result goes."""
        return "OUTPUT"

    def arguments(self, values: Mapping[str, str], output: str) -> list[str]:
        """The command line without the program; values that are empty are left out."""
        given = [(one, values.get(one.name, "")) for one in self.parameters]
        words = [*self.command, *(value for one, value in given if not one.option)]
        # A study is made in the folder that is the command's argument.
        words += [output] if self.result == STUDY_FOLDER else ["-o", output]
        return words + [word for one, value in given if one.option and value for word in (one.option, value)]


_STUDY = Parameter(
    "STUDY", ("Study: folder, study.toml or name", "Studie: mappe, study.toml eller navn"), STUDY
)
_SCENARIO = Parameter("SCENARIO", ("Scenario", "Scenario"), TEXT, "--scenario", optional=True)

ALGORITHMS = (
    Algorithm(
        "networkbuild",
        ("Build a network", "Bygg et nettverk"),
        (
            "A network of roads and ferries from an OpenStreetMap extract.",
            "Et nettverk av veger og ferger fra et utdrag av OpenStreetMap.",
        ),
        ("network", "build"),
        (
            Parameter("SOURCE", ("OpenStreetMap extract", "Utdrag av OpenStreetMap"), FILE),
            Parameter(
                "PROFILE", ("Vehicle", "Kjøretøy"), CHOICE, "--profile", "car", choices=("car", "ambulance")
            ),
        ),
        NETWORK,
    ),
    Algorithm(
        "study",
        ("Make a study of layers", "Lag en studie av lag"),
        (
            "A study of an OpenStreetMap extract, with people (name, people) and facilities (name, kind).",
            "En studie av et utdrag av OpenStreetMap, med folk (name, people) og tilbud (name, kind).",
        ),
        ("study", "new"),
        (
            Parameter("OSM", ("OpenStreetMap extract", "Utdrag av OpenStreetMap"), FILE, "--osm"),
            Parameter("PEOPLE", ("People (points)", "Folk (punkter)"), POINTS, "--population", optional=True),
            Parameter(
                "FACILITIES",
                ("Facilities (points)", "Tilbud (punkter)"),
                POINTS,
                "--facilities",
                optional=True,
            ),
            Parameter(
                "AREAS", ("Areas (polygons)", "Områder (flater)"), POLYGONS, "--boundaries", optional=True
            ),
            Parameter(
                "CODE", ("Field of their codes", "Felt med kodene"), TEXT, "--boundaries-code", optional=True
            ),
            Parameter(
                "NAME", ("Field of their names", "Felt med navnene"), TEXT, "--boundaries-name", optional=True
            ),
        ),
        STUDY_FOLDER,
    ),
    Algorithm(
        "access",
        ("Travel times", "Reisetider"),
        ("Minutes to the nearest facility of each kind.", "Minutter til nærmeste tilbud av hvert slag."),
        ("access",),
        (
            _STUDY,
            Parameter("TO", ("Kind of facility", "Slag tilbud"), TEXT, "--to", optional=True),
            _SCENARIO,
        ),
        ANSWER,
    ),
    Algorithm(
        "place",
        ("Place sites, with a proof", "Plasser steder, med bevis"),
        (
            "Sites that make the travel time of people as small as it can be.",
            "Steder som gjør folks reisetid så liten som den kan bli.",
        ),
        ("place",),
        (
            _STUDY,
            Parameter("PLACEMENT", ("Placement of the study", "Plassering i studien"), TEXT),
            Parameter("SITES", ("New sites", "Nye steder"), NUMBER, "--sites", optional=True),
            _SCENARIO,
        ),
        ANSWER,
    ),
    Algorithm(
        "losses",
        ("What hurts most when it falls out", "Hva som rammer mest når det faller ut"),
        (
            "Each ferry, pass, road, station or facility taken out in turn.",
            "Hver ferge, fjellovergang, veg, stasjon og tilbud tatt bort etter tur.",
        ),
        ("losses",),
        (
            _STUDY,
            Parameter(
                "OF",
                ("Families, by commas", "Familier, med komma"),
                TEXT,
                "--of",
                "ferries,passes,facilities",
            ),
            _SCENARIO,
        ),
        ANSWER,
    ),
    Algorithm(
        "isochrones",
        ("Areas within minutes", "Områder innen minutter"),
        (
            "Land within minutes of points, over a network.",
            "Land innen minutter fra punkter, over et nettverk.",
        ),
        ("isochrones",),
        (
            Parameter("NET", ("Network", "Nettverk"), FILE),
            Parameter("FROM", ("Points", "Punkter"), POINTS, "--from"),
            Parameter(
                "MINUTES", ("Minutes, by commas", "Minutter, med komma"), TEXT, "--minutes", "15,30,45,60"
            ),
            Parameter(
                "DIRECTION", ("Direction", "Retning"), CHOICE, "--direction", "from", choices=("from", "to")
            ),
        ),
        AREAS,
    ),
)
