"""Relations that are too heavy to be enumerated: the promised chance of a find, and the answer."""

import math
from functools import partial

import numpy as np
import pytest

from parity_compare.dual.chances import detectable_noise, first_level
from parity_compare.dual.clock import Clock
from parity_compare.dual.collisions import CollisionSearch, plan
from parity_compare.dual.draws import over_all_rows, within_groups
from parity_compare.dual.group_chances import GroupChances
from parity_compare.dual.hunt import MISSED
from parity_compare.dual.layout import grouped_layout, plain_layout
from parity_compare.dual.relations import relations
from parity_compare.dual.rounds import Progress, make_rounds
from parity_compare.dual.search import Candidates, Enumeration
from parity_compare.problems.bits import pack


def with_relation(bits, support, noise, rng, values):
    """Overwrite the last column so that the XOR has those values, one per row, but for noise."""
    *others, last = support
    m = bits.shape[1]
    bits[last] = bits[others].sum(axis=0) % 2 ^ (rng.random(m) < noise) ^ values


def uncounted(subsets):
    nothing = np.zeros(len(subsets), dtype=np.int64)
    return Candidates(subsets, nothing, nothing)


GROUPS = {
    "none": None,
    "pairs": np.repeat(np.arange(400), 2),
    "of five": np.arange(800) % 160,
    "large": np.arange(800) % 8,
}


@pytest.mark.parametrize(
    ("groups", "noise"),
    [("none", 0.0), ("none", 0.08), ("pairs", 0.03), ("of five", 0.05), ("large", 0.1)],
)
def test_a_round_finds_a_relation_with_the_promised_probability(groups, noise) -> None:
    """400 rounds, the rows failing anew in each, so that finds are binomial.

    A count five standard deviations off happens with probability below 1e-5.
    """
    support, codes = (1, 5, 9, 22), GROUPS[groups]
    rng = np.random.default_rng(1)
    draw = partial(over_all_rows, 800) if codes is None else partial(within_groups, codes)
    scheme = plan(24, 4, draw)
    assert scheme is not None
    finds = 0
    for number in range(400):
        bits = rng.integers(0, 2, (24, 800), dtype=np.uint8)
        values = 1 if codes is None else rng.integers(0, 2, 400, dtype=np.uint8)[codes]
        with_relation(bits, support, noise, rng, values)
        search = CollisionSearch(pack(bits), scheme, uncounted)
        candidates = search.round(number).candidates
        assert candidates is not None
        finds += list(support) in candidates.subsets.tolist()
    chance = scheme.chance(noise)
    assert chance > 0.1
    assert abs(finds - 400 * chance) < 5 * math.sqrt(400 * chance * (1 - chance))


@pytest.mark.parametrize("groups", ["none", "of five"])
def test_what_passes_is_counted_as_enumeration_counts_it(groups) -> None:
    rng = np.random.default_rng(3)
    bits, codes = rng.integers(0, 2, (12, 800), dtype=np.uint8), GROUPS[groups]
    with_relation(bits, (0, 3, 7), 0.1, rng, 0)
    bits[4] &= bits[5]  # a biased column
    layout = plain_layout(800) if codes is None else grouped_layout(codes)
    enumeration = Enumeration(
        layout.arrange(pack(bits)), layout, 1 - 2 * bits.mean(axis=1), threads=1
    )
    level = 0.2
    minorities = np.array([-1])
    if codes is not None:
        minorities = GroupChances(np.bincount(codes)).bounds(level)
    _, expected = enumeration.run(3, level, minorities, Clock())
    everything = np.array([(i, j, k) for k in range(12) for j in range(k) for i in range(j)])
    counted = enumeration.counter(level, minorities)(everything)

    def facts(found):
        return sorted(zip(found.subsets.tolist(), found.ones, found.minorities, strict=True))

    assert facts(counted) == facts(expected)
    assert 20 < len(counted) < len(everything)
    assert [0, 3, 7] in counted.subsets.tolist()


@pytest.mark.parametrize(
    "draw", [partial(over_all_rows, 1000), partial(within_groups, GROUPS["of five"])]
)
def test_the_detectable_noise_is_missed_with_the_stated_probability(draw) -> None:
    scheme = plan(100, 6, draw)
    assert scheme is not None
    noise = scheme.detectable(500, 1e-3)
    assert noise is not None
    assert (1 - scheme.chance(noise)) ** 500 == pytest.approx(1e-3, rel=1e-6)
    assert abs(scheme.rounds(noise, 1e-3) - 500) <= 1
    assert scheme.rounds(0.5, 1e-3) > 1e5
    assert scheme.detectable(3, 1e-3) is None
    assert scheme.detectable(0, 1e-3) is None


def test_plans_keep_lists_short_and_refuse_what_cannot_be_had() -> None:
    wide = plan(512, 8, partial(over_all_rows, 2000))
    assert wide is not None
    assert math.comb(wide.half, wide.second) <= 3_000_000
    assert plan(100, 4, partial(over_all_rows, 10)) is None
    assert plan(3, 6, partial(over_all_rows, 1000)) is None
    assert plan(100, 4, partial(within_groups, np.arange(1000))) is None


def test_columns_that_are_nearly_constant_give_a_search_up() -> None:
    """Their XORs agree nearly always, so a table of equal keys would be met in full."""
    bits = np.zeros((40, 300), dtype=np.uint8)
    bits[np.arange(40), np.arange(40)] = 1
    scheme = plan(40, 4, partial(over_all_rows, 300))
    assert scheme is not None
    size = Progress(CollisionSearch(pack(bits), scheme, uncounted), wanted=math.inf)
    assert not make_rounds([size], clock=Clock(), threads=2, most=100)
    assert size.given_up
    assert not size.candidates


def test_rounds_bring_the_same_whatever_the_number_of_threads() -> None:
    """Every subset once, from the rounds that are wanted, in the order of their numbers."""
    rng = np.random.default_rng(5)
    columns = pack(rng.integers(0, 2, (30, 600), dtype=np.uint8))
    answers = []
    for threads in (1, 2, 7):
        sizes = []
        for weight, wanted in ((4, 30), (5, 60)):
            scheme = plan(30, weight, partial(over_all_rows, 600))
            assert scheme is not None
            sizes.append(Progress(CollisionSearch(columns, scheme, uncounted), wanted))
        assert not make_rounds(sizes, clock=Clock(), threads=threads, most=10**6)
        assert [size.made for size in sizes] == [30, 60]
        answers.append([[found.subsets.tolist() for found in size.candidates] for size in sizes])
    assert answers[0] == answers[1] == answers[2]
    for rounds in answers[0]:
        subsets = [tuple(subset) for found in rounds for subset in found]
        assert len(set(subsets)) == len(subsets) > 20


def test_no_round_begins_past_the_deadline_or_past_too_many_finds() -> None:
    columns = pack(np.random.default_rng(6).integers(0, 2, (30, 600), dtype=np.uint8))
    scheme = plan(30, 4, partial(over_all_rows, 600))
    assert scheme is not None
    late, crowded = (
        Progress(CollisionSearch(columns, scheme, uncounted), math.inf) for _ in range(2)
    )
    assert not make_rounds([late], clock=Clock(0.0), threads=2, most=10**6)
    assert late.made == 0
    assert make_rounds([crowded], clock=Clock(), threads=2, most=10)
    assert sum(map(len, crowded.candidates)) > 10


@pytest.fixture
def only_small_sizes_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets of four and more columns would take too long."""
    monkeypatch.setattr(
        Enumeration, "predicted", lambda self, weight: 0.0 if weight < 4 else math.inf
    )


@pytest.mark.usefixtures("only_small_sizes_counted")
def test_what_enumeration_leaves_is_found_by_collisions() -> None:
    """Where counting would take too long, rounds go on until they reach the detectable noise."""
    support, rng = (2, 30, 31, 47, 50, 58), np.random.default_rng(4)
    bits = rng.integers(0, 2, (60, 120), dtype=np.uint8)
    with_relation(bits, support, 0.02, rng, 0)
    found = relations(bits.T, max_k=6, time_limit=600.0)
    assert [relation.support for relation in found.basis] == [support]
    assert found.complete_to == 3
    assert [reach.weight for reach in found.reach] == [4, 5, 6]
    assert found.candidates == sum(math.comb(60, size) for size in range(2, 7))
    # The rounds and the count on all rows share the chance of a miss.
    limit = detectable_noise(120, first_level(found.candidates, found.fdr), MISSED / 2)
    assert [reach.noise for reach in found.reach] == [limit] * 3
    assert found.detectable is not None
    assert limit < found.detectable
    without = relations(bits.T, max_k=6, collisions=False)
    assert not without.basis
    assert without.reach == ()


def grouped_table(rng, supports, everywhere, wrong):
    """40 columns, 300 rows in 30 groups whose values of the supports' parities are random.

    Args:
        supports: with disjoint last columns, which are overwritten.
        everywhere: a relation over all rows.
        wrong: share of rows in a group that is drawn anew.
    """
    codes = np.repeat(np.arange(30), 10)
    true = np.where(rng.random(300) < wrong, rng.integers(0, 30, 300), codes)
    bits = rng.integers(0, 2, (40, 300), dtype=np.uint8)
    for support in supports:
        with_relation(bits, support, 0.0, rng, rng.integers(0, 2, 30, dtype=np.uint8)[true])
    with_relation(bits, everywhere, 0.0, rng, 0)
    return bits.T, codes


@pytest.mark.usefixtures("only_small_sizes_counted")
def test_within_groups_too_what_enumeration_leaves_is_found_on_any_number_of_threads() -> None:
    """Two functions that tell groups and one relation over all rows, 4 % of rows in wrong groups.

    Each function fails in 2 % of the rows, far below the noise rate at which the rounds miss it
    with probability 1e-3.
    """
    supports, everywhere = [(2, 11, 30, 39), (3, 17, 20, 31, 38)], (5, 8, 25, 33, 37)
    X, codes = grouped_table(np.random.default_rng(7), supports, everywhere, 0.04)
    found, again = (
        relations(X, group=codes, max_k=5, time_limit=600.0, threads=threads) for threads in (1, 2)
    )
    assert [relation.support for relation in found.basis] == supports
    assert [relation.support for relation in found.everywhere] == [everywhere]
    assert found.complete_to == 3
    assert [reach.weight for reach in found.reach] == [4, 5]
    level = first_level(found.candidates, found.fdr)
    limit = GroupChances(np.full(30, 10)).detectable_noise(level, MISSED / 2)
    assert limit is not None
    assert limit > 0.05
    assert [reach.noise for reach in found.reach] == [limit] * 2
    assert found.everything == again.everything
    assert found.basis == again.basis
    assert [r.rounds for r in found.reach] == [r.rounds for r in again.reach]
    for relation in found.basis:
        parity = X[:, list(relation.support)].sum(axis=1) % 2
        ones = np.bincount(codes, weights=parity)
        assert relation.agreements == np.maximum(ones, 10 - ones).sum()
        assert relation.values == tuple((ones > 5).astype(int))


@pytest.mark.usefixtures("only_small_sizes_counted")
def test_groups_that_are_dealt_out_have_no_relations() -> None:
    """Five tables with a relation over all rows, and groups that are drawn without regard to it.

    At a false discovery rate of 1 % each lists any with probability at most 1e-2, and two or
    more of five do with probability below 1e-3.
    """
    rng = np.random.default_rng(8)
    alarms = 0
    for _ in range(5):
        X, codes = grouped_table(rng, [], (5, 8, 25, 33), 0.0)
        found = relations(X, group=rng.permutation(codes), max_k=4, time_limit=600.0)
        assert [relation.support for relation in found.everywhere] == [(5, 8, 25, 33)]
        assert found.reach[0].noise is not None
        alarms += bool(found.everything)
    assert alarms < 2
