"""From columns of cells, piece by piece, to a table of packed bits."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from parity_compare.problems.bits import Words, words_for
from parity_compare.problems.cells import Cells, Mask
from parity_compare.problems.columns import BitColumn, Column, Convention, GroupColumn
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.faults import Faults, Lines, Rule, cut, listed, twice
from parity_compare.problems.integers import IntegerColumn
from parity_compare.problems.samples import Encoding
from parity_compare.problems.tables import Groups, Table
from parity_compare.problems.unpacking import bit_name, wanted_bits

Missing = Literal["error", "drop-rows", "drop-columns"]

_BIT_RULES = (Rule.BITS_OR_SIGNS, Rule.BITS, Rule.SIGNS)


@dataclass(frozen=True)
class Reading:
    """How the columns of a file or a frame are to be read (see :func:`files.read_table`)."""

    unpack: tuple[str, ...] = ()
    group: str | None = None
    ignore: tuple[str, ...] = ()
    encoding: Encoding = "auto"
    missing: Missing = "error"
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for argument, value, known in (
            ("encoding", self.encoding, get_args(Encoding)),
            ("missing", self.missing, get_args(Missing)),
        ):
            if value not in known:
                raise InvalidInput(f"{argument} must be one of {', '.join(known)}, got {value!r}")


class TableBuilder:
    """Takes the columns of a table a piece at a time and makes the table.

    Memory is that of the packed bits, of 8 bytes per row for a column that is unpacked or that
    holds groups, and of one piece.
    """

    def __init__(
        self,
        names: Sequence[str],
        reading: Reading,
        *,
        source: str,
        labels: Collection[str] = (),
    ) -> None:
        """Lay out the table.

        Args:
            names: of all columns of the source, in order.
            reading: which of them are wanted, and as what.
            source: what the table is made from, for messages: ``data file d.csv``.
            labels: columns that the source itself declares to be labels.

        Raises:
            InvalidInput: names occur twice or are asked for but not there, or nothing is left.
        """
        self._names = list(names)
        self._source = source
        self._reading = reading
        self._declared = frozenset(labels)
        self._columns: tuple[BitColumn | IntegerColumn | GroupColumn, ...] = ()
        self._incomplete: set[int] = set()
        self._faults = Faults(self._names)
        self._rows = 0
        self._kept = 0
        self._lay_out()

    @property
    def wanted(self) -> tuple[int, ...]:
        """Positions of the columns that are read, ascending."""
        return tuple(column.position for column in self._columns)

    @property
    def rows(self) -> int:
        """Number of rows that were added so far."""
        return self._rows

    def add(self, pieces: Sequence[Cells]) -> None:
        """Append rows.

        Args:
            pieces: equally many cells of each of the wanted columns.
        """
        length = len(pieces[0])
        absent: Mask = np.zeros(length, dtype=np.bool_)
        for column, cells in zip(self._columns, pieces, strict=True):
            gaps = column.read(cells, self._rows + 1, self._faults)
            if gaps is not None:
                absent |= gaps
                self._meet_gaps(column, cells, gaps)
        drop = self._reading.missing == "drop-rows" and bool(absent.any())
        for column in self._columns:
            column.keep(~absent if drop else None)
        self._rows += length
        self._kept += length - int(np.count_nonzero(absent)) if drop else length

    def finish(self, lines: Lines = lambda rows: {}) -> Table:
        """The table.

        Args:
            lines: where rows begin in the file, for messages.

        Raises:
            InvalidInput: cells were wrong or missing, or no row or no column is left.
        """
        if not self._rows:
            raise InvalidInput(f"{self._source} has no rows")
        for column in self._columns:
            if not isinstance(column, GroupColumn):
                column.check(self._faults)
        self._faults.check(lines, self._advice)
        if not self._kept:
            raise InvalidInput(
                f"{self._source} has no row without a missing value; leave out the columns that "
                f"have them with --missing drop-columns (in the library missing='drop-columns')"
            )
        left = [column for column in self._columns if column.position not in self._incomplete]
        self._check_left(left)
        return self._table(left)

    # --- the layout -------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        reading, names = self._reading, self._names
        if len(set(names)) < len(names):
            raise InvalidInput(f"{self._source} has two columns named '{twice(names)}'")
        bits = wanted_bits(reading.unpack)
        group = () if reading.group is None else (reading.group,)
        for asked, purpose in ((bits, "unpack"), (group, "group by"), (reading.ignore, "ignore")):
            for name in asked:
                if name not in names:
                    raise InvalidInput(
                        f"no column '{name}' to {purpose}; {self._source} has the columns "
                        + listed(names)
                    )
        for name in (*bits, *group):
            if name in reading.ignore:
                raise InvalidInput(f"column '{name}' must not be both used and ignored")
        if reading.group in bits:
            raise InvalidInput(f"column '{reading.group}' must not be both unpacked and the group")
        self._columns = tuple(
            IntegerColumn(position, bits[name])
            if name in bits
            else GroupColumn(position)
            if name == reading.group
            else BitColumn(position, reading.encoding)
            for position, name in enumerate(names)
            if name not in reading.ignore
        )
        made = self._made(self._columns)
        if len(set(made)) < len(made):
            raise InvalidInput(
                f"unpacking makes a second column '{twice(made)}' in {self._source}; rename one"
            )
        for label in reading.labels:
            if label not in made:
                raise InvalidInput(
                    f"no label column '{label}'; {self._source} has the columns {listed(made)}"
                )
        self._check_features(made, "no column")

    def _made(self, columns: Sequence[Column]) -> list[str]:
        """Names of the table's columns that these columns make."""
        made: list[str] = []
        for column in columns:
            name = self._names[column.position]
            if isinstance(column, IntegerColumn):
                made += [bit_name(name, bit) for bit in column.bits]
            elif isinstance(column, BitColumn):
                made.append(name)
        return made

    def _check_features(self, made: Sequence[str], none: str) -> None:
        """Refuse a table that has nothing but labels."""
        labels = self._reading.labels
        if not made:
            raise InvalidInput(f"{self._source} has {none} of bits")
        if labels and not set(made) - {*labels, *self._declared}:
            what = "label" if len(labels) == 1 else "labels"
            raise InvalidInput(f"{self._source} has {none} besides the {what} {listed(labels)}")

    # --- missing values and faults ----------------------------------------------------------------

    def _meet_gaps(self, column: Column, cells: Cells, gaps: Mask) -> None:
        if self._reading.missing == "drop-columns":
            self._incomplete.add(column.position)
        elif self._reading.missing == "error":
            at = np.flatnonzero(gaps)
            self._faults.add(
                Rule.PRESENT,
                column.position,
                self._rows + 1 + at,
                lambda i: _gap(cells, int(at[i])),
            )

    def _check_left(self, left: Sequence[Column]) -> None:
        """Refuse a table whose columns that are needed were dropped."""
        made = self._made(left)
        needed = [("label", label) for label in self._reading.labels if label not in made]
        needed += [
            ("group", self._names[column.position])
            for column in self._columns
            if isinstance(column, GroupColumn) and column.position in self._incomplete
        ]
        if needed:
            purpose, name = needed[0]
            raise InvalidInput(
                f"the {purpose} '{name}' has missing values, so its column cannot be dropped; drop "
                f"the rows with --missing drop-rows (in the library missing='drop-rows')"
            )
        self._check_features(made, "no column without a missing value")

    def _advice(self, rule: Rule) -> str:
        if rule is Rule.PRESENT:
            return (
                "drop the rows or the columns that lack values with --missing drop-rows or "
                "--missing drop-columns (in the library missing='drop-rows' or 'drop-columns')"
            )
        if rule not in _BIT_RULES:
            return ""
        faulty = set(self._faults.columns(rule))
        labels = {*self._reading.labels, *self._declared}
        integers, others = [], []
        for column in self._columns:
            if isinstance(column, BitColumn) and column.position in faulty:
                name, bits = self._names[column.position], column.needed_bits
                if bits:
                    integers.append(f"{name}:0-{bits - 1}" if bits > 1 else f"{name}:0")
                elif name not in labels:
                    others.append(name)
        told = []
        if integers:
            told.append(f"integers are unpacked with {_options('--bits', integers, 'unpack')}")
            if any(item.rpartition(":")[0] in labels for item in integers):
                told.append("a label is then one of its bits")
        features = {self._names[column.position] for column in self._columns} - labels
        if others and features - {*others, self._reading.group}:
            told.append(f"columns are left out with {_options('--ignore', others, 'ignore')}")
        return "; ".join(told)

    # --- the result -------------------------------------------------------------------------------

    def _table(self, left: Sequence[BitColumn | IntegerColumn | GroupColumn]) -> Table:
        words: list[Words] = []
        groups: Groups | None = None
        common = self._common_convention(left)
        for column in left:
            if isinstance(column, GroupColumn):
                codes, values = column.groups()
                groups = Groups(self._names[column.position], codes, values)
            elif isinstance(column, IntegerColumn):
                words.append(column.words(self._kept))
            else:
                words.append(column.words(column.convention or common, self._kept)[np.newaxis])
        packed = np.concatenate(words)
        assert packed.shape[1] == words_for(self._kept)
        made = self._made(left)
        return Table(
            self._kept,
            tuple(made),
            packed,
            groups=groups,
            dropped=self._rows - self._kept,
            labels=tuple(name for name in made if name in self._declared),
            dropped_columns=tuple(self._names[i] for i in sorted(self._incomplete)),
        )

    def _common_convention(self, columns: Sequence[Column]) -> Convention:
        """How a column of nothing but 1 is read: as the others are if they agree, else as bits."""
        seen = {column.convention for column in columns if isinstance(column, BitColumn)}
        return "signs" if seen - {None} == {"signs"} else "bits"


def _gap(cells: Cells, index: int) -> str:
    text = str(cells[index]).strip()
    if isinstance(cells, np.ndarray):
        return text
    return repr(text) if text else "an empty cell"


def _options(option: str, values: Sequence[str], argument: str) -> str:
    """How to give values on the command line, and in the library."""
    first = [cut(value) for value in values[:3]]
    shown = [" ".join((option, shlex.quote(value))) for value in first]
    more = " …" if len(values) > 3 else ""
    return f"{' '.join(shown)}{more} (in the library {argument}={first!r}{more.strip()})"
