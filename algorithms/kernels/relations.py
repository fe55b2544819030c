"""Counting the parities of all k-subsets of packed columns, and keeping those that stand out.

As in :mod:`parity_compare.algorithms.kernels.subsets`, a subset is a prefix and a suffix of larger
coordinates; the XORs of all suffixes stand in a table, and eight of them are counted at once. Every
subset is counted on every row: nothing is lost.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.relations_words import (
    EIGHT,
    MINORITY,
    ONES,
    add_group,
    add_octet_groups,
    add_ones,
    beyond,
    end_group,
)
from parity_compare.algorithms.kernels.subsets import next_subset

Words = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

UNGROUPED, OCTETS, WITHIN, LAST = 0, 1, 2, 3
"""What a span of words is: rows of no group; eight groups, one in every byte; words of one group,
with more of it to come; its last words."""

_BLOCK_BYTES = 1 << 18  # of the table that all prefixes pass over before the next block's turn


@numba.njit(cache=True, nogil=True)
def collect(
    table: Words,
    starts: Indices,
    suffix_biases: Floats,
    columns: Words,
    biases: Floats,
    prefix: Indices,
    pool: int,
    prefixes: int,
    spans: Indices,
    sizes: Words,
    rows: int,
    bounds: Indices,
    loose: Indices,
    minorities: Indices,
    found: Indices,
) -> tuple[int, int]:
    """Count the ones of the parities of subsets and keep the subsets that pass a bound.

    A subset is kept if its ones are no more than the first or no fewer than the second of its
    ``bounds``, which depend on the product e of its columns' biases, or if the rows that disagree
    with the majorities of their groups are no more than the bound for its number of ones.

    Args:
        table, starts: from :func:`.suffix_table`.
        suffix_biases: ``(count,)`` products of the suffixes' biases, in [-1, 1].
        columns: ``(n, w)`` uint64, rows laid out by ``spans``, other bits zero.
        biases: ``(n,)``, the columns' 1 - 2 p, p the share of ones.
        prefix: ``(p,)`` int64, the first prefix; moved behind the last one.
        pool: prefixes are subsets of 0..pool-1, which leaves room for a suffix.
        prefixes: number of prefixes to visit.
        spans: ``(s, 3)`` int64: first word, word past the last, at most 31 words, and kind of each.
        sizes: ``(s,)`` uint64: rows of the group that a span of the kind ``LAST`` ends, or of the
            eight groups of a span of the kind ``OCTETS``, a byte each.
        rows: number m of rows.
        bounds: ``(b, 2)`` int64, for e in the i-th of b equal parts of [-1, 1].
        loose: ``(b, 2)`` int64, for |e| in the i-th of b equal parts of [0, 1] or in one before:
            bounds that let everything pass which any of ``bounds`` lets pass there.
        minorities: ``(c,)`` int64, not rising, for |2 ones - m| in the i-th of c equal parts of
            0..m; -1 lets nothing pass.
        found: ``(room, p + 3)`` int64: receives prefix, index of the suffix, ones and minority.

    Returns:
        The number of subsets visited, and of those that passed, which may exceed ``room``.
    """
    n, words = columns.shape
    count, size, stride = int(starts[n]), len(prefix), table.shape[1]
    flat = table.reshape(-1)
    residue = np.empty(words, dtype=np.uint64)
    counts = np.zeros(3 * EIGHT, dtype=np.int64)
    first_prefix = prefix.copy()
    parts, shares = len(bounds), len(minorities)
    block = max(EIGHT, _BLOCK_BYTES // (8 * words) // EIGHT * EIGHT)
    visited = hits = 0
    for begin in range(0, count, block):
        end = min(begin + block, count)
        largest = 0.0
        for index in range(begin, end):
            largest = max(largest, abs(suffix_biases[index]))
        prefix[:] = first_prefix
        for _ in range(prefixes):
            start = max(begin, int(starts[prefix[size - 1] + 1]) if size else 0)
            if start < end:
                bias = 1.0
                for w in range(words):
                    residue[w] = np.uint64(0)
                for i in range(size):
                    bias *= biases[prefix[i]]
                    for w in range(words):
                        residue[w] ^= columns[prefix[i], w]
                part = min(parts - 1, int(abs(bias) * largest * parts))
                low, high = loose[part, 0], loose[part, 1]
                for at in range(start // EIGHT * EIGHT, end, EIGHT):
                    _count_eight(counts, flat, at, stride, residue, spans, sizes)
                    passed = beyond(counts, low, high, minorities[0])
                    if passed == 0:
                        continue
                    for lane in range(EIGHT):
                        index = at + lane
                        if not (passed >> lane) & 1 or not start <= index < end:
                            continue
                        ones, minority = counts[ONES + lane], counts[MINORITY + lane]
                        e = bias * suffix_biases[index]
                        part = min(parts - 1, int((e + 1) * (parts / 2)))
                        share = min(shares - 1, abs(2 * ones - rows) * shares // rows)
                        if (
                            ones <= bounds[part, 0]
                            or ones >= bounds[part, 1]
                            or minority <= minorities[share]
                        ):
                            if hits < len(found):
                                found[hits, :size] = prefix
                                found[hits, size] = index
                                found[hits, size + 1] = ones
                                found[hits, size + 2] = minority
                            hits += 1
                visited += end - start
            next_subset(prefix, pool)
    return visited, hits


@numba.njit(cache=True, nogil=True)
def _count_eight(
    counts: Indices,
    table: Words,
    at: int,
    stride: int,
    residue: Words,
    spans: Indices,
    sizes: Words,
) -> None:
    """Write the running counts of eight columns, see :mod:`.relations_words`."""
    for i in range(2 * EIGHT):
        counts[i] = 0
    for s in range(len(spans)):
        first, last, kind = spans[s, 0], spans[s, 1], spans[s, 2]
        if kind == UNGROUPED:
            add_ones(counts, table, at, stride, residue, first, last)
        elif kind == OCTETS:
            add_octet_groups(counts, table, at, stride, residue, first, last, sizes[s])
        else:
            add_group(counts, table, at, stride, residue, first, last)
            if kind == LAST:
                end_group(counts, np.int64(sizes[s]))
