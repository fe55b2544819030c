"""Random k-subsets, tested against packed examples."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.words import popcount

Words = npt.NDArray[np.uint64]
Subset = npt.NDArray[np.int64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)


@numba.njit(cache=True, nogil=True)
def next_word(state: Words) -> np.uint64:
    """The next 64 random bits of SplitMix64 (Steele, Lea, Flood 2014).

    Args:
        state: ``(1,)`` uint64, any start; moved forward in place.
    """
    state[0] += _GAMMA
    word = state[0]
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.uint64(word ^ (word >> np.uint64(31)))


@numba.njit(cache=True, nogil=True)
def below(bound: int, state: Words) -> np.int64:
    """A uniform integer in 0..bound-1, for bounds up to 2^32.

    The high half of a 32-bit draw times the bound, draws that would be one too many for some values
    being repeated (Lemire 2019): no value is favoured, and hardly any draw costs a division.
    """
    size = np.uint64(bound)
    low_half = np.uint64(0xFFFFFFFF)
    product = (next_word(state) >> np.uint64(32)) * size
    if (product & low_half) < size:
        excess = (np.uint64(1) << np.uint64(32)) % size
        while (product & low_half) < excess:
            product = (next_word(state) >> np.uint64(32)) * size
    return np.int64(product >> np.uint64(32))


@numba.njit(cache=True, nogil=True)
def draw_subset(n: int, state: Words, subset: Subset) -> None:
    """Fill ``subset`` with distinct coordinates of 0..n-1, every set being equally likely (Floyd).

    Args:
        n: number of coordinates.
        state: as in :func:`next_word`.
        subset: ``(k,)`` int64, overwritten; its order has no meaning.
    """
    size = len(subset)
    for i in range(size):
        largest = n - size + i
        pick = below(largest + 1, state)
        taken = False
        for j in range(i):  # all of them: a branch would be guessed wrong too often
            taken |= subset[j] == pick
        subset[i] = largest if taken else pick


@numba.njit(cache=True, nogil=True)
def guess_subsets(
    columns: Words, labels: Words, allowed: int, state: Words, subset: Subset, at_most: int
) -> tuple[int, int, bool]:
    """Draw subsets with replacement until one has few mismatches.

    Args:
        columns: ``(n, w)`` uint64, the examples packed by column.
        labels: ``(w,)`` uint64, the packed labels.
        allowed: mismatches at which a subset is accepted.
        state: as in :func:`next_word`.
        subset: ``(k,)`` int64, the last subset drawn.
        at_most: stop after so many.

    Returns:
        The number of subsets drawn, of words compared, and whether the last one was accepted.
    """
    n, words = columns.shape
    compared = 0
    for tries in range(1, at_most + 1):
        draw_subset(n, state, subset)
        misses = 0
        for w in range(words):
            residue = labels[w]
            for i in range(len(subset)):
                residue ^= columns[subset[i], w]
            misses += popcount(residue)
            if misses > allowed:
                break
        compared += w + 1
        if misses <= allowed:
            return tries, compared, True
    return at_most, compared, False
