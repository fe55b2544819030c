"""Rank over GF(2) equation by equation."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.words import popcount, trailing_zeros

Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

_ONE = np.uint64(1)


@numba.njit(cache=True, nogil=True)
def insert_rows(
    rows: Words, n: int, most_words: int, ranks: Counts, determined: Counts
) -> tuple[int, bool]:
    """Add equations one by one to a reduced system, and tell after each how much is known.

    The rows kept are fully reduced: a pivot's column has its one in the pivot's row only. A
    coordinate has one value in all solutions if and only if its unit vector is in the row space,
    and then it is a pivot whose row has no other one.

    Args:
        rows: ``(m, w)`` uint64, [X | y] packed, the right-hand side at column n.
        n: number of unknowns.
        most_words: stop when about so many words have been added.
        ranks: ``(m,)`` int64, receives the rank of the first 1, 2, ... equations.
        determined: ``(m,)`` int64, receives the number of coordinates that they determine.

    Returns:
        The number of equations added, and whether they have a solution; the first one that
        contradicts those before it is the last.
    """
    m, words = rows.shape
    label_word, label_bit = n >> 6, _ONE << np.uint64(n & 63)
    kept = np.empty((min(m, n), words), dtype=np.uint64)
    unit = np.zeros(min(m, n), dtype=np.bool_)  # which of them have one unknown only
    pivots = np.zeros(words, dtype=np.uint64)
    places = np.empty(n, dtype=np.int64)
    row = np.empty(words, dtype=np.uint64)
    rank = alone = worked = 0
    for number in range(m):
        row[:] = rows[number]
        for w in range(words):
            # Rows kept have zeros at one another's pivots, so these bits stay until their turn.
            shared = rows[number, w] & pivots[w]
            while shared:
                _add(row, kept[places[64 * w + trailing_zeros(shared)]])
                shared &= shared - _ONE
                worked += words
        pivot = -1
        for w in range(words):
            unknowns = row[w] & ~label_bit if w == label_word else row[w]
            if unknowns:
                pivot = 64 * w + trailing_zeros(unknowns)
                break
        if pivot < 0 and row[label_word]:
            ranks[number], determined[number] = rank, alone
            return number + 1, False
        if pivot >= 0:
            word, shift = pivot >> 6, np.uint64(pivot & 63)
            for i in range(rank):
                if (kept[i, word] >> shift) & _ONE:
                    _add(kept[i], row)
                    alone -= unit[i]
                    unit[i] = _is_unit(kept[i], label_word, label_bit)
                    alone += unit[i]
                    worked += words
            kept[rank] = row
            unit[rank] = _is_unit(row, label_word, label_bit)
            alone += unit[rank]
            pivots[word] |= _ONE << shift
            places[pivot] = rank
            rank += 1
        ranks[number], determined[number] = rank, alone
        worked += words + rank
        if worked > most_words:
            return number + 1, True
    return m, True


@numba.njit(cache=True, nogil=True)
def _add(row: Words, other: Words) -> None:
    for w in range(len(row)):
        row[w] ^= other[w]


@numba.njit(cache=True, nogil=True)
def _is_unit(row: Words, label_word: int, label_bit: np.uint64) -> bool:
    """Whether one unknown is left in an equation, which has one at least."""
    unknowns = 0
    for w in range(len(row)):
        unknowns += popcount(row[w] & ~label_bit if w == label_word else row[w])
        if unknowns > 1:
            return False
    return True
