"""The benchmark itself: it runs on small graphs, and says which engines are missing."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csgraph

HERE = Path(__file__).resolve().parent


def load_graphs():
    specification = importlib.util.spec_from_file_location("benchmark_graphs", HERE / "graphs.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["benchmark_graphs"] = module
    specification.loader.exec_module(module)
    return module


def test_graphs_are_the_same_from_the_same_seed_and_road_like() -> None:
    graphs = load_graphs()
    one, same, other = (graphs.road_like(4_000, seed) for seed in (3, 3, 4))
    for name in ("tails", "heads", "seconds", "wait_s", "lon", "lat"):
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
    assert not np.array_equal(one.seconds[:100], other.seconds[:100])
    assert one.n_nodes == 4_000
    matrix = one.matrix()
    both = (matrix + matrix.T).tocsr()
    assert np.median(np.diff(both.indptr)) == 2, "most nodes are bends"
    assert (one.wait_s > 0).sum() >= 6, "ferries"
    parts, label = csgraph.connected_components(both, directed=False)
    assert parts >= 2, "an island that nothing reaches"
    assert np.bincount(label).max() > 0.97 * one.n_nodes


@pytest.mark.slow
def test_benchmark_runs_and_names_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    command = [sys.executable, str(HERE / "od.py"), "--nodes", "1500", "--growth", "500", "--repeats", "1"]
    command += ["--only", "engines,large,scenarios,growth", "--scenarios", "2", "--json", str(file)]
    command += ["--plot", str(tmp_path / "growth.svg")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = json.loads(file.read_text())
    assert set(rows) == {"engines", "large", "scenarios", "growth", "aims"}
    assert {row["aim"]: row["met"] for row in rows["aims"]}["largest difference to SciPy, s"] == "yes"
    assert "CPU seconds" in (tmp_path / "growth.svg").read_text()
    engines = {row["engine"]: row for row in rows["engines"]}
    assert {"hierarchy", "scipy csgraph.dijkstra", "networkx"} <= set(engines)
    assert all(row["same unreachable"] for row in engines.values())
    assert float(engines["hierarchy"]["difference s"]) < 1e-6
    for name, package in (("pandana", "pandana"), ("routingkit-cch", "routingkit_cch")):
        missing = importlib.util.find_spec(package) is None
        assert (f"{name}: left out, {package} is not installed" in done.stdout) == missing
