"""Words for a terminal: durations and rates in short, and labels from elsewhere made harmless."""

from __future__ import annotations

import math

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def duration(seconds: float) -> str:
    """A length of time at a glance: ``8 s``, ``12 min``, ``3.5 h``, ``2.1 d``."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            value = seconds / size
            return f"{value:.1f} {unit}" if value < 9.95 and size > 60 else f"{value:.0f} {unit}"
    return f"{seconds:.0f} s"


def format_seconds(seconds: float) -> str:
    """A duration in the unit that suits it: ``350 us``, ``1.2 ms``, ``3.4 s``."""
    if math.isinf(seconds):
        return "inf"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size or unit == "us":
            return f"{seconds / size:.3g} {unit}"
    raise AssertionError


def rate(per_second: float) -> str:
    """A rate to three digits, in the unit that keeps it readable: ``18.2/s``, ``4.1/min``."""
    for factor, unit in ((1.0, "s"), (60.0, "min")):
        if per_second * factor >= 0.995:
            return f"{_digits(per_second * factor)}/{unit}"
    return f"{_digits(per_second * 3600)}/h"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 99.95 else f"{value:.3g}"


def printable(text: str) -> str:
    """The text with every character that a terminal might obey replaced by ``?``.

    Labels and messages come from users, from plug-ins and from stores made elsewhere; an escape
    sequence in one must not reach the terminal.
    """
    return "".join(character if character.isprintable() else "?" for character in text)


def cropped(text: str, width: int) -> str:
    """The text on at most ``width`` terminal cells, shortened in the middle: ``sgd[net…=square]``.

    Learners' labels differ at both ends: in their names, and in their last parameters.
    """
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    if width < 3:
        return set_cell_size(text, max(width, 0))
    head = width // 2
    tail = width - head - 1
    end = text
    while cell_len(end) > tail:
        end = end[1:]
    return set_cell_size(text, head) + "…" + end
