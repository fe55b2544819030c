"""Tails of the binomial distribution, in logarithms and without the half second that SciPy loads.

P[Binomial(m, p) >= a] is the regularised incomplete beta function

    I_p(a, b) = p^a (1 - p)^b / (a B(a, b)) (1 + d_1/(1 + d_2/(1 + ...)))^-1,   b = m - a + 1

(DLMF 8.17.4, 8.17.22). The continued fraction, evaluated by the method of Lentz as Thompson and
Barnett (1986) modified it, converges within O(sqrt(m)) terms while p is below a mean, and sooner
the smaller the tail is; above, the other tail is computed.
"""

from __future__ import annotations

import math

_MOST_TERMS = 2000
_TINY = 1e-300
_EPSILON = 1e-15


def ln_upper_tail(a: int, m: int, p: float) -> float:
    """ln P[Binomial(m, p) >= a]; -inf for an impossible event.

    Its error is some 1e-16 ln m!, however small the tail.

    Args:
        a: the least number of successes.
        m: number of trials.
        p: chance of a success, in [0, 1].
    """
    if a <= 0 or (p == 1 and a <= m):
        return 0.0
    if a > m or p == 0:
        return -math.inf
    b = m - a + 1
    if p * (m + 3) > a + 1:
        return math.log1p(-min(1.0, math.exp(_ln_beta(b, a, 1 - p))))
    return min(0.0, _ln_beta(a, b, p))


def _ln_beta(a: int, b: int, x: float) -> float:
    """ln I_x(a, b) for x up to about the mean a / (a + b)."""
    fraction = _continued_fraction(a, b, x)
    if fraction is None:  # long sums near the mean, where the tail is not small
        from scipy.special import betainc

        return math.log(float(betainc(a, b, x)))
    ln_power = a * math.log(x) + b * math.log1p(-x) - math.log(a)
    return ln_power + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + math.log(fraction)


def _continued_fraction(a: int, b: int, x: float) -> float | None:
    """1 / (1 + d_1/(1 + d_2/(1 + ...))), None if it takes too many terms."""
    c, d = 1.0, 1 / _kept(1 - (a + b) * x / (a + 1))
    value = d
    for i in range(1, _MOST_TERMS):
        even = i * (b - i) * x / ((a + 2 * i - 1) * (a + 2 * i))
        odd = -(a + i) * (a + b + i) * x / ((a + 2 * i) * (a + 2 * i + 1))
        for term in (even, odd):
            d = 1 / _kept(1 + term * d)
            c = _kept(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _EPSILON:
            return value
    return None


def _kept(value: float) -> float:
    """A denominator, kept from being zero."""
    return value if abs(value) > _TINY else _TINY
