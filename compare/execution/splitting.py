"""Long searches, each of which is spread over all workers of a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

from parity_compare.algorithms.task import Result
from parity_compare.execution.jobs import Jobs, Part
from parity_compare.execution.protocol import Call
from parity_compare.execution.supervisor import Stopped
from parity_compare.spec import TrialSpec

LONG = 5.0
"""Seconds on one core beyond which a search is worth spreading."""


def worth_splitting(specs: Sequence[TrialSpec], workers: int) -> list[TrialSpec]:
    """The searches to be spread: long ones, where there are fewer of them than workers.

    Otherwise whole trials keep the workers as busy, at less expense.
    """
    if workers < 2:
        return []
    long = [spec for spec in specs if not spec.batched and _is_long(spec)]
    return long if len(long) < workers else []


def _is_long(spec: TrialSpec) -> bool:
    learner = spec.make_learner()
    if not learner.can_split:
        return False
    forecast = learner.forecast(spec.n, k=spec.k, noise=spec.noise, samples=spec.samples)
    if forecast is None or learner.speed is None:
        return False
    return forecast.operations > LONG * learner.speed


class WorkerScatter:
    """The workers of a run, as a search sees them (see :class:`.task.Scatter`)."""

    def __init__(self, jobs: Jobs, workers: int) -> None:
        self._jobs = jobs
        self.workers = workers

    def __call__(
        self, parts: Iterable[Callable[[], Result]], seconds: float
    ) -> Generator[Result, None, None]:
        """Results of the parts, in their order; see :class:`.task.Scatter`.

        Raises:
            Stopped: the run was told to stop now.
        """
        waiting: deque[Future[Any]] = deque()
        try:
            for function in parts:
                part = Part(Call(function), seconds)
                self._jobs.hand_in(part)
                waiting.append(part.result)
                # One more for each worker, so that none waits for the next.
                if len(waiting) >= 2 * self.workers:
                    yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())
        finally:
            for future in waiting:
                future.cancel()

    def _result(self, future: Future[Any]) -> Any:
        try:
            return future.result()
        except CancelledError:
            raise Stopped from None
