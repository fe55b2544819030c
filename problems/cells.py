"""Cells, as text or as numbers, read as bits, integers or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_compare.problems.unpacking import MAX_BITS

Mask = npt.NDArray[np.bool_]

EXACT = 2**53
"""From here on not every whole number is a floating-point number."""

MISSING_TEXTS = frozenset({"", "?", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "<na>"})
"""What stands for a missing value in text, in any case."""

_INTEGER = re.compile(
    r"(?:0[xX](?P<prefixed>[0-9a-fA-F]+)"
    r"|(?P<decimal>[0-9]+)(?P<point>\.0*)?"
    r"|(?P<letters>[0-9a-fA-F]+))",
    re.ASCII,
)


@dataclass(frozen=True, eq=False)
class ShortTexts:
    """Texts of at most eight bytes, each in a word.

    Attributes:
        words: ``(m,)`` uint64, the bytes of UTF-8, the first the least significant; zeros follow.
    """

    words: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, index: int) -> str:
        return int(self.words[index]).to_bytes(8, "little").rstrip(b"\0").decode()

    def texts(self) -> tuple[str, ...]:
        """All of them as text."""
        return tuple(
            word.to_bytes(8, "little").rstrip(b"\0").decode() for word in self.words.tolist()
        )


Cells = tuple[str, ...] | ShortTexts | npt.NDArray[Any]
"""A piece of a column: texts, or a one-dimensional array of booleans or of real numbers."""


class Code(IntEnum):
    """What a cell holds: 0, 1, -1, a word for a bit, nothing, or something else."""

    ZERO = 0
    ONE = 1
    MINUS = 2
    FALSE = 3
    TRUE = 4
    MISSING = 5
    OTHER = 6


_WORDS = {"0": Code.ZERO, "1": Code.ONE, "-1": Code.MINUS, "false": Code.FALSE, "true": Code.TRUE}
_NUMBERS = {0.0: Code.ZERO, 1.0: Code.ONE, -1.0: Code.MINUS}


def code_of(text: str) -> Code:
    """What a text holds: ``1``, ``+1`` and ``1e0`` are alike, as are ``TRUE`` and ``true``."""
    plain = text.strip().lower()
    known = _WORDS.get(plain)
    if known is not None:
        return known
    if plain in MISSING_TEXTS:
        return Code.MISSING
    if "_" in plain or not plain.isascii():
        return Code.OTHER  # Python takes 0_1 and digits of other scripts for numbers
    try:
        return _NUMBERS.get(float(plain), Code.OTHER)
    except ValueError:
        return Code.OTHER


def integer_of(text: str) -> tuple[str, str] | None:
    """The digits of an integer and the way in which it is written.

    Returns:
        The digits, and ``prefixed`` (``0x1f``), ``letters`` (``1f``), ``decimal`` (``31``) or
        ``point`` (``31.0``, as tables with missing values are often written); None if the text is
        no such integer, has more than 128 digits, or has a point and is too large to be exact.
    """
    match = _INTEGER.fullmatch(text.strip())
    if match is None:
        return None
    form = str(match.lastgroup)
    digits = match["decimal"] if form == "point" else match[form]
    if len(digits) > MAX_BITS // 4 or (form == "point" and int(digits) >= EXACT):
        return None
    return digits, form


def texts_of(cells: Cells) -> tuple[str, ...]:
    """Cells as text."""
    if isinstance(cells, tuple):
        return cells
    return cells.texts() if isinstance(cells, ShortTexts) else text_of(cells)


def text_of(values: npt.NDArray[Any]) -> tuple[str, ...]:
    """The items of any array as text; None, NaN and pandas' NA become texts for missing values."""
    if values.dtype.kind == "S":
        return tuple(item.decode("utf-8", "backslashreplace") for item in values.tolist())
    return tuple(map(str, values.tolist()))


def as_cells(values: npt.NDArray[Any]) -> Cells:
    """Booleans and real numbers as they are, everything else as text."""
    return values if values.dtype.kind in "biuf" else text_of(values)
