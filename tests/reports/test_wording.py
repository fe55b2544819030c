"""Numbers in words: three digits, in the unit that suits them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from parity_compare.reports import wording
from parity_compare.statistics import Interval


@pytest.mark.parametrize(
    ("show", "value", "text"),
    [
        (wording.seconds, 2.04e-4, "204 µs"),
        (wording.seconds, 0.0999, "99.9 ms"),
        (wording.seconds, 0.99999, "1 s"),
        (wording.seconds, 60.0, "60 s"),
        (wording.seconds, 3600.0, "60 min"),
        (wording.seconds, math.inf, "∞"),
        (wording.seconds, 0.0, "0"),
        (wording.number, 62, "62"),
        (wording.number, 19072, "19,072"),
        (wording.number, 999999, "999,999"),
        (wording.number, 1e6, "10⁶"),
        (wording.number, 2.5e9, "2.5 × 10⁹"),
        (wording.number, 0.12345, "0.123"),
        (wording.number, math.nan, "–"),
        (wording.memory, 798_123, "798 kB"),
        (wording.ratio, 2345.0, "2,300"),
        (wording.ratio, 1.18, "1.2"),
    ],
)
def test_numbers_are_written_to_three_digits(show: Any, value: float, text: str) -> None:
    assert show(value) == text


def test_intervals_share_the_unit_of_their_estimate() -> None:
    assert wording.seconds.both(Interval(2e-3, 9e-4, 1.5)) == "2 ms [0.9, 1,500]"
    assert wording.seconds.bracket(Interval(2e-3, 1e-3, 3e-3)) == "[1, 3] ms"
    assert wording.seconds.bracket(Interval(0.5, 0.4, math.inf)) == "[400, ∞) ms"
    assert wording.seconds.bracket(Interval(math.inf, 0.4, math.inf)) == "[400, ∞) ms"
    assert wording.number.bracket(Interval(2e8, 1.5e8, 3e8)) == "[1.5, 3] × 10⁸"
    assert wording.number.bracket(Interval(5, 5, 5)) == ""
