"""Figure 2, right: the exponent of SGD's time bends upwards; that of a search by luck does not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from parity_compare.mechanism.exponents import Exponents, exponents
from parity_compare.mechanism.trials import resolution
from parity_compare.reproduction.claims import (
    Answer,
    Claim,
    Table,
    number,
    with_interval,
    within,
)
from parity_compare.reproduction.measures import (
    bounded,
    exact_median,
    power_law,
    slowing,
    steps_to_success,
    success_rate,
)
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record
from parity_compare.statistics import Interval, median_interval

DEGREE = 3
SMALL = 20
"""n up to which the published exponent is about 1."""
LARGE = 50
"""n from which on it is about 2."""
_SOURCE = "figure 2, right"

Trials = Mapping[int, Sequence[Record]]
"""By n, ascending."""


def judge_bend(trials: Trials) -> Claim:
    """Whether SGD's exponent rises with n."""
    found = _exponents(trials)
    return Claim(
        name="elbow",
        statement="The exponent of SGD's time rises with n: its curve has an elbow.",
        source=_SOURCE,
        published="from about 1 to about 2",
        measured=_measured(found),
        answer=found.answer,
        because=f"Rule: a law of two powers fits better than one, and bends up. {found.sentence}",
    )


def judge_exponent(trials: Trials, where: str) -> Claim:
    """Whether the exponent is the published one, at ``small`` or at ``large`` n."""
    small = where == "small"
    published, span = (1, f"n <= {SMALL}") if small else (2, f"n = {LARGE} to 150")
    chosen = {
        n: spent
        for n, spent in _times(trials).items()
        if (n <= SMALL if small else n >= LARGE) and bounded(spent)
    }
    slope = power_law(chosen)
    return Claim(
        name=f"exponent-{where}",
        statement=f"For {span}, SGD's time grows about as n^{published}.",
        source=_SOURCE,
        published=f"about {published}",
        measured=f"n^{with_interval(slope)}" if chosen else "nothing",
        answer=within(slope, published - 0.5, published + 0.5),
        because=(
            f"Rule: the exponent over these n lies within {published - 0.5} to {published + 0.5} "
            f"by its interval; it needs three n with a median, of which there are {len(chosen)}: "
            f"{', '.join(map(str, chosen)) or 'none'}."
        ),
    )


def judge_search(trials: Trials) -> Claim:
    """Whether random search has no elbow."""
    found = _exponents(trials)
    opposite: Mapping[Answer, Answer] = {"no": "yes", "yes": "no", "undecided": "undecided"}
    return Claim(
        name="search-without-elbow",
        statement="Random search has no elbow: its exponent does not rise with n.",
        source=f"{_SOURCE}; section 3.2",
        published="tries C(n, 3): exponent 3, slightly falling",
        measured=_measured(found),
        answer=opposite[found.answer],
        because=f"Rule: one power law is enough, or bends down. {found.sentence}",
    )


def judge_heat(cold: Trials, hot: Trials, temperature: float) -> Claim:
    """Whether heat costs more at large n."""
    ratios = slowings(cold, hot)
    small, large = (min(ratios), max(ratios)) if ratios else (0, 0)
    answer: Answer = "undecided"
    if small < large:
        rises = ratios[large].low > ratios[small].high
        answer = "yes" if rises else "no" if ratios[large].high <= ratios[small].low else answer
    return Claim(
        name=f"heat-elbow-{temperature:g}",
        statement=(
            f"At T = {number(temperature)} heat costs more at large n than at small n, which makes "
            "the law steeper."
        ),
        source="ours: Langevin dynamics beside figure 2, right",
        published="",
        measured="; ".join(f"n = {n}: {with_interval(r)}" for n, r in ratios.items()) or "nothing",
        answer=answer,
        because=(
            "Rule: the median over trials of steps with heat by steps without, on the same "
            "instances, examples and starts, failures infinite, is larger at the largest n than "
            "at the smallest, the sign test's intervals apart; no if the interval at the largest n "
            "does not reach above that at the smallest."
        ),
        origin="ours",
    )


def slowings(cold: Trials, hot: Trials) -> dict[int, Interval]:
    """At every n, the median over trials of steps with heat by steps without."""
    ratios = {n: slowing(cold[n], hot[n]) for n in hot if n in cold}
    return {n: exact_median(values) for n, values in ratios.items() if values}


def plots(sgd: Trials, heated: Mapping[float, Trials], search: Trials) -> list[Plot]:
    """Median times over n; exponents between neighbouring n."""
    curves = {"SGD": sgd}
    curves |= {f"Langevin, T = {number(t)}": trials for t, trials in heated.items()}
    curves["random search"] = search
    times: list[Point] = []
    slopes: list[Point] = []
    for name, trials in curves.items():
        for n, spent in _times(trials).items():
            median = median_interval(spent)
            times.append(Point(name, n, median.estimate, median.low, median.high))
        found = _exponents(trials)
        for one, other, local in zip(found.sizes, found.sizes[1:], found.local, strict=False):
            slopes.append(
                Point(name, math.sqrt(one * other), local.estimate, local.low, local.high)
            )
    sizes = sorted({*sgd, *search})
    times += [Point("C(n, 3)", n, math.comb(n, DEGREE)) for n in sizes]
    n_axis = Axis("n", log=True)
    return [
        Plot(
            "elbow",
            "Median steps, or tries, over n at k = 3",
            n_axis,
            Axis("median steps or tries", log=True),
            times,
            reference=("C(n, 3)",),
        ),
        Plot(
            "local-exponents",
            "Exponents between neighbouring n: the elbow",
            n_axis,
            Axis("d ln time / d ln n"),
            slopes,
        ),
    ]


def table(sgd: Trials, heated: Mapping[float, Trials], search: Trials) -> Table:
    """Median and success of every learner at every n."""
    curves = {"SGD": sgd}
    curves |= {f"Langevin, T = {number(t)}": trials for t, trials in heated.items()}
    curves["random search"] = search
    rows: list[tuple[str, ...]] = [
        (
            name,
            str(n),
            with_interval(median_interval(steps_to_success(records))),
            with_interval(success_rate(records), 2),
            str(len(records)),
            number(math.comb(n, DEGREE)),
        )
        for name, trials in curves.items()
        for n, records in trials.items()
    ]
    return Table(
        "Times over n, k = 3",
        ("learner", "n", "median steps or tries", "success", "trials", "C(n, 3)"),
        rows,
    )


def _exponents(trials: Trials) -> Exponents:
    """How the exponent goes, looks every few steps counted in."""
    return exponents(_times(trials), resolution={n: resolution(r) for n, r in trials.items()})


def _times(trials: Trials) -> dict[int, list[float]]:
    return {n: steps_to_success(records) for n, records in trials.items()}


def _measured(found: Exponents) -> str:
    if not found.local:
        return "too few n with a median"
    return (
        f"from n^{with_interval(found.before)} to n^{with_interval(found.after)}, "
        f"best knot at n = {found.knot}"
    )
