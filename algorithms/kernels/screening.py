"""Is a two-layer network a parity? A quick look, cheap enough to be taken after every update.

If f is a parity, then flipping x_i at any centre x changes the sign of f exactly if i is in the
support. So a candidate is read off the signs at one centre and its n neighbours, whose
pre-activations differ from the centre's by 2 x_i w_ri alone, and then sign f must equal the parity
over the candidate at 64 more inputs. Inputs are compared one by one, beginning with the one that
spoke against the candidate last time: most networks fail there again.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.vectors import (
    LANES,
    PANEL,
    Vector,
    broadcast,
    fma,
    load,
    plus,
    relu,
    signs_of_octet,
    store,
    times,
    total,
)
from parity_compare.problems.bits import Bits, Words

Floats = npt.NDArray[np.float32]

NO, PARITY, NOT_FINITE = 0, 1, 2

_ZERO, _MINUS_TWO = np.float32(0), np.float32(-2)


@numba.njit(cache=True, nogil=True)
def write_signs(row: Words, columns: int, out: Floats, at: int) -> None:
    """``out[at:at+columns]`` = the signs of a packed row, +1 past its last word."""
    for column in range(0, columns, LANES):
        word = row[column >> 6] if column >> 6 < len(row) else np.uint64(0)
        store(out, at + column, signs_of_octet(word, np.uint64(column & 63)))


@numba.njit(cache=True, nogil=True)
def activate(z: Vector, degree: int) -> Vector:
    """relu(z) for the degree 0, else z^degree."""
    power = relu(z) if degree == 0 else z
    for _ in range(degree - 1):
        power = times(power, z)
    return power


@numba.njit(cache=True, nogil=True)
def hidden_sum(W: Floats, u: Floats, x: Floats, z: Floats, degree: int) -> np.float32:
    """sum_r u_r act(W_r . x), flat W ``(R C,)`` and x ``(C,)``; z ``(R,)`` becomes W x."""
    C, zero = len(x), broadcast(_ZERO)
    for r in range(len(u)):
        even, odd = zero, zero
        for column in range(0, C, PANEL):
            even = fma(load(W, r * C + column), load(x, column), even)
            odd = fma(load(W, r * C + column + LANES), load(x, column + LANES), odd)
        z[r] = total(plus(even, odd))
    sums = zero
    for r in range(0, len(u), LANES):
        sums = fma(load(u, r), activate(load(z, r), degree), sums)
    hidden: np.float32 = total(sums)
    return hidden


@numba.njit(cache=True, nogil=True)
def _neighbour_sums(
    W: Floats, u: Floats, flips: Floats, z: Floats, degree: int, out: Floats
) -> None:
    """``out[i]`` = sum_r u_r act(z_r + flips_i w_ri), ``(C,)``: the hidden sum with x_i flipped."""
    C, zero = len(flips), broadcast(_ZERO)
    for column in range(0, C, PANEL):
        left, right = load(flips, column), load(flips, column + LANES)
        # Two sums of each half, since one would wait for itself at every unit.
        a, b, c, d = zero, zero, zero, zero
        for r in range(0, len(u), 2):
            at, factor, middle = r * C + column, broadcast(u[r]), broadcast(z[r])
            a = fma(factor, activate(fma(left, load(W, at), middle), degree), a)
            b = fma(factor, activate(fma(right, load(W, at + LANES), middle), degree), b)
            at, factor, middle = at + C, broadcast(u[r + 1]), broadcast(z[r + 1])
            c = fma(factor, activate(fma(left, load(W, at), middle), degree), c)
            d = fma(factor, activate(fma(right, load(W, at + LANES), middle), degree), d)
        store(out, column, plus(a, c))
        store(out, column + LANES, plus(b, d))


@numba.njit(cache=True, nogil=True)
def screen(
    W: Floats,
    u: Floats,
    c: np.float32,
    scale: np.float32,
    n: int,
    degree: int,
    rows: Words,
    suspect: int,
    candidate: Bits,
    work: Floats,
) -> tuple[int, int]:
    """Compare one network with the one parity that it can be.

    Args:
        W: ``(R C,)`` first layer, flat, biases in column n of each row, zeros past it.
        u: ``(R,)`` second layer, zeros past the width.
        c: its bias.
        scale: factor of the hidden sum.
        n: number of bits.
        degree: of the activation, 0 for ReLU.
        rows: ``(1 + m, words_for(n))``, the centre and the inputs to compare at.
        suspect: which of ``rows``, from 1 on, to compare first.
        candidate: ``(n,)`` uint8, becomes 1 where flipping x_i changes the sign at the centre.
        work: ``(3 C + R,)`` scratch.

    Returns:
        NO, PARITY or NOT_FINITE, and the suspect for the next time.
    """
    R = len(u)
    C = len(W) // R
    x, flips, sums, z = work[:C], work[C : 2 * C], work[2 * C : 3 * C], work[3 * C : 3 * C + R]
    write_signs(rows[0], C, x, 0)
    f = c + scale * hidden_sum(W, u, x, z, degree)
    for i in range(C):
        flips[i] = _MINUS_TWO * x[i]
    _neighbour_sums(W, u, flips, z, degree, sums)
    negative, size, doubt = not f > _ZERO, 0, f * _ZERO
    for i in range(n):
        neighbour = c + scale * sums[i]
        doubt += neighbour * _ZERO  # not a number as soon as one output is not finite
        candidate[i] = (not neighbour > _ZERO) != negative
        size += candidate[i]
    if doubt != _ZERO:
        return NOT_FINITE, suspect
    if not size:
        return NO, suspect
    for _ in range(len(rows) - 1):
        write_signs(rows[suspect], C, x, 0)
        f = c + scale * hidden_sum(W, u, x, z, degree)
        odd = False
        for i in range(n):
            odd ^= candidate[i] == 1 and x[i] < _ZERO
        if f * _ZERO != _ZERO:
            return NOT_FINITE, suspect
        if (not f > _ZERO) != odd:
            return NO, suspect
        suspect = suspect % (len(rows) - 1) + 1
    return PARITY, suspect
