"""Relations that are too heavy to be enumerated: the promised chance of a find, and the answer."""

import math

import numpy as np
import pytest

from parity_compare.dual.collisions import CollisionSearch, Plan, plan
from parity_compare.dual.relations import relations
from parity_compare.dual.search import Enumeration
from parity_compare.problems.bits import pack


def columns_with(support, noise, n, m, seed, constant=0):
    """Random packed columns whose XOR over the support is constant but for noise."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (n, m), dtype=np.uint8)
    *others, last = support
    bits[last] = bits[others].sum(axis=0) % 2 ^ (rng.random(m) < noise) ^ constant
    return bits


@pytest.mark.parametrize(("noise", "constant"), [(0.0, 1), (0.05, 0)])
def test_a_round_finds_a_relation_with_the_promised_probability(noise, constant) -> None:
    """400 rounds; a count five standard deviations off happens with probability below 1e-6."""
    support = (1, 5, 9, 22)
    bits = columns_with(support, noise, 24, 800, 1, constant)
    scheme = plan(24, 800, 4)
    assert scheme is not None
    search = CollisionSearch(pack(bits), 800, scheme, np.random.default_rng(2))
    finds = 0
    for _ in range(400):
        search._seen.clear()
        candidates = search.round()
        finds += list(support) in candidates.subsets.tolist()
    assert search.rounds == 400
    chance = scheme.chance(noise)
    assert abs(finds - 400 * chance) < 5 * math.sqrt(400 * chance * (1 - chance))


def test_what_passes_is_counted_on_all_rows_and_given_once() -> None:
    bits = columns_with((0, 3, 7), 0.1, 12, 500, 3)
    scheme = plan(12, 500, 3)
    assert scheme is not None
    search = CollisionSearch(pack(bits), 500, scheme, np.random.default_rng(0))
    seen = set()
    for _ in range(100):
        candidates = search.round()
        for subset, ones in zip(candidates.subsets, candidates.ones, strict=True):
            assert tuple(subset) not in seen
            seen.add(tuple(subset))
            assert ones == (bits[subset].sum(axis=0) % 2).sum()
    assert (0, 3, 7) in seen


def test_the_detectable_noise_is_missed_with_the_stated_probability() -> None:
    scheme = plan(100, 1000, 6)
    assert scheme is not None
    noise = scheme.detectable(500, 1e-3)
    assert noise is not None
    assert (1 - scheme.chance(noise)) ** 500 == pytest.approx(1e-3, rel=1e-6)
    assert scheme.detectable(3, 1e-3) is None
    assert scheme.detectable(0, 1e-3) is None


def test_plans_keep_lists_short_and_refuse_what_cannot_be_had() -> None:
    wide = plan(512, 2000, 8)
    assert wide is not None
    assert math.comb(wide.half, wide.second) <= 3_000_000
    assert plan(100, 10, 4) is None
    assert plan(3, 1000, 6) is None
    assert isinstance(plan(20, 200, 5), Plan)


def test_columns_that_are_nearly_constant_give_a_search_up() -> None:
    """Their XORs agree nearly always, so a table of equal keys would be met in full."""
    bits = np.zeros((40, 300), dtype=np.uint8)
    bits[np.arange(40), np.arange(40)] = 1
    scheme = plan(40, 300, 4)
    assert scheme is not None
    search = CollisionSearch(pack(bits), 300, scheme, np.random.default_rng(0))
    for _ in range(40):
        search.round()
        if search.given_up:
            break
    assert search.given_up


def test_what_enumeration_leaves_is_found_by_collisions(monkeypatch) -> None:
    """Where counting would take too long, rounds go on until they reach the detectable noise."""
    monkeypatch.setattr(
        Enumeration, "predicted", lambda self, weight: 0.0 if weight < 4 else math.inf
    )
    support = (2, 30, 31, 47, 50, 58)
    bits = columns_with(support, 0.02, 60, 120, 4)
    found = relations(bits.T, max_k=6, time_limit=600.0)
    assert [relation.support for relation in found.basis] == [support]
    assert found.complete_to == 3
    assert [reach.weight for reach in found.reach] == [4, 5, 6]
    assert found.detectable is not None
    for reach in found.reach:
        assert reach.noise is not None
        assert reach.noise >= found.detectable
    assert found.candidates == sum(math.comb(60, size) for size in range(2, 7))
    without = relations(bits.T, max_k=6, collisions=False)
    assert not without.basis
    assert without.reach == ()
