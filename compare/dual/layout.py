"""Where the rows of a table stand in words, so that ones can be counted group by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import WORD_BITS, Words, pack, unpack, words_for

Indices = npt.NDArray[np.int64]

_SPAN = 31  # words that the kernel counts at once, since a byte holds 8 * 31 ones
_OCTET_ROWS = 8 * _SPAN
"""Rows of the largest group that stands in one byte of consecutive words."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Places of the rows and the spans of words to count.

    Groups of at most 248 rows stand eight abreast, one in every byte of consecutive words, the
    groups of nearly equal size together; larger ones have words of their own.

    Attributes:
        places: ``(m,)`` int64, the bit position of every row.
        words: number of words.
        spans: ``(s, 3)`` int64 and
        sizes: ``(s,)`` uint64, as :func:`.collect` wants them.
    """

    places: Indices
    words: int
    spans: Indices
    sizes: Words

    def arrange(self, columns: Words) -> Words:
        """Columns packed in the table's order of rows as columns in this order.

        Args:
            columns: ``(n, words_for(m))`` uint64.

        Returns:
            ``(n, words)`` uint64.
        """
        m = len(self.places)
        arranged = np.empty((len(columns), self.words), dtype=np.uint64)
        bits = np.zeros(WORD_BITS * self.words, dtype=np.uint8)
        for i, column in enumerate(columns):
            bits[self.places] = unpack(column, m)
            arranged[i] = pack(bits)
        return arranged


def plain_layout(m: int) -> Layout:
    """Rows in their own order, of no group."""
    from parity_compare.algorithms.kernels.relations import UNGROUPED

    words = words_for(m)
    spans = [(low, min(words, low + _SPAN), UNGROUPED) for low in range(0, words, _SPAN)]
    return Layout(
        np.arange(m, dtype=np.int64),
        words,
        np.array(spans, dtype=np.int64),
        np.zeros(len(spans), dtype=np.uint64),
    )


def grouped_layout(codes: Indices) -> Layout:
    """Rows group by group.

    Args:
        codes: ``(m,)`` int64, the number of every row's group, 0 to g - 1.
    """
    from parity_compare.algorithms.kernels.relations import LAST, OCTETS, WITHIN

    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    members.sort(key=len)
    places = np.empty(len(codes), dtype=np.int64)
    spans: list[tuple[int, int, int]] = []
    sizes: list[int] = []
    word = 0
    small = [rows for rows in members if 0 < len(rows) <= _OCTET_ROWS]
    for low in range(0, len(small), 8):
        abreast = small[low : low + 8]
        deep = -(-len(abreast[-1]) // 8)
        for octet, rows in enumerate(abreast):
            order = np.arange(len(rows))
            places[rows] = WORD_BITS * (word + order // 8) + 8 * octet + order % 8
        spans.append((word, word + deep, OCTETS))
        sizes.append(sum(len(rows) << (8 * octet) for octet, rows in enumerate(abreast)))
        word += deep
    for rows in members[len(members) - sum(len(rows) > _OCTET_ROWS for rows in members) :]:
        end = word + words_for(len(rows))
        places[rows] = WORD_BITS * word + np.arange(len(rows))
        for low in range(word, end, _SPAN):
            stop = min(end, low + _SPAN)
            spans.append((low, stop, LAST if stop == end else WITHIN))
            sizes.append(len(rows) if stop == end else 0)
        word = end
    return Layout(places, word, np.array(spans, dtype=np.int64), np.array(sizes, dtype=np.uint64))
