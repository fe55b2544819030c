"""The fast Walsh-Hadamard transform, in place."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int32]

_BLOCK_BITS = 13  # 2^13 int32 are 32 KiB, the first-level cache
_CHUNK = 1 << 22  # entries between two polls: some milliseconds
_RUN = 1 << 16


def walsh_hadamard(values: Counts, poll: Callable[[], object] = lambda: None) -> None:
    """Transform the last axis in place: F(s) = sum_u (-1)^(s.u) f(u), s.u the inner product.

    The lower levels are done block by block inside the cache, the others two at a time, so that the
    array is read about 1 + (l - 13) / 2 times. l 2^l additions per vector.

    Args:
        values: ``(..., 2^l)`` int32, contiguous; the sum of |f| must stay below 2^31.
        poll: called every few milliseconds.
    """
    if not values.flags.c_contiguous:
        raise ValueError("values must be contiguous")
    levels = values.shape[-1].bit_length() - 1
    if values.shape[-1] != 1 << levels:
        raise ValueError(f"the last axis must be a power of two, got {values.shape[-1]}")
    flat, block_bits = values.reshape(-1), min(levels, _BLOCK_BITS)
    blocks = len(flat) >> block_bits
    per_chunk = max(1, _CHUNK >> block_bits)
    for first in range(0, blocks, per_chunk):
        poll()
        transform_blocks(flat, block_bits, first, min(blocks, first + per_chunk))
    for level in range(block_bits, levels, 2):
        step, arms = 1 << level, 4 if level + 1 < levels else 2
        for group in flat.reshape(-1, arms, step):
            for start in range(0, step, _RUN):
                poll()
                butterflies(group[:, start : start + _RUN])


@numba.njit(cache=True, nogil=True)
def butterflies(arms: Counts) -> None:
    """One level on ``(2, r)`` int32, or two levels at once on ``(4, r)``.

    Rows are replaced by their sums and differences; they hold the entries at u, u + 2^i, and, of
    four, u + 2^(i+1), u + 2^i + 2^(i+1).
    """
    if len(arms) == 2:
        for u in range(arms.shape[1]):
            a, b = arms[0, u], arms[1, u]
            arms[0, u], arms[1, u] = a + b, a - b
        return
    for u in range(arms.shape[1]):
        a, b, c, d = arms[0, u], arms[1, u], arms[2, u], arms[3, u]
        arms[0, u], arms[1, u] = (a + b) + (c + d), (a - b) + (c - d)
        arms[2, u], arms[3, u] = (a + b) - (c + d), (a - b) - (c - d)


@numba.njit(cache=True, nogil=True)
def transform_blocks(values: Counts, bits: int, first: int, last: int) -> None:
    """The whole transform of each of the blocks ``first``, ..., ``last - 1`` of 2^bits entries."""
    size = 1 << bits
    for block in range(first, last):
        entries = values[block * size : (block + 1) * size]
        level = 0
        if bits >= 3:
            _first_levels(entries)
            level = 3
        while level < bits:
            step = 1 << level
            arms = 4 if level + 1 < bits else 2
            for base in range(0, size, arms * step):
                butterflies(entries[base : base + arms * step].reshape(arms, step))
            level += 2 if arms == 4 else 1


@numba.njit(cache=True, nogil=True)
def _first_levels(values: Counts) -> None:
    """Levels 0 to 2, whose strides are too short for vector code, in registers."""
    for octet in range(len(values) // 8):
        e = values[8 * octet : 8 * octet + 8]
        a0, a1, a2, a3 = e[0] + e[1], e[0] - e[1], e[2] + e[3], e[2] - e[3]
        a4, a5, a6, a7 = e[4] + e[5], e[4] - e[5], e[6] + e[7], e[6] - e[7]
        b0, b1, b2, b3 = a0 + a2, a1 + a3, a0 - a2, a1 - a3
        b4, b5, b6, b7 = a4 + a6, a5 + a7, a4 - a6, a5 - a7
        e[0], e[1], e[2], e[3] = b0 + b4, b1 + b5, b2 + b6, b3 + b7
        e[4], e[5], e[6], e[7] = b0 - b4, b1 - b5, b2 - b6, b3 - b7
