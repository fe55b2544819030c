"""What the search for relations returns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from parity_compare.problems.redundant_columns import Constant, Copy
from parity_compare.statistics import Interval


@dataclass(frozen=True)
class Relation:
    """A set of columns whose XOR is constant up to noise, over all rows or within every group.

    Attributes:
        support: the columns' numbers in the table, increasing.
        columns: their names.
        constant: the XOR's value, 0 or 1; None where it differs from group to group.
        agreements: rows whose XOR is ``constant``, or the value of the row's group.
        examples: number of rows m.
        noise: the share of rows that disagree, with its 95 % interval (Wilson); within groups, the
            noise rate that explains the disagreements with majorities
            (:class:`.folding.GroupNoise`).
        p_value: bound on the probability that chance does as well for these columns.
        q_value: the least false discovery rate at which this is a discovery.
        family: bound on the probability that chance does as well for any of the candidates.
        values: the XOR's value in every group, in the order of the groups; empty without groups.
    """

    support: tuple[int, ...]
    columns: tuple[str, ...]
    constant: int | None
    agreements: int
    examples: int
    noise: Interval
    p_value: float
    q_value: float
    family: float
    values: tuple[int, ...] = ()

    @property
    def weight(self) -> int:
        """Number of columns."""
        return len(self.support)

    @property
    def strength(self) -> float:
        """The correlation's absolute value, 1 - 2 noise."""
        return max(0.0, 1 - 2 * self.noise.estimate)

    @property
    def mask(self) -> int:
        """The support as the bits of an integer."""
        return sum(1 << i for i in self.support)


@dataclass(frozen=True)
class Biased:
    """A column that is far more often 0 than 1 or the reverse, which is no XOR relation.

    Attributes:
        column, name: its number and name.
        ones: share of ones.
    """

    column: int
    name: str
    ones: float


@dataclass(frozen=True)
class Stage:
    """How far subsets of one size were searched.

    Attributes:
        weight: the size.
        subsets: how many there are.
        visited: how many were counted, 0 if the search did not begin.
        seconds: what it took, or what it was predicted to take where it is not complete.
    """

    weight: int
    subsets: int
    visited: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether every subset was counted."""
        return self.visited == self.subsets


@dataclass(frozen=True)
class Reach:
    """How far a size that is too large to be counted was searched by colliding halves.

    Attributes:
        weight: the size.
        rounds: how many were made (:mod:`.collisions`).
        seconds: what they took, added up over threads.
        noise: the largest noise rate of a relation, over all rows or within groups, that is missed
            with probability at most 1e-3, because no round finds it or because its count on all
            rows does not stand out; None if the rounds are too few for any.
    """

    weight: int
    rounds: int
    seconds: float
    noise: float | None


@dataclass(frozen=True)
class Relations:
    """Every XOR relation among the columns of a table.

    Attributes:
        basis: the generating relations: every discovery is an XOR of these, of biased columns and,
            within groups, of relations over all rows, and no stronger than their product allows
            (:mod:`.span`).
        everything: all discoveries, by weight, then by noise.
        everywhere: with groups, the basis of relations that hold over all rows, which say nothing
            about groups; empty without groups.
        everywhere_count: how many of these were discovered.
        constants, copies: columns that are constant, and those that equal another one or its
            negation, in every row; they are reported here and searched no further.
        biased: columns with a share of ones far from one half.
        names: the columns' names.
        examples: number of rows m.
        group: name of the groups, None without groups.
        groups: the groups' values.
        fdr: bound on the expected share of false discoveries.
        candidates: number of subsets that count as tested.
        stages: how far each size was searched.
        reach: how far sizes not searched completely were searched otherwise.
        crowded: whether the search ended early since there were too many discoveries.
        interrupted: whether it ended early since its caller asked it to.
        detectable: largest noise rate at which a relation of a size searched completely is missed
            with probability at most 1e-3, within groups one that is 1 in about half of the rows;
            None if these rows are too few for any.
        seconds: wall-clock time of the search, without reading and compilation.
        dropped: rows of the source that were left out because values were missing.
        dropped_columns: columns of the source that were left out because values were missing.
    """

    basis: tuple[Relation, ...]
    everything: tuple[Relation, ...] = field(repr=False)
    everywhere: tuple[Relation, ...]
    everywhere_count: int
    constants: tuple[Constant, ...]
    copies: tuple[Copy, ...]
    biased: tuple[Biased, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    examples: int
    group: str | None
    groups: tuple[str, ...] = field(repr=False)
    fdr: float
    candidates: int
    stages: tuple[Stage, ...]
    reach: tuple[Reach, ...]
    crowded: bool
    detectable: float | None
    seconds: float
    interrupted: bool = False
    dropped: int = 0
    dropped_columns: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is any relation.

        Without groups, copies of columns are relations too, unless so few rows have them by chance:
        n columns have some with probability at most n (n - 1) 2^-m if they are fair.
        """
        n = len(self.names)
        copied = bool(self.copies) and math.log2(n * n / self.fdr) <= self.examples
        return bool(self.basis) or (self.group is None and copied)

    @property
    def rank(self) -> int:
        """Dimension of the span of the basis over GF(2)."""
        return len(self.basis)

    @property
    def complete(self) -> bool:
        """Whether all sizes asked for were searched completely."""
        return all(stage.complete for stage in self.stages)

    @property
    def complete_to(self) -> int:
        """The largest size up to which every subset was counted."""
        done = 0
        for stage in self.stages:
            if not stage.complete:
                break
            done = stage.weight
        return done

    @property
    def groups_told_apart(self) -> int:
        """How many of the groups differ in the values of the basis."""
        if self.group is None:
            return 0
        return len(set(zip(*(relation.values for relation in self.basis), strict=True))) or 1
