"""What is recorded along the training of a network, for those who sent probes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from parity_compare.algorithms.networks.mlp import Floats, TwoLayerReLU
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Bits
from parity_compare.problems.oracles import FloatArray


def moments() -> Iterator[int]:
    """The steps at which a trace is recorded: 0, 1, ..., 16, then about 7 % apart, without end."""
    step = 0
    while True:
        yield step
        step = max(step + 1, math.ceil(1.07 * step) if step >= 16 else 0)


@dataclass(frozen=True)
class Snapshot:
    """One network at one moment, as probes see it."""

    step: int
    network: TwoLayerReLU
    start: Floats  # (r, n) first-layer weights at step 0

    def predict(self, bits: Bits) -> Bits:
        """Labels (0/1) of examples ``(m, n)``."""
        return self.network(bits)

    def displacement(self) -> FloatArray:
        """``(n,)``: per input coordinate, the largest |w_t - w_0| over the hidden units."""
        moved: FloatArray = np.abs(self.network.W - self.start).max(axis=0).astype(np.float64)
        return moved


class Recorder:
    """Shows the moments of one trial: columns ``step``, ``seconds``, ``loss`` and the probes' own.

    Args:
        task: who is shown them.
        start: ``(r, n)`` first-layer weights at step 0.
    """

    def __init__(self, task: Task, start: Floats) -> None:
        self._task = task
        self._start = start

    def record(self, step: int, loss: float, network: TwoLayerReLU) -> None:
        """Append one moment; the clock must stand still meanwhile."""
        state = Snapshot(step, network, self._start)
        self._task.observe(state, step=float(step), seconds=self._task.clock.seconds, loss=loss)
