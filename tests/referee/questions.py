"""Awkward questions, as plain data: every model and option, every trait, and which engines are forced."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace
from typing import Any

from .verdict import Asked

#: How the question is put: as it comes, with the engines and cut programs forced, or without either.
MODES = ("as it comes", "programs", "engines")

Row = list[float | None]


@dataclass(frozen=True)
class State:
    """One state of the world in a question about several."""

    name: str
    costs: list[Row]
    probability: float
    weights: list[float] | None


@dataclass(frozen=True)
class Question:
    """A placement question in plain values; ``None`` in ``costs`` is unreachable.

    ``conditions`` are pairs (name of the class in ``optimise``, its arguments).
    """

    seed: int
    model: str
    options: dict[str, Any]
    mode: str
    costs: list[Row]
    weights: list[float]
    roles: list[str]
    p: int | None = None
    p_new: int | None = None
    max_moves: int | None = None
    capacities: list[float] | None = None
    demands: list[float] | None = None
    fixed_costs: list[float] | None = None
    budget: float | None = None
    groups: list[str] | None = None
    demand_groups: list[str] | None = None
    site_costs: list[Row] | None = None
    site_values: list[float] | None = None
    conditions: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    criterion: str = ""
    tail: float = 0.2

    @property
    def n_sites(self) -> int:
        return len(self.roles)

    @property
    def n_demand(self) -> int:
        return len(self.weights)

    @property
    def site_ids(self) -> list[str]:
        return [f"s{site}" for site in range(self.n_sites)]

    @property
    def demand_ids(self) -> list[str]:
        return [f"d{row}" for row in range(self.n_demand)]

    def traits(self) -> list[str]:
        """What makes the question awkward, in words, for the count of combinations."""
        reach = [minutes for row in self.costs for minutes in row]
        told = {
            "unreachable": None in reach,
            "ties": len(set(reach)) < len(reach) // 2,
            "no weight": 0 in self.weights,
            "required": "required" in self.roles,
            "forbidden": "forbidden" in self.roles,
            "existing": "existing" in self.roles,
            "p": self.p is not None,
            "p_new": self.p_new is not None,
            "moves": self.max_moves is not None,
            "budget": self.budget is not None,
            "room": self.capacities is not None,
            "prices": self.fixed_costs is not None,
            "units": any(
                name in self.options for name in ("min_units", "max_units", "total_units", "vehicles")
            ),
            "several scenarios": bool(self.states),
        }
        return [name for name, has in told.items() if has] + sorted({name for name, _ in self.conditions})


def question(seed: int, model: str | None = None) -> Question:
    """The awkward question of this number."""
    return _Writer(random.Random(seed), seed).question(model)


def asked_by(seed: int, name: str) -> Question | Asked:
    """The question of this number for a model, or of another kind (see :mod:`tests.referee.others`)."""
    from .others import OTHERS  # plans begin as questions

    return OTHERS[name](seed) if name in OTHERS else question(seed, name)


class _Writer:
    def __init__(self, rng: random.Random, seed: int) -> None:
        self.rng = rng
        self.seed = seed

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def question(self, model: str | None) -> Question:
        rng = self.rng
        name = model or rng.choice(MODEL_NAMES)
        robust = name.startswith("robust ")
        name = name.removeprefix("robust ")
        roomy = name == "capacitated-p-median" or (name == "fixed-charge" and self.chance(0.6))
        n_demand = rng.randint(2, 5 if roomy else rng.choice((4, 8, 12)))
        n_sites = rng.randint(2, 4 if roomy else rng.choice((4, 6, 8)))
        self.cost_kind = rng.choice(("ties", "whole", "tenths", "floats", "large"))
        self.gone = rng.choice((0.0, 0.0, 0.15, 0.5, 0.8))
        weights = self.weights(n_demand)
        asked = Question(
            seed=self.seed,
            model=name,
            options={},
            mode=rng.choice(MODES),
            costs=self.costs(n_demand, n_sites),
            weights=weights,
            roles=self.roles(n_sites),
            groups=[rng.choice("AB") for _ in range(n_sites)] if self.chance(0.5) else None,
            demand_groups=[rng.choice("xyz") for _ in range(n_demand)] if self.chance(0.5) else None,
        )
        asked = self.numbers(asked)
        asked = OPTIONS[name](self, asked, roomy) if name in OPTIONS else asked
        if (
            asked.model != "lscp"
            and self.chance(0.25)
            and (asked.fixed_costs is not None or name not in PRICED)
        ):
            asked = self.budget(asked)
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
            asked = self.condition(asked)
        return self.states(asked) if robust else asked

    def number(self) -> float:
        rng = self.rng
        return {
            "ties": lambda: float(rng.randint(0, 5)),
            "whole": lambda: float(rng.randint(0, 40)),
            "tenths": lambda: rng.randint(0, 300) / 10,
            "floats": lambda: rng.uniform(0, 60),
            "large": lambda: float(rng.randint(0, 200_000)),
        }[self.cost_kind]()

    def costs(self, n_demand: int, n_sites: int) -> list[Row]:
        rows: list[Row] = [
            [None if self.chance(self.gone) else self.number() for _ in range(n_sites)]
            for _ in range(n_demand)
        ]
        if self.chance(0.15):
            rows[0] = [None] * n_sites
        if self.chance(0.15):
            rows[-1] = list(rows[0])
        if self.chance(0.15) and n_sites > 1:
            for row in rows:
                row[-1] = row[0]
        return rows

    def weights(self, n_demand: int) -> list[float]:
        rng = self.rng
        kind = rng.choice(("few", "people", "tenths", "floats", "uneven", "ones", "none"))
        one = {
            "few": lambda: float(rng.randint(0, 4)),
            "people": lambda: float(rng.randint(0, 1000)),
            "tenths": lambda: rng.randint(0, 30) / 10,
            "floats": lambda: rng.choice((0.0, rng.uniform(0.1, 9))),
            "uneven": lambda: float(rng.choice((0, 1, 3, 1_000_000))),
            "ones": lambda: 1.0,
            "none": lambda: 0.0 if rng.random() < 0.9 else 2.0,
        }[kind]
        return [one() for _ in range(n_demand)]

    def roles(self, n_sites: int) -> list[str]:
        words = ["candidate"] * 4 + ["existing", "existing", "required", "forbidden"]
        if self.chance(0.3):
            return ["candidate"] * n_sites
        return [self.rng.choice(words) for _ in range(n_sites)]

    def numbers(self, asked: Question) -> Question:
        """How many sites: p, p_new, moves or any mix that may also be impossible."""
        rng = self.rng
        n_sites = asked.n_sites
        fixed = sum(role in ("existing", "required") for role in asked.roles)
        kind = rng.choice(("p", "p", "p", "p_new", "moves", "p and moves", "p_new and moves"))
        moves = rng.randint(0, 3)
        if kind.startswith("p_new"):
            asked = replace(asked, p_new=rng.randint(0, max(1, n_sites - fixed)))
        elif kind.startswith("p"):
            low = min(fixed, n_sites) if self.chance(0.85) else 0
            asked = replace(
                asked, p=rng.randint(max(low, 0 if self.chance(0.05) else 1), max(low, n_sites, 1))
            )
        if asked.model == "relocation" and "existing" not in asked.roles:
            asked = replace(asked, roles=["existing", *asked.roles[1:]])
        if "moves" in kind or asked.model == "relocation":
            asked = replace(asked, max_moves=moves)
        return asked

    def budget(self, asked: Question) -> Question:
        prices = asked.fixed_costs or self.prices(asked.n_sites)
        open_number = self.chance(0.3) and asked.model not in ("p-dispersion", "relocation")
        whole = sum(prices)
        spend = self.rng.choice((0.4, 0.7, 1.0)) * whole
        if self.chance(0.5):
            spend = sum(self.rng.sample(prices, self.rng.randint(1, len(prices))))
        asked = replace(asked, fixed_costs=prices, budget=spend)
        return replace(asked, p=None, p_new=None, max_moves=None) if open_number else asked

    def prices(self, n_sites: int) -> list[float]:
        rng = self.rng
        kind = rng.choice(("whole", "tenths", "kroner", "ones"))
        one = {
            "whole": lambda: float(rng.randint(0, 9)),
            "tenths": lambda: rng.randint(1, 40) / 10,
            "kroner": lambda: float(rng.randint(1, 90) * 1_000_000),
            "ones": lambda: 1.0,
        }[kind]
        return [one() for _ in range(n_sites)]

    def some_sites(self, asked: Question, least: int = 1) -> list[str]:
        ids = asked.site_ids
        return self.rng.sample(ids, self.rng.randint(min(least, len(ids)), min(len(ids), 4)))

    def separated(self, asked: Question) -> Question:
        if asked.site_costs is not None:
            return asked
        n = asked.n_sites
        apart = [
            [
                0.0 if one == other else (None if self.chance(0.1) else float(self.rng.randint(0, 12)))
                for other in range(n)
            ]
            for one in range(n)
        ]
        if self.chance(0.6):
            apart = [[apart[min(a, b)][max(a, b)] for b in range(n)] for a in range(n)]
        return replace(asked, site_costs=apart)

    def condition(self, asked: Question) -> Question:
        rng = self.rng
        kinds = [
            "SiteCount",
            "SiteCount",
            "Together",
            "OnlyWith",
            "Separation",
            "DifferentFrom",
            "Within",
            "Within",
            "ShareWithin",
            "ShareWithin",
            "not_both",
        ]
        kind = rng.choice(kinds)
        if kind == "SiteCount":
            most = rng.randint(0, 3)
            limits = rng.choice(
                (
                    {"at_least": rng.randint(0, 2)},
                    {"at_most": most},
                    {"at_least": most, "at_most": most},
                    {"at_least": 0, "at_most": 99},
                )
            )
            if asked.groups and self.chance(0.6):
                where: dict[str, Any] = {"group": rng.choice(sorted(set(asked.groups)))}
            else:
                where = {"sites": self.some_sites(asked)}
            arguments = where | limits
        elif kind == "Together":
            arguments = {"sites": self.some_sites(asked, 2)}
        elif kind == "OnlyWith":
            first, *partners = self.some_sites(asked, 2)
            arguments = {"site": first, "partners": partners or [first]}
        elif kind == "Separation":
            asked = self.separated(asked)
            arguments = {"minutes": float(rng.randint(0, 6))}
        elif kind == "DifferentFrom":
            sites = self.some_sites(asked)
            arguments = {"sites": sites, "sites_changed": rng.randint(1, len(sites))}
        elif kind == "not_both":
            pair = self.some_sites(asked, 2)[:2]
            kind, arguments = "SiteCount", {"sites": pair, "at_most": 1}
        else:
            arguments = {"minutes": self.level(asked)} | self.people(asked)
            if kind == "ShareWithin":
                arguments["share"] = rng.choice((0.0, 0.3, 0.5, 0.75, 1.0))
        return replace(asked, conditions=[*asked.conditions, (kind, arguments)])

    def level(self, asked: Question) -> float:
        """Minutes that are often exactly someone's own."""
        known = [minutes for row in asked.costs for minutes in row if minutes is not None] or [1.0]
        high = sorted(known)[len(known) // 2 :]
        return self.rng.choice((self.rng.choice(known), self.rng.choice(high), max(known), self.number()))

    def people(self, asked: Question) -> dict[str, Any]:
        if asked.demand_groups and self.chance(0.4):
            return {"group": self.rng.choice(sorted(set(asked.demand_groups)))}
        if self.chance(0.6):
            return {"demand": self.rng.sample(asked.demand_ids, self.rng.randint(1, min(3, asked.n_demand)))}
        return {}

    def states(self, asked: Question) -> Question:
        rng = self.rng
        told = []
        # Room is kept to a millionth of itself. Of a million beside one that is a person, and what the best
        # of several scenarios then is has no bracket as :func:`tests.referee.truth.bracket` gives for one.
        most = 1000.0 if asked.options.get("sourcing") == "split" else math.inf
        asked = replace(
            asked,
            weights=[min(weight, most) for weight in asked.weights],
            demands=asked.demands and [min(demand, most) for demand in asked.demands],
        )
        for number in range(rng.randint(1, 3)):
            costs = (
                [list(row) for row in asked.costs]
                if self.chance(0.3)
                else self.costs(asked.n_demand, asked.n_sites)
            )
            probability = float(rng.choice((0, 1, 1, 2, 5))) if number else 1.0
            weights = self.weights(asked.n_demand) if self.chance(0.3) else None
            weights = weights and [min(weight, most) for weight in weights]
            told.append(State(f"state {number}", costs, probability, weights))
        return replace(
            asked,
            states=told,
            criterion=rng.choice(("expected", "worst", "regret", "tail")),
            tail=rng.choice((0.1, 0.5, 1.0)),
        )


def _with_radius(writer: _Writer, asked: Question) -> Any:
    if writer.chance(0.3):
        return [writer.level(asked) for _ in range(asked.n_demand)]
    return writer.level(asked)


def _mclp(writer: _Writer, asked: Question, roomy: bool) -> Question:
    return replace(
        asked,
        options={"radius": _with_radius(writer, asked), "backup": writer.rng.choice((0.0, 0.0, 0.3, 1.0))},
    )


def _lscp(writer: _Writer, asked: Question, roomy: bool) -> Question:
    asked = replace(asked, p=None, p_new=None, max_moves=None)
    if writer.chance(0.5):
        asked = replace(asked, fixed_costs=writer.prices(asked.n_sites))
        if writer.chance(0.3):
            asked = replace(asked, budget=sum(asked.fixed_costs or []) * writer.rng.choice((0.3, 0.6, 1.0)))
    return replace(asked, options={"radius": _with_radius(writer, asked), "backup": writer.chance(0.4)})


def _busy(writer: _Writer, asked: Question, roomy: bool) -> Question:
    rng = writer.rng
    one = rng.choice((0.0, 0.1, 0.3, 0.5, 0.9))
    options: dict[str, Any] = {
        "radius": _with_radius(writer, asked),
        "busy": [rng.choice((0.0, 0.2, 0.6)) for _ in range(asked.n_demand)] if writer.chance(0.3) else one,
    }
    if writer.chance(0.5):
        options["vehicles"] = rng.randint(1, 5)
        if writer.chance(0.5):
            options["max_per_site"] = rng.randint(1, 3)
        if writer.chance(0.4):
            asked = replace(asked, p=None, p_new=None, max_moves=None)
    if asked.model == "malp":
        options["reliability"] = rng.choice((0.5, 0.9, 0.99))
    return replace(asked, options=options)


def _room(writer: _Writer, asked: Question, roomy: bool) -> Question:
    rng = writer.rng
    options: dict[str, Any] = {"sourcing": rng.choice(("single", "split"))}
    if asked.model == "fixed-charge":
        options["minute_price"] = rng.choice((0.01, 0.3, 1.0, 20.0))
        asked = replace(asked, fixed_costs=writer.prices(asked.n_sites))
        if writer.chance(0.4):
            asked = replace(asked, p=None, p_new=None, max_moves=None)
    if not roomy:
        return replace(asked, options=options)
    if writer.chance(0.3):
        asked = replace(asked, demands=writer.weights(asked.n_demand))
    whole = sum(asked.demands or asked.weights)
    factor = rng.choice((0.2, 0.4, 0.7, 1.0))
    room = [round(factor * whole * rng.choice((0.0, 0.5, 1.0, 1.0, 1.5)), 2) for _ in range(asked.n_sites)]
    asked = replace(asked, capacities=room)
    if writer.chance(0.4):
        ids = asked.site_ids
        if writer.chance(0.5):
            least = rng.randint(0, 2)
            options["min_units"] = {rng.choice(ids): least} if writer.chance(0.3) else least
        if writer.chance(0.5):
            most = rng.randint(2, 3)
            options["max_units"] = dict.fromkeys(ids[:1], most) if writer.chance(0.3) else most
        if writer.chance(0.7):
            options["total_units"] = rng.randint(1, 5)
            if writer.chance(0.4):
                asked = replace(asked, p=None, p_new=None, max_moves=None)
    return replace(asked, options=options)


def _anti_cover(writer: _Writer, asked: Question, roomy: bool) -> Question:
    asked = writer.separated(asked)
    if writer.chance(0.6):
        asked = replace(asked, p=None, p_new=None, max_moves=None)
    if writer.chance(0.5):
        asked = replace(asked, site_values=writer.prices(asked.n_sites))
    return replace(asked, options={"separation": float(writer.rng.randint(0, 9))})


def _dispersion(writer: _Writer, asked: Question, roomy: bool) -> Question:
    asked = writer.separated(asked)
    return replace(asked, p=writer.rng.randint(2, max(2, asked.n_sites)), p_new=None)


def _compared(writer: _Writer, asked: Question, roomy: bool) -> Question:
    rng = writer.rng
    options: dict[str, Any] = {}
    if asked.model != "iso-elastic-groups" and writer.chance(0.4):
        options["by"] = "group"
    if options.get("by") == "group" or asked.model == "iso-elastic-groups":
        asked = replace(asked, demand_groups=[rng.choice("xyz") for _ in range(asked.n_demand)])
    if asked.model == "tail-mean":
        options["tail"] = rng.choice((0.05, 0.3, 0.5, 1.0))
    if asked.model == "mean-difference":
        options["weight"] = rng.choice((0.0, 0.5, 1.0, 2.0, 5.0))
    if asked.model in ("iso-elastic", "iso-elastic-groups"):
        options["alpha"] = rng.choice((0.0, 0.5, 1.0, 2.0))
    if asked.model == "iso-elastic-groups":
        options |= {"count_people": writer.chance(0.5), **_horizon(writer, asked)}
    return replace(asked, options=options)


def _welfare(writer: _Writer, asked: Question, roomy: bool) -> Question:
    if asked.model == "kolm-pollak":
        known = [minutes for row in asked.costs for minutes in row if minutes] or [1.0]
        return replace(asked, options={"aversion": writer.rng.choice((0.1, 1.0, 5.0)) / max(known)})
    options = {"alpha": writer.rng.choice((0.0, 0.5, 1.0, 3.0)), **_horizon(writer, asked)}
    return replace(asked, options=options)


def _horizon(writer: _Writer, asked: Question) -> dict[str, float]:
    """Now and then an end of its own, beyond all minutes."""
    longest = max((minutes for row in asked.costs for minutes in row if minutes is not None), default=0.0)
    return {"horizon_min": (longest + 0.5) * writer.rng.choice((1.2, 4.0))} if writer.chance(0.3) else {}


def _survival(writer: _Writer, asked: Question, roomy: bool) -> Question:
    return replace(asked, options={"survival": "cardiac-arrest"} if writer.chance(0.3) else {})


def _partial(writer: _Writer, asked: Question, roomy: bool) -> Question:
    options = {"share": writer.rng.choice((0.3, 0.5, 0.8, 0.95, 1.0))}
    return replace(asked, options=options | ({"method": "threshold"} if writer.chance(0.3) else {}))


def _center(writer: _Writer, asked: Question, roomy: bool) -> Question:
    return replace(asked, options={"method": writer.rng.choice(("threshold", "threshold", "program"))})


def _leximin(writer: _Writer, asked: Question, roomy: bool) -> Question:
    return replace(asked, options={"levels": writer.rng.choice((1, 2, 3))} if writer.chance(0.3) else {})


PRICED = ("lscp", "fixed-charge")

OPTIONS = {
    "mclp": _mclp,
    "lscp": _lscp,
    "mexclp": _busy,
    "malp": _busy,
    "capacitated-p-median": _room,
    "fixed-charge": _room,
    "anti-cover": _anti_cover,
    "p-dispersion": _dispersion,
    "tail-mean": _compared,
    "mean-difference": _compared,
    "gini": _compared,
    "iso-elastic": _welfare,
    "iso-elastic-groups": _compared,
    "kolm-pollak": _welfare,
    "partial-p-center": _partial,
    "maximal-survival": _survival,
    "p-center": _center,
    "lexicographic-minimax": _leximin,
}

MODEL_NAMES = (
    "p-median",
    "relocation",
    "p-center",
    "partial-p-center",
    "lexicographic-minimax",
    "mclp",
    "lscp",
    "mexclp",
    "malp",
    "maximal-survival",
    "capacitated-p-median",
    "fixed-charge",
    "anti-cover",
    "p-dispersion",
    "tail-mean",
    "mean-difference",
    "gini",
    "iso-elastic",
    "iso-elastic-groups",
    "kolm-pollak",
    "robust p-median",
    "robust capacitated-p-median",
    "robust relocation",
    "front",
    "plan",
    "sized units",
    "districts",
)
