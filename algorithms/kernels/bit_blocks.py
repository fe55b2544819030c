"""Small pieces of packed matrices over GF(2)."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.words import popcount

Words = npt.NDArray[np.uint64]


@numba.njit(cache=True, nogil=True)
def transpose_block(block: Words) -> None:
    """Transpose a 64 x 64 bit matrix ``(64,)`` uint64 in place, by swapping ever smaller quarters.

    Warren, Hacker's Delight, section 7-3.
    """
    half = 32
    mask = np.uint64(0x00000000FFFFFFFF)
    while half:
        shift = np.uint64(half)
        i = 0
        while i < 64:
            for j in range(i, i + half):
                swap = ((block[j] >> shift) ^ block[j + half]) & mask
                block[j + half] ^= swap
                block[j] ^= swap << shift
            i += 2 * half
        half >>= 1
        mask ^= mask << np.uint64(half)


@numba.njit(cache=True, nogil=True)
def parity_of(row: Words, mask: Words) -> np.uint64:
    """XOR of the bits of ``row`` at the ones of ``mask``, both ``(w,)`` uint64: 0 or 1."""
    folded = np.uint64(0)
    for w in range(len(mask)):
        folded ^= row[w] & mask[w]
    return np.uint64(popcount(folded) & 1)
