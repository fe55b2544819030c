"""Figure 1, left: the error stays near 1/2 for most of the time, and then falls at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parity_compare.reproduction.claims import Claim, above, all_of, below, with_interval
from parity_compare.reproduction.measures import MEDIAN_OF, exact_median, success_rate
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.results import Record

BITS, DEGREE = 50, 3
NETWORKS = {"relu": "ReLU network, width 100", "polynet": "PolyNet"}
DRAWN = 5
"""Runs that are drawn, as many as in the figure."""
ON = 0.45
"""Error down to which a run is on the plateau."""
HIGH, LOW = 0.4, 0.1
"""Errors between which it falls."""
MOST = 0.5
"""Share of the time to success that a plateau takes at least."""
SUDDEN = 0.25
"""Share of it that a sudden fall takes at most."""


class Shape(NamedTuple):
    """The course of one run's error, in shares of its time to success.

    Attributes:
        plateau: how long the error had been at least :data:`ON`.
        fall: how long it took from :data:`HIGH` to :data:`LOW`.
    """

    plateau: float
    fall: float


def shape(record: Record) -> Shape:
    """The shape of one run's error.

    Where the error crosses a level between two records, the plateau ends at the earlier one, and
    the fall is from the earlier to the later one: coarse records never make a fall sudden. A run
    that failed has no plateau and never fell.
    """
    if not record.solved:
        return Shape(0.0, math.inf)
    step = record.trace["step"].astype(np.float64)
    error = record.trace["error"].astype(np.float64)
    began, ended = _before(error, HIGH), _first(error, LOW)
    total = max(float(step[-1]), 1.0)
    return Shape(float(step[_before(error, ON)]) / total, float(step[ended] - step[began]) / total)


def judge(network: str, records: Sequence[Record]) -> Claim:
    """Whether one network's runs have a plateau and a sudden fall."""
    shapes = [shape(record) for record in records]
    plateau = exact_median([s.plateau for s in shapes])
    fall = exact_median([s.fall for s in shapes])
    found = success_rate(records)
    return Claim(
        name=f"{network}-plateau",
        statement=(
            f"{NETWORKS[network]} at ({BITS}, {DEGREE}): the error stays at 1/2 for most of the "
            "time, and then falls suddenly."
        ),
        source="figure 1, left",
        published="5 runs, all with a plateau and a sudden fall (no numbers)",
        measured=(
            f"plateau {with_interval(plateau, 2)} of the time to success, fall "
            f"{with_interval(fall, 2)} of it"
        ),
        answer=all_of(above(plateau, MOST), below(fall, SUDDEN)),
        because=(
            f"Rule: over {MEDIAN_OF} or more runs, the median share of the time to success before "
            f"the error is first below {ON:g} exceeds {MOST:g}, and that of its fall from "
            f"{HIGH:g} to {LOW:g} is less than {SUDDEN:g}, both by the sign test's intervals; a "
            f"run that failed counts as one without plateau and without fall. {len(records)} runs, "
            f"{found.estimate:.0%} of which succeeded."
        ),
    )


def plot(runs: Mapping[str, Sequence[Record]]) -> Plot:
    """The error of the first runs over the examples they had seen."""
    points = [
        Point(f"run {number}", float(step) * _batch(record), float(error), panel=NETWORKS[network])
        for network, records in runs.items()
        for number, record in enumerate(records[:DRAWN], 1)
        for step, error in zip(record.trace["step"], record.trace["error"], strict=True)
    ]
    return Plot(
        name="error",
        title=f"Error at ({BITS}, {DEGREE}) over examples seen: a plateau at 1/2, then a fall",
        x=Axis("examples"),
        y=Axis("error on clean examples"),
        points=points,
    )


def _batch(record: Record) -> float:
    return record.cost.samples / max(record.cost.steps, 1)


def _first(error: npt.NDArray[np.float64], level: float) -> int:
    """Index of the first record below a level, the last record if there is none."""
    under = np.flatnonzero(error < level)
    return int(under[0]) if len(under) else len(error) - 1


def _before(error: npt.NDArray[np.float64], level: float) -> int:
    """Index of the last record before the first below a level."""
    return max(_first(error, level) - 1, 0)
