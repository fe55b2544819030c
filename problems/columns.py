"""Columns of a table while it is read piece by piece: bits, and groups."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import WORD_BITS, Words, all_ones, pack
from parity_compare.problems.cells import (
    EXACT,
    Cells,
    Code,
    Mask,
    ShortTexts,
    code_of,
    integer_of,
    texts_of,
)
from parity_compare.problems.faults import Faults, Rule, shown
from parity_compare.problems.samples import Encoding

Convention = Literal["bits", "signs"]
Codes = npt.NDArray[np.int8]
Texts = Callable[[int], str]

FEW_TEXTS = 16
"""Columns of bits hold no more different texts than this."""

_RULES: dict[Encoding, Rule] = {
    "auto": Rule.BITS_OR_SIGNS,
    "bits": Rule.BITS,
    "signs": Rule.SIGNS,
}


class Column(Protocol):
    """A column that takes its cells a piece at a time.

    A piece is first read, which notes its faults and tells which of its cells are missing, and then
    kept, without the rows that the whole table loses.
    """

    @property
    def position(self) -> int:
        """Its place among the columns of the file."""
        ...

    def read(self, cells: Cells, row: int, faults: Faults) -> Mask | None:
        """Read the cells of the rows from ``row`` on, counted from 1; which are missing, if any."""
        ...

    def keep(self, rows: Mask | None) -> None:
        """Store what was read last, of these rows only."""
        ...


class BitColumn:
    """A column of 0/1, of -1/+1 or of booleans.

    Which convention it follows may show late, since 1 belongs to both; hence what is stored is
    where the ones are.
    """

    def __init__(self, position: int, encoding: Encoding) -> None:
        self.position = position
        self._encoding: Encoding = encoding
        self._ones = _Packer()
        self._last: Mask = np.zeros(0, dtype=np.bool_)
        self._first: dict[Code, tuple[int, str]] = {}
        self._span = _Span()

    @property
    def convention(self) -> Convention | None:
        """How the column is written; None if it holds nothing but the number 1."""
        if Code.FALSE in self._first or Code.TRUE in self._first:
            return "bits"
        if self._encoding != "auto":
            return self._encoding
        if Code.MINUS in self._first:
            return "signs"
        return "bits" if Code.ZERO in self._first else None

    @property
    def needed_bits(self) -> int | None:
        """Bits of the largest value if all values are integers from 0 on, None otherwise."""
        return None if Code.MINUS in self._first else self._span.bits

    def read(self, cells: Cells, row: int, faults: Faults) -> Mask | None:
        if isinstance(cells, np.ndarray):
            codes = _codes_of_numbers(cells)
            texts: Texts = lambda i: str(cells[i].item())  # noqa: E731 - the other is a method
            counts = np.bincount(codes, minlength=len(Code))
            found = {code for code in Code if counts[code]}
            if Code.OTHER in found:
                self._span.meet_numbers(cells[codes == Code.OTHER])
        else:
            texts = cells.__getitem__
            codes, known = _codes_of_texts(cells)
            found = set(known.values())
            self._span.meet_texts([text for text, code in known.items() if code is Code.OTHER])
        return self._take(codes, found, texts, row, faults)

    def keep(self, rows: Mask | None) -> None:
        self._ones.add(self._last if rows is None else self._last[rows])

    def words(self, convention: Convention, m: int) -> Words:
        """The column's bits, packed: ``(words_for(m),)`` uint64."""
        ones = self._ones.words()
        return ones if convention == "bits" else ones ^ all_ones(m)

    def check(self, faults: Faults) -> None:
        """Note it if the column mixes both conventions."""
        if self._encoding == "bits":
            return
        bits = {Code.FALSE, Code.TRUE} | ({Code.ZERO} if self._encoding == "auto" else set())
        others = [self._first[code] for code in bits & self._first.keys()]
        minus = self._first.get(Code.MINUS)
        if minus and others:
            first = sorted([minus, min(others)])
            faults.add(
                Rule.ONE_CONVENTION,
                self.position,
                [row for row, _ in first],
                lambda i: shown(first[i][1]),
            )

    def _take(
        self, codes: Codes, found: set[Code], texts: Texts, row: int, faults: Faults
    ) -> Mask | None:
        for code in found:
            if code not in self._first:
                first = int(np.argmax(codes == code))
                self._first[code] = (row + first, texts(first))
        wrong = {Code.OTHER, *self._foreign()} & found
        if wrong:
            at = np.flatnonzero(np.isin(codes, list(wrong)))
            rule = _RULES[self._encoding]
            faults.add(rule, self.position, row + at, lambda i: shown(texts(int(at[i]))))
        self._last = codes == Code.ONE
        if Code.TRUE in found:
            self._last |= codes == Code.TRUE
        return codes == Code.MISSING if Code.MISSING in found else None

    def _foreign(self) -> tuple[Code, ...]:
        """Numbers that the given encoding does not know."""
        if self._encoding == "auto":
            return ()
        return (Code.MINUS,) if self._encoding == "bits" else (Code.ZERO,)


class GroupColumn:
    """A column whose values tell which group a row belongs to."""

    def __init__(self, position: int) -> None:
        self.position = position
        self._code_of: dict[str, int] = {}
        self._codes: list[npt.NDArray[np.int64]] = []
        self._last: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def read(self, cells: Cells, row: int, faults: Faults) -> Mask | None:
        texts = _group_texts(cells)
        codes = {
            text: -1
            if code_of(text) is Code.MISSING
            else self._code_of.setdefault(text.strip(), len(self._code_of))
            for text in dict.fromkeys(texts)
        }
        self._last = np.fromiter(map(codes.__getitem__, texts), dtype=np.int64, count=len(texts))
        absent: Mask = self._last < 0
        return absent if absent.any() else None

    def keep(self, rows: Mask | None) -> None:
        self._codes.append(self._last if rows is None else self._last[rows])

    def groups(self) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """The rows' codes ``(m,)`` and the groups' values, ascending: as numbers if all are."""
        codes = np.concatenate([np.zeros(0, dtype=np.int64), *self._codes])
        texts = list(self._code_of)
        used = np.unique(codes).tolist()
        order = sorted(used, key=lambda code: _number_or_text(texts[code]))
        place = np.zeros(len(texts), dtype=np.int64)
        place[order] = np.arange(len(order))
        return place[codes], tuple(texts[code] for code in order)


class _Packer:
    """Packs bits that arrive in pieces of any length."""

    def __init__(self) -> None:
        self._words: list[Words] = []
        self._rest: Mask = np.zeros(0, dtype=np.bool_)

    def add(self, bits: Mask) -> None:
        """Append bits."""
        if len(self._rest):
            bits = np.concatenate([self._rest, bits])
        whole = len(bits) // WORD_BITS * WORD_BITS
        self._words.append(pack(bits[:whole]))
        self._rest = bits[whole:].copy()

    def words(self) -> Words:
        """All bits so far."""
        return np.concatenate([*self._words, pack(self._rest)])


class _Span:
    """How many bits the values need of a column that holds other things than bits."""

    def __init__(self) -> None:
        self._all_integers = True
        self._decimal = 0
        self._hexadecimal = 0
        self._letters = False
        self._digits = False

    @property
    def bits(self) -> int | None:
        """Bits of the largest value; None if one is no integer from 0 on, or all are only letters.

        Words such as ``a`` and ``bad`` are hexadecimal numbers, but not meant to be.
        """
        if not self._all_integers or (self._letters and not self._digits):
            return None
        return (self._hexadecimal if self._letters else self._decimal) or None

    def meet_numbers(self, values: npt.NDArray[Any]) -> None:
        """Take note of numbers."""
        low, high = values.min().item(), values.max().item()
        whole = values.dtype.kind != "f" or (high < EXACT and bool((values == values // 1).all()))
        if low < 0 or not whole:
            self._all_integers = False
        else:
            self._decimal = max(self._decimal, int(high).bit_length())

    def meet_texts(self, texts: Collection[str]) -> None:
        """Take note of texts."""
        for text in texts:
            integer = integer_of(text)
            if integer is None:
                self._all_integers = False
                return
            digits, form = integer
            self._letters |= form in ("prefixed", "letters")
            self._digits |= any(character.isdigit() for character in text)
            self._hexadecimal = max(self._hexadecimal, int(digits, 16).bit_length())
            if form in ("decimal", "point"):
                self._decimal = max(self._decimal, int(digits).bit_length())


def _codes_of_texts(cells: tuple[str, ...] | ShortTexts) -> tuple[Codes, dict[str, Code]]:
    """What every cell holds, and what every text among them does."""
    if isinstance(cells, ShortTexts):
        coded = _codes_of_words(cells)
        if coded is not None:
            return coded
        cells = cells.texts()
    known = {text: code_of(text) for text in dict.fromkeys(cells)}
    return np.fromiter(map(known.__getitem__, cells), dtype=np.int8, count=len(cells)), known


def _codes_of_words(cells: ShortTexts) -> tuple[Codes, dict[str, Code]] | None:
    """The same by comparing whole columns with one text at a time; None if texts are many."""
    codes = np.full(len(cells), -1, dtype=np.int8)
    known: dict[str, Code] = {}
    first = 0
    while codes[first] < 0:
        if len(known) == FEW_TEXTS:
            return None
        text = cells[first]
        known[text] = code_of(text)
        np.putmask(codes, cells.words == cells.words[first], known[text])
        first = int(codes.argmin())
    return codes, known


def _codes_of_numbers(values: npt.NDArray[Any]) -> Codes:
    if values.dtype == np.bool_:
        return values.astype(np.int8) + np.int8(Code.FALSE)
    codes = np.full(len(values), Code.OTHER, dtype=np.int8)
    codes[values == 0] = Code.ZERO
    codes[values == 1] = Code.ONE
    codes[values == -1] = Code.MINUS
    codes[values != values] = Code.MISSING
    return codes


def _group_texts(cells: Cells) -> tuple[str, ...]:
    """Numbers as text: whole numbers without a point, since gaps turn integers into floats."""
    if isinstance(cells, np.ndarray) and cells.dtype.kind == "f":
        return tuple(str(int(v)) if v.is_integer() else str(v) for v in cells.tolist())
    return texts_of(cells)


def _number_or_text(text: str) -> tuple[bool, float, str]:
    try:
        return False, float(text), text
    except ValueError:
        return True, 0.0, text
