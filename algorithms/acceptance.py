"""When an agreement between a parity and noisy labels is no accident: sample sizes and thresholds.

Under the null hypothesis the labels are independent of the examples, so the number of agreements of
any one subset with m labels is Binomial(m, 1/2); under the truth it is Binomial(m, 1 - eta). A
union bound over all N candidate subsets limits the probability that any of them is accepted by
chance. Both probabilities are computed from the binomial distribution itself, not from a bound on
its tail.
"""

from __future__ import annotations

from functools import lru_cache

from scipy.special import bdtr, bdtrc

from parity_compare.problems.errors import InvalidInput


def chance_of_agreement(agreements: int, m: int, candidates: float) -> float:
    """Bound on the probability that the best of ``candidates`` subsets agrees so well by luck.

    min(1, N * P[Binomial(m, 1/2) >= agreements]): a union bound, valid however the candidates
    depend on each other.
    """
    return min(1.0, candidates * _tail(agreements, m))


def acceptance_threshold(m: int, candidates: float, failure: float) -> int:
    """Smallest number of agreements with :func:`chance_of_agreement` at most ``failure``.

    It is m + 1, which nothing reaches, if even full agreement could be luck.
    """
    low, high = m // 2, m + 1
    while high - low > 1:
        middle = (low + high) // 2
        if candidates * _tail(middle, m) <= failure:
            high = middle
        else:
            low = middle
    return high


def _tail(agreements: int, m: int) -> float:
    """P[Binomial(m, 1/2) >= agreements], or 1e-300 where that is less (and would underflow)."""
    return max(1e-300, float(bdtrc(agreements - 1, m, 0.5))) if agreements > 0 else 1.0


@lru_cache(maxsize=1024)
def sample_size(candidates: float, noise: float, failure: float) -> int:
    """An m at which the right subset is accepted and no wrong one is.

    The threshold of :func:`acceptance_threshold` is passed by a wrong subset with probability at
    most ``failure`` in all, and missed by the right one with probability at most ``failure``.
    The answer grows as (sqrt(ln N) + sqrt(ln 1/failure))^2 * 2 / (1 - 2 eta)^2.

    Args:
        candidates: the number N of subsets that will be compared.
        noise: noise rate eta in [0, 0.5).
        failure: each of the two error probabilities, in (0, 1).
    """
    if not 0 <= noise < 0.5:
        raise InvalidInput(f"noise must lie in [0, 0.5), got {noise}")
    if not 0 < failure < 1:
        raise InvalidInput(f"failure must lie in (0, 1), got {failure}")

    def enough(m: int) -> bool:
        threshold = acceptance_threshold(m, candidates, failure)
        return float(bdtr(threshold - 1, m, 1 - noise)) <= failure

    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
