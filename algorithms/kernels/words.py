"""Operations on 64-bit words that the compiler must not be left to find by itself.

Loops that XOR several table rows into one row have too many pointers for LLVM's alias checks, so it
leaves them scalar. The functions here state the vectors: four words each, which is one AVX2
register and two of SSE or NEON.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

LANES = 4
"""Words that one vector operation handles."""

_WORD = ir.IntType(64)


def _vector_at(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    vector = ir.VectorType(_WORD, LANES).as_pointer()
    return builder.bitcast(builder.gep(data, [offset]), vector)


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
