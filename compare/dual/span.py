"""From all discoveries to the relations that generate them.

Wherever R and S are relations, so is their XOR, and a relation XOR a biased column is constant more
often than not. With independent noise the strength of an XOR, its correlation 1 - 2 eta in absolute
value, is the product of the strengths (piling-up lemma). So a discovery T that is an XOR of lighter
relations and biased columns is *explained* if it is no stronger than their product, and news
otherwise. Lightest relations are taken first, stronger ones before weaker ones:

- T is skipped if it is explained by relations of the basis and biased columns. With biased columns
  it is enough to be no stronger than these and the weakest of the relations allow, since relations
  may fail in the same rows: a wrong group is wrong for all of them.
- T joins the basis if it is no XOR of relations of the basis (over GF(2)), or only one together
  with biased columns that do not explain it: a bias does not hide a relation.
- T takes the place of the weakest relation R of those it is the XOR of, if T is certainly stronger
  than R and the others and T explain R: two weak accidents of light columns do not hide a strong
  relation. Otherwise T is skipped: it adds nothing to the span. Parity checks of a code are the
  common case: an XOR of two that share a column is stronger than their product, since noise sits in
  the columns, and yet follows from them.
- A column c with bias b makes T XOR c a discovery of b times T's strength, which is lighter than T
  if c is one of T's columns. Where T is certainly stronger and explains it, it is no candidate, and
  in the end a relation leaves the basis if the others and biased columns explain it.
- In the end a member of the basis gives way to another relation of its weight that it is an XOR
  with, if the two are *tied* and the other comes first in the order of columns: it reaches less far
  from its first column to its last or, if they reach as far, has the earlier columns. Without this,
  luck would choose among functions of equal strength such as 14 + 17, 17 + 20 and 14 + 20.

Among the noiseless relations of a linear space the greedy choice gives a basis of lightest vectors,
since linearly independent sets form a matroid (Rado 1957; Edmonds 1971). "Certainly" and "no
stronger" allow for z standard errors, with z that of a discovery that stands alone. Whether two are
tied is told by the rows in which exactly one of them fails, b of one and c of the other: without a
difference b - c has mean 0 and variance b + c (McNemar 1947). The bound is narrower than z, since
what the noise does tell should not be overruled by the columns.

Which XORs T may be is found by elimination with biased columns last, so that what is left of T
after it consists of biased columns if that is possible at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from parity_compare.dual.relation import Relation

_Z95 = 1.959963984540054
_TIED = math.sqrt(8)
"""Standard errors of a difference within which relations of one weight are tied.

Luck alone breaks a tie in one of 400 pairs.
"""

Apart = Callable[[Relation, Relation], float]
"""The number of rows in which exactly one of two relations fails."""


class _Echelon:
    """Independent vectors in reduced form; which of them an XOR consists of.

    Vectors are integers whose lowest bit is the first pivot to be taken.
    """

    def __init__(self) -> None:
        self._rows: dict[int, tuple[int, int]] = {}  # pivot bit -> vector, members as bits

    def reduce(self, vector: int) -> tuple[int, int]:
        """What is left of a vector with zeros at all pivots, and the members that were added."""
        members = 0
        for pivot, (row, made_of) in self._rows.items():
            if vector & pivot:
                vector ^= row
                members ^= made_of
        return vector, members

    def insert(self, vector: int, member: int) -> None:
        """Add a vector that is independent of the others as the member of that number."""
        rest, members = self.reduce(vector)
        members ^= 1 << member
        pivot = rest & -rest
        for other, (row, made_of) in self._rows.items():
            if row & pivot:
                self._rows[other] = row ^ rest, made_of ^ members
        self._rows[pivot] = rest, members

    def without(self, member: int) -> _Echelon:
        """The echelon of the other members."""
        holding = {p: row for p, row in self._rows.items() if row[1] >> member & 1}
        # The last pivot's row has zeros before it, so that all other pivots stay the first ones.
        dropped = max(holding)
        vector, members = holding.pop(dropped)
        result = _Echelon()
        for pivot, (row, made_of) in self._rows.items():
            if pivot in holding:
                result._rows[pivot] = row ^ vector, made_of ^ members
            elif pivot != dropped:
                result._rows[pivot] = row, made_of
        return result


def generating(
    found: Iterable[Relation],
    biases: npt.NDArray[np.float64],
    z: float,
    given: Sequence[Relation] = (),
    apart: Apart | None = None,
) -> tuple[Relation, ...]:
    """The basis of the discoveries.

    Args:
        found: the discoveries.
        biases: ``(n,)``, the columns' 1 - 2 p.
        z: standard errors within which strengths count as equal.
        given: relations that explain others and are not part of the answer. A discovery that they
            span but do not explain takes the place of the weakest of them.
        apart: in how many rows exactly one of two relations fails; None if that is not known, and
            R, S and R + S are taken to fail in the same rows half of the time, as they do if they
            are equally strong.

    Returns:
        The relations that generate them, by weight, then by noise.
    """
    return _Basis(biases, z, given, apart or _half_together).take(sorted(found, key=_order))


def _order(relation: Relation) -> tuple[int, float, tuple[int, ...]]:
    return relation.weight, relation.noise.estimate, relation.support


def _place(relation: Relation) -> tuple[int, tuple[int, ...]]:
    """What orders relations of one weight by their columns alone: the narrowest, then the first."""
    return relation.support[-1] - relation.support[0], relation.support


class _Basis:
    def __init__(
        self,
        biases: npt.NDArray[np.float64],
        z: float,
        given: Sequence[Relation],
        apart: Apart,
    ) -> None:
        self._biases, self._z, self._apart = np.abs(biases), z, apart
        # Position 0 belongs to the column that is biased least.
        self._position = {int(c): i for i, c in enumerate(np.argsort(self._biases, kind="stable"))}
        self._column = {i: c for c, i in self._position.items()}
        self._given = len(given)
        self._members = list(given)
        self._echelon = self._rebuilt()

    def take(self, found: Iterable[Relation]) -> tuple[Relation, ...]:
        candidates = self._without_biased_copies(list(found))
        for relation in candidates:
            self._consider(relation)
        self._prune()
        self._settle_ties(candidates)
        return tuple(sorted(self._members[self._given :], key=_order))

    def _consider(self, relation: Relation) -> None:
        rest, made_of = self._echelon.reduce(self._vector(relation))
        circuit = [i for i in range(len(self._members)) if made_of >> i & 1]
        leftover = self._product_of_biases(rest)
        explaining = [self._members[i] for i in circuit]
        if rest and circuit:
            explaining = [min(explaining, key=lambda member: member.strength)]
        if _no_stronger(relation, explaining, leftover, self._z):
            return
        if rest:
            self._echelon.insert(self._vector(relation), len(self._members))
            self._members.append(relation)
            return
        replaceable = [i for i in circuit if i >= self._given]
        if not replaceable:
            # What is given spans the relation but does not explain it; it is news all the same.
            del self._members[min(circuit, key=lambda i: self._members[i].strength)]
            self._given -= 1
            self._members.append(relation)
            self._echelon = self._rebuilt()
            return
        weakest = min(replaceable, key=lambda i: self._members[i].strength)
        old = self._members[weakest]
        others = [self._members[i] for i in circuit if i != weakest]
        if _no_stronger(relation, [old], 1.0, self._z):
            return
        if _no_stronger(old, [relation, *others], 1.0, self._z):
            self._members[weakest] = relation
            self._echelon = self._rebuilt()

    def _without_biased_copies(self, found: Sequence[Relation]) -> list[Relation]:
        """What no stronger discovery explains that differs by one biased column.

        One column at a time is enough: what lies between them, itself a copy, is a discovery too.
        """
        columns = [int(column) for column in np.flatnonzero(self._biases)]
        by_mask = {relation.mask: relation for relation in found}

        def explained(relation: Relation) -> bool:
            mask, least = relation.mask, relation.strength - self._z * _error(relation)
            for column in columns:
                bias = float(self._biases[column])
                original = by_mask.get(mask ^ 1 << column) if bias >= least else None
                if (
                    original is not None
                    and _no_stronger(relation, [original], bias, self._z)
                    and not _no_stronger(original, [relation], 1.0, self._z)
                ):
                    return True
            return False

        return [relation for relation in found if not explained(relation)]

    def _prune(self) -> None:
        """Drop what the others and biased columns explain, the weakest first."""
        bias = float(self._biases.max(initial=0.0))
        weak = sorted(self._members[self._given :], key=lambda member: member.strength)
        for relation in weak:
            if not _no_stronger(relation, [], bias, self._z):
                continue
            number = self._members.index(relation)
            rest, made_of = self._echelon.without(number).reduce(self._vector(relation))
            circuit = [member for i, member in enumerate(self._members) if made_of >> i & 1]
            if not circuit:
                continue
            weakest = min(circuit, key=lambda member: member.strength)
            if _no_stronger(relation, [weakest], self._product_of_biases(rest), self._z):
                del self._members[number]
                self._echelon = self._rebuilt()

    def _settle_ties(self, found: Iterable[Relation]) -> None:
        """Exchange members for tied relations that come first in the order of columns.

        Exchanging the last of a circuit for any that comes before it leads to the first basis of
        all, as in Kruskal's algorithm.
        """
        # Whatever has taken a member's place is tied with that member, not with the one between.
        strongest = list(self._members)
        for relation in sorted(found, key=_place):
            rest, made_of = self._echelon.reduce(self._vector(relation))
            if rest:
                continue
            tied = [
                i
                for i in range(self._given, len(self._members))
                if made_of >> i & 1
                and _place(relation) < _place(self._members[i])
                and relation.weight == self._members[i].weight
                and self._as_strong(relation, strongest[i])
            ]
            if tied:
                last = max(tied, key=lambda i: _place(self._members[i]))
                self._members[last] = relation
                self._echelon = self._rebuilt()

    def _as_strong(self, relation: Relation, other: Relation) -> bool:
        """Whether a relation is no weaker than another one, as far as can be told."""
        tolerance = _TIED * math.sqrt(self._apart(relation, other))
        return relation.agreements >= other.agreements - tolerance

    def _rebuilt(self) -> _Echelon:
        echelon = _Echelon()
        for number, member in enumerate(self._members):
            echelon.insert(self._vector(member), number)
        return echelon

    def _vector(self, relation: Relation) -> int:
        return sum(1 << self._position[i] for i in relation.support)

    def _product_of_biases(self, vector: int) -> float:
        product = 1.0
        while vector:
            lowest = vector & -vector
            product *= float(self._biases[self._column[lowest.bit_length() - 1]])
            vector ^= lowest
        return product


def _no_stronger(relation: Relation, others: Sequence[Relation], factor: float, z: float) -> bool:
    """Whether a relation's strength is at most the product of the others' and ``factor``."""
    product, relative = factor, 0.0
    for other in others:
        product *= other.strength
        if other.strength:
            relative += (_error(other) / other.strength) ** 2
    error = math.hypot(_error(relation), product * math.sqrt(relative))
    return relation.strength <= product + z * error


def _half_together(relation: Relation, other: Relation) -> float:
    a, b = relation.noise.estimate, other.noise.estimate
    return relation.examples * (a * (1 - b) + b * (1 - a)) / 2


def _error(relation: Relation) -> float:
    """The standard error of a strength, from the interval of the noise rate."""
    return (relation.noise.high - relation.noise.low) / _Z95
