"""The fast Walsh-Hadamard transform inside compiled loops, for any of four types of numbers.

One level i replaces the entries at u and u + 2^i, for all u without bit i, by their sum and their
difference. Three levels at once on eight vectors read and write every entry once instead of three
times and keep all between in registers; so three levels are the unit here. What LLVM finds by
itself stops at two: with more rows it gives up proving that they do not overlap.

Levels up to :data:`BLOCK_BITS` are done block by block, in three rounds that fit the first, the
second and the third cache. Above, entries that meet lie so far apart that each comes from another
page of memory; columns of adjoining entries are brought together in a buffer, transformed there for
up to :data:`COLUMN_LEVELS` levels, and put back. A transform of 2^24 numbers thus goes through main
memory twice.

NumPy's arrays begin 16 bytes past a cache line, so that every second vector of theirs lies across
two; and rows at a power of two share the same few places of a cache. Buffers have neither fault:
they begin at a vector, and their rows stand one cache line further apart.
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

BLOCK_BITS = 17
"""Levels that a block of adjoining entries goes through; 2^17 float64 are 1 MiB, which a
third-level cache of today holds many times."""
COLUMN_LEVELS = 7
"""Most levels that columns go through at once: 2^7 rows, 256 KiB, in a buffer."""

_TWO_ROUND_BITS = 15  # blocks of 4-byte numbers that fit a second-level cache
_ROW_BYTES = 2048  # of adjoining entries: shorter rows take memory longer, more do not fit a cache
_LINE_BYTES = 64  # that caches fetch at once
_VECTOR_BYTES = 32  # one AVX register; two of SSE or NEON


def block_bits(levels: int) -> int:
    """Of ``levels`` levels, how many to do in blocks.

    Where blocks do not do all, columns do as many as they can, down to blocks that need no third
    round: through their buffer levels cost less than in place.
    """
    if levels <= BLOCK_BITS:
        return levels
    return min(max(levels - COLUMN_LEVELS, _TWO_ROUND_BITS), BLOCK_BITS)


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
        self._real = isinstance(number, types.Float)
        self._add = builder.fadd if self._real else builder.add
        self._subtract = builder.fsub if self._real else builder.sub

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
            if self._real:
                row = self._signed_sum(row, partner, level)
                continue
            total, difference = self._add(row, partner), self._subtract(partner, row)
            chosen = [lane + self.lanes * (lane >> level & 1) for lane in range(self.lanes)]
            row = self._shuffle(total, difference, chosen)
        return row

    def _signed_sum(self, row: Any, partner: Any, level: int) -> Any:
        """``row`` + ``partner``, less ``row`` in lanes with the bit: one fused instruction, exact
        since the factors are 1 and -1."""
        signs = [1.0 - 2.0 * (lane >> level & 1) for lane in range(self.lanes)]
        factors = ir.Constant(self._kind, signs)
        signed = self._builder.fmul(row, factors, flags=("contract",))
        return self._builder.fadd(signed, partner, flags=("contract",))

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
def _first_levels(typingctx, source, i, target, j):  # type: ignore[no-untyped-def]
    """All levels of the eight adjoining vectors from ``source[i]``, to ``target[j]``; no bounds
    checks."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        vectors = _Vectors(context, builder, source.dtype)
        origin, i, end, j = args
        lanes = ir.Constant(ir.IntType(64), vectors.lanes)
        rows = [
            vectors.within(row) for row in vectors.load(vectors.places(source, origin, i, lanes, 8))
        ]
        vectors.store(vectors.across(rows), vectors.places(target, end, j, lanes, 8))
        return context.get_dummy_value()

    return types.void(source, types.intp, target, types.intp), codegen


@intrinsic
def _fetch(typingctx, values, at):  # type: ignore[no-untyped-def]
    """Ask for the cache line of ``values[at]``, which may lie past the end."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = context.make_array(values)(context, builder, args[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(builder.gep(data, [args[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        builder.call(prefetch, [place, number(0), number(3), number(1)])  # read, keep, data
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
    values: Values,
    ahead: int,
    hop: int,
) -> int:
    """Levels ``level``, ... of 2^rows rows of ``width`` entries, at most three of them.

    Row r stands at ``source[i + r stride]`` and goes to ``target[j + r target_stride]``; the two
    may be the same place. ``width`` is a multiple of a vector. Along with every few vectors the
    cache line of ``values[ahead]`` is asked for, and ``ahead`` moves on by ``hop``, so that memory
    works while the processor adds; where ``hop`` is 0, nothing is.

    Returns:
        where ``ahead`` has come to.
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
                    if hop:
                        _fetch(values, ahead)
                        ahead += hop
            elif levels == 2:
                for u in range(0, width, lanes):
                    _four(source, a + u, step, target, b + u, target_step)
                    if hop:
                        _fetch(values, ahead)
                        ahead += hop
            else:
                for u in range(0, width, lanes):
                    _two(source, a + u, step, target, b + u, target_step)
                    if hop:
                        _fetch(values, ahead)
                        ahead += hop
    return ahead


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _piece(source: Values, i: int, target: Values, j: int, bits: int, ahead: int, hop: int) -> int:
    """All levels of the 2^bits entries from ``source[i]``, to ``target[j]``.

    Args:
        source, i, target, j: the two may be the same place.
        bits: enough for eight vectors.
        ahead, hop: what of ``source`` to fetch, as in :func:`_stage`.

    Returns:
        where ``ahead`` has come to.
    """
    level = 6 if source.itemsize == 4 else 5
    for u in range(0, 1 << bits, 1 << level):
        _first_levels(source, i + u, target, j + u)
        if hop:
            _fetch(source, ahead)
            ahead += hop
    while level < bits:
        levels, step = min(3, bits - level), 1 << level
        ahead = _stage(
            target, j, step, target, j, step, bits - level, 0, levels, step, source, ahead, hop
        )
        level += levels
    return ahead


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def transform_blocks(values: Values, bits: int, first: int, last: int) -> None:
    """All levels of each of the blocks ``first``, ..., ``last - 1`` of 2^bits entries.

    Args:
        values: flat and contiguous.
        bits: at most :data:`BLOCK_BITS`.
        first, last: which blocks.
    """
    eight_bits, piece = (6, 12) if values.itemsize == 4 else (5, 11)  # half a first-level cache
    if bits < eight_bits:
        for block in range(first, last):
            _few(values, block << bits, bits)
        return
    if bits < piece + 3:
        for block in range(first, last):
            at, low = block << bits, min(bits, piece)
            for start in range(at, at + (1 << bits), 1 << low):
                _piece(values, start, values, start, low, start, 0)
            if bits > low:
                rows, width = bits - low, 1 << low
                _stage(values, at, width, values, at, width, rows, 0, rows, width, values, at, 0)
        return
    middle = piece + 3
    pieces, upper, line = 3, bits - middle, _LINE_BYTES // values.itemsize
    width, wide = 1 << piece, (1 << piece) + line
    buffer = np.empty(wide << pieces, dtype=values.dtype)
    for block in range(first, last):
        for at in range(block << bits, (block + 1) << bits, 1 << middle):
            # Four rounds take eight vectors, four lines, at a time: one line ahead each is all.
            ahead = at + (1 << middle)
            for k in range(1 << pieces):
                ahead = _piece(values, at + k * width, buffer, k * wide, piece, ahead, line)
            _stage(
                buffer, 0, wide, values, at, width, pieces, 0, pieces, width, values, ahead, line
            )
        if upper:
            at, far = block << bits, 1 << middle
            _stage(values, at, far, values, at, far, upper, 0, upper, far, buffer, 0, 0)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def transform_columns(values: Values, level: int, levels: int, first: int, last: int) -> None:
    """Levels ``level``, ..., ``level + levels - 1`` of columns :func:`column_width` entries wide.

    Args:
        values: flat and contiguous.
        level: at least 9, so that a row holds whole columns.
        levels: from 1 to :data:`COLUMN_LEVELS`.
        first, last: which columns, of all in the array.
    """
    width, stride = _ROW_BYTES // values.itemsize, 1 << level
    columns = stride // width
    wide = width + _LINE_BYTES // values.itemsize
    buffer = np.empty(wide << levels, dtype=values.dtype)
    low = levels - 3
    for column in range(first, last):
        at = (column // columns << (level + levels)) + column % columns * width
        if levels <= 3:
            _stage(values, at, stride, values, at, stride, levels, 0, levels, width, buffer, 0, 0)
            continue
        _stage(values, at, stride, buffer, 0, wide, levels, low, 3, width, buffer, 0, 0)
        for group in range(8):
            j, end = (group << low) * wide, at + (group << low) * stride
            if low > 3:
                _stage(buffer, j, wide, buffer, j, wide, low, 3, low - 3, width, buffer, 0, 0)
            _stage(buffer, j, wide, values, end, stride, low, 0, min(3, low), width, buffer, 0, 0)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _few(values: Values, at: int, bits: int) -> None:
    """All levels of so few entries that they do not fill eight vectors."""
    for level in range(bits):
        step = 1 << level
        for start in range(at, at + (1 << bits), 2 * step):
            for u in range(start, start + step):
                a, b = values[u], values[u + step]
                values[u], values[u + step] = a + b, a - b
