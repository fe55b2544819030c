"""Pictures and tables of learning from noisy labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from parity_compare.reproduction.claims import Table, with_interval
from parity_compare.reproduction.measures import steps_to_success, success_rate
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.reproduction.studies.noise_cells import LEARNED, Cells, exponents, learned
from parity_compare.results import Record
from parity_compare.statistics import median_interval

EXACT = {"gf2": "Gaussian elimination", "exhaustive": "exhaustive search", "sq": "SQ"}
"""Learners that answer with S itself, by name, as they are called in sentences."""


def rates_plot(cells: Cells, exact: Mapping[str, Mapping[float, list[Record]]]) -> Plot:
    """Success rates by flip rate: of networks by accuracy, of exact learners by S."""
    points = [
        Point(f"SGD, batches of {size}", flips, *learned(records), panel="accuracy 75 %")
        for size, rates in cells.items()
        for flips, records in rates.items()
    ]
    points += [
        Point(EXACT[name], flips, *success_rate(records), panel="exactly S")
        for name, rates in exact.items()
        for flips, records in rates.items()
    ]
    return Plot(
        name="rates",
        title="Share of trials that succeed, by the share of labels that are flipped",
        x=Axis("flip rate"),
        y=Axis("share of trials"),
        points=points,
    )


def times_plot(cells: Cells, heated: Mapping[float, Sequence[Record]], heated_batch: int) -> Plot:
    """Steps to success over 1 / (1 - 2 eta), networks in a heat bath beside them."""
    curves = {f"SGD, batches of {size}": rates for size, rates in cells.items()}
    points = [
        Point(series, 1 / (1 - 2 * flips), *median_interval(steps_to_success(records)))
        for series, rates in [*curves.items(), (f"Langevin, batches of {heated_batch}", heated)]
        for flips, records in rates.items()
    ]
    anchors = [
        median_interval(steps_to_success(rates[0.0])) for rates in cells.values() if 0.0 in rates
    ]
    reference: tuple[str, ...] = ()
    finite = [anchor.estimate for anchor in anchors if math.isfinite(anchor.estimate)]
    if finite:
        reference = ("slope 1", "slope 2")
        longest = max((point.x for point in points), default=1.0)
        points += [
            Point(f"slope {power}", x, min(finite) * x**power)
            for power in (1, 2)
            for x in (1.0, longest)
        ]
    return Plot(
        name="times",
        title="Median steps to 100 %, by how much the noise shrinks the signal",
        x=Axis("1 / (1 - 2 flip rate)", log=True),
        y=Axis("steps", log=True),
        points=points,
        reference=reference,
    )


def noise_table(cells: Cells, heated: Mapping[float, Sequence[Record]], heated_batch: int) -> Table:
    """Every cell of the networks."""
    rows: list[tuple[str, ...]] = []
    kinds = [(f"SGD, {size}", rates) for size, rates in cells.items()]
    for label, rates in [*kinds, (f"Langevin, {heated_batch}", heated)]:
        slopes = exponents(rates)
        for flips, records in rates.items():
            named = sum(record.support == record.secret for record in records)
            rows.append(
                (
                    label,
                    f"{100 * flips:g} %",
                    f"{sum(r.accuracy >= LEARNED for r in records)} of {len(records)}",
                    f"{sum(r.solved for r in records)}",
                    f"{named}",
                    with_interval(median_interval(steps_to_success(records))),
                    with_interval(slopes[flips]) if flips in slopes else "-",
                )
            )
    columns = ("network", "flips", "learned", "solved", "named S", "median steps", "exponent")
    return Table("Networks by flip rate", columns, rows)
