"""The numbers that bound a search for relations, and the rules that they keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.numbers import integer, real


@dataclass(frozen=True)
class Limits:
    """How far a search goes.

    Attributes:
        max_k: largest number of columns in a relation, at least 1.
        fdr: bound on the expected share of false discoveries, in (0, 1).
        time_limit: seconds, None for no limit.
        threads: threads to search with, None for all cores that this process may use.
    """

    max_k: int
    fdr: float
    time_limit: float | None
    threads: int | None


def checked(
    max_k: object,
    fdr: object,
    time_limit: object,
    threads: object,
    called: Callable[[str], str] = str,
) -> Limits:
    """The limits that a caller gave.

    Args:
        max_k, fdr, time_limit, threads: anything.
        called: what the caller knows a parameter by: ``--max-k`` on the command line.

    Raises:
        InvalidInput: a value is no number, or breaks its rule in :class:`Limits`.
    """
    return Limits(
        _at_least_1(called("max_k"), max_k),
        _share(called("fdr"), fdr),
        None if time_limit is None else _positive(called("time_limit"), time_limit),
        None if threads is None else _at_least_1(called("threads"), threads),
    )


def _at_least_1(name: str, value: object) -> int:
    number = integer(name, value)
    if number < 1:
        raise InvalidInput(f"{name} must be at least 1, got {number}")
    return number


def _share(name: str, value: object) -> float:
    number = real(name, value)
    if not 0 < number < 1:
        raise InvalidInput(f"{name} must lie in (0, 1), got {value}")
    return number


def _positive(name: str, value: object) -> float:
    number = real(name, value)
    if not number > 0:
        raise InvalidInput(f"{name} must be positive, got {value}")
    return number
