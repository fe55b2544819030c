"""The lightest of the answers that label all rows alike."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from parity_compare.algorithms.budget import OutOfTime
from parity_compare.problems.bits import Words, mask, pack, unpack
from parity_compare.solving.system import System

LISTED = 10
"""Alternatives that are listed at most."""

MOST_FREE = 24
"""Up to 2^24 answers are all looked at, which takes about a tenth of a second."""

_CHUNK = 1 << 20
_INFORMATION_SETS = 200
_MOST_PAIRS = 1 << 14  # that are looked at per information set: about a millisecond

Support = tuple[int, ...]


@dataclass(frozen=True)
class Lightest:
    """The lightest supports of a coset, and how surely they are that.

    Attributes:
        supports: in the order of their sizes; the first is the answer to give.
        complete: whether all of the coset was looked at.
        method: how it was searched, in a sentence, where not all of it was looked at.
    """

    supports: tuple[Support, ...]
    complete: bool
    method: str = ""


def prepare(system: System) -> None:
    """Import and compile what the search of these relations needs, so that no clock counts it."""
    basis = system.relations
    if len(basis) > MOST_FREE:
        from parity_compare.algorithms.kernels.elimination import reduce_rows

        reduce_rows(np.ones((1, 1), dtype=np.uint64), 1)
    elif len(basis):
        from parity_compare.algorithms.kernels.lightest import keep_lightest

        words, nothing = basis.shape[1], np.zeros(1, dtype=np.int64)
        vector = np.zeros(words, dtype=np.uint64)
        keep_lightest(vector, basis, 0, 1, 0, 0, np.zeros((1, words), np.uint64), nothing)


def lightest(
    system: System,
    support: Support,
    *,
    size: int | None = None,
    rng: np.random.Generator,
    poll: Callable[[], None] = lambda: None,
) -> Lightest:
    """The lightest supports that label the rows as ``support`` does, some constant aside.

    Columns that never vary are left out, and a copy gives way to the column that it copies; after
    that the supports with copies in the place of what they copy are listed too. What remains is a
    coset of the space of relations, of dimension d. Up to d = 24 all 2^d vectors are visited.
    Beyond, random information sets are tried: the relations are brought to systematic form on d
    columns, so that for every pattern on these there is one answer, and the answers with up to two
    ones there are looked at (Lee, Brickell 1988).

    Args:
        system: the rows.
        support: one of the answers.
        size: the size that an answer must have, None for any.
        rng: where the information sets come from.
        poll: called many times a second; may raise.
    """
    canonical = _without_copies(system, support)
    basis = system.relations
    vector = mask(list(canonical), system.n)
    if len(basis) <= MOST_FREE:
        vectors = _walk(vector, basis, size, poll)
        complete, method = True, ""
    else:
        vectors, sets, ones = _information_sets(vector, basis, system.n, size, rng, poll)
        complete = False
        method = (
            f"{len(basis)} relations leave 2^{len(basis)} answers, too many to look at them all; "
            f"this is the lightest that a random search came by ({sets} information sets, up to "
            f"{ones} in each)."
        )
    plain = [_support(v, system.n) for v in vectors]
    supports = tuple(itertools.islice(_with_copies(system, plain), LISTED + 1))
    return Lightest(supports, complete, method)


def _without_copies(system: System, support: Sequence[int]) -> Support:
    chosen: set[int] = set()
    for column in support:
        leader = system.leaders[column]
        if leader >= 0:
            chosen ^= {leader}
    return tuple(sorted(chosen))


def _with_copies(system: System, supports: Sequence[Support]) -> Iterator[Support]:
    """Each support, then those with copies in the place of its columns."""
    groups: dict[int, list[int]] = {}
    for column, leader in enumerate(system.leaders):
        if leader >= 0:
            groups.setdefault(leader, []).append(column)
    for size, alike in itertools.groupby(supports, key=len):
        same_size = list(alike)
        yield from same_size
        for support in same_size if size else ():
            choices = itertools.product(*(groups[column] for column in support))
            next(choices)  # the support itself
            yield from (tuple(sorted(choice)) for choice in choices)


def _walk(vector: Words, basis: Words, size: int | None, poll: Callable[[], None]) -> Words:
    least, most = (0, 64 * len(vector)) if size is None else (size, size)
    if not len(basis):
        weight = int(np.bitwise_count(vector).sum(dtype=np.int64))
        return vector[np.newaxis][[least <= weight <= most]]
    from parity_compare.algorithms.kernels.lightest import keep_lightest

    kept = np.zeros((LISTED + 1, len(vector)), dtype=np.uint64)
    weights = np.full(LISTED + 1, most + 1, dtype=np.int64)
    total = 1 << len(basis)
    for start in range(0, total, _CHUNK):
        poll()
        stop = min(total, start + _CHUNK)
        keep_lightest(vector, basis, start, stop, least, most, kept, weights)
    return kept[weights <= most]


def _information_sets(
    vector: Words,
    basis: Words,
    n: int,
    size: int | None,
    rng: np.random.Generator,
    poll: Callable[[], None],
) -> tuple[Words, int, str]:
    """The lightest vectors met, how many sets were tried before time ran out, and how deeply."""
    from parity_compare.algorithms.kernels.elimination import reduce_rows

    bits, target = unpack(basis, n), unpack(vector, n)
    first, second = np.triu_indices(len(basis), 1)
    deep = len(first) <= _MOST_PAIRS
    best, sets = vector[np.newaxis], 0
    for _ in range(_INFORMATION_SETS):
        try:
            poll()
        except OutOfTime:
            break
        order = rng.permutation(n)
        shuffled = pack(np.take(bits, order, axis=1))  # in the order of memory, unlike an index
        pivots = reduce_rows(shuffled, n)
        systematic, current = unpack(shuffled, n), target[order]
        # The one answer that is zero on the information set.
        current = current ^ (current[pivots] @ systematic % 2).astype(np.uint8)
        back = np.argsort(order)
        rows, start = pack(np.take(systematic, back, axis=1)), pack(current[back])
        pairs = rows[first] ^ rows[second] if deep else rows[:0]
        nearby = np.concatenate([start[np.newaxis], rows ^ start, pairs ^ start])
        best = _some_lightest(np.concatenate([best, nearby]), size)
        sets += 1
    return _some_lightest(best, size), sets, "two ones" if deep else "a single one"


def _some_lightest(vectors: Words, size: int | None) -> Words:
    """The lightest of the vectors of that size, each once, in the order of their weights."""
    weights = np.bitwise_count(vectors).sum(axis=1, dtype=np.int64)
    if size is not None:
        vectors, weights = vectors[weights == size], weights[weights == size]
    order = np.argsort(weights, kind="stable")
    chosen: dict[bytes, None] = {}
    for i in order:
        chosen.setdefault(vectors[i].tobytes())
        if len(chosen) > LISTED:
            break
    return np.frombuffer(b"".join(chosen), dtype=np.uint64).reshape(-1, vectors.shape[1])


def _support(vector: Words, n: int) -> Support:
    return tuple(int(i) for i in np.flatnonzero(unpack(vector, n)))
