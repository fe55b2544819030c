"""Training of many small two-layer networks on an NVIDIA GPU, many steps per launch.

f(x) = scale sum_r u_r act(W_r . x + b_r) + c. At the sizes of sparse parities a step of one network
takes microseconds, less than launching the dozen kernels that PyTorch needs for it. Here one
launch takes S steps of T networks: one Triton program per network, which keeps W on chip all along,
unpacks the examples, and draws the heat from a counter. See :mod:`.two_layer_program`.

The arithmetic is float32, in another order than PyTorch's: trajectories agree to rounding, until
rounding moves an example across a kink of the hinge or of a ReLU.

Importing this module needs neither triton nor a GPU.
"""

from __future__ import annotations

import importlib.util
from typing import NamedTuple

import torch
from torch import Tensor

from parity_compare.problems.errors import InvalidInput

LOSSES = ("hinge", "square", "logistic", "correlation")
"""The losses max(0, 1 - y f), (y - f)^2, log(1 + e^(-y f)) and -y f, by code."""

MOST_BITS = 127
MOST_WIDTH = 128
MOST_BATCH = 4096

_INDICES = 1 << 31  # the program counts a trial's half words in 32 bits


class Schedule(NamedTuple):
    """Rates of the S steps of a launch, ``(S,)`` float32 each; 1 is [W b], 2 is u and c.

    A step is theta <- keep * theta - rate * gradient + heat * normal.
    """

    rate1: Tensor
    rate2: Tensor
    keep1: Tensor
    keep2: Tensor
    heat1: Tensor
    heat2: Tensor


class Tiling(NamedTuple):
    """How a program is laid out: W is padded to ``rows`` x ``columns``, powers of two."""

    rows: int
    columns: int
    block: int  # examples at a time
    warps: int


def available(device: str) -> bool:
    """Whether triton is installed and the device an NVIDIA GPU of 2020 or later (with bfloat16)."""
    if importlib.util.find_spec("triton") is None or not device.startswith("cuda"):
        return False
    if not torch.cuda.is_available() or torch.version.cuda is None:
        return False
    return torch.cuda.get_device_capability(device) >= (8, 0)


def fits(n: int, width: int, batch: int) -> bool:
    """Whether a network is trained here: n <= 127, width <= 128, batch <= 4096.

    The limit of n and width is the register file, 65536 numbers of 32 bits, where each of up to
    2^14 weights takes 3.5 of them: itself, its gradient, and three of 16 bits for the tensor cores.
    For n <= 31 (on Hopper, n <= 63) all stay there. Beyond, some of the last three spill to the
    first-level cache, which has no room for those of twice as many. Shared memory is no limit. A
    batch of any size could be taken in blocks, but past 4096 examples a step is large enough to
    occupy a GPU without the other trials.
    """
    return 1 <= n <= MOST_BITS and 1 <= width <= MOST_WIDTH and 1 <= batch <= MOST_BATCH


def tiling(n: int, width: int, batch: int) -> Tiling:
    """The layout for a size.

    A warp's share of a tensor-core tile is 16 rows, and Hopper's take four warps at least: so
    there are 64 rows or more, and a warp to every 16, which leaves each thread columns / 2 weights.
    A block of 32 examples shares the unpacking and the sums over hidden units; networks that spill
    take 16, which spills less. A tensor-core tile has 16 examples at least, so up to 3 are cheaper
    one at a time, as products with vectors. (Counted from instructions, not measured.)
    """
    rows, columns = max(64, _power_of_two(width)), max(16, _power_of_two(n + 1))
    most = 32 if rows * columns < 1 << 14 else 16
    block = 1 if batch < 4 else min(max(16, _power_of_two(batch)), most)
    return Tiling(rows, columns, block, warps=rows // 16)


def train(
    W: Tensor,
    u: Tensor,
    c: Tensor,
    rows: Tensor,
    labels: Tensor,
    schedule: Schedule,
    losses: Tensor,
    *,
    n: int,
    width: int,
    loss: int = 0,
    degree: int = 0,
    scale: float = 1.0,
    bias1: bool = True,
    bias2: bool = True,
    keys: Tensor | None = None,
    first_step: int = 0,
) -> None:
    """Take S steps of T networks, in place; returns before the GPU has finished.

    With C = padded(n + 1) and R = padded(width), the next multiples of 16, all contiguous on one
    GPU:

    Args:
        W: ``(T, R, C)`` float32; row r is [w_r, b_r, zeros], rows past ``width`` are zero.
        u: ``(T, R)`` float32, zeros past ``width``.
        c: ``(T,)`` float32.
        rows: ``(T, S * B, words)`` int64 packed examples, bit 1 for x = -1.
        labels: ``(T, S * B)`` uint8, 1 for y = -1.
        schedule: ``(S,)`` float32 each; heat is read only if there are ``keys``.
        losses: ``(T, B)`` float32, overwritten by the losses of the last batch before its update.
        n: number of input bits.
        width: number of hidden units.
        loss: the code of the loss, its place in :data:`LOSSES`; gradients are those of its mean.
        degree: 0 for act = relu, with derivative 1 where its argument is positive; k for z^k.
        scale: factor of the hidden sum.
        bias1: whether b is trained or stays as it is.
        bias2: whether c is.
        keys: ``(T,)`` int64 keys of the trials' normal numbers. Parameter p of the P = width (n +
            2) + 1, in the order [w_r, b_r] row by row, u, c, takes number (first_step + s) P + p at
            step s.
        first_step: steps before this launch.

    Raises:
        InvalidInput: a tensor is not as described, or the size does not fit.
        ImportError: triton is not installed.
    """
    trials, batch = _two(losses, "losses")
    steps = len(schedule.rate1)
    if not fits(n, width, batch):
        raise InvalidInput(
            f"n, width and batch must fit one program, got {n}, {width} and {batch}; see fits"
        )
    R, C, words = _padded(width), _padded(n + 1), -(-n // 64)
    if steps * batch * 2 * words >= _INDICES:
        raise InvalidInput(f"steps must be fewer for one launch, got {steps} of {batch} examples")
    if not 0 <= loss < len(LOSSES):
        raise InvalidInput(f"loss must be a code from 0 to {len(LOSSES) - 1}, got {loss}")
    if degree < 0:
        raise InvalidInput(f"degree must be at least 0, got {degree}")
    _check("W", W, (trials, R, C), torch.float32, W)
    _check("u", u, (trials, R), torch.float32, W)
    _check("c", c, (trials,), torch.float32, W)
    _check("rows", rows, (trials, steps * batch, words), torch.int64, W)
    _check("labels", labels, (trials, steps * batch), torch.uint8, W)
    _check("losses", losses, (trials, batch), torch.float32, W)
    for name, values in schedule._asdict().items():
        _check(name, values, (steps,), torch.float32, W)
    if keys is not None:
        _check("keys", keys, (trials,), torch.int64, W)
    if trials == 0 or steps == 0:
        return

    if importlib.util.find_spec("triton") is None:
        raise ImportError(
            "training on chip needs triton, which is not installed: pip install triton"
        )
    from parity_compare.algorithms.kernels.two_layer_program import train_trial

    tile = tiling(n, width, batch)
    # Triton launches on the current device.
    with torch.cuda.device_of(W):  # type: ignore[no-untyped-call]
        train_trial[(trials,)](
            W, u, c, rows.view(torch.int32), labels, *schedule,
            keys if keys is not None else W, losses,
            steps, first_step, batch, n, width, float(scale),
            R=R, C=C, ROWS=tile.rows, COLUMNS=tile.columns, HALVES=2 * words, BLOCK=tile.block,
            LOSS=loss, DEGREE=degree, BIAS1=int(bias1), BIAS2=int(bias2), HEATED=keys is not None,
            # One stage: there is nothing to prefetch within a block. Fused multiply-adds are on in
            # every release, whatever its default.
            num_warps=tile.warps, num_stages=1, enable_fp_fusion=True,
        )  # fmt: skip


def _padded(size: int) -> int:
    return -(-size // 16) * 16


def _power_of_two(size: int) -> int:
    """The least power of two that is not below ``size``, a positive number."""
    return 1 << (size - 1).bit_length()


def _two(tensor: Tensor, name: str) -> tuple[int, int]:
    if tensor.dim() != 2:
        raise InvalidInput(f"{name} must have 2 axes, got shape {tuple(tensor.shape)}")
    return tensor.shape[0], tensor.shape[1]


def _check(
    name: str, tensor: Tensor, shape: tuple[int, ...], dtype: torch.dtype, beside: Tensor
) -> None:
    """The kernel reads raw memory, so nothing else would notice."""
    if tuple(tensor.shape) != shape or tensor.dtype != dtype:
        raise InvalidInput(
            f"{name} must be {shape} {dtype}, got {tuple(tensor.shape)} {tensor.dtype}"
        )
    if not tensor.is_contiguous():
        raise InvalidInput(f"{name} must be contiguous, got strides {tensor.stride()}")
    if tensor.device != beside.device:
        raise InvalidInput(f"{name} must be on {beside.device} with W, got {tensor.device}")
