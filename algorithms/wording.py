"""Numbers and times as a reader wants them in a sentence."""

from __future__ import annotations

import math


def number(count: int) -> str:
    """A number of things to three digits, however large: ``4060``, ``1.43e+05``, ``1e+600``."""
    if count < 10**300:  # a double holds it
        return f"{count:.3g}" if count >= 10**4 else str(count)
    return f"1e+{math.log10(count):.0f}"


def duration(seconds: float) -> str:
    """A time: ``40 seconds``, ``2.5 days``."""
    for unit, size in (("years", 31557600.0), ("days", 86400.0), ("hours", 3600.0)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} seconds"
