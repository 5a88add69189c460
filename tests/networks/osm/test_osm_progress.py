"""How much of a build is done, and that no reader outlives it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.errors import NetworkFileError
from networks.osm import build_network, source
from networks.osm.progress import STAGES, Progress


@pytest.fixture
def readers(monkeypatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started from here on."""
    begun: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def started(*arguments, **options):
        begun.append(start(*arguments, **options))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", started)
    return begun


def none_is_left(readers: list[subprocess.Popen[bytes]]) -> bool:
    """Whether there were some, and each has ended and was waited for; others may have children of this process."""
    for one in readers:
        with pytest.raises(ChildProcessError):
            os.waitpid(one.pid, os.WNOHANG)
    return bool(readers)


@pytest.mark.shared
@pytest.mark.parametrize("large", [False, True])
def test_the_share_grows_to_the_whole_whether_nodes_are_filtered_or_not(shared, monkeypatch, large):
    monkeypatch.setattr(source, "_LINES_BETWEEN", 100)
    if large:
        monkeypatch.setattr(source, "FILTER_NODES_ABOVE_BYTES", 1)
    told: list[float] = []
    build_network(shared / "osm" / "helsinki-centre.osm.pbf", country="FI", progress=told.append)
    assert told == sorted(set(told))
    assert told[0] > 0
    assert told[-1] == pytest.approx(1.0)
    assert len(told) >= len(STAGES)


@given(st.lists(st.tuples(st.sampled_from(list(STAGES)), st.floats(-1.0, 2.0)), max_size=30))
def test_what_is_told_never_goes_back_and_never_passes_the_whole(steps):
    told: list[float] = []
    progress = Progress(told.append)
    for stage, share in steps:
        progress.within(stage, share)
    assert told == sorted(set(told))
    assert all(0.0 < share <= 1.0 for share in told)
    progress.done("network")
    assert told[-1] == pytest.approx(1.0)


def test_the_stages_are_the_whole_build():
    assert sum(STAGES.values()) == pytest.approx(1.0)


@pytest.mark.shared
def test_no_reader_outlives_whoever_stops_taking_in(shared, tmp_path, readers):
    path = shared / "osm" / "malta-latest.osm.pbf"
    block = source.ways_and_relations(path, tmp_path, lambda _: None)
    next(block.__enter__())
    assert not block.__exit__(KeyError, KeyError("stopped"), None)
    assert none_is_left(readers)


@pytest.mark.shared
def test_a_file_cut_short_is_told_whichever_pass_finds_it(shared, tmp_path, readers):
    whole = (shared / "osm" / "malta-latest.osm.pbf").read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(NetworkFileError, match="cut short"):
        build_network(path, country="MT")
    assert none_is_left(readers)


@pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="the system does not tell")
def test_the_position_is_that_of_the_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(4000))
    reads = f"import os, sys; file = os.open({str(path)!r}, os.O_RDONLY); os.read(file, 1000); print(flush=True); input()"
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            [sys.executable, "-c", reads], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process,
    ):
        process.stdout.readline()
        running = source._Running(process, path, said)
        assert running.position() == 0.25
        assert source._Running(process, tmp_path, said).position() is None
        process.communicate(b"\n")
