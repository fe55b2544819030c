"""Where training batches come from: fresh examples, or a fixed list in reshuffled epochs."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Bits, Words
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.samples import Samples

RECENT = 8192
"""Number of most recent fresh examples that are remembered."""


class FreshExamples:
    """Every batch is drawn anew; nothing is drawn that is not trained on."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._recent: deque[Samples] = deque()
        self._remembered = 0

    @property
    def left(self) -> int | None:
        """Examples that can still be had; None for no end."""
        return self._task.remaining

    @property
    def recent(self) -> Sequence[Samples]:
        """The latest examples: at least the last 8192, or all there were."""
        return self._recent

    @property
    def nbytes(self) -> int:
        """Bytes of the remembered examples."""
        return sum(samples.rows.nbytes + samples.labels.nbytes for samples in self._recent)

    def take(self, m: int) -> tuple[Words, Bits]:
        """The next ``m`` examples: packed rows ``(m, words)`` and labels ``(m,)``, 0/1."""
        samples = self._task.draw(m)
        self._recent.append(samples)
        self._remembered += m
        while self._remembered - self._recent[0].m >= RECENT:
            self._remembered -= self._recent.popleft().m
        return samples.rows, samples.labels


class Epochs:
    """A fixed list, drawn once and as a whole, in a new random order every epoch.

    Batches run across the ends of epochs, so that all have one size, even if the list is shorter.
    """

    def __init__(self, task: Task, rng: np.random.Generator) -> None:
        self._samples = task.draw(task.remaining or 0)
        self._rng = rng
        self._order = np.empty(0, dtype=np.int64)

    @property
    def left(self) -> int | None:
        """None, for an endless supply; 0 if the list is empty."""
        return None if self._samples.m else 0

    @property
    def recent(self) -> Sequence[Samples]:
        """The whole list."""
        return [self._samples]

    @property
    def nbytes(self) -> int:
        """Bytes of the list."""
        return self._samples.rows.nbytes + self._samples.labels.nbytes

    def take(self, m: int) -> tuple[Words, Bits]:
        """The next ``m`` examples: packed rows ``(m, words)`` and labels ``(m,)``, 0/1."""
        chosen = self._next(m)
        return self._samples.rows[chosen], self._samples.labels[chosen]

    def _next(self, m: int) -> npt.NDArray[np.int64]:
        missing = max(0, m - len(self._order))
        length = self._samples.m
        epochs = [self._rng.permutation(length) for _ in range(-(-missing // length))]
        order = np.concatenate([self._order, *epochs])
        self._order = order[m:]
        return order[:m]


Feed = FreshExamples | Epochs


def feed(task: Task, rng: np.random.Generator) -> Feed:
    """Epochs over the list if the oracle holds one, else fresh examples."""
    oracle = task.oracle
    fixed = isinstance(oracle, ExampleOracle) and oracle.remaining is not None
    return Epochs(task, rng) if fixed else FreshExamples(task)
