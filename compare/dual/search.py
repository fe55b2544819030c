"""Counting all subsets of rising size, as far as the time allows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parity_compare.dual.chances import loosened, parity_bounds
from parity_compare.dual.clock import Clock
from parity_compare.dual.relation import Stage
from parity_compare.problems.bits import Words

if TYPE_CHECKING:
    from parity_compare.dual.layout import Layout

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

MOST = 20_000
"""Subsets that are kept; a search that finds more has ended."""

_TABLE_BYTES = 1 << 24
_CHUNK_WORDS = 1 << 27  # words counted between two looks at the clock: some tens of milliseconds
_ROOM = 1 << 12
_PARTS_PER_DEVIATION = 4  # parts of [-1, 1] in which bounds are constant, per m^(-1/2)
_OVERHEAD = 3  # words whose counting takes as long as what each subset costs besides
_FIRST_PACE = 1e9  # words a second and thread, until it is measured
_WELL_MEASURED = 1 << 25  # words that must be counted to tell the pace


@dataclass(frozen=True, eq=False)
class Candidates:
    """Subsets of one size that passed a bound.

    Attributes:
        subsets: ``(r, weight)`` int64, increasing along each row.
        ones: ``(r,)`` int64, rows where the XOR is 1.
        minorities: ``(r,)`` int64, rows that disagree with the majority of their group.
    """

    subsets: Indices
    ones: Indices
    minorities: Indices

    def __len__(self) -> int:
        return len(self.ones)


class Enumeration:
    """The subsets of packed columns, ready to be counted size by size.

    Args:
        columns: ``(n, words)`` uint64, laid out by ``layout``.
        layout: where the rows stand.
        biases: ``(n,)``, the columns' 1 - 2 p.
        threads: threads that share the work.
    """

    def __init__(self, columns: Words, layout: Layout, biases: Floats, threads: int) -> None:
        self._columns, self._layout, self._biases = columns, layout, biases
        self._m = len(layout.places)
        self._threads = threads
        self._parts = max(64, 2 * _PARTS_PER_DEVIATION * math.isqrt(self._m))
        self._pace = _FIRST_PACE * threads
        self._found: list[Candidates] = []

    def prepare(self) -> None:
        """Compile the kernels, or load them compiled, which no limit on time should pay for."""
        from parity_compare.algorithms.kernels.relations import collect
        from parity_compare.algorithms.kernels.subsets import suffix_table

        one = np.zeros((1, 1), dtype=np.uint64)
        table, starts, _ = suffix_table(one, 1, 1)
        none = np.empty(0, dtype=np.int64)
        everything = np.array([[-1, 2]], dtype=np.int64)
        collect(
            table, starts, np.zeros(1), one, np.zeros(1), none, 0, 1,
            np.array([[0, 1, 0]], dtype=np.int64), np.zeros(1, dtype=np.uint64), 1,
            everything, everything, np.array([-1], dtype=np.int64),
            np.empty((1, 3), dtype=np.int64),
        )  # fmt: skip

    def subsets(self, weight: int) -> int:
        """Number of subsets of that size."""
        return math.comb(len(self._columns), weight)

    def predicted(self, weight: int) -> float:
        """Seconds that a size should take."""
        return self.subsets(weight) * (self._layout.words + _OVERHEAD) / self._pace

    def foretold(self, weight: int) -> Stage:
        """A size that is not searched."""
        return Stage(weight, self.subsets(weight), 0, self.predicted(weight))

    def run(
        self, weight: int, level: float, minorities: Indices, clock: Clock
    ) -> tuple[Stage, Candidates]:
        """Count all subsets of one size and keep those that may have a p-value within ``level``.

        Args:
            weight: 1 to n.
            level: two-sided p-value of a parity over all rows; 0 keeps none for it.
            minorities: ``(c,)`` int64, see :func:`.collect`.
            clock: what is left of it decides whether the size begins; once it is over, the size
                is given up.

        Returns:
            How far it was searched, and what was kept.
        """
        total, left = self.subsets(weight), clock.left
        if not left or self.predicted(weight) > left:
            return self.foretold(weight), _none(weight)
        began = time.perf_counter()
        bounds = self._bounds(level)
        visited, kept, parts = 0, 0, []
        for count, candidates in self._chunks(weight, bounds, minorities):
            visited += count
            kept += len(candidates)
            parts.append(candidates)
            late = visited < total and clock.over
            if late or kept > MOST:
                break
        seconds = time.perf_counter() - began
        work = visited * (self._layout.words + _OVERHEAD)
        if work > _WELL_MEASURED:
            self._pace = work / seconds
        if visited < total:
            seconds *= total / visited
        return Stage(weight, total, visited, seconds), joined(parts, weight)

    def counter(self, level: float, minorities: Indices) -> Callable[[Indices], Candidates]:
        """What counts given subsets and keeps those that may have a p-value within ``level``.

        Args:
            level: two-sided p-value of a parity over all rows; 0 keeps none for it.
            minorities: ``(c,)`` int64, see :func:`.collect`.

        Returns:
            A function of ``(r, weight)`` int64, which threads may share; it counts exactly as
            :meth:`run` does.
        """
        from parity_compare.algorithms.kernels.relations import collect
        from parity_compare.algorithms.kernels.relations_collisions import table_of

        bounds = self._bounds(level)
        loose = loosened(bounds)
        n, words = self._columns.shape
        most = max(1, _TABLE_BYTES // (8 * words))

        def count(subsets: Indices) -> Candidates:
            # The subsets take the place of the suffixes of an empty prefix.
            starts = np.append(np.zeros(n, dtype=np.int64), len(subsets))
            found = np.empty((len(subsets), 3), dtype=np.int64)
            _, hits = collect(
                table_of(self._columns, subsets), starts,
                self._biases[subsets].prod(axis=1), self._columns, self._biases,
                np.empty(0, dtype=np.int64), 0, 1, self._layout.spans, self._layout.sizes, self._m,
                bounds, loose, minorities, found,
            )  # fmt: skip
            found = found[:hits]
            return Candidates(subsets[found[:, 0]], found[:, 1], found[:, 2])

        def in_pieces(subsets: Indices) -> Candidates:
            pieces = range(0, len(subsets), most)
            return joined([count(subsets[low : low + most]) for low in pieces], subsets.shape[1])

        return in_pieces

    def _bounds(self, level: float) -> Indices:
        if level > 0:
            return parity_bounds(self._m, level, self._parts)
        return np.array([[-1, self._m + 1]], dtype=np.int64)

    def _chunks(
        self, weight: int, bounds: Indices, minorities: Indices
    ) -> Iterator[tuple[int, Candidates]]:
        from parity_compare.algorithms.kernels.relations import collect
        from parity_compare.algorithms.kernels.subsets import suffix_table
        from parity_compare.algorithms.subset_search import unrank

        n, words = self._columns.shape
        size = self._suffix_size(weight)
        table, starts, suffixes = suffix_table(self._columns, size, math.comb(n, size))
        suffix_biases = self._biases[suffixes].prod(axis=1)
        loose = loosened(bounds)
        length, pool = weight - size, n - size
        prefixes = math.comb(pool, length)

        def search(first: int, last: int) -> tuple[int, Candidates]:
            room = _ROOM
            while True:
                found = np.empty((room, length + 3), dtype=np.int64)
                visited, hits = collect(
                    table, starts, suffix_biases, self._columns, self._biases,
                    unrank(first, pool, length), pool, last - first,
                    self._layout.spans, self._layout.sizes, self._m,
                    bounds, loose, minorities, found,
                )  # fmt: skip
                if hits <= room:
                    break
                room = hits
            found = found[:hits]
            subsets = np.concatenate([found[:, :length], suffixes[found[:, length]]], axis=1)
            return visited, Candidates(subsets, found[:, length + 1], found[:, length + 2])

        # Early prefixes have most suffixes, so equal shares of prefixes shrink with their number.
        most = math.comb(n - length, size)
        share = max(1, _CHUNK_WORDS // (most * (words + _OVERHEAD)))
        share = min(share, -(-prefixes // self._threads))
        ranges = [(low, min(prefixes, low + share)) for low in range(0, prefixes, share)]
        if len(ranges) == 1 or self._threads == 1:
            for first, last in ranges:
                yield search(first, last)
            return
        with ThreadPoolExecutor(self._threads) as pool_of_threads:
            for low in range(0, len(ranges), self._threads):
                now = ranges[low : low + self._threads]
                yield from pool_of_threads.map(search, *zip(*now, strict=True))

    def _suffix_size(self, weight: int) -> int:
        """The largest suffixes whose table is small, by itself and beside the search."""
        from parity_compare.algorithms.kernels.relations_words import EIGHT

        n, words = self._columns.shape
        size = 1
        while (
            size < weight
            and 8 * words * math.comb(n, size + 1) <= _TABLE_BYTES
            and EIGHT * math.comb(n, size + 1) <= math.comb(n, weight)
        ):
            size += 1
        return size


def _none(weight: int) -> Candidates:
    empty = np.empty(0, dtype=np.int64)
    return Candidates(np.empty((0, weight), dtype=np.int64), empty, empty)


def joined(parts: list[Candidates], weight: int) -> Candidates:
    """Candidates of one size as one."""
    if not parts:
        return _none(weight)
    return Candidates(
        np.concatenate([part.subsets for part in parts]),
        np.concatenate([part.ones for part in parts]),
        np.concatenate([part.minorities for part in parts]),
    )
