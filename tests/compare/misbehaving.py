"""Learners that do what no learner should, for tests of the limits; workers import them too."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

from parity_compare.algorithms import registry
from parity_compare.algorithms.learner import Learner
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.oracles import Access


@dataclass(frozen=True)
class Misbehaving(Learner):
    """Does its deed in trials whose first label is 1, and gives up politely in the others.

    Attributes:
        deed: what it does.
        mark: a file that deeds done once leave behind, or that gates them.
    """

    name = "misbehaving"
    access = Access.SAMPLE

    deed: str = "spin"
    mark: str = ""

    def search(self, task: Task) -> Finding:
        if task.draw(1).labels[0] == 1:
            getattr(self, f"_{self.deed}")(task)
        return Finding(Status.GAVE_UP)

    def _spin(self, task: Task) -> None:
        for _ in count():
            pass

    def _freeze(self, task: Task) -> None:
        """Sleep without letting go of the interpreter: no other thread of the process runs."""
        ctypes.PyDLL(None).sleep(1000)

    def _die(self, task: Task) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _exit(self, task: Task) -> None:
        os._exit(7)

    def _die_once(self, task: Task) -> None:
        mark = Path(self.mark) / str(int.from_bytes(task.rng.bytes(8)))
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def _hoard(self, task: Task) -> None:
        held = []
        for _ in range(40):
            held.append(b"x" * 50_000_000)
            time.sleep(0.02)

    def _pollute(self, task: Task) -> None:
        """Leave a process behind that knows no learner."""
        registry._registered.clear()
        registry._entry_points.cache_clear()
        registry.entry_points = lambda group: []  # type: ignore[assignment]

    def _interrupt(self, task: Task) -> None:
        raise KeyboardInterrupt("by a learner")

    def _speak(self, task: Task) -> None:
        print("a side remark on standard output")

    def _wait(self, task: Task) -> None:
        """Run until the file appears."""
        Path(self.mark).with_suffix(".begun").touch()
        while not Path(self.mark).exists():
            task.poll()
            time.sleep(0.01)


@dataclass(frozen=True)
class Sleeper(Learner):
    """Takes its time and gives up.

    Attributes:
        seconds: how long it takes.
    """

    name = "sleeper"
    access = Access.SAMPLE

    seconds: float = 0.01

    def search(self, task: Task) -> Finding:
        task.draw(8)
        time.sleep(self.seconds)
        return Finding(Status.GAVE_UP, detail=f"seeded {task.rng.integers(10**9)}")


@dataclass(frozen=True)
class Deliberate(Learner):
    """Gaussian elimination in plain NumPy, which loads at once; it thinks first, to be hit there.

    Attributes:
        seconds: how long it thinks.
    """

    name = "deliberate"
    access = Access.SAMPLE

    seconds: float = 0.05

    def search(self, task: Task) -> Finding:
        time.sleep(self.seconds)
        samples = task.draw(task.n + 32)
        rows = np.column_stack([samples.bits, samples.labels]).astype(np.uint8)
        for pivot in range(task.n):
            below = pivot + int(np.argmax(rows[pivot:, pivot]))
            rows[[pivot, below]] = rows[[below, pivot]]
            others = rows[:, pivot].astype(bool)
            others[pivot] = False
            rows[others] ^= rows[pivot]
            task.steps += 1
        return Finding(Status.FOUND, np.flatnonzero(rows[: task.n, -1]))
