"""Thresholds and sample sizes against exact sums of binomial coefficients."""

import math
from fractions import Fraction

import pytest

from parity_compare.algorithms.acceptance import (
    acceptance_threshold,
    chance_of_agreement,
    sample_size,
)
from parity_compare.problems import InvalidInput


def exact_tail(agreements, m):
    """P[Binomial(m, 1/2) >= agreements] as a fraction."""
    return Fraction(sum(math.comb(m, j) for j in range(max(0, agreements), m + 1)), 2**m)


def exact_miss(threshold, m, noise):
    """P[Binomial(m, 1 - noise) < threshold] as a fraction, noise in hundredths."""
    flipped = round(100 * noise)
    kept = 100 - flipped
    sums = sum(math.comb(m, j) * kept**j * flipped ** (m - j) for j in range(min(threshold, m + 1)))
    return Fraction(sums, 100**m)


@pytest.mark.parametrize("candidates", [1, 30, 4060, 10**12])
def test_chances_are_the_union_bound_over_exact_tails(candidates):
    for m in (1, 2, 7, 64, 200):
        for agreements in range(m + 1):
            exact = min(1, candidates * exact_tail(agreements, m))
            assert chance_of_agreement(agreements, m, candidates) == pytest.approx(float(exact))


@pytest.mark.parametrize("failure", [0.9, 0.6, 0.05, 1e-6, 1e-30])
@pytest.mark.parametrize("candidates", [1, 30, 10**12])
def test_the_threshold_is_the_smallest_number_that_cannot_be_luck(candidates, failure):
    """By enumeration of all numbers of agreements; m + 1 if none will do."""
    for m in (0, 1, 2, 3, 4, 5, 20, 63, 150):
        passing = [a for a in range(m + 1) if candidates * exact_tail(a, m) <= Fraction(failure)]
        expected = passing[0] if passing else m + 1
        assert acceptance_threshold(m, candidates, failure) == expected


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
@pytest.mark.parametrize(("candidates", "failure"), [(1, 0.3), (30, 0.05), (4060, 1e-6)])
def test_the_sample_bounds_both_errors_and_one_example_less_does_not(candidates, failure, noise):
    m = sample_size(candidates, noise, failure)
    threshold = acceptance_threshold(m, candidates, failure)
    assert candidates * exact_tail(threshold, m) <= Fraction(failure)
    assert float(exact_miss(threshold, m, noise)) <= failure * (1 + 1e-9)
    less = acceptance_threshold(m - 1, candidates, failure)
    assert float(exact_miss(less, m - 1, noise)) > failure * (1 - 1e-9)


def test_without_noise_the_sample_is_the_logarithm_of_the_candidates():
    """Full agreement of m labels is luck with probability N 2^-m: m = log2(N / failure)."""
    for candidates in (1, 30, 4060, 10**9):
        for failure in (0.1, 1e-6):
            assert sample_size(candidates, 0.0, failure) == math.ceil(
                math.log2(candidates / failure)
            )


def test_more_candidates_more_noise_and_more_caution_need_more_examples():
    sizes = [sample_size(10**e, 0.2, 1e-6) for e in range(0, 13, 2)]
    assert sizes == sorted(set(sizes))
    sizes = [sample_size(4060, noise, 1e-6) for noise in (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.45, 0.49)]
    assert sizes == sorted(set(sizes))
    sizes = [sample_size(4060, 0.2, failure) for failure in (0.1, 1e-2, 1e-4, 1e-8, 1e-16)]
    assert sizes == sorted(set(sizes))


def test_the_threshold_rises_with_the_candidates_and_by_at_most_one_per_example():
    thresholds = [acceptance_threshold(100, 10**e, 1e-6) for e in range(10)]
    assert thresholds == sorted(thresholds)
    by_size = [acceptance_threshold(m, 4060, 1e-6) for m in range(300)]
    assert all(step in (0, 1) for step in map(int.__sub__, by_size[1:], by_size))


def test_chances_fall_with_the_agreements_down_to_the_smallest_number():
    """The tail itself is far below what double precision can hold."""
    chances = [chance_of_agreement(a, 2000, 4060) for a in range(1000, 2001)]
    assert chances == sorted(chances, reverse=True)
    assert chances[-1] == pytest.approx(1e-300)
    small = next(a for a in range(2000) if chance_of_agreement(a, 2000, 1) < 1e-290)
    huge = 10**250  # as many candidates bring the chance back into view
    exact = float(huge * exact_tail(small, 2000))
    assert chance_of_agreement(small, 2000, huge) == pytest.approx(exact, rel=1e-9)


def test_candidates_beyond_double_precision():
    """C(2000, 1000) is past 1e308: such an answer is what elimination gives on dense data."""
    candidates = math.comb(2000, 1000)
    assert chance_of_agreement(2000, 2000, candidates) == pytest.approx(candidates / 2**2000)
    assert chance_of_agreement(1990, 2000, candidates) == 1.0
    assert chance_of_agreement(9000, 9000, candidates) == pytest.approx(1e-300)
    m = sample_size(candidates, 0.0, 1e-6)
    assert m == math.ceil(math.log2(candidates) + math.log2(1e6))


@pytest.mark.parametrize("noise", [-0.1, 0.5, 0.7])
def test_the_noise_rate_lies_below_one_half(noise):
    with pytest.raises(InvalidInput) as error:
        sample_size(10, noise, 0.1)
    assert str(error.value) == f"noise must lie in [0, 0.5), got {noise}"


@pytest.mark.parametrize("failure", [0.0, 1.0, -1])
def test_a_probability_of_failure_lies_inside_zero_and_one(failure):
    with pytest.raises(InvalidInput) as error:
        sample_size(10, 0.1, failure)
    assert str(error.value) == f"failure must lie in (0, 1), got {failure}"


@pytest.mark.parametrize("candidates", [0.5, math.inf, math.nan])
def test_candidates_that_cannot_be_counted_are_refused(candidates):
    with pytest.raises(InvalidInput) as error:
        sample_size(candidates, 0.1, 0.1)
    assert str(error.value) == f"candidates must be at least 1 and finite, got {candidates}"


def test_below_the_least_bias_samples_grow_as_its_inverse_square():
    known = sample_size(4060, 0.5 - 1e-4, 1e-6)  # a bias of 2e-4, found by search
    for bias in (0.99e-4, 1e-6, 2.0**-52):
        scaled = known * (2e-4 / bias) ** 2
        assert sample_size(4060, (1 - bias) / 2, 1e-6) == pytest.approx(scaled, rel=1e-3)
