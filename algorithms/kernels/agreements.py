"""How many labels the subsets of a search agree with, subset by subset in the search's own order.

The searches' own kernels drop a subset as soon as it cannot be the answer. These count every one to
the end, for those who want to see the course of a search afterwards.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.guesses import draw_subset
from parity_compare.algorithms.kernels.subsets import next_subset
from parity_compare.algorithms.kernels.words import popcount

Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def agree_in_order(columns: Words, labels: Words, size: int, visits: int, first: Counts) -> None:
    """Count the agreements of the first subsets in lexicographic order.

    Args:
        columns: ``(n, w)`` uint64, the examples packed by column, their bits past m zero.
        labels: ``(w,)`` uint64, the packed labels, likewise.
        size: number of columns in a subset, 1 to n.
        visits: number of subsets to count.
        first: ``(m + 1,)`` int64, zeros; entry a receives the number, from 1, of the first subset
            that agrees with exactly a of the m labels.
    """
    n, words = columns.shape
    m = len(first) - 1
    prefix = np.arange(size - 1)
    residue = np.empty(words, dtype=np.uint64)
    number, more = 0, True
    while more and number < visits:
        for w in range(words):
            residue[w] = labels[w]
            for i in range(size - 1):
                residue[w] ^= columns[prefix[i], w]
        last = prefix[size - 2] + 1 if size > 1 else 0
        for column in range(last, min(n, last + visits - number)):
            misses = 0
            for w in range(words):
                misses += popcount(residue[w] ^ columns[column, w])
            number += 1
            if first[m - misses] == 0:
                first[m - misses] = number
        more = next_subset(prefix, n - 1)


@numba.njit(cache=True, nogil=True)
def agree_by_guessing(
    columns: Words, labels: Words, state: Words, size: int, guesses: int, first: Counts
) -> None:
    """Count the agreements of random subsets, drawn as :func:`.guess_subsets` draws them.

    Args:
        columns, labels, size, first: as in :func:`agree_in_order`.
        state: ``(1,)`` uint64, the generator's state before the first guess; moved forward.
        guesses: number of subsets to draw and count.
    """
    n, words = columns.shape
    m = len(first) - 1
    subset = np.empty(size, dtype=np.int64)
    for number in range(1, guesses + 1):
        draw_subset(n, state, subset)
        misses = 0
        for w in range(words):
            residue = labels[w]
            for i in range(size):
                residue ^= columns[subset[i], w]
            misses += popcount(residue)
        if first[m - misses] == 0:
            first[m - misses] = number
