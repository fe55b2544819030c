"""Runs that are killed: 100 times, at random moments, and nothing is lost or done twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import long_run
import psutil
import pytest

from parity_compare.algorithms import registry
from parity_compare.results import Results
from parity_compare.storage.store import FILE_NAME, Store, load

KILLS = 100
SHARE_OF_WORKERS = 0.9
"""The other kills are of the main process."""
ALL = len(long_run.LEARNERS) * long_run.TRIALS
LONGEST_LIFE = 0.2
"""Seconds between a kill and the first sign that the run goes on, at most."""


def begin(folder: Path) -> psutil.Popen:
    """The run, in a process of its own."""
    return psutil.Popen(
        [sys.executable, str(Path(long_run.__file__)), str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def workers(main: psutil.Popen) -> list[psutil.Process]:
    """Its worker processes; it has helpers of loky's besides."""
    found = []
    for child in main.children():
        with suppress(psutil.Error):  # it may be dead already
            if "LokyProcess" in " ".join(child.cmdline()):
                found.append(child)
    return found


def committed(folder: Path) -> set[str]:
    """Keys of the trials that a reader finds, while somebody writes or afterwards."""
    if not (folder / FILE_NAME).exists():
        return set()
    with Store(folder, read_only=True) as store:
        return store.finished(errors=True)


def table(results: Results) -> dict[str, tuple[object, ...]]:
    """All of a result but what a clock measured."""
    return {
        r.key: (
            *(r.status, r.solved, r.criterion, r.accuracy, r.support, r.secret, r.message),
            *(r.cost.samples, r.cost.queries, r.cost.steps, r.cost.operations),
            *(r.cost.peak_memory, r.access, r.side_information, r.timing),
        )
        for r in results.records
    }


def written(folder: Path) -> int:
    """When the store was last written to; cheaper to ask than what is in it."""
    with suppress(FileNotFoundError):
        return (folder / f"{FILE_NAME}-wal").stat().st_mtime_ns
    return 0


@pytest.mark.timeout(600)
def test_a_hundred_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    rng = random.Random(8)
    folder, seen, last = tmp_path / "0", set[str](), 0
    main, kills, mains = begin(folder), 0, 0
    try:
        while kills < KILLS:
            time.sleep(0.05)
            if main.poll() is not None:
                # It was done before all kills were: the same trials again, from the start.
                assert main.returncode == 0, main.stderr.read().decode()
                assert len(load(folder)) == ALL
                folder, seen, last = tmp_path / str(kills), set(), 0
                main = begin(folder)
            if written(folder) == last:
                continue  # until the run has got over the last kill
            time.sleep(LONGEST_LIFE * rng.random())
            before, seen = seen, committed(folder)
            assert before <= seen  # zero committed trials lost
            if rng.random() < SHARE_OF_WORKERS:
                victims = workers(main)
                if not victims:
                    continue
                rng.choice(victims).kill()
            else:
                children = main.children(recursive=True)
                main.kill()
                main.wait()
                assert seen <= committed(folder)
                _, alive = psutil.wait_procs(children, timeout=30)
                assert not alive  # nobody is left to work for nobody
                main, mains = begin(folder), mains + 1
            kills, last = kills + 1, written(folder)
        assert main.wait() == 0, main.stderr.read().decode()
    finally:
        if main.poll() is None:
            main.kill()
    assert mains >= 5
    registry._registered.pop("deliberate", None)
    try:
        resumed = long_run.run(str(folder))  # tries again what two kills in a row had marked
        uninterrupted = long_run.run(None)
    finally:
        registry._registered.pop("deliberate", None)
    assert len(load(folder)) == ALL  # zero duplicated
    assert table(resumed) == table(uninterrupted)
