"""Batches that make a gradient show S: Proposition 9 and Theorem 4, and fixed features, Theorem 5.

Proposition 9 is computed with every constant, from the exact Fourier gap and a stated inequality.
Of Theorems 4 and 5 the paper gives orders only; what they are multiplied by here is 1, and is ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from parity_compare.algorithms.forecast import exponential, ln_subset_count
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.thresholds import (
    best_gap,
    ln_best_gap,
    ln_majority_coefficient,
    ln_majority_gap,
)
from parity_compare.theory.checks import check_instance, check_open_unit

Threshold = Literal["best", "majority"]
_EXACT = 256  # coordinates up to which the best threshold is known exactly


@dataclass(frozen=True)
class Theorem4:
    """The orders of Theorem 4, each with the constant 1, which is ours.

    Attributes:
        batch: n^k ln(n / error), examples of one step.
        width: 2^k k ln(k / error), neurons.
        steps: k^3 width^2 n / error^2.
        least_n: k^4 ln(n k / error), which n must exceed for the theorem to speak.
        first_rate: the first step's learning rate 1 / (k |xi_(k-1)|), which has no free constant.
    """

    batch: float
    width: float
    steps: float
    least_n: float
    first_rate: float


def proposition9_samples(
    n: int,
    k: int,
    noise: float = 0.0,
    failure: float = 0.01,
    *,
    threshold: Threshold = "best",
) -> float:
    """Examples at which the k largest coordinates of a neuron's gradient are S (Proposition 9).

    If every coordinate of the estimate is within half the Fourier gap of its expectation, the top k
    are S. A union bound over the n coordinates gives the examples:

    - ``majority``: the neuron sgn(w . x) with random signs w. Terms y x_i sgn(w . x) are +1 or -1,
      and by Hoeffding's inequality m = 8 ln(2 n / failure) / ((1 - 2 eta) gamma)^2 with
      gamma = |xi_(k-1)| - |xi_(k+1)|. It needs odd n, and even k, for xi vanishes at even degrees.
    - ``best``: the neuron 1{w . x >= b} at the b that asks for fewest examples, and Bernstein's
      inequality, for it fires seldom: :meth:`.thresholds.Gap.samples`, what ``fourier-gap`` gives
      up by. Past n = 256 its gap is that of the normal law.

    Args:
        n, k: the instance.
        noise: noise rate eta in [0, 0.5), which shrinks the gap to (1 - 2 eta) gamma.
        failure: in (0, 1).
        threshold: which neuron.

    Returns:
        Examples, inf where there is no gap or a double cannot hold them.

    Raises:
        InvalidInput: an argument is out of range, or ``majority`` with even n or odd k.
    """
    check_instance(n, k, noise)
    check_open_unit("failure", failure)
    if threshold not in get_args(Threshold):
        raise InvalidInput(f"threshold must be best or majority, got {threshold!r}")
    if k == n:
        return 0.0
    bias, ln_bound = 1 - 2 * noise, math.log(2 * n / failure)
    if threshold == "majority":
        _check_majority(n, k)
        return exponential(math.log(8 * ln_bound) - 2 * (math.log(bias) + ln_majority_gap(n, k)))
    if n <= _EXACT:
        return best_gap(n, k).samples(n, bias, failure)
    ln_signal, rate = ln_best_gap(n, k)
    # Bernstein's (2 rate + 4 t / 3) ln(2 n / failure) / t^2 at t = bias gamma / 2.
    ln_t = math.log(bias / 2) + ln_signal + math.log(rate) / 2
    return exponential(math.log(2 * rate + 4 * math.exp(ln_t) / 3) + math.log(ln_bound) - 2 * ln_t)


def theorem4_batch(n: int, k: int, error: float = 0.01) -> Theorem4:
    """What Theorem 4 asks of a two-layer ReLU network: one large batch, then a convex fit.

    The paper: width Omega(2^k k log(k / error)) and batch Omega(n^k log(n / error)), for even k,
    odd n and n = Omega(k^4 log(n k / error)), have an expected loss of at most ``error`` within
    O(k^3 r^2 n / error^2) steps. The constants in these orders are not given; here they are 1.

    Args:
        n: odd.
        k: even, below n.
        error: in (0, 1).

    Raises:
        InvalidInput: an argument is out of range.
    """
    check_instance(n, k)
    _check_majority(n, k)
    check_open_unit("error", error)
    ln_width = k * math.log(2) + math.log(k * math.log(k / error))
    ln_batch = k * math.log(n) + math.log(math.log(n / error))
    ln_steps = 3 * math.log(k) + 2 * ln_width + math.log(n) - 2 * math.log(error)
    return Theorem4(
        batch=exponential(ln_batch),
        width=exponential(ln_width),
        steps=exponential(ln_steps),
        least_n=k**4 * math.log(n * k / error),
        first_rate=exponential(-math.log(k) - ln_majority_coefficient(n, k - 1)),
    )


def theorem5_complexity(n: int, k: int, error: float = 0.5) -> float:
    """error^2 C(n, k): no fixed embedding with D R^2 below it fits all k-parities (Theorem 5).

    D is its dimension and R the bound on the norm of the weights; the constant 1 is the paper's.

    Args:
        n, k: the instance.
        error: in (0, 1).
    """
    check_instance(n, k)
    check_open_unit("error", error)
    return exponential(2 * math.log(error) + ln_subset_count(n, k))


def _check_majority(n: int, k: int) -> None:
    if n % 2 == 0 or k % 2 == 1:
        raise InvalidInput(f"the majority has a gap for odd n and even k only, got n={n}, k={k}")
