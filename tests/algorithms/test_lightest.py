"""The lightest vectors of a coset, against all of its vectors."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.kernels.lightest import keep_lightest
from parity_compare.problems.bits import pack, unpack


@settings(deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32),
    n=st.integers(1, 90),
    d=st.integers(0, 7),
    places=st.integers(1, 12),
    cut=st.integers(0, 128),
)
def test_the_lightest_are_those_of_a_full_listing(
    seed: int, n: int, d: int, places: int, cut: int
) -> None:
    rng = np.random.default_rng(seed)
    basis, start = rng.integers(0, 2, (d, n)), rng.integers(0, 2, n)
    combinations = np.array([[i >> j & 1 for j in range(d)] for i in range(2**d)], dtype=int)
    everything = (start + combinations.reshape(2**d, d) @ basis) % 2
    least, most = sorted(rng.integers(0, n + 1, 2).tolist())
    weights = np.sort([w for w in everything.sum(axis=1) if least <= w <= most])
    vector, packed = pack(start.astype(np.uint8)), pack(basis.astype(np.uint8).reshape(d, n))
    kept = np.zeros((places, len(vector)), dtype=np.uint64)
    found = np.full(places, most + 1, dtype=np.int64)
    stop = min(cut, 2**d)  # two calls continue one another
    hits = sum(
        keep_lightest(vector, packed, first, last, least, most, kept, found)
        for first, last in ((0, stop), (stop, 2**d))
    )
    assert hits == len(weights)
    taken = found <= most
    assert found[taken].tolist() == weights[:places].tolist()
    known = {row.tobytes() for row in everything.astype(np.uint8)}
    for row, weight in zip(unpack(kept[taken], n), found[taken], strict=True):
        assert row.tobytes() in known
        assert row.sum() == weight


def test_of_equal_weights_the_ones_met_first_are_kept() -> None:
    basis = pack(np.eye(4, dtype=np.uint8))
    vector = basis[0].copy()
    kept = np.zeros((2, 1), dtype=np.uint64)
    weights = np.full(2, 65, dtype=np.int64)
    keep_lightest(vector, basis, 0, 16, 1, 64, kept, weights)
    assert weights.tolist() == [1, 1]
    # Gray code from 0001: 0001, 0000, 0010, ...
    assert kept[:, 0].tolist() == [1, 2]
