"""The error of a disjoint PolyNet, its plateau (Theorem 6), and how long SGD takes (Theorem 7).

n = k n' coordinates fall into k blocks of n'. The relevant weight of block i is v_i, all others are
+1 or -1. On a uniform x, block i agrees with its relevant coordinate if v_i + R_i > 0, where R_i is
a sum of n' - 1 independent signs. The network's sign is right if an even number of blocks disagree:

    error = 1/2 - 1/2 prod over i of (1 - 2 p_i),    p_i = P[v_i + R_i < 0] + P[v_i + R_i = 0] / 2,

with a tie decided by a fair coin. By the normal law of large blocks 1 - 2 p_i is
erf(v_i / sqrt(2 (n' - 1))).
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from parity_compare.problems.errors import InvalidInput
from parity_compare.theory.checks import check_at_least, check_open_unit
from parity_compare.theory.gradient_flow import FloatArray, time_of

Law = Literal["binomial", "normal"]
"""How the sum of the other coordinates is distributed: exactly, or by its limit."""


def disjoint_error(
    relevant: npt.ArrayLike, block_size: int, *, law: Law = "binomial"
) -> FloatArray | float:
    """The share of inputs that a disjoint PolyNet gets wrong; its other weights are +1 or -1.

    Args:
        relevant: ``(..., k)`` weights of the relevant coordinates.
        block_size: n', coordinates per block.
        law: ``binomial`` is exact, ``normal`` the approximation of Berry and Esseen.

    Returns:
        ``(...)`` errors in [0, 1]; a number for one network.

    Raises:
        InvalidInput: no relevant weight, n' < 1, or another law.
    """
    _check_law(law)
    check_at_least("block_size", block_size, 1)
    weights = np.asarray(relevant, dtype=np.float64)
    if not weights.ndim or not weights.shape[-1]:
        raise InvalidInput("relevant must hold at least one weight per network, got none")
    wrong = disagreement(weights, block_size, law=law)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Small errors are added, not left over from a difference.
        sure = -np.expm1(np.log1p(-2 * np.minimum(wrong, 0.5)).sum(axis=-1)) / 2
    error = np.where((wrong <= 0.5).all(axis=-1), sure, 0.5 - np.prod(1 - 2 * wrong, axis=-1) / 2)
    return float(error) if error.ndim == 0 else np.asarray(error)


def disagreement(weights: FloatArray, block_size: int, *, law: Law = "binomial") -> FloatArray:
    """p_i, the chance that a block disagrees with its relevant coordinate.

    Args:
        weights: any shape, the relevant weights.
        block_size: n'.
        law: see :func:`disjoint_error`.
    """
    from scipy.special import bdtr, ndtr

    others = block_size - 1
    if not others:
        return np.asarray(0.5 - 0.5 * np.sign(weights))
    if law == "normal":
        return np.asarray(ndtr(-weights / math.sqrt(others)))
    # R = 2 B - others with B binomial, so R < -v means B < (others - v) / 2.
    middle = (others - np.clip(weights, -others - 1, others + 1)) / 2
    at_most, less = np.floor(middle), np.ceil(middle) - 1
    below = np.where(less < 0, 0.0, bdtr(np.clip(less, 0, others), others, 0.5))
    up_to = np.where(at_most < 0, 0.0, bdtr(np.clip(at_most, 0, others), others, 0.5))
    return np.asarray((below + up_to) / 2)


def plateau_time(k: int, block_size: int, error: float, *, law: Law = "binomial") -> float:
    """T(error): when the flow from v(0) = 1 first has an error of at most ``error``.

    At the exact error 0 every v_i exceeds the n' - 1 other weights together.

    Args:
        k: number of blocks, at least 3: for fewer nothing goes to infinity.
        block_size: n', at least 3.
        error: in [0, 0.5).
        law: see :func:`disjoint_error`; under ``normal`` T(0) is the blow-up itself.

    Returns:
        The time, 0 if the start is as good.

    Raises:
        InvalidInput: an argument is out of range.
    """
    _check_plateau(k, block_size, error, law)
    return float(time_of(_weight_at(k, block_size, error, law), k))


def plateau_share(k: int, block_size: int, error: float, *, law: Law = "binomial") -> float:
    """T(error) / T(0): the share of its way on which the flow's error stays above ``error``.

    Theorem 6: T(1/2 - gamma) / T(0) >= 1 - O((n')^(1 - k/2) gamma^(2/k - 1)). It follows from
    T(e) / T(blow-up) = 1 - v^-(k-2) at the weight v of that error, which is about
    sqrt(2 n') erfinv((2 gamma)^(1/k)); for small gamma the constant is hence
    (pi / 2)^(1 - k/2) 2^(2/k - 1), which is ours and below 1.

    Args:
        k, block_size, error, law: as in :func:`plateau_time`.
    """
    return plateau_time(k, block_size, error, law=law) / plateau_time(k, block_size, 0.0, law=law)


def plateau_remainder(k: int, block_size: int, gamma: float) -> float:
    """(n')^(1 - k/2) gamma^(2/k - 1), the order of 1 - T(1/2 - gamma) / T(0) in Theorem 6.

    Args:
        k: at least 3.
        block_size: n', at least 3.
        gamma: in (0, 0.5).
    """
    check_open_unit("gamma", gamma, 0.5)
    _check_plateau(k, block_size, 0.5 - gamma, "binomial")
    return float(block_size ** (1 - k / 2) * gamma ** (2 / k - 1))


def theorem7_steps(n: int, k: int, *, error: float = 0.01, failure: float = 0.01) -> float:
    """Steps after which SGD on a disjoint PolyNet has at most this error (Theorem 7).

    The least T with T >= 6 ln(2 n T / failure) ln(2 k / error) (3 n' - 2)^(2k-1), n' = n / k. It
    holds for any batch, under the theorem's own learning rates, with the probability
    (1 - failure) / 2: for half of all starts the weights have the wrong sign.

    Args:
        n: number of coordinates, a multiple of k.
        k: number of blocks, at least 2.
        error, failure: in (0, 1).

    Returns:
        Steps, inf where a double cannot hold them.

    Raises:
        InvalidInput: an argument is out of range.
    """
    check_at_least("k", k, 2)
    check_at_least("n", n, k)
    if n % k:
        raise InvalidInput(f"n must be a multiple of k, got n={n}, k={k}")
    check_open_unit("error", error)
    check_open_unit("failure", failure)
    ln_scale = math.log(6 * math.log(2 * k / error)) + (2 * k - 1) * math.log(3 * (n // k) - 2)
    ln_steps = ln_scale
    # ln T = ln_scale + ln ln(2 n T / failure) contracts: its slope is 1 / ln(2 n T / failure).
    for _ in range(100):
        ln_steps = ln_scale + math.log(math.log(2 * n / failure) + ln_steps)
    return math.exp(ln_steps) if ln_steps < 709 else math.inf


def _weight_at(k: int, block_size: int, error: float, law: Law) -> float:
    """The least v >= 1 at which k equal weights have at most this error."""
    if error == 0:
        return math.inf if law == "normal" else float(block_size - 1)

    def good(v: float) -> bool:
        wrong = float(disagreement(np.array(v), block_size, law=law))  # at most 1/2, as v >= 1
        # disjoint_error of k equal weights, of which there may be too many for an array.
        return wrong < 0.5 and -math.expm1(k * math.log1p(-2 * wrong)) / 2 <= error

    low, high = 1.0, float(block_size)
    # At v = 1 the sums of even blocks may tie; any move at all breaks the ties.
    if good(low) or good(low + 1e-12):
        return low
    while not good(high):  # the normal law has longer tails
        low, high = high, 2 * high
    while high - low > 4e-16 * high and low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if good(middle) else (middle, high)
    return high


def _check_plateau(k: int, block_size: int, error: float, law: str) -> None:
    check_at_least("k", k, 3)
    check_at_least("block_size", block_size, 3)
    _check_law(law)
    if not 0 <= error < 0.5:
        raise InvalidInput(f"error must lie in [0, 0.5), got {error}")


def _check_law(law: str) -> None:
    if law not in get_args(Law):
        raise InvalidInput(f"law must be binomial or normal, got {law!r}")
