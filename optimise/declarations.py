"""What each placement model finds, takes and cannot hold: one row a model.

The rows are read where a question is asked: :func:`~optimise.models.base.ignored_faults` refuses data that a
model leaves aside, and whoever poses questions can tell before solving what is missing (:func:`missing`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from optimise.errors import Fault
from optimise.sentences import Sentence

#: Data of a problem that some models take and all others would ignore.
EXTRA_DATA = ("capacities", "fixed_costs", "site_values")
#: Data of a problem that a model may need -> how to give it.
DATA = {
    "count": "a number of sites (p, p_new, max_moves) or a budget",
    "number": "a number of sites, 2 or more (p or p_new)",
    "max_moves": "how many of the existing sites may move",
    "existing": "sites that exist today",
    "capacities": "the capacity of each site or unit",
    "fixed_costs": "the price of each site",
    "site_costs": "minutes between the sites",
    "demand_groups": "the group of each demand point",
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """One model.

    Attributes:
        name: its name.
        finds: what it makes as good as can be, in a line.
        needs: what the problem must have, keys of :data:`DATA`.
        parameters: parameters that have no default.
        takes: of :data:`EXTRA_DATA`, what it takes account of.
        counts_itself: it finds the number of sites, so that none may be asked for.
    """

    name: str
    finds: str
    needs: tuple[str, ...] = ("count",)
    parameters: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    counts_itself: bool = False

    @property
    def cannot_hold(self) -> tuple[str, ...]:
        """What the model refuses, because it would leave it aside."""
        refused = tuple(name for name in EXTRA_DATA if name not in self.takes)
        return ("p", *refused) if self.counts_itself else refused


DECLARED: Mapping[str, Declaration] = {
    row.name: row
    for row in (
        Declaration("p-median", "least mean minutes to the nearest open site"),
        Declaration(
            "relocation",
            "least mean minutes when few of today's sites may move",
            needs=("max_moves", "existing"),
        ),
        Declaration("p-center", "least minutes within which everybody who can be served is served"),
        Declaration("partial-p-center", "least minutes within which a share of the people is served"),
        Declaration(
            "lexicographic-minimax", "the worst-off as near as can be, then the next worst-off, and so on"
        ),
        Declaration("mclp", "most people within the radius", parameters=("radius",)),
        Declaration(
            "lscp",
            "fewest or cheapest sites that cover everybody within the radius",
            needs=(),
            parameters=("radius",),
            takes=("fixed_costs",),
            counts_itself=True,
        ),
        Declaration(
            "mexclp",
            "most people covered by a vehicle that is expected to be free",
            parameters=("radius", "busy"),
        ),
        Declaration(
            "malp",
            "most people covered with a reliability, vehicles being busy at times",
            parameters=("radius", "busy"),
        ),
        Declaration("maximal-survival", "most people who survive, by a function of the minutes"),
        Declaration(
            "capacitated-p-median",
            "least mean minutes when each site serves no more than it has room for",
            needs=("count", "capacities"),
            takes=("capacities",),
        ),
        Declaration(
            "fixed-charge",
            "least price of sites and minutes together",
            needs=("fixed_costs",),
            takes=("capacities", "fixed_costs"),
        ),
        Declaration(
            "anti-cover",
            "most sites, or the most valued, no two nearer than a separation",
            needs=("site_costs",),
            parameters=("separation",),
            takes=("site_values",),
        ),
        Declaration("p-dispersion", "sites as far from each other as can be", needs=("number", "site_costs")),
        Declaration("tail-mean", "least mean minutes of the worst-off share of the people"),
        Declaration("mean-difference", "least mean minutes and differences between people together"),
        Declaration("gini", "least Gini coefficient of the minutes"),
        Declaration("iso-elastic", "most welfare, with an aversion to inequality (Atkinson's family)"),
        Declaration(
            "iso-elastic-groups",
            "most welfare of groups, with an aversion to inequality between them",
            needs=("count", "demand_groups"),
        ),
        Declaration("kolm-pollak", "least Kolm-Pollak equivalent of the minutes"),
    )
}


def missing(name: str, *, data: Collection[str], parameters: Collection[str]) -> list[Fault]:
    """What a model needs and is not given, so that it can be told before anything is computed.

    Args:
        name: a model.
        data: keys of :data:`DATA` that are given.
        parameters: parameters that are given.
    """
    row = DECLARED[name]
    faults = [Fault(_needs(name, DATA[one]), one) for one in row.needs if one not in data]
    return faults + [
        Fault(
            Sentence(
                "opt.fault.parameter", "the model {model} needs the parameter {name}", model=name, name=one
            ),
            one,
        )
        for one in row.parameters
        if one not in parameters
    ]


def _needs(model: str, data: str) -> Sentence:
    return Sentence("opt.fault.needs", "the model {model} needs {data}", model=model, data=data)
