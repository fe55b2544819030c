"""How many examples tell the hidden subset from all others, whatever time a learner has.

Let N = C(n, k) subsets be equally likely. The labels of a wrong subset are independent fair coins
beside the right ones, so on m examples a wrong subset has Binomial(m, 1/2) mismatches and the right
one Binomial(m, eta). Everything below follows from these two laws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.acceptance import LEAST_BIAS, sample_size
from parity_compare.algorithms.forecast import ln_subset_count
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.ln_binomials import ln_binomial_tail, ln_half_binomial
from parity_compare.theory.checks import check_at_least, check_instance, check_open_unit

_REACH = 40  # standard deviations past which chances are below what a double holds
_FINENESS = 64  # parts that a standard deviation is cut into, where it holds more values
_PROBES = 64  # places that a search looks at together
_TINY = 1e-290
_NORMAL_VARIANCE = 1e4  # of the mismatches, above which their tails are those of a saddle point
_MOST_LN = 700.0  # whose exponential a double holds
_MOST_ACCEPTED = 690.0  # ln of 1e300, the most subsets that the acceptance rule is computed for

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class InformationSamples:
    """Examples that are necessary and sufficient at a stated chance of failure.

    Attributes:
        ln_subsets: ln C(n, k).
        capacity: bits that a label tells at most, 1 - H2(eta).
        fano: lower bound for every learner by Fano's inequality.
        necessary: lower bound for every learner, by counting at finite m; at least ``fano``.
        sufficient: at which the likeliest subset, with no limit on time, is the right one.
        verified: at which the answer can moreover be told from luck: the right subset passes, and
            none of the wrong ones does, a threshold on the agreements; what ``exhaustive`` draws.
        failure: the chance of failure that all of them are for.
    """

    ln_subsets: float
    capacity: float
    fano: float
    necessary: int
    sufficient: int
    verified: int
    failure: float


@dataclass(frozen=True)
class RandomTries:
    """Tries of a search that guesses k-subsets with replacement: geometric.

    Attributes:
        mean: C(n, k), inf where a double cannot hold it.
        deviation: standard deviation of the number of tries.
    """

    mean: float

    @property
    def deviation(self) -> float:
        """sqrt(1 - p) / p for p = 1 / mean."""
        return self.mean if math.isinf(self.mean) else math.sqrt(self.mean * (self.mean - 1))

    def chance(self, tries: float) -> float:
        """The probability that so many tries are enough, 1 - (1 - p)^tries."""
        if self.mean == 1:
            return float(tries >= 1)
        return -math.expm1(math.floor(tries) * math.log1p(-1 / self.mean))

    def quantile(self, probability: float) -> float:
        """The least number of tries that is enough with this probability.

        Args:
            probability: in (0, 1).
        """
        check_open_unit("probability", probability)
        if self.mean == 1 or math.isinf(self.mean):
            return self.mean
        # A quotient that is whole but for rounding is that whole number.
        return float(math.ceil(math.log1p(-probability) / math.log1p(-1 / self.mean) - 1e-9)) or 1.0


def random_search_tries(n: int, k: int) -> RandomTries:
    """Tries until a uniformly guessed k-subset is the hidden one (Barak et al. 2022, section 3.2).

    Raises:
        InvalidInput: no such instance.
    """
    check_instance(n, k)
    count = math.comb(n, k) if ln_subset_count(n, k) < _MOST_LN else math.inf
    return RandomTries(float(count))


def information_samples(
    n: int, k: int, noise: float = 0.0, failure: float = 0.01
) -> InformationSamples:
    """The sample sizes of information theory.

    Necessary: under labels that are coin tosses, an answer is right with probability 1/N. Hence it
    would be a test of Binomial(m, eta) against Binomial(m, 1/2) mismatches of level ``failure`` and
    of power 1/N, and the best such test is Neyman and Pearson's (Polyanskiy, Poor, Verdu 2010,
    Theorem 26). Without noise this is counting: N (1 - failure) <= 2^m. Fano's inequality says
    less: m (1 - H2(eta)) >= ln N / ln 2 - H2(failure) - failure ln(N - 1) / ln 2.

    Sufficient: the likeliest subset errs with probability at most
    E[min(1, (N - 1) P[Binomial(m, 1/2) <= M])], M ~ Binomial(m, eta), ties counted as errors (the
    random-coding union bound, ibid., Theorem 16).

    Where the variance of the mismatches exceeds 1e4, chances come from
    :func:`~parity_compare.problems.ln_binomials.ln_binomial_tail`, right to 1e-6 of themselves. For
    a bias 1 - 2 eta below :data:`~parity_compare.algorithms.acceptance.LEAST_BIAS` the three whole
    numbers are those at that bias, scaled by the bias's inverse square, which is their law as the
    mismatches become normal: they are right to about 1e-3.

    Args:
        n, k: the instance.
        noise: noise rate eta in [0, 0.5).
        failure: in (0, 1), the probability that the answer is wrong.

    Raises:
        InvalidInput: an argument is out of range.
    """
    check_instance(n, k, noise)
    check_open_unit("failure", failure)
    least_bias_noise = (1 - LEAST_BIAS) / 2
    if noise > least_bias_noise:
        return _scaled(information_samples(n, k, least_bias_noise, failure), noise)
    ln_count = max(0.0, ln_subset_count(n, k))
    capacity = label_capacity(noise)
    fano = _fano(ln_count, capacity, failure)
    necessary = _necessary(ln_count, noise, failure, fano)
    sufficient = _least(lambda m: union_bound(m, noise, ln_count) <= failure, necessary)
    return InformationSamples(
        ln_subsets=ln_count,
        capacity=capacity,
        fano=fano,
        necessary=necessary,
        sufficient=sufficient,
        verified=_verified(noise, ln_count, failure, necessary),
        failure=failure,
    )


def necessary_samples(n: int, k: int, noise: float = 0.0, failure: float = 0.01) -> int:
    """The lower bound ``necessary`` of :func:`information_samples` alone, in a third of its time.

    Args:
        n, k: the instance.
        noise: noise rate eta in [0, 0.5).
        failure: in (0, 1), the probability that the answer is wrong.

    Raises:
        InvalidInput: an argument is out of range.
    """
    check_instance(n, k, noise)
    check_open_unit("failure", failure)
    least_bias_noise = (1 - LEAST_BIAS) / 2
    if noise > least_bias_noise:
        known = necessary_samples(n, k, least_bias_noise, failure)
        return math.ceil(known * (LEAST_BIAS / (1 - 2 * noise)) ** 2)
    ln_count = max(0.0, ln_subset_count(n, k))
    return _necessary(ln_count, noise, failure, _fano(ln_count, label_capacity(noise), failure))


def _fano(ln_count: float, capacity: float, failure: float) -> float:
    bits = ln_count / math.log(2)
    ln_others = _ln_others(ln_count)
    others = 0.0 if ln_others == -math.inf else ln_others / math.log(2)
    return max(0.0, bits - binary_entropy(failure) - failure * others) / capacity


def _necessary(ln_count: float, noise: float, failure: float, fano: float) -> int:
    least = math.ceil(fano - 1e-9)
    return _least(lambda m: ln_best_power(m, noise, failure) <= -ln_count, least)


def _scaled(known: InformationSamples, noise: float) -> InformationSamples:
    """The sample sizes at a bias below :data:`LEAST_BIAS`, from those that are known there."""
    factor = (LEAST_BIAS / (1 - 2 * noise)) ** 2
    capacity = label_capacity(noise)
    return replace(
        known,
        capacity=capacity,
        fano=known.fano * known.capacity / capacity,
        necessary=math.ceil(known.necessary * factor),
        sufficient=math.ceil(known.sufficient * factor),
        verified=math.ceil(known.verified * factor),
    )


def binary_entropy(p: float) -> float:
    """H2(p) = -p log2 p - (1 - p) log2 (1 - p), in bits."""
    if not 0 <= p <= 1:
        raise InvalidInput(f"p must lie in [0, 1], got {p}")
    return 0.0 if p in (0, 1) else -(p * math.log2(p) + (1 - p) * math.log2(1 - p))


def label_capacity(noise: float) -> float:
    """1 - H2(eta), the bits that a label tells about the hidden subset at most.

    Near eta = 1/2 it is 2 / ln 2 (1/2 - eta)^2 and more, which a difference would lose.
    """
    if not 0 <= noise < 0.5:
        raise InvalidInput(f"noise must lie in [0, 0.5), got {noise}")
    bias = 1 - 2 * noise
    if bias == 1:
        return 1.0
    # With d the bias, H2 loses (1 + d)/2 ln(1 + d) + (1 - d)/2 ln(1 - d) of ln 2.
    lost = ((1 + bias) * math.log1p(bias) + (1 - bias) * math.log1p(-bias)) / 2
    if bias < 1e-4:  # d^2/2 + d^4/12, where the two terms above cancel
        lost = bias**2 / 2 + bias**4 / 12
    return lost / math.log(2)


def union_bound(m: int, noise: float, ln_subsets: float) -> float:
    """Bound on the chance that the likeliest of the subsets is a wrong one, ties being errors.

    Values of the mismatches are summed one by one while a standard deviation holds few of them, and
    by blocks, each at its worst, beyond.

    Args:
        m: number of examples, at least 0.
        noise: eta in [0, 0.5).
        ln_subsets: ln N.
    """
    check_at_least("m", m, 0)
    ln_others = _ln_others(ln_subsets)
    if ln_others == -math.inf:
        return 0.0
    deviation = math.sqrt(m) / 2
    width = max(1, int(deviation / _FINENESS))
    # From this many mismatches on a wrong subset does as well for certain.
    certain = _largest(m, lambda w: ln_others + ln_lower_tail(w, m) <= 0)
    reach = math.ceil(_REACH * deviation)
    certain = min(certain, m // 2 + reach)  # one other subset is never certain to do as well
    # All below are one block.
    first = max(-1, min(certain, m // 2) - reach - width)
    ends = np.arange(certain, first, -width)[::-1]
    if not len(ends):
        return 1.0
    # Differences are taken in the tail that is the smaller one.
    edges = np.append(-1, ends)
    below = int(np.searchsorted(edges, m * noise, side="right")) - 1
    up_to = _lower_tail(edges[: below + 1], m, noise)
    beyond = _upper_tail(edges[below:], m, noise)
    share = np.append(np.diff(up_to), -np.diff(beyond))
    beaten = np.exp(np.minimum(0.0, ln_others + ln_lower_tail(ends, m)))
    rest = float(_upper_tail(certain, m, noise))
    return min(1.0, rest + float((np.maximum(share, 0) * beaten).sum()))


def ln_best_power(m: int, noise: float, failure: float) -> float:
    """ln of the least chance with which coin tosses pass a test that true labels hardly ever fail.

    The test looks at the mismatches of one subset with m labels; true labels, of noise rate eta,
    fail it with probability ``failure`` at most. The best test passes fewer than t mismatches, and
    t of them by lot.

    Args:
        m: number of examples, at least 0.
        noise: eta in [0, 0.5).
        failure: in (0, 1).
    """
    check_at_least("m", m, 0)
    if m == 0:
        return math.log1p(-failure)
    if noise == 0:
        return math.log1p(-failure) - m * math.log(2)
    # The least t at which passing t mismatches as well leaves at most ``failure``.
    t = _largest(m, lambda w: _upper_tail(w, m, noise) > failure) + 1
    over = failure - float(_upper_tail(t, m, noise))
    ln_fair = ln_half_binomial(m, t)
    ln_mass = ln_fair + t * math.log(2 * noise) + (m - t) * math.log(2 * (1 - noise))
    refused = min(1.0, over / math.exp(ln_mass)) if ln_mass > -700 else 0.0
    terms = [math.log1p(-refused) + ln_fair] if refused < 1 else []
    if t > 0:
        terms.append(float(ln_lower_tail(t - 1, m)[()]))
    return float(np.logaddexp.reduce(terms))


def ln_lower_tail(w: npt.ArrayLike, m: int) -> npt.NDArray[np.float64]:
    """ln P[Binomial(m, 1/2) <= w].

    Below 1e-290, and for an m too small for a saddle point, its largest term over 1 - r stands in,
    a bound from above: each further term is at most r = w / (m - w + 1) of the one before.
    """
    from scipy.special import gammaln

    mismatches = np.asarray(w, dtype=np.float64)
    if _is_wide(m, 0.5):
        return ln_binomial_tail(m - mismatches, m, 0.5)
    tail = _lower_tail(mismatches, m, 0.5)
    choices = gammaln(m + 1.0) - gammaln(mismatches + 1) - gammaln(m - mismatches + 1)
    ratio = np.minimum(mismatches / (m - mismatches + 1), 0.999)
    small = choices - m * math.log(2) - np.log1p(-ratio)
    return np.where(tail > _TINY, np.log(np.maximum(tail, _TINY)), small)


def _lower_tail(w: npt.ArrayLike, m: int, p: float) -> npt.NDArray[np.float64]:
    """P[Binomial(m, p) <= w]."""
    from scipy.special import betaincc

    if _is_wide(m, p):
        return np.exp(ln_binomial_tail(m - np.asarray(w, dtype=np.float64), m, 1 - p))
    return _tail(betaincc, w, m, p, (0.0, 1.0))


def _upper_tail(w: npt.ArrayLike, m: int, p: float) -> npt.NDArray[np.float64]:
    """P[Binomial(m, p) > w]."""
    from scipy.special import betainc

    if _is_wide(m, p):
        return np.exp(ln_binomial_tail(np.asarray(w, dtype=np.float64) + 1, m, p))
    return _tail(betainc, w, m, p, (1.0, 0.0))


def _is_wide(m: int, p: float) -> bool:
    return m * p * (1 - p) > _NORMAL_VARIANCE


def _tail(
    beta: Callable[..., Any], w: npt.ArrayLike, m: int, p: float, ends: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """I_p(w + 1, m - w) or its complement; ``ends`` are its values at w < 0 and at w >= m."""
    values = np.asarray(w, dtype=np.float64)
    inside = np.clip(values, 0, max(m - 1, 0))
    tail = beta(inside + 1, np.maximum(m - inside, 1), p)
    return np.where(values < 0, ends[0], np.where(values >= m, ends[1], tail))


def _ln_others(ln_subsets: float) -> float:
    """ln (N - 1)."""
    less = -math.expm1(-ln_subsets)
    return ln_subsets + math.log(less) if less > 1e-12 else -math.inf


def _verified(noise: float, ln_subsets: float, failure: float, least: int) -> int:
    """What :func:`.acceptance.sample_size` says, or its rule where it takes no more subsets."""
    if ln_subsets < _MOST_ACCEPTED:
        return sample_size(math.exp(ln_subsets), noise, failure)
    return _least(lambda m: _can_verify(m, noise, ln_subsets, failure), least)


def _can_verify(m: int, noise: float, ln_subsets: float, failure: float) -> bool:
    """Whether a threshold on the mismatches parts the right subset from all others."""
    ln_failure = math.log(failure)
    passed = _largest(m, lambda w: ln_subsets + ln_lower_tail(w, m) <= ln_failure)
    return float(_upper_tail(passed, m, noise)) <= failure


def _largest(m: int, holds: Callable[[Whole], npt.NDArray[np.bool_]]) -> int:
    """The largest w in 0..m at which a property holds that is lost from some w on; -1 for none."""
    low, high = -1, m + 1
    while high - low > 1:
        step = -(-(high - low) // _PROBES)
        probes = np.arange(low + step, high, step, dtype=np.int64)
        held = int(np.count_nonzero(holds(probes)))
        low, high = low + held * step, min(high, low + (held + 1) * step)
    return low


def _least(enough: Callable[[int], bool], start: int) -> int:
    """The least m >= ``start`` that is enough, more being enough as well."""
    if enough(start):
        return start
    low, step = start, max(1, start // 16)
    while not enough(low + step):
        low, step = low + step, 2 * step
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
