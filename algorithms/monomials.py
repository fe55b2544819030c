"""All monomials of some degrees, as rows of signs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import Words, to_signs, unpack

Features = npt.NDArray[np.float32]

_CHUNK = 1 << 22  # values made between two polls: some hundredths of a second


class Monomials:
    """The monomials chi_T of the degrees ``degrees`` over n coordinates.

    They are numbered degree by degree, and within one in lexicographic order.

    Args:
        n: number of coordinates.
        degrees: sizes of T, each in 1..n.
    """

    def __init__(self, n: int, degrees: Sequence[int]) -> None:
        self._n = n
        self._degrees = tuple(degrees)
        self._counts = [math.comb(n, degree) for degree in degrees]

    def __len__(self) -> int:
        return self.count

    @property
    def count(self) -> int:
        """How many there are; unlike ``len`` it may be any integer."""
        return sum(self._counts)

    def support(self, number: int) -> tuple[int, ...]:
        """T of the monomial with that number."""
        from parity_compare.algorithms.subset_search import unrank

        for degree, count in zip(self._degrees, self._counts, strict=True):
            if number < count:
                return tuple(unrank(number, self._n, degree).tolist())
            number -= count
        raise IndexError(number)

    def values(self, columns: Words, m: int, poll: Callable[[], None]) -> Features:
        """All monomials on ``m`` examples.

        Args:
            columns: ``(n, words_for(m))`` uint64, the examples packed by column.
            m: number of examples.
            poll: called between two chunks; may raise.

        Returns:
            ``(count, m)`` float32 of -1 and +1.
        """
        from parity_compare.algorithms.kernels.combinations import fill_subsets

        made = np.empty((self.count, m), dtype=np.float32)
        row = 0
        for degree, count in zip(self._degrees, self._counts, strict=True):
            subset = np.arange(degree)
            subsets = np.empty((min(count, max(1, _CHUNK // m)), degree), dtype=np.int64)
            done = False
            while not done:
                poll()
                filled, done = fill_subsets(subset, self._n, subsets)
                words = columns[subsets[:filled, 0]]
                for i in range(1, degree):
                    words ^= columns[subsets[:filled, i]]
                made[row : row + filled] = to_signs(unpack(words, m))
                row += filled
        return made
