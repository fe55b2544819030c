"""Elimination in Python's integers against the compiled one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.integer_rows import reduce_integers
from parity_compare.algorithms.kernels.elimination import reduce_rows


@given(st.integers(1, 64), st.lists(st.integers(0, 2**64 - 1), max_size=80))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_reduced_echelon_form_is_the_compiled_one(columns, rows):
    """It is unique, so both agree bit by bit."""
    masked = [row & (2**columns - 1) for row in rows]
    words = np.array(masked, dtype=np.uint64).reshape(-1, 1)
    pivots = reduce_rows(words, columns).tolist()
    expected = list(zip(pivots, words[: len(pivots), 0].tolist(), strict=True))
    assert reduce_integers(masked) == expected


def test_rows_past_the_wanted_rank_are_left_alone():
    """They are not even asked for."""

    def rows():
        yield from (0b011, 0b011, 0b110)
        raise AssertionError

    assert reduce_integers(rows(), rank=2) == [(0, 0b101), (1, 0b110)]
