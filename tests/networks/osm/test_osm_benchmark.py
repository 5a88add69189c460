"""The benchmark's large file: copies side by side, each a whole network of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csgraph

from networks.osm import build_network

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "osm_reading.py"


@pytest.fixture(scope="module")
def benchmark_script():
    spec = importlib.util.spec_from_file_location("osm_reading", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPT.parent))
        spec.loader.exec_module(module)
    return module


@pytest.mark.shared
def test_copies_are_whole_networks_side_by_side(shared, tmp_path, benchmark_script):
    source, copies = shared / "osm" / "helsinki-centre.osm.pbf", tmp_path / "copies.osm.pbf"
    benchmark_script.replicate(source, copies, 3)
    one, three = build_network(source, country="FI"), build_network(copies, country="FI")
    assert three.n_nodes == 3 * one.n_nodes
    assert three.n_edges == 3 * one.n_edges
    assert three.moving_s.sum() == pytest.approx(3 * one.moving_s.sum(), rel=1e-6)
    parts = csgraph.connected_components(three.search_graph, connection="weak")[0]
    assert parts == 3 * csgraph.connected_components(one.search_graph, connection="weak")[0]
    assert np.ptp(three.lat) == pytest.approx(np.ptp(one.lat))


@pytest.mark.shared
def test_what_is_no_road_fills_a_file_and_changes_no_road(shared, tmp_path, benchmark_script):
    source = shared / "osm" / "helsinki-centre.osm.pbf"
    plain, filled = tmp_path / "plain.osm.pbf", tmp_path / "filled.osm.pbf"
    assert benchmark_script.replicate(source, plain, 2) == 0
    assert benchmark_script.replicate(source, filled, 2, megabytes=3.0) > 0
    assert 3.0e6 <= filled.stat().st_size < 3.6e6
    two, same = build_network(plain, country="FI"), build_network(filled, country="FI")
    for name in ("moving_s", "length_m"):
        np.testing.assert_array_equal(getattr(two, name), getattr(same, name))


@pytest.mark.shared
def test_a_loader_is_measured_and_a_missing_one_named(shared, benchmark_script):
    source = shared / "osm" / "fiji-ferry.osm.pbf"
    found = benchmark_script.measure(sys.executable, source, benchmark_script.PYOSMIUM, 60.0)
    assert found["cpu_s"] > 0
    assert found["peak_mb"] > 20
    assert "ways" in found["result"]
    missing = benchmark_script.measure(sys.executable, source, "import no_such_loader", 60.0)
    assert "no_such_loader" in missing["error"]


def test_the_script_explains_itself():
    done = subprocess.run([sys.executable, str(SCRIPT), "--help"], capture_output=True, text=True, check=True)
    assert "--copies" in done.stdout
