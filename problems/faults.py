"""What is wrong with a table's cells, gathered until all are read and told in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from parity_compare.problems.errors import InvalidInput

SHOWN = 5
"""So many faults are told with their places; the others are counted."""

_LONGEST_NAME = 80

Lines = Callable[[Collection[int]], Mapping[int, int]]
"""From rows to the lines of a text file on which they begin; rows that it leaves out have none."""


class Rule(Enum):
    """What a cell must be; the value is the sentence that says so."""

    BITS_OR_SIGNS = "values must be bits (0/1, -1/+1 or true/false)"
    BITS = "values must be bits (0/1 or true/false, by encoding='bits')"
    SIGNS = "values must be bits (-1/+1 or true/false, by encoding='signs')"
    ONE_CONVENTION = "a column must hold 0/1 or -1/+1, not both"
    INTEGERS = "integers to unpack must be decimal or hexadecimal, not negative, and exact"
    ONE_BASE = "integers to unpack must all be written with 0x or all without, in whole numbers"
    PRESENT = "values must not be missing"


@dataclass
class _Tally:
    """The faults of one column under one rule: how many, and the first of them."""

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)


class Faults:
    """Cells that break a rule.

    Memory is bounded by the number of columns: of each column the first few are kept, the rest is
    counted.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._tallies: dict[Rule, dict[int, _Tally]] = {}

    def add(
        self, rule: Rule, column: int, rows: npt.ArrayLike, shown: Callable[[int], str]
    ) -> None:
        """Note faults of a column.

        Args:
            rule: what the cells should have been.
            column: the column's position.
            rows: the rows ``(f,)``, counted from 1, ascending and past those noted before.
            shown: for an index into ``rows``, how the value is shown.
        """
        tally = self._tallies.setdefault(rule, {}).setdefault(column, _Tally())
        places = np.asarray(rows)
        wanted = min(SHOWN - len(tally.first), len(places))
        tally.first += [(int(places[i]), shown(i)) for i in range(wanted)]
        tally.count += len(places)

    def columns(self, *rules: Rule) -> list[int]:
        """Positions of the columns that break one of the rules, ascending."""
        return sorted({column for rule in rules for column in self._tallies.get(rule, ())})

    def check(self, lines: Lines, advice: Callable[[Rule], str]) -> None:
        """Raise if there is any fault.

        Args:
            lines: where rows begin in the file.
            advice: what to do about a broken rule; empty if nothing but mend the file.

        Raises:
            InvalidInput: every rule that is broken, its first faults by row and column, the number
                of the others and their columns, and the advice.
        """
        if self._tallies:
            broken = [rule for rule in Rule if rule in self._tallies]
            told = [(self._told(rule, lines), advice(rule)) for rule in broken]
            raise InvalidInput("; ".join(part for pair in told for part in pair if part))

    def _told(self, rule: Rule, lines: Lines) -> str:
        tallies = self._tallies[rule]
        first = sorted(
            (row, column, text) for column, tally in tallies.items() for row, text in tally.first
        )[:SHOWN]
        line_of = lines([row for row, _, _ in first])
        places = [
            f"{text} at row {row}, column '{cut(self._names[column])}'"
            + (f" (line {line_of[row]})" if line_of.get(row, row + 1) != row + 1 else "")
            for row, column, text in first
        ]
        rest = sum(tally.count for tally in tallies.values()) - len(first)
        more = f" and {rest} more in {self._columns(tallies)}" if rest else ""
        return f"{rule.value}, got {', '.join(places)}{more}"

    def _columns(self, tallies: Collection[int]) -> str:
        names = [self._names[column] for column in sorted(tallies)]
        return ("column " if len(names) == 1 else "columns ") + listed(names)


def listed(names: Sequence[str]) -> str:
    """Names in quotes, the first twelve of them: ``'a', 'b' and 3 more``."""
    shown = ", ".join(f"'{cut(name)}'" for name in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "") if names else "none"


def twice(names: Sequence[str]) -> str:
    """The first of the names that occurs again, for a message."""
    return cut(next(name for name, times in Counter(names).items() if times > 1))


def cut(name: str) -> str:
    """A column's name in a message: whoever wrote the file chose its length."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def shown(text: str) -> str:
    """A cell's text in a message: numbers as they are, other text in quotes and cut short."""
    short = text if len(text) <= 40 else text[:39] + "…"
    try:
        float(text)
    except ValueError:
        return repr(short)
    return short.strip() if text.isascii() and "_" not in text else repr(short)
