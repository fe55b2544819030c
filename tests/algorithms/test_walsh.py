"""The Walsh-Hadamard transform: equal to its definition at every size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard

from parity_compare.algorithms.kernels.walsh import walsh_hadamard


@pytest.mark.parametrize("levels", range(11))
def test_the_transform_is_the_product_with_the_hadamard_matrix(levels):
    values = np.random.default_rng(levels).integers(-9, 10, size=(3, 2**levels)).astype(np.int32)
    transformed = values.copy()
    walsh_hadamard(transformed)
    assert np.array_equal(transformed, values @ hadamard(2**levels))


@settings(max_examples=40, deadline=None)
@given(levels=st.integers(11, 18), seed=st.integers(0, 2**32), data=st.data())
def test_an_entry_is_the_signed_sum_of_its_definition(levels, seed, data):
    values = np.random.default_rng(seed).integers(-9, 10, size=2**levels).astype(np.int32)
    transformed = values.copy()
    walsh_hadamard(transformed)
    s = data.draw(st.integers(0, 2**levels - 1))
    odd = np.bitwise_count(np.arange(2**levels) & s) & 1
    assert transformed[s] == values[odd == 0].sum() - values[odd == 1].sum()


@pytest.mark.parametrize("levels", [14, 15, 16, 19])
def test_twice_the_transform_is_2_to_the_l_times_the_identity(levels):
    values = np.random.default_rng(levels).integers(-9, 10, size=2**levels).astype(np.int32)
    transformed = values.copy()
    walsh_hadamard(transformed)
    walsh_hadamard(transformed)
    assert np.array_equal(transformed, values << levels)


def test_a_long_transform_polls():
    calls = []
    walsh_hadamard(np.zeros(2**20, dtype=np.int32), lambda: calls.append(1))
    assert len(calls) > 10


def test_an_array_that_cannot_be_transformed_in_place_is_refused():
    with pytest.raises(ValueError, match="power of two, got 12"):
        walsh_hadamard(np.zeros(12, dtype=np.int32))
    with pytest.raises(ValueError, match="contiguous"):
        walsh_hadamard(np.zeros((4, 8), dtype=np.int32)[:, ::2])
