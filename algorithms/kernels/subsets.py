"""Scoring k-subsets of packed columns against packed labels.

A subset is a prefix of k - t coordinates and a suffix of t larger ones. The XORs of all suffixes
stand in a table, in lexicographic order, so those that may follow a prefix are its contiguous tail,
and the inner loop is one long pass over it.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.words import LANES, popcount, within

Words = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_BLOCK = 1024  # fingerprints between two looks at whether one matched
_BLOCK_BYTES = 1 << 18  # of the table that all prefixes pass over before the next block's turn
STEP = 2 * LANES
"""Suffixes that the counting loop handles at once; tables are padded to a multiple of it."""


@numba.njit(cache=True, nogil=True)
def next_subset(subset: Indices, n: int) -> bool:
    """Step to the next subset of 0..n-1 in lexicographic order, in place; False past the last."""
    size = len(subset)
    for i in range(size - 1, -1, -1):
        if subset[i] < n - (size - i):
            subset[i] += 1
            for j in range(i + 1, size):
                subset[j] = subset[j - 1] + 1
            return True
    return False


@numba.njit(cache=True, nogil=True)
def suffix_table(columns: Words, size: int, count: int) -> tuple[Words, Indices, Indices]:
    """The XORs of all ``size``-subsets of the columns.

    Args:
        columns: ``(n, w)`` uint64.
        size: number of columns in a suffix, at least 1.
        count: C(n, size).

    Returns:
        ``(w, padded)`` uint64, word-major, padded with zeros to a multiple of :data:`STEP`;
        ``(n + 1,)`` int64, for every coordinate the number of suffixes that begin before it;
        ``(count, size)`` int64, the suffixes in lexicographic order.
    """
    n, words = columns.shape
    table = np.zeros((words, (count + STEP - 1) // STEP * STEP), dtype=np.uint64)
    suffixes = np.empty((count, size), dtype=np.int64)
    starts = np.full(n + 1, count, dtype=np.int64)
    suffix = np.arange(size)
    for index in range(count):
        for i in range(size):
            suffixes[index, i] = suffix[i]
        starts[suffix[0]] = min(starts[suffix[0]], index)
        for w in range(words):
            value = np.uint64(0)
            for i in range(size):
                value ^= columns[suffix[i], w]
            table[w, index] = value
        next_subset(suffix, n)
    return table, starts, suffixes


@numba.njit(cache=True, nogil=True)
def _residue_word(columns: Words, labels: Words, prefix: Indices, word: int) -> np.uint64:
    value: np.uint64 = labels[word]
    for i in range(len(prefix)):
        value ^= columns[prefix[i], word]
    return value


@numba.njit(cache=True, nogil=True)
def find_perfect(
    fingerprints: npt.NDArray[np.uint32],
    table: Words,
    starts: Indices,
    columns: Words,
    labels: Words,
    prefix: Indices,
    pool: int,
    prefixes: int,
    found: Indices,
    wanted: int,
) -> tuple[int, int]:
    """Find subsets whose parity equals every label.

    A suffix's fingerprint, its first 32 examples, is compared with what the prefix leaves of the
    labels; the few that match are compared in full.

    Args:
        fingerprints: ``(count,)`` uint32, the low halves of the table's first row.
        table, starts: from :func:`suffix_table`.
        columns: ``(n, w)`` uint64; labels: ``(w,)`` uint64.
        prefix: ``(p,)`` int64, the first prefix; moved behind the last one that was visited.
        pool: prefixes are subsets of 0..pool-1, which leaves room for a suffix.
        prefixes: number of prefixes to visit.
        found: ``(p + 1,)`` int64, receives the first match: its prefix and the suffix's index.
        wanted: stop after the prefix that brings as many matches.

    Returns:
        The number of subsets visited and the number of matches.
    """
    words = columns.shape[1]
    count, size = len(fingerprints), len(prefix)
    visited = hits = 0
    for _ in range(prefixes):
        target = np.uint32(_residue_word(columns, labels, prefix, 0) & np.uint64(0xFFFFFFFF))
        start = starts[prefix[size - 1] + 1] if size else 0
        for low in range(start, count, _BLOCK):
            block = fingerprints[low : min(count, low + _BLOCK)]
            matched = np.int32(0)
            for j in range(len(block)):
                matched |= np.int32(block[j] == target)
            if matched:
                for j in range(len(block)):
                    if block[j] == target:
                        w = 0
                        while w < words and (
                            table[w, low + j] == _residue_word(columns, labels, prefix, w)
                        ):
                            w += 1
                        if w == words:
                            if hits == 0:
                                found[:size] = prefix
                                found[size] = low + j
                            hits += 1
        visited += count - start
        next_subset(prefix, pool)
        if hits >= wanted:
            break
    return visited, hits


@numba.njit(cache=True, nogil=True)
def count_mismatches(
    table: Words,
    starts: Indices,
    columns: Words,
    labels: Words,
    prefix: Indices,
    pool: int,
    prefixes: int,
    first_words: int,
    bounds: Indices,
    best: Indices,
    misses: Indices,
) -> int:
    """Count the mismatches of subsets and keep the best and the second best.

    The table is taken in blocks that fit a second-level cache. The mismatches in the first words
    are counted for eight suffixes at once. Only suffixes within the bound there, and better than
    the second best so far, are counted further, word by word, for as long as that holds.

    Args:
        table, starts: from :func:`suffix_table`.
        columns: ``(n, w)`` uint64; labels: ``(w,)`` uint64.
        prefix: ``(p,)`` int64, the first prefix; moved behind the last one.
        pool: prefixes are subsets of 0..pool-1, which leaves room for a suffix.
        prefixes: number of prefixes to visit.
        first_words: words that are counted for all suffixes, 1 to 31.
        bounds: ``(w,)`` int64: most mismatches in the first 1, 2, ... words of a subset that is
            counted further.
        best: ``(p + 1,)`` int64, prefix and suffix index of the best subset, updated in place.
        misses: ``(2,)`` int64, mismatches of the best and the second best, updated in place; an
            equally good subset counts as second best.

    Returns:
        The number of subsets visited.
    """
    n, words = columns.shape
    count, size, stride = int(starts[n]), len(prefix), table.shape[1]
    flat = table.reshape(-1)
    residue = np.empty(words, dtype=np.uint64)
    first_prefix = prefix.copy()
    block = max(STEP, _BLOCK_BYTES // (8 * first_words) // STEP * STEP)
    visited = 0
    for begin in range(0, count, block):
        end = min(begin + block, count)
        prefix[:] = first_prefix
        for _ in range(prefixes):
            start = max(begin, int(starts[prefix[size - 1] + 1]) if size else 0)
            if start < end:
                for w in range(first_words):
                    residue[w] = _residue_word(columns, labels, prefix, w)
                ready = first_words
                bound = min(bounds[first_words - 1], misses[1] - 1)
                for low in range(start // STEP * STEP, end, STEP):
                    promising = within(flat, low, stride, residue, first_words, bound)
                    if promising == 0:
                        continue
                    while ready < words:
                        residue[ready] = _residue_word(columns, labels, prefix, ready)
                        ready += 1
                    for lane in range(STEP):
                        index = low + lane
                        if not (promising >> lane) & 1 or not start <= index < end:
                            continue
                        mismatches = w = 0
                        while w < words:
                            mismatches += popcount(residue[w] ^ table[w, index])
                            if mismatches > bounds[w] or mismatches >= misses[1]:
                                break
                            w += 1
                        if w == words:
                            if mismatches < misses[0]:
                                misses[1], misses[0] = misses[0], mismatches
                                best[:size] = prefix
                                best[size] = index
                            else:
                                misses[1] = mismatches
                            bound = min(bounds[first_words - 1], misses[1] - 1)
                visited += end - start
            next_subset(prefix, pool)
    return visited
