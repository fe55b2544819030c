"""Operations on 64-bit words that the compiler must not be left to find by itself.

Loops that XOR several table rows into one row have too many pointers for LLVM's alias checks, so it
leaves them scalar. The functions here state the vectors: four words each, which is one AVX2
register and two of SSE or NEON.

An intrinsic's arguments are types of numba's, not of Python's, so its signature carries no
annotations; the docstrings give the shapes.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 4
"""Words that one vector operation handles."""

_WORD = ir.IntType(64)
_VECTOR = ir.VectorType(_WORD, LANES)
_OCTETS = ir.VectorType(ir.IntType(8), 8 * LANES)


def _vector_at(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [offset]), _VECTOR.as_pointer())


def _all_lanes(builder: Any, value: Any) -> Any:
    """A vector that holds ``value`` in every lane."""
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, undefined, places)


@intrinsic
def xor_pair(typingctx, target, at, left, i, right, j):  # type: ignore[no-untyped-def]
    """``target[at:at+4] = left[i:i+4] ^ right[j:j+4]`` for flat uint64 arrays; no bounds checks."""
    signature = types.void(target, types.intp, left, types.intp, right, types.intp)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kinds = signature.args
        x = builder.load(_vector_at(context, builder, kinds[2], args[2], args[3]), align=8)
        y = builder.load(_vector_at(context, builder, kinds[4], args[4], args[5]), align=8)
        place = _vector_at(context, builder, kinds[0], args[0], args[1])
        builder.store(builder.xor(x, y), place, align=8)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def xor_eight(typingctx, target, at, table, a, b, c, d, e, f, g, h):  # type: ignore[no-untyped-def]
    """``target[at:at+4] ^= table[o:o+4]`` for each of eight offsets o; no bounds checks."""
    signature = types.void(target, types.intp, table, *[types.intp] * 8)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kinds = signature.args
        place = _vector_at(context, builder, kinds[0], args[0], args[1])
        value = builder.load(place, align=8)
        for offset in args[3:]:
            source = _vector_at(context, builder, kinds[2], args[2], offset)
            value = builder.xor(value, builder.load(source, align=8))
        builder.store(value, place, align=8)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def within(typingctx, table, at, stride, residue, words, bound):  # type: ignore[no-untyped-def]
    """Which of eight columns of a word-major table differ from ``residue`` in few bits.

    Bit i of the result, an int64, is set if the sum over w < ``words`` of the number of ones in
    ``table[at + i + w * stride] ^ residue[w]`` is at most ``bound``. At least one word and at most
    31, since the ones are summed by bytes. No bounds checks.
    """
    signature = types.int64(table, types.intp, types.intp, residue, types.intp, types.int64)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kinds = signature.args
        table, at, stride, residue, words, bound = args
        count_ones = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_OCTETS, [_OCTETS]), f"llvm.ctpop.v{8 * LANES}i8"
        )
        residue_data = context.make_array(kinds[3])(context, builder, residue).data
        entry = builder.block
        loop = builder.append_basic_block("words")
        done = builder.append_basic_block("counted")
        builder.branch(loop)

        builder.position_at_end(loop)
        word, offset = builder.phi(at.type), builder.phi(at.type)
        sums = [builder.phi(_OCTETS) for _ in range(2)]
        word.add_incoming(ir.Constant(at.type, 0), entry)
        offset.add_incoming(at, entry)
        target = _all_lanes(builder, builder.load(builder.gep(residue_data, [word])))
        for half, total in enumerate(sums):
            place = builder.add(offset, ir.Constant(at.type, half * LANES))
            entries = builder.load(_vector_at(context, builder, kinds[0], table, place), align=8)
            differing = builder.bitcast(builder.xor(entries, target), _OCTETS)
            total.add_incoming(ir.Constant(_OCTETS, [0] * 8 * LANES), entry)
            total.add_incoming(builder.add(total, builder.call(count_ones, [differing])), loop)
        next_word = builder.add(word, ir.Constant(at.type, 1))
        word.add_incoming(next_word, loop)
        offset.add_incoming(builder.add(offset, stride), loop)
        builder.cbranch(builder.icmp_signed("<", next_word, words), loop, done)

        builder.position_at_end(done)
        limit = _all_lanes(builder, bound)
        mask = ir.Constant(_WORD, 0)
        for half, total in enumerate(sums):
            counted = total.incomings[1][0]
            few = builder.icmp_signed("<=", _sum_octets(builder, counted), limit)
            bits = builder.zext(builder.bitcast(few, ir.IntType(LANES)), _WORD)
            mask = builder.or_(mask, builder.shl(bits, ir.Constant(_WORD, half * LANES)))
        return mask

    return signature, codegen


def _sum_octets(builder: Any, octets: Any) -> Any:
    """The sum of the eight bytes of every lane."""

    def constant(value: int) -> Any:
        return ir.Constant(_VECTOR, [value] * LANES)

    value = builder.bitcast(octets, _VECTOR)
    even = constant(0x00FF00FF00FF00FF)
    odd = builder.and_(builder.lshr(value, constant(8)), even)
    value = builder.add(builder.and_(value, even), odd)
    for shift in (16, 32):
        value = builder.add(value, builder.lshr(value, constant(shift)))
    return builder.and_(value, constant(0xFFFF))


def _counter(name: str, *flags: int) -> Any:
    """An intrinsic that maps a word to a count through LLVM's own ``name``."""

    def declare(typingctx, word):  # type: ignore[no-untyped-def]
        def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
            kinds = [_WORD, *[ir.IntType(1)] * len(flags)]
            function = builder.module.declare_intrinsic(
                name, [_WORD], ir.FunctionType(_WORD, kinds)
            )
            return builder.call(function, [args[0], *[ir.IntType(1)(flag) for flag in flags]])

        return types.int64(types.uint64), codegen

    return intrinsic(declare)


popcount = _counter("llvm.ctpop")
"""Number of ones in a word."""

trailing_zeros = _counter("llvm.cttz", 0)
"""Position of the lowest one in a word, 64 for the word 0."""
