"""Better answers nearby, and the next best: up to two columns more, fewer or others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity_compare.problems.bits import Words
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
    residue = samples.label_words ^ np.bitwise_xor.reduce(
        samples.columns[list(support)], axis=0, initial=np.uint64(0)
    )
    odd = int(_counts(residue[np.newaxis])[0])
    here = Place(support, constant, samples.m - odd if constant else odd)
    while True:
        poll()
        nearest = _best_neighbour(packed, columns, residue, here, samples.m)
        if nearest is None or nearest.misses >= here.misses:
            return here, nearest
        moved = sorted(set(here.support) ^ set(nearest.support))
        residue = residue ^ np.bitwise_xor.reduce(samples.columns[moved], axis=0)
        here = nearest


def _best_neighbour(
    packed: Words, columns: tuple[int, ...], residue: Words, here: Place, m: int
) -> Place | None:
    """The best of the neighbours: with either constant, the rows that disagree add up to m."""
    words, pairs = len(residue), len(columns) * (len(columns) - 1) // 2
    if len(columns) * words > _MOST_OPERATIONS:
        return None
    best = m + 1
    places: tuple[int, ...] = ()
    flip = 0
    for i in range(len(columns)):
        first = residue ^ packed[i]
        others = packed[i + 1 :] if pairs * words <= _MOST_OPERATIONS else packed[:0]
        misses = _counts(np.concatenate([first[np.newaxis], first ^ others]))
        for value, ranked in enumerate((misses, m - misses)):
            j = int(ranked.argmin())
            if ranked[j] < best:
                best, flip = int(ranked[j]), value
                places = (i,) if j == 0 else (i, i + j)
    if best > m:
        return None
    support = set(here.support) ^ {columns[place] for place in places}
    return Place(tuple(sorted(support)), flip, best)


def _counts(words: Words) -> npt.NDArray[np.int64]:
    """Ones per row of ``(r, w)``."""
    return np.asarray(np.bitwise_count(words).sum(axis=1, dtype=np.int64))
