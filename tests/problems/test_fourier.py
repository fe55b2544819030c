"""Fourier analysis on the cube: definitions, Parseval, convolution, inverse, known functions."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.problems import fourier
from parity_compare.problems.bits import to_signs
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.fourier import (
    convolve,
    cube,
    fourier_coefficients,
    fourier_gap,
    from_coefficients,
    index_of,
    influences,
    level_weights,
    noise_operator,
    noise_stability,
    parity_values,
    subset_of,
    tabulate,
    total_influence,
    walsh_hadamard,
)

cubes = st.tuples(st.integers(0, 10), st.integers(0, 2**32))


def some_function(n, seed, functions=()):
    return np.random.default_rng(seed).normal(size=(*functions, 2**n))


def signs_of(bits):
    return to_signs(bits).astype(np.float64)


@pytest.mark.parametrize("n", range(6))
def test_a_coefficient_is_the_mean_of_f_times_the_parity(n):
    f, x = some_function(n, n), signs_of(cube(n))
    coefficients = fourier_coefficients(f)
    for size in range(n + 1):
        for subset in itertools.combinations(range(n), size):
            chi = x[:, list(subset)].prod(axis=1)
            assert np.array_equal(parity_values(subset, n), chi)
            assert coefficients[index_of(subset)] == pytest.approx((f * chi).mean(), abs=1e-14)


@settings(max_examples=60, deadline=None)
@given(cubes)
def test_parseval_and_plancherel(case):
    f, g = some_function(*case, (2,))
    a, b = fourier_coefficients(f), fourier_coefficients(g)
    assert a @ b == pytest.approx((f * g).mean(), abs=1e-12)
    assert level_weights(a).sum() == pytest.approx((f**2).mean(), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(cubes)
def test_the_function_comes_back_from_its_coefficients(case):
    f = some_function(*case, (2, 3))
    before = f.copy()
    assert from_coefficients(fourier_coefficients(f)) == pytest.approx(f, abs=1e-12)
    assert np.array_equal(f, before)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 7), st.integers(0, 2**32))
def test_a_convolution_is_its_definition_and_multiplies_coefficients(n, seed):
    f, g = some_function(n, seed, (2,))
    h, x = convolve(f, g), np.arange(2**n)
    # x y, coordinate by coordinate, is the XOR of the indices.
    defined = np.array([(f * g[x ^ at]).mean() for at in x])
    assert h == pytest.approx(defined, abs=1e-12)
    product = fourier_coefficients(f) * fourier_coefficients(g)
    assert fourier_coefficients(h) == pytest.approx(product, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(0, 2**32))
def test_influences_are_sums_of_squared_coefficients(n, seed):
    f = some_function(n, seed, (2,))
    weights, sets = fourier_coefficients(f) ** 2, np.arange(2**n)
    spectral = np.stack([weights[:, sets >> i & 1 == 1].sum(axis=1) for i in range(n)], axis=1)
    assert influences(f) == pytest.approx(spectral, rel=1e-10)
    levels = level_weights(fourier_coefficients(f)) @ np.arange(n + 1)
    assert total_influence(f) == pytest.approx(levels, rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5), st.integers(0, 2**32), st.floats(-1, 1))
def test_noise_stability_is_its_definition(n, seed, rho):
    f, x = some_function(n, seed), signs_of(cube(n))
    # P[y | x] is the product of (1 + rho x_i y_i) / 2.
    law = np.prod((1 + rho * x[:, None, :] * x[None, :, :]) / 2, axis=2)
    assert noise_operator(f, rho) == pytest.approx(law @ f, abs=1e-12)
    assert noise_stability(f, rho) == pytest.approx(f @ law @ f / 2**n, abs=1e-12)


def test_known_functions():
    """A parity has one coefficient; a dictator one influence; the majority of three is
    (x_1 + x_2 + x_3 - x_1 x_2 x_3) / 2."""
    n, subset = 8, (1, 4, 6)
    coefficients = fourier_coefficients(parity_values(subset, n))
    assert coefficients[index_of(subset)] == 1
    assert np.count_nonzero(coefficients) == 1
    assert np.array_equal(influences(parity_values(subset, n)), np.isin(np.arange(n), subset))
    assert noise_stability(parity_values(subset, n), 0.5) == pytest.approx(0.125, abs=1e-15)
    majority = fourier_coefficients(lambda bits: np.sign(signs_of(bits).sum(axis=1)), 3)
    assert np.array_equal(majority, [0, 0.5, 0.5, 0, 0.5, 0, 0, -0.5])


def test_the_majority_s_stability_is_sheppard_s_in_the_limit():
    """Stab_rho -> 2 arcsin(rho) / pi (O'Donnell 2014, theorem 5.18), from above."""
    values = tabulate(lambda bits: np.sign(signs_of(bits).sum(axis=1)), 15)
    for rho in (0.2, 0.5, 0.9):
        limit = 2 / math.pi * math.asin(rho)
        assert limit < noise_stability(values, rho) < limit + 0.06


def test_a_function_of_bits_is_evaluated_in_blocks():
    sizes = []

    def function(bits):
        sizes.append(len(bits))
        return bits @ (1 << np.arange(18))

    assert np.array_equal(tabulate(function, 18), np.arange(2**18))
    assert max(sizes) == 2**16


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 30)))
def test_indices_stand_for_sets(subset):
    assert subset_of(index_of(subset)) == tuple(sorted(subset))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 8), st.integers(0, 2**32), st.data())
def test_the_fourier_gap_is_its_definition(n, seed, data):
    coefficients = some_function(n, seed)
    support = data.draw(st.sets(st.integers(0, n - 1), min_size=1))
    inside = min(abs(coefficients[index_of(support - {i})]) for i in support)
    others = [abs(coefficients[index_of(support | {j})]) for j in range(n) if j not in support]
    assert fourier_gap(coefficients, tuple(support)) == inside - max(others, default=0)


def test_threads_change_nothing():
    f = some_function(17, 0)
    assert np.array_equal(fourier_coefficients(f), fourier_coefficients(f, threads=2))


def test_the_transform_in_single_precision_is_close():
    """Errors of n additions of numbers near 1: about sqrt(n) 2^-24 of sqrt(2^n)."""
    f = some_function(16, 0)
    single, double = f.astype(np.float32), f.copy()
    walsh_hadamard(single)
    walsh_hadamard(double)
    assert np.abs(single - double).max() < 1e-5 * 2**8


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fourier_coefficients(np.zeros(12)), "power of two, got 12"),
        (lambda: fourier_coefficients(np.zeros(8), 4), r"values must be 2\^n = 16 for n = 4"),
        (lambda: fourier_coefficients(len), "n must be told for a function of bits, got None"),
        (lambda: fourier_coefficients(len, 25), r"n must lie in 0..24 .* got 25"),
        (lambda: cube(-1), r"n must lie in 0..24 .* got -1"),
        (lambda: tabulate(lambda bits: bits, 3), r"values \(8,\), got values \(8, 3\)"),
        (lambda: index_of((1, 1)), "distinct coordinates from 0 on, got 1"),
        (lambda: index_of((-1,)), "from 0 on, got -1"),
        (lambda: subset_of(-1), "index must be at least 0, got -1"),
        (lambda: convolve(np.zeros(4), np.zeros(8)), "equally many values, got 4 and 8"),
        (lambda: noise_stability(np.zeros(4), 1.5), r"rho must lie in \[-1, 1\], got 1.5"),
        (lambda: fourier_gap(np.zeros(8), ()), "at least one coordinate, got none"),
        (lambda: fourier_gap(np.zeros(8), (3,)), r"0..n-1 = 0..2, got 3"),
        (lambda: fourier_gap(np.zeros((2, 8)), (0,)), "one axis"),
    ],
)
def test_arguments_that_break_a_rule(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


def test_too_many_bits_are_refused_before_they_are_copied(monkeypatch):
    monkeypatch.setattr(fourier, "MAX_BITS", 3)
    with pytest.raises(InvalidInput, match="got 4"):
        fourier_coefficients(np.zeros(16))
