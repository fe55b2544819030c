"""How many threads there may be, and holding libraries to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parity_compare.algorithms.task import Task


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def held_to_threads(task: Task) -> Iterator[None]:
    """Let BLAS and OpenMP use no more threads than the task's budget.

    To find the libraries takes milliseconds, and is off the clock.
    """
    from threadpoolctl import threadpool_limits

    with task.clock.paused():
        limits = threadpool_limits(task.budget.threads)
    try:
        yield
    finally:
        with task.clock.paused():
            limits.restore_original_limits()
