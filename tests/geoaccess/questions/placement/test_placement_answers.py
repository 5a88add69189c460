"""What a board asks beside the sites: promises, money, moves, gains, alternatives, order, fairness, years."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.frontier.answer import frontier
from geoaccess.questions.placement import ConflictError
from geoaccess.questions.placement.alternatives import (
    alternatives_table,
    answers,
    fairness_table,
    order_table,
    values_table,
)
from geoaccess.questions.placement.question import parse_guarantee


def add(folder, text):
    path = folder / "study.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def in_stations(folder, line):
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("sites = 1\n", f"sites = 1\n{line}\n", 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "minutes", "share", "by", "municipalities"),
    [
        ("60", 60, 1, "all", ()),
        ("30:90%", 30, 0.9, "all", ()),
        ("12.5@Far", 12.5, 1, "municipality", ("0202",)),
        ("60@0303", 60, 1, "municipality", ("0303",)),
        ("45:50%@each", 45, 0.5, "municipality", ()),
    ],
)
def test_promises_as_typed(fjord, text, minutes, share, by, municipalities):
    promise = parse_guarantee(ga.load_study(fjord), text)
    assert (promise.minutes, promise.share, promise.by) == (minutes, share, by)
    assert promise.municipalities == municipalities


@pytest.mark.parametrize("text", ["", "soon", "60:200%", "60:0%", "-5", "60@"])
def test_promises_that_are_none(fjord, text):
    with pytest.raises(DataError, match="write a guarantee"):
        parse_guarantee(ga.load_study(fjord), text)


def test_a_promise_to_a_municipality_that_does_not_exist(fjord):
    with pytest.raises(UnknownNameError, match="Atlantis"):
        parse_guarantee(ga.load_study(fjord), "60@Atlantis")
    in_stations(fjord, 'guarantees = [{ minutes = 60, municipalities = ["9999"] }]')
    with pytest.raises(DataError, match="9999"):
        ga.place(fjord, "stations")


def test_what_conflicts_and_what_can_be_kept(fjord, capsys):
    # One new station cannot reach both the island and West within ten minutes.
    arguments = ["place", str(fjord), "stations", "--guarantee", "10@Island", "--guarantee", "10@Town"]
    assert run(arguments) == 4
    told = capsys.readouterr().err
    assert "exactly 1 new site" in told
    assert "guarantee 10 min for Island" in told
    assert "2 new sites instead of 1" in told
    assert run([*arguments, "--json"]) == 4
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "infeasible"
    wishes = {wish for conflict in answer["conflicts"] for wish in conflict["wishes"]}
    # Irreducible: nothing of the people in Town itself, whom today's station serves.
    assert "guarantee 10 min for Town" not in wishes
    assert len(answer["nearest"]) == 1
    assert run([*arguments, "--sites", "2"]) == 0


def test_a_hopeless_promise_is_told_with_the_fastest_possible(fjord):
    add(
        fjord,
        """
[placements.far]
title = "far"
facility = "station"
candidates = "facilities"
candidate_kinds = ["hospital"]
sites = 1
parts = { mobilise = 2 }
""",
    )
    study = ga.load_study(fjord)
    # West is 60 minutes from Town's station, and by the ferry 55 from Færøy's hospital.
    with pytest.raises(ConflictError) as caught:
        ga.place(study, "far", guarantees=[parse_guarantee(study, "30@Town")])
    (conflict,) = caught.value.conflicts
    assert conflict.wishes == ("guarantee 30 min for West (Town)",)
    assert conflict.reason == "fastest possible is 57"
    (instead,) = caught.value.given_up
    assert instead.instead_min == pytest.approx(57)
    kept = ga.place(study, "far", guarantees=[parse_guarantee(study, "57@Town")])
    assert kept.chosen["site_id"].tolist() == ["at:h2"]


@pytest.mark.parametrize(
    ("promise", "reason"),
    [("1:50%@Town", "fastest possible is 3"), ("60:50%@Island", "no site can be reached")],
)
def test_a_median_that_no_site_could_keep(fjord, promise, reason):
    add(
        fjord,
        """
[placements.far]
title = "far"
facility = "station"
candidates = "facilities"
candidate_kinds = ["hospital"]
sites = 1
parts = { mobilise = 2 }
""",
    )
    study = ga.load_study(fjord)
    with pytest.raises(ConflictError) as caught:
        ga.place(study, "far", guarantees=[parse_guarantee(study, promise)])
    (conflict,) = caught.value.conflicts
    assert conflict.reason == reason
    assert conflict.wishes[0].startswith("median of")


def test_a_share_within_a_time_is_kept_or_named(fjord):
    study = ga.load_study(fjord)
    kept = ga.place(study, "stations", guarantees=[parse_guarantee(study, "20:88%")])
    minutes = kept.demand["after_min"].to_numpy()
    assert study.weight()[minutes <= 20].sum() >= 0.88 * 1357
    with pytest.raises(ConflictError, match="95% of all people within 20 min"):
        ga.place(study, "stations", sites=0, guarantees=[parse_guarantee(study, "20:95%")])


def test_an_unreachable_person_is_no_error_unless_a_promise_names_them(fjord):
    study = ga.load_study(fjord)
    assert ga.place(study, "stations", sites=0).account["persons_unreachable"] == 7
    with pytest.raises(ConflictError, match="Island"):
        ga.place(study, "stations", sites=0, guarantees=[parse_guarantee(study, "600")])


def test_a_budget_buys_what_it_can_and_more_never_hurts(fjord):
    in_stations(fjord, "cost = 2")
    found = [ga.place(fjord, "stations", budget=budget) for budget in (0, 2, 3.5, 4, 8)]
    assert [len(result.chosen) for result in found] == [0, 1, 1, 2, 4]
    assert all(
        result.chosen["cost"].sum() <= budget for result, budget in zip(found, (0, 2, 3.5, 4, 8), strict=True)
    )
    reached = [-result.after["persons_unreachable"] for result in found]
    means = [(-people, result.after["mean_min"]) for people, result in zip(reached, found, strict=True)]
    assert means == sorted(means, reverse=True)
    assert ga.place(fjord, "stations", budget=4, sites=1).chosen["cost"].sum() == 2


def test_limits_by_group(fjord):
    in_stations(
        fjord,
        'limits = [{ at_least = 1, by = "county", name = "North" }, { at_most = 0, by = "county", name = "South" }]',
    )
    chosen = ga.place(fjord, "stations", sites=2).chosen
    counties = {"0101": "North", "0202": "North", "0303": "South"}
    assert {counties[code] for code in chosen["municipality_code"]} == {"North"}
    study = ga.load_study(fjord)
    with pytest.raises(ConflictError, match=r"(at least 1 new in North|at most 0 new in South)"):
        ga.place(study, "stations", guarantees=[parse_guarantee(study, "60@Island")])


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ('{ at_least = 1, by = "trust", name = "North" }', "no such group"),
        ('{ at_least = 1, by = "county", name = "East" }', "no such county"),
        ('{ by = "county", name = "North" }', "at_least"),
    ],
)
def test_limits_that_mean_nothing(fjord, limit, told):
    in_stations(fjord, f"limits = [{limit}]")
    with pytest.raises(DataError, match=told):
        ga.place(fjord, "stations")


def test_moves_leave_the_number_as_it_is(fjord):
    moved = ga.place(fjord, "stations", max_moves=1)
    assert len(moved.solution.chosen) == 1
    assert ga.place(fjord, "stations", max_moves=0).chosen.empty
    add(fjord, '\n[placements.free]\ntitle = "free"\nfacility = "station"\nexisting = "may_close"\n')
    with pytest.raises(DataError, match="no moves"):
        ga.place(fjord, "free", max_moves=1)


def test_sites_that_may_close_count_in_the_frontier_as_in_place(fjord):
    add(
        fjord,
        '\n[placements.free]\ntitle = "free"\nfacility = "station"\nexisting = "may_close"\nparts = { go = 2 }\n',
    )
    rows = frontier(fjord, "free", [0, 1, 2]).rows
    for row in rows.to_dict(orient="records"):
        assert row["mean_min"] == pytest.approx(ga.place(fjord, "free", sites=row["sites"]).after["mean_min"])


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"sites": 0},
        {"objective": "mclp"},
        {"objective": "p-center"},
        {"max_moves": 1},
        {"unreached_min": 200.0},
        {"scenario": "slow-no-ferry"},
    ],
)
def test_people_reconcile(fjord, asked):
    result = ga.place(fjord, "stations", **asked)
    account = result.account
    assert account["persons"] == 1357
    parts = [
        account[f"persons_{name}"] for name in ("served", "unreachable", "over_capacity", "beyond_threshold")
    ]
    assert sum(parts) == pytest.approx(1357)
    rows = result.municipalities
    kinds = ["gain", "lose", "unchanged", "newly_reached", "no_longer_reached"]
    told = rows[[f"persons_{name}" for name in kinds]].sum(axis=1)
    assert told.to_numpy() == pytest.approx(rows["persons"].to_numpy())
    net = rows["person_min_gained"] - rows["person_min_lost"]
    assert net.to_numpy() == pytest.approx(rows["gain_person_min"].to_numpy(), abs=1e-9)


def test_coverage_calls_beyond_whom_a_site_that_may_be_opened_reaches(fjord):
    result = ga.place(fjord, "stations", objective="mclp", sites=0)
    # Town within 12 minutes; West, East and Færøy beyond; so is the island, which a site that may be opened reaches.
    assert result.account == {
        "persons": 1357,
        "persons_served": 1000,
        "persons_unreachable": 0,
        "persons_over_capacity": 0,
        "persons_beyond_threshold": 357,
    }
    assert result.after["persons_unreachable"] == 7


def test_alternatives_differ_and_are_within_the_loss(fjord):
    result = ga.place(fjord, "stations", sites=2, unreached_min=100)
    found = alternatives_table(result, count=10, within=0.5, differ=1)
    assert found["rank"].tolist() == list(range(1, len(found) + 1))
    assert found["loss"].is_monotonic_increasing
    assert (found["loss"] <= 0.5).all()
    assert (found["status"] == "optimal").all()
    assert found["sites"].is_unique
    # All pairs of the four candidates are better or worse in a known order: none within the loss is left out.
    every = []
    study = ga.load_study(fjord)
    minutes = result.solution.problem.costs
    for first in range(1, 5):
        for second in range(first + 1, 5):
            every.append(np.average(minutes[:, [0, first, second]].min(axis=1), weights=study.weight()))
    within = [value for value in every if value <= min(every) * 1.5 + 1e-9]
    assert found["objective"].tolist() == pytest.approx(sorted(within))
    apart = alternatives_table(result, count=10, within=1.0, differ=2)
    best = set(apart["sites"].iloc[0].split(", "))
    assert all(len(best - set(sites.split(", "))) == 2 for sites in apart["sites"].iloc[1:])


def test_build_order_ends_with_the_answer_and_regrets_are_none_below_zero(fjord):
    result = ga.place(fjord, "stations", sites=3, unreached_min=100)
    table, remark = order_table(result)
    assert table["step"].tolist() == [1, 2, 3]
    assert table["optimal_objective"].iloc[-1] == pytest.approx(result.solution.objective)
    assert (table[["nested_regret", "greedy_regret"]] >= 0).all(axis=None)
    assert table["nested_regret"].max() <= table["greedy_regret"].max() + 1e-12
    assert "every optimum proven" in remark
    with pytest.raises(DataError, match="no new sites"):
        order_table(ga.place(fjord, "stations", sites=0))


def test_the_price_of_fairness_is_paid_by_the_mean(fjord):
    result = ga.place(fjord, "stations", sites=2)
    table = fairness_table(result)
    assert table["aim"].iloc[0] == "least mean"
    assert table["price"].iloc[0] == 0
    assert (table["price"] >= -1e-9).all()
    curve = table[table["aim"].str.startswith(("least mean", "nobody above"))]
    assert curve["worst_min"].is_monotonic_decreasing
    assert curve["mean_min"].is_monotonic_increasing
    longest = ga.place(fjord, "stations", sites=2, objective="p-center").solution.objective
    assert longest == pytest.approx(curve["worst_min"].min())
    (most,) = table[table["aim"].str.startswith("95 %")].to_dict(orient="records")
    within = ga.place(fjord, "stations", sites=2, objective="partial-p-center").solution.objective
    assert f"within {within:.0f} min" in most["aim"]
    assert most["price"] >= 0
    with pytest.raises(DataError, match="least mean"):
        fairness_table(ga.place(fjord, "stations", objective="mclp"))


def test_values_of_sites(fjord):
    result = ga.place(fjord, "stations", sites=2)
    table = values_table(result).set_index("site_id")
    assert set(table.index) == {"s1", *result.chosen["site_id"]}
    assert table.loc["s1", "is_new"] == "no"
    for row in result.chosen.itertuples():
        assert table.loc[row.site_id, "persons_lost"] == pytest.approx(row.persons_unreached_without)
        if not math.isnan(row.mean_without_min):
            assert table.loc[row.site_id, "objective_without"] == pytest.approx(row.mean_without_min)


def test_the_command_tells_and_saves_further_answers(fjord, tmp_path, capsys):
    target = tmp_path / "run"
    arguments = ["place", str(fjord), "stations", "--sites", "2", "--alternatives", "3", "--within", "50%"]
    arguments += ["--different", "1", "--value", "--order", "--fairness", "-o", str(target)]
    assert run(arguments) == 0
    told = capsys.readouterr().out
    for title in ("Next best placements", "What each site is worth", "Build order", "What fairness costs"):
        assert title in told
    saved = load_answer(target)
    assert {"alternatives", "site_values", "build_order", "price_of_fairness"} <= set(saved.tables)
    assert run([*arguments, "--overwrite", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["model"] == "p-median"
    assert answer["bound"] == answer["lower_bound"]
    assert len(answer["build_order"]) == 2
    assert answer["account"]["persons"] == 1357


def test_few_alternatives_are_said_to_be_few(fjord):
    found = answers(ga.place(fjord, "stations"), alternatives=9, within=0.0, different=1)
    assert any("alternatives differ" in remark for remark in found.remarks)


def test_the_objective_of_the_command_line_counts(fjord, capsys):
    assert run(["place", str(fjord), "stations", "--objective", "p-center", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "p-center"
    assert run(["place", str(fjord), "stations", "--objective", "p-mean"]) == 2
    assert run(["place", str(fjord), "stations", "--within", "much"]) == 2


def test_people_of_another_year(fjord, capsys):
    assert run(["place", str(fjord), "stations", "--year", "2040"]) == 3
    assert "2040" in capsys.readouterr().err
    (fjord / "projection.csv").write_text(
        "region;alder;2026;2040\n0101 Town;0+;1100;500\n0202 Far;0+;250;5000\n0303 Island;0+;7;7\n",
        encoding="utf-8",
    )
    path = fjord / "study.toml"
    section = '[demand.projection]\ntable = "projection.csv"\nsource = "invented"\nages = { people = "0+" }\nunchanged = ["old"]\n\n[municipalities]'
    text = path.read_text(encoding="utf-8").replace("[municipalities]", section, 1)
    path.write_text(text, encoding="utf-8")
    later = ga.place(fjord, "stations", year=2040, unreached_min=200)
    assert later.account["persons"] == pytest.approx(5507)
    assert later.chosen["municipality_code"].tolist() == ["0202"]
    assert later.to_dict()["year"] == 2040


def test_whoever_counts_as_minutes_is_still_told_as_reached_or_not(fjord):
    plain = ga.place(fjord, "stations", sites=0)
    counted = ga.place(fjord, "stations", sites=0, unreached_min=20)
    # Ways of an hour and more count as 20 minutes in the objective, and stay what they are in the tables.
    assert counted.demand["after_min"].tolist() == pytest.approx(
        plain.demand["after_min"].tolist(), nan_ok=True
    )
    assert counted.account == plain.account
    assert counted.after == pytest.approx(plain.after)
    persons = np.asarray([1000, 100, 50, 200, 7])
    assert counted.solution.objective == pytest.approx(persons @ [3, 20, 20, 20, 20] / 1357)


def test_people_without_room_cannot_count_as_minutes(fjord):
    in_stations(fjord, "units = { persons_per_unit = 100 }")
    with pytest.raises(DataError, match="want of room"):
        ga.place(fjord, "stations", objective="capacitated-p-median", unreached_min=60)


def test_the_unreached_cannot_seem_to_be_within_a_promise(fjord):
    study = ga.load_study(fjord)
    with pytest.raises(DataError, match="seem to be within"):
        ga.place(study, "stations", unreached_min=60, guarantees=[parse_guarantee(study, "60")])


def test_covering_everybody_finds_the_number_itself(fjord):
    result = ga.place(fjord, "stations", objective="lscp")
    # West within 12 minutes of a town class, East, Færøy and the island within 25: no two share a station.
    assert len(result.chosen) == 4
    assert result.after["share_within_class_threshold"] == 1
