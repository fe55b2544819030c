"""A disjoint PolyNet in a heat bath, and what becomes of starts that go the wrong way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from parity_compare.reproduction.claims import (
    Answer,
    Claim,
    Table,
    above,
    all_of,
    number,
    with_interval,
    within,
)
from parity_compare.reproduction.measures import (
    bracket,
    exact_median,
    steps_to_success,
    success_rate,
)
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.reproduction.studies.polynet_plateau import FEWEST, FOLLOWS, IN_TIME, in_time
from parity_compare.results import Record
from parity_compare.statistics import Interval, median_interval, wilson

GENTLE = 0.02
"""Up to this T heat moves a weight by at most sqrt(2 T) = 1/5 of itself in a unit of time."""
OWN_SIZE = (0.05, 5.0)
"""Within a factor of 10 of T = 1/2, where sqrt(2 T) is the weights' own size."""

Heated = Mapping[float, Sequence[Record]]
"""Trials by rising temperature; those of one number start alike at every T."""


def claim_released(cold: Sequence[Record], rate: float) -> Claim:
    """What the flow says of the wrong half, and what SGD makes of it."""
    end = _blow_up(cold)
    wrong = [r for r in cold if not in_time(r, rate, end)]
    later = success_rate(wrong)
    limit = max((r.spec.max_steps or 0 for r in cold), default=0)
    return Claim(
        name="released",
        statement=(
            "Starts that go the wrong way are lost to the flow, but not to SGD: the noise of its "
            "batches frees most of them."
        ),
        source="SGD beside section 4.2's flow, in which they approach zero for ever",
        published="",
        measured=(
            f"of {len(wrong)} trials without success by {IN_TIME:g} T(0), {with_interval(later)} "
            f"succeed by {number(rate * limit / end) if end else '-'} T(0)"
        ),
        answer=above(later, 0.5) if len(wrong) >= FEWEST else "undecided",
        because="Rule: Wilson's interval of their share lies above 1/2.",
        origin="ours",
    )


def claim_gentle(heated: Heated, rate: float) -> Claim:
    """Heat whose walk is short beside the weights leaves the plateau as it is."""
    end, right = _blow_up(_cold(heated)), _right(heated, rate)
    answers, parts = [], []
    for temperature, records in heated.items():
        if not 0 < temperature <= GENTLE or len(right) < FEWEST:
            continue
        time = exact_median([t * rate / end for t in _times(records, right)])
        answers.append(within(time, 1 - FOLLOWS, 1 + FOLLOWS))
        parts.append(f"{with_interval(time)} at T = {number(temperature)}")
    return Claim(
        name="gentle-heat",
        statement=(
            "Heat that moves weights by less than a fifth of their size leaves the plateau alone."
        ),
        source="Langevin dynamics beside section 4.2",
        published="",
        measured=f"eta t_c / T(0): {', '.join(parts) or 'too few trials'}",
        answer=all_of(*answers),
        because=(
            f"Rule: at every temperature up to {GENTLE}, the interval of the median over starts "
            f"that go the right way without heat lies within {FOLLOWS:g} of 1; failures count as "
            "infinite."
        ),
        origin="ours",
    )


def claim_freeing(heated: Heated, rate: float) -> Claim:
    """Heat that moves weights by their own size makes wrong starts succeed in the flow's time."""
    cold = _cold(heated)
    wrong = {r.spec.trial for r in cold} - _right(heated, rate)
    failures = {T: _out_of_time(records, wrong, rate) for T, records in heated.items()}
    found = bracket(failures, 0.5) if len(wrong) >= FEWEST else None
    answer: Answer = "undecided"
    if found is not None:
        answer = within(Interval(math.nan, *found), *OWN_SIZE)
    where = "at none that was tried" if found is None else f"between {found[0]:g} and {found[1]:g}"
    return Claim(
        name="freeing-heat",
        statement=(
            "Heat frees the starts that go the wrong way within the flow's own time where its walk "
            "over the plateau, sqrt(2 T t), is as long as the weights: near T = 1/2."
        ),
        source="Langevin dynamics beside section 4.2",
        published="",
        measured=(
            f"of {len(wrong)} starts that go the wrong way without heat, more than half succeed in "
            f"the flow's time from a temperature on that lies {where}"
        ),
        answer=answer,
        because=(
            "Rule: the temperatures between which their failure rate falls below 1/2, by Wilson's "
            f"interval, lie in {OWN_SIZE[0]:g} to {OWN_SIZE[1]:g}, within a factor of 10 of 1/2."
        ),
        origin="ours",
    )


def heat_table(heated: Heated, rate: float) -> Table:
    """Success in the flow's time, of right starts and of wrong ones, and at all."""
    right = _right(heated, rate)
    rows: list[tuple[str, ...]] = []
    for temperature, records in heated.items():
        wrong = {r.spec.trial for r in records} - right
        rows.append(
            (
                number(temperature),
                with_interval(_in_time(records, right, rate)),
                with_interval(_in_time(records, wrong, rate)),
                with_interval(success_rate(records)),
                with_interval(median_interval(steps_to_success(records))),
            )
        )
    return Table(
        f"A disjoint PolyNet in a heat bath; success by {IN_TIME:g} T(0), and at all",
        ("temperature", "right starts", "wrong starts", "all, in the end", "median steps of all"),
        rows,
    )


def plot_heat(heated: Heated, rate: float) -> Plot:
    """Share of trials that have succeeded, over the flow's time, at up to six temperatures."""
    end = _blow_up(_cold(heated))
    chosen = list(heated)[:: max(1, math.ceil(len(heated) / 6))]
    points = []
    for temperature in chosen:
        records = heated[temperature]
        times = np.sort([t * rate / end for t in steps_to_success(records)])
        last = max(r.cost.steps for r in records) * rate / end
        shares = [(i + 1) / len(times) for i in range(len(times))]
        series = f"T = {temperature:g}"
        points.append(Point(series, 0.5, 0.0))
        points += [
            Point(series, float(time), share)
            for time, share in zip(times, shares, strict=True)
            if math.isfinite(time)
        ]
        points.append(Point(series, last, success_rate(records).estimate))
    return Plot(
        "heat",
        "Share of trials that have found S, a disjoint PolyNet in a heat bath",
        Axis("flow's time / T(0)", log=True),
        Axis("share of trials"),
        points,
        style="steps",
    )


def _cold(heated: Heated) -> Sequence[Record]:
    """Trials without heat, which are those of SGD."""
    return heated.get(0.0, [])


def _right(heated: Heated, rate: float) -> set[int]:
    """Numbers of the trials whose start goes the right way without heat."""
    cold = _cold(heated)
    return {r.spec.trial for r in cold if in_time(r, rate, _blow_up(cold))}


def _in_time(records: Sequence[Record], numbers: set[int], rate: float) -> Interval:
    """Share of the trials of these numbers that succeed in the flow's time."""
    end = _blow_up(records)
    chosen = [r for r in records if r.spec.trial in numbers]
    return wilson(sum(in_time(r, rate, end) for r in chosen), len(chosen))


def _out_of_time(records: Sequence[Record], numbers: set[int], rate: float) -> Interval:
    """Share of the trials of these numbers that do not succeed in the flow's time."""
    inside = _in_time(records, numbers, rate)
    return Interval(1 - inside.estimate, 1 - inside.high, 1 - inside.low)


def _times(records: Sequence[Record], numbers: set[int]) -> list[float]:
    return steps_to_success(r for r in records if r.spec.trial in numbers)


def _blow_up(records: Sequence[Record]) -> float:
    """T(0) of the flow of these trials' instance; nan for no trials."""
    from parity_compare.theory import plateau_time

    if not records:
        return math.nan
    n, k = records[0].spec.n, records[0].spec.k or 0
    return plateau_time(k, n // k, 0.0)
