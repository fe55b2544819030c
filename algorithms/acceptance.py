"""When an agreement between a parity and noisy labels is no accident: sample sizes and thresholds.

Under the null hypothesis the labels are independent of the examples, so the number of agreements of
any one subset with m labels is Binomial(m, 1/2); under the truth it is Binomial(m, 1 - eta). A
union bound over all N candidate subsets limits the probability that any of them is accepted by
chance. Both probabilities are computed from the binomial distribution itself, not from a bound on
its tail (:mod:`.binomial_tails`).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.binomial_tails import ln_upper_tail
from parity_compare.problems.errors import InvalidInput

LEAST_BIAS = 1e-4
"""The bias 1 - 2 eta below which sample sizes are scaled from those at this one."""

_LOG_SMALLEST = math.log(1e-300)


def chance_of_agreement(agreements: int, m: int, candidates: float) -> float:
    """Bound on the probability that the best of ``candidates`` subsets agrees so well by luck.

    min(1, N * P[Binomial(m, 1/2) >= agreements]): a union bound, valid however the candidates
    depend on each other. What is below 1e-300 is given as 1e-300, never as zero.
    """
    log_chance = math.log(candidates) + ln_upper_tail(agreements, m, 0.5)
    return math.exp(min(0.0, max(_LOG_SMALLEST, log_chance)))


def acceptance_threshold(m: int, candidates: float, failure: float) -> int:
    """Smallest number of agreements with :func:`chance_of_agreement` at most ``failure``.

    It is m + 1, which nothing reaches, if even full agreement could be luck.
    """
    allowed = math.log(failure) - math.log(candidates)

    def rare(agreements: int) -> bool:
        return ln_upper_tail(agreements, m, 0.5) <= allowed

    # Hoeffding's bound on the tail is not far above it: P[X >= m/2 + t] <= exp(-2 t^2 / m).
    above = math.ceil(m / 2 + math.sqrt(max(0.0, -allowed) * m / 2)) if m else 1
    high, step = min(m + 1, above), 1
    while high - step > 0 and rare(high - step):
        high, step = high - step, 2 * step
    low = max(0, high - step)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if rare(middle) else (middle, high)
    return high


def mismatch_bounds(
    examples: npt.NDArray[np.int64], noise: float, failure: float
) -> npt.NDArray[np.int64]:
    """For each number of examples, the mismatches that the right subset hardly ever exceeds.

    The smallest b with P[Binomial(examples, eta) > b] <= failure.

    Args:
        examples: ``(c,)`` numbers of examples.
        noise: noise rate eta in [0, 0.5).
        failure: the probability of exceeding one bound, in (0, 1).

    Returns:
        ``(c,)`` int64.
    """
    from scipy.special import bdtrc

    low, high = np.full(len(examples), -1, dtype=np.int64), examples.astype(np.int64)
    while (high - low > 1).any():
        middle = (low + high) // 2  # at least 0 where the interval is still open
        rare = bdtrc(np.maximum(middle, 0), examples, noise) <= failure
        still_open = high - low > 1
        high = np.where(still_open & rare, middle, high)
        low = np.where(still_open & ~rare, middle, low)
    return high


@lru_cache(maxsize=1024)
def sample_size(candidates: float, noise: float, failure: float) -> int:
    """An m at which the right subset is accepted and no wrong one is.

    The threshold of :func:`acceptance_threshold` is passed by a wrong subset with probability at
    most ``failure`` in all, and missed by the right one with probability at most ``failure``.
    The answer grows as (sqrt(ln N) + sqrt(ln 1/failure))^2 * 2 / (1 - 2 eta)^2. For a bias
    1 - 2 eta below :data:`LEAST_BIAS` it is the one there times the bias's inverse square, which is
    right to about 1e-3, for agreements are all but normal.

    Args:
        candidates: the number N of subsets that will be compared, finite.
        noise: noise rate eta in [0, 0.5).
        failure: each of the two error probabilities, in (0, 1).
    """
    if not 0 <= noise < 0.5:
        raise InvalidInput(f"noise must lie in [0, 0.5), got {noise}")
    if not 0 < failure < 1:
        raise InvalidInput(f"failure must lie in (0, 1), got {failure}")
    if not 1 <= candidates < math.inf:
        raise InvalidInput(f"candidates must be at least 1 and finite, got {candidates}")
    least_bias_noise = (1 - LEAST_BIAS) / 2
    if noise > least_bias_noise:
        known = sample_size(candidates, least_bias_noise, failure)
        return math.ceil(known * (LEAST_BIAS / (1 - 2 * noise)) ** 2)

    def enough(m: int) -> bool:
        threshold = acceptance_threshold(m, candidates, failure)
        # Fewer agreements than the threshold are more than m - threshold mismatches.
        return ln_upper_tail(m - threshold + 1, m, noise) <= math.log(failure)

    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
