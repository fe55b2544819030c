"""Counting numbers by equal bins."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def sort_in(values: npt.NDArray[np.number[Any]], half_width: float, counts: Counts) -> None:
    """Count values in equal bins from ``-half_width`` to ``half_width``.

    Args:
        values: any numbers; what lies beyond the bins counts in the outermost.
        half_width: in the values' unit.
        counts: ``(bins,)`` int64, added to.
    """
    bins = len(counts)
    for value in values:
        place = int(np.floor((value / half_width + 1) * (bins / 2)))
        counts[min(max(place, 0), bins - 1)] += 1
