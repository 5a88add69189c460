"""Sweeps: threads and a cluster give the same bits in the same order, and a lost worker is survived."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.sweep import plan as sweeps
from geoaccess.questions.sweep.plan import ClusterError, Job, client_of, engine_for_states, sweep
from networks import travel_time_matrix
from networks.engines import using_engine
from networks.overlays import Closure, SpeedFactors, apply_overlays
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


def test_threads_give_what_one_after_the_other_gives(region, monkeypatch):
    network, origins, destinations, jobs = region
    running = []
    monkeypatch.setattr(sweeps, "_states_at_once", lambda n: running.append(n) or 3)
    together = list(sweep(network, origins, destinations, jobs, engine="hierarchy"))
    assert running == [len(jobs)]
    monkeypatch.setattr(sweeps, "_states_at_once", lambda n: 1)
    alone = list(sweep(network, origins, destinations, jobs, engine="hierarchy"))
    assert [name for name, _ in together] == [job.name for job in jobs] == [name for name, _ in alone]
    for (_, first), (_, second) in zip(together, alone, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_sweep_that_is_left_early_leaves_no_job_behind(region, monkeypatch):
    network, origins, destinations, jobs = region
    monkeypatch.setattr(sweeps, "_states_at_once", lambda n: 2)
    begun = []
    minutes = sweeps._Sweep.minutes
    monkeypatch.setattr(
        sweeps._Sweep, "minutes", lambda self, net, job: begun.append(job.name) or minutes(self, net, job)
    )
    found = sweep(network, origins, destinations, jobs, engine="hierarchy")
    assert next(found)[0] == "base"
    found.close()
    assert len(begun) <= 3, "only what was under way"


def test_a_fault_of_one_job_is_raised_in_its_place(region):
    network, origins, destinations, jobs = region
    bad = Job("bad", (Closure("nowhere", EdgeSelection(links=("no such link",))),))
    found = sweep(network, origins, destinations, [jobs[0], bad, jobs[1]], engine="hierarchy")
    assert next(found)[0] == "base"
    with pytest.raises(LookupError, match="no such link"):
        next(found)


def test_a_job_may_have_destinations_of_its_own(region):
    network, origins, destinations, _ = region
    two = destinations.take(np.array([1, 0]))
    found = dict(sweep(network, origins, destinations, [Job("all"), Job("two", destinations=two)]))
    np.testing.assert_array_equal(found["two"], found["all"][:, [1, 0]])


def test_overlays_of_the_network_itself_combine_with_those_of_the_jobs(region):
    network, origins, destinations, jobs = region
    twice_slow = apply_overlays(network, (SpeedFactors(name="slower", by_class={"*": 0.8}),))
    by_hand = twice_slow.with_times(moving_s=2 * twice_slow.moving_s)
    for swept in (twice_slow, by_hand):
        expected = {
            job.name: travel_time_matrix(apply_overlays(swept, job.overlays), origins, destinations)
            for job in jobs
            if swept is twice_slow
        }
        found = dict(sweep(swept, origins, destinations, jobs))
        for name, minutes in expected.items():
            np.testing.assert_array_equal(found[name], minutes)
        base = travel_time_matrix(swept, origins, destinations)
        np.testing.assert_array_equal(found["base"], base)
        assert np.nanmax(found["slow"] - base) > 1.0, "on top of what it has"


def test_names_must_be_unique_and_nothing_is_nothing(region):
    network, origins, destinations, _ = region
    with pytest.raises(DataError, match="two jobs are named a"):
        list(sweep(network, origins, destinations, [Job("a"), Job("a")]))
    assert list(sweep(network, origins, destinations, [])) == []


def test_many_states_pay_for_the_order_and_the_choice_is_told(region):
    network, origins, destinations, _ = region
    with using_engine("auto") as used:
        assert engine_for_states(network, len(origins), len(destinations), 1) == "scipy"
    assert "done before the hierarchy is loaded" in used.in_words()
    assert engine_for_states(network, 10**6, 10**6, 10**6) == "hierarchy"
    assert network.topology.has_order


def test_an_engine_by_name_counts_within_a_block_that_names_another(region):
    network, origins, destinations, _ = region
    with using_engine("hierarchy") as used:
        by_name = travel_time_matrix(network, origins, destinations, engine="scipy")
        from_block = travel_time_matrix(network, origins, destinations)
    assert used.as_dict() == {
        "asked": "hierarchy",
        "ran": ["hierarchy", "scipy"],
        "reasons": {"scipy": "asked for", "hierarchy": "asked for"},
    }
    np.testing.assert_allclose(by_name, from_block, rtol=0, atol=1e-6 / 60)


def test_a_cluster_gives_the_same_bits_and_survives_a_lost_worker(region):
    pytest.importorskip("distributed")
    network, origins, destinations, jobs = region
    alone = list(sweep(network, origins, destinations, jobs))
    with client_of("local") as client:
        address = sweeps.address_of(client)
        workers = list(client.run(os.getpid).values())
        killed, drops_copies = [], []
        assert client.amm.running()

        def kill_one(done, total, name):
            drops_copies.append(client.amm.running())
            if not killed:
                killed.append(workers[0])
                os.kill(workers[0], signal.SIGKILL)

        together = list(sweep(network, origins, destinations, jobs, cluster=address, on_done=kill_one))
        # A copy that is dropped as one too many would be lost with the other worker.
        assert not any(drops_copies)
        assert client.amm.running()
        # Two sweeps at a time with jobs of the same names: each gets its own points, network and results.
        backwards = [Job(job.name, jobs[-1 - place].overlays) for place, job in enumerate(jobs)]
        slower = network.with_times(moving_s=2 * network.moving_s)
        some = origins.take(slice(3, 9))
        two = zip(
            sweep(network, origins, destinations, jobs, cluster=address),
            sweep(slower, some, destinations, backwards, cluster=address),
            strict=True,
        )
        beside = [(first[1], second[1]) for first, second in two]
    beside_alone = [minutes for _, minutes in sweep(slower, some, destinations, backwards)]
    assert killed
    assert [name for name, _ in together] == [name for name, _ in alone]
    for place, ((_, first), (_, second)) in enumerate(zip(alone, together, strict=True)):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(first, beside[place][0])
        np.testing.assert_array_equal(beside_alone[place], beside[place][1])


def test_a_cluster_that_loses_everything_is_one_error(region):
    pytest.importorskip("distributed")
    network, origins, destinations, jobs = region
    many = [Job(f"{job.name} {place}", job.overlays) for place in range(20) for job in jobs]
    with client_of("local") as client:
        workers = list(client.run(os.getpid).values())

        def kill_all(done, total, name):
            for worker in workers if done == 1 else ():
                os.kill(worker, signal.SIGKILL)

        found = sweep(
            network, origins, destinations, many, cluster=sweeps.address_of(client), on_done=kill_all
        )
        with pytest.raises(ClusterError, match="lost the network with the last worker"):
            list(found)


def test_a_cluster_that_does_not_answer_is_said(region):
    pytest.importorskip("distributed")
    network, origins, destinations, jobs = region
    with pytest.raises(ClusterError, match="no cluster answers"):
        list(sweep(network, origins, destinations, jobs, cluster="tcp://127.0.0.1:9"))
