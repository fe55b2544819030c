"""The noiseless parity as a linear system over GF(2), in packed rows."""

from __future__ import annotations

import numpy as np

from parity_compare.problems.bits import Words, words_for
from parity_compare.problems.samples import Samples


def augmented(samples: Samples) -> Words:
    """The system [X | y] as packed rows ``(m, words_for(n + 1))``, the label at column n."""
    n = samples.n
    rows = np.zeros((samples.m, words_for(n + 1)), dtype=np.uint64)
    rows[:, : samples.rows.shape[1]] = samples.rows
    rows[:, n // 64] |= samples.labels.astype(np.uint64) << np.uint64(n % 64)
    return rows


def label_bits(system: Words, n: int) -> np.ndarray:
    """The right-hand side of an augmented system, ``(m,)`` bool."""
    return np.asarray((system[:, n // 64] >> np.uint64(n % 64)) & np.uint64(1), dtype=np.bool_)
