"""Packed words carry exactly the bits they were made of, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from parity_compare.problems.bits import (
    mask,
    pack,
    parity,
    random_words,
    to_signs,
    transpose,
    unpack,
    words_for,
)

EDGES = (1, 63, 64, 65, 127, 128, 129)
widths = st.one_of(st.sampled_from(EDGES), st.integers(1, 200))
matrices = st.tuples(st.integers(0, 70), widths).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 1))
)


def pack_twin(bits):
    """Bit j of a row has the value 2^(j % 64) in word j // 64: the definition, in Python ints."""
    words = [[0] * (-(-bits.shape[1] // 64)) for _ in bits]
    for i, j in np.argwhere(bits):
        words[i][j // 64] += 2 ** int(j % 64)
    return words


@given(matrices)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_packing_follows_the_definition_and_unpacking_undoes_it(bits):
    words = pack(bits)
    assert words.dtype == np.uint64
    assert words.tolist() == pack_twin(bits)
    assert np.array_equal(unpack(words, bits.shape[1]), bits)


@given(matrices)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_the_transpose_is_the_transpose(bits):
    turned = transpose(pack(bits), bits.shape[1])
    assert turned.shape == (bits.shape[1], words_for(len(bits)))
    assert np.array_equal(unpack(turned, len(bits)), bits.T)
    assert np.array_equal(transpose(turned, len(bits)), pack(bits))


@given(matrices)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_the_parity_of_words_is_the_parity_of_the_sum_of_bits(bits):
    assert np.array_equal(parity(pack(bits)), bits.sum(axis=1) % 2)


@pytest.mark.parametrize("n", EDGES)
def test_booleans_pack_like_bits_and_any_leading_shape_is_kept(n):
    bits = np.random.default_rng(n).integers(0, 2, (2, 3, n), dtype=np.uint8)
    words = pack(bits)
    assert words.shape == (2, 3, words_for(n))
    assert np.array_equal(words, pack(bits.astype(bool)))
    assert np.array_equal(unpack(words, n), bits)
    # A view that is not contiguous unpacks alike.
    assert np.array_equal(unpack(words[:, ::2], n), bits[:, ::2])


@pytest.mark.parametrize("n", EDGES)
def test_a_mask_has_ones_at_its_positions_only(n):
    positions = sorted({0, n // 2, n - 1})
    assert np.flatnonzero(unpack(mask(positions, n), n)).tolist() == positions
    assert not mask([], n).any()


@pytest.mark.parametrize("n", EDGES)
def test_the_stream_of_random_words_does_not_depend_on_how_it_is_cut(n):
    whole = random_words(np.random.default_rng(7), 50, n)
    rng = np.random.default_rng(7)
    cut = [random_words(rng, rows, n) for rows in (0, 1, 16, 0, 33)]
    assert np.array_equal(np.concatenate(cut), whole)


@pytest.mark.parametrize("n", EDGES)
def test_padding_bits_are_zero_and_all_others_are_fair_coins(n):
    """Each of the n counts is Binomial(4000, 1/2); six standard deviations: 2e-9 per bit."""
    words = random_words(np.random.default_rng(11), 4000, n)
    assert np.array_equal(pack(unpack(words, n)), words)
    ones = unpack(words, n).sum(axis=0, dtype=np.int64)
    assert np.all(np.abs(ones - 2000) < 6 * np.sqrt(1000))


def test_bit_one_is_minus_one():
    assert to_signs(np.array([0, 1], np.uint8)).tolist() == [1, -1]
    assert to_signs(np.array([False, True])).tolist() == [1, -1]
