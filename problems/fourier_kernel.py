"""The fast Walsh-Hadamard transform inside compiled loops, for any of four types of numbers.

One level i replaces the entries at u and u + 2^i, for all u without bit i, by their sum and their
difference. Three levels at once on eight vectors read and write every entry once instead of three
times and keep all between in registers; so three levels are the unit here. What LLVM finds by
itself stops at two: with more rows it gives up proving that they do not overlap.

Levels up to :data:`BLOCK_BITS` are done block by block. Above, entries that meet lie far apart, at
a power of two, where they share a few places of a cache; columns of whole cache lines are brought
together in a buffer, transformed there for up to :data:`COLUMN_LEVELS` levels, and put back. A
transform of 2^24 numbers thus goes through main memory twice.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

Values = npt.NDArray[Any]

BLOCK_BITS = 15
"""Levels that a block of adjoining entries goes through; 2^15 float64 fill half a second-level
cache of today."""
COLUMN_LEVELS = 9
"""Most levels that columns go through at once: 2^9 rows in a buffer."""

_ROW_BYTES = 512  # of adjoining entries, which the machine fetches faster than lines from all over
_VECTOR_BYTES = 32  # one AVX register; two of SSE or NEON


def column_width(values: Values) -> int:
    """Entries that a column of :func:`transform_columns` is wide."""
    width: int = _ROW_BYTES // values.itemsize
    return width


class _Vectors:
    """Writes the LLVM code that takes vectors of one type of numbers through levels."""

    def __init__(self, context: Any, builder: Any, number: Any) -> None:
        self.size = number.bitwidth // 8
        self.lanes = _VECTOR_BYTES // self.size
        self._context, self._builder = context, builder
        self._kind = ir.VectorType(context.get_value_type(number), self.lanes)
        real = isinstance(number, types.Float)
        self._add = builder.fadd if real else builder.add
        self._subtract = builder.fsub if real else builder.sub

    def places(self, array_type: Any, array: Any, at: Any, stride: Any, count: int) -> list[Any]:
        """Pointers to the vectors at ``array[at + a stride]``, a < ``count``."""
        data = self._context.make_array(array_type)(self._context, self._builder, array).data
        offsets = [at]
        for _ in range(count - 1):
            offsets.append(self._builder.add(offsets[-1], stride))
        pointer = self._kind.as_pointer()
        return [self._builder.bitcast(self._builder.gep(data, [i]), pointer) for i in offsets]

    def load(self, places: list[Any]) -> list[Any]:
        """The vectors there; arrays are aligned to their numbers and no further."""
        return [self._builder.load(place, align=self.size) for place in places]

    def store(self, rows: list[Any], places: list[Any]) -> None:
        """Put the vectors there."""
        for row, place in zip(rows, places, strict=True):
            self._builder.store(row, place, align=self.size)

    def across(self, rows: list[Any]) -> list[Any]:
        """All levels of 2^l vectors, lane by lane."""
        rows = list(rows)
        for level in range(len(rows).bit_length() - 1):
            for low in range(len(rows)):
                if not low >> level & 1:
                    high = low | 1 << level
                    a, b = rows[low], rows[high]
                    rows[low], rows[high] = self._add(a, b), self._subtract(a, b)
        return rows

    def within(self, row: Any) -> Any:
        """All levels of the lanes of one vector."""
        for level in range(self.lanes.bit_length() - 1):
            partner = self._shuffle(row, row, [lane ^ 1 << level for lane in range(self.lanes)])
            total, difference = self._add(row, partner), self._subtract(partner, row)
            chosen = [lane + self.lanes * (lane >> level & 1) for lane in range(self.lanes)]
            row = self._shuffle(total, difference, chosen)
        return row

    def _shuffle(self, a: Any, b: Any, lanes: list[int]) -> Any:
        index = ir.VectorType(ir.IntType(32), len(lanes))
        return self._builder.shuffle_vector(a, b, ir.Constant(index, lanes))


def _butterfly(levels: int) -> Any:
    """The intrinsic that takes 2^levels vectors through so many levels."""

    def declare(typingctx, source, i, stride, target, j, target_stride):  # type: ignore[no-untyped-def]
        """Vectors at ``source[i + a stride]`` to ``target[j + a target_stride]``; flat arrays of
        one type, no bounds checks."""

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            vectors, count = _Vectors(context, builder, source.dtype), 1 << levels
            origin, i, stride, end, j, target_stride = args
            rows = vectors.load(vectors.places(source, origin, i, stride, count))
            places = vectors.places(target, end, j, target_stride, count)
            vectors.store(vectors.across(rows), places)
            return context.get_dummy_value()

        offsets = (types.intp, types.intp)
        return types.void(source, *offsets, target, *offsets), codegen

    return intrinsic(declare)


_two, _four, _eight = _butterfly(1), _butterfly(2), _butterfly(3)


@intrinsic
def _first_levels(typingctx, values, at):  # type: ignore[no-untyped-def]
    """All levels of the eight adjoining vectors from ``values[at]``; no bounds checks."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        vectors = _Vectors(context, builder, values.dtype)
        lanes = ir.Constant(ir.IntType(64), vectors.lanes)
        places = vectors.places(values, args[0], args[1], lanes, 8)
        rows = [vectors.within(row) for row in vectors.load(places)]
        vectors.store(vectors.across(rows), places)
        return context.get_dummy_value()

    return types.void(values, types.intp), codegen


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _stage(
    source: Values,
    i: int,
    stride: int,
    target: Values,
    j: int,
    target_stride: int,
    rows: int,
    level: int,
    levels: int,
    width: int,
) -> None:
    """Levels ``level``, ... of 2^rows rows of ``width`` entries, at most three of them.

    Row r stands at ``source[i + r stride]`` and goes to ``target[j + r target_stride]``; the two
    may be the same place. ``width`` is a multiple of a vector.
    """
    lanes = _VECTOR_BYTES // source.itemsize
    step, target_step = stride << level, target_stride << level
    for outer in range(1 << (rows - level - levels)):
        for inner in range(1 << level):
            row = (outer << (level + levels)) + inner
            a, b = i + row * stride, j + row * target_stride
            if levels == 3:
                for u in range(0, width, lanes):
                    _eight(source, a + u, step, target, b + u, target_step)
            elif levels == 2:
                for u in range(0, width, lanes):
                    _four(source, a + u, step, target, b + u, target_step)
            else:
                for u in range(0, width, lanes):
                    _two(source, a + u, step, target, b + u, target_step)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _levels_within(values: Values, at: int, bits: int, level: int) -> None:
    """Levels ``level`` to ``bits`` - 1 of the 2^bits entries from ``at``, in place."""
    while level < bits:
        levels, step = min(3, bits - level), 1 << level
        _stage(values, at, step, values, at, step, bits - level, 0, levels, step)
        level += levels


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def transform_blocks(values: Values, bits: int, first: int, last: int) -> None:
    """All levels of each of the blocks ``first``, ..., ``last - 1`` of 2^bits entries.

    Args:
        values: flat and contiguous.
        bits: at most :data:`BLOCK_BITS`.
        first, last: which blocks.
    """
    eight_bits = 6 if values.itemsize == 4 else 5
    if bits < eight_bits:
        for block in range(first, last):
            _few(values, block << bits, bits)
        return
    inner = min(bits, 11 if values.itemsize == 8 else 12)  # 16 KiB, half a first-level cache
    for block in range(first, last):
        at = block << bits
        for start in range(at, at + (1 << bits), 1 << inner):
            for vectors in range(start, start + (1 << inner), 1 << eight_bits):
                _first_levels(values, vectors)
            _levels_within(values, start, inner, eight_bits)
        _levels_within(values, at, bits, inner)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def transform_columns(values: Values, level: int, levels: int, first: int, last: int) -> None:
    """Levels ``level``, ..., ``level + levels - 1`` of columns :func:`column_width` entries wide.

    Args:
        values: flat and contiguous.
        level: at least 7, so that a row holds whole columns.
        levels: from 1 to :data:`COLUMN_LEVELS`.
        first, last: which columns, of all in the array.
    """
    width, stride = _ROW_BYTES // values.itemsize, 1 << level
    columns = stride // width
    buffer = np.empty(width << levels, dtype=values.dtype)
    for column in range(first, last):
        at = (column // columns << (level + levels)) + column % columns * width
        if levels <= 3:
            _stage(values, at, stride, values, at, stride, levels, 0, levels, width)
            continue
        _stage(values, at, stride, buffer, 0, width, levels, 0, 3, width)
        done = 3
        while levels - done > 3:
            _stage(buffer, 0, width, buffer, 0, width, levels, done, 3, width)
            done += 3
        _stage(buffer, 0, width, values, at, stride, levels, done, levels - done, width)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _few(values: Values, at: int, bits: int) -> None:
    """All levels of so few entries that they do not fill eight vectors."""
    for level in range(bits):
        step = 1 << level
        for start in range(at, at + (1 << bits), 2 * step):
            for u in range(start, start + step):
                a, b = values[u], values[u + step]
                values[u], values[u + step] = a + b, a - b
