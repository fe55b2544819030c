"""Numbers that callers give, in any of the types that hold them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.numbers import integer, real


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_integers_of_any_type_are_integers(value: object) -> None:
    assert integer("k", value) == 3
    assert type(integer("k", value)) is int


@pytest.mark.parametrize("value", [3.0, "3", None, True, np.True_, np.float64(3), np.array([3, 4])])
def test_what_may_be_rounded_or_read_is_no_integer(value: object) -> None:
    with pytest.raises(InvalidInput, match="k must be an integer, got "):
        integer("k", value)


@pytest.mark.parametrize("value", [0.25, np.float32(0.25), Fraction(1, 4)])
def test_reals_of_any_type_are_floats(value: object) -> None:
    assert real("noise", value) == 0.25
    assert type(real("noise", value)) is float


@pytest.mark.parametrize("value", ["0.25", None, True, 1j, np.array([0.25, 0.5]), 10**400])
def test_what_is_no_real_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="noise must be a number"):
        real("noise", value)
