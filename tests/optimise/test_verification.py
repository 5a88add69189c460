"""What an answer may be: every choice of sites judged by the words of its roles, numbers, budget and conditions."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimise import DifferentFrom, OnlyWith, PlacementProblem, ProblemError, Separation, SiteCount, Together
from optimise.placed import Placed
from optimise.verification import keeps_limits, keeps_site_limits

#: Minutes between the sites: one and three are near each other, one way; the groups of the four.
APART = np.array([[0, 10, 11, 60], [30, 0, 20, 9.5], [12, 15, 0, 40], [60, 25, 10, 0]])
GROUPS = "aabb"
ROLES = ("existing", "required", "candidate", "forbidden")
_SITES = st.integers(0, 3)


def condition():
    """A rule of sites, as plain words and as the package has it."""
    pairs = st.tuples(_SITES, _SITES).filter(lambda pair: pair[0] != pair[1])
    return st.one_of(
        pairs.map(lambda pair: ("only with", pair, OnlyWith(pair[0], (pair[1],)))),
        pairs.map(lambda pair: ("together", pair, Together(pair))),
        pairs.map(lambda pair: ("at most one", pair, SiteCount(pair, at_most=1))),
        pairs.map(lambda pair: ("at least one", pair, SiteCount(pair, at_least=1))),
        pairs.map(lambda pair: ("one closed", pair, DifferentFrom(pair))),
        st.just(("one of a", (0, 1), SiteCount(group="a", at_least=1))),
        st.just(("none near", (1, 3), Separation(10))),
    )


def keeps(kind: str, pair: tuple[int, int], opened: set[int]) -> bool:
    first, second = (site in opened for site in pair)
    return {
        "only with": second or not first,
        "together": first == second,
        "at most one": not (first and second),
        "at least one": first or second,
        "one closed": not (first and second),
        "one of a": first or second,
        "none near": not (first and second),
    }[kind]


@settings(max_examples=300)
@given(
    roles=st.lists(st.sampled_from(ROLES), min_size=4, max_size=4),
    prices=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    p=st.none() | st.integers(1, 4),
    budget=st.none() | st.integers(0, 6),
    moves=st.none() | st.integers(0, 2),
    rules=st.lists(condition(), max_size=2),
)
def test_every_choice_of_sites_is_judged_by_its_words(roles, prices, p, budget, moves, rules):
    try:
        problem = PlacementProblem(
            np.ones((2, 4)),
            roles=roles,
            fixed_costs=prices,
            p=p,
            budget=budget,
            max_moves=moves,
            site_costs=APART,
            groups=GROUPS,
            conditions=[rule for _, _, rule in rules],
        )
    except ProblemError:
        assume(False)
    # With moves alone as many are open as today.
    today = sum(role in {"existing", "required"} for role in roles)
    number = today if p is None and moves is not None else p
    for bits in product((False, True), repeat=4):
        opened = {site for site in range(4) if bits[site]}
        closed_today = [site for site in range(4) if roles[site] == "existing" and site not in opened]
        right = (
            all(site in opened for site in range(4) if roles[site] == "required")
            and not any(site in opened for site in range(4) if roles[site] == "forbidden")
            and len(closed_today) <= (moves or 0)
            and (number is None or len(opened) == number)
            and (
                budget is None or sum(prices[site] for site in opened if roles[site] != "existing") <= budget
            )
        )
        rule_kept = all(keeps(kind, pair, opened) for kind, pair, _ in rules)
        sites = np.array(bits)
        assert keeps_site_limits(problem, sites, ()) is right
        assert keeps_site_limits(problem, sites, problem.conditions) is (right and rule_kept)
        placed = Placed(sites, np.full(2, -1, dtype=np.int64))
        assert keeps_limits(problem, placed) is (right and rule_kept)


@given(
    st.lists(st.lists(st.none() | st.floats(0, 900), min_size=2, max_size=2), min_size=1, max_size=5),
    st.data(),
)
def test_the_longest_way_and_the_groups_of_people(minutes, data):
    costs = np.array([[np.nan if one is None else one for one in row] for row in minutes])
    labels = data.draw(st.lists(st.sampled_from("abc"), min_size=len(minutes), max_size=len(minutes)))
    problem = PlacementProblem(costs, p=1, demand_groups=labels)
    assert problem.longest_min == max((one for row in minutes for one in row if one is not None), default=0.0)
    seen: list[str] = []
    for label in labels:
        if label not in seen:
            seen.append(label)
    assert problem.demand_group_numbers.tolist() == [seen.index(label) for label in labels]
    assert {label: rows.tolist() for label, rows in problem.demand_group_rows.items()} == {
        label: [row for row, own in enumerate(labels) if own == label] for label in seen
    }
    assert PlacementProblem(costs, p=1).demand_group_numbers.tolist() == []
