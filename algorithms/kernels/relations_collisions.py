"""Colliding XORs: subsets of two halves of the columns that agree in a few chosen rows.

A table of all subsets of one half, sorted by their XOR in the chosen rows (the key), is met by all
subsets of the other half; where the keys agree, some 64 more rows (the check) are compared, and the
pairs whose checks all but agree or all but differ are kept.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.subsets import next_subset
from parity_compare.algorithms.kernels.words import popcount

Words = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def xor_subsets(keys: Words, checks: Words, size: int, out_keys: Words, out_checks: Words) -> None:
    """Write the XORs of all ``size``-subsets, in lexicographic order.

    Args:
        keys, checks: ``(h,)`` uint64, a word of either kind for every column.
        size: number of columns, at least 1.
        out_keys, out_checks: ``(C(h, size),)`` uint64.
    """
    h = len(keys)
    subset = np.arange(size)
    for index in range(len(out_keys)):
        key, check = np.uint64(0), np.uint64(0)
        for i in range(size):
            key ^= keys[subset[i]]
            check ^= checks[subset[i]]
        out_keys[index] = key
        out_checks[index] = check
        next_subset(subset, h)


@numba.njit(cache=True, nogil=True)
def sort_by_key(keys: Words, bits: int) -> tuple[Indices, Indices]:
    """Sort by counting.

    Args:
        keys: ``(r,)`` uint64, below 2^bits.
        bits: length of a key, at most some 24.

    Returns:
        ``(2^bits + 1,)`` where every key's entries begin; ``(r,)`` the entries in order of keys.
    """
    begins = np.zeros((1 << bits) + 1, dtype=np.int64)
    for i in range(len(keys)):
        begins[np.int64(keys[i]) + 1] += 1
    for value in range(1 << bits):
        begins[value + 1] += begins[value]
    order = np.empty(len(keys), dtype=np.int64)
    places = begins[:-1].copy()
    for i in range(len(keys)):
        key = np.int64(keys[i])
        order[places[key]] = i
        places[key] += 1
    return begins, order


@numba.njit(cache=True, nogil=True)
def collide(
    begins: Indices,
    order: Indices,
    checks: Words,
    other_keys: Words,
    other_checks: Words,
    few: int,
    many: int,
    most: int,
    found: Indices,
) -> tuple[int, int]:
    """Meet the sorted table with the other half's subsets.

    Args:
        begins, order: from :func:`sort_by_key`.
        checks: ``(r,)`` uint64, in the order of the table's subsets.
        other_keys, other_checks: ``(s,)`` uint64.
        few, many: a pair is kept if its checks differ in at most ``few`` or at least ``many`` bits.
        most: pairs of equal keys after which to stop.
        found: ``(room, 2)`` int64, receives the kept pairs: the table's subset and the other's.

    Returns:
        The number of pairs of equal keys that were met, which exceeds ``most`` if it stopped early,
        and of pairs kept, which may exceed ``room``.
    """
    met = hits = 0
    for j in range(len(other_keys)):
        key = np.int64(other_keys[j])
        first, last = begins[key], begins[key + 1]
        met += last - first
        if met > most:
            break
        for place in range(first, last):
            i = order[place]
            differing = popcount(checks[i] ^ other_checks[j])
            if differing <= few or differing >= many:
                if hits < len(found):
                    found[hits, 0] = i
                    found[hits, 1] = j
                hits += 1
    return met, hits
