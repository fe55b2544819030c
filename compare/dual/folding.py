"""Parities within groups: how many rows disagree with the majorities of their groups.

In a group of m_g rows a parity is 1 in c_g of them. If it is constant within every group up to
noise, few rows are in the minority; the statistic is M = sum over g of min(c_g, m_g - c_g), and
the agreements are A = m - M. Whichever value is the more frequent one counts as the group's, so
even a parity that knows nothing of the groups has M below m / 2: the binomial law is folded.

For independent Binomial(m_g, q) numbers c_g, P[M <= b] is the law of a sum of independent numbers,
by convolution, or, in large tables, at most exp(t b) prod E exp(-t M_g) for every t >= 0
(Chernoff). What it says of p-values, which are conditional on the number of ones, is in
:mod:`.group_chances`.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import numpy.typing as npt

from parity_compare.dual.chances import SMALLEST
from parity_compare.statistics import Interval

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

_CONVOLVED = 10_000
"""Rows up to which laws are convolved, a quarter of their square in multiplications."""
# Any t >= 0 gives a bound. Neighbours differ by a fifth, so the best of these misses the least
# exponent by at most 1 % of it; exp(-40) per row is as good as nothing.
_TILTS = np.append(np.geomspace(1e-4, 10, 64), 40.0)
_GRID = 257  # noise rates at which the moments of M are computed
_NORMAL = 2_000  # rows of a group above which a folded binomial is a folded normal number


def binomial_law(size: int, q: float | Floats) -> Floats:
    """P[Binomial(size, q) = c] for c = 0..size, along the last axis."""
    from scipy.special import gammaln, xlog1py, xlogy

    c = np.arange(size + 1)
    subsets = gammaln(size + 1) - gammaln(c + 1) - gammaln(size - c + 1)
    return np.asarray(np.exp(subsets + xlogy(c, q) + xlog1py(size - c, -q)))


def minority_law(size: int, q: float) -> Floats:
    """P[min(c, size - c) = b] for c ~ Binomial(size, q) and b = 0..size // 2."""
    law = binomial_law(size, q)
    folded = law[: size // 2 + 1] + law[::-1][: size // 2 + 1]
    if size % 2 == 0:
        folded[-1] = law[size // 2]
    return folded


class MinorityLaw:
    """The law of M = sum over groups of min(c_g, m_g - c_g), c_g ~ Binomial(m_g, q) independent.

    Args:
        sizes: ``(g,)`` rows of every group, all at least 1.
        q: probability of a one.

    Attributes:
        exact: whether tails are convolved; otherwise they are Chernoff bounds.
    """

    def __init__(self, sizes: Indices, q: float) -> None:
        self._rows = int(sizes.sum())
        # A group of one row has no minority.
        self._sizes, self._times = np.unique(sizes[sizes > 1], return_counts=True)
        self._q = q
        self.exact = self._rows <= _CONVOLVED

    def chance_at_most(self, b: int) -> float:
        """P[M <= b], or a bound on it from above."""
        if b < 0:
            return 0.0
        if self.exact:
            return float(self._cumulated[min(b, len(self._cumulated) - 1)])
        return self._chernoff(b, 1.0)

    def chance_above(self, b: int) -> float:
        """P[M > b], or a bound on it from above."""
        if self.exact:
            above = self._law[b + 1 :] if b >= 0 else self._law
            return float(above.sum())
        return self._chernoff(b + 1, -1.0)

    def most_within(self, level: float) -> int:
        """The largest b with P[M <= b] <= level, -1 if there is none."""
        if self.exact:
            return int(np.searchsorted(self._cumulated, level, side="right")) - 1
        return max(-1, math.floor(float(((math.log(level) - self._falling) / _TILTS).max())))

    @cached_property
    def _law(self) -> Floats:
        law = np.ones(1)
        for size, times in zip(self._sizes, self._times, strict=True):
            one = minority_law(int(size), self._q)
            for _ in range(times):
                # All terms are positive, so that tails keep their digits; a Fourier transform
                # would lose those below 1e-16.
                law = np.convolve(law, one)
        return law

    @cached_property
    def _cumulated(self) -> Floats:
        return np.minimum(1.0, np.cumsum(self._law))

    def _chernoff(self, b: int, sign: float) -> float:
        """min over t of exp(t b) E exp(-t M) for sign 1, of exp(-t b) E exp(t M) for -1."""
        exponents = (self._falling if sign > 0 else self._rising) + sign * b * _TILTS
        least = float(exponents.min(initial=0.0))
        return math.exp(max(math.log(SMALLEST), least))

    @cached_property
    def _falling(self) -> Floats:
        """ln E exp(-t M) at every tilt t."""
        return self._cumulants(1.0)

    @cached_property
    def _rising(self) -> Floats:
        """ln E exp(t M) at every tilt t."""
        return self._cumulants(-1.0)

    def _cumulants(self, sign: float) -> Floats:
        total = np.zeros(len(_TILTS))
        for size, times in zip(self._sizes, self._times, strict=True):
            law = minority_law(int(size), self._q)
            values = np.arange(len(law), dtype=np.float64)
            with np.errstate(divide="ignore"):
                logs = np.log(law)
            for i, t in enumerate(_TILTS):
                tilted = logs - sign * t * values
                top = tilted.max()
                total[i] += times * (top + math.log(np.exp(tilted - top).sum()))
        return total


class GroupNoise:
    """Noise rates of parities that are constant within groups, folding accounted for.

    If every row disagrees with its group's value with probability eta, M has the mean mu(eta) and
    the variance s^2(eta) of a sum of folded binomial numbers. The estimate solves mu(eta) = M; the
    interval has all eta in [0, 1/2] with |M - mu(eta)| <= z s(eta), Wilson's rule for this law.
    For one large group and small eta it is Wilson's interval; for pairs mu is eta (1 - eta) per
    row. Both functions are tabulated and interpolated linearly.

    Args:
        sizes: ``(g,)`` rows of every group, all at least 1.
        level: the intervals' confidence level.
    """

    def __init__(self, sizes: Indices, *, level: float = 0.95) -> None:
        from scipy.special import ndtri

        z = float(ndtri((1 + level) / 2))
        # The square puts most of the points where intervals are narrow.
        self._eta = np.linspace(0, 1, _GRID) ** 2 / 2
        mean, variance = np.zeros(_GRID), np.zeros(_GRID)
        distinct, times = np.unique(sizes[sizes > 1], return_counts=True)
        for size, count in zip(distinct, times, strict=True):
            first, second = _moments(int(size), self._eta)
            mean += count * first
            variance += count * np.maximum(0.0, second - first**2)
        spread = z * np.sqrt(variance)
        self._curves = [_rising(mean + s * spread) for s in (0, 1, -1)]

    def interval(self, minority: int) -> Interval:
        """The noise rate of a parity with that M."""
        if minority == 0:
            return Interval(0.0, 0.0, self._solve(2, minority))
        return Interval(*(self._solve(curve, minority) for curve in range(3)))

    def _solve(self, curve: int, minority: int) -> float:
        """The largest eta up to which the curve is at most M."""
        values = self._curves[curve]
        after = int(np.searchsorted(values, minority, side="right"))
        if after == 0:
            return 0.0
        if after == _GRID:
            return 0.5
        low, high = values[after - 1], values[after]
        share = (minority - low) / (high - low)
        return float(self._eta[after - 1] + share * (self._eta[after] - self._eta[after - 1]))


def _rising(curve: Floats) -> Floats:
    """The curve without its fall to its least value, near 0, and without falls near 1/2."""
    least = int(np.argmin(curve))
    risen = np.full_like(curve, curve[least])
    risen[least:] = np.maximum.accumulate(curve[least:])
    return risen


def _moments(size: int, eta: Floats) -> tuple[Floats, Floats]:
    """E min(c, size - c) and E min(c, size - c)^2 for c ~ Binomial(size, eta), for every eta."""
    if size <= _NORMAL:
        c = np.arange(size + 1)
        fewer = np.minimum(c, size - c).astype(np.float64)
        laws = binomial_law(size, eta[:, np.newaxis])
        return laws @ fewer, laws @ fewer**2
    from scipy.special import erf

    # size / 2 - |X|, X normal with the moments of c - size / 2.
    centre, variance = size * (0.5 - eta), size * eta * (1 - eta)
    ratio = centre / np.sqrt(np.maximum(variance, 1e-12))
    density = np.exp(-(ratio**2) / 2) * math.sqrt(2 / math.pi)
    folded = np.sqrt(variance) * density + centre * erf(ratio / math.sqrt(2))
    return size / 2 - folded, size**2 / 4 - size * folded + variance + centre**2
