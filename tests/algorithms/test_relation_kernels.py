"""Counting parities of subsets, over all rows and group by group, against brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.kernels.relations import collect
from parity_compare.algorithms.kernels.relations_collisions import (
    collide,
    sort_by_key,
    subsets_numbered,
    table_of,
    xor_subsets,
)
from parity_compare.algorithms.kernels.subsets import suffix_table
from parity_compare.dual.layout import grouped_layout, plain_layout
from parity_compare.problems.bits import pack


@st.composite
def tables(draw):
    """Bits (n, m), codes of groups or None, and the sizes of prefix and suffix."""
    n = draw(st.integers(1, 9))
    m = draw(st.one_of(st.sampled_from([1, 63, 64, 65, 248, 249, 2100]), st.integers(1, 700)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    bits = (rng.random((n, m)) < rng.choice([0.5, 0.5, 0.1], (n, 1))).astype(np.uint8)
    suffix = draw(st.integers(1, n))
    prefix = draw(st.integers(0, n - suffix))
    kind = draw(st.sampled_from(["none", "few", "many", "uneven"]))
    if kind == "none":
        return bits, None, prefix, suffix
    if kind == "uneven":
        # One group of most rows, beside groups of a few.
        codes = np.where(rng.random(m) < 0.8, 0, rng.integers(1, 12, m))
    else:
        codes = rng.integers(0, draw(st.integers(1, 4)) if kind == "few" else 40, m)
    return bits, np.unique(codes, return_inverse=True)[1].astype(np.int64), prefix, suffix


def by_hand(bits, codes, size):
    """Ones and minority of every subset."""
    answer = {}
    for subset in itertools.combinations(range(len(bits)), size):
        parity = bits[list(subset)].sum(axis=0) % 2
        minority = 0
        if codes is not None:
            ones = np.bincount(codes, weights=parity).astype(int)
            minority = int(np.minimum(ones, np.bincount(codes) - ones).sum())
        answer[subset] = int(parity.sum()), minority
    return answer


def counted(bits, codes, prefix_size, suffix_size, bounds, minorities, room=4096):
    """The kernel's answer to the same question, all prefixes at once."""
    n, m = bits.shape
    layout = plain_layout(m) if codes is None else grouped_layout(codes)
    columns = layout.arrange(pack(bits))
    biases = 1 - 2 * bits.mean(axis=1)
    table, starts, suffixes = suffix_table(columns, suffix_size, math.comb(n, suffix_size))
    pool = n - suffix_size
    loosest = np.tile([bounds[0, 0], bounds[-1, 1]], (len(bounds), 1))
    found = np.empty((room, prefix_size + 3), dtype=np.int64)
    visited, hits = collect(
        table, starts, biases[suffixes].prod(axis=1), columns, biases,
        np.arange(prefix_size), pool, math.comb(pool, prefix_size), layout.spans, layout.sizes, m,
        bounds, loosest, minorities, found,
    )  # fmt: skip
    rows = found[: min(hits, room)]
    answer = {
        (*map(int, row[:prefix_size]), *map(int, suffixes[row[prefix_size]])): (
            int(row[-2]),
            int(row[-1]),
        )
        for row in rows
    }
    return visited, hits, answer


@given(tables())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_every_subset_is_counted_once(table):
    bits, codes, prefix, suffix = table
    everything = np.array([[bits.shape[1], 0]], dtype=np.int64)
    visited, hits, found = counted(bits, codes, prefix, suffix, everything, np.array([-1]))
    assert found == by_hand(bits, codes, prefix + suffix)
    assert visited == hits == math.comb(len(bits), prefix + suffix)


@given(tables(), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_exactly_the_subsets_beyond_a_bound_are_kept(table, share, within):
    bits, codes, prefix, suffix = table
    m = bits.shape[1]
    rng = np.random.default_rng(int(1e6 * share))
    # Two ranges of the bias, both bounds falling from one to the other, as the real ones do.
    low, high = np.sort(rng.integers(-1, m + 1, 2))[::-1], np.sort(rng.integers(0, m + 2, 2))[::-1]
    bounds = np.stack([low, high], axis=1)
    minorities = np.sort(rng.integers(-1, max(1, int(within * m / 2)) + 1, 3))[::-1].copy()
    if codes is None:
        minorities[:] = -1
    _, _, found = counted(bits, codes, prefix, suffix, bounds, minorities)
    biases = 1 - 2 * bits.mean(axis=1)
    for subset, (ones, minority) in by_hand(bits, codes, prefix + suffix).items():
        e = float(np.prod(biases[list(subset)]))
        imbalance = min(2, abs(2 * ones - m) * 3 // m)
        wanted = {
            bool(ones <= low[part] or ones >= high[part] or minority <= minorities[imbalance])
            # The order of the factors decides on which side of 0 a rounding error lies.
            for part in ({0, 1} if abs(e) < 1e-12 else {int(e > 0)})
        }
        assert (subset in found) in wanted


def test_hits_beyond_the_room_are_counted():
    bits = np.random.default_rng(0).integers(0, 2, (8, 50), dtype=np.uint8)
    everything = np.array([[50, 0]], dtype=np.int64)
    _, hits, found = counted(bits, None, 2, 2, everything, np.array([-1]), room=5)
    assert (hits, len(found)) == (70, 5)


@pytest.mark.parametrize("rows", [[1] * 20, [248] * 9, [249, 1, 300, 5000], [3, 3, 3]])
def test_a_layout_gives_every_row_a_place_of_its_own(rows):
    codes = np.random.default_rng(1).permutation(np.repeat(np.arange(len(rows)), rows))
    layout = grouped_layout(codes)
    assert len(set(layout.places.tolist())) == sum(rows)
    assert layout.places.max() < 64 * layout.words
    ones = layout.arrange(pack(np.ones((1, sum(rows)), dtype=np.uint8)))
    assert np.bitwise_count(ones).sum() == sum(rows)


@given(st.integers(0, 2**32), st.integers(1, 3), st.integers(1, 3), st.integers(1, 6))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_colliding_halves_are_those_of_brute_force(seed, first, second, bits):
    rng = np.random.default_rng(seed)
    halves, sides = [], []
    for size in (first, second):
        keys = rng.integers(0, 1 << bits, 7, dtype=np.uint32)
        checks = rng.integers(0, 2**64, 7, dtype=np.uint64)
        halves.append((keys, checks))
        sides.append(
            [
                tuple(int(np.bitwise_xor.reduce(word[list(subset)])) for word in (keys, checks))
                for subset in itertools.combinations(range(7), size)
            ]
        )
    listed = np.empty(len(sides[0]), dtype=np.uint32), np.empty(len(sides[0]), dtype=np.uint64)
    xor_subsets(*halves[0], first, *listed)
    assert list(zip(*map(list, listed), strict=True)) == sides[0]
    begins, order, checks = sort_by_key(*listed, bits)
    assert sorted(order.tolist()) == list(range(len(order)))
    assert (checks == listed[1][order]).all()
    for key in range(1 << bits):
        assert (listed[0][order[begins[key] : begins[key + 1]]] == key).all()
    found = np.empty((2000, 2), dtype=np.int64)
    few = 31
    met, hits = collide(begins, order, checks, *halves[1], second, few, 10**9, found)
    equal = [
        (i, j)
        for i, j in itertools.product(range(len(sides[0])), range(len(sides[1])))
        if sides[0][i][0] == sides[1][j][0]
    ]
    kept = {(i, j) for i, j in equal if (sides[0][i][1] ^ sides[1][j][1]).bit_count() <= few}
    assert met == len(equal)
    assert hits == len(kept)
    assert {tuple(map(int, pair)) for pair in found[:hits]} == kept
    if len(equal) > 1:
        stopped, _ = collide(begins, order, checks, *halves[1], second, few, 1, found)
        assert stopped > 1


@pytest.mark.parametrize(("n", "size"), [(1, 1), (7, 1), (7, 3), (9, 9), (12, 5)])
def test_subsets_are_numbered_in_the_order_of_itertools(n, size):
    subsets = np.array(list(itertools.combinations(range(n), size)))
    numbers = np.random.default_rng(0).permutation(len(subsets))
    assert (subsets_numbered(numbers, n, size) == subsets[numbers]).all()


def test_a_table_of_given_subsets_is_that_of_all():
    columns = np.random.default_rng(1).integers(0, 2**64, (9, 5), dtype=np.uint64)
    table, _, suffixes = suffix_table(columns, 4, math.comb(9, 4))
    assert (table_of(columns, suffixes) == table).all()
