"""Sweeps: one process and a cluster give the same bits in the same order, and a lost worker is survived."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.errors import DataError
from geoaccess.sweeps import (
    ClusterError,
    Job,
    client_of,
    read_partitions,
    sweep,
    worth_a_cluster,
    write_partition,
)
from networks.overlays import Closure, SpeedFactors
from networks.selection import EdgeSelection


@pytest.fixture(scope="module")
def region():
    study = ga.load_study("nord-norge")
    facilities = study.on_network(study.facilities_of("akuttmottak"))
    passes = [name for name in study.network.labels["pass_name"].values if name][:4]
    jobs = [Job("base")]
    jobs += [Job(name, (Closure(f"closed {name}", EdgeSelection(passes=(name,))),)) for name in passes]
    jobs.append(Job("slow", (SpeedFactors(name="slow", by_class={"*": 0.5}),)))
    return study.network, study.demand_points, facilities, jobs


def test_jobs_come_back_in_their_order_and_with_their_overlays(region):
    network, origins, destinations, jobs = region
    seen = []
    found = dict(sweep(network, origins, destinations, jobs, on_done=lambda *done: seen.append(done)))
    assert list(found) == [job.name for job in jobs]
    assert seen[-1] == (len(jobs), len(jobs), "slow")
    base = np.nan_to_num(found["base"], nan=np.inf)
    for name, minutes in found.items():
        if name != "base":
            assert (np.nan_to_num(minutes, nan=np.inf) >= base - 1e-9).all()
    assert np.nanmean(found["slow"]) > np.nanmean(found["base"])


def test_names_must_be_unique(region):
    network, origins, destinations, _ = region
    with pytest.raises(DataError, match="two jobs are named a"):
        list(sweep(network, origins, destinations, [Job("a"), Job("a")]))


def test_a_cluster_gives_the_same_bits_and_survives_a_lost_worker(region):
    pytest.importorskip("distributed")
    network, origins, destinations, jobs = region
    alone = list(sweep(network, origins, destinations, jobs))
    with client_of("local") as client:
        address = client.scheduler.address
        workers = list(client.run(os.getpid).values())
        killed = []

        def kill_one(done, total, name):
            if not killed:
                killed.append(workers[0])
                os.kill(workers[0], signal.SIGKILL)

        together = list(sweep(network, origins, destinations, jobs, cluster=address, on_done=kill_one))
    assert killed
    assert [name for name, _ in together] == [name for name, _ in alone]
    for (_, first), (_, second) in zip(alone, together, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_cluster_that_does_not_answer_is_said(region):
    pytest.importorskip("distributed")
    network, origins, destinations, jobs = region
    with pytest.raises(ClusterError, match="no cluster answers"):
        list(sweep(network, origins, destinations, jobs, cluster="tcp://127.0.0.1:9"))


def test_partitions_keep_unreachable_pairs(tmp_path):
    minutes = np.array([[1.0, np.nan], [2.0, 3.0]])
    write_partition(tmp_path, "b", minutes, from_ids=["x", "y"], to_ids=["p", "q"])
    write_partition(tmp_path, "a", minutes + 1, from_ids=["x", "y"], to_ids=["p", "q"])
    back = read_partitions(tmp_path)
    assert back["scenario"].tolist() == ["a"] * 4 + ["b"] * 4
    assert back["travel_time_min"].isna().sum() == 2
    assert back.loc[4, ["from_id", "to_id", "travel_time_min"]].tolist() == ["x", "p", 1.0]
    with pytest.raises(DataError, match="holds no partitions"):
        read_partitions(tmp_path / "nothing")


def test_the_default_is_one_process_until_it_pays():
    assert not worth_a_cluster(443, 40, 200)
    assert not worth_a_cluster(10**9, 100, 1)
    assert worth_a_cluster(250_000, 300, 100)
