"""What a report reads of results folders: every trial, and the traces that it may draw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from parity_compare.results import Record
from parity_compare.storage.union import Gathered, gather

TRACES_AT_MOST = 2_000
"""Traces of a report; all are read if there are no more in the folders."""
TRACES_PER_CELL = 40
"""Of more, at most so many of one cell."""


def read(folders: Sequence[str | Path]) -> Gathered:
    """The trials of a folder, or the union of several by the rules of ``parity-compare merge``.

    All of the trials, but not all of the traces of a large store, which may be more than the
    memory holds and are more than anybody looks at: those of at most 40 trials per cell.

    Args:
        folders: results folders, at least one; they are left as they are.

    Raises:
        InvalidInput: a folder is named twice, has no store, or one that cannot be trusted.
    """
    return gather([Path(folder) for folder in folders], _worth_reading)


def _worth_reading(traced: Sequence[Record]) -> Iterable[int]:
    """Which of the trials that have a trace give it to the report, by their indices.

    Each cell gives a few; those of the hardest instances, which the panels on mechanism show, as
    many as one cell may. Solved trials go before failed ones, three to one.
    """
    if len(traced) <= TRACES_AT_MOST:
        return range(len(traced))
    cells: dict[tuple[object, ...], list[int]] = {}
    for index, record in enumerate(traced):
        cells.setdefault(_cell(record), []).append(index)
    shares = [_share(traced, members) for members in cells.values()]
    few = max(1, TRACES_AT_MOST // (2 * len(shares)))
    chosen = [index for share in shares for index in share[:few]]
    hardest_first = sorted(shares, key=lambda share: _ease(traced[share[0]]))
    more = [index for share in hardest_first for index in share[few:]]
    return sorted(chosen[:TRACES_AT_MOST] + more[: max(0, TRACES_AT_MOST - len(chosen))])


def _cell(record: Record) -> tuple[object, ...]:
    """Which trials are averaged over together, near enough."""
    spec = record.spec
    return (spec.learner, spec.device, spec.n, spec.k, spec.noise, spec.samples, spec.variant)


def _share(traced: Sequence[Record], members: Sequence[int]) -> list[int]:
    """The traces that a cell gives at most, those first that it gives if it may give fewer."""
    solved = [index for index in members if traced[index].solved]
    failed = [index for index in members if not traced[index].solved]
    share: list[int] = []
    while len(share) < min(TRACES_PER_CELL, len(members)):
        source = failed if not solved or (failed and len(share) % 4 == 3) else solved
        share.append(source.pop(0))
    return share


def _ease(record: Record) -> tuple[bool, float, float, float, float]:
    """Sorts cells: solved ones before others, and then from hard to easy."""
    spec = record.spec
    size = math.inf if spec.k is None else spec.k
    return (not record.solved, -size, -spec.n, -spec.noise, spec.samples or math.inf)
