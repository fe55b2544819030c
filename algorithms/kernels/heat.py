"""Standard normal numbers by counter: number j of a trial depends on its key and on j alone.

So a trial's heat is the same however the trial is batched, resumed or moved to another device.
Word i = j // 2 of the stream is SplitMix64's output number i + 1 (Steele, Lea and Flood 2014); its
halves give u1 in (0, 1] and u2 in [0, 1), and Box and Muller's transform of these gives the numbers
sqrt(-2 ln u1) cos(2 pi u2) for even j and sqrt(-2 ln u1) sin(2 pi u2) for odd j, in float32.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import Words

if TYPE_CHECKING:
    import torch

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.uint32]

BLOCK = 8
"""Words of the stream that are worked on together."""

_GAMMA, _MIX1, _MIX2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

# Compiled code names its float32 and uint32 constants: with a plain 1.0 or 1 it would go on in 64
# bits, on half as many lanes.
_U_GAMMA, _U_MIX1, _U_MIX2 = np.uint64(_GAMMA), np.uint64(_MIX1), np.uint64(_MIX2)
_U27, _U30, _U31, _U32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
_ZERO, _HALF, _ONE, _MINUS_TWO = (np.float32(x) for x in (0.0, 0.5, 1.0, -2.0))
_UNIT, _LN2 = np.float32(2.0**-32), np.float32(math.log(2))
_TURN = np.float32(2 * math.pi * 2.0**-32)
_BITS_OF_1, _SQRT_HALF = np.int32(0x3F800000), np.int32(0x3F3504F3)
_MANTISSA, _EXPONENT = np.int32(0x007FFFFF), np.int32(23)
_EIGHTH, _QUARTER = np.uint32(1 << 29), np.uint32(30)
_BIT_0, _BIT_1, _TO_SIGN = np.uint32(1), np.uint32(2), np.uint32(30)
# Minimax polynomials, in f and x^2: ln(1 + f) = f - f^2/2 + f^3 P(f) to 4e-8 of f between sqrt(1/2)
# and sqrt(2), sin x = x + x^3 S(x^2) and cos x = 1 - x^2/2 + x^4 C(x^2) to 4e-9 within an eighth of
# a turn.
_P0, _P1, _P2, _P3, _P4, _P5, _P6 = (
    np.float32(p)
    for p in (
        0.33333858079778866,
        -0.2500174689099085,
        0.1996539717767845,
        -0.1656563675623205,
        0.14876976239802775,
        -0.14350182618353421,
        0.08917792329549697,
    )
)
_S0, _S1, _S2 = (np.float32(s) for s in (-0.16666655, 0.00833218, -0.00019517))
_C0, _C1, _C2 = (np.float32(c) for c in (4.16666468e-02, -1.38873645e-03, 2.44380891e-05))


@numba.njit(cache=True, nogil=True)
def _radius(high: np.uint32) -> np.float32:
    """sqrt(-2 ln u), u = (high + 1) / 2^32, through u = 2^e (1 + f)."""
    u = (np.float32(high) + _ONE) * _UNIT
    bits = np.float32(u).view(np.int32)
    e = np.int32(np.int32(bits - _SQRT_HALF) >> _EXPONENT)
    f = np.int32(bits - np.int32(e << _EXPONENT)).view(np.float32) - _ONE
    p = ((((((_P6 * f + _P5) * f + _P4) * f + _P3) * f + _P2) * f) + _P1) * f + _P0
    square = f * f
    logarithm = np.float32(e) * _LN2 + (f + square * (p * f - _HALF))
    radius: np.float32 = np.sqrt(_MINUS_TWO * logarithm)
    return radius


@numba.njit(cache=True, nogil=True)
def _direction(low: np.uint32) -> tuple[np.float32, np.float32]:
    """cos and sin of low / 2^32 turns, through the nearest quarter q and what is left."""
    q = np.uint32(np.uint32(low + _EIGHTH) >> _QUARTER)
    x = np.float32(np.int32(low - np.uint32(q << _QUARTER))) * _TURN
    square = x * x
    sine = x + x * square * ((_S2 * square + _S1) * square + _S0)
    cosine = _ONE + square * (square * ((_C2 * square + _C1) * square + _C0) - _HALF)
    odd = q & _BIT_0
    first, second = (sine, cosine) if odd else (cosine, sine)
    turned = np.uint32(np.uint32(np.uint32(q + _BIT_0) & _BIT_1) << _TO_SIGN)
    first = np.uint32(np.float32(first).view(np.uint32) ^ turned).view(np.float32)
    turned = np.uint32(np.uint32(q & _BIT_1) << _TO_SIGN)
    return first, np.uint32(np.float32(second).view(np.uint32) ^ turned).view(np.float32)


@numba.njit(cache=True, nogil=True)
def fill_normals(key: np.uint64, word: np.uint64, count: int, out: Floats, scratch: Halves) -> None:
    """The pairs of normals of the words ``word``, ..., ``word + count - 1`` of one key's stream.

    The loops are such that LLVM makes vectors of them: of 64-bit words the first, of 32-bit numbers
    the second.

    Args:
        key: names the stream.
        word: the first pair; it consists of the normals 2 ``word`` and 2 ``word`` + 1.
        count: number of pairs, best a multiple of 8.
        out: ``(2 count,)`` or longer, filled.
        scratch: ``(2 count,)`` uint32 or longer.
    """
    high, low = scratch[:count], scratch[count : 2 * count]
    state = key + word * _U_GAMMA
    for i in range(count):
        z = state + (np.uint64(i) + np.uint64(1)) * _U_GAMMA
        z = (z ^ (z >> _U30)) * _U_MIX1
        z = (z ^ (z >> _U27)) * _U_MIX2
        z ^= z >> _U31
        high[i], low[i] = np.uint32(z >> _U32), np.uint32(z)
    for i in range(count):
        radius = _radius(high[i])
        cosine, sine = _direction(low[i])
        out[2 * i] = radius * cosine
        out[2 * i + 1] = radius * sine


@numba.njit(cache=True, nogil=True)
def normals(keys: Words, first: Words, out: Floats) -> None:
    """``out[t]``, of ``(T, P)``, becomes the normals ``first[t]``, ... of ``keys[t]``."""
    size = out.shape[1]
    pairs = -(-(size // 2 + 1) // BLOCK) * BLOCK
    drawn, scratch = np.empty(2 * pairs, dtype=np.float32), np.empty(2 * pairs, dtype=np.uint32)
    for t in range(len(keys)):
        fill_normals(keys[t], first[t] >> np.uint64(1), pairs, drawn, scratch)
        skipped = np.int64(first[t] & np.uint64(1))
        out[t] = drawn[skipped : skipped + size]


def torch_normals(
    keys: torch.Tensor, first: torch.Tensor, size: int, device: str | torch.device
) -> torch.Tensor:
    """The same numbers by torch, to about 1e-6 times their size.

    Args:
        keys: ``(T,)`` int64, the keys' bit patterns.
        first: ``(T,)`` int64, index of each trial's first number.
        size: how many numbers P of each trial.
        device: where to compute them.

    Returns:
        ``(T, P)`` float32.
    """
    import torch

    index = first.to(device)[:, None] + torch.arange(size, device=device)
    z = keys.to(device)[:, None] + ((index >> 1) + 1) * _signed(_GAMMA)
    z = (z ^ _shifted(z, 30)) * _signed(_MIX1)
    z = (z ^ _shifted(z, 27)) * _signed(_MIX2)
    z = z ^ _shifted(z, 31)
    u = (_shifted(z, 32).to(torch.float32) + 1) * 2.0**-32
    # An odd number is the sine, that is the cosine a quarter of a turn back.
    low = ((z & 0xFFFFFFFF) - ((index & 1) << 30)) & 0xFFFFFFFF
    turns = (low - (((low >> 31) & 1) << 32)).to(torch.float32) * 2.0**-32
    return (u.log() * -2).sqrt() * (turns * (2 * math.pi)).cos()


def _signed(word: int) -> int:
    """The int64 with the bit pattern of a word."""
    return word - 2**64 if word >> 63 else word


def _shifted(words: torch.Tensor, by: int) -> torch.Tensor:
    """A logical shift to the right: torch's own copies the sign."""
    return (words >> by) & ((1 << (64 - by)) - 1)
