"""A sample that grows: what is drawn stays, and more is drawn when it is needed."""

from __future__ import annotations

import numpy as np

from parity_compare.algorithms.task import Task
from parity_compare.problems.samples import Samples


class GrowingSample:
    """The examples that a search has drawn so far, as one list."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._samples = task.draw(0)

    @property
    def m(self) -> int:
        """Number of examples drawn so far."""
        return self._samples.m

    def grow_to(self, m: int) -> Samples:
        """All examples drawn so far, at least ``m`` of them.

        Raises:
            OutOfSamples: fewer are left in the oracle or in the budget.
        """
        more = self._task.draw(max(0, m - self._samples.m))
        if more.m:
            rows = np.concatenate([self._samples.rows, more.rows])
            labels = np.concatenate([self._samples.labels, more.labels])
            self._samples = Samples(more.n, rows, labels, more.names)
        return self._samples
