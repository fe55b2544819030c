"""All parities at once, where there are few enough to tabulate.

With d(u) the number of rows u with label 0 less that with label 1, the Walsh-Hadamard transform
F(s) = sum_u (-1)^(s.u) d(u) is, for every set s of columns, the number of rows whose label is the
XOR of the columns less the number of those whose label is its opposite. So 2^c c additions compare
all 2^c sets of c columns, with either constant, with all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import pack
from parity_compare.problems.samples import Samples

MOST_COLUMNS = 26
"""2^26 counts, and what is found among them, take 900 MB and two seconds."""

Support = tuple[int, ...]


@dataclass(frozen=True)
class Spectrum:
    """The agreement of every set of the columns.

    Attributes:
        columns: ``(c,)`` numbers of the columns.
        counts: ``(2^c,)`` int32, F(s) with bit i of s for the i-th of the columns.
        sizes: ``(2^c,)`` uint8, the number of columns in s.
    """

    columns: tuple[int, ...]
    counts: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.uint8]

    @cached_property
    def magnitudes(self) -> npt.NDArray[np.int32]:
        """|F(s)|, ``(2^c,)``."""
        return np.abs(self.counts)

    def best_of_sizes(self) -> dict[int, int]:
        """By size, a set that agrees best: the first of those with the largest |F(s)|."""
        best = np.zeros(len(self.columns) + 1, dtype=np.int32)
        np.maximum.at(best, self.sizes, self.magnitudes)
        winners = np.flatnonzero(self.magnitudes == best[self.sizes])
        sizes, first = np.unique(self.sizes[winners], return_index=True)
        return dict(zip(sizes.tolist(), winners[first].tolist(), strict=True))

    def at(self, magnitude: int, size: int | None = None) -> npt.NDArray[np.int64]:
        """The s with |F(s)| of that magnitude, of a size or of any."""
        found = np.flatnonzero(self.magnitudes == magnitude)
        return found if size is None else found[self.sizes[found] == size]

    def below(self, magnitude: int, size: int | None = None) -> int:
        """The largest |F(s)| under a magnitude, -1 if there is none."""
        values = self.magnitudes
        if size is not None:
            values = values[self.sizes == size]
        return int(values.max(initial=-1, where=values < magnitude))

    def read(self, s: int) -> tuple[Support, int]:
        """The set of an index, and the constant with which it agrees best."""
        support = tuple(column for i, column in enumerate(self.columns) if s >> i & 1)
        return support, int(self.counts[s] < 0)


def prepare() -> None:
    """Import and compile the transform, so that no clock need count it."""
    from parity_compare.problems.fourier import walsh_hadamard

    walsh_hadamard(np.zeros(2, dtype=np.int32))


def spectrum(
    samples: Samples, columns: Sequence[int], poll: Callable[[], object], threads: int = 1
) -> Spectrum:
    """Compare all sets of the columns with the labels.

    Args:
        samples: the rows, fewer than 2^31.
        columns: at most :data:`MOST_COLUMNS` of them.
        poll: called about every millisecond; what it raises ends the transform.
        threads: how many share the work.
    """
    from parity_compare.problems.fourier import walsh_hadamard

    chosen = samples.bits[:, list(columns)]
    places = pack(chosen)[:, 0].astype(np.int64)
    length = 1 << len(columns)
    values = np.zeros(length, dtype=np.int32)
    np.add.at(values, places, 1 - 2 * samples.labels.astype(np.int32))
    walsh_hadamard(values, poll, threads=threads)
    sizes = np.bitwise_count(np.arange(length, dtype=np.uint32))
    return Spectrum(tuple(columns), values, sizes)
