"""Long tables written block by block: the same rows whatever the blocks, in memory that does not grow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoaccess.ground.errors import OutputError
from geoaccess.questions.matrix.answer import LEG_COLUMNS, pair_blocks
from geoaccess.questions.matrix.pairs import TIME, Pairs, Places, matrix_pairs, read_facts, write_pairs
from networks import at_nodes, network_from_edges, travel_time_legs, travel_time_matrix
from networks.times import travel_time_blocks

ROOT = Path(__file__).resolve().parents[4]


def grid(side: int):
    """A grid of streets, some of them one-way, and one node that nothing reaches."""
    rng = np.random.default_rng(0)
    cell = np.arange(side * side).reshape(side, side)
    tails = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()])
    heads = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()])
    back = rng.random(len(tails)) < 0.9
    nodes = pd.DataFrame({"node_id": np.arange(side * side + 1)})
    nodes["lon"], nodes["lat"] = nodes["node_id"] % side / 100, nodes["node_id"] // side / 100
    edges = pd.DataFrame(
        {"from_id": np.append(tails, heads[back]), "to_id": np.append(heads, tails[back]), "length_m": 1000.0}
    )
    edges["moving_s"] = rng.uniform(20, 90, len(edges))
    return network_from_edges(nodes, edges)


@pytest.fixture(scope="module")
def net():
    return grid(9)


@given(block_bytes=st.integers(1, 5000), engine=st.sampled_from(["auto", "scipy", "hierarchy"]))
def test_blocks_are_the_rows_of_the_matrix(net, block_bytes, engine):
    nodes = np.arange(net.n_nodes)
    whole = travel_time_matrix(net, nodes, nodes[::7], engine="scipy")
    found = list(travel_time_blocks(net, nodes, nodes[::7], engine=engine, block_bytes=block_bytes))
    assert [row for part, _ in found for row in range(part.start, part.stop)] == nodes.tolist()
    assert all(block.nbytes <= max(block_bytes, 8 * len(nodes[::7])) for _, block in found)
    np.testing.assert_allclose(np.concatenate([block for _, block in found]), whole, rtol=0, atol=1e-8)


@given(
    block_bytes=st.integers(1, 20_000),
    k=st.none() | st.integers(1, 3),
    max_min=st.none() | st.floats(0, 20),
    legs=st.booleans(),
)
def test_pairs_do_not_depend_on_the_blocks(net, block_bytes, k, max_min, legs):
    starts, stops = at_nodes(net, np.arange(0, net.n_nodes, 3)), at_nodes(net, np.arange(0, net.n_nodes, 11))
    blocks = list(
        pair_blocks(
            net, starts, stops, k=k, max_min=max_min, legs=legs, block_bytes=block_bytes, engine="scipy"
        )
    )
    names = (TIME, *LEG_COLUMNS) if legs else (TIME,)
    rows, columns = (np.concatenate([getattr(each, name) for each in blocks]) for name in ("rows", "columns"))
    figures = {name: np.concatenate([each.figures[name] for each in blocks]) for name in names}
    matrix = travel_time_matrix(net, starts, stops, engine="scipy")
    within = np.isfinite(matrix) & (matrix <= (np.inf if max_min is None else max_min))
    if k is not None:
        rank = np.argsort(np.argsort(np.where(within, matrix, np.inf), axis=1, kind="stable"), axis=1)
        within &= rank < k
    elif max_min is None:
        within[:] = True
    assert sorted(zip(rows, columns, strict=True)) == sorted(zip(*np.nonzero(within), strict=True))
    np.testing.assert_allclose(figures[TIME], matrix[rows, columns], rtol=0, atol=1e-9)
    if legs:
        whole = travel_time_legs(net, starts, stops, engine="scipy")
        for name in LEG_COLUMNS:
            np.testing.assert_allclose(figures[name], getattr(whole, name)[rows, columns], atol=1e-9)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_files_hold_every_block_in_order(tmp_path, ending):
    minutes = np.array([[1.0, np.nan], [2.5, 3.0], [np.nan, 4.0]])
    blocks = [matrix_pairs(minutes[:1]), matrix_pairs(minutes[1:], first_row=1)]
    path = tmp_path / f"pairs.{ending}"
    places = Places(["x", "=y", "æ"], ["p", "q"], {"kind": ["a", "b"]})
    written = write_pairs(path, blocks, places, facts={"digest": "abc"})
    assert (written.pairs, written.unreachable) == (6, 2)
    found = pd.read_parquet(path) if ending == "parquet" else pd.read_csv(path)
    second = "=y"  # ids stay as they are: programs read this table
    assert found["from_id"].tolist() == ["x", "x", second, second, "æ", "æ"]
    assert found["to_id"].tolist() == ["p", "q"] * 3
    assert found["kind"].tolist() == ["a", "b"] * 3
    np.testing.assert_array_equal(found[TIME], minutes.ravel())
    assert list(tmp_path.iterdir()) == [path]
    if ending == "parquet":
        assert (read_facts(path) or {})["digest"] == "abc"


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_no_pairs_are_a_table_without_rows(tmp_path, ending):
    path = tmp_path / f"pairs.{ending}"
    assert write_pairs(path, [], Places(["x"], ["p"])).pairs == 0
    found = pd.read_parquet(path) if ending == "parquet" else pd.read_csv(path)
    assert list(found.columns) == ["from_id", "to_id", TIME]
    assert not len(found)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_what_breaks_off_leaves_no_file(tmp_path, ending):
    def broken():
        yield matrix_pairs(np.ones((1, 1)))
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        write_pairs(tmp_path / f"pairs.{ending}", broken(), Places(["x"], ["p"]))
    assert not list(tmp_path.iterdir())


def test_other_endings_and_files_are_refused(tmp_path):
    nothing = Pairs(np.empty(0, int), np.empty(0, int), {TIME: np.empty(0)})
    with pytest.raises(OutputError, match="no place on a map"):
        write_pairs(tmp_path / "pairs.gpkg", [nothing], Places([], []))
    assert read_facts(tmp_path / "missing.parquet") is None


#: 5,000 x 8,000 minutes are 320 MB; the process may take 200 MB more than it has with everything loaded.
BOUNDED = """
import json, resource, sys
import numpy as np
sys.path.insert(0, "tests/geoaccess/questions/matrix")
from pathlib import Path
from test_pairs import grid
from geoaccess.questions.matrix.answer import pair_blocks
from geoaccess.questions.matrix.pairs import Places, write_pairs
from networks import at_nodes, travel_time_matrix

net = grid(100)
rng = np.random.default_rng(1)
starts, stops = at_nodes(net, rng.integers(0, 10_000, 5_000)), at_nodes(net, rng.integers(0, 10_000, 8_000))
few = slice(0, 40)

def write(path, starts):
    blocks = pair_blocks(net, starts, stops, engine="hierarchy", block_bytes=2**22)
    places = Places([str(row) for row in range(len(starts))], [str(row) for row in range(len(stops))])
    return write_pairs(Path(path), blocks, places)

write(sys.argv[1], starts.take(few))  # loads and compiles everything
held = int(Path("/proc/self/status").read_text().split("VmData:")[1].split()[0]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (held + 200 * 2**20,) * 2)
try:
    travel_time_matrix(net, starts, stops, engine="hierarchy")
except MemoryError:
    whole_fits = False
else:
    whole_fits = True
written = write(sys.argv[1], starts)
print(json.dumps({"whole_fits": whole_fits, "pairs": written.pairs}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_a_matrix_larger_than_memory_is_written(tmp_path):
    path = tmp_path / "pairs.parquet"
    command = [sys.executable, "-c", BOUNDED, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"whole_fits": False, "pairs": 40_000_000}
    last = pd.read_parquet(path, columns=[TIME], filters=[("from_id", "==", "4999")])
    assert len(last) == 8_000
