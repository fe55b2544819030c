"""Partitioned join of half-subsets: which pairs of XORs are equal, one bucket at a time.

A *key* is one word: the XOR of the fingerprints of a half-subset's columns in the high bits and a
*tag* in the low ``tag_bits``. Keys are dealt into buckets by a hash of the fingerprint; a bucket is
small enough to be joined inside the cache, where a table of all keys would miss it at every access.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Subset = npt.NDArray[np.int64]
Subsets = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64]

EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
"""A free slot of the join's table; no key looks like it, because tags stay below 2^tag_bits - 1."""

_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: the multiplier of Fibonacci hashing
_BLOCK = 4096  # keys made at a time; they stay in the first-level cache


@numba.njit(cache=True, nogil=True)
def advance(prefix: Subset, n: int) -> bool:
    """Step to the next prefix of subsets of 0..n-1 in lexicographic order; False past the last.

    A prefix is a subset less its largest element, for which it leaves room.
    """
    size = len(prefix)
    for i in range(size - 1, -1, -1):
        if prefix[i] < n - 1 - (size - i):
            prefix[i] += 1
            for j in range(i + 1, size):
                prefix[j] = prefix[j - 1] + 1
            return True
    return False


@numba.njit(cache=True, nogil=True)
def fill_keys(
    seed: np.uint64, firsts: Words, middles: Words, lasts: Words, prefix: Subset, keys: Words
) -> tuple[int, bool]:
    """Make the keys of successive subsets of 0..n-1 in lexicographic order.

    A key is ``seed`` XOR the words of the subset's elements; the least element's word is taken from
    ``firsts``, the largest one's from ``lasts`` (so does the only element's), the others' from
    ``middles``. A prefix, all elements but the largest, is completed in every way or not begun.

    Args:
        seed: a word that every key begins with.
        firsts, middles, lasts: ``(n,)`` uint64.
        prefix: ``(size-1,)`` int64, the first prefix; moved forward in place.
        keys: ``(at least n,)`` uint64, filled from the start.

    Returns:
        The number of keys made, and whether there are no more.
    """
    n, size = len(lasts), len(prefix)
    made = 0
    while True:
        residue = seed
        for i in range(size):
            residue ^= firsts[prefix[i]] if i == 0 else middles[prefix[i]]
        first = prefix[size - 1] + 1 if size else 0
        if made + n - first > len(keys):
            return made, False
        for last in range(first, n):
            keys[made + last - first] = residue ^ lasts[last]
        made += n - first
        if not advance(prefix, n):
            return made, True


@numba.njit(cache=True, nogil=True)
def mix(key: np.uint64, tag_bits: int) -> np.uint64:
    """Hash of a key's fingerprint; its high bits are the good ones."""
    return (key >> np.uint64(tag_bits)) * _ODD


@numba.njit(cache=True, nogil=True)
def count_keys(
    seed: np.uint64,
    firsts: Words,
    middles: Words,
    lasts: Words,
    prefix: Subset,
    tag_bits: int,
    bucket_bits: int,
    first_bucket: int,
    counts: Counts,
    at_most: int,
) -> tuple[int, bool]:
    """Count the keys that fall into each of the buckets ``first_bucket`` and following.

    Args:
        seed, firsts, middles, lasts, prefix: as in :func:`fill_keys`.
        tag_bits: width of the tags.
        bucket_bits: there are 2^bucket_bits buckets in all.
        first_bucket: the bucket that ``counts[0]`` stands for.
        counts: ``(buckets,)`` int64, added to; keys of other buckets are passed over.
        at_most: stop once so many keys have been made.

    Returns:
        The number of keys made, and whether there are no more.
    """
    keys = np.empty(max(_BLOCK, len(lasts)), dtype=np.uint64)
    shift = np.uint64(64 - bucket_bits)
    total, over = 0, False
    while not over and total < at_most:
        made, over = fill_keys(seed, firsts, middles, lasts, prefix, keys)
        for i in range(made):
            bucket = np.int64(mix(keys[i], tag_bits) >> shift) - first_bucket
            if 0 <= bucket < len(counts):
                counts[bucket] += 1
        total += made
    return total, over


@numba.njit(cache=True, nogil=True)
def deal_keys(
    seed: np.uint64,
    firsts: Words,
    middles: Words,
    lasts: Words,
    prefix: Subset,
    tag_bits: int,
    bucket_bits: int,
    first_bucket: int,
    ends: Counts,
    dealt: Words,
    at_most: int,
) -> tuple[int, bool]:
    """Write keys into their buckets; arguments as in :func:`count_keys`, but for

    Args:
        ends: ``(buckets,)`` int64: where in ``dealt`` each bucket's next key goes; moved forward.
        dealt: ``(sum of counts,)`` uint64.
    """
    keys = np.empty(max(_BLOCK, len(lasts)), dtype=np.uint64)
    shift = np.uint64(64 - bucket_bits)
    total, over = 0, False
    while not over and total < at_most:
        made, over = fill_keys(seed, firsts, middles, lasts, prefix, keys)
        for i in range(made):
            bucket = np.int64(mix(keys[i], tag_bits) >> shift) - first_bucket
            if 0 <= bucket < len(ends):
                dealt[ends[bucket]] = keys[i]
                ends[bucket] += 1
        total += made
    return total, over


@numba.njit(cache=True, nogil=True)
def join_buckets(
    lower: Words,
    lower_ends: Counts,
    upper: Words,
    upper_ends: Counts,
    tag_bits: int,
    bucket_bits: int,
    place: Counts,
    table: Words,
    hits: Words,
    at_most: int,
) -> tuple[int, bool]:
    """Find keys of equal fingerprint, bucket by bucket, whose tags are in order: lower <= upper.

    Of the lower keys that share a fingerprint only the smallest tag is kept, so an upper key is
    reported once, if any lower key goes with it.

    Args:
        lower: uint64 keys, bucket after bucket.
        lower_ends: ``(buckets,)`` int64, where each bucket ends in ``lower``.
        upper, upper_ends: likewise.
        tag_bits, bucket_bits: as in :func:`count_keys`.
        place: ``(2,)`` int64: the bucket to go on with, and the upper key in it; moved forward.
        table: ``(2^t,)`` uint64, scratch.
        hits: ``(room,)`` uint64, the upper keys found.
        at_most: stop after the bucket at which so many keys have been looked at.

    Returns:
        The number of hits, and whether the table is too small: more than half of it would be
        filled by distinct fingerprints. Then nothing was done in bucket ``place[0]``.
    """
    slots = len(table)
    wrap = slots - 1
    table_bits = 0
    while (1 << table_bits) < slots:
        table_bits += 1
    table_shift, bucket_shift = np.uint64(64 - table_bits), np.uint64(bucket_bits)
    tag_mask = (np.uint64(1) << np.uint64(tag_bits)) - np.uint64(1)
    found, seen = 0, 0
    while place[0] < len(lower_ends) and seen < at_most:
        bucket = place[0]
        low = lower_ends[bucket - 1] if bucket else 0
        high = upper_ends[bucket - 1] if bucket else 0
        seen += lower_ends[bucket] - low + upper_ends[bucket] - high
        filled = 0
        if lower_ends[bucket] > low and upper_ends[bucket] > high:
            table[:] = EMPTY
            for i in range(low, lower_ends[bucket]):
                key = lower[i]
                slot = np.int64((mix(key, tag_bits) << bucket_shift) >> table_shift)
                while table[slot] != EMPTY and (table[slot] ^ key) > tag_mask:
                    slot = (slot + 1) & wrap
                if table[slot] == EMPTY:
                    filled += 1
                    if 2 * filled > slots:
                        return found, True
                table[slot] = min(table[slot], key)
            for i in range(high + place[1], upper_ends[bucket]):
                key = upper[i]
                slot = np.int64((mix(key, tag_bits) << bucket_shift) >> table_shift)
                while table[slot] != EMPTY and (table[slot] ^ key) > tag_mask:
                    slot = (slot + 1) & wrap
                # EMPTY carries the largest tag, so a free slot is never in order.
                if (table[slot] & tag_mask) <= (key & tag_mask):
                    if found == len(hits):
                        place[1] = i - high
                        return found, False
                    hits[found] = key
                    found += 1
        place[0] += 1
        place[1] = 0
    return found, False


@numba.njit(cache=True, nogil=True)
def subsets_of_xor(
    words: Words, target: np.uint64, prefix: Subset, found: Subsets, count: int, at_most: int
) -> tuple[int, int, bool]:
    """Collect the subsets of 0..n-1 whose words XOR to ``target``.

    Args:
        words: ``(n,)`` uint64.
        target: the XOR that is looked for.
        prefix: ``(size-1,)`` int64, all elements but the largest; moved forward in place.
        found: ``(room, size)`` int64, filled from row ``count``; further ones are not kept.
        count: number of rows filled already.
        at_most: stop once so many subsets have been looked at.

    Returns:
        The number of rows filled, of subsets looked at, and whether the search is over.
    """
    n, size = len(words), len(prefix)
    looked = 0
    while True:
        residue = target
        for i in range(size):
            residue ^= words[prefix[i]]
        first = prefix[size - 1] + 1 if size else 0
        for last in range(first, n):
            if words[last] == residue:
                if count == len(found):
                    return count, looked, True
                for i in range(size):
                    found[count, i] = prefix[i]
                found[count, size] = last
                count += 1
        looked += n - first
        if not advance(prefix, n):
            return count, looked, True
        if looked >= at_most:
            return count, looked, False
