"""The figures on time, success and cost over a grid: lines along one axis, a panel per other."""

from __future__ import annotations

import math
from collections.abc import Sequence

from parity_compare.reports import charts, wording
from parity_compare.reports.charts import Spec
from parity_compare.reports.digest import Digest, Entry, Instance
from parity_compare.reports.figures import (
    CURRENCIES,
    Chart,
    Figure,
    Panel,
    Row,
    quantity,
)
from parity_compare.reports.marks import MARKS_AT_MOST, clean, mark as mark

PANELS_AT_MOST = 12
"""Panels of one quantity; the table has the rest."""

RATE = "rate"

_TITLES = {"seconds": "time to solution", RATE: "share of trials solved", **CURRENCIES}
_AXES = {"n": "n, bits", "k": "k, size of S", "noise": "noise rate", "sample_size": "examples"}
LOGARITHMIC = ("n", "sample_size")
_APART = 0.022
"""Neighbouring contestants' marks are set apart by this share of the axis, lest they hide."""


def time_lines(digest: Digest) -> Figure:
    """Time to solution against the grid's main axis.

    Only times of single trials are joined by a line: others are no measure of how time scales.
    """
    figure = _lines(digest, "time", ["seconds"])
    loose = [contestant for contestant in digest.contestants if not contestant.single]
    if loose:
        figure.notes.append(
            "Marks that no line joins are times of trials that were trained together, ran beside "
            "others, or were recorded at every step, and show no scaling: "
            f"{wording.listing([f'{c.name}, {c.remark}' if c.remark else c.name for c in loose])}."
        )
    return figure


def success_lines(digest: Digest) -> Figure:
    """Success rates against the grid's main axis."""
    return _lines(digest, "success", [RATE])


def cost_lines(digest: Digest) -> Figure:
    """The other costs, each that somebody spends, against the grid's main axis."""
    used = [name for name in CURRENCIES if any(entry.uses(name) for entry in digest.entries)]
    return _lines(digest, "cost", used)


def main_axis(instances: Sequence[Instance]) -> str:
    """The axis to draw lines along: the first that varies and has a number everywhere."""
    for axis in _AXES:
        values = {getattr(instance, axis) for instance in instances}
        if len(values) > 1 and None not in values:
            return axis
    return "n"


def _lines(digest: Digest, name: str, quantities: Sequence[str]) -> Figure:
    axis = main_axis(digest.instances)
    facets = list(dict.fromkeys(_facet(digest, entry.instance, axis) for entry in digest.entries))
    figure = Figure(name, legend=digest.contestants)
    if len(facets) > PANELS_AT_MOST:
        figure.notes.append(
            f"{PANELS_AT_MOST} of {len(facets)} panels are drawn; the table has the rest."
        )
    drawn = sum(entry.trials for entry in digest.entries) <= MARKS_AT_MOST
    if not drawn and name != "success":
        figure.notes.append("There are too many trials to draw each; medians are over all of them.")
    for spent in quantities:
        spec = _spec(digest, spent, axis)
        key = f"{name}-{spent}"
        figure.specs[key] = spec
        title = _TITLES[spent]
        heading = title[0].upper() + title[1:] if name == "cost" else ""
        for facet in facets[:PANELS_AT_MOST]:
            entries = [e for e in digest.entries if _facet(digest, e.instance, axis) == facet]
            data = {
                "points": [_point(digest, entry, spent, axis) for entry in entries],
                "trials": _trials(digest, entries, spent, axis) if drawn else [],
            }
            alt = f"{title} against {_AXES[axis]}. {facet}"
            figure.add(heading, Panel([Chart(key, data, spec["height"], alt, facet)]))
    return figure


def _facet(digest: Digest, instance: Instance, axis: str) -> str:
    """The instance's other coordinates in words, as far as they vary."""
    return ", ".join(
        text
        for name, text in instance.facts().items()
        if name != axis and len({getattr(other, name) for other in digest.instances}) > 1
    )


def _spec(digest: Digest, spent: str, axis: str) -> Spec:
    values = [getattr(r.cost, spent) for r in digest.records] if spent != RATE else []
    return charts.line_chart(
        sorted({getattr(instance, axis) for instance in digest.instances}),
        _AXES[axis],
        _x_domain(digest, axis),
        "log" if axis in LOGARITHMIC else "linear",
        _TITLES[spent],
        None if spent == RATE else charts.log_domain(values),
        quantity(spent),
    )


def _x_domain(digest: Digest, axis: str) -> charts.Domain:
    """The range of the grid's values with some air on both sides."""
    values = [getattr(instance, axis) for instance in digest.instances]
    low, high = min(values), max(values)
    if axis in LOGARITHMIC:
        air = (high / low) ** 0.1 if high > low else 1.5
        return (low / air, high * air)
    air = 0.1 * (high - low) or 0.5
    return (low - air, high + air)


def _x(digest: Digest, entry: Entry, axis: str) -> float:
    """Where the entry stands, a little beside its neighbours."""
    low, high = _x_domain(digest, axis)
    value = float(getattr(entry.instance, axis))
    step = min(_APART, 0.09 / len(digest.contestants))
    shift = step * (entry.contestant.index - (len(digest.contestants) - 1) / 2)
    if axis in LOGARITHMIC:
        return float(f"{value * (high / low) ** shift:.6g}")
    return float(f"{value + shift * (high - low):.6g}")


def _trials(digest: Digest, entries: Sequence[Entry], spent: str, axis: str) -> list[Row]:
    if spent == RATE:
        return []
    return [
        {
            "x": _x(digest, entry, axis),
            "value": clean(getattr(record.cost, spent)),
            "solved": record.solved,
            "colour": entry.contestant.colour,
        }
        for entry in entries
        for record in entry.records
        if getattr(record.cost, spent) > 0
    ]


def _series(entry: Entry, spent: str) -> str:
    """What a line joins: a contestant's points, or this one with nothing."""
    index = str(entry.contestant.index)
    joined = spent != "seconds" or entry.contestant.single
    return index if joined else f"{index} {entry.instance.title()}"


def _point(digest: Digest, entry: Entry, spent: str, axis: str) -> Row:
    contestant = entry.contestant
    shape, dash = mark(contestant)
    row: Row = {
        "x": _x(digest, entry, axis),
        "colour": contestant.colour,
        "dash": list(dash),
        "shape": shape,
        "series": _series(entry, spent),
        "learner": contestant.name,
        "instance": entry.instance.title(),
        "solved": f"{entry.solved} of {entry.trials}",
        "rules": contestant.terms,
    }
    if spent == RATE:
        rate = entry.rate
        told = f"{wording.share(rate.estimate)} {wording.rate_bracket(rate)}"
        ends = {"value": rate.estimate, "low": rate.low, "high": rate.high}
        return row | ends | {"spent": told, "spent_at_least": None}
    remark = contestant.remark if spent == "seconds" else ""
    interval = entry.cost(spent)
    reached = 0 < interval.estimate < math.inf
    longest = max(getattr(record.cost, spent) for record in entry.records)
    beyond = math.isinf(interval.estimate) and longest > 0
    # The upper end of an interval may be infinite where the median is not: draw it to the longest.
    high = interval.high if math.isfinite(interval.high) else longest
    return row | {
        "value": clean(interval.estimate) if reached else None,
        "low": clean(interval.low) if reached else None,
        "high": clean(max(high, interval.low)) if reached else None,
        "spent_at_least": clean(longest) if beyond else None,
        "spent": quantity(spent).both(interval) + (f" ({remark})" if remark else ""),
    }
