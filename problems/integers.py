"""A column of integers, read piece by piece and unpacked to bits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import WORD_BITS, Words, pack, words_for
from parity_compare.problems.cells import EXACT, Cells, Code, Mask, code_of, integer_of, texts_of
from parity_compare.problems.faults import Faults, Rule, shown

_UNIFORM = {
    "prefixed": re.compile(r"(?:0[xX][0-9a-fA-F]{1,16}\n)++", re.ASCII),
    "decimal": re.compile(r"(?:[0-9]{1,19}\n)++", re.ASCII),
    "letters": re.compile(r"(?:[0-9a-fA-F]{1,16}\n)++", re.ASCII),
}

Limbs = npt.NDArray[np.uint64]
"""Integers as ``(m, l)`` words, the least significant first."""


class IntegerColumn:
    """A column of integers, of which some bits are wanted.

    A column of text is hexadecimal if every value begins with ``0x``, or if none does and some
    value has a letter from a to f; otherwise it is decimal. Values with and without ``0x`` in one
    column are refused, since ``10`` could then be either.
    """

    def __init__(self, position: int, bits: tuple[int, ...]) -> None:
        self.position = position
        self.bits = bits
        self._pieces: list[Limbs] = []
        self._decimal_pieces = 0
        self._last: Limbs = np.zeros((0, 1), dtype=np.uint64)
        self._first: dict[str, tuple[int, str]] = {}

    def read(self, cells: Cells, row: int, faults: Faults) -> Mask | None:
        if isinstance(cells, np.ndarray):
            return self._read_numbers(cells, row, faults)
        return self._read_texts(texts_of(cells), row, faults)

    def keep(self, rows: Mask | None) -> None:
        self._pieces.append(self._last if rows is None else self._last[rows])
        if "letters" not in self._first:
            self._decimal_pieces = len(self._pieces)

    def words(self, m: int) -> Words:
        """The wanted bits, packed by bit: ``(len(bits), words_for(m))`` uint64."""
        if "letters" in self._first:
            # Pieces from before the first letter were taken for decimal numbers.
            for i in range(self._decimal_pieces):
                self._pieces[i] = _as_if_hexadecimal(self._pieces[i])
        words = np.zeros((len(self.bits), words_for(m)), dtype=np.uint64)
        for i, bit in enumerate(self.bits):
            limb, shift = divmod(bit, WORD_BITS)
            words[i] = pack(np.concatenate([_bit(piece, limb, shift) for piece in self._pieces]))
        return words

    def check(self, faults: Faults) -> None:
        """Note it if the column is written in more than one way."""
        clashes = [("prefixed", other) for other in ("decimal", "letters", "point")]
        for one, other in [*clashes, ("letters", "point")]:
            if one in self._first and other in self._first:
                first = sorted([self._first[one], self._first[other]])
                texts = [repr(text) for _, text in first]
                rows = [row for row, _ in first]
                faults.add(Rule.ONE_BASE, self.position, rows, texts.__getitem__)
                return

    @property
    def _base(self) -> int:
        """How numbers without ``0x`` are read, by what was met so far."""
        return 16 if {"prefixed", "letters"} & self._first.keys() else 10

    def _meet(self, form: str, row: int, cells: Sequence[str]) -> None:
        """Note where a form occurs first, in cells from ``row`` on of which some have it."""
        if form not in self._first:
            has_form = str.isdecimal if form == "decimal" else lambda cell: not cell.isdecimal()
            at = next(i for i, cell in enumerate(cells) if has_form(cell))
            self._first[form] = (row + at, cells[at])

    def _read_numbers(self, values: npt.NDArray[Any], row: int, faults: Faults) -> Mask | None:
        absent: Mask = values != values
        wrong = values < 0
        if values.dtype.kind == "f":
            with np.errstate(invalid="ignore"):
                wrong |= (values >= EXACT) | (values % 1 != 0)
            wrong &= ~absent
        self._note(np.flatnonzero(wrong), row, faults, lambda i: str(values[i].item()))
        clean = np.where(absent | wrong, 0, values)
        self._last = clean.astype(np.uint64)[:, np.newaxis]
        return absent if absent.any() else None

    def _read_texts(self, cells: tuple[str, ...], row: int, faults: Faults) -> Mask | None:
        form = _uniform_form(cells)
        if form is not None:
            self._meet(form, row, cells)
            numbers = map(int, cells, repeat(self._base))
            self._last = np.fromiter(numbers, np.uint64, count=len(cells))[:, np.newaxis]
            return None
        parsed = [integer_of(cell) for cell in cells]
        bad = [i for i, integer in enumerate(parsed) if integer is None]
        absent = np.zeros(len(cells), dtype=np.bool_)
        absent[[i for i in bad if code_of(cells[i]) is Code.MISSING]] = True
        wrong = np.array([i for i in bad if not absent[i]], dtype=np.int64)
        self._note(wrong, row, faults, lambda i: shown(cells[i]))
        for i, integer in enumerate(parsed):
            if integer and integer[1] not in self._first:
                self._first[integer[1]] = (row + i, cells[i])
        base = self._base
        self._last = _limbs([int(integer[0], base) if integer else 0 for integer in parsed])
        return absent if absent.any() else None

    def _note(self, at: npt.NDArray[np.int64], row: int, faults: Faults, texts: Any) -> None:
        if len(at):
            faults.add(Rule.INTEGERS, self.position, row + at, lambda i: texts(int(at[i])))


def _uniform_form(cells: Sequence[str]) -> str | None:
    """How all of the cells are written, if it is in one way and each fits into a word."""
    lines = "\n".join(cells) + "\n"
    if lines.count("\n") != len(cells):
        return None
    return next((form for form, pattern in _UNIFORM.items() if pattern.fullmatch(lines)), None)


def _limbs(values: list[int]) -> Limbs:
    width = max(1, words_for(max(values, default=0).bit_length()))
    octets = b"".join(value.to_bytes(8 * width, "little") for value in values)
    return np.frombuffer(octets, dtype="<u8").reshape(-1, width).astype(np.uint64, copy=False)


def _as_if_hexadecimal(limbs: Limbs) -> Limbs:
    """What decimal numbers are worth if their digits are hexadecimal."""
    octets = limbs.astype("<u8", copy=False).tobytes()
    size = 8 * limbs.shape[1]
    starts = range(0, len(octets), size)
    values = [int.from_bytes(octets[start : start + size], "little") for start in starts]
    return _limbs([int(str(value), 16) for value in values])


def _bit(limbs: Limbs, limb: int, shift: int) -> npt.NDArray[np.bool_]:
    if limb >= limbs.shape[1]:
        return np.zeros(len(limbs), dtype=np.bool_)
    return (limbs[:, limb] >> np.uint64(shift) & np.uint64(1)).astype(np.bool_)
