"""Is the time to success memoryless, as it is for a search that stumbles on S by luck?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parity_compare.mechanism.survival import (
    Hazard,
    LifeTable,
    Times,
    checked_times,
    hazard_curve,
    kaplan_meier,
    life_table,
    success_rate,
    time_on_test,
)
from parity_compare.mechanism.verdict import Answer, Verdict, check_level
from parity_compare.mechanism.weibull import Fit, fit_weibull, shape_interval
from parity_compare.problems.seeding import generator
from parity_compare.statistics import Interval

Floats = npt.NDArray[np.float64]

QUESTION = "Is the time to success memoryless?"
BAND = (0.8, 1.25)
"""Shapes of the hazard that count as constant."""
FEWEST_SUCCESSES = 5
EARLY = 0.1
"""Share of the time under risk that counts as early."""

_TESTS = 3
_CELLS = 100
_TAIL_CELLS = 25
_MOST_LIMITS = 50  # distinct censored times that become edges of cells
_FUZZ = 1e-6  # by how much rounding may part statistics that are equal


@dataclass(frozen=True)
class Memoryless(Verdict):
    """Whether times to success follow a geometric (counted) or exponential (measured) law.

    Statistics that cannot be had, for want of successes, are nan.

    Attributes:
        trials, successes: how many; the other trials are censored.
        counted: whether times are whole numbers.
        rate: chance of success per unit of time with its interval: successes / time under risk.
        shape: Weibull shape with its interval; 1 is memoryless, above 1 the chance rises with time.
        likelihood_ratio, likelihood_ratio_p: 2 ln of the Weibull's over the memoryless law's
            likelihood, and its bootstrap p-value.
        anderson_darling, anderson_darling_p: distance of the Kaplan-Meier curve from the memoryless
            law, and its bootstrap p-value.
        early, early_expected, early_p: successes within the first tenth of the time under risk, how
            many a memoryless search would have had there, and the chance of so few.
        p: the three p-values together, by Bonferroni.
        hazard: the chance of success per unit of time along the trial.
    """

    trials: int
    successes: int
    counted: bool
    rate: Interval
    shape: Interval
    likelihood_ratio: float
    likelihood_ratio_p: float
    anderson_darling: float
    anderson_darling_p: float
    early: int
    early_expected: float
    early_p: float
    p: float
    hazard: tuple[Hazard, ...] = field(repr=False)


class Early(NamedTuple):
    """Successes early in the trials.

    Attributes:
        successes: how many there were.
        expected: how many a memoryless search has there.
        p: its chance of having so few.
    """

    successes: int
    expected: float
    p: float


def memoryless(
    times: Sequence[float] | npt.NDArray[np.generic],
    solved: Sequence[bool] | npt.NDArray[np.bool_],
    *,
    level: float = 0.05,
    resamples: int = 999,
    seed: int = 0,
) -> Memoryless:
    """Test whether the chance of success is the same at any time, given none before.

    The null model is the geometric law if all times are whole numbers, else the exponential law.
    Whole times with a common divisor, as of a learner that is tested at every tenth step only, are
    counted in that divisor. Three tests are made:

    - the likelihood-ratio test against Weibull times (:func:`.weibull.fit_weibull`), which finds a
      chance of success that rises or falls with time;
    - the Anderson-Darling distance of the Kaplan-Meier curve, which finds any other law
      (:func:`anderson_darling`);
    - an exact test whether early successes are missing (:func:`early_successes`), which is the
      second argument of Barak et al. 2022, section 3.2, that SGD is no random search.

    The first two take their p-values from a parametric bootstrap: trials drawn from the fitted
    memoryless law, censored by the Kaplan-Meier law of the censored times (Efron 1981), are fitted
    and measured like the data.

    The answer is ``no`` if the smallest of the three p-values is at most level / 3 (Bonferroni).
    Not to be rejected is no proof, so the answer is ``yes`` only if besides the whole interval of
    the Weibull shape lies within :data:`BAND`; else ``undecided``, as with fewer than five
    successes.

    Args:
        times: ``(T,)``, what every trial spent: steps, tries or seconds.
        solved: ``(T,)``, whether it succeeded then; an unsolved trial is censored there, and
            censoring must not depend on how near success was.
        level: chance of answering ``no`` where times are memoryless, in (0, 1).
        resamples: bootstrap samples.
        seed: names them.

    Raises:
        InvalidInput: times or solved break their rules, a level outside of (0, 1), or too few
            resamples to reject at this level.
    """
    check_level(level, resamples, tests=_TESTS)
    observed = checked_times(times, solved)
    hazard = hazard_curve(observed, level=1 - level)
    if observed.successes < FEWEST_SUCCESSES:
        return _too_few(observed, len(times), hazard)

    data = in_ticks(observed)
    table = life_table(data, cells(data))
    null, weibull = fit_weibull(table, shape=1), fit_weibull(table)
    ratio, distance = _statistics(table, null, weibull)
    drawn = simulate(table, float(null.scale[0]), resamples, generator("memoryless", seed))
    ratios, distances = _statistics(drawn, fit_weibull(drawn, shape=1), fit_weibull(drawn))
    ratio_p = float(1 + np.sum(ratios >= ratio[0] - _FUZZ)) / (resamples + 1)
    distance_p = float(1 + np.sum(distances >= distance[0] - _FUZZ)) / (resamples + 1)
    early = early_successes(data)
    p = min(1.0, _TESTS * min(ratio_p, distance_p, early.p))
    shape = Interval(float(weibull.shape[0]), *shape_interval(table, weibull, level=1 - level))
    answer: Answer = "undecided"
    if p <= level:
        answer = "no"
    elif BAND[0] <= shape.low and shape.high <= BAND[1]:
        answer = "yes"
    return Memoryless(
        question=QUESTION,
        answer=answer,
        sentence=_sentence(answer, observed.counted, shape, early, p, level),
        trials=len(times),
        successes=observed.successes,
        counted=observed.counted,
        rate=success_rate(observed.successes, observed.exposure, observed.counted, 1 - level),
        shape=shape,
        likelihood_ratio=float(ratio[0]),
        likelihood_ratio_p=ratio_p,
        anderson_darling=float(distance[0]),
        anderson_darling_p=distance_p,
        early=early.successes,
        early_expected=early.expected,
        early_p=early.p,
        p=p,
        hazard=hazard,
    )


def in_ticks(times: Times) -> Times:
    """Whole times in units of their common divisor; others as they are.

    Of a learner that is tested at every tenth step, only tens are ever seen, and a memoryless one
    is geometric in tens. Two values alone always have some divisor, so three are asked for.
    Censored times are rounded down to whole ticks, which all had passed without success.
    """
    found = times.spent[times.solved]
    if not times.counted or len(np.unique(found)) < 3:
        return times
    tick = int(np.gcd.reduce(found.astype(np.int64)))
    if tick == 1:
        return times
    ticks = np.floor(times.spent / tick)
    told = ticks > 0
    return Times(ticks[told], times.solved[told], counted=True)


def cells(times: Times) -> Floats:
    """Edges of cells of about equal chance under the fitted memoryless law, finer at both ends.

    Chances from 1e-7 to 1 - 1e-7 are covered; the censored times are edges too while there are
    few of them, as where all trials share one limit. Edges of counted times are whole numbers.
    """
    tail = np.geomspace(1e-7, 1 / _CELLS, _TAIL_CELLS, endpoint=False)
    share = np.arange(1, _CELLS) / _CELLS
    units = np.concatenate([-np.log1p(-tail), -np.log1p(-share), -np.log(tail)])
    edges = units * times.exposure / times.successes
    limits = np.unique(times.spent[~times.solved])
    if len(limits) <= _MOST_LIMITS:
        edges = np.concatenate([edges, limits])
    if times.counted:
        edges = np.maximum(np.round(edges), 1)
    return np.unique(edges)


def simulate(table: LifeTable, scale: float, resamples: int, rng: np.random.Generator) -> LifeTable:
    """Life tables of as many trials whose times are exponential, censored as in ``table``.

    The share that is censored at an edge, of those that come to it, is the table's: the
    Kaplan-Meier law of the censored times.

    Args:
        table: ``(J,)``, what was seen.
        scale: mean of the exponential law.
        resamples: how many tables, B.
        rng: where they come from.

    Returns:
        Tables ``(B, J)``.
    """
    chance = -np.expm1(-np.diff(table.edges, prepend=0.0) / scale)
    survivors = table.at_risk - table.events
    cut = table.censored / np.maximum(survivors, 1)
    at_risk, events, censored = (
        np.zeros((resamples, len(table.edges)), dtype=np.int64) for _ in range(3)
    )
    watched = np.full(resamples, table.at_risk[0])
    for j in range(len(table.edges)):
        at_risk[:, j] = watched
        events[:, j] = rng.binomial(watched, chance[j])
        watched = watched - events[:, j]
        if cut[j] > 0:
            censored[:, j] = rng.binomial(watched, cut[j])
            watched = watched - censored[:, j]
        if not watched.any():
            break
    return LifeTable(table.edges, at_risk, events, censored)


def anderson_darling(table: LifeTable, scale: Floats) -> Floats:
    """The distance of the Kaplan-Meier curve from exponential laws, weighted towards both ends.

    With F the law, p_j its chance of cell j, and K the Kaplan-Meier estimate of F,

        A^2 = T * sum over j of (K_j - F_j)^2 / (F_j (1 - F_j)) * p_j

    over the cells that somebody reached. It is the statistic of Anderson and Darling (1954) in the
    form of Choulakian, Lockhart and Stephens (1994) for counted times, with the Kaplan-Meier
    estimate in place of the shares of a full sample (Koziol and Green 1976), up to the end of
    watching (Pettitt and Stephens 1976).

    Args:
        table: ``(B, J)`` of T trials each.
        scale: ``(B,)``, the laws' means.

    Returns:
        A^2 ``(B,)``.
    """
    unsolved = np.exp(-table.edges / scale[:, np.newaxis])
    chance = -np.diff(unsolved, prepend=1.0, axis=1)
    gap = kaplan_meier(table) - unsolved
    spread = np.maximum(unsolved * (1 - unsolved), 1e-300)
    weight = np.where(table.at_risk > 0, chance / spread, 0.0)
    return np.asarray(np.max(table.at_risk, axis=-1) * np.sum(gap**2 * weight, axis=1))


def early_successes(times: Times) -> Early:
    """Successes within the first tenth of all trials' time under risk, and their chance.

    Line up all trials' first steps, then all second steps of those unsolved, and so on. Under a
    memoryless law every step in the line succeeds with the same chance, so that given the number
    of successes all places in the line are alike (Epstein and Sobel 1953 for exponential times:
    the total time on test). The successes among the first tenth are then hypergeometric, or
    binomial if time is measured. If no trial is censored the last success ends the line, and only
    the others have a free place.
    """
    from scipy.stats import binom, hypergeom

    exposure = times.exposure
    found = times.spent[times.solved]
    # time_on_test is linear between the trials' times, so the inverse is an interpolation.
    grid = np.unique(np.append(times.spent, 0.0))
    until = float(np.interp(EARLY * exposure, time_on_test(times, grid), grid))
    if times.counted:
        until = max(1.0, math.floor(until))
    passed = float(time_on_test(times, until))
    successes = int(np.searchsorted(found, until, side="right"))
    complete = bool(times.solved.all())
    free = times.successes - complete
    places = exposure - (complete and times.counted)
    expected = free * passed / places if places else 0.0
    if times.counted:
        # scipy's order: how many places there are, how many of them succeed, how many are early.
        chance = hypergeom.cdf(successes, round(places), free, min(round(passed), round(places)))
    else:
        chance = binom.cdf(successes, free, passed / places)
    return Early(successes, expected, float(chance))


def _statistics(table: LifeTable, null: Fit, weibull: Fit) -> tuple[Floats, Floats]:
    """Likelihood ratios and Anderson-Darling distances ``(B,)`` of B tables."""
    ratio = 2 * np.maximum(weibull.likelihood - null.likelihood, 0)
    batch = table._replace(at_risk=np.atleast_2d(table.at_risk), events=np.atleast_2d(table.events))
    return ratio, anderson_darling(batch, null.scale)


def _sentence(
    answer: Answer, counted: bool, shape: Interval, early: Early, p: float, level: float
) -> str:
    law = "geometric" if counted else "exponential"
    measured = (
        f"shape {_digits(shape.estimate)}, {100 * (1 - level):g} % interval {_digits(shape.low)} "
        f"to {_digits(shape.high)}"
    )
    chance = p_value(p)
    came = "1 success" if early.successes == 1 else f"{early.successes} successes"
    began = f"{came} came early where {early.expected:.1f} were to be expected"
    if answer == "no":
        course = "is not constant"
        if shape.low > 1:
            course = "rises with time"
        elif shape.high < 1:
            course = "falls with time"
        return f"The {law} law is rejected ({chance}): the hazard {course} ({measured}); {began}."
    band = f"{BAND[0]:g} to {BAND[1]:g}"
    if answer == "yes":
        return (
            f"The {law} law is not rejected ({chance}), and the hazard’s shape is within {band} "
            f"of constant ({measured}); {began}."
        )
    return (
        f"The {law} law is not rejected ({chance}), but the hazard’s shape is not pinned down "
        f"to {band} either ({measured}): more successes would decide."
    )


def p_value(p: float) -> str:
    """``p = 0.003``; what would be rounded to 1, as a Bonferroni sum cut at 1 is, ``p > 0.99``."""
    return "p > 0.99" if p > 0.99 else f"p = {p:.2g}"


def _digits(value: float) -> str:
    """Three significant digits; whole numbers from a thousand on, and ``∞``."""
    if math.isinf(value):
        return "∞"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _too_few(times: Times, trials: int, hazard: tuple[Hazard, ...]) -> Memoryless:
    unknown = Interval(math.nan, math.nan, math.nan)
    return Memoryless(
        question=QUESTION,
        answer="undecided",
        sentence=(
            f"{times.successes} of {trials} trials succeeded, and at least {FEWEST_SUCCESSES} "
            "successes are needed to tell: raise the limit, or run more trials."
        ),
        trials=trials,
        successes=times.successes,
        counted=times.counted,
        rate=unknown,
        shape=unknown,
        likelihood_ratio=math.nan,
        likelihood_ratio_p=math.nan,
        anderson_darling=math.nan,
        anderson_darling_p=math.nan,
        early=0,
        early_expected=math.nan,
        early_p=math.nan,
        p=math.nan,
        hazard=hazard,
    )
