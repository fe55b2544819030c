"""The Walsh-Hadamard transform: equal to its definition at every size and for every type."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard

from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.fourier import walsh_hadamard

every_type = pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.int32])


def whole_numbers(levels, kind, seed, functions=()):
    """Integers, on which no type rounds."""
    rng = np.random.default_rng(seed)
    return rng.integers(-9, 10, size=(*functions, 2**levels)).astype(kind)


@every_type
@pytest.mark.parametrize("levels", range(12))
def test_the_transform_is_the_product_with_the_hadamard_matrix(levels, kind):
    values = whole_numbers(levels, kind, levels, (2, 3))
    transformed = values.copy()
    walsh_hadamard(transformed)
    assert transformed.dtype == kind
    assert np.array_equal(transformed, values @ hadamard(2**levels).astype(kind))


@every_type
@settings(max_examples=10, deadline=None)
@given(levels=st.integers(11, 22), seed=st.integers(0, 2**32), data=st.data())
def test_an_entry_is_the_signed_sum_of_its_definition(kind, levels, seed, data):
    values = whole_numbers(levels, kind, seed)
    transformed = values.copy()
    walsh_hadamard(transformed)
    s = data.draw(st.integers(0, 2**levels - 1))
    odd = np.bitwise_count(np.arange(2**levels) & s) & 1
    assert transformed[s] == values[odd == 0].sum() - values[odd == 1].sum()


@every_type
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("levels", [14, 15, 16, 17, 18, 19, 22])
def test_twice_the_transform_is_2_to_the_n_times_the_identity(levels, threads, kind):
    values = whole_numbers(levels, kind, levels, (2,))
    transformed = values.copy()
    walsh_hadamard(transformed, threads=threads)
    walsh_hadamard(transformed, threads=threads)
    assert np.array_equal(transformed, values * 2**levels)


@pytest.mark.parametrize(("levels", "kind"), [(24, np.float64), (25, np.int32)])
def test_the_delta_function_at_u_has_the_entries_of_its_parity(levels, kind):
    """Entry s is (-1)^(s.u). Of 25 levels columns take those above blocks in two rounds."""
    values = np.zeros(2**levels, dtype=kind)
    u = 0b1_0110_1010_0111_1001_1101_0011 % 2**levels
    values[u] = 1
    walsh_hadamard(values)
    s = np.random.default_rng(0).integers(0, 2**levels, 10**5)
    assert np.array_equal(values[s], 1 - 2 * (np.bitwise_count(s & u) & 1).astype(np.int32))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_long_transform_polls_and_ends_when_poll_raises(threads):
    calls = []
    walsh_hadamard(np.zeros(2**22, dtype=np.int32), lambda: calls.append(1), threads=threads)
    assert len(calls) > 10

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        walsh_hadamard(np.zeros(2**22, dtype=np.int32), stop, threads=threads)


def test_an_array_that_cannot_be_transformed_in_place_is_refused():
    with pytest.raises(InvalidInput, match="power of two, got 12"):
        walsh_hadamard(np.zeros(12, dtype=np.int32))
    with pytest.raises(InvalidInput, match="contiguous"):
        walsh_hadamard(np.zeros((4, 8), dtype=np.int32)[:, ::2])
    with pytest.raises(InvalidInput, match="got int16"):
        walsh_hadamard(np.zeros(8, dtype=np.int16))
    with pytest.raises(InvalidInput, match="threads must be at least 1, got 0"):
        walsh_hadamard(np.zeros(8), threads=0)
    frozen = np.zeros(8)
    frozen.flags.writeable = False
    with pytest.raises(InvalidInput, match="writeable"):
        walsh_hadamard(frozen)
