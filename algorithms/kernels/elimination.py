"""Reduced row echelon form over GF(2) on packed rows, by the Method of the Four Russians.

Sixty-four columns, one word, are handled at a time. Pivot rows for them are found on that word
alone. Tables of all XORs of eight pivot rows each then let every row of the matrix be updated with
eight look-ups instead of up to sixty-four additions (Arlazarov et al. 1970; Bard 2006; Albrecht,
Bard, Hart 2010, who wrote the M4RI library). Two things differ from M4RI. The pivot rows are never
reduced among themselves: which of them to add to a row is read from the row's word through a table
that holds the inverse of the pivots' 64 x 64 block. And the update goes in strips of sixteen words,
so that the tables (256 KiB) stay in the second-level cache whatever the width.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.words import LANES, trailing_zeros, xor_eight, xor_pair

Words = npt.NDArray[np.uint64]
Pivots = npt.NDArray[np.int64]

_STRIP = 16  # words
_ONE = np.uint64(1)
_BYTE = np.uint64(255)
TABLES_FROM_ROWS = 200  # below this many rows the tables cost more than they save
_PARALLEL_WORDS = 1 << 17  # below this many words a second thread costs more than it saves


def reduce_rows(rows: Words, columns: int, *, threads: int = 1) -> Pivots:
    """Bring packed rows to reduced row echelon form, in place.

    Pivots are sought in the first ``columns`` columns, left to right; further columns (a right-hand
    side) take part in the row operations only. Rows without a pivot end below the others.

    Args:
        rows: ``(m, w)`` uint64, C-contiguous, packed as in :mod:`parity_compare.problems.bits`.
        columns: number of columns that may hold a pivot, at most 64 w.
        threads: threads that share the update of a large matrix.

    Returns:
        ``(rank,)`` int64: the pivot column of each of the first ``rank`` rows, increasing.
    """
    m, words = rows.shape
    if m < TABLES_FROM_ROWS:
        found: Pivots = _reduce_directly(rows, columns)
        return found
    padding = -words % LANES
    wide = np.pad(rows, ((0, 0), (0, padding))) if padding else rows
    pivots = np.empty(min(m, columns), dtype=np.int64)
    if threads > 1 and m * words >= _PARALLEL_WORDS:
        rank = _reduce_shared(wide, columns, pivots, threads)
    else:
        rank = _reduce(wide, columns, pivots)
    if padding:
        rows[:] = wide[:, :words]
    return pivots[:rank]


@numba.njit(cache=True, nogil=True)
def _reduce_directly(rows: Words, columns: int) -> Pivots:
    """Gauss-Jordan elimination, pivot by pivot: the faster way for few rows."""
    m, words = rows.shape
    pivots = np.empty(min(m, columns), dtype=np.int64)
    rank = 0
    for column in range(columns):
        if rank == m:
            break
        word, shift = column >> 6, np.uint64(column & 63)
        pivot = rank
        while pivot < m and not (rows[pivot, word] >> shift) & _ONE:
            pivot += 1
        if pivot == m:
            continue
        for w in range(word, words):
            rows[pivot, w], rows[rank, w] = rows[rank, w], rows[pivot, w]
        for i in range(m):
            if i != rank and (rows[i, word] >> shift) & _ONE:
                for w in range(word, words):
                    rows[i, w] ^= rows[rank, w]
        pivots[rank] = column
        rank += 1
    return pivots[:rank]


def _reduce_shared(rows: Words, columns: int, pivots: Pivots, threads: int) -> int:
    """As :func:`_reduce`; the threads update a share of the rows each, with tables of their own."""
    m, rank = len(rows), 0
    bounds = [m * share // threads for share in range(threads + 1)]
    tables = [_new_tables() for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        for block in range(-(-columns // 64)):
            pivot_rows, leads, inverse = _find_pivots(rows, block, columns, rank)
            if len(leads):
                pivot = (pivot_rows, leads, inverse, rows[pivot_rows])
                update = partial(_update, rows, block, *pivot)
                # The compiled function lets go of Python's lock.
                list(pool.map(update, tables, bounds[:-1], bounds[1:]))
                rank = _place(rows, block, pivot_rows, leads, rank, pivots)
    return rank


@numba.njit(cache=True, nogil=True)
def _reduce(rows: Words, columns: int, pivots: Pivots) -> int:
    rank, tables = 0, _new_tables()
    for block in range((columns + 63) // 64):
        pivot_rows, leads, inverse = _find_pivots(rows, block, columns, rank)
        if len(leads):
            copies = rows[pivot_rows]
            _update(rows, block, pivot_rows, leads, inverse, copies, tables, 0, len(rows))
            rank = _place(rows, block, pivot_rows, leads, rank, pivots)
    return rank


@numba.njit(cache=True, nogil=True)
def _find_pivots(rows: Words, block: int, columns: int, rank: int) -> tuple[Pivots, Pivots, Words]:
    """Pivots of one block of 64 columns among the rows from ``rank`` on; nothing is changed.

    The rows' words are inserted one by one into a basis whose vectors have distinct lowest bits
    ("leads"); the set of leads is that of the reduced echelon form. Beside each basis vector stands
    the combination of pivot rows that it is.

    Returns:
        ``(p,)`` rows that were inserted; ``(p,)`` leads, increasing, as bit positions;
        ``(p,)`` uint64: bit q of entry i says that the reduced row with lead i contains
        inserted row q.
    """
    left = columns - 64 * block
    valid = ~np.uint64(0) if left >= 64 else (_ONE << np.uint64(left)) - _ONE
    basis = np.zeros(64, dtype=np.uint64)
    combination = np.zeros(64, dtype=np.uint64)
    inserted = np.empty(64, dtype=np.int64)
    count = 0
    for i in range(rank, len(rows)):
        if count == min(64, left):
            break
        word = rows[i, block] & valid
        made_of = np.uint64(0)
        while word:
            lead = trailing_zeros(word)
            if basis[lead]:
                word ^= basis[lead]
                made_of ^= combination[lead]
            else:
                basis[lead] = word
                combination[lead] = made_of ^ (_ONE << np.uint64(count))
                inserted[count] = i
                count += 1
                break
    leads = np.flatnonzero(basis)
    for q in range(count - 1, 0, -1):
        for p in range(q):
            if (basis[leads[p]] >> np.uint64(leads[q])) & _ONE:
                basis[leads[p]] ^= basis[leads[q]]
                combination[leads[p]] ^= combination[leads[q]]
    return inserted[:count].copy(), leads, combination[leads]


@numba.njit(cache=True, nogil=True)
def _additions(
    rows: Words,
    block: int,
    pivot_rows: Pivots,
    leads: Pivots,
    inverse: Words,
    first: int,
    last: int,
) -> Words:
    """Which pivot rows to add to rows ``first`` to ``last - 1``: uint64, bit q for pivot row q.

    A row's bits at the leads say which reduced rows it lacks; the table turns them, eight at a
    time, into the pivot rows that these are made of. A pivot row itself becomes the reduced row
    of the same number.
    """
    table = np.zeros((8, 256), dtype=np.uint64)
    for q in range(len(leads)):
        byte, bit = leads[q] >> 3, leads[q] & 7
        table[byte, 1 << bit] = inverse[q]
    for byte in range(8):
        for value in range(1, 256):
            lowest = value & -value
            table[byte, value] = table[byte, value ^ lowest] ^ table[byte, lowest]
    additions = np.empty(last - first, dtype=np.uint64)
    for i in range(first, last):
        word = rows[i, block]
        made_of = np.uint64(0)
        for byte in range(8):
            made_of ^= table[byte, (word >> np.uint64(8 * byte)) & _BYTE]
        additions[i - first] = made_of
    for q in range(len(leads)):
        if first <= pivot_rows[q] < last:
            additions[pivot_rows[q] - first] = inverse[q] ^ (_ONE << np.uint64(q))
    return additions


@numba.njit(cache=True, nogil=True)
def _new_tables() -> Words:
    return np.zeros(8 * 256 * _STRIP, dtype=np.uint64)


@numba.njit(cache=True, nogil=True)
def _update(
    rows: Words,
    block: int,
    pivot_rows: Pivots,
    leads: Pivots,
    inverse: Words,
    copies: Words,
    tables: Words,
    first: int,
    last: int,
) -> None:
    """Clear the leads' columns in rows ``first`` to ``last - 1``, and reduce the pivot rows there.

    Args:
        rows: ``(m, w)`` uint64, w a multiple of four; words from ``block`` on are changed.
        block: the word that holds the pivots; to the left of it pivot rows are zero.
        pivot_rows, leads, inverse: from :func:`_find_pivots`.
        copies: ``(p, w)`` uint64, the pivot rows as they were, p <= 64.
        tables: room for eight tables of 256 strips; every strip's first entry is zero.
        first, last: range of rows.
    """
    words = rows.shape[1]
    additions = _additions(rows, block, pivot_rows, leads, inverse, first, last)
    flat, sources = rows.reshape(-1), copies.reshape(-1)
    group = 256 * _STRIP
    for low in range(block // LANES * LANES, words, _STRIP):
        width = min(_STRIP, words - low)
        for q in range(len(copies)):
            # Table q // 8 grows from all XORs of its first q % 8 rows to those with one row more.
            base, half = (q >> 3) * group, 1 << (q & 7)
            for value in range(half):
                source = base + value * _STRIP
                for w in range(0, width, LANES):
                    xor_pair(
                        tables, source + half * _STRIP + w, tables, source + w, sources,
                        q * words + low + w,
                    )  # fmt: skip
        for i in range(first, last):
            chosen = additions[i - first]
            if chosen == 0:
                continue
            a = np.int64(chosen & _BYTE) * _STRIP
            b = np.int64((chosen >> np.uint64(8)) & _BYTE) * _STRIP + group
            c = np.int64((chosen >> np.uint64(16)) & _BYTE) * _STRIP + 2 * group
            d = np.int64((chosen >> np.uint64(24)) & _BYTE) * _STRIP + 3 * group
            e = np.int64((chosen >> np.uint64(32)) & _BYTE) * _STRIP + 4 * group
            f = np.int64((chosen >> np.uint64(40)) & _BYTE) * _STRIP + 5 * group
            g = np.int64((chosen >> np.uint64(48)) & _BYTE) * _STRIP + 6 * group
            h = np.int64(chosen >> np.uint64(56)) * _STRIP + 7 * group
            for w in range(0, width, LANES):
                xor_eight(
                    flat, i * words + low + w, tables,
                    a + w, b + w, c + w, d + w, e + w, f + w, g + w, h + w,
                )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _place(
    rows: Words, block: int, pivot_rows: Pivots, leads: Pivots, rank: int, pivots: Pivots
) -> int:
    """Bring the reduced rows below those of earlier blocks, in the order of their leads."""
    for q in range(len(leads)):
        pivots[rank + q] = 64 * block + leads[q]
        here, there = pivot_rows[q], rank + q
        if here != there:
            for w in range(block, rows.shape[1]):
                rows[here, w], rows[there, w] = rows[there, w], rows[here, w]
            for later in range(q + 1, len(leads)):
                if pivot_rows[later] == there:
                    pivot_rows[later] = here
    return rank + len(leads)
