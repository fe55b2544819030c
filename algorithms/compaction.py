"""Forgetting the rows of trials that have ended, without copying those of the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch

Rows = TypeVar("Rows", npt.NDArray[Any], torch.Tensor)


def survivors(count: int, ended: Collection[int]) -> list[int]:
    """Which of ``count`` rows are left, in an order that moves as few as possible: the last ones
    take the places of those that ended."""
    alive = count - len(ended)
    spare = [row for row in range(alive, count) if row not in ended]
    return [spare.pop() if row in ended else row for row in range(alive)]


def compact(rows: Rows, kept: Sequence[int]) -> Rows:
    """The rows ``kept``, in this order, moved to the front of the same memory.

    Only rows that are not in their place are moved, so a batch of thousands loses one trial at the
    price of one; and no second copy of all is ever held.
    """
    chosen = np.asarray(kept, dtype=np.int64)
    moved = np.flatnonzero(chosen != np.arange(len(chosen)))
    if len(moved):
        if isinstance(rows, torch.Tensor):
            to, source = (torch.from_numpy(i).to(rows.device) for i in (moved, chosen[moved]))
            rows[to] = rows[source]
        else:
            rows[moved] = rows[chosen[moved]]
    return rows[: len(chosen)]
