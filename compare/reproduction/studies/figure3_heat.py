"""Langevin beside figure 3: where heat covers the progress, and where it ends success."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.problems.seeding import generator
from parity_compare.reproduction.claims import (
    Answer,
    Claim,
    Table,
    above,
    below,
    number,
    with_interval,
    within,
)
from parity_compare.reproduction.measures import (
    MEDIAN_OF,
    exact_median,
    steps_to_success,
    success_rate,
)
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.reproduction.studies.figure3_progress import (
    IRRELEVANT,
    RELEVANT,
    ahead,
    at,
    growth_at,
)
from parity_compare.results import Record
from parity_compare.statistics import Interval, median_interval, wilson

TEMPERATURES = (0.0, 1e-6, 1e-5, 3e-5, 1e-4, 2e-4, 3e-4, 1e-3)
"""0 is SGD itself."""
WIDTH, RATE = 100, 1.0
"""Of the ReLU network at its defaults."""
FACTOR = 3.0
"""How near the simple prediction has to come."""
_SHOWN = (0.0, 1e-5, 1e-4, 3e-4, 1e-3)
_SOURCE = "ours: Langevin dynamics beside figure 3"
_RESAMPLES = 999

Floats = npt.NDArray[np.float64]
Heated = Mapping[float, Sequence[Record]]
"""Trials by ascending temperature, the same instances, examples and starts at each."""


def reach(weights: int) -> float:
    """Median of the largest |z| of so many standard normal z.

    P(max <= z) = (2 Phi(z) - 1)^weights = 1/2.
    """
    from scipy.special import ndtri

    return float(ndtri((1 + 2 ** (-1 / weights)) / 2))


def cold_time(heated: Heated) -> float:
    """SGD's median time; nan if half of its trials failed."""
    median = median_interval(steps_to_success(heated[0.0])).estimate
    return median if math.isfinite(median) else math.nan


def judge_cover(heated: Heated) -> Claim:
    """Whether heat covers the progress where a random walk reaches as far as the drift."""
    step = cold_time(heated)
    ratio, predicted, measured = _cover(heated, step)
    cold = _ahead_at(heated[0.0], step)
    led = above(cold, 0.5)
    return Claim(
        name="heat-covers",
        statement=(
            "Heat covers the progress where its random walk reaches as far as the drift: at SGD's "
            "median time t, sqrt(2 lr T t) times the largest of all irrelevant weights' normal "
            "deviates equals the distance that SGD has moved on S."
        ),
        source=_SOURCE,
        published="",
        measured=(
            f"at T = {number(measured)} the weights of S are ahead in half of the trials; "
            f"predicted {number(predicted)}; ratio {with_interval(ratio, 2)}"
        ),
        answer=within(ratio, 1 / FACTOR, FACTOR) if led == "yes" else "undecided",
        because=(
            f"Rule: the temperature at which the share of trials in which S is ahead falls through "
            f"1/2 at step {number(step)} is the predicted one up to a factor of {FACTOR:g}, by the "
            "bootstrap interval of their ratio (the same trials are drawn at every temperature). "
            "A trial that has ended counts as it ended. Undecided unless at T = 0 there is a lead "
            f"to cover, in more than half of the trials by the interval: {with_interval(cold, 2)}."
        ),
        origin="ours",
    )


def judge_order(heated: Heated) -> Claim:
    """Whether heat ends success before it hides S in the weights."""
    lost = [t for t, records in heated.items() if below(success_rate(records), 0.5) == "yes"]
    rate = Interval(math.nan, math.nan, math.nan)
    if lost:
        records = heated[min(lost)]
        rate = wilson(sum(map(ahead, records)), len(records))
    return Claim(
        name="heat-ends-success-first",
        statement=(
            "Heat ends success before it hides S: where most trials fail, most networks have "
            "still moved farther on S than elsewhere."
        ),
        source=_SOURCE,
        published="",
        measured=(
            f"at T = {number(min(lost))} {with_interval(success_rate(heated[min(lost)]), 2)} "
            f"succeed, S is ahead at the end in {with_interval(rate, 2)}"
            if lost
            else "no temperature at which success is surely below 1/2"
        ),
        answer=above(rate, 0.5),
        because=(
            "Rule: at the lowest T whose success rate lies below 1/2 by its interval, the share of "
            "trials in which S is ahead when they end lies above 1/2 by its own; by chance it "
            "would be about k / n."
        ),
        origin="ours",
    )


def judge_walk(heated: Heated) -> Claim:
    """Whether at the highest temperature irrelevant weights walk at random."""
    hottest = max(heated)
    time = cold_time(heated)
    slopes = growth_at(heated[hottest], IRRELEVANT, time)
    found = exact_median(slopes)
    answer: Answer = within(found, 0.4, 0.6)
    return Claim(
        name="heat-walks",
        statement=(
            f"At T = {number(hottest)} weights outside S walk at random: their distance grows as "
            "the square root of time."
        ),
        source=_SOURCE,
        published="",
        measured=f"t^{with_interval(found)}",
        answer=answer,
        because=(
            "Rule: the median over trials of the exponent of ||w_t - w_0||_inf outside S, from an "
            "eighth to half of SGD's median time, lies within 0.4 to 0.6 by the sign test's "
            f"interval; {len(slopes)} trials have one, and {MEDIAN_OF} have to."
        ),
        origin="ours",
    )


def plots(heated: Heated) -> list[Plot]:
    """The measure along trials at several temperatures; order and success over temperature."""
    along: list[Point] = []
    n, k = _size(heated)
    for temperature in _SHOWN:
        records, panel = heated[temperature], f"T = {number(temperature)}"
        moments = np.unique(
            [step for record in records for step in np.asarray(record.trace["step"])]
        )
        for step in moments[(moments > 0) & (moments <= _common(records))]:
            for series, column in (("in S", RELEVANT), ("outside S", IRRELEVANT)):
                values = [at(record, column, step) for record in records]
                low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
                along.append(
                    Point(series, float(step), float(middle), float(low), float(high), panel)
                )
            if temperature > 0:
                walk = reach(WIDTH * (n - k)) * math.sqrt(2 * RATE * temperature * step)
                along.append(Point("heat alone, outside S", float(step), walk, panel=panel))
    time = cold_time(heated)
    over: list[Point] = []
    for temperature, records in heated.items():
        shares = {
            "S ahead at SGD's time": _ahead_at(records, time),
            "S ahead at the end": wilson(sum(map(ahead, records)), len(records)),
            "success": success_rate(records),
        }
        if temperature > 0:
            for series, rate in shares.items():
                over.append(Point(series, temperature, rate.estimate, rate.low, rate.high))
    return [
        Plot(
            "heat-progress",
            "Distance moved, medians and quartiles, as temperature rises",
            Axis("step", log=True),
            Axis("largest |w_t - w_0|", log=True),
            along,
            reference=("heat alone, outside S",),
        ),
        Plot(
            "heat-cover",
            "Where heat covers the progress, and where it ends success",
            Axis("temperature", log=True),
            Axis("share of trials"),
            over,
        ),
    ]


def table(heated: Heated) -> Table:
    """Time, success and order at every temperature."""
    time = cold_time(heated)
    rows: list[tuple[str, ...]] = [
        (
            number(temperature),
            with_interval(median_interval(steps_to_success(records))),
            with_interval(success_rate(records), 2),
            number(_middle(records, RELEVANT, time)),
            number(_middle(records, IRRELEVANT, time)),
            with_interval(_ahead_at(records, time), 2),
            with_interval(wilson(sum(map(ahead, records)), len(records)), 2),
        )
        for temperature, records in heated.items()
    ]
    return Table(
        f"Langevin dynamics at (n, k) = {_size(heated)}; SGD's median time is {number(time)} steps",
        ("temperature", "median steps", "success", "moved in S by SGD's time", "outside", "S ahead",
         "at the end"),
        rows,
    )  # fmt: skip


def _cover(heated: Heated, step: float) -> tuple[Interval, float, float]:
    """Measured over predicted temperature of cover with its interval; both of them."""
    temperatures = np.array(sorted(heated))
    leads = np.array([[ahead(record, step) for record in heated[t]] for t in temperatures])
    moved = np.array([at(record, RELEVANT, step) for record in heated[0.0]])
    n, k = _size(heated)
    farthest = reach(WIDTH * (n - k))

    def both(drawn: Sequence[int] | slice) -> tuple[float, float]:
        predicted = float(np.median(moved[drawn]) / farthest) ** 2 / (2 * RATE * step)
        return _crossing(temperatures, leads[:, drawn].mean(axis=1)), predicted

    if math.isnan(step):
        nan = Interval(math.nan, math.nan, math.nan)
        return nan, math.nan, math.nan
    measured, predicted = both(slice(None))
    rng = generator("heat covers", leads.shape[1])
    ratios = []
    for drawn in rng.integers(leads.shape[1], size=(_RESAMPLES, leads.shape[1])):
        one, other = both(drawn)
        ratios.append(one / other if other > 0 else math.inf)
    low, high = np.quantile(ratios, [0.025, 0.975], method="inverted_cdf")
    estimate = measured / predicted if predicted > 0 else math.inf
    return Interval(estimate, float(low), float(high)), predicted, measured


def _crossing(temperatures: Floats, shares: Floats) -> float:
    """Where the share first falls below 1/2, interpolated in ln T; inf if it does not, 0 if at 0.

    Between T = 0 and the first temperature above there is no ln T: the latter is taken.
    """
    if shares[0] < 0.5:
        return 0.0
    for i in range(1, len(temperatures)):
        if shares[i] < 0.5:
            if temperatures[i - 1] == 0:
                return float(temperatures[i])
            part = (shares[i - 1] - 0.5) / (shares[i - 1] - shares[i])
            one, other = math.log(temperatures[i - 1]), math.log(temperatures[i])
            return math.exp(one + part * (other - one))
    return math.inf


def _ahead_at(records: Sequence[Record], step: float) -> Interval:
    return wilson(sum(ahead(record, step) for record in records), len(records))


def _middle(records: Sequence[Record], column: str, step: float) -> float:
    return float(np.median([at(record, column, step) for record in records]))


def _common(records: Sequence[Record]) -> float:
    """The step up to which three quarters of the trials are under way."""
    return float(np.quantile([record.cost.steps for record in records], 0.25))


def _size(heated: Heated) -> tuple[int, int]:
    spec = heated[0.0][0].spec
    return spec.n, spec.k or 0
