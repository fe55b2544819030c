"""How trials and contestants are marked in the figures, the same way in each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from parity_compare.reports import wording
from parity_compare.reports.contestants import Contestant
from parity_compare.reports.digest import Entry
from parity_compare.reports.figure import Key, Row
from parity_compare.results import Record

MARKS_AT_MOST = 1500
"""Trials drawn in one chart; beyond, evenly spaced ones by rank stand for all."""

_SHAPES = ("circle", "square", "diamond", "cross", "triangle-down", "triangle-left")
_DASHES = ((), (6, 3), (2, 2), (8, 3, 2, 3))


def mark(contestant: Contestant) -> tuple[str, tuple[int, ...]]:
    """The contestant's point and dash, by which lines differ besides their colour."""
    index = contestant.index
    return _SHAPES[index % len(_SHAPES)], _DASHES[index // len(_SHAPES) % len(_DASHES)]


def row_name(contestant: Contestant) -> str:
    """The contestant's row in charts of rows: its name, and below it under which rules it ran."""
    return f"{contestant.name}\n{rules(contestant)}"


def rules(contestant: Contestant) -> str:
    """``sample, told k``."""
    return f"{contestant.access}, told {wording.told_words(contestant.side_information)}"


def contestant_keys(
    contestants: Iterable[Contestant], remark: Callable[[Contestant], str] = lambda _: ""
) -> list[Key]:
    """Whose lines they are, for a legend.

    Args:
        contestants: those that are drawn.
        remark: what is said of one besides the rules that it ran under; empty for nothing.
    """
    return [
        Key(c.name, c.colour, *mark(c), "; ".join(filter(None, (rules(c), remark(c)))))
        for c in contestants
    ]


def contestant_columns(contestant: Contestant) -> Row:
    """Who it is and under which rules and clock it ran, as columns of a table."""
    return {
        "learner": contestant.name,
        "device": contestant.device,
        "threads": contestant.threads,
        "access": contestant.access,
        "told": wording.told_words(contestant.side_information),
        "timing": f"{contestant.timing}, simulated" if contestant.simulated else contestant.timing,
    }


def side(place: float) -> str:
    """On which side of its anchor a text stands that must not leave the axis.

    Args:
        place: of the anchor, as a share of the axis.
    """
    return "right" if place > 0.75 else "left" if place < 0.25 else "middle"


def clean(value: float) -> float | None:
    """A number that JSON can hold, to five digits; None for one that it cannot."""
    return float(f"{value:.5g}") if math.isfinite(value) else None


def thin(records: Sequence[Record], cost: str, at_most: int) -> list[Record]:
    """At most so many of the records, evenly spaced by cost, solved and failed in proportion."""
    if len(records) <= at_most:
        return list(records)
    ordered = sorted(records, key=lambda record: (record.solved, getattr(record.cost, cost)))
    last = len(ordered) - 1
    return [ordered[round(i * last / (at_most - 1))] for i in range(at_most)]


def jitter(index: int) -> float:
    """The base-2 van der Corput sequence on [-0.35, 0.35]: spreads any number of dots evenly."""
    value, weight, rest = 0.0, 0.5, index + 1
    while rest:
        value += weight * (rest & 1)
        rest, weight = rest >> 1, weight / 2
    return round(0.7 * (value - 0.5), 4)


def unreached(entry: Entry) -> str:
    """What stands for the median of seconds if no more than half of the trials were solved."""
    failed = [record for record in entry.records if not record.solved]
    limits = {record.spec.seconds for record in failed}
    solved = f"({entry.solved} of {entry.trials} solved)"
    if len(limits) == 1 and all(record.status == "timeout" for record in failed):
        limit = limits.pop()
        if limit is not None and all(record.cost.seconds >= limit for record in failed):
            return f"> {wording.seconds(limit)} {solved}"
    return f"∞ {solved}"
