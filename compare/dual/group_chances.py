"""P-values of parities within groups, given how many ones they have in all.

If the groups are labels that are drawn without regard to the parity, then, given its number K of
ones in all, the ones (c_g) of the groups are multivariate hypergeometric. In tables of up to 1,000
rows the law of the minority M given K is computed exactly (:mod:`.joint`). In larger ones, the law
of (c_g) is that of independent Binomial(m_g, q) numbers given that their sum is K, for any q, hence

    P[M <= b | K] <= P_q[M <= b] / P_q[sum of c_g = K].

With q = K / m the divisor is about 1 / sqrt(2 pi m q (1 - q)): two digits of the p-value at
m = 5000 are the price of a bound that holds for certain. P_q[M <= b] is known from
:mod:`.folding`, and grows with |q - 1/2|, as each min(c_g, m_g - c_g) then gets smaller.

A parity that is constant over all rows has K = 0 or m, hence the p-value 1: it says nothing about
groups.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import numpy.typing as npt

from parity_compare.dual.chances import SMALLEST
from parity_compare.dual.folding import MinorityLaw
from parity_compare.dual.joint import EXACT_ROWS, JointLaw

Indices = npt.NDArray[np.int64]

_SHARES, _SHARES_LARGE = 16, 4  # ranges of the imbalance that have a bound each


class GroupChances:
    """P-values of minorities, given the groups' sizes; laws are kept once they are computed.

    Attributes:
        exact: whether p-values are exact; otherwise they are bounds from above.

    Args:
        sizes: ``(g,)`` rows of every group, all at least 1.
    """

    def __init__(self, sizes: Indices) -> None:
        self.sizes = sizes
        self.m = int(sizes.sum())
        # Laws for every K would take a convolution each. A law for the most unbalanced K of a
        # narrow range bounds those of the whole range.
        self._width = max(1, math.isqrt(self.m) // 4)
        self._laws: dict[int, MinorityLaw] = {}
        self.exact = self.m <= EXACT_ROWS

    def chance(self, minority: int, ones: int) -> float:
        """P[M <= minority | K = ones] if labels have no regard to the parity, or a bound on it."""
        if self.exact:
            return max(SMALLEST, self._joint.chance(minority, ones))
        imbalance = abs(2 * ones - self.m)
        if imbalance == self.m:
            return 1.0
        last = -(-imbalance // self._width) * self._width
        law = self._law(min(last, self.m - 1))
        q = ones / self.m
        given = math.lgamma(self.m + 1) - math.lgamma(ones + 1) - math.lgamma(self.m - ones + 1)
        given += ones * math.log(q) + (self.m - ones) * math.log1p(-q)
        tail = law.chance_at_most(minority)
        return min(1.0, max(SMALLEST, tail * math.exp(-given)))

    def bounds(self, level: float) -> Indices:
        """Minorities that p-values of at most ``level`` never exceed, for every imbalance.

        Returns:
            ``(16,)`` int64, for |2 K - m| in each of as many equal parts of 0..m; ``(4,)`` in
            large tables.
        """
        if self.exact:
            return self._exact_bounds(level)
        shares = _SHARES if self._law(0).exact else _SHARES_LARGE
        edges = [share * self.m // shares for share in range(shares)]
        most = [self._law(edge).most_within(level) for edge in edges]
        return np.minimum.accumulate(np.array(most, dtype=np.int64))

    def _exact_bounds(self, level: float) -> Indices:
        most = self._joint.most_within(level)
        ones = np.arange(len(most))
        bounds = np.full(_SHARES, -1, dtype=np.int64)
        imbalances = np.abs(2 * ones - self.m)
        np.maximum.at(bounds, np.minimum(_SHARES - 1, imbalances * _SHARES // self.m), most)
        # The kernel wants bounds that do not rise with the imbalance.
        return np.maximum.accumulate(bounds[::-1])[::-1].copy()

    @cached_property
    def _joint(self) -> JointLaw:
        return JointLaw(self.sizes)

    def detectable_noise(self, level: float, failure: float) -> float | None:
        """The largest noise rate at which a constant parity is found all but surely.

        With b the largest minority of a p-value of at most ``level`` at K = m / 2, the largest eta
        with P_eta[M > b] <= failure; None if not even eta = 0 is found.
        """
        if len(self.sizes) < 2:
            return None  # one group knows as much as all rows do
        low, high = -1, self.m
        half = self.m // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.chance(middle, half) <= level else (low, middle)
        if low < 0:
            return None
        least, most = 0.0, 0.5
        for _ in range(12):  # to 1e-4
            middle_rate = (least + most) / 2
            if MinorityLaw(self.sizes, middle_rate).chance_above(low) <= failure:
                least = middle_rate
            else:
                most = middle_rate
        return least

    def _law(self, imbalance: int) -> MinorityLaw:
        if imbalance not in self._laws:
            self._laws[imbalance] = MinorityLaw(self.sizes, (1 - imbalance / self.m) / 2)
        return self._laws[imbalance]
