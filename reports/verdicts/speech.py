"""Sentences that can be read aloud: how long they are, and how intervals are spoken of in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parity_compare.reports import wording
from parity_compare.statistics import Interval

WORDS_AT_MOST = 60
"""How long a sentence may grow; what does not fit is left to the table."""

_INTRODUCED = ", 95 % "
_HERE = "\0"  # Where an interval may be introduced. No name holds it, for it cannot be printed.


def between(low: str, high: str) -> str:
    """`` [3.8, 4.1]`` behind its estimate; ``, 95 % [3.8, 4.1]`` the first time in a sentence."""
    return f"{_HERE}[{low}, {high}{')' if high == '∞' else ']'}"


def rate(measured: Interval) -> str:
    """``0.90 [0.60, 0.98]``."""
    return f"{_share(measured.estimate)}{rate_ends(measured)}"


def rate_ends(measured: Interval) -> str:
    """`` [0.60, 0.98]``."""
    return between(_share(measured.low), _share(measured.high))


def _share(value: float) -> str:
    """A rate to two decimals, or more if it would pass for 0 or 1 otherwise."""
    if value in (0, 1):
        return wording.share(value)
    for digits in (2, 3, 4):
        text = f"{value:.{digits}f}"
        if float(text) not in (0, 1):
            return text
    return "0" if value < 0.5 else "1"


def amount(spent: Interval, quantity: wording.Quantity, noun: str = "") -> str:
    """``184 µs [173, 213]``, ``62 examples [60, 64]``; an interval that is a point is not told."""
    text = f"{quantity(spent.estimate)} {noun}".strip()
    if spent.low == spent.high:
        return text
    low, high, _ = quantity.ends(spent)
    return f"{text}{between(low, high)}"


def factor(ratio: Interval) -> str:
    """`` [3.8, 4.1]`` of a factor; empty where it is no interval but a point."""
    low, high = wording.ratio(ratio.low), wording.ratio(ratio.high)
    return "" if ratio.low == ratio.high else between(low, high)


def sentence(text: str) -> str:
    """One line that ends with one full stop."""
    return " ".join(_introduced(text).split()).rstrip(". ") + "."


def fitting(first: str, thoughts: Iterable[Sequence[str]]) -> str:
    """The first clause, and what one breath has room for of the others.

    Args:
        first: is always said.
        thoughts: clauses that build on each other: where one has no room, those that come after it
            in its thought are left out too.
    """
    text = first
    for thought in thoughts:
        for clause in thought:
            longer = f"{text}; {clause}"
            if not fits(longer):
                break
            text = longer
    return text


def fits(text: str) -> bool:
    """Whether a sentence of this text is short enough."""
    return len(_introduced(text).split()) <= WORDS_AT_MOST


def _introduced(text: str) -> str:
    return text.replace(_HERE, _INTRODUCED, 1).replace(_HERE, " ")
