"""The summary table, ready for the template: every cell a text and a value to sort by."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant, Instance
from parity_compare.reports.digest import Digest, Entry
from parity_compare.reports.figures.currencies import CURRENCIES
from parity_compare.reports.figures.duel import ENOUGH_TRIALS
from parity_compare.reports.figures.marks import unreached
from parity_compare.statistics import Interval

ALL, SOME, NONE = "all trials", "some trials", "no trial"
"""How much of a cell was solved, as the table filters by it."""


@dataclass(frozen=True)
class Cell:
    """One cell: what stands in it, smaller lines below, and what it is sorted by.

    A key that is empty is sorted behind all others.
    """

    text: str
    small: list[str] = field(default_factory=list)
    key: float | str = ""


@dataclass(frozen=True)
class SummaryRow:
    """One contestant on one instance.

    Attributes:
        contestant: heads the row.
        cells: those behind it.
        filters: its value under every name of :attr:`Summary.filters`, and under those names that
            have but one value here.
    """

    contestant: Contestant
    cells: list[Cell]
    filters: dict[str, str]


@dataclass(frozen=True)
class Filter:
    """What rows can be chosen by: their values are ``values``, of which there are several."""

    name: str
    label: str
    values: list[str]


@dataclass(frozen=True)
class Summary:
    """The summary table.

    Attributes:
        headings: of the columns, each with what it means.
        groups: the rows by instance, instances from easy to hard.
        filters: what its rows can be chosen by.
        notes: sentences about what its numbers do not bear.
    """

    headings: list[tuple[str, str]]
    groups: list[tuple[Instance, list[SummaryRow]]]
    filters: list[Filter]
    notes: list[str]


_FILTERS = {
    "learner": "Learner",
    "access": "Access",
    "told": "Told",
    "device": "Device",
    "solved": "Solved",
}


@dataclass(frozen=True)
class _Column:
    """A heading, what it means, and how an entry's cell is made."""

    heading: str
    help: str
    cell: Callable[[Entry], Cell]


def summary(digest: Digest) -> Summary:
    """One row per contestant and instance; columns that say nothing here are left out."""
    columns = _columns(digest)
    groups = [
        (
            instance,
            [
                SummaryRow(entry.contestant, [c.cell(entry) for c in columns], _filters(entry))
                for entry in digest.on(instance)
            ],
        )
        for instance in digest.instances
    ]
    rows = [row for _, group in groups for row in group]
    choices = [
        Filter(name, label, _values(name, rows))
        for name, label in _FILTERS.items()
        if len({row.filters[name] for row in rows}) > 1
    ]
    headings = [("Learner", ""), *((column.heading, column.help) for column in columns)]
    return Summary(headings, groups, choices, _notes(digest))


def _filters(entry: Entry) -> dict[str, str]:
    contestant = entry.contestant
    return {
        "learner": contestant.label,
        "access": contestant.access,
        "told": wording.told_words(contestant.side_information),
        "device": contestant.device,
        "solved": ALL if entry.solved == entry.trials else SOME if entry.solved else NONE,
    }


def _values(name: str, rows: list[SummaryRow]) -> list[str]:
    """Values in order of appearance; shares of solved trials from all to none."""
    found = list(dict.fromkeys(row.filters[name] for row in rows))
    return [value for value in (ALL, SOME, NONE) if value in found] if name == "solved" else found


def _notes(digest: Digest) -> list[str]:
    notes = []
    if digest.replayed:
        notes.append(
            "Trials that replay one start are not independent: intervals count starts, not trials."
        )
        notes += _numbers_of_starts(digest)
    if any(entry.starts < ENOUGH_TRIALS for entry in digest.entries):
        what = "trials or starts" if digest.replayed else "trials"
        notes.append(
            f"With fewer than {ENOUGH_TRIALS} {what}, an interval for a median or an expected time "
            "is too narrow for 95 %, for even the range of all values would be; the rate’s is wide "
            "enough."
        )
    if len(digest.machines) > 1:
        notes.append(
            f"Seconds mix {len(digest.machines)} kinds of processor: "
            f"{wording.listing(digest.machines)}."
        )
    return notes


def _numbers_of_starts(digest: Digest) -> list[str]:
    """``The 8 trials of a row are 2 starts.``, if all rows that replay starts are alike."""
    sizes = {(one.trials, one.starts) for one in digest.entries if one.starts < one.trials}
    if len(sizes) > 1:
        return []
    ((trials, count),) = sizes
    only = len(digest.instances) == 1
    rows = "a row" if only else "a row with replays"
    return [
        f"The {wording.plural(trials, 'trial')} of {rows} are {wording.plural(count, 'start')}."
    ]


def _columns(digest: Digest) -> list[_Column]:
    """The columns behind the learner's name that say something here."""
    columns = []
    if len({contestant.device for contestant in digest.contestants}) > 1:
        columns.append(_Column("Device", "where the learner computed", _device))
    columns += [
        _Column(
            "Access",
            "what the learner may ask for, and what it was told about the instance",
            _access,
        ),
        _Column("Solved", "trials solved, with Wilson's 95 % interval for the rate", _rate),
        _Column(
            "Seconds",
            "median over all trials, a failed one counted as infinite, with its bootstrap 95 % "
            "interval, and how the times were taken",
            _seconds,
        ),
        _Column(
            "Expected",
            "expected time to the first success: all seconds spent over trials solved, failures "
            "included, with its bootstrap 95 % interval",
            _expected,
        ),
    ]
    if {contestant.threads for contestant in digest.contestants} != {1}:
        columns.append(_Column("Threads", "CPU threads per trial", _threads))
    columns += [
        _Column(heading, help, cell)
        for name, heading, help, cell in (
            ("samples", "Samples", f"labelled examples drawn: {_AS_MEDIAN}", _counted("samples")),
            ("queries", "Queries", f"queries asked: {_AS_MEDIAN}", _counted("queries")),
            (
                "steps",
                "Steps",
                f"steps of the learner’s own loop: {_AS_MEDIAN}",
                _counted("steps"),
            ),
            (
                "operations",
                "Operations",
                f"counted by the learner’s formula, so units differ: {_AS_MEDIAN}",
                _operations,
            ),
            (
                "peak_memory",
                "Memory",
                f"peak of the learner’s own arrays: {_AS_MEDIAN}",
                _counted("peak_memory"),
            ),
        )
        if any(entry.uses(name) for entry in digest.entries)
    ]
    return [*columns, _Column("Ended", "how the trials ended", _ended)]


_AS_MEDIAN = "median over all trials, failed ones infinite, with its bootstrap 95 % interval"


def _device(entry: Entry) -> Cell:
    device = entry.contestant.device
    return Cell(device, key=device)


def _access(entry: Entry) -> Cell:
    access = entry.contestant.access
    told = wording.told_words(entry.contestant.side_information)
    return Cell(access, [f"told {told}"], f"{access} {told}")


def _rate(entry: Entry) -> Cell:
    text = f"{entry.solved}/{entry.trials}"
    return Cell(text, [wording.rate_bracket(entry.rate)], entry.rate.estimate)


def _seconds(entry: Entry) -> Cell:
    interval, contestant = entry.cost("seconds"), entry.contestant
    infinite = math.isinf(interval.estimate)
    text = unreached(entry) if infinite else wording.seconds(interval.estimate)
    timing = f"{contestant.timing}, simulated" if contestant.simulated else contestant.timing
    bracket = _bracket(entry, interval, wording.seconds)
    return _measured(text, interval, bracket, timing)


def _expected(entry: Entry) -> Cell:
    interval = entry.expected("seconds")
    bracket = _bracket(entry, interval, wording.seconds)
    return _measured(wording.seconds(interval.estimate), interval, bracket)


def _threads(entry: Entry) -> Cell:
    return Cell(str(entry.contestant.threads), key=entry.contestant.threads)


def _counted(name: str) -> Callable[[Entry], Cell]:
    """Cells of one cost's median."""
    quantity = CURRENCIES[name].quantity

    def cell(entry: Entry) -> Cell:
        return _median(entry, name, quantity)

    return cell


def _operations(entry: Entry) -> Cell:
    unit = wording.nouns(str(entry.statistics["operations_unit"]))
    return _median(entry, "operations", wording.number, unit)


def _ended(entry: Entry) -> Cell:
    return Cell(str(entry.statistics["statuses"]).replace("_", " "), key=-entry.solved)


def _median(entry: Entry, name: str, quantity: wording.Quantity, unit: str = "") -> Cell:
    if not entry.uses(name):
        return Cell("–")
    interval = entry.cost(name)
    paid = entry.paid(name)
    alike = entry.trials > 1 and entry.solved == entry.trials and bool((paid == paid[0]).all())
    bracket = "in all trials" if alike else _bracket(entry, interval, quantity)
    return _measured(quantity(interval.estimate), interval, bracket, unit)


def _bracket(entry: Entry, interval: Interval, quantity: wording.Quantity) -> str:
    """An interval, also where it is a point; one trial has none, and infinity none either."""
    if entry.trials == 1:
        return "no interval"
    if interval.low == interval.high and math.isfinite(interval.low):
        return f"[{quantity(interval.low)}, {quantity(interval.high)}]"
    return quantity.bracket(interval)


def _measured(text: str, interval: Interval, bracket: str, remark: str = "") -> Cell:
    """An estimate, its interval below it, and a remark such as its unit below that."""
    return Cell(text, [line for line in (bracket, remark) if line], _key(interval.estimate))


def _key(value: float) -> float | str:
    """A number that JavaScript reads; infinity by its name there."""
    return "Infinity" if math.isinf(value) else "NaN" if math.isnan(value) else value
