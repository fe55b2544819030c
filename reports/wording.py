"""Numbers and facts in words, the same ones in the table, the sentences and the figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from parity_compare.statistics import Interval

Show = Callable[[float], str]

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

ACCESS = {
    "examples": "fresh examples",
    "sample": "a fixed sample",
    "queries": "statistical queries",
    "membership": "membership queries",
}


def access_words(access: str) -> str:
    """What a learner of this access model is given."""
    return ACCESS.get(access, access)


def told_words(side_information: str) -> str:
    """What a learner was told besides: ``k and noise``, ``nothing``."""
    return listing([part.strip() for part in side_information.split(",") if part.strip()]) or (
        "nothing"
    )


def listing(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def plural(count: int, noun: str) -> str:
    """``1 trial``, ``2 trials``."""
    return f"{whole(count)} {noun}" + ("" if count == 1 else "s")


def whole(value: float) -> str:
    """A whole number with thousands apart: ``12,345``."""
    return f"{value:,.0f}"


def number(value: float) -> str:
    """A count or a ratio to three digits: ``0.0123``, ``4,060``, ``1.2 × 10⁹``, ``∞``."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size >= 1e6 or 0 < size < 1e-3:
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        power = str(int(exponent)).translate(_SUPERSCRIPTS)
        return f"{float(mantissa):g} × 10{power}"
    if size >= 1000 or value == int(value):
        return whole(value)
    return f"{value:.3g}"


def seconds(value: float) -> str:
    """A duration in the unit that suits it: ``350 µs``, ``1.2 ms``, ``3.4 s``, ``∞``."""
    if not math.isfinite(value):
        return number(value)
    unit, size = _time_unit(value)
    return f"{_three_digits(value / size)} {unit}"


def memory(value: float) -> str:
    """Bytes in the unit that suits them: ``12 kB``."""
    if not math.isfinite(value):
        return number(value)
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{_three_digits(value / size)} {unit}"
    return f"{value:.0f} B"


def ratio(value: float) -> str:
    """A factor to two digits, or whole from ten up: ``3.4``, ``480``."""
    if not math.isfinite(value):
        return number(value)
    digits = max(0, math.floor(math.log10(value)) - 1) if value > 0 else 0
    return whole(round(value, -digits)) if value >= 10 else f"{value:.2g}"


def factor(interval: Interval) -> str:
    """``3.4 times [2.9, 4.1]``; an unbounded factor is said to exceed its lower end."""
    if math.isinf(interval.estimate):
        return f"more than {ratio(interval.low)} times"
    return f"{ratio(interval.estimate)} times [{ratio(interval.low)}, {ratio(interval.high)}]"


def bracket(interval: Interval, show: Show) -> str:
    """An interval's ends: ``[0.60, 0.98]``, ``[3 s, ∞)``; nothing if it is a point."""
    if interval.low == interval.high:
        return ""
    close = ")" if math.isinf(interval.high) else "]"
    return f"[{show(interval.low)}, {show(interval.high)}{close}"


def share(value: float) -> str:
    """A rate to two decimals."""
    return "–" if math.isnan(value) else f"{value:.2f}"


def _time_unit(value: float) -> tuple[str, float]:
    for unit, size in (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3)):
        # Two minutes and two hours read better as 120 s and 120 min.
        if value >= (3 * size if size > 1 else size):
            return unit, size
    return "µs", 1e-6


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 999.5 else f"{value:.3g}"
