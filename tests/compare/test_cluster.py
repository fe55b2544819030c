"""Runs on a Dask cluster: a real scheduler and two worker processes, on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from parity_compare.api import run
from parity_compare.execution import cluster
from parity_compare.execution.cluster import ClusterSlot
from parity_compare.execution.protocol import Group, Setup
from parity_compare.execution.resources import Resources
from parity_compare.execution.runner import run_experiment
from parity_compare.execution.trials import run_trials
from parity_compare.experiment import Experiment
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record, Results
from parity_compare.storage.store import Store

pytest.importorskip("distributed", reason="the extra 'dask' is not installed")

PATIENCE = 60.0


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers of one thread each, under Dask's nannies."""
    folder = tmp_path_factory.mktemp("cluster")
    address = folder / "scheduler.json"
    common = ["--scheduler-file", str(address)]
    begun = [
        _dask("scheduler", *common, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
        *(
            _dask("worker", *common, "--nthreads", "1", "--local-directory", str(folder))
            for _ in range(2)
        ),
    ]
    try:
        yield _address(address)
    finally:
        for process in begun:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait()


def _dask(what: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "distributed.cli.dask_" + what, *arguments]
    # The learners of these tests must be there to be imported, as those of users must be.
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )


def _address(file: Path) -> str:
    from distributed import Client

    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with Client(scheduler_file=str(file), timeout=PATIENCE, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
        return str(client.scheduler.address)


def fingerprint(results: Results) -> list[tuple[object, ...]]:
    return [
        (r.key, r.status, r.support, r.cost.samples, r.cost.steps, r.cost.operations)
        for r in results.records
    ]


def test_a_cluster_finds_what_this_process_finds(scheduler: str) -> None:
    experiment = Experiment(
        learners=("gf2", "exhaustive", "sq"), n=(12, 16), k=(2,), trials=4, seconds=60.0
    )
    with Store(None) as store:
        there = run_experiment(
            experiment, store, resources=Resources(backend="dask", scheduler=scheduler)
        )
    with Store(None) as store:
        here = run_experiment(experiment, store)
    assert fingerprint(there) == fingerprint(here)
    assert {record.timing for record in there.records} == {"single, 2 at a time"}


def test_a_worker_of_the_cluster_that_is_killed_costs_no_trial(scheduler: str) -> None:
    experiment = Experiment(learners=("gf2",), n=(24,), k=(3,), trials=60, seconds=60.0)
    killed = []

    def kill_once(record: object) -> None:
        if not killed:
            victim = _worker_of(scheduler)
            killed.append(victim.pid)
            victim.kill()

    with Store(None) as store:
        results = run_experiment(
            experiment,
            store,
            resources=Resources(backend="dask", scheduler=scheduler),
            progress=kill_once,
        )
    assert len(killed) == 1
    assert len({record.key for record in results.records}) == 60
    assert {record.status for record in results.records} == {"found"}


def _worker_of(scheduler: str) -> psutil.Process:
    """The process of one of the cluster's workers."""
    from distributed import Client

    with Client(scheduler, set_as_default=False) as client:
        pids = client.run(os.getpid)
    return psutil.Process(next(iter(pids.values())))


def test_limits_hold_on_a_cluster(scheduler: str) -> None:
    from misbehaving import Misbehaving

    from parity_compare.algorithms import registry

    registry.register(Misbehaving)
    try:
        experiment = Experiment(
            learners=("misbehaving[deed=freeze]", "gf2"), n=(12,), k=(2,), trials=3, seconds=0.5
        )
        with Store(None) as store:
            results = run_experiment(
                experiment, store, resources=Resources(backend="dask", scheduler=scheduler)
            )
    finally:
        del registry._registered["misbehaving"]
    frozen = [r.status for r in results.records if r.spec.learner != "gf2"]
    assert set(frozen) == {"timeout", "gave_up"}
    assert {r.status for r in results.records if r.spec.learner == "gf2"} == {"found"}


def test_two_runs_share_a_cluster(scheduler: str) -> None:
    means = Resources(backend="dask", scheduler=scheduler)
    long = Experiment(("gf2", "exhaustive"), (16, 18), (2,), trials=40, seconds=60.0)
    short = Experiment(("gf2",), (12,), (2,), trials=2, seconds=60.0)
    beside: list[Results] = []

    def run_another(record: object) -> None:
        if not beside:
            with Store(None) as other:
                beside.append(run_experiment(short, other, resources=means))

    with Store(None) as store:
        results = run_experiment(long, store, resources=means, progress=run_another)
    assert {r.status for r in results.records} == {"found"}
    assert len(results) == 160
    assert len(beside[0]) == 2


def test_what_the_clusters_workers_die_of_is_tried_once_more_and_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def die(slot: ClusterSlot, function: object, setup: Setup, portion: tuple[Group, ...], _: int):
        asked.append(len(portion))
        if any(spec.trial == 1 for group in portion for spec in group):
            raise cluster._WorkersDied("Dask's workers died repeatedly.")
        return [(tuple(run_trials(group, at_once=2)), 0.0) for group in portion]

    monkeypatch.setattr(ClusterSlot, "_result", die)
    specs = list(Experiment(("gf2",), (12,), (2,), trials=3, seconds=60.0).specs())
    ended: list[Record] = []
    ClusterSlot(None, Setup(b""), lambda _: None).run(
        tuple((spec,) for spec in specs),
        lambda records, _: ended.extend(records),
        at_once=2,
        enough=lambda: False,
    )
    assert asked == [3, 1, 1, 1]
    assert [(r.status, r.timing) for r in ended] == [
        ("found", "single, 2 at a time"),
        ("error", "single, 2 at a time"),
        ("found", "single, 2 at a time"),
    ]


def test_nobody_at_the_address_is_told_at_once() -> None:
    with pytest.raises(InvalidInput, match="address of a running Dask scheduler"):
        run("gf2", n=12, k=2, trials=1, backend="dask", scheduler="tcp://127.0.0.1:9")
