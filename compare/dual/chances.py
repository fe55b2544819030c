"""How often columns that are independent have a parity this far from chance.

If the columns are independent and column i is 1 in a share p_i of the rows, the parity of the
columns in T is 0 with probability (1 + e) / 2, where e is the product of their biases
b_i = 1 - 2 p_i (the piling-up lemma; Matsui 1993). The number of rows where it is 0 is then
Binomial(m, (1 + e) / 2). With the p_i taken from the same rows it varies less than that: for two
columns with given numbers of ones the variance is m (1 - b_1^2)(1 - b_2^2) / 4, at most the
binomial's m (1 - b_1^2 b_2^2) / 4.

Many parities are looked at, so p-values are judged together. The procedure of Benjamini and
Yekutieli (2001) keeps the expected share of false discoveries below a level whatever the dependence
of the tests, and parities of overlapping subsets do depend on each other.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

SMALLEST = 1e-300
"""What is less likely is given as this, never as zero."""

_EULER = 0.5772156649015329


def parity_chances(ones: npt.ArrayLike, m: int, bias: npt.ArrayLike) -> Floats:
    """Two-sided p-values of parities of independent columns.

    Twice the smaller of P[X <= ones] and P[X >= ones] for X ~ Binomial(m, (1 - e) / 2), at most 1.

    Args:
        ones: ``(r,)``, rows where the parity is 1.
        m: number of rows.
        bias: ``(r,)``, the product e of the columns' biases, in (-1, 1).

    Returns:
        ``(r,)`` float64, at least 1e-300.
    """
    from scipy.special import betainc

    count, e = np.asarray(ones, dtype=np.float64), np.asarray(bias, dtype=np.float64)
    one, zero = (1 - e) / 2, (1 + e) / 2
    # I_x(0, b) is 1 and I_x(a, 0) is 1 as limits, which SciPy gives as nan.
    many = np.where(count > 0, betainc(np.maximum(count, 1), m - np.maximum(count, 1) + 1, one), 1)
    rest = np.maximum(m - count, 1)
    few = np.where(count < m, betainc(rest, m - rest + 1, zero), 1)
    return np.asarray(np.clip(2 * np.minimum(many, few), SMALLEST, 1.0))


def parity_bounds(m: int, level: float, parts: int) -> Indices:
    """Numbers of ones beyond which p-values may be at most ``level``, for every bias.

    Args:
        m: number of rows.
        level: in (0, 1).
        parts: into how many equal parts [-1, 1] is cut.

    Returns:
        ``(parts, 2)`` int64: for the biases e in each part, the largest l and the smallest h such
        that P[X <= l] <= level / 2, or P[X >= h] <= level / 2, for any e there; l may be -1 and h
        may be m + 1, which nothing reaches.
    """
    from scipy.special import betainc

    edges = np.linspace(-1, 1, parts + 1)[1:]
    # The most biased edge is a constant parity, where one row is enough.
    edges[-1] = np.nextafter(1, 0)
    low, high = np.zeros(parts, dtype=np.int64), np.full(parts, m + 1, dtype=np.int64)
    while (high - low > 1).any():
        middle = (low + high) // 2
        reached = np.clip(middle, 1, m)
        rare = betainc(reached, m - reached + 1, (1 - edges) / 2) <= level / 2
        unsettled = high - low > 1
        high = np.where(unsettled & rare, middle, high)
        low = np.where(unsettled & ~rare, middle, low)
    # What holds for ones at bias e holds for zeros at -e.
    return np.stack([m - high[::-1], high], axis=1)


def loosened(bounds: Indices) -> Indices:
    """For |e| in the first i + 1 of ``parts`` equal parts of [0, 1], the loosest of the bounds.

    Args:
        bounds: ``(parts, 2)`` as from :func:`parity_bounds`.

    Returns:
        ``(parts, 2)`` int64.
    """
    parts = len(bounds)
    reach = np.arange(1, parts + 1) / parts
    first = np.maximum(0, np.floor((1 - reach) * parts / 2).astype(np.int64) - 1)
    last = np.minimum(parts - 1, np.ceil((1 + reach) * parts / 2).astype(np.int64))
    # Both bounds fall as e grows.
    return np.stack([bounds[first, 0], bounds[last, 1]], axis=1)


def harmonic(count: float) -> float:
    """1 + 1/2 + ... + 1/N, within 1e-2 for N = 1 and 1e-8 for N >= 100."""
    return math.log(count) + _EULER + 1 / (2 * count) - 1 / (12 * count * count)


def first_level(tests: float, fdr: float) -> float:
    """The p-value at which a discovery that stands alone is made: fdr / (N H_N)."""
    return fdr / (tests * harmonic(tests))


def q_values(chances: Floats, tests: float) -> Floats:
    """The least false discovery rate at which each p-value is a discovery.

    For the i-th smallest of N p-values, min over j >= i of N H_N p_(j) / j, at most 1
    (Benjamini, Yekutieli 2001). The p-values that are not given count as larger than all that are.

    Args:
        chances: ``(r,)`` the smallest p-values.
        tests: N >= r.

    Returns:
        ``(r,)`` float64.
    """
    if not len(chances):
        return np.empty(0)
    order = np.argsort(chances, kind="stable")
    ranks = np.arange(1, len(chances) + 1)
    raw = tests * harmonic(tests) * chances[order] / ranks
    result = np.empty(len(chances))
    result[order] = np.minimum(1.0, np.minimum.accumulate(raw[::-1])[::-1])
    return result


def detectable_noise(m: int, level: float, failure: float) -> float | None:
    """The largest noise rate of a relation among unbiased columns that is found all but surely.

    With h the smallest number with 2 P[Binomial(m, 1/2) >= h] <= level, the largest eta with
    P[Binomial(m, 1 - eta) < h] <= failure; None if not even eta = 0 is found.
    """
    from scipy.special import betainc

    threshold = int(parity_bounds(m, level, 2)[0, 1])  # at e = 0, the first part's end
    if threshold > m:
        return None
    low, high = 0.0, 0.5
    for _ in range(50):
        middle = (low + high) / 2
        missed = float(betainc(m - threshold + 1, threshold, middle))
        low, high = (middle, high) if missed <= failure else (low, middle)
    return low
