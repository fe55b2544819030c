"""One update of one two-layer network: unpack, forward, backward and update.

Both products of a step, Z = W X^T and dW = M X, are made of tiles of 4 or 6 units by 16 columns
that stay in registers (:mod:`.vectors`): 16 examples forward, 16 inputs backward.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.kernels.heat import BLOCK, fill_normals
from parity_compare.algorithms.kernels.screening import activate
from parity_compare.algorithms.kernels.two_layer_arguments import (
    HINGE,
    LOGISTIC,
    SQUARE,
    Floats,
    Model,
    Schedule,
)
from parity_compare.algorithms.kernels.vectors import (
    LANES,
    PANEL,
    broadcast,
    descending,
    fma,
    load,
    multiplying,
    signs_across,
    signs_of_octet,
    store,
    times,
    total,
    where_positive,
)
from parity_compare.problems.bits import Bits, Words

_ZERO, _ONE, _TWO = np.float32(0), np.float32(1), np.float32(2)
_LOW = np.uint64(0xFFFFFFFF)
_HALF_WORD = np.uint64(32)
_HEAT_NUMBERS = 256  # normals drawn at a time: 1 KiB

_multiply_four, _multiply_six = multiplying(4), multiplying(6)
_descend_four, _descend_six = descending(4), descending(6)


class Work(NamedTuple):
    """Scratch of one thread, Bp = padded(B).

    Attributes:
        across: inputs by panels of 16 examples, ``(Bp / 16, n + 1, 16)``, the last input is 1.
        along: inputs by panels of 16 coordinates, ``(C / 16, Bp, 16)``.
        halves: ``(2 words, Bp)`` uint32, the batch's rows by half-words.
        Z: ``(R, Bp)`` pre-activations, then dL/df act'(z).
        f: ``(Bp,)`` outputs.
        g: ``(Bp,)`` dL/df, 0 past the batch.
        factors: ``(R,)``.
        du: ``(R,)``.
        keep, rate, heat: ``(C,)``, those of the first layer by columns, the last 0 past them.
        normal: normal numbers, with room to read C past their end.
        pairs: scratch of the heat.
        look: scratch of the screen.
        candidate: ``(n,)`` uint8, the screen's.
    """

    across: Floats
    along: Floats
    halves: npt.NDArray[np.uint32]
    Z: Floats
    f: Floats
    g: Floats
    factors: Floats
    du: Floats
    keep: Floats
    rate: Floats
    heat: Floats
    normal: Floats
    pairs: npt.NDArray[np.uint32]
    look: Floats
    candidate: Bits


@numba.njit(cache=True, nogil=True)
def make_work(model: Model, R: int, C: int) -> Work:
    inputs, Bp = model.n + 1, -(-model.batch // PANEL) * PANEL
    across = np.ones(Bp * inputs, dtype=np.float32)
    numbers = max(_HEAT_NUMBERS, inputs) + 2 * BLOCK + 2
    return Work(
        across,
        np.zeros(Bp * C, dtype=np.float32),
        np.zeros((2 * (-(-model.n // 64)), Bp), dtype=np.uint32),
        np.zeros(R * Bp, dtype=np.float32),
        np.zeros(Bp, dtype=np.float32),
        np.zeros(Bp, dtype=np.float32),
        np.zeros(R, dtype=np.float32),
        np.zeros(R, dtype=np.float32),
        np.zeros(C, dtype=np.float32),
        np.zeros(C, dtype=np.float32),
        np.zeros(C, dtype=np.float32),
        np.zeros(numbers + C, dtype=np.float32),
        np.zeros(numbers, dtype=np.uint32),
        np.zeros(3 * C + R, dtype=np.float32),
        np.zeros(model.n, dtype=np.uint8),
    )


@numba.njit(cache=True, nogil=True)
def unpack(model: Model, rows: Words, work: Work) -> None:
    """The batch's signs, by panels of examples and by panels of coordinates."""
    n, B, C, halves = model.n, model.batch, len(work.keep), work.halves
    Bp = halves.shape[1]
    for b in range(Bp):
        row = rows[b] if b < B else rows[0]  # padded examples repeat the first
        for w in range(rows.shape[1]):
            halves[2 * w, b] = np.uint32(row[w] & _LOW)
            halves[2 * w + 1, b] = np.uint32(row[w] >> _HALF_WORD)
    flat = halves.reshape(-1)
    for panel in range(Bp // PANEL):
        for i in range(n):
            source, target = (i >> 5) * Bp + panel * PANEL, (panel * (n + 1) + i) * PANEL
            store(work.across, target, signs_across(flat, source, i & 31))
            store(work.across, target + LANES, signs_across(flat, source + LANES, i & 31))
    for panel in range(C // PANEL):
        w, first = panel >> 2, np.uint64((panel & 3) * PANEL)
        for b in range(B):
            word = rows[b, w] if w < rows.shape[1] else np.uint64(0)
            target = (panel * Bp + b) * PANEL
            store(work.along, target, signs_of_octet(word, first))
            store(work.along, target + LANES, signs_of_octet(word, first + np.uint64(LANES)))


@numba.njit(cache=True, nogil=True)
def _sixes(width: int) -> int:
    """How many of the units go into tiles of six, when the rest goes into tiles of four.

    All tiles together reach to the next multiple of 4, so they stay within the padding.
    """
    reach = -(-width // 4) * 4
    return reach - 4 * (-reach % 6 // 2)


@numba.njit(cache=True, nogil=True)
def forward(
    model: Model, W: Floats, u: Floats, c: np.float32, scale: np.float32, work: Work
) -> None:
    """Z = W X^T and f = c + s u act(Z)."""
    Z, f, across, count = work.Z, work.f, work.across, model.n + 1
    Bp, C, sixes = len(f), len(work.keep), _sixes(model.width)
    f[:] = _ZERO
    for first in range(0, Bp, PANEL):
        r = 0
        while r < model.width:
            units = 6 if r < sixes else 4
            if units == 6:
                _multiply_six(W, r * C, C, across, first * count, count, Z, r * Bp + first, Bp)
            else:
                _multiply_four(W, r * C, C, across, first * count, count, Z, r * Bp + first, Bp)
            # The sums return to memory after each tile, which has no registers to spare for them.
            left, right = load(f, first), load(f, first + LANES)
            for unit in range(r, r + units):
                at, factor = unit * Bp + first, broadcast(u[unit])
                left = fma(factor, activate(load(Z, at), model.degree), left)
                right = fma(factor, activate(load(Z, at + LANES), model.degree), right)
            store(f, first, left)
            store(f, first + LANES, right)
            r += units
    for b in range(Bp):
        f[b] = scale * f[b] + c


@numba.njit(cache=True, nogil=True)
def differentiate(loss: int, labels: Bits, work: Work) -> tuple[np.float32, bool]:
    """g = dL/df of the batch, its mean loss, and whether all outputs are finite."""
    f, g, B = work.f, work.g, len(labels)
    share = _ONE / np.float32(B)
    losses, doubt = _ZERO, _ZERO
    for b in range(B):
        y = _ONE - _TWO * np.float32(labels[b])
        margin = y * f[b]
        doubt += f[b] * _ZERO
        if loss == HINGE:
            slack = _ONE - margin
            losses += max(slack, _ZERO)
            g[b] = -y * share if slack > _ZERO else _ZERO
        elif loss == SQUARE:
            losses += (y - f[b]) * (y - f[b])
            g[b] = _TWO * (f[b] - y) * share
        elif loss == LOGISTIC:
            # Of e^m and e^-m the small one, so that neither overflows.
            small = math.exp(-abs(margin))
            losses += max(-margin, _ZERO) + np.float32(math.log1p(small))
            wrong = _ONE / (_ONE + small) if margin < _ZERO else small / (_ONE + small)
            g[b] = -y * np.float32(wrong) * share
        else:
            losses -= margin
            g[b] = -y * share
    return losses * share, doubt == _ZERO


@numba.njit(cache=True, nogil=True)
def backpropagate_relu(width: int, work: Work) -> None:
    """du_r = sum_b g_b relu(z_rb), and M = g 1{z > 0} in the place of Z."""
    Z, g = work.Z, work.g
    Bp = len(g)
    for r in range(width):
        sums = broadcast(_ZERO)
        for b in range(0, Bp, LANES):
            z = load(Z, r * Bp + b)
            backward = where_positive(z, load(g, b))
            store(Z, r * Bp + b, backward)
            sums = fma(backward, z, sums)
        work.du[r] = total(sums)


@numba.njit(cache=True, nogil=True)
def backpropagate_power(width: int, degree: int, work: Work) -> None:
    """du_r = sum_b g_b z_rb^k, and M = g k z^(k-1) in the place of Z."""
    Z, g = work.Z, work.g
    Bp, factor = len(g), broadcast(np.float32(degree))
    for r in range(width):
        sums = broadcast(_ZERO)
        for b in range(0, Bp, LANES):
            z, backward = load(Z, r * Bp + b), load(g, b)
            for _ in range(degree - 1):
                backward = times(backward, z)
            store(Z, r * Bp + b, times(factor, backward))
            sums = fma(backward, z, sums)
        work.du[r] = total(sums)


@numba.njit(cache=True, nogil=True)
def update(
    model: Model,
    W: Floats,
    u: Floats,
    c: np.float32,
    scale: np.float32,
    schedule: Schedule,
    now: int,
    work: Work,
) -> np.float32:
    """theta <- keep theta - rate gradient, with dW = s u_r M X made on the way; returns c."""
    n, B, width = model.n, model.batch, model.width
    Z, along, factors, keep, rate = work.Z, work.along, work.factors, work.keep, work.rate
    Bp, C, sixes = len(work.g), len(keep), _sixes(width)
    trained = n + 1 if model.bias1 else n
    for column in range(C):
        moves = column < trained
        keep[column] = schedule.keep1[now] if moves else _ONE
        rate[column] = schedule.rate1[now] if moves else _ZERO
    for r in range(width):
        factors[r] = -scale * u[r]
    for column in range(0, C, PANEL):
        r = 0
        while r < width:
            if r < sixes:
                _descend_six(
                    Z, r * Bp, Bp, along, column * Bp, B, W, r * C + column, C,
                    keep, rate, column, factors, r,
                )  # fmt: skip
                r += 6
            else:
                _descend_four(
                    Z, r * Bp, Bp, along, column * Bp, B, W, r * C + column, C,
                    keep, rate, column, factors, r,
                )  # fmt: skip
                r += 4
    kept, step = schedule.keep2[now], scale * schedule.rate2[now]
    for r in range(width):
        u[r] = kept * u[r] - step * work.du[r]
    if not model.bias2:
        return c
    slope = _ZERO
    for b in range(B):
        slope += work.g[b]
    moved: np.float32 = kept * c - schedule.rate2[now] * slope
    return moved


@numba.njit(cache=True, nogil=True)
def add_heat(
    model: Model,
    W: Floats,
    u: Floats,
    c: np.float32,
    key: np.uint64,
    schedule: Schedule,
    now: int,
    step: int,
    work: Work,
) -> np.float32:
    """theta <- theta + heat normal; returns c."""
    n, width, C, normal = model.n, model.width, len(work.keep), work.normal
    heat1, heat2 = schedule.heat1[now], schedule.heat2[now]
    heat = work.heat
    heat[: n + 1 if model.bias1 else n] = heat1  # the columns past these stay as they are
    index = np.uint64(step) * np.uint64(width * (n + 2) + 1)
    rows = max(1, _HEAT_NUMBERS // (n + 1))
    if heat1 > _ZERO:
        for first in range(0, width, rows):
            last = min(first + rows, width)
            number = index + np.uint64(first * (n + 1))
            at = _draw_normals(key, number, (last - first) * (n + 1), work)
            for r in range(first, last):
                for i in range(0, C, LANES):
                    warmer = fma(load(heat, i), load(normal, at + i), load(W, r * C + i))
                    store(W, r * C + i, warmer)
                at += n + 1
    if heat2 > _ZERO:
        index += np.uint64(width * (n + 1))
        for first in range(0, width + 1, _HEAT_NUMBERS):
            last = min(first + _HEAT_NUMBERS, width + 1)
            at = _draw_normals(key, index + np.uint64(first), last - first, work)
            for r in range(first, min(last, width)):
                u[r] += heat2 * normal[at + r - first]
            if last == width + 1 and model.bias2:
                c += heat2 * normal[at + width - first]
    return c


@numba.njit(cache=True, nogil=True)
def _draw_normals(key: np.uint64, number: np.uint64, count: int, work: Work) -> np.int64:
    """Draw normals from ``number`` on; returns where in ``work.normal`` the first one is."""
    pairs = -(-(count // 2 + 1) // BLOCK) * BLOCK
    fill_normals(key, number >> np.uint64(1), pairs, work.normal, work.pairs)
    return np.int64(number & np.uint64(1))
