"""How runs end before their time: Ctrl-C once or twice, SIGTERM, --total-time, a full disk."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from parity_compare.execution.interrupts import INTERRUPTED, Stop, stopped_by_signals
from parity_compare.storage.store import Store, load

TRIALS = 6
PATIENCE = 120.0
# The command line, in a process that knows the learners of these tests.
COMMAND = [
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    "import misbehaving\n"
    "from parity_compare.algorithms.registry import register\n"
    "from parity_compare.cli import main\n"
    "register(misbehaving.Misbehaving)\n"
    "register(misbehaving.Sleeper)\n"
    "main()",
]


class _Run:
    """A run whose trials wait for a file, in a terminal of its own as far as signals go."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.gate, self.out = folder / "gate", folder / "results"
        self.command = [
            *(*COMMAND, "run", "--algos", f"misbehaving[deed=wait,mark={self.gate}]"),
            *("--n", "12", "--k", "2", "--trials", str(TRIALS), "--time-limit", "none"),
            *("--out", str(self.out), *options),
        ]
        self._said = folder / "stderr"
        with self._said.open("w") as stderr:
            self.process = subprocess.Popen(
                self.command, stderr=stderr, stdout=subprocess.DEVNULL, start_new_session=True
            )

    def until(self, fact: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not fact():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def until_waiting(self) -> None:
        """Until a trial has begun that waits for the file."""
        self.until(self.gate.with_suffix(".begun").exists)

    def said(self) -> str:
        """What there is on standard error so far."""
        return self._said.read_text()

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """To all processes, as a terminal does it."""
        os.killpg(self.process.pid, number)

    def end(self) -> tuple[int, str]:
        """The exit code and standard error; no process may be left."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.wait(timeout=PATIENCE)
        _, alive = psutil.wait_procs(children, timeout=30)
        assert not alive
        return self.process.returncode, self.said()


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., _Run]]:
    begun: list[_Run] = []

    def begin(*options: str) -> _Run:
        begun.append(_Run(tmp_path, *options))
        return begun[-1]

    yield begin
    for run in begun:
        if run.process.poll() is None:
            run.process.kill()


def test_ctrl_c_lets_what_is_running_end_and_begins_nothing_new(
    begin: Callable[..., _Run],
) -> None:
    run = begin()
    run.until_waiting()
    run.interrupt()
    time.sleep(0.5)  # nobody ends for it
    assert run.process.poll() is None
    run.gate.touch()
    code, err = run.end()
    assert code == 130
    kept = load(run.out)
    assert 1 <= len(kept) < TRIALS  # the one that waited, and what had ended before
    assert {record.status for record in kept.records} == {"gave_up"}
    assert "Nothing new is begun" in err
    assert f"Interrupted: {len(kept)} finished trials are kept in {run.out}" in err
    assert not (run.out / "report.html").exists()
    plan = subprocess.run(
        [*run.command, "--dry-run", "--json"], check=True, capture_output=True, text=True
    )
    assert json.loads(plan.stdout)["to_do"] == TRIALS - len(kept)  # the same command goes on


def test_a_second_ctrl_c_stops_now(begin: Callable[..., _Run]) -> None:
    run = begin("--jobs", "2")
    run.until_waiting()
    run.interrupt()
    run.until(lambda: "Ctrl-C ends it" in run.said())
    run.interrupt()  # the trials would wait for ever
    code, err = run.end()
    assert code == 130
    assert f"finished trials are kept in {run.out}" in err
    status = subprocess.run(
        [*COMMAND, "status", str(run.out)], check=True, capture_output=True, text=True
    )
    assert "interrupted" in status.stdout


def test_two_ctrl_c_count_while_python_is_busy() -> None:
    def press_twice() -> None:
        for _ in range(2):
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)

    stop = Stop()
    with stopped_by_signals(stop):
        pressing = threading.Thread(target=press_twice)
        pressing.start()
        # A second or so in which no handler can run, as it is while a slow disk is written to.
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2_000_000)
        pressing.join()
    assert stop.reason == INTERRUPTED
    assert stop.immediate


def test_one_ctrl_c_asks_only() -> None:
    stop, handler = Stop(), signal.getsignal(signal.SIGINT)
    with stopped_by_signals(stop):
        os.kill(os.getpid(), signal.SIGINT)
    assert stop.requested
    assert not stop.immediate
    assert signal.getsignal(signal.SIGINT) is handler


def test_sigterm_stops_now_and_keeps_what_has_ended(begin: Callable[..., _Run]) -> None:
    run = begin()
    run.until_waiting()
    run.process.send_signal(signal.SIGTERM)
    code, err = run.end()
    assert code == 130
    assert "Interrupted" in err


def test_the_total_time_holds(begin: Callable[..., _Run]) -> None:
    run = begin("--total-time", "2s", "--jobs", "2")
    code, err = run.end()
    assert code == 3
    assert "The total time is up" in err
    assert (run.out / "report.html").exists()
    assert len(load(run.out)) < TRIALS


def test_a_full_disk_ends_the_run_and_keeps_what_was_written(tmp_path: Path) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))

    command = [
        *(*COMMAND, "run", "--algos", "sleeper[seconds=0]", "--n", "12", "--k", "2"),
        *("--trials", "600", "--out", str(tmp_path / "r")),
    ]
    full = subprocess.run(command, capture_output=True, text=True, preexec_fn=little_room)
    assert full.returncode == 4, full.stderr
    assert "parity-compare: error: the results store failed, what it has is kept" in full.stderr
    kept = {record.key for record in load(tmp_path / "r").records}
    assert kept
    left = subprocess.run([*command, "--dry-run", "--json"], capture_output=True, text=True)
    assert json.loads(left.stdout)["to_do"] == 600 - len(kept)
    with Store(tmp_path / "r") as store:  # and there is room again
        store.begin_session({})
        store.end_session("done")
