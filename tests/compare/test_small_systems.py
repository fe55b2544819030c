"""Many systems at once have the solutions that each of them has alone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.integer_rows import reduce_integers
from parity_compare.solving.small_systems import solve_systems


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(1, 63),
    spare=st.integers(0, 12),
    density=st.sampled_from([0.5, 0.2, 0.05]),
    seed=st.integers(0, 2**32 - 1),
)
def test_each_is_solved_by_its_first_pivots(n: int, spare: int, density: float, seed: int) -> None:
    """Right-hand sides contradict each other, so that it shows which equations are used."""
    rng = np.random.default_rng(seed)
    bits = (rng.random((n + spare, 5, n + 1)) < density).astype(np.uint64)
    equations = (bits << np.arange(n + 1, dtype=np.uint64)).sum(axis=2, dtype=np.uint64)
    before = equations.copy()
    solutions, regular = solve_systems(equations, n)
    assert np.array_equal(equations, before)
    unknowns = (1 << n) - 1
    for system in range(5):
        rows = equations[:, system].tolist()
        assert regular[system] == (len(reduce_integers(row & unknowns for row in rows)) == n)
        if regular[system]:
            solution = int(solutions[system])
            assert solution <= unknowns
            assert all(
                (row & solution).bit_count() % 2 == row >> n for row in first_pivots(rows, n)
            )


def first_pivots(rows: list[int], n: int) -> list[int]:
    """The n equations that elimination uses if it takes the first possible pivot each time."""
    rest, order = list(rows), list(rows)
    for column in range(n):
        place = next(i for i in range(column, len(rest)) if rest[i] >> column & 1)
        rest[column], rest[place] = rest[place], rest[column]
        order[column], order[place] = order[place], order[column]
        for i in range(column + 1, len(rest)):
            if rest[i] >> column & 1:
                rest[i] ^= rest[column]
    return order[:n]
