"""Does the initialisation decide the time to success?

Trials that replay one start with fresh examples part ln t into what the start decides and what the
examples decide: a one-way analysis of variance with random effects. A learner that stumbles on S by
luck has no memory of where it began; for SGD, Barak et al. (2022, section 3.2, figure 2) find
times clustered by their start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from parity_compare.mechanism.verdict import Answer, Verdict, check_level
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.seeding import generator
from parity_compare.statistics import Interval

DECIDES = 0.5
"""The initialisation decides the time if more than this share of the variance of ln t is its."""
MOST_CENSORED = 0.1
"""Share of trials without success above which no question about variances is answered."""
FEWEST_STARTS = 3

QUESTION = "Does the initialisation decide the time to success?"

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Initialisation(Verdict):
    """How the variance of ln t parts between and within initialisations.

    Attributes:
        trials, starts: how many trials there are, of how many initialisations.
        censored: share of the trials that ended without success; they count at the time spent.
        icc: intraclass correlation, the share of the variance of ln t that lies between
            initialisations, with its confidence interval; 0 is no influence, and the estimate may
            fall below it by chance.
        between, within: standard deviations of ln t that the start and the examples cause; 0.1
            means that times differ by about a tenth.
        f: mean square between over mean square within.
        p: permutation p-value of f; the hypothesis is that the start has no influence at all.
    """

    trials: int
    starts: int
    censored: float
    icc: Interval
    between: float
    within: float
    f: float
    p: float


def initialisation(
    times: npt.ArrayLike,
    groups: npt.ArrayLike,
    solved: npt.ArrayLike,
    *,
    level: float = 0.05,
    resamples: int = 999,
    seed: int = 0,
) -> Initialisation:
    """Part the variance of ln t: t_ij = exp(mu + a_i + e_ij), start i, replay j.

    With MSB and MSW the mean squares between and within G starts of N trials, and
    n0 = (N - sum n_i^2 / N) / (G - 1), the number of replays if all starts have as many:

        ICC = (MSB - MSW) / (MSB + (n0 - 1) MSW)    (Fisher 1925; unequal groups: Searle 1971)

    Its interval is the jackknife over starts of Fisher's z = ln((1 + (n0 - 1) ICC) / (1 - ICC)),
    which is ln F for equal groups, with quantiles of Student's t on G - 1 degrees of freedom
    (Arvesen and Schmitz 1970). The interval from the law of F presumes normal a and e, and covers
    too rarely where the times of random search, whose logarithms are skewed, are among them.

    The answer is "yes" if the interval lies above :data:`DECIDES`, "no" if it lies below, else
    "undecided". It is "undecided" too if more than :data:`MOST_CENSORED` of the trials are
    censored: they enter at the time that they spent, which lies below their time to success.

    Args:
        times: ``(T,)`` steps or tries spent, positive.
        groups: ``(T,)`` labels of the initialisations.
        solved: ``(T,)`` whether the trial succeeded at its time.
        level: one minus the interval's confidence.
        resamples: permutations of the trials over the starts.
        seed: names the permutations.

    Raises:
        InvalidInput: the arrays do not match, a time is not positive, there are fewer than
            :data:`FEWEST_STARTS` starts, none of them was replayed, or the level is out of range or
            of reach.
    """
    check_level(level, resamples)
    spent, start, won = _checked(times, groups, solved)
    size = np.bincount(start)
    y = np.log(spent)
    sums = np.bincount(start, y - y.mean()).astype(np.float64)
    squares = np.bincount(start, (y - y.mean()) ** 2).astype(np.float64)
    parts = _parts(size, sums, squares)
    found = Initialisation(
        QUESTION,
        "undecided",
        "",
        trials=len(y),
        starts=len(size),
        censored=1 - float(won.mean()),
        icc=_interval(parts, size, sums, squares, level),
        between=math.sqrt(max(parts.between - parts.within, 0.0) / parts.replays),
        within=math.sqrt(parts.within),
        f=parts.f,
        p=_permutation_p(y, start, size, resamples, seed),
    )
    answer, sentence = _judge(found, level)
    return replace(found, answer=answer, sentence=sentence)


def _checked(
    times: npt.ArrayLike, groups: npt.ArrayLike, solved: npt.ArrayLike
) -> tuple[FloatArray, npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Times, numbers of the starts from 0, and successes."""
    spent = np.asarray(times, dtype=np.float64)
    labels, won = np.asarray(groups), np.asarray(solved, dtype=np.bool_)
    if spent.ndim != 1 or spent.shape != labels.shape or spent.shape != won.shape:
        raise InvalidInput(
            "times, groups and solved must be lists of one length, "
            f"got shapes {spent.shape}, {labels.shape} and {won.shape}"
        )
    wrong = spent[~(np.isfinite(spent) & (spent > 0))]
    if len(wrong):
        raise InvalidInput(f"times must be positive and finite, got {wrong[0]:g}")
    names, start = np.unique(labels, return_inverse=True)
    if len(names) < FEWEST_STARTS:
        raise InvalidInput(
            f"groups must name at least {FEWEST_STARTS} initialisations, got {len(names)}"
        )
    if len(names) == len(spent):
        raise InvalidInput(
            f"groups must name an initialisation twice or more, got {len(names)} different ones"
        )
    return spent, start, won


@dataclass(frozen=True)
class _Parts:
    """Mean squares between and within, and the mean number of replays n0."""

    between: float
    within: float
    replays: float

    @property
    def f(self) -> float:
        if self.within == 0:
            return math.inf if self.between > 0 else math.nan
        return self.between / self.within

    @property
    def icc(self) -> float:
        total = self.between + (self.replays - 1) * self.within
        return (self.between - self.within) / total if total > 0 else math.nan


def _parts(size: npt.NDArray[np.intp], sums: FloatArray, squares: FloatArray) -> _Parts:
    """From each start's count, sum and sum of squares, ``(G,)`` each."""
    count, starts = int(size.sum()), len(size)
    inside = float((squares - sums**2 / size).sum())
    middle = float((sums**2 / size).sum()) - float(sums.sum()) ** 2 / count
    # Differences of equal numbers leave rounding errors, which are no variance.
    dust = 1e-12 * float(squares.sum())
    inside, middle = (0.0 if part <= dust else part for part in (inside, middle))
    replays = (count - float((size**2).sum()) / count) / (starts - 1)
    within = inside / (count - starts) if count > starts else math.nan
    return _Parts(middle / (starts - 1), within, replays)


def _interval(
    parts: _Parts,
    size: npt.NDArray[np.intp],
    sums: FloatArray,
    squares: FloatArray,
    level: float,
) -> Interval:
    from scipy.special import stdtrit  # Student's quantile, without the second that stats takes

    replays, starts = parts.replays, len(size)
    if math.isnan(parts.icc) or parts.icc == 1:
        return Interval(parts.icc, parts.icc, parts.icc)

    def z(icc: float) -> float:
        rest = 1 - icc
        share = 1 + (replays - 1) * icc
        return math.log(share / rest) if share > 0 and rest > 0 else math.nan

    without = [
        z(_parts(size[others], sums[others], squares[others]).icc)
        for others in (np.arange(starts) != left_out for left_out in range(starts))
    ]
    pseudo = starts * z(parts.icc) - (starts - 1) * np.array(without)
    half = -float(stdtrit(starts - 1, level / 2)) * float(pseudo.std(ddof=1)) / math.sqrt(starts)
    if not math.isfinite(half):  # all the variance hangs on one start
        return Interval(parts.icc, -1 / (replays - 1), 1.0)
    ends = (float(pseudo.mean()) + side * half for side in (-1, 1))
    low, high = ((math.exp(end) - 1) / (math.exp(end) + replays - 1) for end in ends)
    return Interval(parts.icc, low, high)


def _permutation_p(
    y: FloatArray,
    start: npt.NDArray[np.intp],
    size: npt.NDArray[np.intp],
    resamples: int,
    seed: int,
) -> float:
    """Share of permutations, the identity included, whose F is at least the observed one.

    The total is the same for all of them, so F grows with the sum of squares between.
    """
    rng = generator("initialisation", seed)
    centred = y - y.mean()
    observed = float((np.bincount(start, centred) ** 2 / size).sum())
    least = observed * (1 - 1e-12)
    reached = sum(
        float((np.bincount(start, rng.permutation(centred)) ** 2 / size).sum()) >= least
        for _ in range(resamples)
    )
    return (1 + reached) / (1 + resamples)


def _judge(found: Initialisation, level: float) -> tuple[Answer, str]:
    icc, trials = found.icc, found.trials
    if math.isnan(icc.estimate):
        return "undecided", f"All {trials} trials took the same time: there is nothing to explain."
    statistic = (
        f"{icc.estimate:.2f} of the variance of ln t lies between the {found.starts} "
        f"initialisations of {trials} trials ({100 * (1 - level):g} % interval {icc.low:.2f} to "
        f"{icc.high:.2f}; no influence at all: F = {found.f:.3g}, p = {found.p:.2g})"
    )
    lost = (
        f"{100 * found.censored:.2g} % of the trials did not succeed and count at the time they "
        "spent"
    )
    if found.censored > MOST_CENSORED:
        return "undecided", f"{statistic}, but {lost}."
    if found.censored:
        statistic = f"{statistic}; {lost}"
    if icc.low > DECIDES:
        return "yes", f"{statistic}: the start decides more of it than the examples."
    if icc.high < DECIDES:
        return "no", f"{statistic}: the examples decide more of it than the start."
    return "undecided", f"{statistic}: which share is the larger cannot be told."
