"""Many workers do what one process does, in another order, and say so where times are told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from parity_compare.algorithms import registry
from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.api import run
from parity_compare.execution import jobs as jobs_module
from parity_compare.execution import splitting
from parity_compare.execution.jobs import Jobs, Part, Trials, group_trials
from parity_compare.execution.protocol import Call, Setup
from parity_compare.execution.resources import Resources
from parity_compare.execution.supervisor import Supervisor
from parity_compare.experiment import Experiment
from parity_compare.problems.errors import InvalidInput, RunFailed
from parity_compare.results import Record, Results
from parity_compare.spec import TrialSpec


def fingerprint(results: Results) -> list[tuple[object, ...]]:
    """All that does not depend on a clock."""
    return [
        (r.key, r.status, r.solved, r.accuracy, r.support, r.message, replace(r.cost, seconds=0.0))
        for r in results.records
    ]


def specs(learner: str = "gf2", *, trials: int = 10, batch: bool = False) -> list[TrialSpec]:
    experiment = Experiment((learner,), (12,), (2,), trials=trials, seconds=60.0, batch=batch)
    return list(experiment.specs())


def test_two_workers_find_what_this_process_finds() -> None:
    grid = {"n": [12, 16], "k": 2, "trials": 6, "seed": 3}
    here = run("gf2,exhaustive,sq,random", **grid)
    told: list[Record] = []
    there = run("gf2,exhaustive,sq,random", **grid, jobs=2, progress=told.append)
    assert fingerprint(there) == fingerprint(here)
    assert {record.timing for record in here.records} == {"single"}
    assert {record.timing for record in there.records} == {"single, 2 at a time"}
    assert Counter(record.key for record in told) == Counter(r.key for r in there.records)
    assert [record.key for record in told] != [record.key for record in there.records]  # shuffled


def test_networks_travel_as_batches_and_learn_what_they_learn_alone() -> None:
    grid = {"n": 12, "k": 2, "trials": 5, "seed": 1}
    alone = run("sgd", **grid)
    together = run("sgd", **grid, jobs=2, batch=True)
    assert Counter(record.timing for record in together.records) == {
        "batch of 3, 2 at a time": 3,
        "batch of 2, 2 at a time": 2,
    }
    assert [(r.status, r.support, r.cost.steps, r.cost.samples) for r in together.records] == [
        (r.status, r.support, r.cost.steps, r.cost.samples) for r in alone.records
    ]
    (row,) = together.summary().to_dict("records")
    assert row["timing"] == "batches of 2 to 3, 2 at a time"


def test_one_worker_has_the_machine_to_itself() -> None:
    results = run("gf2", n=12, k=2, trials=2, jobs=1)
    assert {record.timing for record in results.records} == {"single"}


def test_a_long_search_is_split_over_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "LONG", 0.0)
    grid = {"n": 40, "k": 5, "noise": 0.1, "trials": 1, "seed": 2}
    whole = run("exhaustive", **grid)
    split = run("exhaustive,gf2", **grid, jobs=2)
    assert fingerprint(split)[0][:-1] == fingerprint(whole)[0][:-1]
    assert split.records[0].cost.steps == whole.records[0].cost.steps
    assert split.records[0].timing == "single, split over 2"
    assert split.records[1].timing == "single, 2 at a time"


def test_searches_are_split_where_there_are_fewer_than_workers() -> None:
    long = list(
        Experiment(("exhaustive", "sgd"), (200,), (7,), (0.1,), trials=3, seconds=None).specs()
    )
    searches = [spec for spec in long if spec.learner == "exhaustive"]
    assert splitting.worth_splitting(long, 4) == searches
    assert splitting.worth_splitting(long, 3) == []
    assert splitting.worth_splitting(long, 1) == []
    assert splitting.worth_splitting(specs("exhaustive"), 40) == []  # short ones


class _Broken(GaussianElimination):
    """Raises."""

    name = "broken"

    def prepare(self, n: int) -> None:
        raise OSError("out of order")


def test_what_ended_in_an_error_is_run_again_unless_told_not_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._registered, "broken", _Broken)
    grid = {"n": 12, "k": 2, "trials": 1, "out": tmp_path / "r"}
    told: list[Record] = []
    for options, ran in (
        ({}, 1),
        ({"retry_errors": False}, 0),
        ({}, 1),
    ):
        told.clear()
        results = run("broken", **grid, **options, progress=told.append)
        assert {record.status for record in results.records} == {"error"}
        assert len(told) == ran


def test_force_runs_everything_again_and_replaces_it(tmp_path: Path) -> None:
    grid = {"n": 12, "k": 2, "trials": 3, "out": tmp_path / "r"}
    told: list[Record] = []
    run("gf2", **grid)
    again = run("gf2", **grid, force=True, jobs=2, progress=told.append)
    assert len(told) == len(again) == 3
    assert {record.timing for record in again.records} == {"single, 2 at a time"}


def test_a_forced_run_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    grid = {"n": 12, "k": 2, "trials": 4, "out": tmp_path / "r"}
    run("gf2", **grid)
    told: list[Record] = []

    def interrupt(record: Record) -> None:
        told.append(record)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("gf2", **grid, force=True, progress=interrupt)
    run("gf2", **grid, force=True, progress=told.append)
    assert len({record.key for record in told}) == len(told) == 4
    run("gf2", **grid, force=True, progress=told.append)  # that run had come to its end
    assert len(told) == 8


def test_a_store_that_is_removed_under_a_run_ends_it(tmp_path: Path) -> None:
    def remove(record: Record) -> None:
        (tmp_path / "r" / "results.sqlite").unlink(missing_ok=True)

    with pytest.raises(RunFailed, match="was removed or replaced"):
        run("gf2", n=12, k=2, trials=10_000, out=tmp_path / "r", progress=remove)


def test_a_class_of_a_script_travels_to_the_workers(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "from dataclasses import dataclass\n"
        "import parity_compare as pc\n"
        "@pc.register\n"
        "@dataclass(frozen=True)\n"
        "class Mine(pc.GaussianElimination):\n"
        "    name = 'mine'\n"
        "results = pc.run('mine', n=12, k=2, trials=3, jobs=2)\n"
        "print([record.status for record in results.records])\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stdout == "['found', 'found', 'found']\n", done.stderr


def test_a_worker_has_as_many_threads_as_a_trial() -> None:
    supervisor = Supervisor(Setup(b"", threads=1))
    try:
        assert supervisor.call(_threads, 60.0) == ["1"] * 3
    finally:
        supervisor.close()


def _threads() -> list[str | None]:
    return [os.environ.get(f"{name}_NUM_THREADS") for name in ("OMP", "OPENBLAS", "MKL")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jobs": 0}, "jobs must be at least 1, got 0"),
        ({"backend": "mpi"}, "backend must be one of loky, dask, got 'mpi'"),
        ({"backend": "dask"}, "backend dask needs the scheduler's address"),
        ({"scheduler": "tcp://x:1"}, "scheduler goes with backend dask, got backend 'loky'"),
        ({"memory": 10**9}, "memory limits a worker process; set jobs too"),
        ({"jobs": 1, "memory": 10**6}, "memory must be at least 200000000 bytes"),
        ({"total_seconds": 0.0}, "total_seconds must be positive, got 0.0"),
    ],
)
def test_means_that_make_no_sense_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Resources(**options)  # type: ignore[arg-type]


def test_the_total_time_holds_in_this_process_between_trials() -> None:
    results = run("gf2", n=12, k=2, trials=50, total_time=1e-6)
    assert len(results) == 0


class TestGroups:
    """What is run together."""

    def test_every_trial_is_in_one_group(self) -> None:
        trials = specs("sgd", trials=11, batch=True) + specs("gf2", trials=3)
        groups = group_trials(trials, workers=3)
        assert Counter(spec.key for group in groups for spec in group) == Counter(
            spec.key for spec in trials
        )
        assert sorted(map(len, groups)) == [1, 1, 1, 3, 4, 4]

    def test_batches_fit_the_memory(self) -> None:
        trials = specs("sgd", trials=40, batch=True)
        forecast = trials[0].make_learner().forecast(12, k=2, noise=0.0, samples=None)
        assert forecast is not None
        groups = group_trials(trials, memory=8.5 * forecast.memory)
        assert [len(group) for group in groups] == [8] * 5
        assert [len(group) for group in group_trials(trials, memory=1.0)] == [1] * 40


class TestJobs:
    """What is handed out, and when there is no more."""

    def test_unknown_cells_are_handed_out_one_by_one_and_known_ones_by_time(self) -> None:
        groups = [(spec,) for spec in specs(trials=100)]
        jobs = Jobs(groups, workers=1, seed=None)
        first = jobs.next()
        assert isinstance(first, Trials)
        assert first.groups == (groups[0],)
        record = run("gf2", n=12, k=2, trials=1).records[0]
        jobs.learnt([record], jobs_module._PORTION / 8)
        second = jobs.next()
        assert isinstance(second, Trials)
        assert len(second.groups) == 8

    def test_the_end_is_shared_evenly(self) -> None:
        jobs = Jobs([(spec,) for spec in specs(trials=8)], workers=2, seed=None)
        jobs.learnt(run("gf2", n=12, k=2, trials=1).records, 1e-6)
        sizes = []
        while (job := jobs.next()) is not None:
            assert isinstance(job, Trials)
            sizes.append(len(job.groups))
        assert sizes == [2, 1, 1, 1, 1, 1, 1]

    def test_the_shuffle_is_a_permutation_and_repeats_itself(self) -> None:
        groups = [(spec,) for spec in specs(trials=30)]
        drawn = []
        for seed in (1, 1, 2):
            jobs = Jobs(groups, workers=1, seed=seed)
            drawn.append([jobs.next() for _ in groups])
        assert drawn[0] == drawn[1] != drawn[2]
        assert Counter(job.groups[0] for job in drawn[0]) == Counter(groups)

    def test_parts_of_a_search_come_first_and_are_waited_for(self) -> None:
        jobs = Jobs([(spec,) for spec in specs(trials=1)], workers=1, seed=None)
        jobs.begin_split()
        part = Part(Call(int), 1.0)
        jobs.hand_in(part)
        assert jobs.next() is part
        assert isinstance(jobs.next(), Trials)
        threading.Timer(0.2, jobs.end_split).start()
        began = time.monotonic()
        assert jobs.next() is None
        assert time.monotonic() - began >= 0.1

    def test_a_run_that_is_finished_hands_out_parts_only(self) -> None:
        jobs = Jobs([(spec,) for spec in specs(trials=9)], workers=1, seed=None)
        jobs.begin_split()
        jobs.finish()
        part = Part(Call(int), 1.0)
        jobs.hand_in(part)
        assert jobs.next() is part
        jobs.close()
        assert jobs.next() is None
        late = Part(Call(int), 1.0)
        jobs.hand_in(late)
        assert late.result.cancelled()
