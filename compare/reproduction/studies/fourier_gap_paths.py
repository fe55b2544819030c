"""The Fourier gap along the paths of networks (figure 12), and under heat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parity_compare.reproduction.claims import Answer, Claim, Table, above, number, with_interval
from parity_compare.reproduction.measures import (
    bracket,
    by_temperature,
    exact_median,
    recorded,
    success_rate,
)
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record
from parity_compare.statistics import Interval, median_interval, wilson

HALFWAY = 0.5
"""Share of a path's own time to success at which the gap is looked at."""
GONE = 0.5
"""Heat has destroyed the gap where less than this share of its start is left."""
FEWEST = 5
"""Paths below which nothing is decided."""
_MOMENTS = np.linspace(0, 1, 21)
_UNKNOWN = Interval(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Growth:
    """The gap of one path at its start and halfway to success, or to the end of a failed trial.

    Attributes:
        start, later: gaps.
        error: share of clean examples wrong at the later moment.
    """

    start: float
    later: float
    error: float


def growth(records: Sequence[Record]) -> list[Growth]:
    """Of every path; trials that failed count like the others."""
    return [
        Growth(
            float(record.trace["fourier_gap"][0]),
            recorded(record, "fourier_gap", HALFWAY * record.cost.steps),
            recorded(record, "error", HALFWAY * record.cost.steps),
        )
        for record in records
    ]


def claim_growth(label: str, paths: Sequence[Growth]) -> Claim:
    """Figure 12: the gap grows during training."""
    grown = sum(path.later > path.start for path in paths)
    share = wilson(grown, len(paths))
    ratio = exact_median([path.later / path.start for path in paths if path.start > 0])
    error = float(np.median([path.error for path in paths])) if paths else math.nan
    return Claim(
        name=f"growth-{label.split(' ')[0].rstrip(',').lower()}",
        statement=f"Along SGD's path the Fourier gap of the {label} grows.",
        source="figure 12",
        published="grows on 10 paths",
        measured=(
            f"it has grown on {grown} of {len(paths)} paths, {with_interval(share)}; median factor "
            f"{with_interval(ratio)}, where the median error is still {number(error)}"
        ),
        answer=above(share, 0.5) if len(paths) >= FEWEST else "undecided",
        because=(
            f"Rule: at {HALFWAY:g} of its time to success the gap exceeds that of the start on "
            "more than half of the paths, by Wilson's interval; failed trials count with all their "
            "steps."
        ),
    )


@dataclass(frozen=True)
class Heated:
    """The trials of one temperature.

    Attributes:
        temperature: T.
        left: median of gap(t) / gap(0), the same t for all.
        rate: share of trials that succeeded.
        trials: how many.
    """

    temperature: float
    left: Interval
    rate: Interval
    trials: int


@dataclass(frozen=True)
class Heat:
    """What heat does to the gap and to success.

    Attributes:
        step: where the gap is looked at: the median time of the successes without heat.
        rows: by rising temperature.
    """

    step: float
    rows: tuple[Heated, ...]


def after_heat(records: Sequence[Record]) -> Heat:
    """Gap and success at every temperature; a trial that ended earlier counts with its last gap."""
    groups = by_temperature(records)
    cold = [record.cost.steps for record in groups.get(0.0, []) if record.solved]
    step = float(np.median(cold)) if cold else math.nan
    rows = [
        Heated(
            temperature,
            exact_median([_left(r, step) for r in group]) if cold else _UNKNOWN,
            success_rate(group),
            len(group),
        )
        for temperature, group in groups.items()
    ]
    return Heat(step, tuple(rows))


def claim_heat(heat: Heat) -> Claim:
    """Ours: where heat destroys the gap, learning ends."""
    enough = [row for row in heat.rows if row.trials >= FEWEST]
    gap = bracket({row.temperature: row.left for row in enough}, GONE)
    success = bracket({row.temperature: row.rate for row in enough}, 0.5)
    answer: Answer = "undecided"
    if gap is not None and success is not None:
        answer = "yes" if gap[0] < success[1] and success[0] < gap[1] else "no"
    return Claim(
        name="heat",
        statement="Heat ends learning at the temperature at which it destroys the Fourier gap.",
        source="Langevin dynamics beside figure 12",
        published="",
        measured=(
            f"the gap at t = {number(heat.step)} is gone {_between(gap)}; half of the trials fail "
            f"{_between(success)}"
        ),
        answer=answer,
        because=(
            f"Rule: the temperatures between which the median of gap(t) / gap(0) falls below "
            f"{GONE:g}, t being the median time of the successes without heat, "
            "overlap with those between which the success rate falls below 1/2, by the sign test's "
            "and by Wilson's interval; undecided if either does not fall in the range that was "
            "tried."
        ),
        origin="ours",
    )


def heat_table(heat: Heat) -> Table:
    """What is left of the gap, and the success rate, at every temperature."""
    return Table(
        f"The gap of the sine neuron after {number(heat.step)} steps in a heat bath, and success",
        ("temperature", "gap / gap at the start", "success rate", "trials"),
        [
            (
                number(row.temperature),
                with_interval(row.left),
                with_interval(row.rate),
                str(row.trials),
            )
            for row in heat.rows
        ],
    )


def plot_paths(paths: Mapping[str, Sequence[Record]]) -> Plot:
    """Median gap over the share of the time to success."""
    points = []
    for label, records in paths.items():
        # A path whose first gap is not above 0 has no factor by which it grows.
        solved = [r for r in records if r.solved and r.trace["fourier_gap"][0] > 0]
        for share in _MOMENTS if solved else ():
            median = median_interval([_left(r, float(share) * r.cost.steps) for r in solved])
            points.append(Point(label, float(share), *median))
    return Plot(
        "gap-along-paths",
        "The Fourier gap of the population gradient along SGD's paths that succeeded",
        Axis("steps / steps to success"),
        Axis("gap / gap at the start"),
        points,
    )


def plot_heat(heat: Heat, records: Sequence[Record]) -> Plot:
    """Median gap over steps, a series per temperature, at most six."""
    groups = by_temperature(records)
    chosen = sorted(groups)[:: max(1, math.ceil(len(groups) / 6))]
    steps = np.unique(np.geomspace(1, 4 * heat.step, 25).round()) if heat.step >= 1 else ()
    return Plot(
        "gap-under-heat",
        "What heat leaves of the Fourier gap of a sine neuron",
        Axis("steps", log=True),
        Axis("gap / gap at the start"),
        [
            Point(
                f"T = {temperature:g}",
                float(step),
                *median_interval([_left(r, float(step)) for r in groups[temperature]]),
            )
            for temperature in chosen
            for step in steps
        ],
    )


def _left(record: Record, step: float) -> float:
    """gap(step) / gap(0)."""
    return recorded(record, "fourier_gap", step) / float(record.trace["fourier_gap"][0])


def _between(found: tuple[float, float] | None) -> str:
    if found is None:
        return "at no temperature that was tried"
    return f"between T = {number(found[0])} and {number(found[1])}"
