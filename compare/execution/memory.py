"""How much memory batches of trials may take."""

from __future__ import annotations

WORKER = 400_000_000
"""Bytes that a worker holds before it has a trial: Python, NumPy, numba, PyTorch."""
_SHARE = 0.5
"""Of what is left, for the arrays of a batch: formulas leave out what libraries take besides."""


def batch_memory(limit: float | None, workers: int) -> float:
    """Bytes that the arrays of one batch may take.

    Args:
        limit: bytes that one worker may hold, None for its share of what this machine has free.
        workers: how many share this machine's memory.
    """
    if limit is None:
        import psutil

        limit = psutil.virtual_memory().available / workers
    return max(1.0, _SHARE * (limit - WORKER))
