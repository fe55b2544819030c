"""Counting ones in eight columns of a word-major table at once, as a whole and group by group.

The running counts of the eight columns stand in an array of three rows of eight int64, which these
functions add to: all ones, the smaller of ones and zeros in every group, and the ones of a group
that is not yet complete. Ones are summed by bytes, hence at most 31 words are taken at a time.

An intrinsic's arguments are types of numba's, not of Python's, so its signature carries no
annotations; the docstrings give the shapes. Nothing is bounds-checked.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 4
"""Words that one vector operation handles."""

EIGHT = 2 * LANES
"""Columns that are counted at once."""

ONES, MINORITY, GROUP = 0, EIGHT, 2 * EIGHT
"""Where the three rows of running counts begin."""

MOST_WORDS = 31
"""Words whose ones a byte can hold: 8 * 31 < 256."""

_WORD = ir.IntType(64)
_VECTOR = ir.VectorType(_WORD, LANES)
_OCTETS = ir.VectorType(ir.IntType(8), 8 * LANES)


def _data(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    return context.make_array(array_type)(context, builder, array).data


def _vector_at(builder: Any, data: Any, offset: Any) -> Any:
    return builder.bitcast(builder.gep(data, [offset]), _VECTOR.as_pointer())


def _all_lanes(builder: Any, value: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, undefined, places)


def _constant(value: int) -> Any:
    return ir.Constant(_VECTOR, [value] * LANES)


def _sum_octets(builder: Any, octets: Any) -> Any:
    """The sum of the eight bytes of every lane."""
    value = builder.bitcast(octets, _VECTOR)
    even = _constant(0x00FF00FF00FF00FF)
    odd = builder.and_(builder.lshr(value, _constant(8)), even)
    value = builder.add(builder.and_(value, even), odd)
    for shift in (16, 32):
        value = builder.add(value, builder.lshr(value, _constant(shift)))
    return builder.and_(value, _constant(0xFFFF))


def _smaller(builder: Any, left: Any, right: Any) -> Any:
    return builder.select(builder.icmp_unsigned("<", left, right), left, right)


def _octets_of_ones(context: Any, builder: Any, kinds: Any, args: Any) -> list[Any]:
    """For either half of the eight columns, the ones by bytes over a range of words."""
    table, at, stride, residue, first, last = args
    count_ones = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(_OCTETS, [_OCTETS]), f"llvm.ctpop.v{8 * LANES}i8"
    )
    table_data = _data(context, builder, kinds[0], table)
    residue_data = _data(context, builder, kinds[3], residue)
    start = builder.add(at, builder.mul(first, stride))
    entry = builder.block
    loop = builder.append_basic_block("words")
    done = builder.append_basic_block("counted")
    builder.branch(loop)

    builder.position_at_end(loop)
    word, offset = builder.phi(at.type), builder.phi(at.type)
    sums = [builder.phi(_OCTETS) for _ in range(2)]
    word.add_incoming(first, entry)
    offset.add_incoming(start, entry)
    target = _all_lanes(builder, builder.load(builder.gep(residue_data, [word])))
    for half, total in enumerate(sums):
        place = builder.add(offset, ir.Constant(at.type, half * LANES))
        entries = builder.load(_vector_at(builder, table_data, place), align=8)
        differing = builder.bitcast(builder.xor(entries, target), _OCTETS)
        total.add_incoming(ir.Constant(_OCTETS, [0] * 8 * LANES), entry)
        total.add_incoming(builder.add(total, builder.call(count_ones, [differing])), loop)
    following = builder.add(word, ir.Constant(at.type, 1))
    word.add_incoming(following, loop)
    offset.add_incoming(builder.add(offset, stride), loop)
    builder.cbranch(builder.icmp_signed("<", following, last), loop, done)

    builder.position_at_end(done)
    return [total.incomings[1][0] for total in sums]


def _add_at(builder: Any, data: Any, row: int, half: int, value: Any) -> None:
    place = _vector_at(builder, data, ir.Constant(_WORD, row + half * LANES))
    builder.store(builder.add(builder.load(place, align=8), value), place, align=8)


@intrinsic
def add_ones(typingctx, counts, table, at, stride, residue, first, last):  # type: ignore[no-untyped-def]
    """Add the ones of eight columns in a range of words to the counts of all ones.

    ``counts[i] += sum of popcount(table[at + i + w * stride] ^ residue[w])`` over the words w from
    ``first`` to ``last - 1``, at least one and at most 31, for i = 0..7.
    """
    index = types.intp
    signature = types.void(counts, table, index, index, residue, index, index)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kinds = signature.args
        counts_data = _data(context, builder, kinds[0], args[0])
        for half, octets in enumerate(_octets_of_ones(context, builder, kinds[1:], args[1:])):
            _add_at(builder, counts_data, ONES, half, _sum_octets(builder, octets))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def add_group(typingctx, counts, table, at, stride, residue, first, last):  # type: ignore[no-untyped-def]
    """As :func:`add_ones`, and add the same to the ones of the group that is being counted."""
    index = types.intp
    signature = types.void(counts, table, index, index, residue, index, index)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kinds = signature.args
        counts_data = _data(context, builder, kinds[0], args[0])
        for half, octets in enumerate(_octets_of_ones(context, builder, kinds[1:], args[1:])):
            ones = _sum_octets(builder, octets)
            _add_at(builder, counts_data, ONES, half, ones)
            _add_at(builder, counts_data, GROUP, half, ones)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def end_group(typingctx, counts, size):  # type: ignore[no-untyped-def]
    """Add the smaller of ones and zeros of the group at hand, of ``size`` rows, and begin anew."""
    signature = types.void(counts, types.int64)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        counts_data = _data(context, builder, signature.args[0], args[0])
        rows = _all_lanes(builder, args[1])
        for half in range(2):
            place = _vector_at(builder, counts_data, ir.Constant(_WORD, GROUP + half * LANES))
            ones = builder.load(place, align=8)
            fewer = _smaller(builder, ones, builder.sub(rows, ones))
            _add_at(builder, counts_data, MINORITY, half, fewer)
            builder.store(_constant(0), place, align=8)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def add_octet_groups(typingctx, counts, table, at, stride, residue, first, last, sizes):  # type: ignore[no-untyped-def]
    """As :func:`add_ones`, where each byte of the words is a group of its own.

    Byte b of ``sizes``, a uint64, is the number of rows of the group in the b-th bytes of the
    words. To the second row of ``counts`` is added, for each of the eight groups, the smaller of
    its ones and its zeros.
    """
    index = types.intp
    signature = types.void(counts, table, index, index, residue, index, index, types.uint64)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kinds = signature.args
        counts_data = _data(context, builder, kinds[0], args[0])
        rows = builder.bitcast(_all_lanes(builder, args[7]), _OCTETS)
        for half, ones in enumerate(_octets_of_ones(context, builder, kinds[1:7], args[1:7])):
            fewer = _smaller(builder, ones, builder.sub(rows, ones))
            _add_at(builder, counts_data, ONES, half, _sum_octets(builder, ones))
            _add_at(builder, counts_data, MINORITY, half, _sum_octets(builder, fewer))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def beyond(typingctx, counts, low, high, minority):  # type: ignore[no-untyped-def]
    """Which of the eight columns stand out: bit i of an int64.

    Those whose ones are at most ``low`` or at least ``high``, and those whose minorities add up to
    at most ``minority``.
    """
    signature = types.int64(counts, types.int64, types.int64, types.int64)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        counts_data = _data(context, builder, signature.args[0], args[0])
        low, high, minority = (_all_lanes(builder, value) for value in args[1:])
        mask = ir.Constant(_WORD, 0)
        for half in range(2):
            ones, fewer = (
                builder.load(
                    _vector_at(builder, counts_data, ir.Constant(_WORD, row + half * LANES)),
                    align=8,
                )
                for row in (ONES, MINORITY)
            )
            out = builder.or_(
                builder.icmp_signed("<=", ones, low), builder.icmp_signed(">=", ones, high)
            )
            out = builder.or_(out, builder.icmp_signed("<=", fewer, minority))
            bits = builder.zext(builder.bitcast(out, ir.IntType(LANES)), _WORD)
            mask = builder.or_(mask, builder.shl(bits, ir.Constant(_WORD, half * LANES)))
        return mask

    return signature, codegen
