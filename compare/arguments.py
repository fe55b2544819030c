"""Reading the command line's texts: lists, optional numbers, durations."""

from __future__ import annotations

import re
from typing import TypeVar

from parity_compare.problems.errors import InvalidInput

Number = TypeVar("Number", int, float)

_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def words(name: str, text: str) -> tuple[str, ...]:
    """A comma list such as ``cpu,cuda``; empty entries are an error."""
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise InvalidInput(f"--{name} must be a comma list without empty entries, got {text!r}")
    return parts


def numbers(name: str, text: str, kind: type[Number]) -> tuple[Number, ...]:
    """A comma list of numbers such as ``20,30``."""
    return tuple(_number(name, part, kind) for part in words(name, text))


def optional_numbers(name: str, text: str, kind: type[Number]) -> tuple[Number | None, ...]:
    """A comma list of numbers and of the word ``none``."""
    return tuple(
        None if part == "none" else _number(name, part, kind) for part in words(name, text)
    )


def optional_number(name: str, text: str) -> int | None:
    """A positive whole number, or ``none``."""
    (value, *more) = optional_numbers(name, text, int)
    if more or (value is not None and value < 1):
        raise InvalidInput(
            f"--{name} must be one whole number of at least 1, or none, got {text!r}"
        )
    return value


def duration(name: str, text: str) -> float | None:
    """Seconds of a duration such as ``60s``, ``1h30m``, ``500ms`` or ``90``; None for ``none``."""
    if text == "none":
        return None
    compact = text.replace(" ", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", compact):
        seconds = float(compact)
    elif compact and re.fullmatch(rf"(?:{_DURATION.pattern})+", compact):
        seconds = sum(float(value) * _SECONDS[unit] for value, unit in _DURATION.findall(compact))
    else:
        raise InvalidInput(
            f"--{name} must be a duration such as 60s, 2m or 1h30m, or none, got {text!r}"
        )
    if seconds <= 0:
        raise InvalidInput(f"--{name} must be positive, got {text!r}")
    return seconds


def _number(name: str, text: str, kind: type[Number]) -> Number:
    try:
        return kind(text)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise InvalidInput(f"--{name} must be {wanted}, got {text!r}") from None
