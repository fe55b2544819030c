"""The course of an elimination: what the first so many equations determine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.algorithms.linear_system import augmented
from parity_compare.problems.samples import Samples

Counts = npt.NDArray[np.int64]

_MOST_BITS = 2048  # unknowns
_MOST_ROW_WORDS = 1 << 20  # of the equations looked at
_MOST_WORDS = 1 << 27  # added: at most a tenth of a second
_MOMENTS_AT_MOST = 200
_AROUND_FULL_RANK = 40  # moments before the last rise of the rank, and after it


def rank_course(drawn: Sequence[Samples]) -> dict[str, Counts]:
    """How rank and knowledge grow with every equation, in the order in which they were drawn.

    Elimination itself takes all equations at once; what the first so many of them would have told
    is found by adding them one by one.

    Args:
        drawn: the lists of examples that a learner drew, one after the other.

    Returns:
        Columns of at most 200 moments: ``examples``, their number; ``rank`` of these equations;
        ``determined``, number of coordinates that have one value in all solutions; ``consistent``,
        whether there is a solution, 1 or 0. The course ends with the first contradiction, or
        when it takes longer than a tenth of a second; from 2049 unknowns on there is none.
    """
    if not drawn or drawn[0].n > _MOST_BITS:
        return {}
    from parity_compare.algorithms.kernels.insertion import insert_rows

    n = drawn[0].n
    rows = np.concatenate([augmented(samples) for samples in drawn])
    rows = rows[: _MOST_ROW_WORDS // rows.shape[1]]
    ranks, determined = np.zeros((2, len(rows)), dtype=np.int64)
    added, solvable = insert_rows(rows, n, _MOST_WORDS, ranks, determined)
    moments = _moments(ranks[:added])
    consistent = np.ones(len(moments), dtype=np.int64)
    if not solvable:
        consistent[-1] = 0
    return {
        "examples": moments + 1,
        "rank": ranks[moments],
        "determined": determined[moments],
        "consistent": consistent,
    }


def _moments(ranks: Counts) -> Counts:
    """Which equations are told of: all if they are few, else the neighbourhood of the last rise of
    the rank, and others evenly spread."""
    added = len(ranks)
    if added <= _MOMENTS_AT_MOST:
        return np.arange(added)
    last_rise = int(np.searchsorted(ranks, ranks[-1]))
    near = np.arange(last_rise - _AROUND_FULL_RANK, last_rise + _AROUND_FULL_RANK)
    spread = np.linspace(0, added - 1, _MOMENTS_AT_MOST - len(near)).astype(np.int64)
    return np.union1d(near[(near >= 0) & (near < added)], spread)
