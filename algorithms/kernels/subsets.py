"""Scoring k-subsets of packed columns against packed labels."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.words import popcount

Words = npt.NDArray[np.uint64]
Subset = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def next_prefix(prefix: Subset, n: int) -> bool:
    """Step to the next combination of 0..n-2 in lexicographic order; False past the last.

    A prefix leaves room for one more, larger coordinate, hence n - 2.
    """
    size = len(prefix)
    for i in range(size - 1, -1, -1):
        if prefix[i] < n - 1 - (size - i):
            prefix[i] += 1
            for j in range(i + 1, size):
                prefix[j] = prefix[j - 1] + 1
            return True
    return False


@numba.njit(cache=True, nogil=True)
def score_subsets(
    columns: Words,
    labels: Words,
    prefix: Subset,
    best: Subset,
    misses: Subset,
    enough: int,
    at_most: int,
) -> tuple[int, bool]:
    """Count the mismatches of k-subsets and keep the two best.

    The subsets are visited in lexicographic order, beginning with those whose first k-1 elements
    are ``prefix``. The XOR of a prefix is made once and shared by all its last elements; counting
    stops as soon as a subset is worse than the second best.

    Args:
        columns: ``(n, w)`` uint64, the examples packed by column.
        labels: ``(w,)`` uint64, the packed labels.
        prefix: ``(k-1,)`` int64, where to go on; moved forward in place.
        best: ``(k,)`` int64, the best subset so far, updated in place.
        misses: ``(2,)`` int64, mismatches of the best and of the second best subset so far,
            updated in place; the second may belong to another subset of equal score.
        enough: stop after the prefix that brought a subset with at most so many mismatches; -1 for
            never.
        at_most: go to the next prefix only while fewer subsets than this have been visited.

    Returns:
        The number of subsets visited, and whether the search is over.
    """
    n, words = columns.shape
    size = len(prefix)
    residue = np.empty(words, dtype=np.uint64)
    visited = 0
    while True:
        for w in range(words):
            residue[w] = labels[w]
        for i in range(size):
            for w in range(words):
                residue[w] ^= columns[prefix[i], w]
        first = prefix[size - 1] + 1 if size else 0
        for last in range(first, n):
            count = 0
            for w in range(words):
                count += popcount(residue[w] ^ columns[last, w])
                if count >= misses[1]:
                    break
            if count < misses[0]:
                misses[1] = misses[0]
                misses[0] = count
                for i in range(size):
                    best[i] = prefix[i]
                best[size] = last
            elif count < misses[1]:
                misses[1] = count
        visited += n - first
        if misses[0] <= enough or not next_prefix(prefix, n):
            return visited, True
        if visited >= at_most:
            return visited, False
