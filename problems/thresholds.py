"""Fourier coefficients of threshold functions on the cube, exactly and at any size.

Let f(x) = 1{x_1 + ... + x_n >= b} = 1{at most J of the x_i are -1}, J = floor((n - b) / 2). Its
coefficient at a set T depends on s = |T| alone. With the Krawtchouk polynomial (MacWilliams and
Sloane, The Theory of Error-Correcting Codes, 1977, chapter 5.7)

    K_j^N(s) = sum_i (-1)^i C(s, i) C(N - s, j - i)

the sum of chi_T over the points with j minus signs is K_j^n(s), and K_0^n(s) + ... + K_J^n(s) =
K_J^{n-1}(s - 1) for s >= 1. Hence

    c_s = E[f chi_T] = 2^-n K_J^{n-1}(s - 1),    c_0 = P[f = 1].

The majority of an odd number of signs is 2 f - 1 at b = 0. Its coefficients vanish for even s and
are (O'Donnell, Analysis of Boolean Functions, 2014, section 5.3), for odd s and m = (n - 1) / 2,

    xi_s = (-1)^((s-1)/2) C(m, (s-1)/2) / C(2 m, s-1) 2^(-2 m) C(2 m, m).

Functions named ``ln_`` give a sign and the logarithm of the absolute value, which neither under-
nor overflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.ln_binomials import ln_at_most, ln_half_binomial

_EXACT = 256
_MULTIPLIED = 1 << 20  # factors up to which a product is taken one by one
_RESCALED = 1e-200  # a recurrence that has come down to this is brought back to 1


class SignedLn(NamedTuple):
    """A real number as its sign and logarithm.

    Attributes:
        sign: -1, 0 or 1.
        ln: ln of the absolute value; -inf for 0.
    """

    sign: int
    ln: float

    def __float__(self) -> float:
        """The number itself; 0 below 1e-308, infinite above 1e308."""
        try:
            return self.sign * math.exp(self.ln)
        except OverflowError:
            return self.sign * math.inf

    def times(self, ln_factor: float) -> SignedLn:
        """Its product with exp(``ln_factor``)."""
        return SignedLn(self.sign, self.ln + ln_factor)


_NOUGHT = SignedLn(0, -math.inf)


def krawtchouk(order: int, degree: int, size: int) -> int:
    """K_degree^order(size), an exact integer.

    Args:
        order: N.
        degree: j, from 0 on; K is 0 above N.
        size: s in 0..N.

    Raises:
        InvalidInput: an argument is out of range.
    """
    _check_krawtchouk(order, degree, size)
    return sum(
        (-1) ** i * math.comb(size, i) * math.comb(order - size, degree - i)
        for i in range(min(size, degree) + 1)
    )


def ln_krawtchouk(order: int, degree: int, size: int) -> SignedLn:
    """K_degree^order(size) at any size, in O(size) operations.

    The ratios r_s = K_j^N(s) / C(N, j) satisfy (N - s) r_{s+1} = (N - 2 j) r_s - s r_{s-1}, from
    r_0 = 1 (MacWilliams and Sloane 1977, chapter 5.7, theorem 17 with the roles of j and s
    exchanged by theorem 16). Up to s = N / 2, in whose second half K is mirrored, they follow the
    recurrence's larger solution or swing, so errors do not grow beyond the swing's size: near a
    zero of K the result is right within about 1e-12 of its neighbours.
    """
    _check_krawtchouk(order, degree, size)
    if degree > order:
        return _NOUGHT
    ratio = _ln_ratio(order, degree, size)
    return ratio.times(ln_half_binomial(order, degree) + order * math.log(2))


def _ln_ratio(order: int, degree: int, size: int) -> SignedLn:
    """K_degree^order(size) / C(order, degree)."""
    mirrored = 2 * size > order
    odd = mirrored and degree % 2 == 1  # K_j(N - s) = (-1)^j K_j(s)
    steps = order - size if mirrored else size
    before, ratio, ln_scale = 0.0, 1.0, 0.0
    for s in range(steps):
        before, ratio = ratio, ((order - 2 * degree) * ratio - s * before) / (order - s)
        largest = max(abs(before), abs(ratio))
        if largest < _RESCALED:
            before, ratio = before / largest, ratio / largest
            ln_scale += math.log(largest)
    if ratio == 0:
        return _NOUGHT
    sign = -1 if (ratio < 0) != odd else 1
    return SignedLn(sign, math.log(abs(ratio)) + ln_scale)


def threshold_coefficient(n: int, size: int, radius: int) -> Fraction:
    """c_s of 1{at most ``radius`` of n signs are -1} at s = ``size``, exactly; 0 for s > n."""
    _check_threshold(n, size, radius)
    if size > n:
        return Fraction(0)
    if size == 0:
        return Fraction(sum(math.comb(n, j) for j in range(min(radius, n) + 1)), 2**n)
    return Fraction(krawtchouk(n - 1, radius, size - 1), 2**n)


def ln_threshold_coefficient(n: int, size: int, radius: int) -> SignedLn:
    """:func:`threshold_coefficient` at any size, in O(s) operations.

    The errors are those of :func:`ln_krawtchouk`; c_0 is right to about 1e-12 of itself.
    """
    _check_threshold(n, size, radius)
    if size == 0:
        ln_rate = ln_at_most(n, radius)
        return SignedLn(1, ln_rate) if ln_rate > -math.inf else _NOUGHT
    if size > n or not 0 <= radius < n:
        return _NOUGHT
    ln_half = ln_half_binomial(n - 1, radius) - math.log(2)
    return _ln_ratio(n - 1, radius, size - 1).times(ln_half)


def majority_coefficient(n: int, size: int) -> float:
    """xi_s of the majority of an odd number n of signs at s = ``size``; 0 for even s.

    Raises:
        InvalidInput: n is even, or the size negative.
    """
    return float(signed_ln_majority(n, size))


def ln_majority_coefficient(n: int, size: int) -> float:
    """ln |xi_s|, see :func:`majority_coefficient`; -inf for even s and s > n."""
    return signed_ln_majority(n, size).ln


def signed_ln_majority(n: int, size: int) -> SignedLn:
    """xi_s with its sign, at any n, in O(s) operations while s is small.

    |xi_1| = 2^(-2 m) C(2 m, m), |xi_{s+2}| = s / (n - 1 - s) |xi_s| and |xi_s| = |xi_{n+1-s}|. From
    about a million factors on, their product is taken from the binomials of the closed form.
    """
    if n < 1 or n % 2 == 0:
        raise InvalidInput(f"n must be odd for a majority without ties, got {n}")
    if size < 0:
        raise InvalidInput(f"size must be at least 0, got {size}")
    if size % 2 == 0 or size > n:
        return _NOUGHT
    factors = (min(size, n + 1 - size) - 1) // 2
    if factors <= _MULTIPLIED:
        steps = np.arange(1, 2 * factors, 2, dtype=np.float64)
        ln_ratio = float(np.sum(np.log(steps) - np.log(n - 1 - steps)))
    else:
        half = (n - 1) // 2
        ln_choices = ln_half_binomial(half, factors) - ln_half_binomial(n - 1, 2 * factors)
        ln_ratio = ln_choices - half * math.log(2)
    sign = -1 if (size - 1) // 2 % 2 else 1
    return SignedLn(sign, ln_half_binomial(n - 1, (n - 1) // 2) + ln_ratio)


def majority_gap(n: int, k: int) -> float:
    """|xi_{k-1}| - |xi_{k+1}| of the majority of an odd number n of signs; 0 for odd k.

    It is the Fourier gap at a set of k coordinates (Barak et al. 2022, section 4.1). As
    (k - 1) |xi_{k-1}| = (n - k) |xi_{k+1}|, it is below 0 for k > (n + 1) / 2.
    """
    inside = abs(majority_coefficient(n, k - 1))
    return inside - abs(majority_coefficient(n, k + 1))


def ln_majority_gap(n: int, k: int) -> float:
    """ln of :func:`majority_gap`; -inf where there is none above 0."""
    inside = ln_majority_coefficient(n, k - 1)
    if 2 * k >= n + 1 or inside == -math.inf:
        return -math.inf
    return inside + math.log1p(-(k - 1) / (n - k))


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
    return _gap(n, k, radius, threshold_coefficient(n, 0, radius))


def _gap(n: int, k: int, radius: int, rate: Fraction) -> Gap:
    inside = rate if k == 1 else abs(threshold_coefficient(n, k - 1, radius))
    outside = abs(threshold_coefficient(n, k + 1, radius))
    return Gap(radius, float(inside), float(outside), float(rate))


@lru_cache(maxsize=256)
def ln_best_gap(n: int, k: int) -> tuple[float, float]:
    """ln of gamma / sqrt(rate) at the best threshold, and the rate there; -inf for no gap.

    Up to n = 256 all thresholds are compared, exactly. Beyond, 401 of them between 0 and
    (2 sqrt(k) + 2) sqrt(n) are, within which the best one lies: for many bits the sum of signs over
    sqrt(n) is a normal variable, c_s at its threshold t is He_{s-1}(t) phi(t) / sqrt(s! C(n, s))
    (O'Donnell 2014, sections 5.4 and 11.2), and Hermite's functions die out past 2 sqrt(s). More
    than 256 of so many bits have a gap that nobody will see.
    """
    if n <= _EXACT:
        gap = best_gap(n, k)
        return (math.log(gap.gamma / math.sqrt(gap.rate)) if gap.gamma > 0 else -math.inf), gap.rate
    if k == 1:
        return 0.0, 1.0
    if k > _EXACT:
        return -math.inf, 0.5
    thresholds = np.linspace(0.0, 2 * math.sqrt(k) + 2, 401) * math.sqrt(n)
    radii = sorted({max(0, math.floor((n - b) / 2)) for b in thresholds})
    signals = []
    for radius in radii:
        inside = ln_threshold_coefficient(n, k - 1, radius).ln
        outside = ln_threshold_coefficient(n, k + 1, radius).ln
        if inside > outside:
            ln_rate = ln_at_most(n, radius)
            ln_gamma = inside + math.log1p(-math.exp(outside - inside))
            signals.append((ln_gamma - ln_rate / 2, math.exp(ln_rate)))
    return max(signals, default=(-math.inf, 0.5))


def _check_krawtchouk(order: int, degree: int, size: int) -> None:
    if not 0 <= size <= order:
        raise InvalidInput(f"size must lie in 0..order = 0..{order}, got {size}")
    if degree < 0:
        raise InvalidInput(f"degree must be at least 0, got {degree}")


def _check_threshold(n: int, size: int, radius: int) -> None:
    if n < 1:
        raise InvalidInput(f"n must be at least 1, got {n}")
    if size < 0:
        raise InvalidInput(f"size must be at least 0, got {size}")
    if radius < 0:
        raise InvalidInput(f"radius must be at least 0, got {radius}")
