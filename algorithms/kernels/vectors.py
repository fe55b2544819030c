"""Vectors of eight float32 numbers, and the tile of a matrix product that is kept in registers.

LLVM finds vectors in simple loops by itself. It does not keep a block of sums in registers, which
is what makes a product of matrices fast: each number that is loaded is used several times. The
functions here state both. Eight lanes are one AVX register, half of one of AVX-512, two of NEON.

An intrinsic's arguments are types of numba's, not of Python's, so its signature carries no
annotations; the docstrings give the shapes. Arrays are float32, contiguous and addressed by flat
offsets; nothing is bounds-checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

LANES = 8
"""Numbers in a vector."""

PANEL = 2 * LANES
"""Columns of a tile, and numbers in a cache line."""

_FLOAT, _INT, _INDEX = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VECTOR, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)
_SIGN, _ONE = 0x80000000, 0x3F800000  # the bit pattern of -0.0, that of 1.0


class Float8Type(types.Type):
    """numba's name for a vector."""

    def __init__(self) -> None:
        super().__init__(name="Float8")


float8 = Float8Type()

Vector = Any
"""What annotations of compiled functions call it."""


@register_model(Float8Type)
class _Float8Model(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _data(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    return context.make_array(array_type)(context, builder, array).data


def _vector_at(builder: Any, data: Any, offset: Any) -> Any:
    return builder.bitcast(builder.gep(data, [offset]), _VECTOR.as_pointer())


def _all_lanes(builder: Any, value: Any) -> Any:
    kind = ir.VectorType(value.type, LANES)
    undefined = ir.Constant(kind, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(_INT, 0))
    return builder.shuffle_vector(one, undefined, ir.Constant(_INTS, [0] * LANES))


def _multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c, rounded once where the machine can do that as fast."""
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{LANES}f32")
    return builder.call(function, [a, b, c])


@intrinsic
def load(typingctx, array, at):  # type: ignore[no-untyped-def]
    """The vector ``array[at:at+8]``."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = _data(context, builder, signature.args[0], args[0])
        return builder.load(_vector_at(builder, data, args[1]), align=4)

    return float8(array, types.intp), codegen


@intrinsic
def store(typingctx, array, at, vector):  # type: ignore[no-untyped-def]
    """``array[at:at+8] = vector``."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = _data(context, builder, signature.args[0], args[0])
        builder.store(args[2], _vector_at(builder, data, args[1]), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, float8), codegen


@intrinsic
def broadcast(typingctx, number):  # type: ignore[no-untyped-def]
    """A float32 number in every lane."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return _all_lanes(builder, args[0])

    return float8(types.float32), codegen


@intrinsic
def fma(typingctx, a, b, c):  # type: ignore[no-untyped-def]
    """a b + c."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return _multiply_add(builder, *args)

    return float8(float8, float8, float8), codegen


@intrinsic
def times(typingctx, a, b):  # type: ignore[no-untyped-def]
    """a b."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.fmul(*args)

    return float8(float8, float8), codegen


@intrinsic
def plus(typingctx, a, b):  # type: ignore[no-untyped-def]
    """a + b."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.fadd(*args)

    return float8(float8, float8), codegen


@intrinsic
def relu(typingctx, a):  # type: ignore[no-untyped-def]
    """max(a, 0), not a number where a is none."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        zero = ir.Constant(_VECTOR, [0.0] * LANES)
        return builder.select(builder.fcmp_ordered("<", args[0], zero), zero, args[0])

    return float8(float8), codegen


@intrinsic
def where_positive(typingctx, a, b):  # type: ignore[no-untyped-def]
    """b where a > 0, else 0."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        zero = ir.Constant(_VECTOR, [0.0] * LANES)
        return builder.select(builder.fcmp_ordered(">", args[0], zero), args[1], zero)

    return float8(float8, float8), codegen


@intrinsic
def total(typingctx, a):  # type: ignore[no-untyped-def]
    """The sum of the lanes, as float32, by halves."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        vector, undefined = args[0], ir.Constant(_VECTOR, ir.Undefined)
        for distance in (4, 2, 1):
            lanes = ir.Constant(_INTS, [(lane + distance) % LANES for lane in range(LANES)])
            vector = builder.fadd(vector, builder.shuffle_vector(vector, undefined, lanes))
        return builder.extract_element(vector, ir.Constant(_INT, 0))

    return types.float32(float8), codegen


def _signs(builder: Any, words: Any, shifts: Any) -> Any:
    """-1 where a word, shifted to the left, has its highest bit set, else +1."""
    signs = builder.and_(builder.shl(words, shifts), ir.Constant(_INTS, [_SIGN] * LANES))
    ones = builder.or_(signs, ir.Constant(_INTS, [_ONE] * LANES))
    return builder.bitcast(ones, _VECTOR)


@intrinsic
def signs_of_octet(typingctx, word, first):  # type: ignore[no-untyped-def]
    """The signs of the bits ``first``, ..., ``first + 7`` of a uint64: 0 -> +1, 1 -> -1."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        octet = builder.trunc(builder.lshr(args[0], args[1]), _INT)
        shifts = ir.Constant(_INTS, [31 - lane for lane in range(LANES)])
        return _signs(builder, _all_lanes(builder, octet), shifts)

    return float8(types.uint64, types.uint64), codegen


@intrinsic
def signs_across(typingctx, words, at, bit):  # type: ignore[no-untyped-def]
    """The signs of one bit, 0..31, of eight uint32 ``words[at:at+8]``."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = builder.gep(_data(context, builder, signature.args[0], args[0]), [args[1]])
        eight = builder.load(builder.bitcast(data, _INTS.as_pointer()), align=4)
        shift = builder.trunc(builder.sub(ir.Constant(_INDEX, 31), args[2]), _INT)
        return _signs(builder, eight, _all_lanes(builder, shift))

    return float8(words, types.intp, types.intp), codegen


def _tile_sums(builder: Any, units: int, left: list[Any], panel: Any, count: Any) -> Any:
    """sum over k < count of left[j][k] * panel[16 k : 16 k + 16], for each of ``units`` rows j.

    Returns:
        ``units`` pairs of vectors.
    """
    entry = builder.block
    loop = builder.append_basic_block("tile")
    done = builder.append_basic_block("tiled")
    builder.branch(loop)

    builder.position_at_end(loop)
    k = builder.phi(_INDEX)
    sums = [[builder.phi(_VECTOR) for _ in range(2)] for _ in range(units)]
    place = builder.mul(k, ir.Constant(_INDEX, PANEL))
    halves = [
        builder.load(
            _vector_at(builder, panel, builder.add(place, ir.Constant(_INDEX, LANES * half))),
            align=4,
        )
        for half in range(2)
    ]
    grown = []
    for row in range(units):
        factor = _all_lanes(builder, builder.load(builder.gep(left[row], [k]), align=4))
        grown.append([_multiply_add(builder, factor, halves[h], sums[row][h]) for h in range(2)])
    following = builder.add(k, ir.Constant(_INDEX, 1))
    k.add_incoming(ir.Constant(_INDEX, 0), entry)
    k.add_incoming(following, loop)
    zero = ir.Constant(_VECTOR, [0.0] * LANES)
    for row in range(units):
        for half in range(2):
            sums[row][half].add_incoming(zero, entry)
            sums[row][half].add_incoming(grown[row][half], loop)
    builder.cbranch(builder.icmp_signed("<", following, count), loop, done)

    builder.position_at_end(done)
    return grown


def _rows(builder: Any, data: Any, at: Any, stride: Any, units: int) -> list[Any]:
    """Pointers to the beginnings of consecutive rows of a matrix."""
    steps = [builder.mul(stride, ir.Constant(_INDEX, row)) for row in range(units)]
    return [builder.gep(data, [builder.add(at, step)]) for step in steps]


def multiplying(units: int) -> Callable[..., None]:
    """The intrinsic ``multiply(A, a, a_stride, P, p, count, Z, z, z_stride)``.

    Z[j, :] = sum over k < count of A[j, k] P[k, :] for ``units`` rows j, where A[j, k] is
    ``A[a + j * a_stride + k]``, P[k, :] the 16 numbers from ``P[p + 16 * k]`` and Z[j, :] the 16
    numbers from ``Z[z + j * z_stride]``; at least one k.
    """

    def multiply(typingctx, A, a, a_stride, P, p, count, Z, z, z_stride):  # type: ignore[no-untyped-def]
        index = types.intp
        signature = types.void(A, index, index, P, index, index, Z, index, index)

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            A, P, Z = (_data(context, builder, signature.args[i], args[i]) for i in (0, 3, 6))
            left = _rows(builder, A, args[1], args[2], units)
            sums = _tile_sums(builder, units, left, builder.gep(P, [args[4]]), args[5])
            for row, pair in zip(_rows(builder, Z, args[7], args[8], units), sums, strict=True):
                for half, vector in enumerate(pair):
                    offset = ir.Constant(_INDEX, LANES * half)
                    builder.store(vector, _vector_at(builder, row, offset), align=4)
            return context.get_dummy_value()

        return signature, codegen

    result: Callable[..., None] = intrinsic(multiply)
    return result


def descending(units: int) -> Callable[..., None]:
    """The intrinsic ``descend(A, a, a_stride, P, p, count, W, w, w_stride, keep, rate, at, f, j)``.

    W[j, :] = keep * W[j, :] + f[j] * rate * (A P)[j, :] for ``units`` rows j, the product as in
    :func:`multiplying`; ``keep[at:at+16]`` and ``rate[at:at+16]`` are numbers for each column.
    """

    def descend(typingctx, A, a, a_stride, P, p, count, W, w, w_stride, keep, rate, at, f, j):  # type: ignore[no-untyped-def]
        i = types.intp
        signature = types.void(A, i, i, P, i, i, W, i, i, keep, rate, i, f, i)

        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            A, P, W, keep, rate, f = (
                _data(context, builder, signature.args[i], args[i]) for i in (0, 3, 6, 9, 10, 12)
            )
            left = _rows(builder, A, args[1], args[2], units)
            sums = _tile_sums(builder, units, left, builder.gep(P, [args[4]]), args[5])
            for row, target in enumerate(_rows(builder, W, args[7], args[8], units)):
                place = builder.gep(f, [builder.add(args[13], ir.Constant(_INDEX, row))])
                factor = _all_lanes(builder, builder.load(place, align=4))
                for half in range(2):
                    offset = ir.Constant(_INDEX, LANES * half)
                    columns = builder.add(args[11], offset)
                    kept = builder.load(_vector_at(builder, keep, columns), align=4)
                    speed = builder.load(_vector_at(builder, rate, columns), align=4)
                    where = _vector_at(builder, target, offset)
                    old = builder.fmul(kept, builder.load(where, align=4))
                    step = builder.fmul(factor, speed)
                    builder.store(
                        _multiply_add(builder, step, sums[row][half], old), where, align=4
                    )
            return context.get_dummy_value()

        return signature, codegen

    result: Callable[..., None] = intrinsic(descend)
    return result
