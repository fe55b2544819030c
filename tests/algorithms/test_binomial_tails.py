"""Binomial tails against exact sums, and against SciPy where there are too many terms."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc

from parity_compare.algorithms.binomial_tails import ln_upper_tail


def exact(a, m, hundredths):
    """ln P[Binomial(m, hundredths / 100) >= a] by summing integers."""
    terms = (
        math.comb(m, j) * hundredths**j * (100 - hundredths) ** (m - j) for j in range(a, m + 1)
    )
    tail = sum(terms)
    below = Fraction(100**m - tail, 100**m)
    return math.log1p(-float(below)) if below < 0.5 else math.log(tail) - m * math.log(100)


@given(st.integers(1, 400), st.integers(1, 99), st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_tails_are_sums_of_the_binomial_law(m, hundredths, data):
    """However small, or however close to 1."""
    a = data.draw(st.integers(0, m))
    told = ln_upper_tail(a, m, hundredths / 100)
    assert told == pytest.approx(exact(a, m, hundredths), rel=1e-11, abs=1e-300)


@pytest.mark.parametrize("p", [0.5, 0.3])
@pytest.mark.parametrize("m", [10**5, 10**7, 10**9])
@pytest.mark.parametrize("deviations", [-4, 0, 0.1, 1, 4, 20])
def test_long_sums_agree_with_scipy(m, p, deviations):
    a = int(m * p + deviations * math.sqrt(m * p * (1 - p)))
    expected = math.log(betainc(a, m - a + 1, p))
    assert ln_upper_tail(a, m, p) == pytest.approx(expected, rel=1e-5)


def test_certain_and_impossible_events():
    assert ln_upper_tail(0, 5, 0.3) == ln_upper_tail(-1, 5, 0.0) == ln_upper_tail(5, 5, 1.0) == 0.0
    assert ln_upper_tail(6, 5, 1.0) == ln_upper_tail(1, 5, 0.0) == -math.inf
    assert ln_upper_tail(5, 5, 0.5) == pytest.approx(-5 * math.log(2))
