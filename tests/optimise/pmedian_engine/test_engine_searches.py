"""What closes a core: the tree, the shares of its parts, the radius program and covers, against every choice."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from core_cases import core_of, cores, least, value
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.compiled import needs_compilation
from optimise.pmedian_engine.components import Sharing, _share_out, split
from optimise.pmedian_engine.core import Proof
from optimise.pmedian_engine.radius_model import Coverage, cover, radius_program, solve_radius
from optimise.pmedian_engine.run import Precision, Run
from optimise.pmedian_engine.searching import Search
from optimise.pmedian_engine.tree import Tree

FEW = settings(max_examples=25)
WHOLE = Precision(1.0, 0.0, 1e-9)  # costs are whole numbers
ROUGH = Precision(0.0, 1e-7, 1e-9)


def run_of(limit_s: float | None = None) -> Run:
    return Run(lambda sites: math.inf, time_limit_s=limit_s)


def multipliers(core, draw):
    """Any, up to the caps: a bound must hold whatever they are."""
    return np.asarray([draw(st.floats(0.0, float(cap))) for cap in core.caps])


def with_rows(case):
    """The same case without rows that no site serves for less than the cap: a core has none."""
    dense, caps, budget = case
    kept = (dense < caps[:, None]).any(axis=1)
    return dense[kept], caps[kept], budget


def closes(found, dense, caps, budget, threshold, constant):
    """Either the best choice below the threshold, or a bound that says that there is none."""
    best = least(dense, caps, budget) + constant
    if best < threshold - 1e-6:
        assert found.value == pytest.approx(best)
        assert found.bound <= best + 1e-6
        assert len(found.sites) == budget
        assert value(dense, caps, tuple(found.sites.tolist())) + constant == pytest.approx(best)
    elif best > threshold + 1e-6:
        assert found.sites is None
        assert math.isinf(found.value)
        assert found.bound == pytest.approx(threshold)


@FEW
@given(cores(), st.integers(0, 30), st.sampled_from([0.0, 7.0, -500.0]), st.data())
@pytest.mark.parametrize("precision", [WHOLE, ROUGH], ids=["whole", "rough"])
def test_every_way_to_close_a_core_finds_the_best_below_the_threshold(precision, case, above, constant, data):
    dense, caps, budget = with_rows(case)
    if not len(dense):
        return
    core = core_of(dense, budget, caps, constant)
    threshold = least(dense, caps, budget) + constant + above / 2 - 4.25
    u = multipliers(core, data.draw)
    run = run_of()
    tree = Tree(core, u.copy(), threshold, run, precision, 3)
    assert tree.search(math.inf) is True
    assert tree.done == pytest.approx(1.0)  # all of the choices have been looked at
    best = least(dense, caps, budget) + constant
    assert tree.bound == (precision.below(best) if best < threshold else threshold)
    if best < threshold:
        assert tree.value == pytest.approx(best)
        assert value(dense, caps, tuple(tree.sites.tolist())) + constant == pytest.approx(best)
    else:
        assert tree.sites is None
    closes(Search(run)(core, u.copy(), threshold, precision), dense, caps, budget, threshold, constant)


def test_a_part_that_falls_apart_itself_is_as_exact_as_a_whole_one():
    """Two rows at places of their own, one of which falls apart once more, and a site that serves nobody."""
    dense = np.array([[1.0, 0.0, 0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0, 1.0, 0.0]])
    caps = np.array([3.0, 3.0])
    closes(
        Search(run_of())(core_of(dense, 4, caps, 0.0), np.zeros(2), 0.25, ROUGH), dense, caps, 4, 0.25, 0.0
    )


@pytest.mark.parametrize("rows", [0, 1], ids=["no-row", "a-row-that-costs-nothing-more"])
def test_a_core_that_no_row_asks_anything_of_ends(rows):
    """Sites to choose among, and nothing that tells them apart: any choice, at once (it was bounded for ever)."""
    core = core_of(np.zeros((rows, 5)), 2, np.ones(rows), 10.0)
    found = Search(run_of())(core, np.ones(rows), 10.75, ROUGH)
    assert found.value == 10.0
    assert len(found.sites) == 2
    assert Search(run_of())(core, np.ones(rows), 9.5, ROUGH).sites is None


@settings(max_examples=12)
@given(cores(), st.integers(0, 30), st.sampled_from([0.0, 7.0, -500.0]))
def test_the_radius_program_finds_the_best_below_the_threshold(case, above, constant):
    dense, caps, budget = with_rows(case)
    if not len(dense):
        return
    core = core_of(dense, budget, caps, constant)
    threshold = least(dense, caps, budget) + constant + above / 2 - 4.25
    closes(solve_radius(core, threshold, run_of(), WHOLE), dense, caps, budget, threshold, constant)
    best = min(combinations(range(core.n_sites), budget), key=lambda some: value(dense, caps, some))
    start = np.isin(np.arange(core.n_sites), best)
    closes(solve_radius(core, threshold, run_of(), ROUGH, start), dense, caps, budget, threshold, constant)


def test_one_variable_stands_for_a_set_of_sites_that_several_rows_have():
    """Two rows with the same nearest sites, one of them with a third: {0}, {0, 1} and {0, 1, 2}."""
    dense = np.asarray([[1.0, 3.0, 9.0], [2.0, 4.0, 5.0]])
    program, opened = radius_program(core_of(dense, 1, np.asarray([9.0, 9.0])))
    names = {variable.name for variable in program.variables()}
    assert len(opened) == 3
    assert names == {"open_0", "open_1", "open_2", "beyond_0", "beyond_1", "beyond_2"}
    assert program.objective.constant == 3.0  # what the nearest sites cost
    steps = {variable.name: rise for variable, rise in program.objective.items()}
    assert steps == {"beyond_0": 4.0, "beyond_1": 7.0, "beyond_2": 4.0}  # 3-1 + 4-2; 9-3 + 5-4; 9-5


# Parts


@st.composite
def archipelagos(draw):
    """Two or three cores that share no site, as one, with sites that serve nobody beside them."""
    parts = [with_rows(draw(cores())) for _ in range(draw(st.integers(2, 3)))]
    parts = [part for part in parts if len(part[0])]
    n = sum(len(part[0]) for part in parts)
    m = sum(part[0].shape[1] for part in parts) + draw(st.integers(0, 2))
    dense, caps, row, site = np.full((n, m), 1e6), np.zeros(n), 0, 0
    for own, limits, _ in parts:
        dense[row : row + len(own), site : site + own.shape[1]] = own
        caps[row : row + len(own)] = limits
        row, site = row + len(own), site + own.shape[1]
    moved = draw(st.permutations(range(m)))
    return dense[:, moved], caps, draw(st.integers(0, min(m, 4)))


@FEW
@given(archipelagos())
def test_a_core_is_split_where_no_site_links_its_rows(case):
    dense, caps, budget = case
    core = core_of(dense, budget, caps)
    u = caps * np.arange(len(caps)) / len(caps)
    parts, idle = split(core, u)
    graph = nx.Graph()
    graph.add_nodes_from(("site", site) for site in range(core.n_sites))
    near = dense < caps[:, None]
    graph.add_edges_from((("row", row), ("site", site)) for row, site in np.argwhere(near).tolist())
    told = [
        {number for kind, number in group if kind == "site"}
        for group in nx.connected_components(graph)
        if any(kind == "row" for kind, _ in group)
    ]
    assert sorted(map(sorted, told)) == sorted(sorted(part.core.origin.tolist()) for part in parts)
    assert sorted(idle.tolist()) == np.flatnonzero(~near.any(axis=0)).tolist()
    assert sum(part.core.n_rows for part in parts) == len(caps)
    for part in parts:
        rows = np.flatnonzero(near[:, part.core.origin].any(axis=1))
        assert part.multipliers.tolist() == u[rows].tolist()
        own = dense[np.ix_(rows, part.core.origin)]
        for number in range(part.core.n_sites + 1):
            best = least(own, caps[rows], number)
            assert part.lower[number] <= best + 1e-9  # whatever the multipliers were
            if number in (0, part.core.n_sites):
                assert part.lower[number] == part.upper[number] == pytest.approx(best)
                assert value(dense[rows], caps[rows], tuple(part.sites[number])) == pytest.approx(best)


@FEW
@given(archipelagos(), st.integers(0, 12), st.data())
def test_the_budget_is_shared_out_among_parts_as_the_best_choice_does(case, above, data):
    dense, caps, budget = case
    core = core_of(dense, budget, caps, constant=2.0)
    if not core.n_rows:
        return
    threshold = least(dense, caps, budget) + 2.0 + above / 2 - 2.25
    run = run_of()
    u = multipliers(core, data.draw)
    found = Sharing(core, u, threshold, run, WHOLE, Search(run)).solve()
    closes(found, dense, caps, budget, threshold, 2.0)


@pytest.mark.parametrize("constant", [0.0, -1e4, 1e4])
@pytest.mark.parametrize("piece", [2e9, 1.0], ids=["whole-nodes", "one-step-a-look"])
def test_branches_are_bounded_with_what_all_choices_cost(monkeypatch, piece, constant):
    """Prices below a price of not being served add up to less than nothing: no branch may be lost for that."""
    monkeypatch.setattr("optimise.pmedian_engine.tree._PIECE", piece)
    branched = 0
    for seed in (6, 15, 23, 34, 37, 40):
        dense = np.random.default_rng(seed).uniform(0, 60, (24, 12))
        caps = np.full(24, 1e3)
        best = least(dense, caps, 4) + constant
        tree = Tree(core_of(dense, 4, caps, constant), np.full(24, 20.0), best + 30.0, run_of(), ROUGH, 3)
        while not tree.search(math.inf, tree.nodes):  # a look at what is left after every node
            branched += 1
            assert tree.bound <= best
            assert tree.bound == -math.inf or tree.bound > constant
        assert tree.value == pytest.approx(best)
    assert branched


def test_nothing_more_is_begun_where_the_clock_ran_out_in_the_bound(monkeypatch):
    """No reduction, no parts and no tree of a core that may be large; the bound that there is stands."""
    dense, run = np.random.default_rng(3).uniform(0, 60, (24, 12)), run_of()
    search = Search(run)
    inner = search._bound

    def until_the_end(*asked):
        run.interrupted = True
        return inner(*asked)

    monkeypatch.setattr(search, "_bound", until_the_end)
    for step in ("reduce_core", "Sharing", "Tree", "solve_radius"):
        monkeypatch.setattr(f"optimise.pmedian_engine.searching.{step}", None)
    best = least(dense, np.full(24, 1e3), 4)
    found = search(core_of(dense, 4, np.full(24, 1e3), 0.0), np.full(24, 20.0), best + 30.0, ROUGH)
    assert found.sites is None
    assert 0.5 * best < found.bound <= best + 1e-9


def test_a_stopped_run_tells_a_bound_and_no_sites():
    dense = np.asarray([[1.0, 9.0], [9.0, 1.0], [4.0, 9.0]])
    core = core_of(dense, 1, np.asarray([5.0, 5.0, 5.0]))
    run = run_of()
    run.interrupted = True
    u = np.zeros(3)
    found = Sharing(core, u, 50.0, run, WHOLE, Search(run)).solve()
    assert found.sites is None
    assert found.bound <= 10.0  # the best choice: 1 + 5 + 4
    tree = Tree(core, u, 50.0, run, WHOLE, 3)
    assert tree.search(math.inf) is False
    assert tree.bound == -math.inf


@FEW
@given(st.lists(st.floats(0, 50), min_size=1, max_size=6), st.lists(st.floats(0, 50), min_size=1, max_size=6))
def test_shares_of_a_budget(sums, table):
    total, pick = _share_out(np.asarray(sums), np.asarray(table))
    for budget in range(len(sums)):
        options = [sums[budget - share] + table[share] for share in range(min(budget, len(table) - 1) + 1)]
        assert total[budget] == min(options)
        assert pick[budget] == options.index(min(options))  # of equal shares the smallest


# Covers


@FEW
@given(cores(), st.data())
def test_sites_that_serve_all_who_must_be_served_are_found_or_shown_not_to_be(case, data):
    dense, caps, budget = with_rows(case)
    if not len(dense):
        return
    core = core_of(dense, budget, caps)
    required = np.asarray(data.draw(st.lists(st.booleans(), min_size=len(dense), max_size=len(dense))))
    near = dense < caps[:, None]
    possible = [
        some
        for some in combinations(range(core.n_sites), budget)
        if near[required][:, list(some)].any(axis=1).all()
    ]
    outcome, chosen = cover(core, required, run_of())
    if possible:
        assert outcome is Coverage.FOUND
        assert tuple(np.flatnonzero(chosen).tolist()) in possible
    else:
        assert (outcome, chosen) == (Coverage.IMPOSSIBLE, None)


# What is remembered of a search


def test_the_strongest_tool_is_remembered_and_what_is_settled_needs_none():
    dense = np.asarray([[3.0, 1.0], [2.0, 5.0]])
    core = core_of(dense, 2, np.asarray([9.0, 9.0]), constant=1.0)
    search = Search(run_of())
    found = search(core, np.zeros(2), 4.5, WHOLE)
    assert (found.bound, found.sites.tolist(), found.value) == (4.0, [0, 1], 4.0)  # 1 + 1 + 2
    refused = search(core, np.zeros(2), 4.0, WHOLE)
    assert (refused.bound, refused.sites, refused.value) == (4.0, None, math.inf)
    none = search(replace(core, budget=0), np.zeros(2), 30.0, WHOLE)
    assert (none.sites.tolist(), none.value) == ([], 19.0)
    assert search.proof is Proof.LAGRANGIAN
    search._needed(Proof.MIP)
    search._needed(Proof.ENUMERATION)
    assert search.proof is Proof.MIP


@pytest.mark.parametrize(
    ("precision", "value_of", "below"),
    [
        (Precision(1.0, 0.0, 0.01), 7.0, 6.02),
        (Precision(0.0, 0.5, 0.01), 7.0, 6.5),
        (Precision(1.0, 3.0, 0.0), 7.0, 4.0),
    ],
)
def test_what_is_better_by_a_step_or_by_the_tolerance(precision, value_of, below):
    assert precision.below(value_of) == pytest.approx(below)


def test_bounds_are_rounded_down_by_what_they_may_be_off_and_then_up_to_a_step():
    assert Precision(1.0, 0.0, 0.01).proven(6.2) == 7.0
    assert Precision(1.0, 0.0, 0.01).proven(6.005) == 6.0  # it may be 5.995
    assert Precision(0.5, 0.0, 0.01).proven(6.2) == 6.5
    assert Precision(0.0, 0.1, 0.25).proven(6.0) == 5.75
    assert Precision(1.0, 0.0, 0.01).proven(math.inf) == math.inf
    assert Precision(1.0, 0.6, 0.3).shared(3) == Precision(1.0, pytest.approx(0.2), pytest.approx(0.1))


def test_a_run_keeps_the_best_and_its_bound_never_passes_it():
    told = []
    run = Run(lambda sites: float(sites.sum()), on_progress=lambda *figures: told.append(figures[:3]))
    assert run.offer(np.asarray([5, 3])) is True
    assert run.sites.tolist() == [3, 5]
    assert run.offer(np.asarray([4, 4])) is False  # no better
    run.raise_bound(6.0)
    run.raise_bound(2.0)
    with run.timed("polish"):
        run.raise_bound(11.0)
    assert (run.best, run.bound, run.stage) == (8.0, 8.0, "start")
    assert told == [(8.0, -math.inf, "start"), (8.0, 6.0, "start"), (8.0, 8.0, "polish")]
    assert list(run.stages) == ["polish"]
    assert run.stopped is False
    assert run_of(0.0).stopped is True
    assert run_of().seconds_left == math.inf


def test_kernels_say_whether_they_must_be_compiled_first():
    assert needs_compilation(_share_out) is False  # it has run above
