"""The rows as a linear system: its rank, its solution, and the relations among its columns.

A parity with a constant, y = c + sum of x_i over i in S, becomes linear once the first row is
added to every row: D s = y - y_0 with D = X - X_0 (over GF(2), where minus is plus) and s the
indicator of S; then c = y_0 + X_0 s. The kernel of D are the sets of columns whose XOR is the same
in every row, be it 0 or 1. Two answers label all rows alike if and only if they differ by such a
set, with the constants that go with it. A zero column of D never varies; equal columns of D are
equal or opposite in every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from parity_compare.algorithms.integer_rows import reduce_integers
from parity_compare.algorithms.linear_system import label_bits
from parity_compare.problems.bits import (
    WORD_BITS,
    Bits,
    Words,
    pack,
    transpose,
    unpack,
    words_for,
)
from parity_compare.problems.samples import Samples

_SMALL = 1 << 17  # entries that Python's integers reduce in some ten milliseconds
_FIRST_CHUNK, _CHUNK = 128, 1 << 16  # rows that are eliminated at once


@dataclass(frozen=True)
class Copy:
    """A column that equals another in every row, or is its opposite in every row."""

    column: int
    of: int
    negated: bool


@dataclass(frozen=True)
class System:
    """The reduced row echelon form of D and what follows from it.

    Attributes:
        samples: the rows.
        reduced: ``(r, words_for(n + 1))`` uint64: the r rows that are not zero; bit n is the
            label's.
        pivots: ``(r,)`` the pivots' columns, increasing.
        consistent: whether some parity with a constant fits every row.
    """

    samples: Samples
    reduced: Words = field(repr=False)
    pivots: tuple[int, ...]
    consistent: bool

    @property
    def n(self) -> int:
        """Number of columns."""
        return self.samples.n

    @property
    def rank(self) -> int:
        """The rank r of D: 2^(r + 1) parities with a constant differ on these rows."""
        return len(self.pivots)

    @property
    def freedom(self) -> int:
        """Number d = n - r of independent relations: 2^d answers label these rows alike."""
        return self.n - self.rank

    @cached_property
    def first_row(self) -> Bits:
        """X_0, ``(n,)`` uint8."""
        return unpack(self.samples.rows[0], self.n)

    @cached_property
    def solution(self) -> tuple[int, ...]:
        """The S that fits every row and has pivots only; of a consistent system."""
        assert self.consistent
        chosen = np.array(self.pivots, dtype=np.int64)[label_bits(self.reduced, self.n)]
        return tuple(int(column) for column in chosen)

    def constant(self, support: Sequence[int]) -> int:
        """The constant with which ``support`` fits the first row."""
        return int(self.samples.labels[0]) ^ self.value(support)

    def value(self, support: Sequence[int]) -> int:
        """The XOR of the columns in the first row."""
        return int(np.bitwise_xor.reduce(self.first_row[list(support)], initial=0))

    @cached_property
    def leaders(self) -> tuple[int, ...]:
        """For every column the first that it equals or is opposite to, itself if there is none.

        A column that never varies has -1.
        """
        first: dict[bytes, int] = {bytes(8 * words_for(max(1, self.rank))): -1}
        patterns = transpose(self.reduced, self.n) if self.rank else np.zeros((self.n, 1), "u8")
        return tuple(
            first.setdefault(pattern.tobytes(), column) for column, pattern in enumerate(patterns)
        )

    @cached_property
    def distinct(self) -> tuple[int, ...]:
        """The columns that vary and are no copies of an earlier one."""
        return tuple(i for i, leader in enumerate(self.leaders) if leader == i)

    @property
    def constants(self) -> tuple[int, ...]:
        """The columns that have one value in every row."""
        return tuple(i for i, leader in enumerate(self.leaders) if leader < 0)

    @property
    def copies(self) -> tuple[Copy, ...]:
        """The columns that equal an earlier one or are its opposite."""
        return tuple(
            Copy(i, leader, bool(self.first_row[i] ^ self.first_row[leader]))
            for i, leader in enumerate(self.leaders)
            if 0 <= leader < i
        )

    @cached_property
    def relations(self) -> Words:
        """A basis of the relations among the distinct columns.

        ``(d', words_for(n))`` uint64, over all n columns; no relation has fewer than three.
        """
        if self.rank == len(self.distinct):
            return np.zeros((0, words_for(self.n)), dtype=np.uint64)
        from parity_compare.algorithms.gaussian_elimination import kernel_basis

        distinct = np.array(self.distinct, dtype=np.int64)
        bits = unpack(self.reduced, self.n)[:, distinct]
        places = np.searchsorted(distinct, self.pivots)
        small = kernel_basis(pack(bits), places, len(distinct))
        wide = np.zeros((len(small), self.n), dtype=np.uint8)
        wide[:, distinct] = unpack(small, len(distinct))
        return pack(wide)


def prepare(samples: Samples) -> None:
    """Import and compile what the elimination of these rows needs, so that no clock counts it."""
    if not _small(samples):
        from parity_compare.algorithms.kernels.elimination import reduce_rows

        reduce_rows(np.ones((1, 1), dtype=np.uint64), 1)


def eliminate(samples: Samples) -> System:
    """Reduce the rows; at full rank and a contradiction, no row can change more.

    Args:
        samples: at least one row.
    """
    n = samples.n
    reduced, pivots = (_by_integers if _small(samples) else _by_chunks)(samples)
    # The label stands right of all columns: it has a pivot if the rows contradict each other.
    consistent = not pivots or pivots[-1] != n
    if not consistent:
        reduced, pivots = reduced[:-1], pivots[:-1]
    return System(samples, np.ascontiguousarray(reduced), tuple(pivots), consistent)


def _small(samples: Samples) -> bool:
    """Whether Python's integers are done before a compiled kernel is loaded."""
    return samples.n < WORD_BITS and samples.m * samples.n <= _SMALL


def _by_integers(samples: Samples) -> tuple[Words, list[int]]:
    rows = _differences(samples, 0, samples.m, 1)[:, 0].tolist()
    echelon = reduce_integers(rows, rank=samples.n + 1)
    reduced = np.array([row for _, row in echelon], dtype=np.uint64)[:, np.newaxis]
    return reduced, [pivot for pivot, _ in echelon]


def _by_chunks(samples: Samples) -> tuple[Words, list[int]]:
    from parity_compare.algorithms.kernels.elimination import reduce_rows

    n, words = samples.n, words_for(samples.n + 1)
    reduced = np.empty((0, words), dtype=np.uint64)
    pivots: list[int] = []
    start, size = 0, _FIRST_CHUNK
    while start < samples.m and len(pivots) <= n:
        rows = np.concatenate([reduced, _differences(samples, start, start + size, words)])
        pivots = reduce_rows(rows, n + 1).tolist()
        reduced = rows[: len(pivots)]
        start, size = start + size, min(2 * size, _CHUNK)
    return reduced, pivots


def _differences(samples: Samples, start: int, stop: int, words: int) -> Words:
    """Rows of [D | y - y_0], packed."""
    n, part = samples.n, samples[start:stop]
    rows = np.zeros((part.m, words), dtype=np.uint64)
    rows[:, : part.rows.shape[1]] = part.rows ^ samples.rows[0]
    labels = (part.labels ^ samples.labels[0]).astype(np.uint64)
    rows[:, n // 64] |= labels << np.uint64(n % 64)
    return rows
