"""What is left of a time limit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from parity_compare.algorithms.budget import OutOfTime


class Deadline:
    """The end of a search, which importing and compiling do not bring nearer.

    Args:
        seconds: from now on; None for no end.
        clock: tells the time in seconds.
    """

    def __init__(
        self, seconds: float | None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._clock = clock
        self._limit = math.inf if seconds is None else seconds
        self._since = clock()

    @property
    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._limit - self.spent)

    @property
    def spent(self) -> float:
        """Seconds since the beginning that count."""
        return self._clock() - self._since

    def poll(self) -> None:
        """Give the limit a chance.

        Raises:
            OutOfTime: nothing is left.
        """
        if not self.left:
            raise OutOfTime

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the clock, to import and compile: the first time on a machine this takes long."""
        began = self._clock()
        try:
            yield
        finally:
            self._since += self._clock() - began

    @contextmanager
    def reserving(self, seconds: float) -> Iterator[None]:
        """Keep so many seconds back for what comes after."""
        self._limit -= seconds
        try:
            yield
        finally:
            self._limit += seconds
