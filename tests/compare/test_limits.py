"""Limits that hold: who breaks one is ended with its worker, and only its own trial is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import misbehaving
import pytest

from parity_compare.algorithms import registry
from parity_compare.execution.process import WorkerProcess
from parity_compare.execution.protocol import Ready, Setup
from parity_compare.execution.supervisor import Stopped, Supervisor
from parity_compare.experiment import Experiment
from parity_compare.problems.errors import InvalidInput
from parity_compare.results import Record
from parity_compare.spec import TrialSpec

LIMIT = 0.5
N, TRIALS = 12, 4


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for learner in (misbehaving.Misbehaving, misbehaving.Sleeper):
        monkeypatch.setitem(registry._registered, learner.name, learner)


class _Watched:
    """A supervisor and what it had to say."""

    def __init__(self, memory: int | None = None) -> None:
        self.notices: list[str] = []
        self.supervisor = Supervisor(
            Setup(registry.portable(), memory=memory), notice=self.notices.append
        )
        self.records: list[Record] = []

    def run(self, specs: list[TrialSpec], *, together: bool = False) -> list[Record]:
        groups = (tuple(specs),) if together else tuple((spec,) for spec in specs)
        self.supervisor.run(groups, lambda records, _: self.records.extend(records))
        return self.records


@pytest.fixture
def watched() -> Iterator[_Watched]:
    watched = _Watched()
    yield watched
    watched.supervisor.close()


def specs(deed: str, mark: Path | str = "", *, seconds: float | None = LIMIT) -> list[TrialSpec]:
    text = f"misbehaving[deed={deed},mark={mark}]" if mark else f"misbehaving[deed={deed}]"
    return list(
        Experiment(learners=(text,), n=(N,), k=(2,), trials=TRIALS, seconds=seconds).specs()
    )


def guilty(spec: TrialSpec) -> bool:
    """Whether the trial's first label is 1: then the deed is done."""
    first = spec.problem().examples(seed=0).draw(1)
    return int(first.labels[0]) == 1


def test_the_trials_of_these_tests_are_mixed() -> None:
    assert 1 <= sum(map(guilty, specs("spin"))) < TRIALS


@pytest.mark.parametrize("deed", ["spin", "freeze"])
def test_a_learner_that_does_not_poll_is_ended_and_only_its_own_trial_is_lost(
    deed: str, watched: _Watched
) -> None:
    trials = specs(deed)
    records = watched.run(trials)
    assert [record.spec for record in records] == trials
    for record in records:
        if guilty(record.spec):
            assert record.status == "timeout"
            assert not record.solved
            assert LIMIT < record.cost.seconds < 30
            assert "did not stop at its limit of 0.5 s" in record.message
        else:
            assert record.status == "gave_up"


@pytest.mark.parametrize(("deed", "how"), [("die", "killed by SIGKILL"), ("exit", "exit code 7")])
def test_a_trial_that_its_worker_dies_of_is_tried_once_more_and_marked(
    deed: str, how: str, watched: _Watched
) -> None:
    trials = specs(deed)
    records = watched.run(trials)
    assert [record.spec for record in records] == trials
    for record in records:
        if guilty(record.spec):
            assert record.status == "error"
            assert how in record.message
            assert "for the second time" in record.message
        else:
            assert record.status == "gave_up"
    assert len(watched.notices) == sum(map(guilty, trials))  # one retry each


def test_a_worker_that_dies_once_costs_nothing_but_time(watched: _Watched, tmp_path: Path) -> None:
    trials = specs("die_once", tmp_path)
    records = watched.run(trials)
    assert [record.spec for record in records] == trials
    assert {record.status for record in records} == {"gave_up"}
    assert len(list(tmp_path.iterdir())) == sum(map(guilty, trials))


def test_a_batch_is_halved_until_the_guilty_are_found(watched: _Watched) -> None:
    trials = specs("die")
    records = watched.run(trials, together=True)
    assert sorted(record.spec.trial for record in records) == list(range(TRIALS))
    for record in records:
        assert record.status == ("error" if guilty(record.spec) else "gave_up")


def test_a_worker_over_its_memory_is_ended() -> None:
    watched = _Watched(memory=900_000_000)
    trials = specs("hoard", seconds=60.0)
    records = watched.run(trials)
    watched.supervisor.close()
    assert [record.spec for record in records] == trials
    for record in records:
        if guilty(record.spec):
            assert record.status == "error"
            assert "900 MB are allowed" in record.message
        else:
            assert record.status == "gave_up"


def test_what_a_learner_prints_is_kept_off_standard_output(
    watched: _Watched, capfd: pytest.CaptureFixture[str]
) -> None:
    watched.run(specs("speak"))
    out, err = capfd.readouterr()
    assert out == ""
    assert "a side remark" in err


def test_a_supervisor_that_is_stopped_ends_its_worker_and_begins_no_other(
    watched: _Watched,
) -> None:
    watched.run(specs("speak")[:1])
    watched.supervisor.stop()
    with pytest.raises(Stopped):
        watched.run(specs("speak")[:1])


def test_nothing_further_is_begun_once_it_is_enough(watched: _Watched) -> None:
    trials = list(
        Experiment(
            learners=("sleeper[seconds=0.3]",), n=(N,), k=(2,), trials=10, seconds=60.0
        ).specs()
    )
    ended: list[Record] = []
    watched.supervisor.run(
        tuple((spec,) for spec in trials),
        lambda records, _: ended.extend(records),
        enough=lambda: len(ended) >= 2,
    )
    assert 2 <= len(ended) < 6
    assert [record.spec for record in ended] == trials[: len(ended)]


def test_a_learner_that_a_worker_does_not_know_ends_the_run(watched: _Watched) -> None:
    trials = specs("speak")
    stranger = Supervisor(Setup(b""))
    with pytest.raises(InvalidInput, match="unknown learner 'misbehaving'"):
        stranger.run(tuple((spec,) for spec in trials), lambda *_: None)
    stranger.close()


def test_a_process_in_disorder_is_replaced_before_a_trial_is_given_up(watched: _Watched) -> None:
    trials = specs("pollute")
    records = watched.run(trials)
    assert [record.spec for record in records] == trials
    assert {record.status for record in records} == {"gave_up"}


def test_what_is_no_exception_is_still_a_result(watched: _Watched) -> None:
    groups = tuple((spec,) for spec in specs("interrupt"))
    watched.supervisor.run(groups, lambda ended, _: watched.records.extend(ended), at_once=2)
    for record in watched.records:
        assert record.timing == "single, 2 at a time"  # whatever became of it
        if guilty(record.spec):
            assert record.status == "error"
            assert "KeyboardInterrupt: by a learner" in record.message
        else:
            assert record.status == "gave_up"
    assert watched.notices == []


def test_a_worker_is_deaf_to_ctrl_c_from_birth() -> None:
    process = WorkerProcess(Setup(b""))
    try:
        for _ in range(30):
            os.kill(process.pid, signal.SIGINT)
            time.sleep(0.01)
        assert isinstance(process.receive(None, lambda: False), Ready)
    finally:
        process.kill()
        process.join()


def test_calls_are_answered_in_the_worker_and_errors_come_back(watched: _Watched) -> None:
    assert watched.supervisor.call(_pid, 60.0) == watched.supervisor.pid
    with pytest.raises(ZeroDivisionError):
        watched.supervisor.call(_divide, 60.0)
    with pytest.raises(RuntimeError, match="did not stop at its limit"):
        watched.supervisor.call(_hang, LIMIT)


def _pid() -> int:
    return os.getpid()


def _divide() -> float:
    return 1 / 0


def _hang() -> None:
    while True:
        pass
