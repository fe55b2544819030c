"""What is left of a batch stands at its front, and little is moved."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from parity_compare.algorithms.compaction import compact, survivors


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_survivors_are_all_but_the_ended_and_few_change_places(case):
    count, ended = case
    kept = survivors(count, ended)
    assert sorted(kept) == [row for row in range(count) if row not in ended]
    assert sum(row != place for place, row in enumerate(kept)) <= len(ended)


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
@given(st.permutations(range(9)), st.integers(0, 9))
def test_compacting_chooses_rows_in_their_order_within_the_same_memory(kind, order, size):
    values = np.arange(27.0).reshape(9, 3)
    rows, kept = kind(values.copy()), order[:size]
    left = compact(rows, kept)
    assert left.tolist() == values[kept].tolist()
    if size:
        pointer = (
            (lambda a: a.data_ptr()) if kind is torch.from_numpy else (lambda a: a.ctypes.data)
        )
        assert pointer(left) == pointer(rows)
