"""How much of the sample an exhaustive search looks at for every subset, and what that takes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import WORD_BITS, words_for

SURVIVORS = 0.01
"""Share of wrong subsets that may pass the first words."""

_MOST = 30  # the kernel sums by bytes
# Seconds of one thread, measured on an AMD EPYC (Zen 3) with tables that its caches hold.
_PER_SUBSET, _PER_FIRST_WORD, _PER_FURTHER_WORD = 1e-9, 0.4e-9, 1.7e-9


def first_words(m: int, bounds: npt.NDArray[np.int64] | None) -> int:
    """The words of every subset that are looked at first.

    Without bounds as many as the kernel takes; with bounds the fewest on which nearly all wrong
    subsets fail, each of whose labels disagrees with probability 1/2.

    Args:
        m: number of examples.
        bounds: ``(w,)`` most mismatches in the first 64, 128, ... examples, see
            :func:`.mismatch_bounds`; None if all subsets are counted.
    """
    most = min(words_for(m), _MOST)
    if bounds is None:
        return most
    from scipy.special import bdtr

    for words in range(1, most + 1):
        examples = min(WORD_BITS * words, m)
        if float(bdtr(min(bounds[words - 1], examples), examples, 0.5)) <= SURVIVORS:
            return words
    return most


def seconds_per_subset(m: int, bounds: npt.NDArray[np.int64] | None) -> float:
    """What one thread is predicted to take for a subset on average.

    Args:
        m, bounds: as for :func:`first_words`.
    """
    first = first_words(m, bounds)
    survivors = 1.0 if bounds is None else SURVIVORS
    further = survivors * (words_for(m) - first)
    return _PER_SUBSET + _PER_FIRST_WORD * first + _PER_FURTHER_WORD * further
