"""The report's tables, ready for the template: every cell a text and a value to sort by."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from parity_compare.reports import wording
from parity_compare.reports.digest import Contestant, Digest, Entry, Instance
from parity_compare.reports.marks import unreached
from parity_compare.results import Record

TRIALS_AT_MOST = 500
_FAILURES_AT_MOST = 400


@dataclass(frozen=True)
class Cell:
    """One cell: what stands in it, smaller lines below, and what it is sorted by."""

    text: str
    small: list[str] = field(default_factory=list)
    key: float | str = ""


@dataclass(frozen=True)
class SummaryRow:
    """One contestant on one instance."""

    contestant: Contestant
    cells: list[Cell]


@dataclass(frozen=True)
class Summary:
    """The summary table: its column headings and its rows by instance."""

    headings: list[tuple[str, str]]
    groups: list[tuple[Instance, list[SummaryRow]]]


def summary(digest: Digest) -> Summary:
    """One row per contestant and instance; columns that say nothing here are left out."""
    devices = len({contestant.device for contestant in digest.contestants}) > 1
    threads = {contestant.threads for contestant in digest.contestants} - {1}
    spent = [
        name
        for name in ("samples", "queries", "steps")
        if any(entry.uses(name) for entry in digest.entries)
    ]
    headings = [("Learner", "")]
    if devices:
        headings.append(("Device", "where the learner computed"))
    headings += [
        ("Access", "what the learner may ask for, and what it was told about the instance"),
        ("Solved", "trials solved, with Wilson's 95 % interval for the rate"),
        ("Seconds", "median over all trials, a failed one counted as infinite"),
        (
            "Expected",
            "expected time to the first success: all seconds spent over trials solved; "
            "a point estimate, without an interval",
        ),
    ]
    if threads:
        headings.append(("Threads", "CPU threads per trial"))
    named = {"samples": "Samples", "queries": "Queries", "steps": "Steps"}
    headings += [(named[name], "median over all trials, failed ones infinite") for name in spent]
    headings += [
        ("Operations", "median; counted by the learner's formula, so units differ"),
        ("Memory", "median peak of the learner's own arrays"),
        ("Ended", "how the trials ended"),
    ]

    def row(entry: Entry) -> SummaryRow:
        contestant = entry.contestant
        told = wording.told_words(contestant.side_information)
        cells = [Cell(contestant.device, key=contestant.device)] if devices else []
        cells += [
            Cell(contestant.access, [f"told {told}"], f"{contestant.access} {told}"),
            _rate(entry),
            _cost(entry, "seconds", wording.seconds, _timing(contestant)),
            Cell(
                wording.seconds(entry.statistics["ert_seconds"]),
                key=_key(entry.statistics["ert_seconds"]),
            ),
        ]
        if threads:
            cells.append(Cell(str(contestant.threads), key=contestant.threads))
        cells += [_cost(entry, name, wording.number) for name in spent]
        unit = str(entry.statistics["operations_unit"])
        cells += [
            _cost(entry, "operations", wording.number, wording.nouns(unit)),
            _cost(entry, "peak_memory", wording.memory),
            Cell(str(entry.statistics["statuses"]).replace("_", " "), key=-entry.solved),
        ]
        return SummaryRow(contestant, cells)

    groups = [(instance, [row(e) for e in digest.on(instance)]) for instance in digest.instances]
    return Summary(headings, groups)


def _timing(contestant: Contestant) -> str:
    return f"{contestant.timing}, simulated" if contestant.simulated else contestant.timing


def _rate(entry: Entry) -> Cell:
    text = f"{entry.solved}/{entry.trials}"
    return Cell(text, [wording.rate_bracket(entry.rate)], entry.rate.estimate)


def _cost(entry: Entry, name: str, show: wording.Quantity, remark: str = "") -> Cell:
    """A median with its interval and a remark (timing, unit) below it."""
    if not entry.uses(name):
        return Cell("–", key=0.0)
    interval = entry.cost(name)
    infinite = math.isinf(interval.estimate)
    text = unreached(entry) if infinite and name == "seconds" else show(interval.estimate)
    return Cell(text, [show.bracket(interval), remark], _key(interval.estimate))


def _key(value: float) -> float | str:
    """A number that JavaScript reads; infinity by its name there."""
    return "Infinity" if math.isinf(value) else "NaN" if math.isnan(value) else value


@dataclass(frozen=True)
class Trials:
    """The rows of the table of trials, and a sentence about those that it leaves out."""

    rows: list[tuple[Contestant, Record, list[str]]]
    note: str
    several_instances: bool


def trials(digest: Digest) -> Trials:
    """All trials; of more than :data:`TRIALS_AT_MOST`, failures first, then the first ones."""
    everyone = [
        (entry, record, place)
        for entry in digest.entries
        for place, record in enumerate(entry.records)
    ]
    chosen, note = everyone, ""
    if len(everyone) > TRIALS_AT_MOST:
        failures = [item for item in everyone if not item[1].solved]
        first = sorted((item for item in everyone if item[1].solved), key=lambda item: item[2])
        shown_failures = _spread(failures, _FAILURES_AT_MOST)
        shown = first[: TRIALS_AT_MOST - len(shown_failures)]
        chosen = [*shown_failures, *shown]
        note = (
            f"{wording.whole(len(chosen))} of {wording.whole(len(everyone))} trials are listed: "
            f"{wording.whole(len(shown_failures))} of the {wording.whole(len(failures))} failures, "
            f"then the first {wording.whole(len(shown))} successes, learner by learner."
        )
    several = len(digest.instances) > 1
    return Trials([(e.contestant, r, _trial(e, r)) for e, r, _ in chosen], note, several)


def _spread(
    items: Sequence[tuple[Entry, Record, int]], at_most: int
) -> list[tuple[Entry, Record, int]]:
    """The first of every cell, then the second of every cell, and so on, back in cell order."""
    taken: Counter[int] = Counter()
    ranked = []
    for index, item in enumerate(items):
        ranked.append((taken[id(item[0])], index))
        taken[id(item[0])] += 1
    kept: Iterable[int] = sorted(index for _, index in sorted(ranked)[:at_most])
    return [items[index] for index in kept]


def _trial(entry: Entry, record: Record) -> list[str]:
    cost = record.cost
    return [
        str(record.spec.trial),
        entry.instance.title(),
        record.status.replace("_", " "),
        "yes" if record.solved else "no",
        record.criterion,
        _set(record.support),
        _set(record.secret),
        "–" if math.isnan(record.accuracy) else f"{100 * record.accuracy:.4g} %",
        wording.seconds(cost.seconds),
        *(_spent(value) for value in (cost.samples, cost.queries, cost.steps)),
        f"{wording.number(cost.operations)} {wording.nouns(cost.operations_unit)}".strip()
        if cost.operations
        else "–",
        record.message,
    ]


def _spent(value: float) -> str:
    return wording.number(value) if value else "–"


def _set(support: tuple[int, ...] | None) -> str:
    return "–" if support is None else "{" + ", ".join(map(str, support)) + "}"
