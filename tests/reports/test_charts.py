"""Axes, and marks that are the same in every figure."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from made_up import cell, results

from parity_compare.reports import wording
from parity_compare.reports.digest import digest
from parity_compare.reports.figures import charts
from parity_compare.reports.figures.marks import clean, jitter, mark, unreached


@pytest.mark.parametrize(
    "domain",
    [(1e-4, 100.0), (0.75, 1.5), (10, 31), (3.1, 6.0), (7.2, 14.0), (1e-9, 1e12), (0.1, 10)],
)
def test_a_logarithmic_axis_has_ticks_with_labels_of_their_own(
    domain: tuple[float, float],
) -> None:
    ticks = charts.log_ticks(domain)
    assert len(ticks) >= 2
    assert all(domain[0] <= tick <= domain[1] for tick in ticks)
    assert len({wording.seconds(tick) for tick in ticks}) == len(ticks)


@pytest.mark.parametrize("values", [[], [0.0, math.inf], [3.0], [1e-7, 40.0], [0.9, 1.1]])
def test_an_axis_holds_all_that_can_be_drawn_on_it(values: list[float]) -> None:
    low, high = charts.log_domain(values)
    assert 0 < low < high < math.inf
    assert all(low < value < high for value in values if 0 < value < math.inf)


def test_contestants_of_one_hue_differ_in_shape_or_dash() -> None:
    names = [f"sgd[width={width}]" for width in range(24)]
    records = [one for name in names for one in cell(name, [1.0])]
    marks = [mark(contestant) for contestant in digest(results(records)).contestants]
    assert len(set(marks)) == 24


def test_dots_are_spread_evenly_and_never_out_of_their_row() -> None:
    spread = sorted(jitter(index) for index in range(63))
    gaps = [after - before for before, after in pairwise(spread)]
    assert max(map(abs, spread)) <= 0.35
    assert max(gaps) < 2 * min(gaps)


@pytest.mark.parametrize(
    ("value", "kept"), [(math.inf, None), (math.nan, None), (0.1234567, 0.12346), (0.0, 0.0)]
)
def test_numbers_of_tables_have_five_digits_and_infinity_is_blank(value: float, kept: Any) -> None:
    assert clean(value) == kept


def test_a_median_beyond_the_limit_is_said_to_exceed_it_only_if_all_failures_ran_into_it() -> None:
    def said(**facts: Any) -> str:
        (entry,) = digest(results(cell("sgd", [None, None, 1.0], **facts))).entries
        return unreached(entry)

    assert said() == "> 60 s (1 of 3 solved)"
    assert said(status="diverged") == "∞ (1 of 3 solved)"
    assert said(spec={"seconds": None}) == "∞ (1 of 3 solved)"
