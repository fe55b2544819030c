"""Labelled examples, bit-packed by row and by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import (
    Bits,
    Signs,
    Words,
    pack,
    to_signs,
    transpose,
    unpack,
    words_for,
)
from parity_compare.problems.errors import InvalidInput

Encoding = Literal["auto", "bits", "signs"]
Word = TypeVar("Word", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Samples:
    """``m`` labelled examples of ``n`` bits, immutable.

    Attributes:
        n: number of bits of an example.
        rows: ``(m, words_for(n))`` uint64, the examples packed by row.
        labels: ``(m,)`` uint8, 0 or 1; 1 stands for the label -1.
        names: the columns' names, ``x0 ... x{n-1}`` unless given.
    """

    n: int
    rows: Words = field(repr=False)
    labels: Bits = field(repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.rows.shape != (len(self.labels), words_for(self.n)):
            raise InvalidInput(
                f"rows must have shape (m, words) = ({len(self.labels)}, {words_for(self.n)}), "
                f"got {self.rows.shape}"
            )
        if not self.names:
            object.__setattr__(self, "names", _default_names(self.n))
        if len(self.names) != self.n:
            raise InvalidInput(f"names must have {self.n} entries, got {len(self.names)}")
        _frozen(self.rows)
        _frozen(self.labels)

    @classmethod
    def from_arrays(
        cls,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        names: Sequence[str] = (),
        label_name: str = "y",
        encoding: Encoding = "auto",
    ) -> Samples:
        """Pack arrays of bits.

        Args:
            X: ``(m, n)`` array of 0/1, of -1/+1, or of booleans.
            y: ``(m,)`` array, encoded by the same or by the other convention.
            names: the ``n`` columns' names.
            label_name: the labels' name, for messages.
            encoding: ``bits`` (0/1), ``signs`` (-1/+1) or ``auto``, which reads the convention
                off the values; values that are all 1 are read by the other array's convention.

        Raises:
            InvalidInput: a value is not a bit (the message names its row and column), shapes do
                not fit, there is no such encoding, or all values are 1, which both conventions
                allow.
        """
        if encoding not in get_args(Encoding):
            known = ", ".join(get_args(Encoding))
            raise InvalidInput(f"encoding must be one of {known}, got {encoding!r}")
        inputs, targets = _array("X", X), _array("y", y)
        if inputs.ndim != 2 or inputs.shape[1] < 1:
            raise InvalidInput(f"X must have shape (m, n) with n >= 1, got shape {inputs.shape}")
        if targets.shape != (len(inputs),):
            raise InvalidInput(f"y must have shape ({len(inputs)},), got shape {targets.shape}")
        columns = tuple(names) or tuple(f"x{i}" for i in range(inputs.shape[1]))
        if len(columns) != inputs.shape[1]:
            raise InvalidInput(f"names must have {inputs.shape[1]} entries, got {len(columns)}")
        known_x = _encoding_of(inputs, encoding, columns)
        known_y = _encoding_of(targets, encoding, (label_name,))
        either = known_x or known_y
        if either is None and (inputs.size or targets.size):
            raise InvalidInput(
                "X and y hold only the value 1, which is bit 1 among 0/1 and bit 0 among -1/+1; "
                "give encoding='bits' or encoding='signs'"
            )
        return cls(
            n=inputs.shape[1],
            rows=pack(_as_bits(inputs, known_x or either or "bits")),
            labels=_as_bits(targets, known_y or either or "bits"),
            names=columns,
        )

    @property
    def m(self) -> int:
        """Number of examples."""
        return len(self.labels)

    def __len__(self) -> int:
        return self.m

    @cached_property
    def columns(self) -> Words:
        """The examples packed by column: ``(n, words_for(m))`` uint64."""
        return _frozen(transpose(self.rows, self.n))

    @cached_property
    def label_words(self) -> Words:
        """The labels packed: ``(words_for(m),)`` uint64."""
        return _frozen(pack(self.labels))

    @property
    def bits(self) -> Bits:
        """The examples as ``(m, n)`` uint8 of 0 and 1."""
        return unpack(self.rows, self.n)

    @property
    def X(self) -> Signs:  # noqa: N802 - the field's name
        """The examples as ``(m, n)`` int8 of -1 and +1."""
        return to_signs(self.bits)

    @property
    def y(self) -> Signs:
        """The labels as ``(m,)`` int8 of -1 and +1."""
        return to_signs(self.labels)

    def parity(self, support: Sequence[int]) -> Bits:
        """XOR of the columns in ``support`` for every example: ``(m,)`` uint8."""
        packed = np.bitwise_xor.reduce(self.columns[list(support)], axis=0, initial=np.uint64(0))
        return unpack(packed, self.m)

    def agreement(self, support: Sequence[int]) -> int:
        """Number of examples whose label equals the parity over ``support``."""
        return int(np.count_nonzero(self.parity(support) == self.labels))

    def __getitem__(self, index: slice) -> Samples:
        return Samples(self.n, self.rows[index], self.labels[index], self.names)


def _frozen(array: npt.NDArray[Word]) -> npt.NDArray[Word]:
    array.flags.writeable = False
    return array


def _array(name: str, values: npt.ArrayLike) -> npt.NDArray[np.generic]:
    try:
        return np.asarray(values)
    except ValueError:
        raise InvalidInput(f"{name} must be an array, got rows of different lengths") from None


@lru_cache(maxsize=64)
def _default_names(n: int) -> tuple[str, ...]:
    return tuple(f"x{i}" for i in range(n))


def read_encoding(
    X: npt.NDArray[np.generic], names: Sequence[str] = ()
) -> Literal["bits", "signs"]:
    """The convention by which an array of bits is written; all ones are read as bits.

    Raises:
        InvalidInput: a value is not a bit; the message names its row, counted from 1, and its
            column, by its name if ``names`` are given.
    """
    return _encoding_of(X, "auto", names) or "bits"


def as_bits(X: npt.NDArray[np.generic]) -> Bits:
    """An array of 0/1, -1/+1 or booleans as uint8 of 0 and 1 (see :func:`read_encoding`)."""
    return _as_bits(X, read_encoding(X))


def _encoding_of(
    values: npt.NDArray[np.generic], encoding: Encoding, columns: Sequence[str]
) -> Literal["bits", "signs"] | None:
    """``bits``, ``signs``, or None where every value is 1; raises at the first other value."""
    if values.dtype == np.bool_:
        return "bits"
    if values.dtype.kind not in "iuf":
        raise InvalidInput(f"values must be 0/1, -1/+1 or booleans, got dtype {values.dtype}")
    zero, minus, one = values == 0, values == -1, values == 1
    wrong = ~(zero | minus | one)
    if encoding == "bits" or (encoding == "auto" and zero.any()):
        wrong |= minus
    elif encoding == "signs":
        wrong |= zero
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise InvalidInput(
            f"values must be bits (0/1 or -1/+1, not both), got {values[index].item()} at "
            + _place(index, columns)
        )
    if encoding != "auto":
        return encoding
    return "bits" if zero.any() else "signs" if minus.any() else None


def _place(index: tuple[int, ...], columns: Sequence[str]) -> str:
    """Where a value stands: rows are counted from 1, columns have names."""
    column = index[1] if len(index) > 1 else 0
    name = f"'{columns[column]}'" if columns else str(column + 1)
    return f"row {index[0] + 1}, column {name}"


def _as_bits(values: npt.NDArray[np.generic], encoding: Literal["bits", "signs"]) -> Bits:
    return np.asarray(values == (1 if encoding == "bits" else -1)).astype(np.uint8)
