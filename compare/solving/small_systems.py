"""Many small linear systems over GF(2) at once, by NumPy alone.

A row is one word, so that one operation on an array moves all systems on. What compiled kernels do
faster still is over here before they are loaded.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import WORD_BITS, Words

_ONE, _NONE = np.uint64(1), np.uint64(0)


def solve_systems(equations: Words, n: int) -> tuple[Words, npt.NDArray[np.bool_]]:
    """Solve systems of n unknowns, each by n of its equations that are independent.

    With a pivot in every column, the further equations take no part. Which those are depends on the
    left-hand sides only.

    Complexity: O(r n) word operations for each system, in O(n) calls of NumPy.

    Args:
        equations: ``(r, t)`` uint64: r equations of each of t systems; the coefficient of unknown j
            is bit j, the right-hand side bit n.
        n: number of unknowns, below 64.

    Returns:
        ``(t,)`` uint64: the solutions, of which bit j is unknown j; and ``(t,)`` bool: which of the
        systems have rank n. The solutions of the others mean nothing.
    """
    assert n < WORD_BITS
    rows, systems = equations.copy(), np.arange(equations.shape[1])
    regular = np.ones(len(systems), dtype=np.bool_)
    for column in range(n):
        bit = np.uint64(column)
        ones = (rows[column:] >> bit & _ONE).astype(np.bool_)
        pivot = column + ones.argmax(axis=0)
        chosen = rows[pivot, systems]
        regular &= ones[pivot - column, systems]
        rows[pivot, systems] = rows[column]
        rows[column] = chosen
        below = rows[column + 1 :]
        below ^= chosen & (_NONE - (below >> bit & _ONE))
    # The bit of the right-hand side stays set, so that a parity adds it to the unknowns known.
    solutions = np.full(len(systems), _ONE << np.uint64(n), dtype=np.uint64)
    for column in reversed(range(n)):
        odd = np.bitwise_count(rows[column] & solutions) & np.uint8(1)
        solutions |= odd.astype(np.uint64) << np.uint64(column)
    return solutions & ((_ONE << np.uint64(n)) - _ONE), regular
