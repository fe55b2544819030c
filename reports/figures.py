"""The figures on time, success and cost on one instance: which charts, with which numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from parity_compare.reports import charts, wording
from parity_compare.reports.charts import Spec
from parity_compare.reports.digest import Contestant, Digest, Entry
from parity_compare.reports.marks import MARKS_AT_MOST, clean, jitter, thin, unreached
from parity_compare.results import Record

Row = dict[str, Any]

CURRENCIES = {
    "samples": "labelled examples drawn",
    "queries": "statistical queries asked",
    "steps": "steps of the learner’s own loop",
    "operations": "elementary operations",
}


@dataclass(frozen=True)
class Chart:
    """One chart: the name of its specification and its data."""

    spec: str
    data: dict[str, list[Row]]
    height: int
    alt: str
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """Charts below each other under one heading, a contestant's name where it is one's own."""

    charts: list[Chart]
    contestant: Contestant | None = None


@dataclass
class Figure:
    """Panels side by side over one caption.

    Attributes:
        name: identifies it in the page.
        specs: specifications by name.
        groups: its panels by heading; an empty heading is not shown.
        legend: contestants that lines have to be told apart by.
        notes: what was left out, if anything.
    """

    name: str
    specs: dict[str, Spec] = field(default_factory=dict)
    groups: dict[str, list[Panel]] = field(default_factory=dict)
    legend: list[Contestant] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, heading: str, panel: Panel) -> None:
        """Put a panel under a heading."""
        self.groups.setdefault(heading, []).append(panel)

    @property
    def panels(self) -> list[Panel]:
        """All panels in reading order."""
        return [panel for panels in self.groups.values() for panel in panels]

    @property
    def charts(self) -> list[Chart]:
        """All charts in reading order."""
        return [chart for panel in self.panels for chart in panel.charts]


def time_figure(digest: Digest) -> Figure:
    """Time to solution, a row per contestant."""
    figure = Figure("time")
    _add_rows(figure, digest, "seconds", "time to solution")
    return figure


def success_figure(digest: Digest) -> Figure:
    """Success rates, a row per contestant."""
    rows = [
        {
            "row": _row_name(entry.contestant),
            "rate": entry.rate.estimate,
            "low": entry.rate.low,
            "high": entry.rate.high,
            "text": f"{entry.solved}/{entry.trials}",
            "colour": entry.contestant.colour,
        }
        for entry in digest.entries
    ]
    spec = charts.rate_rows([_row_name(entry.contestant) for entry in digest.entries])
    alt = "Success rate by learner: " + ", ".join(
        f"{entry.contestant.name} {entry.solved} of {entry.trials}" for entry in digest.entries
    )
    figure = Figure("success", {"success": spec})
    figure.add("", Panel([Chart("success", {"rates": rows}, spec["height"], alt)]))
    return figure


def cost_figure(digest: Digest) -> Figure:
    """Examples, queries, steps and operations; a currency that nobody spends is left out."""
    figure = Figure("cost")
    for name, title in CURRENCIES.items():
        _add_rows(figure, digest, name, title)
    return figure


def quantity(cost: str) -> wording.Quantity:
    """How a cost is written."""
    return wording.seconds if cost == "seconds" else wording.number


def _row_name(contestant: Contestant) -> str:
    told = wording.told_words(contestant.side_information)
    return f"{contestant.name}\n{contestant.access}, told {told}"


def _add_rows(figure: Figure, digest: Digest, cost: str, title: str) -> None:
    """A chart with a row for every contestant that spends ``cost``, the cheapest on top.

    Times that are simulated, or not of single trials, have no rank and stand below all others.
    """
    entries = sorted(
        (entry for entry in digest.entries if entry.uses(cost)),
        key=lambda entry: (
            cost == "seconds" and not entry.contestant.timed,
            entry.cost(cost).estimate if cost != "seconds" or entry.contestant.timed else 0,
            entry.contestant.index,
        ),
    )
    if not entries:
        return
    limit = _limit(entries) if cost == "seconds" else None
    values = [getattr(record.cost, cost) for entry in entries for record in entry.records]
    domain = charts.log_domain([*values, *([limit] if limit else [])])
    trials: list[Row] = []
    at_most = max(20, MARKS_AT_MOST // len(entries))
    for entry in entries:
        shown = thin(entry.records, cost, at_most)
        if len(shown) < entry.trials:
            figure.notes.append(
                f"{len(shown)} of {entry.contestant.name}’s {entry.trials:,} trials are drawn, "
                "evenly spaced by rank; median and interval are from all of them."
            )
        trials += [_trial(entry, record, cost, i, domain) for i, record in enumerate(shown)]
    medians = [_median(entry, cost, domain) for entry in entries]
    if limit is not None:
        figure.notes.append(f"The dashed rule is the limit of {wording.seconds(limit)} per trial.")
    # In a row of charts the panel's heading says what the axis shows.
    alone = cost == "seconds"
    names = [_row_name(entry.contestant) for entry in entries]
    spec = charts.row_chart(names, domain, title if alone else None, quantity(cost), limit)
    alt = f"{title} by learner, medians: " + ", ".join(
        f"{entry.contestant.name} {row['text']}"
        for entry, row in zip(entries, medians, strict=True)
    )
    figure.specs[cost] = spec
    chart = Chart(
        cost,
        {"trials": trials, "medians": medians},
        spec["height"],
        alt,
        title="" if alone else title[0].upper() + title[1:],
        note=_note(digest, entries, cost),
    )
    figure.add("", Panel([chart]))


def _note(digest: Digest, entries: Sequence[Entry], cost: str) -> str:
    """Who spends nothing in this currency, and where units differ."""
    parts = []
    if cost == "operations" and len({e.statistics["operations_unit"] for e in entries}) > 1:
        parts.append("Units differ by learner and do not compare; each median names its own.")
    others = [entry.contestant.name for entry in digest.entries if not entry.uses(cost)]
    if others:
        parts.append(f"None spent by {wording.listing(others)}.")
    return " ".join(parts)


def _limit(entries: Sequence[Entry]) -> float | None:
    """The time limit, if it is one and some trial has run into it."""
    records = [record for entry in entries for record in entry.records]
    limits = {record.spec.seconds for record in records}
    if len(limits) > 1 or all(record.status != "timeout" for record in records):
        return None
    return limits.pop()


def _trial(entry: Entry, record: Record, cost: str, index: int, domain: charts.Domain) -> Row:
    value = getattr(record.cost, cost)
    contestant = entry.contestant
    return {
        "row": _row_name(contestant),
        "value": clean(max(value, domain[0])),
        "jitter": jitter(index),
        "colour": contestant.colour,
        "solved": record.solved,
        "learner": contestant.name,
        "trial": str(record.spec.trial),
        "ended": record.status if record.solved else f"{record.status}, not solved",
        "spent": quantity(cost)(value),
        "rules": contestant.terms,
    }


def _median(entry: Entry, cost: str, domain: charts.Domain) -> Row:
    interval = entry.cost(cost)
    low, high = domain
    unit = wording.nouns(entry.statistics["operations_unit"]) if cost == "operations" else ""
    missing = not math.isfinite(interval.estimate)
    at = high if missing else min(max(interval.estimate, low), high)
    place = math.log(at / low) / math.log(high / low)
    shown = unreached(entry) if missing else f"{quantity(cost)(interval.estimate)} {unit}".strip()
    if cost == "seconds" and not entry.contestant.timed:
        shown = ", ".join(filter(None, (shown, entry.contestant.remark)))
    return {
        "row": _row_name(entry.contestant),
        "value": None if missing else clean(interval.estimate),
        "low": clean(min(max(interval.low, low), high)),
        "high": clean(min(max(interval.high, low), high)),
        "at": clean(at),
        "text": shown,
        "side": "right" if place > 0.75 else "left" if place < 0.25 else "middle",
        "colour": entry.contestant.colour,
    }
