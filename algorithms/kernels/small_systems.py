"""Systems of at most 64 unknowns over GF(2), many at once: one word per row."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

_ONE = np.uint64(1)


@numba.njit(cache=True, nogil=True)
def solve_systems(rows: Words, sides: Words, n: int, ranks: Counts, solutions: Words) -> None:
    """Reduce many systems to row echelon form, in place, and solve those of full rank.

    A column's pivot is added to every row that has a one there, by masks instead of branches, so
    that four rows go in one vector.

    Args:
        rows: ``(s, m)`` uint64: row i of system j is the word ``rows[j, i]``, its bits past n zero.
        sides: ``(s, m)`` uint64, 0 or 1: the right-hand sides.
        n: number of unknowns, at most 64.
        ranks: ``(s,)`` int64, receives the ranks r; ~r, which is negative, for a system without a
            solution.
        solutions: ``(s,)`` uint64, receives a solution: the one whose free unknowns are zero.
    """
    for system in range(len(rows)):
        words, labels = rows[system], sides[system]
        m, rank, pivots = len(words), 0, np.uint64(0)
        for column in range(n):
            bit = np.uint64(column)
            pivot = rank
            while pivot < m and not (words[pivot] >> bit) & _ONE:
                pivot += 1
            if pivot == m:
                continue
            word, label = words[pivot], labels[pivot]
            words[pivot], labels[pivot] = words[rank], labels[rank]
            for i in range(m):
                chosen = np.uint64(0) - ((words[i] >> bit) & _ONE)
                words[i] ^= word & chosen
                labels[i] ^= label & chosen
            words[rank], labels[rank] = word, label
            pivots |= _ONE << bit
            rank += 1
            if rank == m:
                break
        solution, row = np.uint64(0), 0
        for column in range(n):
            if (pivots >> np.uint64(column)) & _ONE:
                solution |= labels[row] << np.uint64(column)
                row += 1
        consistent = True
        for i in range(rank, m):
            consistent = consistent and labels[i] == 0
        ranks[system] = rank if consistent else ~rank
        solutions[system] = solution
