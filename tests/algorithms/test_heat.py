"""The heat is standard normal, depends on key and index alone, and is the same on every device."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from parity_compare.algorithms.kernels.heat import normals, torch_normals

WORDS = st.integers(0, 2**64 - 1)


def drawn(keys, first, size):
    out = np.empty((len(keys), size), dtype=np.float32)
    normals(np.array(keys, dtype=np.uint64), np.array(first, dtype=np.uint64), out)
    return out


def splitmix_twin(key, i):
    """SplitMix64's output number i + 1 in Python's integers."""
    z = (key + (i + 1) * 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def normal_twin(key, j):
    word = splitmix_twin(key, j // 2)
    radius = math.sqrt(-2 * math.log(((word >> 32) + 1) / 2**32))
    angle = 2 * math.pi * (word % 2**32) / 2**32
    return radius * (math.sin(angle) if j % 2 else math.cos(angle))


def test_splitmix_is_the_published_one():
    # The first outputs of the seed 1234567 in the reference implementation by Vigna.
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [splitmix_twin(1234567, i) for i in range(3)] == published


@settings(max_examples=50, deadline=None, derandomize=True)
@given(key=WORDS, first=st.integers(0, 2**63 - 1), size=st.integers(1, 70))
def test_the_numbers_are_those_of_the_definition(key, first, size):
    expected = np.array([normal_twin(key, j) for j in range(first, first + size)])
    numbers = drawn([key], [first], size)[0]
    # Near u1 = 1, the radius moves by up to sqrt(2^-23) for one unit in u1's last place.
    assert np.allclose(numbers, expected, rtol=2e-6, atol=4e-4)
    large = np.abs(expected) > 0.1
    assert np.allclose(numbers[large], expected[large], rtol=0, atol=2e-5)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(keys=st.lists(WORDS, min_size=1, max_size=4), first=st.integers(0, 2**50), size=WORDS)
def test_torch_draws_the_same_numbers(keys, first, size):
    torch = pytest.importorskip("torch")
    size = 1 + size % 300
    signed = torch.from_numpy(np.array(keys, dtype=np.uint64).view(np.int64))
    begins = torch.full((len(keys),), first, dtype=torch.int64)
    twin = torch_normals(signed, begins, size, "cpu")
    assert twin.dtype == torch.float32
    assert np.allclose(twin.numpy(), drawn(keys, [first] * len(keys), size), rtol=0, atol=1e-5)


def test_a_number_does_not_depend_on_where_drawing_began():
    whole = drawn([7], [0], 1000)[0]
    for first in (0, 1, 2, 511, 998):
        assert np.array_equal(drawn([7], [first], 1000 - first)[0], whole[first:])


def test_the_numbers_are_standard_normal():
    """Kolmogorov and Smirnov's test and four moments; false alarms one in 10^5 together."""
    numbers = drawn(range(64), [3] * 64, 2**14).astype(np.float64).ravel()
    assert stats.kstest(numbers, "norm").pvalue > 2e-6
    for power, moment in enumerate([0, 1, 0, 3], start=1):
        # Var X^p = (2p - 1)!! - moment^2.
        deviation = math.sqrt(math.prod(range(1, 2 * power, 2)) - moment**2)
        assert abs((numbers**power).mean() - moment) < 4.8 * deviation / math.sqrt(len(numbers))


@pytest.mark.parametrize("distance", [1, 2, 3, 31, 2**14])
def test_neighbours_are_independent(distance):
    """Numbers and their squares are uncorrelated, in time and from key to key: 10^-5 each."""
    numbers = drawn(range(64), [0] * 64, 2**14).astype(np.float64).ravel()
    for values in (numbers, (numbers**2 - 1) / math.sqrt(2)):
        products = values[distance:] * values[:-distance]
        assert abs(products.sum()) < 4.5 * math.sqrt(len(products))
