"""The figures on time, success and cost: which charts, filled with which numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity_compare.reports import charts, wording
from parity_compare.reports.charts import Spec
from parity_compare.reports.digest import Contestant, Digest, Entry, Instance
from parity_compare.results import Record

Row = dict[str, Any]

MARKS_AT_MOST = 1500
"""Trials drawn in one figure; beyond, evenly spaced ones by rank stand for all."""
PANELS_AT_MOST = 12

SHAPES = ("circle", "square", "diamond", "cross", "triangle-down", "triangle-left")
DASHES = ((), (6, 3), (2, 2), (8, 3, 2, 3))

CURRENCIES = {
    "samples": "labelled examples drawn",
    "queries": "statistical queries asked",
    "steps": "steps of the learner's own loop",
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


@dataclass
class Figure:
    """Charts side by side under one heading and over one caption.

    Attributes:
        name: identifies it in the page.
        specs: specifications by name.
        panels: its charts; those of one inner list stand below each other.
        legend: contestants that lines have to be told apart by.
        notes: what was left out, if anything.
    """

    name: str
    specs: dict[str, Spec] = field(default_factory=dict)
    panels: list[list[Chart]] = field(default_factory=list)
    legend: list[Contestant] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def charts(self) -> list[Chart]:
        """All charts in reading order."""
        return [chart for panel in self.panels for chart in panel]


def time_figure(digest: Digest) -> Figure:
    """Time to solution."""
    if len(digest.instances) > 1:
        return _lines(digest, "time", ["seconds"])
    figure = Figure("time")
    _add_rows(figure, digest, "seconds", "time to solution", with_limit=True)
    return figure


def success_figure(digest: Digest) -> Figure:
    """Success rates."""
    if len(digest.instances) > 1:
        return _lines(digest, "success", ["rate"])
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
    spec = charts.rate_rows([row["row"] for row in rows])
    alt = "Success rate by learner: " + ", ".join(
        f"{entry.contestant.name} {entry.solved} of {entry.trials}" for entry in digest.entries
    )
    chart = Chart("success", {"rates": rows}, spec["height"], alt)
    return Figure("success", {"success": spec}, [[chart]])


def cost_figure(digest: Digest) -> Figure:
    """Examples, queries, steps and operations; a currency that nobody spends is left out."""
    used = [name for name in CURRENCIES if any(entry.uses(name) for entry in digest.entries)]
    if len(digest.instances) > 1:
        return _lines(digest, "cost", used)
    figure = Figure("cost")
    for name in used:
        _add_rows(figure, digest, name, CURRENCIES[name])
    return figure


def _row_name(contestant: Contestant) -> str:
    told = wording.told_words(contestant.side_information)
    return f"{contestant.name}\n{contestant.access}, told {told}"


def _shower(cost: str) -> wording.Show:
    return wording.seconds if cost == "seconds" else wording.number


def _add_rows(
    figure: Figure, digest: Digest, cost: str, title: str, *, with_limit: bool = False
) -> None:
    """A chart with a row for every contestant that spends ``cost``, the cheapest on top."""
    entries = sorted(
        (entry for entry in digest.entries if entry.uses(cost)),
        key=lambda entry: (entry.cost(cost).estimate, entry.contestant.index),
    )
    if not entries:
        return
    values = [getattr(record.cost, cost) for entry in entries for record in entry.records]
    limit = _limit(entries) if with_limit else None
    domain = charts.log_domain([*values, *([limit] if limit else [])])
    trials, medians = [], []
    at_most = max(20, MARKS_AT_MOST // len(entries))
    for entry in entries:
        shown = thin(entry.records, cost, at_most)
        if len(shown) < entry.trials:
            figure.notes.append(
                f"{len(shown)} of {entry.contestant.name}'s {entry.trials:,} trials are drawn, "
                "evenly spaced by rank; median and interval are from all of them."
            )
        trials += [_trial(entry, record, cost, i, domain) for i, record in enumerate(shown)]
        medians.append(_median(entry, cost, domain))
    label = charts.SECONDS_LABEL if cost == "seconds" else charts.COUNT_LABEL
    names = [_row_name(entry.contestant) for entry in entries]
    units = {entry.statistics["operations_unit"] for entry in entries}
    note = ""
    if cost == "operations" and len(units) > 1:
        note = "Units differ by learner and do not compare; each median names its own."
    others = [e.contestant.name for e in digest.entries if not e.uses(cost)]
    if others and not with_limit:
        note = f"{note} None: {wording.listing(others)}.".strip()
    figure.specs[cost] = charts.row_chart(names, domain, title, label, limit)
    alt = f"{title} by learner, medians: " + ", ".join(
        f"{entry.contestant.name} {row['text']}"
        for entry, row in zip(entries, medians, strict=True)
    )
    chart = Chart(
        cost,
        {"trials": trials, "medians": medians},
        figure.specs[cost]["height"],
        alt,
        title="" if with_limit else title.capitalize(),
        note=note,
    )
    figure.panels.append([chart])


def _limit(entries: Sequence[Entry]) -> float | None:
    """The time limit, if it is one and some trial has run into it."""
    records = [record for entry in entries for record in entry.records]
    limits = {record.spec.seconds for record in records}
    if len(limits) > 1 or all(record.status != "timeout" for record in records):
        return None
    return limits.pop()


def thin(records: Sequence[Record], cost: str, at_most: int) -> list[Record]:
    """At most so many of the records, evenly spaced by cost, solved and failed in proportion."""
    if len(records) <= at_most:
        return list(records)
    ordered = sorted(records, key=lambda record: (record.solved, getattr(record.cost, cost)))
    last = len(ordered) - 1
    return [ordered[round(i * last / (at_most - 1))] for i in range(at_most)]


def _trial(entry: Entry, record: Record, cost: str, index: int, domain: charts.Domain) -> Row:
    value = getattr(record.cost, cost)
    contestant = entry.contestant
    return {
        "row": _row_name(contestant),
        "value": _clean(max(value, domain[0])),
        "jitter": _jitter(index),
        "colour": contestant.colour,
        "solved": record.solved,
        "learner": contestant.name,
        "trial": str(record.spec.trial),
        "ended": record.status if record.solved else f"{record.status}, not solved",
        "spent": _shower(cost)(value),
        "told": contestant.terms,
    }


def _median(entry: Entry, cost: str, domain: charts.Domain) -> Row:
    interval = entry.cost(cost)
    low, high = domain
    unit = f" {entry.statistics['operations_unit']}s" if cost == "operations" else ""
    missing = not math.isfinite(interval.estimate)
    at = high if missing else min(max(interval.estimate, low), high)
    place = math.log(at / low) / math.log(high / low)
    return {
        "row": _row_name(entry.contestant),
        "value": None if missing else _clean(interval.estimate),
        "low": _clean(min(max(interval.low, low), high)),
        "high": _clean(min(max(interval.high, low), high)),
        "at": _clean(at),
        "text": unreached(entry) if missing else f"{_shower(cost)(interval.estimate)}{unit}",
        "side": "right" if place > 0.8 else "left" if place < 0.2 else "middle",
        "colour": entry.contestant.colour,
    }


def unreached(entry: Entry) -> str:
    """What stands for the median if no more than half of the trials were solved."""
    failed = [record for record in entry.records if not record.solved]
    limits = {record.spec.seconds for record in failed}
    if len(limits) == 1 and all(record.status == "timeout" for record in failed):
        limit = limits.pop()
        if limit is not None and all(record.cost.seconds >= limit for record in failed):
            return f"> {wording.seconds(limit)} ({entry.solved} of {entry.trials} solved)"
    return f"∞ ({entry.solved} of {entry.trials} solved)"


def _jitter(index: int) -> float:
    """The base-2 van der Corput sequence on [-0.35, 0.35]: spreads any number of dots evenly."""
    value, base = 0.0, 0.5
    count = index + 1
    while count:
        value += base * (count & 1)
        count >>= 1
        base /= 2
    return round(0.7 * (value - 0.5), 4)


def _clean(value: float) -> float | None:
    """A number that JSON can hold, to five digits."""
    return float(f"{value:.5g}") if math.isfinite(value) else None


def _lines(digest: Digest, name: str, quantities: Sequence[str]) -> Figure:
    """A panel for every quantity and every point of the grid's other axes, lines along one axis."""
    axis = _main_axis(digest.instances)
    facets = _facets(digest.instances, axis)
    panels = [(quantity, facet) for quantity in quantities for facet in facets]
    figure = Figure(name, legend=digest.contestants)
    if len(panels) > PANELS_AT_MOST:
        figure.notes.append(
            f"{PANELS_AT_MOST} of {len(panels)} panels are drawn; the table has the rest."
        )
    for quantity, facet in panels[:PANELS_AT_MOST]:
        if quantity not in figure.specs:
            figure.specs[quantity] = _line_spec(digest, quantity, axis)
        entries = [entry for entry in digest.entries if _facet(entry.instance, axis) == facet]
        points = [_point(entry, quantity, axis) for entry in entries]
        every = sum(entry.trials for entry in entries) * len(panels) <= MARKS_AT_MOST
        trials = [
            {
                "x": getattr(entry.instance, axis),
                "value": _clean(getattr(record.cost, quantity)),
                "colour": entry.contestant.colour,
            }
            for entry in (entries if every and quantity != "rate" else ())
            for record in entry.records
            if record.solved and getattr(record.cost, quantity) > 0
        ]
        heading = CURRENCIES.get(quantity, "").capitalize() if len(quantities) > 1 else ""
        title = ": ".join(filter(None, (heading, ", ".join(facet))))
        figure.panels.append(
            [
                Chart(
                    f"{name}-{quantity}",
                    {"points": points, "trials": trials},
                    figure.specs[quantity]["height"],
                    f"{_TITLES[quantity]} against {_AXES[axis]} {title}".strip(),
                    title,
                )
            ]
        )
    figure.specs = {f"{name}-{quantity}": spec for quantity, spec in figure.specs.items()}
    return figure


_AXES = {"n": "n, bits", "k": "k, size of S", "noise": "noise rate", "sample_size": "examples"}
_TITLES = {"seconds": "time to solution", "rate": "share of trials solved", **CURRENCIES}


def _main_axis(instances: Sequence[Instance]) -> str:
    """The axis to draw lines along: the first that varies and has a number everywhere."""
    for axis in ("n", "k", "noise", "sample_size"):
        values = {getattr(instance, axis) for instance in instances}
        if len(values) > 1 and None not in values:
            return axis
    return "n"


def _facet(instance: Instance, axis: str) -> tuple[str, ...]:
    """The other coordinates, in words."""
    return tuple(text for name, text in instance.facts().items() if name != axis)


def _facets(instances: Sequence[Instance], axis: str) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(_facet(instance, axis) for instance in instances))


def _line_spec(digest: Digest, quantity: str, axis: str) -> Spec:
    values: list[float] = []
    if quantity != "rate":
        values = [getattr(record.cost, quantity) for record in digest.records]
    label: Callable[[], str] = lambda: (  # noqa: E731
        charts.SECONDS_LABEL if quantity == "seconds" else charts.COUNT_LABEL
    )
    return charts.line_chart(
        sorted({getattr(instance, axis) for instance in digest.instances}),
        _AXES[axis],
        axis in ("n", "sample_size"),
        charts.log_domain(values),
        _TITLES[quantity],
        "" if quantity == "rate" else label(),
    )


def _point(entry: Entry, quantity: str, axis: str) -> Row:
    interval = entry.rate if quantity == "rate" else entry.cost(quantity)
    show = wording.share if quantity == "rate" else _shower(quantity)
    spent = [getattr(r.cost, quantity) for r in entry.records] if quantity != "rate" else []
    zero = quantity != "rate" and interval.estimate <= 0
    contestant = entry.contestant
    shape, dash = mark(contestant)
    return {
        "x": getattr(entry.instance, axis),
        "value": None if zero else _clean(interval.estimate),
        "low": None if zero else _clean(interval.low),
        "high": None
        if zero
        else _clean(interval.high if interval.high < math.inf else interval.low),
        "spent_at_least": _clean(max(spent)) if spent and math.isinf(interval.estimate) else None,
        "colour": contestant.colour,
        "dash": list(dash),
        "shape": shape,
        "series": str(contestant.index),
        "learner": contestant.name,
        "instance": entry.instance.title(),
        "solved": f"{entry.solved} of {entry.trials}",
        "spent": f"{show(interval.estimate)} {wording.bracket(interval, show)}".strip(),
    }


def mark(contestant: Contestant) -> tuple[str, tuple[int, ...]]:
    """The contestant's point and dash on a line chart."""
    index = contestant.index
    return SHAPES[index % len(SHAPES)], DASHES[index // len(SHAPES) % len(DASHES)]
