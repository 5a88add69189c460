"""The public surface is what this file says; importing it starts nothing and prints nothing."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import measure

DOCS = Path(__file__).resolve().parents[2] / "geoaccess" / "docs"

SURFACE = {
    "geoaccess": """
        Accessibility PlacementResult Study accessibility compare_runs frontier load_study losses minutes nearest place place_robust
        save_map travel_times
    """,
    "networks": """
        BuildReport Change CheckReport Closure Components Convoy Craft CrsError DayDepartures EdgeFactors
        EdgeGeometry EdgeSelection Fault Ferries FerryConditions FerryService FerryState FerryTimes Finding
        GtfsFerries Labels Leg Limits NetworkChanges NetworkDataError NetworkFileError NetworksError
        OfflineError Overlay Route SeaGrid SnappedPoints SpeedFactors SpeedTable TimedRoute
        Transfers TransportResult TravelNetwork TravelTimeLegs TravelTimeRaster UnknownPlaceError
        apply_overlays at_nodes build_network check_network compare_networks craft_minutes each_road_once
        emergency ferry_states ferry_times find_components find_node flooded from_networkx from_osmnx
        isochrone_areas links_out load_extras load_network nearest network_from_edges network_from_links
        node_name pass_closed read_gtfs_ferries read_link_folder remove_overlays road_closed route
        route_by_clock route_line save_network save_raster sea_minutes sea_path snap to_igraph to_networkx
        to_osmnx transfers transport_minutes travel_time_legs travel_time_matrix travel_time_raster winter
    """,
    "optimise": """
        BuildOrder Change ClosesAfter Condition Conflict DatedPlan DifferentFrom FairnessPoint Fault
        FrontierPoint GivenUp Limits MODELS OnlyWith OptimiseError Period PlacementProblem PlacementProgram
        PlannedDate ProblemError Relaxation RobustSolution Role Scenario ScenarioResult Sense Separation
        ShareWithin SiteCount SiteValue Solution SolverError Status Together UnknownModelError
        Unserved Verification Within alternatives build_order busy_fraction compare_by_group compare_minutes
        erlang_loss for_each_group frontier nearest_relaxation not_both occupancy price_of_fairness
        servers_for_loss servers_for_occupancy site_values solve solve_plan solve_robust verify year_by_year
    """,
    "maps": """
        AreaLayer Basemap Column ExternalAddressError FlowLayer Hatching Headline Hours KnownAnswer Language
        LineKind LineLayer MapDataError MapDocument MapError MapFileError MapName Palette PointLayer Proof
        ProofStatus Scale Series Shape SiteLayer SiteLimit SitePromise SiteRole SiteState TableView Tiles View ViewControl
        WhatIf land render_map write_map
    """,
}


@pytest.mark.parametrize("package", SURFACE)
def test_the_public_names_are_these(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(module.__all__) == sorted(SURFACE[package].split())
    for name in module.__all__:
        assert getattr(module, name).__doc__


@pytest.mark.parametrize("package", ["geoaccess", "networks", "optimise", "maps"])
def test_every_public_name_exists_and_is_documented(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    undocumented = [name for name in module.__all__ if not getattr(module, name).__doc__]
    assert undocumented == []


@pytest.mark.parametrize("package", SURFACE)
def test_the_documentation_has_these_names_and_no_others(package: str) -> None:
    page = (DOCS / "reference" / "names.md").read_text(encoding="utf-8")
    part = page.split(f"## {package}\n")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", part, flags=re.MULTILINE)) == sorted(SURFACE[package].split())


@pytest.mark.parametrize(
    ("package", "name", "home"),
    [
        ("networks", "Topology", "networks.topology"),
        ("networks", "GtfsFerry", "networks.osm.gtfs"),
        ("networks", "SnapIndex", "networks.snapping"),
        ("optimise", "Step", "optimise.orders"),
        ("optimise", "Timings", "optimise.status"),
    ],
)
def test_a_retired_name_is_found_with_a_warning_that_says_where_it_is(
    package: str, name: str, home: str
) -> None:
    module = importlib.import_module(package)
    with pytest.warns(DeprecationWarning, match=rf"{package}\.{name} is {home}\.{name}") as warned:
        found = getattr(module, name)
    assert found is getattr(importlib.import_module(home), name)
    assert warned[0].filename == __file__
    assert name not in module.__all__


@pytest.mark.parametrize("package", ["geoaccess", "networks", "optimise", "maps"])
def test_importing_prints_nothing_and_starts_nothing(package: str) -> None:
    code = f"import {package}, sys, threading; sys.exit(threading.active_count() - 1 + ('rasterio' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_house_meets_the_reference_values() -> None:
    house = measure.measure()
    assert max(house.module_lines) < 700
    assert sorted(house.body_lines)[int(0.9 * len(house.body_lines))] <= 30
    assert house.documented[0] == house.documented[1]
    assert house.typed[0] == house.typed[1]
    assert house.property_tests > 100
