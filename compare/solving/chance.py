"""How probably luck makes an answer that agrees so well, and how many rows would tell.

Null hypothesis: the labels were dealt out to the rows at random. If w of m rows have parity 1 and b
have label 1, the number H of rows with both is hypergeometric, and m - w - b + 2 H rows agree. No
assumption is made on the columns, nor that half of the labels are 1. The one parity whose
agreement cannot differ, that of no column, is compared with coin tosses instead.

Many parities are compared, and a union bound pays for that. Where k is told they count for

    N = min(2 C(n, k), 2^(r + 1))

candidates, the constants 0 and 1 included: with r the rank, no more label these rows differently.
Otherwise half of the error is dealt out to the sizes s = 0, 1, ..., in shares of
1 / ((s + 1) (s + 2)), and within a size to all its 2 C(n, s) parities alike; the other half is
dealt out to the 2^(r + 1) labellings alike. A parity is hence one of

    N = min(4 (s + 1) (s + 2) C(n, s), 4 * 2^r)

candidates, and whatever size the search ends at, some parity is vouched for by luck with
probability at most the chance that was allowed.
"""

from __future__ import annotations

import math

from parity_compare.algorithms.acceptance import acceptance_threshold, chance_of_agreement
from parity_compare.algorithms.binomial_tails import ln_upper_tail

_LEAST_LN = math.log(1e-300)
_MOST_ROWS = 1 << 40


def candidates(n: int, size: int, rank: int, *, told: bool) -> int:
    """The number N of candidates that a parity of ``size`` columns counts for.

    Args:
        n: number of columns.
        size: columns of the parity.
        rank: rank r of the rows, each added to the first.
        told: whether the size was told.
    """
    if told:
        return min(2 * math.comb(n, size), 2 << rank)
    return min(4 * (size + 1) * (size + 2) * math.comb(n, size), 4 << rank)


def chance(agreements: int, m: int, label_ones: int, parity_ones: int, candidates: int) -> float:
    """Bound on the probability that the best of so many parities agrees so well by luck.

    What is below 1e-300 is given as 1e-300, never as zero.

    Args:
        agreements: rows whose label the parity has.
        m: number of rows.
        label_ones, parity_ones: rows with label 1, and with parity 1.
        candidates: the number N of parities that are compared.
    """
    rest = m - label_ones - parity_ones
    both = (agreements - rest) // 2
    log = math.log(candidates) + ln_overlap(both, m, label_ones, parity_ones)
    return math.exp(min(0.0, max(_LEAST_LN, log)))


def ln_overlap(both: int, m: int, first: int, second: int) -> float:
    """ln of a bound on P[H >= both], H hypergeometric: common rows of two sets of rows.

    The terms of the tail fall faster than geometrically, so the tail is at most its first term over
    1 - q with q the ratio of its first two. Below the mode the bound is 1.

    Args:
        both: number of common rows.
        m: number of rows.
        first, second: sizes of the sets, of which one is drawn at random.
    """
    most, least = min(first, second), max(0, first + second - m)
    if both <= least:
        return 0.0
    if both > most:
        return -math.inf
    ratio = (first - both) * (second - both) / ((both + 1) * (m - first - second + both + 1))
    if ratio >= 1:
        return 0.0
    term = _ln_comb(first, both) + _ln_comb(m - first, second - both) - _ln_comb(m, second)
    return min(0.0, term - math.log1p(-ratio))


def _ln_comb(a: int, b: int) -> float:
    return math.lgamma(a + 1) - math.lgamma(b + 1) - math.lgamma(a - b + 1)


def rows_to_tell(noise: float, candidates: int, allowed: float) -> int | None:
    """Rows at which an agreement of 1 - ``noise`` is luck with probability at most ``allowed``.

    For labels of which half are 1. None if more than 2^40 are needed.

    Args:
        noise: share of rows that disagree, below 1/2.
        candidates: the number N of parities that are compared.
        allowed: the probability.
    """

    def told(m: int) -> bool:
        agreements = math.floor((1 - noise) * m)
        return chance_of_agreement(agreements, m, candidates) <= allowed

    high = 1
    while not told(high):
        high *= 2
        if high > _MOST_ROWS:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if told(middle) else (middle, high)
    return high


def rate_within(share: float, m: int, missed: float) -> float:
    """The largest noise rate at which more than a share of m labels is wrong so rarely.

    A search that would find an answer of which that share of the rows is wrong, whichever rows
    these are, misses one of that noise rate with probability ``missed`` at most for this reason:
    all its tries look at the same rows.

    Args:
        share: the share of wrong labels that is allowed, in [0, 1].
        m: number of rows.
        missed: the probability that there are more.
    """
    beyond = math.floor(share * m) + 1
    low, high = 0.0, min(share, 0.5)
    for _ in range(40):
        middle = (low + high) / 2
        rare = ln_upper_tail(beyond, m, middle) <= math.log(missed)
        low, high = (middle, high) if rare else (low, middle)
    return low


def noise_that_shows(m: int, candidates: int, allowed: float, missed: float) -> float:
    """The largest noise rate at which a parity is told from luck but for a chance of ``missed``.

    For labels of which half are 1; 0 if even full agreement may be luck.

    Args:
        m: number of rows.
        candidates: the number N of parities that are compared.
        allowed: the probability at which luck is ruled out.
        missed: the probability that the labels are noisier than usual and it is not.
    """
    from scipy.special import bdtr

    threshold = acceptance_threshold(m, candidates, allowed)
    if threshold > m:
        return 0.0
    low, high = 0.0, 0.5
    for _ in range(40):
        middle = (low + high) / 2
        fails = float(bdtr(threshold - 1, m, 1 - middle))
        low, high = (middle, high) if fails <= missed else (low, middle)
    return low
