"""Columns that tell nothing new: constant ones, copies, and negated copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from parity_compare.problems.bits import Words, all_ones, words_for
from parity_compare.problems.errors import InvalidInput


@dataclass(frozen=True)
class Constant:
    """A column that has the same value, 0 or 1, in every row."""

    column: int
    value: int


@dataclass(frozen=True)
class Copy:
    """A column that equals an earlier one in every row, or its negation."""

    column: int
    of: int
    negated: bool


@dataclass(frozen=True)
class Redundancy:
    """The columns of a table that tell nothing that the others do not.

    Attributes:
        names: all columns' names.
        constants: columns that never vary, ascending.
        copies: columns that follow an earlier column which is neither constant nor itself a copy,
            ascending.
    """

    names: tuple[str, ...]
    constants: tuple[Constant, ...] = ()
    copies: tuple[Copy, ...] = ()

    @cached_property
    def kept(self) -> tuple[int, ...]:
        """The other columns, ascending: all of them differ, also when negated."""
        redundant = {c.column for c in self.constants} | {c.column for c in self.copies}
        return tuple(i for i in range(len(self.names)) if i not in redundant)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, a sentence without a full stop for each column."""
        told = {c.column: f"is {c.value}" for c in self.constants}
        for copy in self.copies:
            how = "the opposite of" if copy.negated else "the same as"
            told[copy.column] = f"is {how} '{self.names[copy.of]}'"
        return tuple(f"'{self.names[i]}' {told[i]} in every row" for i in sorted(told))


def redundancy(columns: Words, m: int, names: Sequence[str] = ()) -> Redundancy:
    """Find constant columns, copies and negated copies.

    A column XORed with its own first bit is the same for a column and its negation, so one look
    into a table of those settles each column: O(c m / 64) word operations for c columns.

    Args:
        columns: ``(c, words_for(m))`` uint64, packed by column; bits past ``m`` are not looked at.
        m: number of rows. Without rows, every column is the constant 0.
        names: the columns' names, ``x0 ... x{c-1}`` unless given.

    Raises:
        InvalidInput: the shapes do not fit.
    """
    if columns.ndim != 2 or columns.shape[1] != words_for(m):
        raise InvalidInput(
            f"columns must have shape (c, {words_for(m)}) for m = {m}, got {columns.shape}"
        )
    named = tuple(names) or tuple(f"x{i}" for i in range(len(columns)))
    if len(named) != len(columns):
        raise InvalidInput(f"names must have {len(columns)} entries, got {len(named)}")
    every = all_ones(m)
    constants: list[Constant] = []
    copies: list[Copy] = []
    seen: dict[bytes, tuple[int, int]] = {}
    for i, column in enumerate(columns):
        first = int(column[0] & np.uint64(1)) if m else 0
        leading = ((column ^ every) if first else column) & every
        if not leading.any():
            constants.append(Constant(i, first))
            continue
        of, of_first = seen.setdefault(leading.tobytes(), (i, first))
        if of != i:
            copies.append(Copy(i, of, negated=first != of_first))
    return Redundancy(named, tuple(constants), tuple(copies))
