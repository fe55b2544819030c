"""Limits on a trial and the clock that measures it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from parity_compare.problems.errors import InvalidInput


class OutOfTime(Exception):
    """The budget's seconds or steps are spent."""


@dataclass(frozen=True)
class Budget:
    """The most a trial may spend; time, examples and steps are not limited by default.

    Attributes:
        seconds: wall-clock seconds inside ``learn``.
        samples: examples drawn.
        steps: iterations of the learner's own loop.
        threads: CPU threads that may work at once, 1 by default.

    Raises:
        InvalidInput: a limit is not positive.
    """

    seconds: float = math.inf
    samples: float = math.inf
    steps: float = math.inf
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("seconds", "samples", "steps", "threads"):
            if not getattr(self, name) > 0:
                raise InvalidInput(f"{name} must be positive, got {getattr(self, name)}")


class Clock:
    """A stopwatch that can be paused while somebody else's work is done."""

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """Seconds measured so far."""
        running = 0.0 if self._since is None else time.perf_counter() - self._since
        return self._elapsed + running

    @property
    def running(self) -> bool:
        """Whether time is being counted."""
        return self._since is not None

    def start(self) -> None:
        """Count from now on; a running clock goes on."""
        if self._since is None:
            self._since = time.perf_counter()

    def stop(self) -> None:
        """Stop counting; a stopped clock stays so."""
        self._elapsed, self._since = self.seconds, None

    def discount(self, seconds: float) -> None:
        """Leave out a part of what was measured that was somebody else's work."""
        self._elapsed -= seconds

    def split(self) -> Clock:
        """A stopped clock that shows what this one shows now."""
        copy = Clock()
        copy._elapsed = self.seconds
        return copy

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the body out of the measurement."""
        was_running = self.running
        self.stop()
        try:
            yield
        finally:
            if was_running:
                self.start()
