"""Subsets in lexicographic order, as arrays."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Subset = npt.NDArray[np.int64]
Subsets = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def fill_subsets(subset: Subset, n: int, out: Subsets) -> tuple[int, bool]:
    """Write successive subsets of 0..n-1 in lexicographic order.

    Args:
        subset: ``(size,)`` int64, the first one to write, increasing; moved forward in place.
        n: number of coordinates.
        out: ``(room, size)`` int64, filled from the start.

    Returns:
        The number of rows filled, and whether the last subset has been written.
    """
    size = len(subset)
    for row in range(len(out)):
        for i in range(size):
            out[row, i] = subset[i]
        moving = size - 1
        while moving >= 0 and subset[moving] == n - size + moving:
            moving -= 1
        if moving < 0:
            return row + 1, True
        subset[moving] += 1
        for i in range(moving + 1, size):
            subset[i] = subset[i - 1] + 1
    return len(out), False
