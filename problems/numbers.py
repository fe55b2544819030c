"""Numbers that callers give: of Python's own types, NumPy's or others that stand for them."""

from __future__ import annotations

import operator
from numbers import Real

import numpy as np

from parity_compare.problems.errors import InvalidInput


def integer(name: str, value: object) -> int:
    """The Python integer that a value of any integer type stands for.

    Args:
        name: what the caller knows the value by.
        value: anything.

    Raises:
        InvalidInput: it is no integer: a text, true or false, a float, even 3.0, which may stand
            for a rounded one.
    """
    if isinstance(value, bool | np.bool_):
        raise InvalidInput(f"{name} must be an integer, got {value!r}")
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise InvalidInput(f"{name} must be an integer, got {value!r}") from None


def real(name: str, value: object) -> float:
    """The Python float that a value of any real type stands for.

    Raises:
        InvalidInput: it is no real number: a text, a complex number, an array, true or false, or an
            integer beyond all floats.
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise InvalidInput(f"{name} must be a number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise InvalidInput(f"{name} must be a number below 1.8e308, got {value!r:.20}...") from None
