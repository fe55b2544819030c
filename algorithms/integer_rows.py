"""Elimination over GF(2) on rows that are Python integers: for systems of one word.

It needs no compiled kernel. A small system is reduced in milliseconds, while loading what runs
compiled kernels takes the better part of a second.
"""

from __future__ import annotations

from collections.abc import Iterable


def reduce_integers(rows: Iterable[int], rank: int | None = None) -> list[tuple[int, int]]:
    """The reduced row echelon form.

    Args:
        rows: column j is bit j.
        rank: as soon as it is reached, further rows are left alone; None for all rows.

    Returns:
        Pivot column and row, by increasing pivot; a pivot is the lowest bit of its row, and no
        other row has a one there.
    """
    echelon: dict[int, int] = {}  # by the lowest bit, as a power of two
    for row in rows:
        reduced = row
        while reduced:
            lowest = reduced & -reduced
            other = echelon.get(lowest)
            if other is None:
                echelon[lowest] = reduced
                break
            reduced ^= other
        if len(echelon) == rank:
            break
    return _back_substituted(echelon)


def _back_substituted(echelon: dict[int, int]) -> list[tuple[int, int]]:
    """From the last pivot to the first, clear the pivots right of each row's own."""
    done: list[tuple[int, int]] = []
    for lowest in sorted(echelon, reverse=True):
        row = echelon[lowest]
        for other, reduced in done:
            if row & other:
                row ^= reduced
        done.append((lowest, row))
    return [(lowest.bit_length() - 1, row) for lowest, row in reversed(done)]
