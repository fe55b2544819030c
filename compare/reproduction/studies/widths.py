"""Trials by the width of their network: the times that are known, pictures and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from parity_compare.reproduction.claims import Table, number, with_interval
from parity_compare.reproduction.measures import bounded, steps_to_success
from parity_compare.reproduction.plots import Axis, Plot, Point
from parity_compare.reproduction.ratios import spread
from parity_compare.reproduction.studies.memorising import median_courses
from parity_compare.results import Record
from parity_compare.statistics import median_interval

NARROW = 10
"""The narrowest width at which nearly all trials succeed."""

Widths = dict[int, list[Record]]
"""Trials by width, ascending."""


def by_width(records: Sequence[Record]) -> Widths:
    """Trials by the width of their network."""
    found: Widths = {}
    for record in records:
        found.setdefault(int(record.spec.parameters["width"] or 0), []).append(record)
    return dict(sorted(found.items()))


def known_times(
    widths: Widths, least: int = NARROW, most: float = math.inf
) -> dict[int, list[float]]:
    """Times by width, within these widths, where the median has a finite interval."""
    times = {r: steps_to_success(records) for r, records in widths.items() if least <= r <= most}
    return {r: values for r, values in times.items() if bounded(values)}


def widths_plot(curves: Mapping[str, Widths], cold: Widths, title: str) -> Plot:
    """Median times by width, beside what r searches side by side would take."""
    points = [
        Point(series, r, *median_interval(steps_to_success(records)))
        for series, widths in curves.items()
        for r, records in widths.items()
    ]
    known = known_times(cold)
    if known:
        first, last = min(known), max(known)
        start = median_interval(known[first]).estimate
        points += [
            Point("r-fold speed-up", r, start * first / r) for r in (first, last) if first < last
        ]
    return Plot(
        name="widths",
        title=title,
        x=Axis("width r", log=True),
        y=Axis("steps", log=True),
        points=points,
        reference=("r-fold speed-up",),
    )


def spreads_plot(curves: Mapping[str, Widths]) -> Plot:
    """Spreads of the times by width."""
    return Plot(
        name="spreads",
        title="Spread of the time to success, by width",
        x=Axis("width r", log=True),
        y=Axis("ln of upper over lower quartile"),
        points=[
            Point(series, r, spread(steps_to_success(records)))
            for series, widths in curves.items()
            for r, records in widths.items()
        ],
    )


def lists_plot(lists: Mapping[int, Sequence[Record]]) -> Plot:
    """Courses of training on fixed lists, a panel for each length."""
    return Plot(
        name="lists",
        title="The median course of training loss and test error on fixed lists",
        x=Axis("step", log=True),
        y=Axis("loss, or error"),
        points=[p for m in lists for p in median_courses(lists[m], f"m = {m}")],
    )


def widths_table(curves: Mapping[str, Widths]) -> Table:
    """Every cell."""
    rows: list[tuple[str, ...]] = []
    for series, widths in curves.items():
        for r, records in widths.items():
            times = steps_to_success(records)
            statuses = [record.status for record in records]
            rows.append(
                (
                    series,
                    str(r),
                    f"{sum(record.solved for record in records)} of {len(records)}",
                    str(statuses.count("diverged")),
                    with_interval(median_interval(times)),
                    number(spread(times)),
                )
            )
    columns = ("network", "r", "solved", "diverged", "median steps", "spread")
    return Table("Time to success by width", columns, rows)
