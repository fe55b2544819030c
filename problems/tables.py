"""Tables of bits, packed by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import Bits, Words, all_ones, transpose, unpack, words_for
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.faults import listed, twice
from parity_compare.problems.samples import Encoding, Samples

if TYPE_CHECKING:
    from parity_compare.problems.assembly import Missing

_BLOCK_WORDS = 1024
"""So many words of every column are unpacked at a time."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Which group every row of a table belongs to.

    Attributes:
        name: the column that told.
        codes: ``(m,)`` int64, each row's group, 0 to g - 1.
        values: the g groups' values as text.
    """

    name: str
    codes: npt.NDArray[np.int64] = field(repr=False)
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.codes) and not 0 <= self.codes.min() <= self.codes.max() < len(self.values):
            raise InvalidInput(
                f"codes must lie in [0, {len(self.values) - 1}], got {self.codes.min()} to "
                f"{self.codes.max()}"
            )
        self.codes.flags.writeable = False


@dataclass(frozen=True, eq=False)
class Table:
    """``m`` rows of bits in named columns, immutable.

    Attributes:
        m: number of rows.
        names: the columns' names.
        columns: ``(len(names), words_for(m))`` uint64, packed by column; bits past ``m`` are zero.
        groups: which group every row belongs to, if a column told.
        dropped: rows of the source that were left out because values were missing.
        labels: columns that the source declares to be labels; none of them is ever a feature.
        dropped_columns: columns of the source that were left out because values were missing.
    """

    m: int
    names: tuple[str, ...]
    columns: Words = field(repr=False)
    groups: Groups | None = None
    dropped: int = 0
    labels: tuple[str, ...] = ()
    dropped_columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.names), words_for(self.m))
        if self.columns.shape != shape:
            raise InvalidInput(f"columns must have shape {shape}, got {self.columns.shape}")
        if len(set(self.names)) < len(self.names):
            raise InvalidInput(f"names must differ, got '{twice(self.names)}' twice")
        if self.groups is not None and len(self.groups.codes) != self.m:
            raise InvalidInput(f"groups must have {self.m} codes, got {len(self.groups.codes)}")
        if self.columns.size and (self.columns[:, -1] & ~all_ones(self.m)[-1]).any():
            raise InvalidInput(f"columns must have no bit set past row {self.m}")
        self.columns.flags.writeable = False

    @classmethod
    def from_arrays(
        cls, X: npt.ArrayLike, names: Sequence[str] = (), encoding: Encoding = "auto"
    ) -> Table:
        """Pack an array of bits.

        Args:
            X: ``(m, c)`` array of 0/1, of -1/+1, or of booleans, also as text.
            names: the columns' names, ``x0 ... x{c-1}`` unless given.
            encoding: see :func:`~parity_compare.problems.files.read_table`.

        Raises:
            InvalidInput: a value is not a bit (named by row and column), or the shape is wrong.
        """
        from parity_compare.problems.arrays import table_of_array
        from parity_compare.problems.assembly import Reading

        return table_of_array(X, names, Reading(encoding=encoding))

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        unpack: Sequence[str] = (),
        group: str | None = None,
        ignore: Sequence[str] = (),
        encoding: Encoding = "auto",
        missing: Missing = "error",
    ) -> Table:
        """Pack a DataFrame: pandas', or any that has ``columns`` and gives arrays for their names.

        The arguments and the rules are those of
        :func:`~parity_compare.problems.files.read_table`. Names that are no text are turned into
        text.

        Raises:
            InvalidInput: as for a file.
        """
        from parity_compare.problems.assembly import Reading
        from parity_compare.problems.frames import table_of_frame

        reading = Reading(
            unpack=_several(unpack),
            group=group,
            ignore=_several(ignore),
            encoding=encoding,
            missing=missing,
        )
        return table_of_frame(frame, reading)

    @property
    def bits(self) -> Bits:
        """The table as ``(m, c)`` uint8 of 0 and 1."""
        return np.ascontiguousarray(unpack(self.columns, self.m).T)

    def __len__(self) -> int:
        return self.m

    def samples(self, label: str, *, without: Sequence[str] = ()) -> Samples:
        """One column as the label, and the others as the features.

        Args:
            label: the label's name.
            without: columns that are no features either, such as other labels. Columns in
                ``labels`` need not be named.

        Raises:
            InvalidInput: there is no such column, or no feature is left.
        """
        for name in (label, *without):
            self._position(name, "label column" if name == label else "column")
        apart = {label, *without, *self.labels}
        features = [i for i, name in enumerate(self.names) if name not in apart]
        if not features:
            raise InvalidInput(f"there is no column besides the label '{label}' to explain it")
        return Samples(
            n=len(features),
            rows=_by_row(self.columns[features], self.m),
            labels=unpack(self.columns[self.names.index(label)], self.m),
            names=tuple(self.names[i] for i in features),
        )

    def select(self, names: Sequence[str]) -> Table:
        """The table of these columns alone, in this order.

        Raises:
            InvalidInput: there is no such column, or a name occurs twice.
        """
        chosen = [self._position(name, "column") for name in names]
        return Table(
            self.m,
            tuple(names),
            self.columns[chosen],
            groups=self.groups,
            dropped=self.dropped,
            labels=tuple(name for name in self.labels if name in names),
            dropped_columns=self.dropped_columns,
        )

    def _position(self, name: str, what: str) -> int:
        if name not in self.names:
            raise InvalidInput(
                f"no {what} '{name}'; the table has the columns {listed(self.names)}"
            )
        return self.names.index(name)


def _by_row(columns: Words, m: int) -> Words:
    """The packed matrix, transposed in blocks so that little of it is ever unpacked."""
    rows = np.empty((m, words_for(len(columns))), dtype=np.uint64)
    for word in range(0, columns.shape[1], _BLOCK_WORDS):
        block = columns[:, word : word + _BLOCK_WORDS]
        first = word * 64
        last = min(m, first + block.shape[1] * 64)
        rows[first:last] = transpose(block, last - first)
    return rows


def _several(names: Sequence[str]) -> tuple[str, ...]:
    """A single name is a sequence of letters, which nobody means."""
    return (names,) if isinstance(names, str) else tuple(names)
