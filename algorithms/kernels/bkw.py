"""Collisions among packed examples: the inner loops of BKW."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.bit_blocks import parity_of

Words = npt.NDArray[np.uint64]
Bits = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def field(rows: Words, i: int, start: int, width: int) -> np.int64:
    """Bits ``start``, ..., ``start + width - 1`` of a row as a number; width <= 32."""
    word, shift = start >> 6, np.uint64(start & 63)
    value = rows[i, word] >> shift
    if np.int64(shift) + width > 64:
        value |= rows[i, word + 1] << (np.uint64(64) - shift)
    return np.int64(value & ((np.uint64(1) << np.uint64(width)) - np.uint64(1)))


@numba.njit(cache=True, nogil=True)
def substitute(
    rows: Words, labels: Bits, known: Words, reduced: Bits, first: int, last: int
) -> None:
    """Labels of rows ``first``, ..., ``last - 1`` less the part that is known of the secret.

    Args:
        rows, labels: ``(m, w)`` uint64 and ``(m,)`` uint8.
        known: ``(w,)`` uint64, the secret at the coordinates known, zero elsewhere.
        reduced: ``(m,)`` uint8, receives label XOR parity over ``known``.
    """
    for i in range(first, last):
        reduced[i] = labels[i] ^ np.uint8(parity_of(rows[i], known))


@numba.njit(cache=True, nogil=True)
def count_fields(rows: Words, start: int, width: int, ends: Offsets, first: int, last: int) -> None:
    """Add to ``ends[v + 1]`` the number of rows ``first``, ..., ``last - 1`` with the field v."""
    for i in range(first, last):
        ends[field(rows, i, start, width) + 1] += 1


@numba.njit(cache=True, nogil=True)
def sort_rows(
    rows: Words, start: int, width: int, ends: Offsets, order: Counts, first: int, last: int
) -> None:
    """Write the numbers of rows ``first``, ..., ``last - 1`` into their buckets.

    Args:
        ends: ``(2^width + 1,)`` int64, where the next row of each bucket goes; moved on in place,
            so that in the end ``ends[v]`` is the end of bucket v.
        order: ``(m,)`` int32.
    """
    for i in range(first, last):
        bucket = field(rows, i, start, width)
        order[ends[bucket]] = i
        ends[bucket] += 1


@numba.njit(cache=True, nogil=True)
def combine(
    rows: Words,
    labels: Bits,
    order: Counts,
    ends: Offsets,
    all_pairs: bool,
    sums: Words,
    sum_labels: Bits,
    filled: int,
    first: int,
    last: int,
) -> int:
    """XOR the rows of a bucket in pairs, for buckets ``first``, ..., ``last - 1``.

    Equal rows, which all pairs bring about from the second step on, give a zero row. It would say
    nothing and, as it agrees with its like in every block, breed more of them: it is left out.

    Args:
        ends: ``(2^width + 1,)`` int64: bucket v is ``order[ends[v-1]:ends[v]]``.
        all_pairs: every two rows of a bucket (LF2), or the first with each other one (LF1).
        sums, sum_labels: ``(most, w)`` uint64 and ``(most,)`` uint8, receive the sums, as many as
            there is room for.
        filled: how many they hold already.

    Returns:
        How many they hold now.
    """
    words, most = rows.shape[1], len(sums)
    for bucket in range(first, last):
        begin = ends[bucket - 1] if bucket else 0
        end = ends[bucket]
        for a in range(begin, end - 1 if all_pairs else min(begin + 1, end)):
            for b in range(a + 1, end):
                if filled == most:
                    return filled
                ones = np.uint64(0)
                for w in range(words):
                    sums[filled, w] = rows[order[a], w] ^ rows[order[b], w]
                    ones |= sums[filled, w]
                if ones == np.uint64(0):
                    continue
                sum_labels[filled] = labels[order[a]] ^ labels[order[b]]
                filled += 1
    return filled


@numba.njit(cache=True, nogil=True)
def tally(
    rows: Words, labels: Bits, start: int, width: int, table: Counts, first: int, last: int
) -> None:
    """Add (-1)^label at the field of each row ``first``, ..., ``last - 1``.

    Args:
        table: ``(2^width,)`` int32.
    """
    for i in range(first, last):
        table[field(rows, i, start, width)] += 1 - 2 * np.int32(labels[i])
