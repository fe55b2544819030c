# mypy: disable-error-code="no-untyped-def"
"""The Triton program that trains one two-layer network; see :mod:`.two_layer_triton`.

One program owns one trial. The trial's weights are a loop-carried tensor, so they live in registers
from the first step of the launch to the last; only the signs of the examples pass through shared
memory, on their way to the tensor cores. Triton's tensors have sides that are powers of two, so a
program computes with ROWS >= R and COLUMNS >= C; what lies past ``width`` and n is zero.

This module needs triton, and is imported when a kernel is launched. Arguments are Triton's tensors
and pointers, which have no Python types; the docstrings give the shapes.
"""

from __future__ import annotations

import triton
import triton.language as tl

HINGE, SQUARE, LOGISTIC, CORRELATION = (tl.constexpr(code) for code in range(4))


@triton.jit
def normal(index, key):
    """Normal numbers ``index`` (int64) of the stream ``key`` (uint64), by Box and Muller.

    Numbers 2 i and 2 i + 1 are the cosine and the sine of one word, output i of SplitMix64 seeded
    with the key. A quarter turn makes the sine a cosine, so that one function serves both.
    """
    word = key + ((index >> 1) + 1).to(tl.uint64) * 0x9E3779B97F4A7C15
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB
    word = word ^ (word >> 31)
    uniform = ((word >> 32).to(tl.uint32).to(tl.float32) + 1) * 2.0**-32
    quarter = (index & 1).to(tl.uint32) << 30
    turn = (word.to(tl.uint32) - quarter).to(tl.int32, bitcast=True).to(tl.float32) * 2.0**-32
    return tl.sqrt(-2 * tl.log(uniform)) * cosine(turn)


@triton.jit
def cosine(turn):
    """cos(2 pi turn) for |turn| <= 1/2, to 2^-22.

    Taylor's series of the sine of what is missing to a quarter turn. tl.cos must reduce angles of
    any size, with a branch and local memory for every number of the tensor.
    """
    x = (0.25 - tl.abs(turn)) * 6.283185307179586
    s = x * x
    series = 1 / 362880 - s / 39916800
    series = series * s - 1 / 5040
    series = series * s + 1 / 120
    series = series * s - 1 / 6
    return (series * s + 1) * x


@triton.jit
def activate(z, DEGREE: tl.constexpr):
    """The activation and its derivative: relu for degree 0, else z^degree."""
    if DEGREE == 0:
        return tl.maximum(z, 0), (z > 0).to(tl.float32)
    power = tl.full(z.shape, 1, tl.float32)
    for _ in tl.static_range(DEGREE - 1):
        power *= z
    return power * z, DEGREE * power


@triton.jit
def loss_of(f, y, LOSS: tl.constexpr):
    """The loss of outputs f for labels y = +-1, and its derivative with respect to f."""
    margin = y * f
    if LOSS == HINGE:
        loss = tl.maximum(1 - margin, 0)
        slope = tl.where(loss > 0, -y, 0)
    elif LOSS == SQUARE:
        loss = (y - f) * (y - f)
        slope = 2 * (f - y)
    elif LOSS == LOGISTIC:
        small = tl.exp(-tl.abs(margin))  # the exponential that cannot overflow
        loss = tl.maximum(-margin, 0) + tl.log(1 + small)
        slope = -y * tl.where(margin > 0, small, 1) / (1 + small)
    else:
        loss = -margin
        slope = -y
    return loss, slope


@triton.jit
def signs_of(rows, example, real, n: tl.constexpr, COLUMNS: tl.constexpr, HALVES: tl.constexpr):
    """Packed examples as signs and a one for the bias.

    Args:
        rows: pointer to one trial's packed examples, ``HALVES`` uint32 each: half words, since
            shifts of 64-bit numbers take several instructions.
        example: (BLOCK,) numbers of the examples.
        real: (BLOCK,) which of them exist; the others become zeros.

    Returns:
        (BLOCK, COLUMNS) [x, 1, zeros].
    """
    column = tl.arange(0, COLUMNS)
    held = tl.zeros((example.shape[0], COLUMNS), tl.uint32)
    for half in tl.static_range((n + 31) // 32):
        word = tl.load(rows + example * HALVES + half, mask=real, other=0).to(tl.uint32)
        held = tl.where((column >> 5)[None, :] == half, word[:, None], held)
    bits = (held >> (column & 31).to(tl.uint32)[None, :]) & 1
    signs = tl.where(column[None, :] < n, 1 - 2 * bits.to(tl.float32), 0)
    signs = tl.where(column[None, :] == n, 1, signs)
    return tl.where(real[:, None], signs, 0)


@triton.jit
def split(A):
    """Three bfloat16 numbers of falling size whose sum is A: 24 significant bits as three times 8.

    Exact for the float32 numbers between 2^-110 and the largest bfloat16; infinity becomes nan.
    """
    high = A.to(tl.bfloat16)
    rest = A - high.to(tl.float32)
    middle = rest.to(tl.bfloat16)
    low = (rest - middle.to(tl.float32)).to(tl.bfloat16)
    return high, middle, low


@triton.jit
def add_product(total, A, signs):
    """total + A signs, for float32 ``total`` and A, and ``signs`` of -1, 0 and 1 in bfloat16.

    Tensor cores multiply bfloat16 exactly and add in float32, truncating. Signs are bfloat16, so
    with A in three parts no product is rounded. The small parts are added first. Products of
    float32 (input_precision="ieee") would go without tensor cores, and at 128 columns the compiler
    then keeps whole operands in registers: it spills kilobytes per thread.
    """
    high, middle, low = split(A)
    return tl.dot(high, signs, tl.dot(middle, signs, tl.dot(low, signs, total)))


# A launch must not compile anew, on the clock, because a count is 1 or a slice begins elsewhere.
@triton.jit(
    do_not_specialize=["steps", "first_step", "batch"],
    do_not_specialize_on_alignment=[
        "c_pointer", "rows", "labels", "rate1s", "rate2s", "keep1s", "keep2s", "heat1s", "heat2s",
        "keys", "losses",
    ],
)  # fmt: skip
def train_trial(
    W_pointer, u_pointer, c_pointer, rows, labels,
    rate1s, rate2s, keep1s, keep2s, heat1s, heat2s, keys, losses,
    steps, first_step, batch, n: tl.constexpr, width: tl.constexpr, scale,
    R: tl.constexpr, C: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
    HALVES: tl.constexpr, BLOCK: tl.constexpr, LOSS: tl.constexpr, DEGREE: tl.constexpr,
    BIAS1: tl.constexpr, BIAS2: tl.constexpr, HEATED: tl.constexpr,
):  # fmt: skip
    """Take ``steps`` steps of one trial; for the arguments see :func:`.two_layer_triton.train`.

    With z = W [x 1], h = act(z), f = scale u . h + c and g = loss'(f) / batch on every example:
    dc = sum g, du = scale sum g h, dW = sum (scale g u act'(z)) [x 1]. A batch is taken in blocks
    of BLOCK examples. A block of a single example makes vector products; larger ones go to tl.dot.
    """
    trial = tl.program_id(0).to(tl.int64)
    row, column = tl.arange(0, ROWS), tl.arange(0, COLUMNS)
    in_layer = (row < width)[:, None] & (column < n + BIAS1)[None, :]  # trained, not held
    place = row[:, None] * C + column[None, :]
    stored = (row < R)[:, None] & (column < C)[None, :]
    W_pointer += trial * R * C
    u_pointer += trial * R
    W = tl.load(W_pointer + place, mask=stored, other=0)
    u = tl.load(u_pointer + row, mask=row < R, other=0)
    c = tl.load(c_pointer + trial)
    rows += trial * steps * batch * HALVES
    labels += trial * steps * batch
    losses += trial * batch
    count = width * (n + 2) + 1
    if HEATED:
        key = tl.load(keys + trial).to(tl.uint64, bitcast=True)

    for step in range(steps):
        dW = tl.zeros((ROWS, COLUMNS), tl.float32)
        du = tl.zeros((ROWS,), tl.float32)
        dc = tl.zeros((BLOCK,), tl.float32)
        for start in range(0, batch, BLOCK):
            inside = start + tl.arange(0, BLOCK)
            real = inside < batch
            example = step * batch + inside
            X = signs_of(rows, example, real, n, COLUMNS, HALVES)
            signs = X.to(tl.bfloat16)
            y = 1 - 2 * tl.load(labels + example, mask=real, other=0).to(tl.float32)
            if BLOCK == 1:
                z = tl.sum(W * X, axis=1)[:, None]
            else:
                z = add_product(tl.zeros((ROWS, BLOCK), tl.float32), W, tl.trans(signs))
            h, slope = activate(z, DEGREE)
            f = scale * tl.sum(u[:, None] * h, axis=0) + c
            loss, g = loss_of(f, y, LOSS)
            g = tl.where(real, g / batch, 0)
            du += scale * tl.sum(h * g[None, :], axis=1)
            dc += g
            dz = u[:, None] * slope * (scale * g)[None, :]
            if BLOCK == 1:
                dW += dz * X
            else:
                dW = add_product(dW, dz, signs)
            tl.store(losses + inside, loss, mask=real & (example >= (steps - 1) * batch))

        W_next = tl.load(keep1s + step) * W - tl.load(rate1s + step) * dW
        u_next = tl.load(keep2s + step) * u - tl.load(rate2s + step) * du
        c_next = tl.load(keep2s + step) * c - tl.load(rate2s + step) * tl.sum(dc)
        if HEATED:
            first = (first_step.to(tl.int64) + step) * count
            heat1, heat2 = tl.load(heat1s + step), tl.load(heat2s + step)
            if heat1 != 0:
                number = row[:, None] * (n + 1) + column[None, :]
                W_next += heat1 * normal(first + number, key)
            if heat2 != 0:
                u_next += heat2 * normal(first + width * (n + 1) + row, key)
                c_next += heat2 * normal(first + count - 1, key)
        W = tl.where(in_layer, W_next, W)
        u = tl.where(row < width, u_next, u)
        if BIAS2:
            c = c_next

    tl.store(W_pointer + place, W, mask=stored)
    tl.store(u_pointer + row, u, mask=row < R)
    tl.store(c_pointer + trial, c)
