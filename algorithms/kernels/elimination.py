"""Gauss-Jordan elimination over GF(2) on packed rows."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Pivots = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def reduce_rows(rows: Words, columns: int) -> Pivots:
    """Bring packed rows to reduced row echelon form, in place.

    Pivots are sought in the first ``columns`` columns, left to right; further columns (a right-hand
    side) take part in the row operations only. Rows without a pivot end below the others.

    Args:
        rows: ``(m, w)`` uint64, packed as in :mod:`parity_compare.problems.bits`.
        columns: number of columns that may hold a pivot.

    Returns:
        ``(rank,)`` int64: the pivot column of each of the first ``rank`` rows, increasing.
    """
    m, words = rows.shape
    pivots = np.empty(min(m, columns), dtype=np.int64)
    rank = 0
    for column in range(columns):
        if rank == m:
            break
        word = column >> 6
        bit = np.uint64(1) << np.uint64(column & 63)
        pivot = -1
        for i in range(rank, m):
            if rows[i, word] & bit:
                pivot = i
                break
        if pivot < 0:
            continue
        if pivot != rank:
            for w in range(words):
                rows[pivot, w], rows[rank, w] = rows[rank, w], rows[pivot, w]
        # The pivot row is zero left of its pivot's word, so the XOR may start there.
        for i in range(m):
            if i != rank and rows[i, word] & bit:
                for w in range(word, words):
                    rows[i, w] ^= rows[rank, w]
        pivots[rank] = column
        rank += 1
    return pivots[:rank]
