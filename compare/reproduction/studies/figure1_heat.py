"""Langevin beside SGD: time and success as the temperature rises from 0."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from parity_compare.reproduction.claims import (
    Answer,
    Claim,
    Table,
    above,
    all_of,
    below,
    number,
    with_interval,
)
from parity_compare.reproduction.measures import (
    exact_median,
    slowing,
    steps_to_success,
    success_rate,
)
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record
from parity_compare.statistics import Interval, median_interval

TEMPERATURES = (0.0, 1e-6, 1e-5, 3e-5, 1e-4, 2e-4, 3e-4, 1e-3)
DEGREE = 3
FEWEST = 6
"""Trials per temperature below which nothing is decided."""
_SOURCE = "ours: the null hypothesis of section 3.2, run beside figure 1"

Heated = Mapping[float, Sequence[Record]]
"""Trials by ascending temperature, the same instances and starts at each."""


def judge_cold(sgd: Mapping[int, Sequence[Record]], heated: Mapping[int, Heated]) -> Claim:
    """Whether Langevin dynamics at T = 0 takes SGD's steps, trial by trial."""
    pairs = [
        (steps_to_success([cold])[0], steps_to_success([plain])[0])
        for n, trials in sgd.items()
        for plain, cold in zip(trials, heated[n][0.0], strict=True)
    ]
    alike = sum(one == other for one, other in pairs)
    answer: Answer = "undecided" if not pairs else "yes" if alike == len(pairs) else "no"
    return Claim(
        name="cold",
        statement="Langevin dynamics at temperature 0 is SGD: every trial takes the same steps.",
        source="ours: by construction",
        published="",
        measured=f"{alike} of {len(pairs)} trials alike",
        answer=answer,
        because="Rule: all trials take the same number of steps, or fail, with both.",
        origin="ours",
    )


def judge_breakdown(n: int, heated: Heated) -> Claim:
    """Whether heat within the range that was tried ends success, and where."""
    rates = {t: success_rate(trials) for t, trials in heated.items()}
    sure = {t: above(rate, 0.5) for t, rate in rates.items()}
    coldest, hottest = min(rates), max(rates)
    if min(len(trials) for trials in heated.values()) < FEWEST:
        answer: Answer = "undecided"
    else:
        answer = all_of(above(rates[coldest], 0.5), below(rates[hottest], 0.5))
    lasting = _lasting(heated)
    lost = [t for t in rates if sure[t] == "no" and all(sure[s] != "yes" for s in rates if s > t)]
    between = (
        f"success falls below 1/2 between T = {number(lasting)} and {number(min(lost))}"
        if lost and lasting is not None
        else "no temperature from which on success is surely below 1/2"
    )
    return Claim(
        name=f"heat-breaks-n{n}",
        statement=(
            f"At ({n}, {DEGREE}) heat alone ends success: without it most trials succeed within "
            f"{_limit(heated)} steps, and at T = {number(hottest)} most fail."
        ),
        source=_SOURCE,
        published="",
        measured=f"{between}; at T = {number(hottest)} {with_interval(rates[hottest], 2)} succeed",
        answer=answer,
        because=(
            f"Rule: with {FEWEST} or more trials each, the success rate's interval lies above 1/2 "
            "at T = 0 and below it at the hottest. Rates: "
            + ", ".join(f"{number(t)}: {with_interval(rate, 2)}" for t, rate in rates.items())
            + "."
        ),
        origin="ours",
    )


def judge_slowing(n: int, heated: Heated) -> Claim:
    """Whether heat that leaves success alone costs time."""
    lasting = _lasting(heated)
    ratios = {
        t: exact_median(slowing(heated[0.0], heated[t]))
        for t in heated
        if lasting is not None and 0 < t <= lasting
    }
    answer: Answer = above(ratios[max(ratios)], 1) if ratios else "undecided"
    told = ", ".join(f"{number(t)}: {with_interval(ratio)}" for t, ratio in ratios.items())
    return Claim(
        name=f"heat-slows-n{n}",
        statement=(
            f"At ({n}, {DEGREE}) heat costs time where it leaves success alone: at the highest "
            "temperature that most trials bear, they take longer than without heat."
        ),
        source=_SOURCE,
        published="",
        measured=(
            f"at T = {number(max(ratios))} {with_interval(ratios[max(ratios)])} times the steps"
            if ratios
            else "no temperature above 0 at which most trials surely succeed"
        ),
        answer=answer,
        because=(
            "Rule: at the highest T whose success rate lies above 1/2 by its interval, the median "
            "over trials of steps with heat by steps without, on the same instance, examples and "
            "start, exceeds 1 by the sign test's interval, which needs six trials. Lower "
            f"temperatures are told, but not judged. Ratios: {told or 'none'}."
        ),
        origin="ours",
    )


def judge_sizes(heated: Mapping[int, Heated]) -> Claim:
    """Whether more bits bear less heat."""
    small, large = min(heated), max(heated)
    borne = {n: _borne(trials) for n, trials in heated.items()}
    few = min(map(len, borne.values())) < FEWEST
    excess = _difference_of_means(borne[small], borne[large])
    answer: Answer = "undecided" if few or small == large else above(excess, 0)
    told = ", ".join(f"n = {n}: {number(sum(b) / len(b))}" for n, b in borne.items())
    return Claim(
        name="heat-sizes",
        statement=f"More bits bear less heat: at n = {large} trials fail at lower temperatures.",
        source=_SOURCE,
        published="",
        measured=f"{with_interval(excess, 2)} temperatures fewer at n = {large}",
        answer=answer,
        because=(
            f"Rule: the mean number of temperatures, of the {len(TEMPERATURES) - 1} above 0, at "
            f"which a trial succeeds is larger at n = {small} than at n = {large}, by the 95 % "
            f"interval of the difference. Means: {told}."
        ),
        origin="ours",
    )


def plots(heated: Mapping[int, Heated]) -> list[Plot]:
    """Median time and success rate over temperature; T = 0 as a level of its own."""
    time: list[Point] = []
    success: list[Point] = []
    for n, by_temperature in heated.items():
        label, hot = f"n = {n}", [t for t in by_temperature if t > 0]
        for t in hot:
            steps = median_interval(steps_to_success(by_temperature[t]))
            rate = success_rate(by_temperature[t])
            time.append(Point(label, t, steps.estimate, steps.low, steps.high))
            success.append(Point(label, t, rate.estimate, rate.low, rate.high))
        cold = median_interval(steps_to_success(by_temperature[0.0])).estimate
        time += [Point(f"{label}, T = 0", t, cold) for t in (min(hot), max(hot))]
    levels = tuple(f"n = {n}, T = 0" for n in heated)
    x = Axis("temperature", log=True)
    return [
        Plot("heat-time", "Langevin dynamics: median steps over temperature, failures infinite",
             x, Axis("median steps", log=True), time, reference=levels),
        Plot("heat-success", "Langevin dynamics: share of trials that succeed over temperature",
             x, Axis("success rate"), success),
    ]  # fmt: skip


def table(heated: Mapping[int, Heated]) -> Table:
    """Time and success at every temperature."""
    rows: list[tuple[str, ...]] = [
        (
            str(n),
            number(t),
            with_interval(median_interval(steps_to_success(trials))),
            with_interval(exact_median(slowing(by_temperature[0.0], trials))),
            with_interval(success_rate(trials), 2),
            str(len(trials)),
        )
        for n, by_temperature in heated.items()
        for t, trials in by_temperature.items()
    ]
    columns = ("n", "temperature", "median steps", "times those at T = 0", "success", "trials")
    return Table(f"Langevin dynamics on a ReLU network of width 100, k = {DEGREE}", columns, rows)


def _limit(heated: Heated) -> int | None:
    """The limit on steps, which all trials have in common."""
    return next(record.spec.max_steps for trials in heated.values() for record in trials)


def _lasting(heated: Heated) -> float | None:
    """The highest temperature up to which success is surely above 1/2, None if not even at 0."""
    lasting = None
    for t in sorted(heated):
        if above(success_rate(heated[t]), 0.5) != "yes":
            break
        lasting = t
    return lasting


def _borne(heated: Heated) -> list[int]:
    """For each trial, at how many temperatures above 0 it succeeds."""
    rows = [[record.solved for record in trials] for t, trials in heated.items() if t > 0]
    return [sum(column) for column in zip(*rows, strict=True)]


def _difference_of_means(one: Sequence[int], other: Sequence[int]) -> Interval:
    """The first mean less the second with its 95 % interval (Welch's, with normal quantiles)."""
    means = [sum(values) / len(values) for values in (one, other)]
    squares = 0.0
    for values, mean in zip((one, other), means, strict=True):
        variance = sum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1)
        squares += variance / len(values)
    apart, half = means[0] - means[1], 1.96 * math.sqrt(squares)
    return Interval(apart, apart - half, apart + half)
