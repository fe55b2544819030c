"""Reading what users write: texts, numbers, truth values and lists of them.

A file has all of these; on the command line, :func:`literals` makes them out of text. Every reader
is given the name that the user knows a value by, ``--n`` or ``grid.n``, and says it when the value
breaks its rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from parity_compare.problems.errors import InvalidInput

T = TypeVar("T")
Read = Callable[[str, object], T]
"""Reads the value of a name."""

_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_BYTES = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([kmgt]?i?b|)")


def word(name: str, value: object) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{name} must be a word, got {value!r}")
    return value.strip()


def integer(name: str, value: object) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(f"{name} must be a whole number, got {value!r}")
    return value


def real(name: str, value: object) -> float:
    """A number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidInput(f"{name} must be a number, got {value!r}")
    return float(value)


def flag(name: str, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidInput(f"{name} must be true or false, got {value!r}")
    return value


def optional(read: Read[T]) -> Read[T | None]:
    """What ``read`` reads, or the word ``none``."""

    def read_or_none(name: str, value: object) -> T | None:
        return None if value == "none" else read(name, value)

    return read_or_none


def limit(name: str, value: object) -> int | None:
    """A whole number of at least 1, or ``none`` for no limit."""
    try:
        most = optional(integer)(name, value)
    except InvalidInput:
        most = 0
    if most is not None and most < 1:
        raise InvalidInput(f"{name} must be one whole number of at least 1, or none, got {value!r}")
    return most


def duration(name: str, value: object) -> float | None:
    """Seconds of a duration such as ``60s``, ``1h30m``, ``500ms`` or ``90``; None for ``none``."""
    if value == "none":
        return None
    compact = _compact(value)
    if re.fullmatch(r"\d+(?:\.\d+)?", compact):
        seconds = float(compact)
    elif compact and re.fullmatch(rf"(?:{_DURATION.pattern})+", compact):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(compact))
    else:
        raise InvalidInput(
            f"{name} must be a duration such as 60s, 2m or 1h30m, or none, got {value!r}"
        )
    if seconds <= 0:
        raise InvalidInput(f"{name} must be positive, got {value!r}")
    return seconds


def size(name: str, value: object) -> int | None:
    """Bytes of a size such as ``2GB`` (10^9 bytes), ``512MiB`` (2^20) or ``4096``; None for
    ``none``."""
    if value == "none":
        return None
    found = _SIZE.fullmatch(_compact(value).lower())
    if found is None or found[2] == "ib":
        raise InvalidInput(
            f"{name} must be a size such as 2GB, 512MiB or 4096 bytes, or none, got {value!r}"
        )
    amount = int(float(found[1]) * _BYTES[found[2]])
    if amount < 1:
        raise InvalidInput(f"{name} must be at least 1 byte, got {value!r}")
    return amount


def several(read: Read[T]) -> Read[tuple[T, ...]]:
    """A list, or one value alone."""

    def read_all(name: str, value: object) -> tuple[T, ...]:
        items = value if isinstance(value, list) else [value]
        return tuple(read(name, item) for item in items)

    return read_all


def literals(name: str, text: str) -> object:
    """The value that a text such as ``20``, ``0,0.1`` or ``cpu,cuda`` stands for: a number, a word
    or a list of them."""
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise InvalidInput(f"{name} must be a comma list without empty entries, got {text!r}")
    values = [_literal(part) for part in parts]
    return values if len(values) > 1 else values[0]


def _literal(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def told(name: str, value: object) -> tuple[str, ...]:
    """The names of side information: a list, which may be empty; ``none`` for nothing."""
    return () if value == "none" else several(word)(name, value)


def _compact(value: object) -> str:
    """A text without its spaces, or a plain number as text; empty for anything else."""
    if isinstance(value, str):
        return value.replace(" ", "")
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value}" if plain else ""
