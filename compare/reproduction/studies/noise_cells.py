"""Trials with noisy labels, by batch size and flip rate, and what is measured of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from parity_compare.reproduction.measures import bounded, steps_to_success
from parity_compare.reproduction.ratios import ratio_of_medians
from parity_compare.results import Record
from parity_compare.statistics import Interval, wilson

LEARNED = 0.75
"""Clean accuracy that counts as learned: half-way from chance to perfection."""


def name_of(record: Record) -> str:
    """The name of its learner."""
    return record.spec.learner.partition("[")[0]


Cells = dict[int, dict[float, list[Record]]]
"""Trials by batch size and flip rate, both ascending."""


def by_noise(records: Sequence[Record]) -> dict[float, list[Record]]:
    """Trials by flip rate."""
    rates = sorted({record.spec.noise for record in records})
    return {rate: [r for r in records if r.spec.noise == rate] for rate in rates}


def by_batch(records: Sequence[Record]) -> Cells:
    """Trials by batch size and flip rate."""
    sizes = sorted({batch_of(record) for record in records})
    return {size: by_noise([r for r in records if batch_of(r) == size]) for size in sizes}


def batch_of(record: Record) -> int:
    """Examples per step of its network."""
    return int(record.spec.parameters["batch"] or 0)


def learned(records: Sequence[Record]) -> Interval:
    """Share of trials whose clean accuracy at the end is at least :data:`LEARNED`."""
    return wilson(sum(record.accuracy >= LEARNED for record in records), len(records))


def largest_at(cells: Cells, flips: float) -> tuple[int, list[Record]]:
    """The trials of the largest batch that was tried at this flip rate, and its size."""
    sizes = [size for size, rates in cells.items() if flips in rates]
    return (max(sizes), cells[max(sizes)][flips]) if sizes else (0, [])


def stuck(record: Record) -> bool:
    """Whether a trial that had learned by the middle of its limit ended short of 100 %.

    Trials that end at the limit soon after they have learned say nothing of where they would stay.
    """
    limit = record.spec.max_steps or math.inf
    return record.accuracy < 1 and learned_early(record, limit) and record.cost.steps >= limit


def learned_early(record: Record, limit: float) -> bool:
    """Whether it was accurate enough at a recorded moment of the first half of its limit."""
    moments = zip(record.trace["step"], record.trace["error"], strict=True)
    return any(step <= limit / 2 and error <= 1 - LEARNED for step, error in moments)


def exponents(rates: Mapping[float, Sequence[Record]]) -> dict[float, Interval]:
    """For every flip rate eta > 0, ln(t(eta) / t(0)) over ln(1 / (1 - 2 eta)), t being medians.

    Flip rates at which a median's interval is not finite are left out.
    """
    times = {flips: steps_to_success(records) for flips, records in rates.items()}
    found = {}
    for flips, slowed in times.items():
        if flips and 0.0 in times and bounded(slowed) and bounded(times[0.0]):
            ratio = ratio_of_medians(slowed, times[0.0])
            unit = -math.log(1 - 2 * flips)
            found[flips] = Interval(*(math.log(value) / unit for value in ratio))
    return found
