"""The rows that a round of collisions looks at: which they are, and how a relation fares there."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.dual.draws import over_all_rows, within_groups


def chance_by_enumeration(rows, references, key, most, noise):
    """Sum over all ways in which a relation may fail in the rows that are looked at."""
    places = np.unique(np.concatenate([rows, references]))
    left, right = np.searchsorted(places, rows), np.searchsorted(places, references)
    total = 0.0
    for fails in itertools.product((0, 1), repeat=len(places)):
        failed = np.array(fails)
        differences = failed[left] ^ failed[right]
        if not differences[:key].any() and differences[key:].sum() <= most:
            total += noise ** sum(fails) * (1 - noise) ** (len(places) - sum(fails))
    return total


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3, 0.5])
@pytest.mark.parametrize(("key", "most"), [(2, 0), (3, 1), (5, 2)])
def test_the_chance_over_all_rows_is_that_of_enumeration(noise, key, most) -> None:
    draw = over_all_rows(key + 5, key)
    assert draw is not None
    assert draw.checked == 4
    rows, references = draw.pairs(np.random.default_rng(0))
    expected = chance_by_enumeration(rows, references, key, most, noise)
    assert draw.chance(noise, most) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3, 0.5])
@pytest.mark.parametrize(
    ("sizes", "key"),
    [([2] * 6, 3), ([3, 3, 3, 3], 2), ([5, 4, 1], 3), ([14], 5), ([4, 4, 4, 2], 5)],
)
def test_the_chance_within_groups_is_that_of_enumeration(noise, sizes, key) -> None:
    codes = np.repeat(np.arange(len(sizes)), sizes)
    draw = within_groups(codes, key)
    assert draw is not None
    rows, references = draw.pairs(np.random.default_rng(1))
    for most in range(min(3, draw.checked)):
        expected = chance_by_enumeration(rows, references, key, most, noise)
        assert draw.chance(noise, most) == pytest.approx(expected, rel=1e-9)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(1, 24), st.integers(0, 9))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_pairs_are_of_one_group_and_share_no_row_but_references(sizes, key, seed) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    draw = within_groups(codes, key)
    if draw is None:
        # A pair for every difference of the key, a row beside each, and one pair more always do.
        assert sum(size // 2 for size in sizes) <= 3 * key
        return
    for _ in range(3):
        rows, references = draw.pairs(rng)
        assert len(rows) == len(references) == key + draw.checked
        assert 1 <= draw.checked <= 64
        assert (codes[rows] == codes[references]).all()
        assert len(np.unique(rows)) == len(rows)
        assert not np.isin(rows, references).any()
        assert len(np.unique(references[key:])) == draw.checked
        assert not np.isin(references[key:], references[:key]).any()
        blocks, members = np.unique(references[:key], return_counts=True)
        assert members.max() <= draw.block - 1
        assert len(blocks) == -(-key // (draw.block - 1))


def test_a_key_has_four_blocks_where_groups_are_large_and_pairs_where_they_are_not() -> None:
    large = within_groups(np.repeat(np.arange(16), 300), 18)
    pairs = within_groups(np.repeat(np.arange(400), 2), 18)
    # Most rows stand in groups of three, however large one other is.
    mixed = within_groups(np.concatenate([np.repeat(np.arange(400), 3), np.full(900, 400)]), 18)
    assert (large.block, pairs.block, mixed.block) == (6, 2, 3)


def test_every_row_is_looked_at_equally_often() -> None:
    """Groups of equal size, 1500 draws of 133 rows.

    One of 400 rows is five standard errors from the mean with probability below 3e-4.
    """
    codes = np.repeat(np.arange(40), 10)
    draw = within_groups(codes, 4)
    rng = np.random.default_rng(3)
    seen = np.zeros(400)
    for _ in range(1500):
        rows, references = draw.pairs(rng)
        seen[rows] += 1
        seen[np.unique(references)] += 1
    share = seen.mean() / 1500
    assert abs(seen - seen.mean()).max() < 5 * np.sqrt(1500 * share * (1 - share))


def test_too_few_rows_give_no_draw() -> None:
    assert over_all_rows(5, 4) is None
    assert within_groups(np.arange(100), 4) is None
    assert within_groups(np.repeat(np.arange(4), 2), 4) is None
