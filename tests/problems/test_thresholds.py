"""Threshold functions: closed forms against enumeration, and against each other at large n."""

import math
from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc, betaincc

from parity_compare.problems import ln_binomials
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.fourier import fourier_coefficients
from parity_compare.problems.ln_binomials import ln_at_most, ln_binomial_tail, ln_half_binomial
from parity_compare.problems.thresholds import (
    best_gap,
    gap_at,
    krawtchouk,
    ln_best_gap,
    ln_krawtchouk,
    ln_majority_coefficient,
    ln_majority_gap,
    ln_threshold_coefficient,
    majority_coefficient,
    majority_gap,
    signed_ln_majority,
    threshold_coefficient,
)


def ln_of(value: Fraction | int) -> float:
    """ln |value| of a number that may be far too large or small for a float."""
    if isinstance(value, Fraction):
        return ln_of(value.numerator) - ln_of(value.denominator)
    shift = max(0, value.bit_length() - 64)
    return math.log(abs(value) >> shift) + shift * math.log(2)


@pytest.mark.parametrize("n", range(1, 16))
def test_coefficients_by_enumeration_of_the_cube(n):
    """Sums of +-1 over up to 2^15 inputs are exact in double precision."""
    sizes = np.bitwise_count(np.arange(2**n))
    for radius in range(n + 1):
        enumerated = fourier_coefficients((sizes <= radius).astype(float))
        for size in range(n + 1):
            wanted = enumerated[2**size - 1]
            assert np.all(enumerated[sizes == size] == wanted)
            assert threshold_coefficient(n, size, radius) == Fraction(wanted)
            assert float(ln_threshold_coefficient(n, size, radius)) == pytest.approx(
                wanted, rel=1e-12, abs=1e-15
            )
    assert threshold_coefficient(n, n + 1, 1) == 0


@pytest.mark.parametrize("n", range(1, 16, 2))
def test_the_majority_by_enumeration_of_the_cube(n):
    majority = 1 - 2 * (np.bitwise_count(np.arange(2**n)) > n / 2).astype(float)
    enumerated = fourier_coefficients(majority)
    for size in range(n + 2):
        wanted = enumerated[2**size - 1] if size <= n else 0.0
        assert majority_coefficient(n, size) == pytest.approx(wanted, rel=1e-13, abs=0)
        if size % 2 == 0:
            assert ln_majority_coefficient(n, size) == -math.inf


@pytest.mark.parametrize("n", range(1, 12))
def test_krawtchouk_sums_parities_over_spheres(n):
    sizes = np.bitwise_count(np.arange(2**n))
    for degree in range(n + 2):
        sums = fourier_coefficients((sizes == degree).astype(float)) * 2**n
        for size in range(n + 1):
            assert krawtchouk(n, degree, size) == sums[2**size - 1]


@settings(max_examples=100, deadline=None)
@given(data=st.data(), order=st.integers(1, 300))
def test_krawtchouk_polynomials_are_symmetric(data, order):
    """C(N, s) K_j(s) = C(N, j) K_s(j), and K_j(N - s) = (-1)^j K_j(s)."""
    degree, size = data.draw(st.integers(0, order)), data.draw(st.integers(0, order))
    value = krawtchouk(order, degree, size)
    mirrored = math.comb(order, degree) * krawtchouk(order, size, degree)
    assert math.comb(order, size) * value == mirrored
    assert krawtchouk(order, degree, order - size) == (-1) ** degree * value


@pytest.mark.parametrize("order", [10, 301, 2000])
def test_krawtchouk_in_logarithms_against_exact_integers(order):
    """Errors are measured against the size of the swing, sqrt(2^N C(N, j) / C(N, s)), too."""
    rng = np.random.default_rng(order)
    for _ in range(40):
        degree, size = (int(i) for i in rng.integers(0, order + 1, 2))
        exact, (sign, ln) = krawtchouk(order, degree, size), ln_krawtchouk(order, degree, size)
        ln_swing = (
            order * math.log(2) + ln_of(math.comb(order, degree)) - ln_of(math.comb(order, size))
        ) / 2
        scale = max(ln_swing, ln_of(exact)) if exact else ln_swing
        ours = sign * math.exp(ln - scale)
        theirs = (1 if exact > 0 else -1) * math.exp(ln_of(exact) - scale) if exact else 0.0
        assert ours == pytest.approx(theirs, abs=2e-11)


@pytest.mark.parametrize("n", [101, 999, 2001])
@pytest.mark.parametrize("size", [1, 3, 4, 5, 11, 50, 51])
def test_the_two_routes_to_the_majority_meet_at_large_n(n, size):
    """Twice the threshold's coefficient, in exact integers and by recurrence, against the closed
    formula."""
    exact = 2 * threshold_coefficient(n, size, (n - 1) // 2)
    closed = signed_ln_majority(n, size)
    recurrence = ln_threshold_coefficient(n, size, (n - 1) // 2)
    if size % 2 == 0:
        assert exact == 0
        assert closed.sign == recurrence.sign == 0
        return
    assert closed.sign == recurrence.sign == (1 if exact > 0 else -1)
    assert closed.ln == pytest.approx(ln_of(exact), abs=1e-12)
    assert recurrence.ln + math.log(2) == pytest.approx(ln_of(exact), abs=1e-12)


@pytest.mark.parametrize("size", [2, 3, 8, 40])
@pytest.mark.parametrize("radius", [700, 900, 990])
def test_thresholds_in_logarithms_against_exact_fractions(size, radius):
    exact = threshold_coefficient(2000, size, radius)
    sign, ln = ln_threshold_coefficient(2000, size, radius)
    assert sign == (1 if exact > 0 else -1)
    assert ln == pytest.approx(ln_of(exact), abs=1e-10)


@pytest.mark.parametrize("n", [10**6, 10**6 + 1])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 10, 1000])
def test_a_million_bits_underflow_nothing(n, size):
    sign, ln = ln_threshold_coefficient(n, size, n // 2 - 1234)
    assert sign in (-1, 1)
    assert math.isfinite(ln)


def test_the_majority_of_a_million_signs():
    """|xi_1| is the central binomial probability, sqrt(2 / (pi n)) (1 + 1 / (4 n) + ...), and the
    ratios and the symmetry of the others hold."""
    n = 10**6 + 1
    series = math.log(2 / (math.pi * (n - 1))) / 2 - 1 / (4 * (n - 1))
    assert ln_majority_coefficient(n, 1) == pytest.approx(series, abs=1e-13)
    for k in (2, 4, 10, 1000):
        ratio = ln_majority_coefficient(n, k - 1) - ln_majority_coefficient(n, k + 1)
        assert ratio == pytest.approx(math.log((n - k) / (k - 1)), abs=1e-9)
        mirrored = ln_majority_coefficient(n, n + 2 - k)
        assert mirrored == pytest.approx(ln_majority_coefficient(n, k - 1), abs=1e-7)
    for size in (1, 3, 9, 101):
        route = ln_threshold_coefficient(n, size, (n - 1) // 2)
        assert route.ln + math.log(2) == pytest.approx(ln_majority_coefficient(n, size), rel=1e-12)


def test_parseval_over_the_levels_of_a_threshold():
    """sum of C(n, s) c_s^2 = P[f = 1] at n = 1001."""
    n, radius = 1001, 480
    terms = [
        math.exp(2 * ln_threshold_coefficient(n, size, radius).ln + ln_of(math.comb(n, size)))
        for size in range(n + 1)
    ]
    assert math.fsum(terms) == pytest.approx(math.exp(ln_at_most(n, radius)), rel=1e-9)


@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 100, 1001, 3000])
def test_chances_of_heads_against_exact_integers(n):
    sums = list(accumulate(math.comb(n, j) for j in range(n + 1)))
    for j in sorted({0, 1, n // 3, n // 2 - 1, n // 2, n // 2 + 1, n - 1, n} & set(range(n + 1))):
        exact = ln_of(math.comb(n, j)) - n * math.log(2)
        assert ln_half_binomial(n, j) == pytest.approx(exact, rel=1e-13, abs=5e-13)
        at_most = sums[j] / 2**n  # rounded once
        assert math.exp(ln_at_most(n, j)) == pytest.approx(at_most, rel=2e-12)
    assert ln_half_binomial(n, n + 1) == ln_at_most(n, -1) == -math.inf
    assert ln_at_most(n, n + 3) == 0


def test_the_majority_at_many_factors_goes_on_without_a_jump():
    """|xi_{s+2}| / |xi_s| = s / (n - 1 - s) also where products give way to binomials."""
    n, last = 10**8 + 1, 2 * 2**20 + 1
    for size in (last - 2, last, 10**7 + 1):
        found = ln_majority_coefficient(n, size + 2) - ln_majority_coefficient(n, size)
        assert found == pytest.approx(math.log(size / (n - 1 - size)), abs=1e-6)


@pytest.mark.parametrize("n", [10**4, 2 * 10**6, 2 * 10**6 + 1])
@pytest.mark.parametrize("deviations", [-3.0, 0.0, 0.001, 1.0, 5.0, 37.0])
def test_the_saddle_point_has_the_tail_that_is_added_term_by_term(n, deviations, monkeypatch):
    j = round(n / 2 - deviations * math.sqrt(n) / 2)
    with monkeypatch.context() as patch:
        patch.setattr(ln_binomials, "SUMMED", math.inf)
        added = ln_at_most(n, j)
    tolerance = 1e-7 if n > ln_binomials.SUMMED else 1e-5
    assert float(ln_binomial_tail(n - j, n, 0.5)) == pytest.approx(added, rel=0, abs=tolerance)


@pytest.mark.parametrize(("m", "p"), [(10**5, 0.2), (10**6, 0.49), (10**6, 0.02)])
def test_the_saddle_point_has_the_tails_of_the_incomplete_beta_function(m, p):
    deviation = math.sqrt(m * p * (1 - p))
    w = np.unique(np.round(m * p + deviation * np.linspace(-20, 20, 81)))
    upper, lower = ln_binomial_tail(w, m, p), ln_binomial_tail(m - w + 1, m, 1 - p)
    assert np.exp(upper) == pytest.approx(betainc(w, m - w + 1, p), rel=1e-6)
    assert np.exp(lower) == pytest.approx(betaincc(w, m - w + 1, p), rel=1e-6)


def test_the_saddle_point_keeps_to_the_ends():
    tail = ln_binomial_tail([-1, 0, 1, 10**7, 10**7 + 1], 10**7, 0.5)
    assert tail[[0, 1, 4]].tolist() == [0, 0, -math.inf]
    assert -1e-300 < tail[2] <= 0
    assert tail[3] == pytest.approx(-(10**7) * math.log(2), rel=1e-6)


@pytest.mark.parametrize(
    ("n", "k", "inside", "outside", "gap"),
    [
        (15, 4, 1.61e-2, 4.39e-3, 1.17e-2),
        (51, 4, 2.29e-3, 1.46e-4, 2.15e-3),
        (101, 4, 8.04e-4, 2.49e-5, 7.79e-4),
        (51, 6, 1.46e-4, 1.63e-5, 1.30e-4),
    ],
)
def test_the_majority_has_the_paper_s_gap(n, k, inside, outside, gap):
    assert abs(majority_coefficient(n, k - 1)) == pytest.approx(inside, rel=5e-3)
    assert abs(majority_coefficient(n, k + 1)) == pytest.approx(outside, rel=5e-3)
    assert majority_gap(n, k) == pytest.approx(gap, rel=5e-3)
    assert majority_gap(n, k) == pytest.approx(2 * gap_at(n, k, (n - 1) // 2).gamma, rel=1e-12)
    assert math.exp(ln_majority_gap(n, k)) == pytest.approx(majority_gap(n, k), rel=1e-12)
    assert majority_gap(n, k) >= 0.03 * (n - 1) ** (-(k - 1) / 2)


def test_large_sets_have_no_majority_gap():
    assert majority_gap(15, 8) == pytest.approx(0, abs=1e-18)
    assert majority_gap(15, 10) < 0
    for k in (8, 9, 10, 14):
        assert ln_majority_gap(15, k) == -math.inf
    assert math.isfinite(ln_majority_gap(10**6 + 1, 1000))


def test_the_majority_is_blind_to_odd_sizes_and_the_best_threshold_is_not():
    assert gap_at(51, 5, 25).gamma == majority_gap(51, 5) == 0
    assert best_gap(51, 5).gamma > 0


@pytest.mark.parametrize(("n", "k"), [(21, 1), (21, 2), (20, 3), (51, 4), (30, 5)])
def test_the_best_threshold_needs_fewest_examples(n, k):
    best = best_gap(n, k).samples(n, 0.8, 0.5)
    assert best == min(gap_at(n, k, radius).samples(n, 0.8, 0.5) for radius in range(n + 1))


def test_a_single_coordinate_needs_no_threshold():
    gap = best_gap(20, 1)
    assert (gap.inside, gap.outside, gap.rate) == (1, 0, 1)


@pytest.mark.parametrize(("n", "k"), [(300, 2), (301, 3), (400, 4), (300, 7), (300, 40)])
def test_the_best_gap_in_logarithms_is_the_exact_one(n, k):
    """Beyond 256 bits some thresholds are passed over: at most 1 % is lost by that."""
    ln_gap, rate = ln_best_gap(n, k)
    gaps = [gap_at(n, k, radius) for radius in range(n // 2 + 1)]
    exact = max(gap.gamma / math.sqrt(gap.rate) for gap in gaps)
    assert ln_gap == pytest.approx(math.log(exact), abs=0.01)
    assert 0 < rate < 1


def test_the_best_gap_of_a_million_bits_is_that_of_a_normal_variable():
    """k = 2: phi(t) / sqrt(n P[Z >= t]), largest at t = 0.612 where it is 0.6363 / sqrt(n)."""
    ln_gap, rate = ln_best_gap(10**6, 2)
    assert ln_gap == pytest.approx(math.log(0.6363 / 1000), abs=2e-3)
    assert rate == pytest.approx(0.27, abs=0.01)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: majority_coefficient(10, 1), "n must be odd .* got 10"),
        (lambda: majority_coefficient(11, -1), "size must be at least 0, got -1"),
        (lambda: krawtchouk(5, 2, 6), r"size must lie in 0..order = 0..5, got 6"),
        (lambda: ln_krawtchouk(5, -1, 2), "degree must be at least 0, got -1"),
        (lambda: threshold_coefficient(0, 1, 1), "n must be at least 1, got 0"),
        (lambda: ln_threshold_coefficient(5, -2, 1), "size must be at least 0, got -2"),
        (lambda: threshold_coefficient(5, 1, -1), "radius must be at least 0, got -1"),
    ],
)
def test_arguments_out_of_range(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()
