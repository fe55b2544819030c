"""What is recorded along the training of a network, for those who sent probes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from parity_compare.algorithms.networks.network import Floats, TrainedNetwork
from parity_compare.algorithms.task import Task
from parity_compare.algorithms.training.losses import Loss
from parity_compare.problems.bits import Bits, pack
from parity_compare.problems.oracles import FloatArray


def moments(every_step: bool = False) -> Iterator[int]:
    """The steps at which a trace is recorded, without end: all of them, or 0, 1, ..., 16, then
    about 7 % apart."""
    step = 0
    while True:
        yield step
        far = step >= 16 and not every_step
        step = max(step + 1, math.ceil(1.07 * step) if far else 0)


@dataclass(frozen=True)
class Snapshot:
    """One network at one moment, as probes see it.

    Attributes:
        step: number of updates made so far.
        network: its weights now.
        start: ``(units, n)`` its input weights at step 0.
        loss: what it is trained on.
    """

    step: int
    network: TrainedNetwork
    start: Floats
    loss: Loss

    def predict(self, bits: Bits) -> Bits:
        """Labels (0/1) of examples ``(m, n)``."""
        return self.network(bits)

    def input_weights(self) -> FloatArray:
        """``(units, n)``: the weights that each input coordinate meets first."""
        return self.network.input_weights().astype(np.float64)

    def displacement(self) -> FloatArray:
        """``(n,)``: per input coordinate, the largest |w_t - w_0| over the units."""
        moved: FloatArray = np.abs(self.network.input_weights() - self.start).max(axis=0)
        return moved.astype(np.float64)

    def input_gradients(self, bits: Bits, labels: Bits) -> FloatArray:
        """``(units, n)``: gradient of the mean loss over labelled examples in the input weights."""
        y = torch.from_numpy(1 - 2 * labels.astype(np.float32))
        f = torch.from_numpy(self.network.outputs(bits))
        slopes = (self.loss.slope(y, f) / len(bits)).numpy()
        return self.network.input_gradients(bits, slopes).astype(np.float64)

    def batch_gradients(self, bits: Bits, labels: Bits) -> FloatArray:
        """``(b, units, n)``: the same for b batches, ``bits`` (b, m, n) and ``labels`` (b, m)."""
        rows = pack(bits.reshape(-1, bits.shape[-1])).reshape(*labels.shape, -1)
        return self.network.batch_gradients(rows, labels, self.loss.slope).astype(np.float64)


class Recorder:
    """Shows the moments of one trial: columns ``step``, ``seconds``, ``loss`` and the probes' own.

    Args:
        task: who is shown them.
        start: ``(units, n)`` input weights at step 0.
        loss: what the network is trained on.
    """

    def __init__(self, task: Task, start: Floats, loss: Loss) -> None:
        self._task = task
        self._start = start
        self._loss = loss
        self._due = False

    def record(self, step: int, seconds: float, loss: float, network: TrainedNetwork) -> None:
        """Append one moment, with the loss of the batch before; the clock must stand still."""
        self.complete(loss)
        state = Snapshot(step, network, self._start, self._loss)
        self._task.observe(state, step=float(step), seconds=seconds, loss=loss)
        self._due = True

    def complete(self, loss: float) -> None:
        """The batch that followed the last moment is known: its loss counts for the moment."""
        if self._due:
            self._task.amend(loss=loss)
            self._due = False
