"""The exact law of minorities given the number of ones, in small tables.

If groups are labels that are drawn without regard to a parity, every way to place its K ones among
the m rows is equally likely. With m_g rows in group g and c_g ones there, the number of ways that
have M = sum of min(c_g, m_g - c_g) in the minority is the coefficient of s^M z^K in

    prod over g of sum over c of C(m_g, c) s^min(c, m_g - c) z^c,

and P[M <= b | K] is the share of those with M <= b. The product is taken group by group; all of its
terms are positive, so tails keep their digits. It costs some m^3 / 16 additions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from parity_compare.dual.folding import binomial_law

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

EXACT_ROWS = 1000
"""Rows up to which the law is computed, and coefficients over 2^m are ordinary floats."""


class JointLaw:
    """P[M <= b | K] for every b and K.

    Args:
        sizes: ``(g,)`` rows of every group, all at least 1, at most :data:`EXACT_ROWS` in all.
    """

    def __init__(self, sizes: Indices) -> None:
        self._rows = int(sizes.sum())
        # Zeros and ones play the same part, so K <= m / 2 tells all.
        fewer = self._rows // 2
        ways = np.ones((1, 1))
        for size in np.sort(sizes).tolist():
            ways = _with_group(ways, size, fewer)
        self._tails: Floats = np.cumsum(ways, axis=0)
        self._tails /= self._tails[-1]

    def chance(self, minority: int, ones: int) -> float:
        """P[M <= minority | K = ones]."""
        if minority < 0:
            return 0.0
        column = min(ones, self._rows - ones)
        return float(self._tails[min(minority, len(self._tails) - 1), column])

    def most_within(self, level: float) -> Indices:
        """For every K up to m / 2, the largest b with P[M <= b | K] <= level, -1 if there is none.

        Returns:
            ``(m // 2 + 1,)`` int64.
        """
        # Tails rise along the first axis.
        within: Indices = np.count_nonzero(self._tails <= level, axis=0)
        return within - 1


def _with_group(ways: Floats, size: int, fewer: int) -> Floats:
    """The product with one more group's polynomial, up to z^fewer.

    Args:
        ways: ``(M, K)`` over 2^rows, for the groups before.
        size: rows of the group.
        fewer: largest K that is wanted.
    """
    minorities, ones = ways.shape
    grown = np.zeros((minorities + size // 2, min(ones + size, fewer + 1)))
    shares = binomial_law(size, 0.5)
    for count in range(min(size, fewer) + 1):
        minority = min(count, size - count)
        kept = min(ones, grown.shape[1] - count)
        rows = slice(minority, minority + minorities)
        grown[rows, count : count + kept] += shares[count] * ways[:, :kept]
    return grown
