"""Numbers and facts in words, the same ones in the table, the sentences and the figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from parity_compare.statistics import Interval

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

ACCESS = {
    "examples": "fresh examples",
    "sample": "a fixed sample",
    "queries": "statistical queries",
}


VARIANTS = {
    "plain": "any support",
    "blocks": "one of S per block",
    "random-labels": "random labels (control)",
}
"""Kinds of instances."""


def replays(count: int) -> str:
    """How many trials share a secret and a start."""
    return "a start each" if count == 1 else f"{count} replays of each start"


def access_words(access: str) -> str:
    """What a learner of this access model is given."""
    return ACCESS.get(access, access)


def told_words(side_information: str) -> str:
    """What a learner was told besides: ``k and noise``, ``nothing``."""
    parts = [part.strip() for part in side_information.split(",")]
    return listing([part for part in parts if part]) or "nothing"


def listing(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def plural(count: int, noun: str) -> str:
    """``1 trial``, ``2 trials``, ``3 queries``."""
    return f"{whole(count)} {noun if count == 1 else nouns(noun)}"


def nouns(noun: str) -> str:
    """The plural of a regular noun; nothing stays nothing."""
    if not noun or noun.endswith("s"):
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def whole(value: float) -> str:
    """A whole number with thousands apart: ``12,345``."""
    return f"{value:,.0f}"


def share(value: float) -> str:
    """A rate to two decimals."""
    return "–" if math.isnan(value) else f"{value:.2f}"


def rate_bracket(rate: Interval) -> str:
    """``[0.60, 0.98]``."""
    return f"[{share(rate.low)}, {share(rate.high)}]"


@dataclass(frozen=True)
class Quantity:
    """How values of one kind are written: to three digits, in the unit that suits them.

    ``unit`` gives, for a positive finite value, the unit's size and its name as a suffix.
    """

    unit: Callable[[float], tuple[float, str]]

    def __call__(self, value: float) -> str:
        """``350 µs``, ``4,060``, ``1.2 × 10⁹``, ``∞``."""
        size, suffix = self._unit(value)
        digits = _digits(value / size)
        return suffix.removeprefix(" × ") if digits == "1" and "×" in suffix else digits + suffix

    def bracket(self, interval: Interval, *, with_unit: bool = True) -> str:
        """The ends in the unit of the estimate: ``[173, 213] µs``; nothing if it is a point."""
        if interval.low == interval.high or math.isinf(interval.low):
            return ""
        low, high, suffix = self.ends(interval)
        close = ")" if math.isinf(interval.high) else "]"
        ends = f"[{low}, {high}{close}"
        return ends + suffix if with_unit or math.isinf(interval.estimate) else ends

    def ends(self, interval: Interval) -> tuple[str, str, str]:
        """Both ends in the unit of the estimate, and that unit: ``173``, ``213``, `` µs``.

        An end to which that unit does not suit has both ends in their own: ``723 µs``, ``173 ms``
        and no unit for both.
        """
        lead = interval.estimate if 0 < interval.estimate < math.inf else interval.low
        size, suffix = self._unit(lead)
        if all(self._suits(end, size, suffix) for end in (interval.low, interval.high)):
            return _digits(interval.low / size), _digits(interval.high / size), suffix
        return self(interval.low), self(interval.high), ""

    def _suits(self, value: float, size: float, suffix: str) -> bool:
        """Whether a value is readable in a unit: at most four digits of it, or tenths."""
        if not 0 < value < math.inf or self._unit(value)[1] == suffix:
            return True
        return 0.1 <= value / size < 10_000

    def both(self, interval: Interval) -> str:
        """``184 µs [173, 213]``."""
        return f"{self(interval.estimate)} {self.bracket(interval, with_unit=False)}".strip()

    def _unit(self, value: float) -> tuple[float, str]:
        return self.unit(value) if 0 < value < math.inf else (1.0, "")


def _time_unit(value: float) -> tuple[float, str]:
    # Two minutes and two hours read better as 120 s and 120 min.
    for size, suffix in ((3600.0, " h"), (60.0, " min")):
        if value >= 3 * size:
            return size, suffix
    for size, suffix in ((1.0, " s"), (1e-3, " ms")):
        if value >= 0.9995 * size:
            return size, suffix
    return 1e-6, " µs"


def _count_unit(value: float) -> tuple[float, str]:
    if 1e-3 <= value < 1e6:
        return 1.0, ""
    exponent = int(f"{value:.2e}".partition("e")[2])
    return 10.0**exponent, f" × 10{str(exponent).translate(_SUPERSCRIPTS)}"


def _byte_unit(value: float) -> tuple[float, str]:
    for size, suffix in ((1e9, " GB"), (1e6, " MB"), (1e3, " kB")):
        if value >= size:
            return size, suffix
    return 1.0, " B"


def _digits(value: float) -> str:
    """Three significant digits; whole numbers in full."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞"
    rounded = float(f"{value:.3g}")
    if value >= 1000 or value == int(value):
        return whole(value)
    return whole(rounded) if abs(rounded) >= 100 else f"{rounded:g}"


seconds = Quantity(_time_unit)
number = Quantity(_count_unit)
memory = Quantity(_byte_unit)


def ratio(value: float) -> str:
    """A factor to two digits: ``3.4``, ``480``, ``2,300``."""
    if not 0 < value < math.inf:
        return number(value)
    return number(float(f"{value:.2g}"))


def factor(interval: Interval) -> str:
    """``3.4 times [2.9, 4.1]``; an unbounded factor is said to exceed its lower end."""
    if math.isinf(interval.estimate):
        return f"more than {ratio(interval.low)} times"
    close = ")" if math.isinf(interval.high) else "]"
    return f"{ratio(interval.estimate)} times [{ratio(interval.low)}, {ratio(interval.high)}{close}"
