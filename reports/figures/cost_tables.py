"""The tables behind the figure of costs: estimates by currency, and single trials."""

from __future__ import annotations

import math
from collections.abc import Sequence

from parity_compare.reports import wording
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figure import Row
from parity_compare.reports.figures.axes import Grid
from parity_compare.reports.figures.charts import Domain, log_domain
from parity_compare.reports.figures.currencies import Currency
from parity_compare.reports.figures.marks import (
    MARKS_AT_MOST,
    clean,
    contestant_columns,
    jitter,
    mark,
    row_name,
    side,
    thin,
    unreached,
)
from parity_compare.reports.figures.theory_curves import Curves
from parity_compare.results import COSTS
from parity_compare.statistics import Interval

_NEAR = 10.0
"""Theory that is farther than this factor from all that was measured does not stretch an axis."""


def estimates(digest: Digest, grid: Grid, currency: Currency) -> list[Row]:
    """A row per entry: its median and expected cost with their intervals; None is infinite."""
    return [_estimate(grid, entry, currency) for entry in digest.entries]


def _estimate(grid: Grid, entry: Entry, currency: Currency) -> Row:
    contestant, name = entry.contestant, currency.name
    median = entry.cost(name)
    shape, dash = mark(contestant)
    unit = unit_of(entry) if name == "operations" else ""
    remark = contestant.remark if name == "seconds" else ""

    def told(text: str) -> str:
        return f"{text} {unit}".strip() + (f" ({remark})" if remark else "")

    return {
        **contestant_columns(contestant),
        **grid.row(entry.instance),
        "trials": entry.trials,
        "solved": entry.solved,
        "unit": unit or _UNITS[name],
        "median": clean(median.estimate),
        "median_low": clean(median.low),
        "median_high": clean(median.high),
        **({} if name == "peak_memory" else _expected(entry.expected(name))),
        "most_spent": clean(float(entry.paid(name).max())),
        "median_text": told(currency.quantity.both(median)),
        "expected_text": told(currency.quantity.both(entry.expected(name))),
        "row": row_name(contestant),
        "colour": contestant.colour,
        "shape": shape,
        "dash": list(dash),
        "series": _series(entry, name),
        "shift": grid.shift(contestant),
    }


def _expected(cost: Interval) -> Row:
    return {
        "expected": clean(cost.estimate),
        "expected_low": clean(cost.low),
        "expected_high": clean(cost.high),
    }


_UNITS = {
    "seconds": "second",
    "samples": "example",
    "queries": "query",
    "steps": "step",
    "peak_memory": "byte",
    "operations": "operation",  # of a cell whose every trial ended with its worker
}


def unit_of(entry: Entry) -> str:
    """What the learner's operations are, in the plural; empty if no trial lived to tell."""
    return wording.nouns(str(entry.statistics["operations_unit"]))


def labelled(row: Row, entry: Entry, currency: Currency, domain: Domain) -> Row:
    """The row with the words above its median in a chart of rows."""
    low, high = domain
    contestant, median = entry.contestant, entry.cost(currency.name)
    missing = not math.isfinite(median.estimate)
    at = high if missing else min(max(median.estimate, low), high)
    timed = currency.name == "seconds"
    if missing:
        text = unreached(entry) if timed else f"∞ ({entry.solved} of {entry.trials} solved)"
    else:
        unit = unit_of(entry) if currency.name == "operations" else ""
        text = f"{currency.quantity(median.estimate)} {unit}".strip()
    if timed and not contestant.timed:
        text = ", ".join(filter(None, (text, contestant.remark)))
    return row | {
        "text": text,
        "at": clean(at),
        "side": side(math.log(at / low) / math.log(high / low)),
    }


def _series(entry: Entry, currency: str) -> str:
    """What a line joins: a contestant's points, or where they show no scaling each by itself."""
    index = str(entry.contestant.index)
    joined = currency != "seconds" or entry.contestant.single
    return index if joined else f"{index} {entry.instance.title()}"


def dots(digest: Digest, grid: Grid) -> list[Row]:
    """Single trials, with all that they spent.

    On one instance at most some :data:`MARKS_AT_MOST`, those of an entry evenly spaced by rank of
    time; over a grid all, or none if they are more.
    """
    several = len(digest.instances) > 1
    if several and sum(entry.trials for entry in digest.entries) > MARKS_AT_MOST:
        return []
    at_most = drawn_at_most(digest)
    return [
        {
            **contestant_columns(entry.contestant),
            **grid.row(entry.instance),
            "trial": record.spec.trial,
            "solved": record.solved,
            "ended": record.status.replace("_", " ") + ("" if record.solved else ", not solved"),
            **{name: clean(getattr(record.cost, name)) for name in COSTS},
            "row": row_name(entry.contestant),
            "jitter": jitter(place),
            "colour": entry.contestant.colour,
            "shift": grid.shift(entry.contestant),
        }
        for entry in digest.entries
        for place, record in enumerate(thin(entry.records, "seconds", at_most))
    ]


def drawn_at_most(digest: Digest) -> int:
    """Trials of one entry that are drawn at most."""
    if len(digest.instances) > 1:
        return MARKS_AT_MOST
    return max(20, MARKS_AT_MOST // len(digest.entries))


def domain(
    rows: Sequence[Row],
    statistic: str,
    trials: Sequence[Row],
    theory: Curves,
    currency: Currency,
    *,
    limit: float | None = None,
) -> Domain:
    """The range of an axis that shows estimates, trials, and theory as far as it is near.

    Args:
        rows: of :func:`estimates`.
        statistic: ``median`` or ``expected``.
        trials: of :func:`dots`, those that are drawn.
        theory: what is drawn beside them.
        currency: which is shown.
        limit: of a trial, if it is drawn.
    """
    name = currency.name
    values: list[float | None] = [limit, *(row[name] for row in trials)]
    for row in rows:
        values += [row[f"{statistic}{end}"] for end in ("", "_low", "_high")]
        if row[statistic] is None:
            values.append(row["most_spent"])
    measured = [value for value in values if value is not None and value > 0]
    if measured:
        low, high = min(measured) / _NEAR, max(measured) * _NEAR
        foretold: list[float | None] = [row[name] for row in theory.forecasts if name in row]
        for bound in theory.bounding(name, statistic):
            foretold += [row[bound.column] for row in theory.bounds]
        measured += [value for value in foretold if value is not None and low <= value <= high]
    return log_domain(measured)
