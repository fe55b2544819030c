"""The lightest vectors of a coset of a linear code over GF(2)."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.words import popcount

Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def keep_lightest(
    vector: Words,
    basis: Words,
    first: int,
    last: int,
    least: int,
    most: int,
    kept: Words,
    weights: Counts,
) -> int:
    """Walk the coset ``vector + span(basis)`` in Gray-code order and keep its lightest vectors.

    Step ``i`` of the order adds the basis vector at the lowest set bit of ``i``; step 0 is
    ``vector`` itself. Calls for consecutive ranges continue one another, since ``vector`` is moved
    along in place.

    Args:
        vector: ``(w,)`` uint64, where the walk stands.
        basis: ``(d, w)`` uint64, d < 63.
        first, last: steps first, ..., last - 1 are made.
        least, most: vectors of other weights are passed over.
        kept: ``(l, w)`` uint64, the lightest so far, in the order of their weights; of equal
            weights the ones met first.
        weights: ``(l,)`` int64, their weights, more than ``most`` for places not yet taken.

    Returns:
        The number of vectors visited whose weight lies in the range.
    """
    words, places = len(vector), len(weights)
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
        if ones < least or ones > most:
            continue
        hits += 1
        if ones >= weights[places - 1]:
            continue
        place = places - 1
        while place > 0 and weights[place - 1] > ones:
            weights[place] = weights[place - 1]
            for w in range(words):
                kept[place, w] = kept[place - 1, w]
            place -= 1
        weights[place] = ones
        for w in range(words):
            kept[place, w] = vector[w]
    return hits
