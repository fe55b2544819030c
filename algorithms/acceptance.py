"""When an agreement between a parity and noisy labels is no accident: sample sizes and thresholds.

Under the null hypothesis the labels are independent of the examples, so the number of agreements of
any one subset with m labels is Binomial(m, 1/2); under the truth it is Binomial(m, 1 - eta). A
union bound over all N candidate subsets limits the probability that any of them is accepted by
chance. Both probabilities are computed from the binomial distribution itself, not from a bound on
its tail, for as long as double precision can hold them.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtrc, betainc

from parity_compare.problems.errors import InvalidInput

LEAST_BIAS = 1e-4
"""The bias 1 - 2 eta below which sample sizes are scaled from those at this one."""

_LOG_SMALLEST = math.log(1e-300)
_MOST_INTEGER = 2**31 - 1  # trials that SciPy's binomial distribution takes; its beta takes more


def chance_of_agreement(agreements: int, m: int, candidates: float) -> float:
    """Bound on the probability that the best of ``candidates`` subsets agrees so well by luck.

    min(1, N * P[Binomial(m, 1/2) >= agreements]): a union bound, valid however the candidates
    depend on each other. What is below 1e-300 is given as 1e-300, never as zero.
    """
    log_chance = math.log(candidates) + _log_tail(agreements, m)
    return math.exp(min(0.0, max(_LOG_SMALLEST, log_chance)))


def acceptance_threshold(m: int, candidates: float, failure: float) -> int:
    """Smallest number of agreements with :func:`chance_of_agreement` at most ``failure``.

    It is m + 1, which nothing reaches, if even full agreement could be luck.
    """
    low, high = 0, m + 1
    while high - low > 1:
        middle = (low + high) // 2
        if math.log(candidates) + _log_tail(middle, m) <= math.log(failure):
            high = middle
        else:
            low = middle
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
    low, high = np.full(len(examples), -1, dtype=np.int64), examples.astype(np.int64)
    while (high - low > 1).any():
        middle = (low + high) // 2  # at least 0 where the interval is still open
        rare = bdtrc(np.maximum(middle, 0), examples, noise) <= failure
        still_open = high - low > 1
        high = np.where(still_open & rare, middle, high)
        low = np.where(still_open & ~rare, middle, low)
    return high


def _log_tail(agreements: int, m: int) -> float:
    """Logarithm of P[Binomial(m, 1/2) >= agreements].

    Where double precision cannot hold it, its largest term over 1 - r stands in, a bound from
    above: each further term is at most r = (m - agreements) / (agreements + 1) of the one before.
    """
    if agreements <= 0:
        return 0.0
    if m > _MOST_INTEGER:
        tail = float(betainc(agreements, m - agreements + 1, 0.5))
    else:
        tail = float(bdtrc(agreements - 1, m, 0.5))
    if tail > 1e-290:
        return math.log(tail)
    rest = m - agreements
    subsets = math.lgamma(m + 1) - math.lgamma(agreements + 1) - math.lgamma(rest + 1)
    return subsets - m * math.log(2) - math.log1p(-rest / (agreements + 1))


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
        if m > _MOST_INTEGER:
            return float(betainc(m - threshold + 1, threshold, noise)) <= failure
        return float(bdtr(threshold - 1, m, 1 - noise)) <= failure

    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
