"""Claims and their verdicts: what is said, what was published, and what was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from parity_compare.reproduction.plots import Plot
from parity_compare.statistics import Interval

Answer = Literal["yes", "no", "undecided"]
Origin = Literal["paper", "ours"]

_WORDS: dict[tuple[Origin, Answer], str] = {
    ("paper", "yes"): "reproduced",
    ("paper", "no"): "not reproduced",
    ("paper", "undecided"): "not decided at this scale",
    ("ours", "yes"): "holds",
    ("ours", "no"): "does not hold",
    ("ours", "undecided"): "not decided at this scale",
}


@dataclass(frozen=True)
class Claim:
    """One statement, judged by a rule that is told with it.

    Attributes:
        name: identifies it within its study, such as ``relu-k3``.
        statement: what is claimed, in our own words.
        source: where the paper says so, such as ``figure 1, right``; for statements of our own,
            what they are derived from.
        published: the published number, empty where none is known.
        measured: ours, with its interval.
        answer: whether the measurement bears the statement out; ``undecided`` where the interval,
            or the scale, allows both.
        because: the rule of the verdict and the numbers that it was applied to.
        origin: whether the statement is the paper's, or ours beside it.
    """

    name: str
    statement: str
    source: str
    published: str
    measured: str
    answer: Answer
    because: str
    origin: Origin = "paper"

    @property
    def verdict(self) -> str:
        """``reproduced``, ``not reproduced``, ``not decided at this scale``; of a statement of our
        own, ``holds`` or ``does not hold``."""
        return _WORDS[self.origin, self.answer]


@dataclass(frozen=True)
class Table:
    """Numbers behind the claims of a study.

    Attributes:
        title: what they are.
        columns: the header.
        rows: as they are printed.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Examination:
    """What a study's trials say.

    Attributes:
        claims: judged, in the order in which they are told.
        plots: drawn, in that order.
        tables: printed after them.
        notes: what a reader must know to judge the verdicts, such as settings that are not the
            paper's.
    """

    claims: list[Claim]
    plots: list[Plot] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def within(interval: Interval, low: float, high: float) -> Answer:
    """Whether a quantity lies in [low, high]: ``yes`` or ``no`` if its whole interval agrees."""
    if math.isnan(interval.low) or math.isnan(interval.high):
        return "undecided"
    if low <= interval.low and interval.high <= high:
        return "yes"
    return "no" if interval.high < low or interval.low > high else "undecided"


def above(interval: Interval, bound: float) -> Answer:
    """Whether a quantity exceeds ``bound``, by its whole interval."""
    if math.isnan(interval.low) or math.isnan(interval.high):
        return "undecided"
    return "yes" if interval.low > bound else "no" if interval.high <= bound else "undecided"


def below(interval: Interval, bound: float) -> Answer:
    """Whether a quantity is less than ``bound``, by its whole interval."""
    if math.isnan(interval.low) or math.isnan(interval.high):
        return "undecided"
    return "yes" if interval.high < bound else "no" if interval.low >= bound else "undecided"


def all_of(*answers: Answer) -> Answer:
    """Of several answers: ``no`` if one is, ``yes`` if all are, else ``undecided``."""
    if "no" in answers:
        return "no"
    return "yes" if answers and set(answers) == {"yes"} else "undecided"


def with_interval(interval: Interval, digits: int = 3) -> str:
    """``206 [197, 212]``, to so many significant digits; ``206 (too few for an interval)``."""
    if math.isnan(interval.low) or math.isnan(interval.high):
        return f"{number(interval.estimate, digits)} (too few for an interval)"
    low, high = (number(value, digits) for value in (interval.low, interval.high))
    return f"{number(interval.estimate, digits)} [{low}, {high}]"


def number(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, whole numbers in full; ``inf`` for a failure.

    Below a million no power of ten is written: 270.3 to two digits is ``270``.
    """
    if not math.isfinite(value):
        return str(value)
    rounded = value if value == round(value) else float(f"{value:.{digits}g}")
    whole = rounded == round(rounded) and abs(rounded) < 1e6
    return f"{rounded:.0f}" if whole else f"{value:.{digits}g}"
