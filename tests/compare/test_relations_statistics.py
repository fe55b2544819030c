"""The chances behind relations: binomial and folded laws, discovery control, power, intervals."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from parity_compare.dual.chances import (
    detectable_noise,
    first_level,
    harmonic,
    loosened,
    parity_bounds,
    parity_chances,
    q_values,
)
from parity_compare.dual.folding import GroupNoise, MinorityLaw, minority_law
from parity_compare.dual.group_chances import GroupChances
from parity_compare.dual.joint import JointLaw
from parity_compare.statistics import wilson


def test_p_values_are_twice_the_smaller_binomial_tail():
    m = 37
    ones = np.arange(m + 1)
    for e in (-0.9, -0.3, 0.0, 0.5):
        law = stats.binom(m, (1 - e) / 2)
        expected = np.minimum(1, 2 * np.minimum(law.cdf(ones), law.sf(ones - 1)))
        assert parity_chances(ones, m, np.full(m + 1, e)) == pytest.approx(expected, rel=1e-9)


def test_bounds_let_everything_pass_that_has_the_p_value():
    m, level, parts = 60, 1e-4, 32
    bounds = parity_bounds(m, level, parts)
    loose = loosened(bounds)
    ones = np.arange(m + 1)
    for e in np.linspace(-0.999, 0.999, 301):
        low, high = bounds[int((e + 1) * parts / 2)]
        passed = (ones <= low) | (ones >= high)
        assert passed[parity_chances(ones, m, np.full(m + 1, e)) <= level].all()
        for wider in loose[int(abs(e) * parts) :]:
            assert ((ones <= wider[0]) | (ones >= wider[1]))[passed].all()
    # At a part's own ends nothing more passes.
    low, high = parity_bounds(m, level, 2)[0]
    assert parity_chances(np.array([high]), m, np.zeros(1))[0] <= level
    assert parity_chances(np.array([high - 1]), m, np.zeros(1))[0] > level
    assert (bounds[:, 0][::-1] == m - bounds[:, 1]).all()


def test_q_values_are_those_of_scipy():
    rng = np.random.default_rng(0)
    chances = rng.random(200) ** 4
    expected = stats.false_discovery_control(chances, method="by")
    ours = q_values(chances, 200)
    # SciPy sums the harmonic series term by term.
    assert ours == pytest.approx(expected, rel=1e-6)
    few = np.sort(chances)[:20]
    assert q_values(few, 200)[:5] == pytest.approx(np.sort(expected)[:5], rel=1e-6)
    assert len(q_values(np.empty(0), 10)) == 0


@pytest.mark.parametrize("count", [1, 2, 10, 1000])
def test_harmonic_numbers(count):
    assert harmonic(count) == pytest.approx(sum(1 / i for i in range(1, count + 1)), abs=1e-2)


def test_detectable_noise_is_found_with_the_promised_probability():
    m, level = 400, 1e-8
    eta = detectable_noise(m, level, 1e-3)
    ones = np.arange(m + 1)
    detected = parity_chances(ones, m, np.zeros(m + 1)) <= level
    law = stats.binom(m, eta)
    assert law.pmf(ones)[detected].sum() == pytest.approx(1 - 1e-3, abs=1e-6)
    assert detectable_noise(20, 1e-8, 1e-3) is None


@pytest.mark.parametrize(("size", "q"), [(1, 0.5), (2, 0.3), (7, 0.5), (12, 0.1)])
def test_the_folded_law_sums_the_two_sides(size, q):
    law = np.zeros(size // 2 + 1)
    for c in range(size + 1):
        law[min(c, size - c)] += stats.binom.pmf(c, size, q)
    assert minority_law(size, q) == pytest.approx(law, abs=1e-12)


def enumerated(sizes, q):
    """The law of M and the number of ones K by all outcomes: {(M, K): probability}."""
    law = {}
    laws = [stats.binom.pmf(np.arange(size + 1), size, q) for size in sizes]
    for counts in itertools.product(*(range(size + 1) for size in sizes)):
        chance = math.prod(float(one[c]) for c, one in zip(counts, laws, strict=True))
        minority = sum(min(c, size - c) for c, size in zip(counts, sizes, strict=True))
        key = minority, sum(counts)
        law[key] = law.get(key, 0.0) + chance
    return law


@pytest.mark.parametrize("q", [0.5, 0.3])
def test_tails_are_those_of_enumeration_and_chernoff_is_above_them(q):
    sizes = np.array([5, 4, 4, 1, 6])
    joint = enumerated(sizes, q)
    law, bound = MinorityLaw(sizes, q), MinorityLaw(sizes, q)
    bound.exact = False
    for b in range(-1, 10):
        tail = sum(p for (minority, _), p in joint.items() if minority <= b)
        assert law.chance_at_most(b) == pytest.approx(tail, rel=1e-9)
        assert law.chance_above(b) == pytest.approx(1 - tail, abs=1e-12)
        assert bound.chance_at_most(b) >= tail * (1 - 1e-9)
        assert bound.chance_above(b) >= (1 - tail) * (1 - 1e-9) - 1e-15
    level = 0.01
    assert law.chance_at_most(law.most_within(level)) <= level
    assert law.chance_at_most(law.most_within(level) + 1) > level
    assert bound.most_within(level) <= law.most_within(level)


def permuted(sizes):
    """P[M <= b | K] by all outcomes, as an array over b and K: the permutation law.

    Given K, every way to place the ones is equally likely, whatever q was.
    """
    law = np.zeros((sum(size // 2 for size in sizes) + 1, sum(sizes) + 1))
    for (minority, ones), chance in enumerated(sizes, 0.5).items():
        law[minority, ones] += chance
    return law.cumsum(axis=0) / law.sum(axis=0)


@pytest.mark.parametrize("sizes", [[6, 5, 5, 4], [1, 1, 3], [2, 2, 2, 2, 2, 2], [9, 1], [7]])
def test_group_p_values_are_those_of_the_permutation_law(sizes):
    chances, exact = GroupChances(np.array(sizes)), permuted(sizes)
    bound = GroupChances(np.array(sizes))
    bound.exact = False
    for minority, ones in np.ndindex(exact.shape):
        expected = exact[minority, ones]
        assert chances.chance(minority, ones) == pytest.approx(max(expected, 1e-300), rel=1e-9)
        assert bound.chance(minority, ones) >= expected * (1 - 1e-9)
    for ones in (0, sum(sizes)):
        assert chances.chance(0, ones) == bound.chance(0, ones) == 1.0


def test_tails_of_the_exact_law_keep_their_digits():
    """All ones in one half of 40 pairs' groups: C(40, 20) ways of C(80, 40) have no minority."""
    law = JointLaw(np.full(40, 2))
    assert law.chance(0, 40) == pytest.approx(math.comb(40, 20) / math.comb(80, 40), rel=1e-11)
    law = JointLaw(np.full(2, 500))
    assert law.chance(0, 500) == pytest.approx(2 / math.comb(1000, 500), rel=1e-9)
    assert law.chance(-1, 500) == 0.0


def test_exact_p_values_make_more_noise_detectable():
    sizes = np.full(30, 10)
    exact, bound = GroupChances(sizes), GroupChances(sizes)
    bound.exact = False
    noisier, noisy = (chances.detectable_noise(1e-8, 1e-3) for chances in (exact, bound))
    assert noisier > 1.04 * noisy


@pytest.mark.parametrize("exact", [True, False])
def test_group_bounds_let_everything_pass_that_has_the_p_value(exact):
    sizes = np.array([40, 35, 30, 50])
    chances = GroupChances(sizes)
    chances.exact = exact
    m, level = int(sizes.sum()), 1e-5
    bounds = chances.bounds(level)
    assert (np.diff(bounds) <= 0).all()
    for ones in range(1, m):
        most = bounds[min(15, abs(2 * ones - m) * 16 // m)]
        assert chances.chance(int(most) + 1, ones) > level


@pytest.mark.parametrize(("groups", "rows"), [(30, 60), (400, 2), (40, 5), (1, 3000)])
def test_intervals_within_groups_cover_the_noise_rate(groups, rows):
    """400 tables each at two rates; 95 % intervals cover in at least 91 % of them.

    A binomial number of 400 with mean 0.95 falls below 364 with probability 4e-4; the interval is
    approximate, which the slack is for.
    """
    rng = np.random.default_rng(groups)
    sizes = np.full(groups, rows)
    noise = GroupNoise(sizes)
    for eta in (0.05, 0.2):
        ones = rng.binomial(rows, eta, (400, groups))
        minorities = np.minimum(ones, rows - ones).sum(axis=1)
        intervals = [noise.interval(int(minority)) for minority in minorities]
        assert sum(i.low <= eta <= i.high for i in intervals) >= 364
        assert np.mean([i.estimate for i in intervals]) == pytest.approx(eta, rel=0.05)


def test_one_large_group_has_wilsons_interval():
    noise = GroupNoise(np.array([3000]))
    for minority in (0, 1, 40, 300):
        ours, wilsons = noise.interval(minority), wilson(minority, 3000)
        assert list(ours) == pytest.approx(list(wilsons), abs=3e-5)


def test_large_groups_are_normal():
    """At 2000 rows the exact moments and those of the folded normal number agree."""
    from parity_compare.dual import folding

    eta = np.array([0.0, 0.01, 0.2, 0.45, 0.49, 0.5])
    exact = folding._moments(2000, eta)
    normal = folding._moments(2001, eta)
    for ours, theirs in zip(exact, normal, strict=True):
        assert ours == pytest.approx(theirs, rel=2e-3, abs=1e-6)


def test_first_level_is_that_of_a_single_discovery():
    level = first_level(1000, 0.05)
    assert q_values(np.array([level]), 1000)[0] == pytest.approx(0.05)
