"""Sums over the examples on which a threshold neuron fires."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.words import popcount

Words = npt.NDArray[np.uint64]
Bits = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]

_ONE = np.uint64(1)


@numba.njit(cache=True, nogil=True)
def add_fired(rows: Words, labels: Bits, weights: Words, radius: int, counts: Counts) -> int:
    """Count, over the examples within Hamming distance ``radius`` of ``weights``, where x_i != y.

    In signs, w.x = n - 2 distance, so these are the examples with w.x >= n - 2 radius, and
    ``fired - 2 counts[i]`` is their sum of y x_i.

    Args:
        rows: ``(m, w)`` uint64, packed examples.
        labels: ``(m,)`` uint8, 0 or 1.
        weights: ``(w,)`` uint64, the packed sign vector.
        radius: largest distance at which the neuron fires.
        counts: ``(64 w,)`` int64, added to.

    Returns:
        The number of examples on which it fires.
    """
    m, words = rows.shape
    fired = 0
    for i in range(m):
        distance = 0
        for w in range(words):
            distance += popcount(rows[i, w] ^ weights[w])
        if distance > radius:
            continue
        fired += 1
        flip = np.uint64(0) - np.uint64(labels[i])
        for w in range(words):
            word = rows[i, w] ^ flip
            base = 64 * w
            for bit in range(64):
                counts[base + bit] += np.int64((word >> np.uint64(bit)) & _ONE)
    return fired
