"""Better answers nearby, and the next best: up to two columns more, fewer or others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parity_compare.problems.bits import Words, pack
from parity_compare.problems.samples import Samples

_MOST_OPERATIONS = 1e9  # words that one look around may compare: about a second

Support = tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """A parity with a constant and the rows that disagree."""

    support: Support
    constant: int
    misses: int


def settle(
    samples: Samples,
    columns: tuple[int, ...],
    support: Support,
    constant: int,
    poll: Callable[[], object],
) -> tuple[Place, Place | None]:
    """Go to better answers nearby until there is none.

    An answer's neighbours differ from it in one or two of the columns, and in the constant or not.
    Where columns are nearly equal, or hardly ever vary, a search by a sample of the rows may end
    at a neighbour of the best answer.

    Args:
        samples: the rows.
        columns: those that answers may have: no two alike, and none that never varies.
        support, constant: where to begin.
        poll: called now and then; may raise.

    Returns:
        The answer, and the best of its neighbours; None for the latter if there are too many to
        look at.
    """
    packed = samples.columns[list(columns)]
    ones = pack(np.ones(samples.m, dtype=np.uint8))
    residue = samples.label_words ^ np.bitwise_xor.reduce(
        samples.columns[list(support)], axis=0, initial=np.uint64(0)
    )
    here = Place(support, constant, _count(residue ^ ones if constant else residue))
    while True:
        poll()
        nearest = _best_neighbour(packed, columns, residue, ones, here, samples.m)
        if nearest is None or nearest.misses >= here.misses:
            return here, nearest
        moved = sorted(set(here.support) ^ set(nearest.support))
        residue = residue ^ np.bitwise_xor.reduce(samples.columns[moved], axis=0)
        here = nearest


def _best_neighbour(
    packed: Words, columns: tuple[int, ...], residue: Words, ones: Words, here: Place, m: int
) -> Place | None:
    from parity_compare.algorithms.subset_search import SubsetSearch

    best: Place | None = None
    for size in (1, 2):
        if size > len(columns) or math.comb(len(columns), size) * len(residue) > _MOST_OPERATIONS:
            break
        for constant in (0, 1):
            target = residue ^ ones if constant else residue
            ranking = SubsetSearch(packed, target, m, size).run(lambda ranking: None)
            assert ranking.best is not None
            if best is None or ranking.misses < best.misses:
                changed = set(here.support) ^ {columns[i] for i in ranking.best}
                best = Place(tuple(sorted(changed)), constant, ranking.misses)
    return best


def _count(words: Words) -> int:
    return int(np.bitwise_count(words).sum(dtype=np.int64))
