"""The rules that the arguments of the formulas must keep."""

from __future__ import annotations

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.numbers import integer
from parity_compare.problems.parity import SparseParity

MOST_BITS = 10**9
"""Bits up to which the formulas are computed; their logarithms lose digits beyond."""


def check_instance(n: int, k: int, noise: float = 0.0) -> None:
    """Refuse what is no sparse parity.

    Raises:
        InvalidInput: n < 1, n above :data:`MOST_BITS`, k outside 1..n, or a noise rate outside
            [0, 0.5).
    """
    if k is None:
        raise InvalidInput(f"k must lie in 1..n = 1..{n}, got none: the theory is of sparse ones")
    SparseParity(n, k, noise)
    if n > MOST_BITS:
        raise InvalidInput(f"n must be at most {MOST_BITS} for the formulas of theory, got {n}")


def check_at_least(name: str, value: int, least: int) -> None:
    """Refuse what is no whole number of at least ``least``.

    Raises:
        InvalidInput: it is not.
    """
    if integer(name, value) < least:
        raise InvalidInput(f"{name} must be at least {least}, got {value}")


def check_open_unit(name: str, value: float, high: float = 1.0) -> None:
    """Refuse what lies outside (0, high).

    Raises:
        InvalidInput: it does.
    """
    if not 0 < value < high:
        raise InvalidInput(f"{name} must lie in (0, {high:g}), got {value}")
