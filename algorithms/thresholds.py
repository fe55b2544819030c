"""Fourier coefficients of threshold functions on the cube, exactly.

Let f(x) = 1{x_1 + ... + x_n >= b} = 1{at most J of the x_i are -1}, J = floor((n - b) / 2). Its
coefficient at a set T depends on s = |T| alone. With the Krawtchouk polynomial
K_j^N(s) = sum_i (-1)^i C(s, i) C(N - s, j - i), the sum of chi_T over the points with j minus signs
is K_j^n(s), and K_0^n(s) + ... + K_J^n(s) = K_J^{n-1}(s - 1) for s >= 1. Hence

    c_s = E[f chi_T] = 2^-n K_J^{n-1}(s - 1),    c_0 = P[f = 1].

At b = 0 and odd n this is half of the majority's coefficient (O'Donnell 2014, section 5.3), which
vanishes for even s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

import numpy as np
from scipy.special import ndtr

_EXACT = 256


def krawtchouk(order: int, degree: int, size: int) -> int:
    """K_degree^order(size), an exact integer."""
    return sum(
        (-1) ** i * math.comb(size, i) * math.comb(order - size, degree - i)
        for i in range(min(size, degree) + 1)
    )


def threshold_coefficient(n: int, radius: int, level: int) -> Fraction:
    """The coefficient c_s of 1{at most ``radius`` of n signs are -1} at s = ``level``."""
    if level > n:
        return Fraction(0)
    if level == 0:
        return Fraction(sum(math.comb(n, j) for j in range(radius + 1)), 2**n)
    return Fraction(krawtchouk(n - 1, radius, level - 1) if radius < n else 0, 2**n)


@dataclass(frozen=True)
class Gap:
    """The Fourier gap at S of y 1{w.x >= b}, where y is a clean parity over S, |S| = k.

    Attributes:
        radius: J; the neuron fires on examples with at most so many w_i x_i = -1.
        inside: |E[y x_i 1{...}]| for i in S, that is |c_{k-1}|.
        outside: the same for other i, |c_{k+1}|.
        rate: P[w.x >= b].
    """

    radius: int
    inside: float
    outside: float
    rate: float

    @property
    def gamma(self) -> float:
        """The gap: inside less outside."""
        return self.inside - self.outside

    def samples(self, n: int, bias: float, failure: float) -> float:
        """Examples at which the top k coordinates are S but for a chance of ``failure``.

        All n estimates are within gamma/2 of their expectations then. Each averages terms y x_i
        1{...} in {-1, 0, 1} of variance at most ``rate``, so Bernstein's inequality gives
        (2 rate + 4 t / 3) ln(2 n / failure) / t^2 at t = bias gamma / 2.

        Args:
            n: number of coordinates.
            bias: E[y chi_S] = 1 - 2 eta, which scales the gap.
            failure: in (0, 1).
        """
        t = bias * self.gamma / 2
        if t <= 0:
            return math.inf
        # Divided twice, for the square of a small t would underflow.
        return (2 * self.rate + 4 * t / 3) / t * math.log(2 * n / failure) / t


@lru_cache(maxsize=256)
def best_gap(n: int, k: int) -> Gap:
    """The threshold at which a k-subset of n coordinates needs fewest examples.

    The gap in standard deviations, gamma / sqrt(rate), is largest well above b = 0: firing seldom,
    the neuron's estimate loses more noise than signal. For odd k this avoids the zero that even
    levels have at b = 0.
    """
    rates = accumulate(math.comb(n, j) for j in range(n + 1))
    gaps = (_gap(n, k, radius, Fraction(rate, 2**n)) for radius, rate in enumerate(rates))
    return min(gaps, key=lambda gap: gap.samples(n, 1.0, 0.5))


def gap_at(n: int, k: int, radius: int) -> Gap:
    """The gap of the threshold n - 2 ``radius``."""
    return _gap(n, k, radius, threshold_coefficient(n, radius, 0))


def _gap(n: int, k: int, radius: int, rate: Fraction) -> Gap:
    inside = rate if k == 1 else abs(threshold_coefficient(n, radius, k - 1))
    outside = abs(threshold_coefficient(n, radius, k + 1))
    return Gap(radius, float(inside), float(outside), float(rate))


def ln_best_gap(n: int, k: int) -> tuple[float, float]:
    """ln of gamma / sqrt(rate) at the best threshold, and the rate there; -inf for no gap.

    It is exact up to n = 256. Beyond, the sum of signs over sqrt(n) is taken for a normal variable,
    for which a neuron of threshold t has, with s = k - 1, the density phi and Hermite's polynomials
    He, the coefficient He_{s-1}(t) phi(t) / sqrt(s! C(n, s)) (O'Donnell 2014, sections 5.4 and
    11.2); c_{k+1} is of lower order in n. More than 256 of so many bits have a gap that nobody
    will see.
    """
    if n <= _EXACT:
        gap = best_gap(n, k)
        return (math.log(gap.gamma / math.sqrt(gap.rate)) if gap.gamma > 0 else -math.inf), gap.rate
    if k == 1:
        return 0.0, 1.0
    if k > _EXACT:
        return -math.inf, 0.5
    level = k - 1
    t = np.linspace(0.0, 2 * math.sqrt(k) + 2, 401)
    # Hermite's functions He_m(t) exp(-t^2 / 4) / sqrt(m!), which neither overflow nor cancel.
    before, function = np.zeros_like(t), np.exp(-(t**2) / 4)
    for m in range(level - 1):
        step = (t * function - math.sqrt(m) * before) / math.sqrt(m + 1)
        before, function = function, step
    rates = ndtr(-t)
    with np.errstate(divide="ignore"):
        ln_signals = np.log(np.abs(function)) - t**2 / 4 - np.log(rates) / 2
    best = int(np.argmax(ln_signals))
    ln_choices = math.lgamma(n + 1) - math.lgamma(n - level + 1)  # of s! C(n, s)
    scale = math.lgamma(level) / 2 - math.log(2 * math.pi) / 2 - ln_choices / 2
    return float(ln_signals[best]) + scale, float(rates[best])


def majority_gap(n: int, k: int) -> float:
    """|xi_{k-1}| - |xi_{k+1}| of the majority of an odd number n of signs, for even k."""
    return 2 * gap_at(n, k, (n - 1) // 2).gamma
