"""The example streams of :class:`SparseParity`, drawn inside compiled loops.

NumPy's default generator is PCG64 (O'Neill 2014): the 128-bit linear congruence
s <- M s + c mod 2^128, whose output is the XOR of the halves of s, rotated right by the top 6 bits
of s. The functions here continue the streams of ``SparseParity.examples`` bit for bit:
one output per word of x from the generator of the inputs, and one per label from the generator of
the flips, whose top 53 bits, as a fraction, are compared with the noise rate.

The state of T streams is a plain array ``(T, 8)`` uint64: state and increment c of the inputs'
generator, then of the flips', each as high and low word.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from parity_compare.problems.bits import WORD_BITS, Bits, Words

MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645

_WORD, _WIDE = ir.IntType(64), ir.IntType(128)


def stream_state(inputs: np.random.Generator, flips: np.random.Generator) -> Words:
    """Where two generators stand: a row ``(8,)`` of the state."""
    words: list[int] = []
    for generator in (inputs, flips):
        described = generator.bit_generator.state
        if described["bit_generator"] != "PCG64":
            raise ValueError(
                f"generators must be of the kind PCG64, got {described['bit_generator']}"
            )
        for number in (described["state"]["state"], described["state"]["inc"]):
            words += divmod(int(number), 2**64)
    return np.array(words, dtype=np.uint64)


def _wide(builder: Any, high: Any, low: Any) -> Any:
    shifted = builder.shl(builder.zext(high, _WIDE), ir.Constant(_WIDE, 64))
    return builder.or_(shifted, builder.zext(low, _WIDE))


@intrinsic
def _multiply_add(  # type: ignore[no-untyped-def]
    typingctx, high, low, times_high, times_low, plus_high, plus_low
):
    """The high and the low word of a b + c mod 2^128."""
    signature = types.UniTuple(types.uint64, 2)(*[types.uint64] * 6)

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        a, b, c = (_wide(builder, *args[i : i + 2]) for i in (0, 2, 4))
        wide = builder.add(builder.mul(a, b), c)
        high = builder.trunc(builder.lshr(wide, ir.Constant(_WIDE, 64)), _WORD)
        words = [high, builder.trunc(wide, _WORD)]
        return context.make_tuple(builder, signature.return_type, words)

    return signature, codegen


_M_HIGH, _M_LOW = (np.uint64(word) for word in divmod(MULTIPLIER, 2**64))
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_ROTATION, _ROTATION_MASK = np.uint64(58), np.uint64(63)
_SPARE_BITS, _UNIT = np.uint64(11), 2.0**-53


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _output(high: np.uint64, low: np.uint64) -> np.uint64:
    mixed, turn = high ^ low, high >> _ROTATION
    turned: np.uint64 = (mixed >> turn) | (mixed << ((_ZERO - turn) & _ROTATION_MASK))
    return turned


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def draw_clean(states: Words, masks: Words, t: int, n: int, rows: Words, labels: Bits) -> None:
    """The next m inputs of stream ``t`` and their clean labels; the flips stay where they are.

    Args:
        states: ``(T, 8)``; row ``t`` moves on.
        masks: ``(T, words_for(n))``, the hidden S of each stream, packed.
        t: which stream.
        n: number of bits.
        rows: ``(m, words_for(n))``, filled.
        labels: ``(m,)`` uint8, filled.
    """
    words = rows.shape[1]
    last = np.uint64(2**WORD_BITS - 1) >> np.uint64(words * WORD_BITS - n)
    high, low, inc_high, inc_low = states[t, 0], states[t, 1], states[t, 2], states[t, 3]
    for i in range(len(rows)):
        folded = _ZERO
        for w in range(words):
            high, low = _multiply_add(high, low, _M_HIGH, _M_LOW, inc_high, inc_low)
            word = _output(high, low)
            if w == words - 1:
                word &= last
            rows[i, w] = word
            folded ^= word & masks[t, w]
        for shift in (32, 16, 8, 4, 2, 1):
            folded ^= folded >> np.uint64(shift)
        labels[i] = np.uint8(folded & _ONE)
    states[t, 0], states[t, 1] = high, low


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def flip_labels(states: Words, noise: float, t: int, labels: Bits) -> None:
    """Flip each of the labels ``(m,)`` with probability ``noise``; the flips of ``t`` move on."""
    high, low, inc_high, inc_low = states[t, 4], states[t, 5], states[t, 6], states[t, 7]
    for i in range(len(labels)):
        high, low = _multiply_add(high, low, _M_HIGH, _M_LOW, inc_high, inc_low)
        if np.float64(_output(high, low) >> _SPARE_BITS) * _UNIT < noise:
            labels[i] ^= np.uint8(1)
    states[t, 4], states[t, 5] = high, low


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def skip_flips(states: Words, t: int, m: int) -> None:
    """Let the flips of stream ``t`` move on by m labels, in O(log m) (Brown 1994).

    m steps are again a linear congruence, s <- A s + C; its square is s <- A^2 s + (A + 1) C.
    """
    a_high, a_low, c_high, c_low = _M_HIGH, _M_LOW, states[t, 6], states[t, 7]
    while m:
        if m & 1:
            states[t, 4], states[t, 5] = _multiply_add(
                states[t, 4], states[t, 5], a_high, a_low, c_high, c_low
            )
        c_high, c_low = _multiply_add(a_high, a_low, c_high, c_low, c_high, c_low)
        a_high, a_low = _multiply_add(a_high, a_low, a_high, a_low, _ZERO, _ZERO)
        m >>= 1


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def draw_examples(
    states: Words,
    masks: Words,
    noise: npt.NDArray[np.float64],
    t: int,
    n: int,
    rows: Words,
    labels: Bits,
) -> None:
    """The next m examples of stream ``t``, see :func:`draw_clean`; ``noise`` is ``(T,)``.

    Without noise the flips are not drawn but passed over, so the stream stands where NumPy's would.
    """
    draw_clean(states, masks, t, n, rows, labels)
    if noise[t] > 0:
        flip_labels(states, noise[t], t, labels)
    else:
        skip_flips(states, t, len(rows))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def draw_side_by_side(
    states: Words,
    masks: Words,
    noise: npt.NDArray[np.float64],
    n: int,
    rows: Words,
    labels: Bits,
    slot: int,
    m: int,
) -> None:
    """The next m examples of every stream t, into ``rows[t, slot:slot+m]`` and ``labels`` alike.

    ``rows`` is ``(T, slots, words_for(n))``, ``labels`` ``(T, slots)`` uint8; see
    :func:`draw_examples`.
    """
    for t in range(len(states)):
        end = slot + m
        draw_examples(states, masks, noise, t, n, rows[t, slot:end], labels[t, slot:end])
