"""Where the training batches of many trials come from, and the memory of the latest examples."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.compaction import compact
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Bits, Words, words_for
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.samples import Samples
from parity_compare.problems.streams import Streams, has_stream, open_streams

RECENT = 8192
"""Number of most recent fresh examples that are remembered, or more."""

LIST_RING = 1024
"""Examples in the ring of a fixed list, which is remembered anyway: what is fetched ahead."""


class Supply(ABC):
    """Batches for T trials, kept in one ring per trial.

    The batch of update s of every trial lies in slots s B mod ring, ..., + B - 1.

    Attributes:
        rows: ``(T, ring, words)`` packed examples.
        labels: ``(T, ring)`` labels, 0/1.
        batch: examples per update B.
    """

    def __init__(self, n: int, trials: int, batch: int, remembered: int = RECENT) -> None:
        self.n = n
        self.batch = batch
        self.steps_held = -(-remembered // batch)
        ring = self.steps_held * batch
        self.rows: Words = np.zeros((trials, ring, words_for(n)), dtype=np.uint64)
        self.labels: Bits = np.zeros((trials, ring), dtype=np.uint8)

    @abstractmethod
    def fetch(self, step: int, steps: int) -> None:
        """Fill the slots of updates ``step``, ..., ``step + steps - 1``, at most a ring of them."""

    @abstractmethod
    def examples_left(self) -> npt.NDArray[np.float64]:
        """``(T,)`` examples that can still be had, inf for no end."""

    def steps_left(self) -> npt.NDArray[np.float64]:
        """``(T,)`` updates that whole batches are left for, inf for no end."""
        return np.floor(self.examples_left() / self.batch)

    def recent(self, position: int, step: int) -> Samples:
        """The latest examples that trial ``position`` was trained on in ``step`` updates: at least
        the last 8192, or all there were."""
        held = min(step, self.steps_held) * self.batch
        return Samples(self.n, self.rows[position, :held].copy(), self.labels[position, :held])

    def bytes_per_trial(self, position: int) -> int:
        """Memory of one trial's examples."""
        return int(self.rows[position].nbytes + self.labels[position].nbytes)

    @abstractmethod
    def finish(self, position: int, step: int) -> None:
        """A trial ended after ``step`` updates: settle what it has drawn."""

    def keep(self, positions: Sequence[int]) -> None:
        """Forget all trials but these."""
        self.rows, self.labels = compact(self.rows, positions), compact(self.labels, positions)

    def slots(self, step: int) -> slice:
        """Where the batch of an update lies."""
        first = step % self.steps_held * self.batch
        return slice(first, first + self.batch)

    def batches(self, step: int, steps: int) -> tuple[Words, Bits]:
        """The batches of several updates in a row: ``(T, steps B, words)`` and ``(T, steps B)``."""
        runs = [slice(slot, slot + m) for slot, m, _ in self._runs(step, steps)]
        rows = np.concatenate([self.rows[:, run] for run in runs], axis=1)
        return rows, np.concatenate([self.labels[:, run] for run in runs], axis=1)

    def _runs(self, step: int, steps: int) -> list[tuple[int, int, int]]:
        """The slots of several updates as (slot, examples, updates), cut where the ring closes."""
        runs = []
        while steps:
            place = step % self.steps_held
            now = min(steps, self.steps_held - place)
            runs.append((place * self.batch, now * self.batch, now))
            step, steps = step + now, steps - now
        return runs


class StreamSupply(Supply):
    """Fresh examples of hidden parities, drawn by a compiled loop.

    The training kernel may draw them itself, step by step, through :attr:`streams`; what was
    trained on is settled with the oracle when a trial ends.
    """

    def __init__(self, tasks: Sequence[Task], streams: Streams, batch: int) -> None:
        super().__init__(streams.n, len(tasks), batch)
        self.streams = streams
        self._allowed = _allowed(tasks)
        self._drawn = 0  # updates, of every trial

    def fetch(self, step: int, steps: int) -> None:
        for slot, m, _ in self._runs(step, steps):
            self.streams.draw(self.rows, self.labels, slot, m)
        self._drawn = step + steps

    def examples_left(self) -> npt.NDArray[np.float64]:
        return self._allowed - self._drawn * self.batch

    def trained(self, step: int) -> None:
        """The kernel drew the batches of all updates before ``step`` by itself."""
        self._drawn = step

    def finish(self, position: int, step: int) -> None:
        self.streams.settle(position, step * self.batch)

    def keep(self, positions: Sequence[int]) -> None:
        super().keep(positions)
        self.streams.keep(positions)
        self._allowed = compact(self._allowed, positions)


class OracleSupply(Supply):
    """Fresh examples of any other oracle, asked batch by batch."""

    def __init__(self, tasks: Sequence[Task], batch: int) -> None:
        super().__init__(tasks[0].n, len(tasks), batch)
        self._tasks = list(tasks)

    def fetch(self, step: int, steps: int) -> None:
        for slot, m, _ in self._runs(step, steps):
            for t, task in enumerate(self._tasks):
                samples = task.draw(m)
                self.rows[t, slot : slot + m] = samples.rows
                self.labels[t, slot : slot + m] = samples.labels

    def examples_left(self) -> npt.NDArray[np.float64]:
        return _allowed(self._tasks)

    def finish(self, position: int, step: int) -> None:
        pass

    def keep(self, positions: Sequence[int]) -> None:
        super().keep(positions)
        self._tasks = [self._tasks[t] for t in positions]


class ListSupply(Supply):
    """A fixed list per trial, drawn once and as a whole.

    Batches are taken from one random order of the list after the other, and run across the ends of
    such epochs, so that all have one size even if the list is shorter; or, with ``replacement``,
    every example of a batch is drawn from the list independently.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        batch: int,
        rngs: Sequence[np.random.Generator],
        *,
        replacement: bool,
    ) -> None:
        super().__init__(tasks[0].n, len(tasks), batch, LIST_RING)
        self._lists = [task.draw(task.remaining or 0) for task in tasks]
        self._rngs = list(rngs)
        self._replacement = replacement
        self._orders = [np.empty(0, dtype=np.int64) for _ in tasks]

    def fetch(self, step: int, steps: int) -> None:
        for slot, m, _ in self._runs(step, steps):
            for t, samples in enumerate(self._lists):
                chosen = self._next(t, m)
                self.rows[t, slot : slot + m] = samples.rows[chosen]
                self.labels[t, slot : slot + m] = samples.labels[chosen]

    def _next(self, t: int, m: int) -> npt.NDArray[np.int64]:
        length, rng = self._lists[t].m, self._rngs[t]
        if self._replacement:
            return rng.integers(0, length, size=m)
        missing = max(0, m - len(self._orders[t]))
        epochs = [rng.permutation(length) for _ in range(-(-missing // length))]
        order = np.concatenate([self._orders[t], *epochs])
        self._orders[t] = order[m:]
        return order[:m]

    def examples_left(self) -> npt.NDArray[np.float64]:
        """Without end: the list is used again and again, if it is not empty."""
        return np.array([math.inf if samples.m else 0.0 for samples in self._lists])

    def recent(self, position: int, step: int) -> Samples:
        """The whole list."""
        return self._lists[position]

    def bytes_per_trial(self, position: int) -> int:
        samples = self._lists[position]
        return super().bytes_per_trial(position) + samples.rows.nbytes + samples.labels.nbytes

    def finish(self, position: int, step: int) -> None:
        pass

    def keep(self, positions: Sequence[int]) -> None:
        super().keep(positions)
        self._lists = [self._lists[t] for t in positions]
        self._rngs = [self._rngs[t] for t in positions]
        self._orders = [self._orders[t] for t in positions]


def supply(
    tasks: Sequence[Task],
    batch: int,
    rngs: Sequence[np.random.Generator],
    *,
    replacement: bool,
) -> Supply:
    """Batches for trials that are all of one kind, see :func:`kind`."""
    if kind(tasks[0]) == "list":
        return ListSupply(tasks, batch, rngs, replacement=replacement)
    streams = open_streams([oracle_of(task) for task in tasks])
    return OracleSupply(tasks, batch) if streams is None else StreamSupply(tasks, streams, batch)


def kind(task: Task) -> str:
    """``list`` for a fixed list, ``stream`` for fresh examples of a hidden parity, else ``fresh``;
    trials of different kinds are not trained in one batch."""
    oracle = oracle_of(task)
    if oracle.remaining is not None:
        return "list"
    return "stream" if has_stream(oracle) else "fresh"


def oracle_of(task: Task) -> ExampleOracle:
    """The oracle of a task, which the learner's access model makes one of examples."""
    assert isinstance(task.oracle, ExampleOracle)
    return task.oracle


def _allowed(tasks: Sequence[Task]) -> npt.NDArray[np.float64]:
    left = [task.remaining for task in tasks]
    return np.array([math.inf if m is None else float(m) for m in left])
