"""Tables with planted relations, relations without a table, and their span over GF(2)."""

from parity_compare.dual.relation import Relation
from parity_compare.statistics import wilson


def masks(found) -> list[int]:
    return [sum(1 << i for i in relation.support) for relation in found]


def span(vectors) -> set[int]:
    """All XORs of integers."""
    total = {0}
    for vector in vectors:
        total |= {vector ^ other for other in total}
    return total


def rank(vectors) -> int:
    return len(span(vectors)).bit_length() - 1


def with_relation(bits, columns, noise, rng, constant=0):
    """Overwrite the last column so that the XOR of the columns is constant but for noise."""
    *others, last = columns
    flips = rng.random(len(bits)) < noise
    bits[:, last] = bits[:, others].sum(axis=1) % 2 ^ flips ^ constant


FUNCTIONS = [(14, 17), (15, 18), (16, 19), (17, 20), (7, 8, 9, 12, 13, 18, 19)]


def banks(rng, rows, wrong):
    """Address bits 6 to 25 and the bank, some banks drawn anew."""
    bits = rng.integers(0, 2, (rows, 20))
    names = [f"a{i}" for i in range(6, 26)]
    bank = sum(
        (bits[:, [i - 6 for i in function]].sum(axis=1) % 2) << j
        for j, function in enumerate(FUNCTIONS)
    )
    flips = rng.random(rows) < wrong
    bank[flips] = rng.integers(0, 32, flips.sum())
    return bits, names, bank


def made_up(support, noise, m=10_000) -> Relation:
    """A relation with that share of disagreements."""
    wrong = round(noise * m)
    return Relation(
        support, tuple(f"x{i}" for i in support), 0, m - wrong, m, wilson(wrong, m), 0, 0, 0
    )
