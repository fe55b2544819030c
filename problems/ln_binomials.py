"""Logarithms of the law of n coin tosses, to nearly all digits at any n.

ln Gamma would lose one digit for each of its own: at n = 10^6 its value is about 10^7. Here the
large terms are cancelled by hand (C. Loader, Fast and accurate computation of binomial
probabilities, 2000).
"""

from __future__ import annotations

import math

import numpy as np

_SERIES_FROM = 16
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
_PORTION = 1 << 12  # terms of a sum computed at once
_EPSILON = 2.0**-54


def ln_half_binomial(n: int, j: int) -> float:
    """ln(C(n, j) / 2^n), the chance of j heads in n tosses; -inf outside 0..n.

    With Stirling's error d(n) = ln n! - ln(sqrt(2 pi n) (n / e)^n) and t = 1 - 2 j / n,

        d(n) - d(j) - d(n - j) - n/2 ((1 + t) ln(1 + t) + (1 - t) ln(1 - t))
        - ln(2 pi j (n - j) / n) / 2.
    """
    if not 0 <= j <= n:
        return -math.inf
    if j in (0, n):
        return -n * math.log(2)
    t = (n - 2 * j) / n
    distance = n / 2 * ((1 + t) * math.log1p(t) + (1 - t) * math.log1p(-t))
    errors = _stirling_error(n) - _stirling_error(j) - _stirling_error(n - j)
    return errors - distance - math.log(2 * math.pi * j * ((n - j) / n)) / 2


def ln_at_most(n: int, j: int) -> float:
    """ln of the chance of at most j heads in n tosses; -inf for j < 0.

    The terms below C(n, j) fall by i / (n - i + 1) each; they are added until no more of them can
    be felt. Past the middle the chance is that of the complement's.
    """
    if j < 0:
        return -math.inf
    if j >= n:
        return 0.0
    if 2 * j >= n:
        return math.log1p(-math.exp(ln_at_most(n, n - j - 1)))
    total, term = 1.0, 1.0
    for start in range(j, 0, -_PORTION):
        i = np.arange(start, max(0, start - _PORTION), -1, dtype=np.float64)
        terms = term * np.cumprod(i / (n - i + 1))
        total += float(terms.sum())
        term = float(terms[-1])
        # The rest is below a geometric series of the ratio at hand.
        ratio = i[-1] / (n - i[-1] + 1)
        if term * ratio < _EPSILON * total * (1 - ratio):
            break
    return ln_half_binomial(n, j) + math.log(total)


def _stirling_error(n: int) -> float:
    if n < _SERIES_FROM:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - math.log(2 * math.pi) / 2
    square = 1 / (n * n)
    total = 0.0
    for coefficient in reversed(_STIRLING):
        total = total * square + coefficient
    return total / n
