"""A failing question made as small as it gets: fewer people, sites, conditions and traits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .questions import Question
from .trial import trial


def shrunk(asked: Question) -> Question:
    """The smallest question found that fails in the same way."""
    kind = trial(asked).fault
    smaller: Question | None = asked
    while smaller is not None:
        asked = smaller
        smaller = next((other for other in _smaller(asked) if _fails(other, kind)), None)
    return asked


def _fails(asked: Question, kind: str) -> bool:
    try:
        return trial(asked).fault == kind
    except Exception:
        return False


def _smaller(asked: Question) -> Iterator[Question]:
    for number in range(len(asked.conditions)):
        yield replace(asked, conditions=[*asked.conditions[:number], *asked.conditions[number + 1 :]])
    for number in range(len(asked.states) if len(asked.states) > 1 else 0):
        yield replace(asked, states=[*asked.states[:number], *asked.states[number + 1 :]])
    for row in range(asked.n_demand if asked.n_demand > 1 else 0):
        yield without_row(asked, row)
    for site in range(asked.n_sites if asked.n_sites > 1 else 0):
        if not _named(asked, f"s{site}"):
            yield without_site(asked, site)
    for name in (
        "budget",
        "max_moves",
        "demands",
        "groups",
        "demand_groups",
        "site_costs",
        "site_values",
        "capacities",
    ):
        if getattr(asked, name) is not None:
            yield replace(asked, **{name: None})
    for name in asked.options:
        yield replace(asked, options={key: value for key, value in asked.options.items() if key != name})
    for site, role in enumerate(asked.roles):
        if role != "candidate":
            yield replace(asked, roles=[*asked.roles[:site], "candidate", *asked.roles[site + 1 :]])
    for row, weight in enumerate(asked.weights):
        if weight != 1.0:
            yield replace(asked, weights=[*asked.weights[:row], 1.0, *asked.weights[row + 1 :]])
    whole = [[None if value is None else float(round(value)) for value in row] for row in asked.costs]
    if whole != asked.costs:
        yield replace(asked, costs=whole)


def _named(asked: Question, site: str) -> bool:
    named = str(asked.conditions) + str(
        [value for value in asked.options.values() if isinstance(value, dict)]
    )
    return f"'{site}'" in named


def without_row(asked: Question, row: int) -> Question:
    """The question without one demand point; later ones move up."""

    def less(values: Any) -> Any:
        return None if values is None else [*values[:row], *values[row + 1 :]]

    conditions = []
    for kind, arguments in asked.conditions:
        kept = [_moved(name, row) for name in arguments.get("demand", ()) if name != f"d{row}"]
        if kept or "demand" not in arguments:
            conditions.append((kind, arguments | ({"demand": kept} if kept else {})))
    return replace(
        asked,
        costs=less(asked.costs),
        weights=less(asked.weights),
        demands=less(asked.demands),
        demand_groups=less(asked.demand_groups),
        options={
            key: less(value) if isinstance(value, list) else value for key, value in asked.options.items()
        },
        conditions=conditions,
        states=[
            replace(state, costs=less(state.costs), weights=less(state.weights)) for state in asked.states
        ],
    )


def without_site(asked: Question, site: int) -> Question:
    """The question without one site; later ones move up."""

    def less(values: Any) -> Any:
        return None if values is None else [*values[:site], *values[site + 1 :]]

    def columns(rows: Any) -> Any:
        return [less(row) for row in rows]

    conditions = [
        (
            kind,
            {
                key: [_moved(name, site) for name in value]
                if key in ("sites", "partners")
                else (_moved(value, site) if key == "site" else value)
                for key, value in arguments.items()
            },
        )
        for kind, arguments in asked.conditions
    ]
    options = {
        key: {_moved(name, site): value for name, value in given.items()}
        if isinstance(given, dict)
        else given
        for key, given in asked.options.items()
    }
    return replace(
        asked,
        costs=columns(asked.costs),
        roles=less(asked.roles),
        capacities=less(asked.capacities),
        fixed_costs=less(asked.fixed_costs),
        groups=less(asked.groups),
        site_values=less(asked.site_values),
        site_costs=None if asked.site_costs is None else columns(less(asked.site_costs)),
        conditions=conditions,
        options=options,
        states=[replace(state, costs=columns(state.costs)) for state in asked.states],
    )


def _moved(name: str, gone: int) -> str:
    number = int(name[1:])
    return name if number < gone else f"{name[0]}{number - 1}"
