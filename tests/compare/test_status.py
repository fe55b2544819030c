"""``parity-compare status``: while a run goes on, and however it ended."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from parity_compare.algorithms.outcome import Cost
from parity_compare.cli import main
from parity_compare.experiment import Experiment
from parity_compare.results import Record
from parity_compare.standing import KILLED, RUNNING, UNKNOWN, Standing, weigh
from parity_compare.storage.rows import ENDS, Glimpse, Session
from parity_compare.storage.store import FILE_NAME, Store

COMMAND = [sys.executable, "-c", "from parity_compare.cli import main; main()"]
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
GRID = Experiment(("gf2", "exhaustive"), n=(12,), k=(3,), trials=5)


@pytest.fixture
def status(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Runs the command; returns exit code, stdout, stderr."""
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_info:
            main(["status", *arguments])
        captured = capsys.readouterr()
        return int(exit_info.value.code or 0), captured.out, captured.err

    return call


def session(**changes: Any) -> Session:
    """A session of this very process, which therefore is running."""
    first = Session(
        id=3, started=datetime.fromtimestamp(psutil.Process().create_time(), UTC), ended=None,
        how="", planned={"gf2": 5, "exhaustive": 5}, already={"gf2": 2}, pid=os.getpid(),
        host=socket.gethostname(), environment={},
    )  # fmt: skip
    return replace(first, **changes)


def glimpses(
    started: datetime, count: int = 3, every: float = 2.0, **changes: Any
) -> list[Glimpse]:
    """Trials of gf2 of session 3, and one of an older session."""
    specs = [spec for spec in GRID.specs() if spec.learner == "gf2"]
    begin = started.timestamp()
    old = Glimpse(specs[0], "found", True, 0.1, begin - 100, session=1)
    own = [
        Glimpse(specs[2 + i], "found", True, 0.1, begin + every * (i + 1), session=3)
        for i in range(count)
    ]
    return [old, *(one._replace(**changes) for one in own)]


def at(moment: datetime, seconds: float) -> Callable[[], float]:
    return lambda: moment.timestamp() + seconds


def weighed(found: Session, seconds: float = 6.0) -> Standing:
    return weigh(found, glimpses(found.started), clock=at(found.started, seconds))


def test_a_run_that_goes_on_has_a_rate_and_a_time_left() -> None:
    found = weighed(session())
    gf2, overall = found.tally.progress("gf2"), found.tally.overall()
    assert found.state == RUNNING
    assert (gf2.done, gf2.total, gf2.ran, gf2.solved) == (5, 5, 3, 3)
    assert (overall.done, overall.total) == (5, 10)
    assert overall.rate == pytest.approx(0.5)
    assert overall.left == pytest.approx(10.0)
    assert str(found.tally.worst()) == "gf2 n=12 k=3: 3/3"
    assert (found.last, found.stored) == (found.now, 4)


@pytest.mark.parametrize("how", ENDS)
def test_a_run_that_has_ended_says_how_and_its_clock_stands_still(how: str) -> None:
    ended = session().started + timedelta(seconds=90)
    found = weighed(session(ended=ended, how=how), seconds=1e6)
    assert found.state == how
    assert found.tally.elapsed() == 90


def test_a_run_whose_process_is_gone_was_killed() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    found = weighed(session(pid=gone.pid), seconds=1e6)
    assert found.state == KILLED
    assert found.tally.elapsed() == 6  # it is known to have lived until its last trial


def test_a_process_that_nobody_has_buried_yet_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    deadline = time.monotonic() + 20
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert weighed(session(pid=child.pid)).state == KILLED
    child.wait()


def test_a_process_that_began_later_is_somebody_else() -> None:
    """The system gives numbers of processes out again."""
    assert weighed(session(started=session().started - timedelta(hours=1))).state == KILLED


def test_of_another_machine_and_of_old_stores_there_is_no_telling() -> None:
    assert weighed(session(host="elsewhere")).state == UNKNOWN
    assert weighed(session(host="", pid=0)).state == UNKNOWN


def test_trials_without_a_time_and_a_clock_set_back_are_counted() -> None:
    """Stores of before schema version 3 have no times."""
    begin = session().started
    for finished in (math.nan, begin.timestamp() - 1000):
        found = weigh(session(), glimpses(begin, finished=finished), clock=at(begin, 30))
        assert found.tally.progress("gf2").ran == 3
        assert found.tally.overall().rate == pytest.approx(0.1)


def test_an_empty_store_has_no_run() -> None:
    assert weigh(None, []).session is None


def record(index: int, **changes: Any) -> Record:
    """A made-up trial of the grid's gf2."""
    spec = [spec for spec in GRID.specs() if spec.learner == "gf2"][index]
    made = Record(
        spec=spec, access="sample", side_information="k", timing="single", status="found",
        solved=True, criterion="support", accuracy=1.0, support=spec.problem().support,
        secret=spec.problem().support, cost=Cost(seconds=0.01), message="",
    )  # fmt: skip
    return replace(made, **changes)


FAILED: dict[str, Any] = {
    "status": "error", "solved": False, "support": None, "criterion": "none",
    "accuracy": math.nan, "message": "ValueError: oh",
}  # fmt: skip


def stored(folder: Path, how: str | None, planned: int = 5) -> None:
    """A store of one session with two trials, of which the second failed."""
    with Store(folder) as store:
        store.begin_session({}, planned={"gf2": planned, "exhaustive": 5}, already={})
        store.add(record(0))
        store.add(record(1, **FAILED))
        if how is not None:
            store.end_session(how)


def test_what_is_shown_of_a_run_that_goes_on(status, tmp_path: Path) -> None:
    stored(tmp_path / "r", None)
    code, out, _ = status(str(tmp_path / "r"))
    lines = out.splitlines()
    assert code == 0
    assert f"r: running since {datetime.now():%Y-%m-%d}" in lines[0]
    assert lines[0].endswith(f"as process {os.getpid()}")
    assert lines[1].split() == ["learner", "done", "solved", "rate", "left"]
    assert lines[2].startswith("gf2 ")
    assert " 2/5 " in lines[2]
    assert lines[4].startswith("2/10 trials, 1 solved, 1 error")
    assert "worst: gf2 n=12 k=3: 1/2" in lines
    assert "gf2: 1 found, 1 error" in lines
    assert lines[-1].startswith("last trial ended at ")
    assert lines[-1].endswith(" ago")
    assert "to go on" not in out


def test_what_is_shown_of_a_run_that_was_interrupted(status, tmp_path: Path) -> None:
    stored(tmp_path / "r", "interrupted")
    _, out, _ = status(str(tmp_path / "r"))
    assert ": interrupted at " in out
    assert "left" not in out
    assert "to go on: the same command again; it runs the 8 missing" in out


def test_a_run_that_is_done_offers_to_retry_its_errors(status, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.begin_session({}, planned={"gf2": 2}, already={})
        store.add(record(0))
        store.add(record(1, **FAILED))
        store.end_session("done")
    _, out, _ = status(str(tmp_path))
    assert ": done at " in out
    assert "the same command again tries the 1 that ended in error once more" in out


def test_json_holds_the_same(status, tmp_path: Path) -> None:
    stored(tmp_path / "r", "out of time")
    code, out, _ = status(str(tmp_path / "r"), "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["state"] == "out of time"
    assert facts["ended"] is not None
    assert (facts["pid"], facts["host"]) == (os.getpid(), socket.gethostname())
    assert facts["overall"] == {
        "done": 2, "total": 10, "ran": 2, "solved": 1, "statuses": {"found": 1, "error": 1},
        "trials_per_second": None, "seconds_left": None,
    }  # fmt: skip
    assert [one["learner"] for one in facts["learners"]] == ["gf2", "exhaustive"]
    assert facts["worst"]["cell"] == "n=12 k=3"
    assert facts["stored"] == 2


@pytest.mark.parametrize("prepare", [False, True])
def test_where_there_is_no_store(status, tmp_path: Path, prepare: bool) -> None:
    folder = tmp_path / "r"
    if prepare:
        folder.mkdir()
    code, out, err = status(str(folder))
    assert (code, out, err.count("\n")) == (2, "", 1)
    reason = "no results in" if prepare else "there is no folder"
    assert err.startswith(f"parity-compare: error: {reason}")
    assert list(tmp_path.iterdir()) == ([folder] if prepare else [])


def test_looking_leaves_the_folder_as_it_is(status, tmp_path: Path) -> None:
    stored(tmp_path, "done")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    status(str(tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_reader_never_blocks_the_writer(tmp_path: Path) -> None:
    """While a read transaction is held open, trials are added, and its view does not move."""
    with Store(tmp_path) as store:
        store.begin_session({}, planned={"gf2": 5}, already={})
        store.add(record(0))
        with Store(tmp_path, read_only=True) as reader:
            assert len(list(reader.glimpses())) == 1
            held = sqlite3.connect(f"file:{tmp_path / FILE_NAME}?mode=ro", uri=True, timeout=0)
            held.execute("BEGIN")
            count = "SELECT count(*) FROM trials"
            assert held.execute(count).fetchone() == (1,)
            for index in range(1, 5):
                store.add(record(index))
                assert len(list(reader.glimpses())) == index + 1
            assert held.execute(count).fetchone() == (1,)
            held.close()


def test_a_real_run_from_its_first_trial_to_its_death(status, tmp_path: Path) -> None:
    """Asked from outside, while trials are being added and after the run was killed."""
    grid = ["--algos", "gf2,exhaustive", "--n", "30", "--trials", "20000", "--device", "cpu"]
    run = subprocess.Popen(
        [*COMMAND, "run", *grid, "--out", "r"],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        facts: dict[str, Any] = {}
        deadline = time.monotonic() + 60
        while facts.get("stored", 0) < 5:
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.1)
            code, out, _ = status(str(tmp_path / "r"), "--json")
            facts = json.loads(out) if code == 0 else {}
        assert (facts["state"], facts["pid"]) == (RUNNING, run.pid)
        overall = facts["overall"]
        assert facts["stored"] == overall["done"] < overall["total"] == 40_000
        assert overall["trials_per_second"] > 0
        assert overall["seconds_left"] > 0
        assert {one["learner"] for one in facts["learners"]} == {"gf2", "exhaustive"}
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    code, out, _ = status(str(tmp_path / "r"))
    assert code == 0
    assert f": killed (process {run.pid} is gone" in out
    assert "last trial ended at" in out
    assert "to go on: the same command again; it runs the " in out
