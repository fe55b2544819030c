"""Rows that a round of collisions looks at: pairs of rows in which a relation has equal values.

A round never looks at a row by itself but at the XOR of two rows, the *difference*, so that the
relation's constant, or the unknown value of a group, cancels. Some differences make the key, in
which a relation must not fail at all, and others the check, in which it may fail now and then.

**Over all rows**, one row is the reference of all others. If a relation fails in each row
independently with probability eta, it fails in no difference of a key of r if it fails in none of
the r + 1 rows, or in all; and it then fails in a difference of the check with probability eta, or
1 - eta:

    P = (1 - eta)^(r + 1) P[Bin(c, eta) <= t] + eta^(r + 1) P[Bin(c, 1 - eta) <= t].

**Within groups**, both rows of a pair belong to one group. A key of disjoint pairs would be clean
with probability (1 - 2 eta (1 - eta))^r only, about (1 - eta)^(2 r). So the key is made of
*blocks*: b rows of one group, the first of which is the reference of the b - 1 others, and a last
block of b' <= b rows for what is left of r. A block is clean with probability (1 - eta)^b + eta^b.
Which of the two happened is another matter in every block, so the check consists of disjoint pairs,
each of which fails with probability p = 2 eta (1 - eta):

    P = ((1 - eta)^b + eta^b)^floor(r / (b - 1)) ((1 - eta)^b' + eta^b') P[Bin(c, p) <= t].

Large blocks have fewer references, but a key from a single group would see only what varies in that
group. A key therefore has at least three blocks, and at least half of the rows must be in groups
that hold a block, of two rows at least.

Rows are put in a random order within their groups, and each group is cut into blocks, and again
into pairs. Blocks are drawn uniformly, and pairs from those that have no row in common with them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]

_CHECKED = 64  # differences, a word
_BLOCKS = 4  # of a key, at least


class Draw(Protocol):
    """How the rows of a round are drawn.

    Attributes:
        key: differences r in the key.
        checked: differences c in the check, at least 1 and at most 64.
    """

    @property
    def key(self) -> int: ...
    @property
    def checked(self) -> int: ...

    def chance(self, noise: float, most: int) -> float:
        """The probability that a relation of that noise rate passes.

        Args:
            noise: eta, the probability that it fails in a row, in [0, 0.5].
            most: failures t that are let through in the check; none are in the key.
        """
        ...

    def pairs(self, rng: np.random.Generator) -> tuple[Indices, Indices]:
        """The rows whose differences are looked at, the key's first: twice ``(r + c,)`` int64."""
        ...


@dataclass(frozen=True)
class OverAllRows:
    """Differences from one reference row.

    Attributes:
        m: number of rows.
        key, checked: numbers of differences.
    """

    m: int
    key: int
    checked: int

    def chance(self, noise: float, most: int) -> float:
        """See :class:`Draw`."""
        from scipy.special import bdtr

        rows = self.key + 1
        right = (1 - noise) ** rows * float(bdtr(most, self.checked, noise))
        return right + noise**rows * float(bdtr(most, self.checked, 1 - noise))

    def pairs(self, rng: np.random.Generator) -> tuple[Indices, Indices]:
        """See :class:`Draw`."""
        rows = rng.choice(self.m, 1 + self.key + self.checked, replace=False)
        return rows[1:], np.broadcast_to(rows[:1], len(rows) - 1)


@dataclass(frozen=True, eq=False)
class WithinGroups:
    """Differences from a reference row in every block of the key, and in pairs for the check.

    Attributes:
        codes: ``(m,)`` int64, the number of every row's group, 0 to g - 1.
        key, checked: numbers of differences.
        block: rows b of a block, at least 2.
    """

    codes: Indices
    key: int
    checked: int
    block: int

    def chance(self, noise: float, most: int) -> float:
        """See :class:`Draw`."""
        from scipy.special import bdtr

        def clean(rows: int) -> float:
            return (1 - noise) ** rows + noise**rows

        whole, left = divmod(self.key, self.block - 1)
        last = clean(left + 1) if left else 1.0
        passed = float(bdtr(most, self.checked, 2 * noise * (1 - noise)))
        return clean(self.block) ** whole * last * passed

    def pairs(self, rng: np.random.Generator) -> tuple[Indices, Indices]:
        """See :class:`Draw`."""
        order = rng.permutation(len(self.codes))
        order = order[np.argsort(self._small_codes[order], kind="stable")]
        begins = rng.choice(self._blocks, -(-self.key // (self.block - 1)), replace=False)
        members = begins[:, np.newaxis] + np.arange(self.block)
        free = np.ones(len(order), dtype=bool)
        free[members] = False
        pairs = self._pairs[free[self._pairs] & free[self._pairs + 1]]
        pairs = rng.choice(pairs, self.checked, replace=False)
        rows = np.concatenate([members[:, 1:].reshape(-1)[: self.key], pairs + 1])
        references = np.concatenate([np.repeat(begins, self.block - 1)[: self.key], pairs])
        return order[rows], order[references]

    @cached_property
    def _small_codes(self) -> npt.NDArray[np.unsignedinteger]:
        """The codes in as few bytes as hold them, which sorts them the faster."""
        return self.codes.astype(np.min_scalar_type(int(self.codes.max())))

    @cached_property
    def _blocks(self) -> Indices:
        return _cut(self.codes, self.block)

    @cached_property
    def _pairs(self) -> Indices:
        return _cut(self.codes, 2)


def over_all_rows(m: int, key: int) -> Draw | None:
    """The draw for a key of that length; None if there are too few rows."""
    checked = min(_CHECKED, m - key - 1)
    return OverAllRows(m, key, checked) if checked > 0 else None


def within_groups(codes: Indices, key: int) -> Draw | None:
    """The draw for a key of that length; None if too few rows have a group in common.

    Args:
        codes: ``(m,)`` int64, the number of every row's group, 0 to g - 1.
        key: differences in the key, at least 1.
    """
    sizes = np.bincount(codes)
    for block in range(_largest_block(sizes, key), 1, -1):
        blocks = -(-key // (block - 1))
        # A block of b rows has rows in common with at most ceil(b / 2) pairs.
        pairs = int((sizes // 2).sum()) - blocks * -(-block // 2)
        if int((sizes // block).sum()) >= blocks and pairs > 0:
            return WithinGroups(codes, key, min(_CHECKED, pairs), block)
    return None


def _largest_block(sizes: Indices, key: int) -> int:
    """Rows of a block that makes a quarter of a key and that the groups of half the rows hold."""
    together = np.sort(sizes[sizes > 1])[::-1]
    if not len(together):
        return 1
    half = int(np.searchsorted(np.cumsum(together), together.sum() / 2))
    return min(int(together[half]), math.ceil(key / _BLOCKS) + 1)


def _cut(codes: Indices, length: int) -> Indices:
    """Where blocks begin if rows stand group by group and each group is cut into blocks.

    Args:
        codes: ``(m,)`` int64, the groups of the rows in any order.
        length: rows of a block; those of a group that make no whole one are left out.
    """
    sizes = np.bincount(codes)
    firsts = np.cumsum(sizes) - sizes
    cuts = [np.arange(size // length) * length for size in sizes]
    return np.concatenate([first + cut for first, cut in zip(firsts, cuts, strict=True)])
