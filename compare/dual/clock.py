"""What ends a search before it is done: its time limit, or whoever started it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def never() -> bool:
    """Nobody asks the search to end."""
    return False


class Clock:
    """The time that is left, none once somebody has asked the search to end.

    Args:
        limit: seconds from now on; None for no limit.
        stop: whether the search is to end; asked some ten times a second.
    """

    def __init__(self, limit: float | None = None, stop: Callable[[], bool] = never) -> None:
        self._limit = math.inf if limit is None else limit
        self._stop = stop
        self._began = time.perf_counter()
        self.interrupted = False

    @property
    def spent(self) -> float:
        """Seconds since the beginning, without those of :meth:`paused`."""
        return time.perf_counter() - self._began

    @property
    def left(self) -> float:
        """Seconds left, at least 0; the search ends at 0."""
        self.interrupted = self.interrupted or self._stop()
        return 0.0 if self.interrupted else max(0.0, self._limit - self.spent)

    @property
    def over(self) -> bool:
        """Whether nothing new may begin."""
        return not self.left

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock, to compile or to load what is compiled."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._began += time.perf_counter() - began
