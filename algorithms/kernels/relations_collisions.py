"""Colliding XORs: subsets of two halves of the columns that agree in a few chosen rows.

A table of all subsets of one half, sorted by their XOR in the chosen rows (the key), is met by all
subsets of the other half; where the keys agree, some 64 more rows (the check) are compared, and the
pairs whose checks all but agree are kept.

Subsets are numbered in lexicographic order: those with equal columns but the last follow each
other, so that the XOR of the others is taken once for all of them.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.subsets import STEP, next_subset
from parity_compare.algorithms.kernels.words import popcount

Words = npt.NDArray[np.uint64]
Keys = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int32]
Indices = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def xor_subsets(keys: Keys, checks: Words, size: int, out_keys: Keys, out_checks: Words) -> None:
    """Write the XORs of all ``size``-subsets, in lexicographic order.

    Args:
        keys: ``(h,)`` uint32, the key of every column.
        checks: ``(h,)`` uint64, the check of every column.
        size: number of columns, at least 1.
        out_keys, out_checks: ``(C(h, size),)`` uint32 and uint64.
    """
    h, index = len(keys), 0
    others = np.arange(size - 1)
    while True:
        key, check, first = np.uint32(0), np.uint64(0), 0
        for i in range(size - 1):
            key ^= keys[others[i]]
            check ^= checks[others[i]]
            first = int(others[i]) + 1
        for last in range(first, h):
            out_keys[index] = key ^ keys[last]
            out_checks[index] = check ^ checks[last]
            index += 1
        if not next_subset(others, h - 1):
            return


@numba.njit(cache=True, nogil=True)
def sort_by_key(keys: Keys, checks: Words, bits: int) -> tuple[Places, Places, Words]:
    """Sort by counting.

    Args:
        keys: ``(r,)`` uint32, below 2^bits; fewer than 2^31.
        checks: ``(r,)`` uint64.
        bits: length of a key, at most some 24.

    Returns:
        ``(2^bits + 1,)`` int32, where every key's entries begin; ``(r,)`` int32, the entries'
        numbers in order of keys; ``(r,)`` uint64, their checks in that order.
    """
    begins = np.zeros((1 << bits) + 1, dtype=np.int32)
    for key in keys:
        begins[key] += np.int32(1)
    for value in range(1, len(begins)):
        begins[value] += begins[value - 1]
    order = np.empty(len(keys), dtype=np.int32)
    sorted_checks = np.empty(len(keys), dtype=np.uint64)
    # Every key's place moves from behind its last entry to its first.
    for i in range(len(keys) - 1, -1, -1):
        key = keys[i]
        begins[key] -= np.int32(1)
        order[begins[key]] = i
        sorted_checks[begins[key]] = checks[i]
    return begins, order, sorted_checks


@numba.njit(cache=True, nogil=True)
def collide(
    begins: Places,
    order: Places,
    sorted_checks: Words,
    keys: Keys,
    checks: Words,
    size: int,
    few: int,
    most: int,
    found: Indices,
) -> tuple[int, int]:
    """Meet the sorted table with all subsets of the other half.

    Args:
        begins, order, sorted_checks: from :func:`sort_by_key`.
        keys, checks: ``(h,)`` uint32 and uint64, of every column of the other half.
        size: columns in the other half's subsets, at least 1.
        few: a pair is kept if its checks differ in at most so many bits.
        most: pairs of equal keys after which to stop.
        found: ``(room, 2)`` int64, receives the kept pairs: the numbers of the table's subset and
            of the other one.

    Returns:
        The number of pairs of equal keys that were met, which exceeds ``most`` if it stopped early,
        and of pairs kept, which may exceed ``room``.
    """
    h, index = len(keys), 0
    others = np.arange(size - 1)
    met = hits = 0
    while True:
        shared_key, shared_check, start = np.uint32(0), np.uint64(0), 0
        for i in range(size - 1):
            shared_key ^= keys[others[i]]
            shared_check ^= checks[others[i]]
            start = int(others[i]) + 1
        for last in range(start, h):
            key = np.int64(shared_key ^ keys[last])
            check = shared_check ^ checks[last]
            first, end = begins[key], begins[key + 1]
            met += end - first
            for place in range(first, end):
                if popcount(sorted_checks[place] ^ check) <= few:
                    if hits < len(found):
                        found[hits, 0] = order[place]
                        found[hits, 1] = index
                    hits += 1
            index += 1
        if met > most or not next_subset(others, h - 1):
            return met, hits


@numba.njit(cache=True, nogil=True)
def subsets_numbered(numbers: Indices, n: int, size: int) -> Indices:
    """The subsets of those numbers among the ``size``-subsets of 0..n-1, in lexicographic order.

    Args:
        numbers: ``(r,)`` int64, each at least 0 and below C(n, size), which must fit 63 bits.
        n: number of coordinates.
        size: number of coordinates in a subset.

    Returns:
        ``(r, size)`` int64.
    """
    binomials = np.zeros((n + 1, size + 1), dtype=np.int64)
    binomials[:, 0] = 1
    for i in range(1, n + 1):
        for j in range(1, size + 1):
            binomials[i, j] = binomials[i - 1, j - 1] + binomials[i - 1, j]
    subsets = np.empty((len(numbers), size), dtype=np.int64)
    for row in range(len(numbers)):
        number, candidate = numbers[row], 0
        for i in range(size):
            while binomials[n - candidate - 1, size - i - 1] <= number:
                number -= binomials[n - candidate - 1, size - i - 1]
                candidate += 1
            subsets[row, i] = candidate
            candidate += 1
    return subsets


@numba.njit(cache=True, nogil=True)
def table_of(columns: Words, subsets: Indices) -> Words:
    """The XORs of given subsets, laid out as :func:`.suffix_table` lays out those of all.

    Args:
        columns: ``(n, w)`` uint64.
        subsets: ``(r, size)`` int64.

    Returns:
        ``(w, padded)`` uint64, word-major, padded with zeros to a multiple of :data:`.STEP`.
    """
    count, words = len(subsets), columns.shape[1]
    table = np.zeros((words, (count + STEP - 1) // STEP * STEP), dtype=np.uint64)
    for row in range(count):
        for column in subsets[row]:
            for w in range(words):
                table[w, row] ^= columns[column, w]
    return table
