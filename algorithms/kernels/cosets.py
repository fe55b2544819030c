"""Vectors of a given weight in a coset of a linear code over GF(2)."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.words import popcount

Words = npt.NDArray[np.uint64]


@numba.njit(cache=True, nogil=True)
def count_weight(
    vector: Words, basis: Words, weight: int, first: int, last: int, found: Words
) -> int:
    """Walk the coset ``vector + span(basis)`` in Gray-code order and count vectors of a weight.

    Step ``i`` of the order adds the basis vector at the lowest set bit of ``i``; step 0 is
    ``vector`` itself. Calls for consecutive ranges continue one another, since ``vector`` is moved
    along in place.

    Args:
        vector: ``(w,)`` uint64, where the walk stands.
        basis: ``(d, w)`` uint64, d < 63.
        weight: number of ones that is looked for.
        first, last: steps first, ..., last - 1 are made.
        found: ``(w,)`` uint64, receives the last vector of that weight.

    Returns:
        The number of vectors of that weight among those visited.
    """
    words = len(vector)
    hits = 0
    for step in range(first, last):
        if step:
            bit = 0
            while not (step >> bit) & 1:
                bit += 1
            for w in range(words):
                vector[w] ^= basis[bit, w]
        ones = 0
        for w in range(words):
            ones += popcount(vector[w])
        if ones == weight:
            hits += 1
            for w in range(words):
                found[w] = vector[w]
    return hits
