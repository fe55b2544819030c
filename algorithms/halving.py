"""All k-subsets of columns whose XOR is the label, by meeting in the middle.

Every k-subset S falls in exactly one way into a lower part A, its floor(k/2) least elements, and an
upper part B. With max A < min B required of a pair, the two parts are disjoint, each S is met once
instead of once for each of its C(k, k/2) splits, and pairs that overlap never arise.

The XOR of A's columns must equal the XOR of B's columns and the label. Columns are first shortened
to a fingerprint of at most 64 bits less a tag: the examples themselves where they are so few, else
random sums of examples over GF(2), which a wrong subset passes with probability 2^-bits, however
the examples depend on each other. Whatever passes is then checked on every example.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import Words, parity, random_words

Support = tuple[int, ...]

_CHUNK = 1 << 21  # half-subsets between two polls: some tens of milliseconds
_BUCKET = 4096  # lower halves that a bucket should hold: its table fits a second-level cache
_MOST_BUCKETS = 4096  # buckets that are dealt into at once: each holds a cache line
_SMALLEST_BLOCK = 1 << 20
_HITS = 1024
_KEY_BYTES = 8


class OverMemory(Exception):
    """The keys of one pass outgrew the memory they were planned for."""


@dataclass(frozen=True)
class Plan:
    """How a search is cut so that it stays inside its memory.

    Attributes:
        lower: number of lower halves, C(n - ceil(k/2), floor(k/2)).
        upper: number of upper halves, C(n - floor(k/2), ceil(k/2)).
        passes: times that all halves are made; each pass keeps the keys of its own buckets.
        block: upper halves that are looked at between two joins.
        memory: bytes that the keys may take.
    """

    lower: int
    upper: int
    passes: int
    block: int
    memory: int

    @classmethod
    def of(cls, n: int, size: int, memory: int) -> Plan:
        """The plan with the fewest passes for ``size``-subsets of ``n`` columns."""
        small, large = size // 2, size - size // 2
        lower, upper = math.comb(n - large, small), math.comb(n - small, large)
        # Hashing deals unevenly, so a tenth stays free.
        half = max(1, 9 * memory // (20 * _KEY_BYTES))
        passes = -(-max(lower, min(upper, _SMALLEST_BLOCK)) // half)
        block = min(upper, max(lower, _SMALLEST_BLOCK), half * passes)
        return cls(lower, upper, passes, block, memory)

    @property
    def peak_memory(self) -> int:
        """Bytes of the keys of one pass, if the fingerprints differ."""
        return _KEY_BYTES * -(-(self.lower + self.block) // self.passes)

    @property
    def bucket_bits(self) -> int:
        """Buckets there are in all passes together, as a power of two."""
        wanted = min(self.lower // _BUCKET, _MOST_BUCKETS * self.passes)
        return max(1, wanted.bit_length(), (self.passes - 1).bit_length())

    def ranges(self) -> Iterator[range]:
        """The buckets of each pass."""
        buckets = 2**self.bucket_bits
        for number in range(self.passes):
            yield range(number * buckets // self.passes, (number + 1) * buckets // self.passes)


def fitting_subsets(
    task: Task, columns: Words, labels: Words, size: int, plan: Plan, at_most: int = 2
) -> list[Support]:
    """The subsets of ``size`` columns whose XOR is the label word by word, up to ``at_most``.

    Time O(C(n, k/2)) and, in one pass, as much memory. The work is added to the task's steps (half-
    subsets looked at) and operations (word XORs).

    Args:
        task: polled; its generator makes the fingerprints.
        columns: ``(n, w)`` uint64, packed by column: examples, or a reduced system.
        labels: ``(w,)`` uint64.
        size: number of columns, 1 <= size <= n.
        plan: made for n and ``size``.
        at_most: the search ends when so many are found.

    Raises:
        OutOfTime: the budget is spent.
        OverMemory: many equal fingerprints fell into one pass.
    """
    if size == 1:
        fits = np.flatnonzero((columns == labels).all(axis=1))
        task.steps += len(columns)
        task.operations += columns.size
        return [(int(i),) for i in fits[:at_most]]
    return _Search(task, columns, labels, size, plan).run(at_most)


class _Search:
    """One search for the subsets of two or more columns."""

    def __init__(self, task: Task, columns: Words, labels: Words, size: int, plan: Plan) -> None:
        n = len(columns)
        self._task, self._columns, self._labels, self._plan = task, columns, labels, plan
        self._small, self._large = size // 2, size - size // 2
        self._tag_bits = n.bit_length()
        words = fingerprints(np.vstack([columns, labels]), 64 - self._tag_bits, task.rng)
        words <<= np.uint64(self._tag_bits)
        self._words, self._label = words[:-1], words[-1]

    def run(self, at_most: int) -> list[Support]:
        found: set[Support] = set()
        for buckets in self._plan.ranges():
            for key in self._hits(buckets):
                found.update(self._supports(key))
                if len(found) >= at_most:
                    return sorted(found)[:at_most]
        return sorted(found)

    def _hits(self, buckets: range) -> Iterator[np.uint64]:
        """Upper keys that a lower key goes with, of the fingerprints in these buckets."""
        lower = self._lower_half(buckets)
        lower.deal(math.inf)
        upper = self._upper_half(buckets)
        table = np.empty(64, dtype=np.uint64)
        mean = self._plan.lower >> self._plan.bucket_bits
        if 4 * mean > len(table):
            table = np.empty(2 ** (4 * mean - 1).bit_length(), dtype=np.uint64)
        while not upper.over:
            upper.deal(self._plan.block)
            yield from self._join(lower, upper, table)

    def _join(self, lower: _Half, upper: _Half, table: Words) -> Iterator[np.uint64]:
        from parity_compare.algorithms.kernels.meet import join_buckets

        place, hits = np.zeros(2, dtype=np.int64), np.empty(_HITS, dtype=np.uint64)
        bits = (self._tag_bits, self._plan.bucket_bits)
        while place[0] < len(lower.ends):
            self._task.poll()
            keys = lower.keys.nbytes + upper.keys.nbytes + table.nbytes
            self._task.peak_memory = max(self._task.peak_memory, keys)
            count, too_small = join_buckets(
                lower.keys, lower.ends, upper.keys, upper.ends, *bits, place, table, hits, _CHUNK
            )
            if too_small:
                table = np.empty(2 * len(table), dtype=np.uint64)
            yield from hits[:count]

    def _lower_half(self, buckets: range) -> _Half:
        words = self._words[: len(self._words) - self._large]
        # A lower half's tag is one more than its largest element.
        tags = np.arange(1, len(words) + 1, dtype=np.uint64)
        geometry = (self._tag_bits, self._plan.bucket_bits, buckets)
        prefix = np.arange(self._small - 1)
        return _Half(
            self._task, np.uint64(0), (words, words, words | tags), prefix, geometry, self._plan
        )

    def _upper_half(self, buckets: range) -> _Half:
        words = self._words[self._small :]
        # An upper half's tag is its least element.
        tagged = words | np.arange(self._small, len(self._words), dtype=np.uint64)
        geometry = (self._tag_bits, self._plan.bucket_bits, buckets)
        prefix = np.arange(self._large - 1)
        lasts = words if self._large > 1 else tagged
        return _Half(self._task, self._label, (tagged, words, lasts), prefix, geometry, self._plan)

    def _supports(self, key: np.uint64) -> Iterator[Support]:
        """The subsets behind an upper key that fit every example."""
        bits = np.uint64(self._tag_bits)
        least = int(key & ((np.uint64(1) << bits) - np.uint64(1)))
        middle = (key >> bits) << bits
        rest = middle ^ self._label ^ self._words[least]
        lowers = self._subsets_of_xor(self._words[:least], self._small, middle)
        for upper in self._subsets_of_xor(self._words[least + 1 :], self._large - 1, rest):
            for lower in lowers:
                support = (*lower, least, *(least + 1 + i for i in upper))
                fit = np.bitwise_xor.reduce(self._columns[list(support)], axis=0)
                if np.array_equal(fit, self._labels):
                    yield support

    def _subsets_of_xor(self, words: Words, size: int, target: np.uint64) -> list[Support]:
        from parity_compare.algorithms.kernels.meet import subsets_of_xor

        if size == 0:
            return [()] if target == 0 else []
        prefix, found = np.arange(size - 1), np.empty((_HITS, size), dtype=np.int64)
        count, over = 0, len(words) < size
        while not over:
            self._task.poll()
            count, looked, over = subsets_of_xor(words, target, prefix, found, count, _CHUNK)
            self._task.operations += looked
        return [tuple(int(i) for i in row) for row in found[:count]]


class _Half:
    """The keys of the lower or the upper halves, block after block, of one pass's buckets.

    Attributes:
        keys: the present block's keys, bucket after bucket.
        ends: ``(buckets,)`` int64, where each bucket ends in ``keys``.
        over: whether no block is left.
    """

    def __init__(
        self,
        task: Task,
        seed: np.uint64,
        words: tuple[Words, Words, Words],
        prefix: npt.NDArray[np.int64],
        geometry: tuple[int, int, range],
        plan: Plan,
    ) -> None:
        self._task, self._seed, self._words, self._prefix = task, seed, words, prefix
        self._tag_bits, self._bucket_bits, self._buckets = geometry
        self._memory = plan.memory
        self.keys = np.empty(0, dtype=np.uint64)
        self.ends = np.zeros(len(self._buckets), dtype=np.int64)
        self.over = False

    def deal(self, block: float) -> None:
        """Make the next ``block`` halves: once to count the buckets, once to fill them."""
        from parity_compare.algorithms.kernels.meet import count_keys, deal_keys

        counts = np.zeros(len(self._buckets), dtype=np.int64)
        geometry = (self._tag_bits, self._bucket_bits, self._buckets.start)
        start, done, calls = self._prefix.copy(), 0, 0
        while not self.over and done < block:
            self._task.poll()
            made, self.over = count_keys(
                self._seed, *self._words, self._prefix, *geometry, counts, _CHUNK
            )
            done, calls = done + made, calls + 1
        if _KEY_BYTES * counts.sum() > self._memory:
            raise OverMemory(
                f"{_KEY_BYTES * counts.sum():.3g} bytes of keys fell into one pass, "
                f"{self._memory:.3g} are allowed: too many half-subsets have equal XORs."
            )
        self.ends = np.cumsum(counts) - counts
        self.keys = np.empty(int(counts.sum()), dtype=np.uint64)
        for _ in range(calls):
            self._task.poll()
            deal_keys(self._seed, *self._words, start, *geometry, self.ends, self.keys, _CHUNK)
        self._task.steps += done
        self._task.operations += 2 * done


def fingerprints(rows: Words, bits: int, rng: np.random.Generator) -> Words:
    """One word per row that is linear over GF(2) in the row, of at most ``bits`` bits.

    Rows of at most ``bits`` bits stand for themselves; of longer ones, every bit of the fingerprint
    is the parity of a random half of the row, so unequal rows differ but for a chance of 2^-bits.

    Args:
        rows: ``(r, w)`` uint64.
        bits: 1 to 64.
        rng: makes the halves.

    Returns:
        ``(r,)`` uint64.
    """
    words = np.zeros(len(rows), dtype=np.uint64)
    if rows.shape[1] == 0:
        return words
    if rows.shape[1] == 1 and int(rows.max(initial=0)).bit_length() <= bits:
        return rows[:, 0].copy()
    for bit, half in enumerate(random_words(rng, bits, 64 * rows.shape[1])):
        words |= parity(rows & half).astype(np.uint64) << np.uint64(bit)
    return words
