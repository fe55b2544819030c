"""All k-subsets against a sample: how the search is laid out, shared among threads and split up.

Prefixes are numbered in lexicographic order. A range of their numbers is a shard: shards can be
searched by many processes or machines, and their :class:`Ranking` s add up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.first_words import first_words
from parity_compare.algorithms.kernels.subsets import (
    STEP,
    count_mismatches,
    find_perfect,
    suffix_table,
)
from parity_compare.problems.bits import Words

_PERFECT_TABLE = 1 << 15  # suffixes: 128 KiB of fingerprints
_COUNTING_TABLE = 1 << 22  # bytes of the words that all suffixes are counted on
_CHUNK_WORDS = 1 << 26  # words compared between two polls: some tens of milliseconds
_NO_BOUND = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Ranking:
    """The best subset of a search and how it stands out.

    Attributes:
        best: the subset with the fewest mismatches, None if none was counted to the end.
        misses: its mismatches.
        runner_up: mismatches of the second best subset that was counted to the end.
        visited: number of subsets that were visited.
    """

    best: tuple[int, ...] | None
    misses: int
    runner_up: int
    visited: int

    def __add__(self, other: Ranking) -> Ranking:
        """The ranking of both searches together; of equals, the left one's subset is kept."""
        first, second = (self, other) if self.misses <= other.misses else (other, self)
        runner_up = min(first.runner_up, second.misses)
        return Ranking(first.best, first.misses, runner_up, self.visited + other.visited)


class SubsetSearch:
    """The k-subsets of packed columns, ready to be searched.

    Args:
        columns: ``(n, w)`` uint64, the examples packed by column.
        labels: ``(w,)`` uint64, the packed labels.
        m: number of examples.
        size: number k of columns in a subset, 1 <= k <= n.
        bounds: ``(w,)`` most mismatches in the first 64, 128, ... examples of a subset that is
            worth counting further; None counts all. All zero looks for perfect fits only, which
            is several times faster.

    Attributes:
        perfect_only: whether only perfect fits are looked for.
        first_words: words of every subset that are looked at first.
    """

    def __init__(
        self,
        columns: Words,
        labels: Words,
        m: int,
        size: int,
        bounds: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self._columns, self._labels = columns, labels
        self._m, self._size = m, size
        n, words = columns.shape
        self.perfect_only = bounds is not None and not bounds.any()
        self._bounds = np.full(words, _NO_BOUND) if bounds is None else bounds
        self.first_words = first_words(m, bounds)
        self.suffix_size = self._choose_suffix_size()
        self._pool = n - self.suffix_size  # every prefix leaves room for a suffix
        count = math.comb(n, self.suffix_size)
        self._table, self._starts, self._suffixes = suffix_table(columns, self.suffix_size, count)
        self._fingerprints = (self._table[0, :count] & np.uint64(0xFFFFFFFF)).astype(np.uint32)

    @property
    def prefixes(self) -> int:
        """Number of prefixes; their numbers are 0 to this less one."""
        return math.comb(self._pool, self._size - self.suffix_size)

    @property
    def nbytes(self) -> int:
        """Bytes of the tables."""
        return int(self._table.nbytes + self._suffixes.nbytes + self._fingerprints.nbytes)

    def run(
        self,
        poll: Callable[[Ranking], None],
        *,
        first: int = 0,
        last: int | None = None,
        enough: int = -1,
        wanted: int = 1,
        threads: int = 1,
    ) -> Ranking:
        """Search the prefixes ``first`` to ``last - 1``.

        Args:
            poll: called with the ranking so far some tens of times a second; may raise.
            first, last: the shard, by default all.
            enough, wanted: stop once ``wanted`` subsets, 1 or 2, with at most ``enough`` mismatches
                have come; -1 for never.
            threads: threads that share the work.
        """
        end = self.prefixes if last is None else last
        ranking = Ranking(None, self._m + 1, self._m + 1, 0)
        length = self._size - self.suffix_size  # of a prefix
        most = length + math.comb(len(self._columns) - length, self.suffix_size)
        chunk = max(1, _CHUNK_WORDS // (most * self.first_words))
        low = first
        hits = wanted if enough >= 0 else _NO_BOUND
        search = partial(self._find, wanted=hits) if self.perfect_only else self._count
        with ThreadPoolExecutor(threads) as pool:
            while low < end:
                share = min(chunk, -(-(end - low) // threads))
                stop = min(end, low + share * threads)
                ranges = [(start, min(stop, start + share)) for start in range(low, stop, share)]
                before = ranking.visited
                # One range needs no thread of its own, and most searches have one only.
                mapped = map if len(ranges) == 1 else pool.map
                for part in mapped(search, *zip(*ranges, strict=True)):
                    ranking += part
                reached = ranking.misses if wanted == 1 else ranking.runner_up
                # What is done need not ask whether it may go on.
                if reached <= enough or stop == end:
                    break
                poll(ranking)
                # Prefixes differ in their number of suffixes; the last ones tell of the next.
                work = (ranking.visited - before + (stop - low) * length) * self.first_words
                chunk = max(1, min(2 * share, share * threads * _CHUNK_WORDS // work))
                low = stop
        return ranking

    def _find(self, first: int, last: int, wanted: int) -> Ranking:
        prefix = unrank(first, self._pool, self._size - self.suffix_size)
        found = np.zeros(len(prefix) + 1, dtype=np.int64)
        visited, hits = find_perfect(
            self._fingerprints, self._table, self._starts, self._columns, self._labels,
            prefix, self._pool, last - first, found, wanted,
        )  # fmt: skip
        none = self._m + 1
        best = self._subset(found) if hits else None
        return Ranking(best, 0 if hits else none, 0 if hits > 1 else none, visited)

    def _count(self, first: int, last: int) -> Ranking:
        prefix = unrank(first, self._pool, self._size - self.suffix_size)
        best = np.zeros(len(prefix) + 1, dtype=np.int64)
        misses = np.full(2, self._m + 1, dtype=np.int64)
        visited = count_mismatches(
            self._table, self._starts, self._columns, self._labels,
            prefix, self._pool, last - first, self.first_words, self._bounds, best, misses,
        )  # fmt: skip
        subset = self._subset(best) if misses[0] <= self._m else None
        return Ranking(subset, int(misses[0]), int(misses[1]), visited)

    def _subset(self, place: Sequence[int] | npt.NDArray[np.int64]) -> tuple[int, ...]:
        return tuple(int(i) for i in (*place[:-1], *self._suffixes[place[-1]]))

    def _choose_suffix_size(self) -> int:
        """The largest suffixes whose table is small, beside the search and beside the cache."""
        n = len(self._columns)
        largest = (
            _PERFECT_TABLE if self.perfect_only else (_COUNTING_TABLE // (8 * self.first_words))
        )
        size = 1
        while (
            size + 1 < self._size
            and math.comb(n, size + 1) <= largest
            and math.comb(n, size + 1) * STEP <= math.comb(n, self._size)
        ):
            size += 1
        return size


def unrank(rank: int, n: int, size: int) -> npt.NDArray[np.int64]:
    """The subset of that number among the ``size``-subsets of 0..n-1, in lexicographic order."""
    subset = np.empty(size, dtype=np.int64)
    candidate = 0
    for i in range(size):
        while (block := math.comb(n - candidate - 1, size - i - 1)) <= rank:
            rank -= block
            candidate += 1
        subset[i] = candidate
        candidate += 1
    return subset
