"""Logarithms of the law of n coin tosses, to nearly all digits at any n.

ln Gamma would lose one digit for each of its own: at n = 10^6 its value is about 10^7. Here the
large terms are cancelled by hand (C. Loader, Fast and accurate computation of binomial
probabilities, 2000).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

SUMMED = 1 << 20
"""Tosses up to which chances are added term by term."""

_SERIES_FROM = 16
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
_PORTION = 1 << 12  # terms of a sum computed at once
_EPSILON = 2.0**-54
_NEAR = 0.05  # relative distance from the mean below which a deviance is a series
_DEVIANCE_TERMS = 14
_MIDDLE = 1e-4  # deviations from the mean within which 1/u - 1/r is its limit


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
    be felt. Past the middle the chance is that of the complement's. Beyond :data:`SUMMED` tosses
    :func:`ln_binomial_tail` stands in, within 1e-7 of the chance.
    """
    if j < 0:
        return -math.inf
    if j >= n:
        return 0.0
    if 2 * j >= n:
        return math.log1p(-math.exp(ln_at_most(n, n - j - 1)))
    if n > SUMMED:
        return float(ln_binomial_tail(n - j, n, 0.5)[()])
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


def ln_binomial_tail(w: npt.ArrayLike, m: int, p: float) -> npt.NDArray[np.float64]:
    """ln P[Binomial(m, p) >= w] by a saddle point, at a cost that does not depend on m.

    The formula of Lugannani and Rice (1980) with Daniels' (1987) second correction for whole
    numbers. With x = w - 1/2, s = ln(x (1 - p) / ((m - x) p)), r the signed root of twice m times
    the divergence of x / m from p, and u = 2 sinh(s / 2) sqrt(x (m - x) / m), the chance is

        Phi(-r) + phi(r) (1 / u - 1 / r).

    Its error is of the order of 1 / x + 1 / (m - x) of the chance, however small that is: for m
    above :data:`SUMMED` and p = 1/2 it stays below 1e-7 up to 500 deviations from the mean.

    Args:
        w: any shape, whole numbers.
        m: how many tosses, at least 1.
        p: in (0, 1).

    Returns:
        The shape of ``w``; 0 for w <= 0, -inf for w > m.
    """
    from scipy.special import log_ndtr

    wanted = np.asarray(w, dtype=np.float64)
    inside = np.clip(wanted, 1, m) - 0.5
    outside = np.clip(m - wanted, 0, m - 1) + 0.5
    mean, other = m * p, m * (1 - p)
    above = inside - mean
    s = _ln_ratio(inside, mean) - _ln_ratio(outside, other)
    spread = np.sqrt(inside * (outside / m))
    squared = 2 * (_deviance(inside, mean) + _deviance(outside, other))
    r = np.sign(above) * np.sqrt(squared)
    u = 2 * np.sinh(s / 2) * spread
    limit = (2 * p - 1) / (6 * math.sqrt(mean * (1 - p)))  # minus a sixth of the skewness
    near = np.abs(r) < _MIDDLE
    excess = np.where(near, limit, 1 / np.where(near, 1, u) - 1 / np.where(near, 1, r))
    ln_normal = log_ndtr(-r)
    ln_density = -squared / 2 - math.log(2 * math.pi) / 2
    tail = np.minimum(0.0, ln_normal + np.log1p(np.exp(ln_density - ln_normal) * excess))
    return np.where(wanted <= 0, 0.0, np.where(wanted > m, -math.inf, tail))


def _ln_ratio(x: npt.NDArray[np.float64], mean: float) -> npt.NDArray[np.float64]:
    """ln(x / mean), to all digits of x - mean where they are close."""
    off = (x - mean) / mean
    near = np.abs(off) < _NEAR
    return np.where(near, np.log1p(np.where(near, off, 0.0)), np.log(x / mean))


def _deviance(x: npt.NDArray[np.float64], mean: float) -> npt.NDArray[np.float64]:
    """x ln(x / mean) - (x - mean); a series keeps the digits that its difference would lose."""
    off = (x - mean) / mean
    near = np.abs(off) < _NEAR
    small = np.where(near, off, 0.0)
    series = np.zeros_like(small)
    for order in range(_DEVIANCE_TERMS, 1, -1):
        series = (-1.0) ** order / (order * (order - 1)) + small * series
    return np.where(near, mean * small**2 * series, x * np.log(x / mean) - (x - mean))


def _stirling_error(n: int) -> float:
    if n < _SERIES_FROM:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - math.log(2 * math.pi) / 2
    square = 1 / (n * n)
    total = 0.0
    for coefficient in reversed(_STIRLING):
        total = total * square + coefficient
    return total / n
