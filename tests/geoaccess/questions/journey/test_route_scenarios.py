"""A journey in a scenario: of a study by name, of a network file by a TOML file."""

from __future__ import annotations

import json

import pytest

from geoaccess.cli.app import run


@pytest.fixture
def route(capsys):
    def call(*arguments):
        code = run(["route", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def minutes(told):
    return json.loads(told[1])["travel_time_min"]


def test_a_journey_in_a_scenario_of_the_study(route, fjord):
    base = route(fjord, "Town", "East", "--json")
    slow = route(fjord, "Town", "East", "--scenario", "slow", "--json")
    # 60 km of road at half the speed, the ferry as before.
    assert minutes(base) == pytest.approx(60 + 25)
    assert minutes(slow) == pytest.approx(120 + 25)
    assert json.loads(slow[1])["overlays"] == ["slow: speed factors"]
    assert "network: slow: speed factors" in slow[2]
    assert minutes(route(fjord, "Town", "East", "--scenario", "base", "--json")) == minutes(base)


def test_why_there_is_no_way_is_said(route, fjord):
    code, out, err = route(fjord, "Town", "East", "--scenario", "no-ferry")
    assert (code, out) == (1, "")
    assert "network: no-ferry: links out (ab)" in err
    assert "no way from Town to East" in err
    code, _, err = route("nord-norge", "Akkarfjord", "Hammerfest")
    assert code == 1
    assert "no car deck, closed to vehicles: Hammerfest-Akkarfjord" in err


def test_a_scenario_that_is_not_there(route, fjord):
    code, _, err = route(fjord, "Town", "East", "--scenario", "slwo")
    assert code == 2
    assert "did you mean 'slow'" in err


def test_a_network_file_takes_a_file_of_a_scenario(route, fjord, tmp_path, capsys):
    net, file = tmp_path / "net.net", tmp_path / "half.toml"
    assert run(["network", "build", str(fjord), "-o", str(net), "-q"]) == 0
    capsys.readouterr()
    file.write_text('speed_factors = { "*" = 0.5 }\n', encoding="utf-8")
    base = minutes(route(net, "Town", "West", "--json"))
    assert base == pytest.approx(60)
    assert minutes(route(net, "Town", "West", "--scenario", file, "--json")) == pytest.approx(120)
    code, _, err = route(net, "Town", "West", "--scenario", tmp_path / "none.toml")
    assert code == 3
    assert "none.toml" in err
