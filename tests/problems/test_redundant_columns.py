"""Constant columns, copies and negated copies, against comparing every pair of columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity_compare.problems import InvalidInput, redundancy
from parity_compare.problems.bits import pack
from parity_compare.problems.redundant_columns import Constant, Copy


@st.composite
def tables(draw):
    """Bits in which constant, equal and opposite columns are frequent, over a few row counts."""
    m = draw(st.sampled_from([1, 2, 63, 64, 65, 130]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    originals = rng.integers(0, 2, (draw(st.integers(1, 3)), m), dtype=np.uint8)
    originals[draw(st.integers(0, len(originals) - 1))] = draw(st.integers(0, 1))
    picks = draw(
        st.lists(st.tuples(st.integers(0, len(originals) - 1), st.integers(0, 1)), max_size=8)
    )
    return np.array([originals[i] ^ negated for i, negated in picks], np.uint8).reshape(-1, m)


@given(tables())
def test_it_finds_what_comparing_every_pair_of_columns_finds(columns):
    constants, copies, kept = [], [], []
    for i, column in enumerate(columns):
        if len(set(column.tolist())) == 1:
            constants.append(Constant(i, int(column[0])))
            continue
        twins = [j for j in kept if np.all(columns[j] == column ^ columns[j][0] ^ column[0])]
        if twins:
            copies.append(Copy(i, twins[0], bool(np.any(columns[twins[0]] != column))))
        else:
            kept.append(i)
    found = redundancy(pack(columns), columns.shape[1])
    assert found.constants == tuple(constants)
    assert found.copies == tuple(copies)
    assert found.kept == tuple(kept)


def test_bits_past_the_last_row_are_not_looked_at():
    columns = pack(np.array([[1, 0, 1], [1, 0, 1], [0, 1, 0], [1, 1, 1]], np.uint8))
    columns[1:] |= np.uint64(1 << 40)
    found = redundancy(columns, 3)
    assert found.copies == (Copy(1, 0, negated=False), Copy(2, 0, negated=True))
    assert found.constants == (Constant(3, 1),)


def test_what_was_found_is_told_by_name_in_the_order_of_the_columns():
    columns = pack(np.array([[0, 1], [1, 1], [1, 0], [0, 0], [0, 1]], np.uint8))
    assert redundancy(columns, 2, ["a", "b", "c", "d", "e"]).sentences == (
        "'b' is 1 in every row",
        "'c' is the opposite of 'a' in every row",
        "'d' is 0 in every row",
        "'e' is the same as 'a' in every row",
    )


def test_without_rows_every_column_is_the_constant_zero():
    assert redundancy(np.zeros((2, 0), np.uint64), 0).constants == (Constant(0, 0), Constant(1, 0))


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(InvalidInput, match=r"must have shape \(c, 2\) for m = 65, got \(3, 1\)"):
        redundancy(np.zeros((3, 1), np.uint64), 65)
    with pytest.raises(InvalidInput, match="names must have 3 entries, got 1"):
        redundancy(np.zeros((3, 1), np.uint64), 64, ["a"])
