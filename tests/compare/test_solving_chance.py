"""How probably luck agrees so well: bounds against exact distributions, and what they add up to."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from parity_compare.solving.chance import (
    candidates,
    chance,
    ln_overlap,
    noise_that_shows,
    rate_within,
    rows_to_tell,
)
from parity_compare.solving.solve import solve


@settings(deadline=None, derandomize=True)
@given(m=st.integers(1, 300), data=st.data())
def test_the_bound_lies_above_the_hypergeometric_tail(m: int, data: st.DataObject) -> None:
    first, second = data.draw(st.integers(0, m)), data.draw(st.integers(0, m))
    both = data.draw(st.integers(0, m))
    tail = float(hypergeom.sf(both - 1, m, first, second))
    bound = math.exp(ln_overlap(both, m, first, second))
    assert bound >= tail * (1 - 1e-9)


def test_the_bound_is_close_where_it_matters() -> None:
    """Far out, a tail is little more than its first term: the bound is within 10 %."""
    for m, first, second, both in ((200, 100, 100, 70), (1000, 500, 300, 210), (5000, 50, 99, 20)):
        tail = float(hypergeom.sf(both - 1, m, first, second))
        assert tail < 1e-4
        assert math.exp(ln_overlap(both, m, first, second)) < 1.1 * tail


@pytest.mark.parametrize(("n", "rank"), [(5, 5), (30, 30), (30, 12), (8, 0)])
def test_the_shares_of_all_parities_add_up_to_at_most_one(n: int, rank: int) -> None:
    """Of 2 C(n, s) parities of size s each counts for N candidates: the sum of 1 / N is the bound.

    Parities that label all rows alike are one: there are 2^(rank + 1) labellings.
    """
    shares = sorted(
        (Fraction(1, candidates(n, size, rank, told=False)), 2 * math.comb(n, size))
        for size in range(n + 1)
    )[::-1]
    total, left = Fraction(0), 2 << rank
    for share, number in shares:  # the labellings' representatives have the largest shares
        total += share * min(number, left)
        left -= min(number, left)
    assert total <= 1
    assert candidates(n, 3, rank, told=True) == min(2 * math.comb(n, 3), 2 << rank)


def test_labels_that_are_nearly_constant_prove_nothing() -> None:
    """A column that is rarely 1 agrees with a label that is rarely 1 however independent."""
    assert chance(960, 1000, 20, 20, 2) == 1.0
    assert chance(996, 1000, 20, 20, 2) < 1e-30
    assert chance(1000, 1000, 0, 0, 2) == 1.0


def test_rows_to_tell_are_the_fewest_that_do() -> None:
    needed = rows_to_tell(0.1, 1000, 1e-3)
    assert needed is not None

    def luck(m: int) -> float:
        return 1000 * float(binom.sf(math.floor(0.9 * m) - 1, m, 0.5))

    assert luck(needed) <= 1e-3
    assert luck(needed - 1) > 1e-3
    assert rows_to_tell(0.5, 2, 1e-3) is None


def test_the_noise_that_shows_is_where_the_binomial_says() -> None:
    m, number, allowed, missed = 400, 10**6, 1e-3, 1e-6
    noise = noise_that_shows(m, number, allowed, missed)
    threshold = next(a for a in range(m + 1) if number * binom.sf(a - 1, m, 0.5) <= allowed)
    assert float(binom.cdf(threshold - 1, m, 1 - noise)) == pytest.approx(missed, rel=1e-3)
    assert noise_that_shows(20, number, allowed, missed) == 0


@pytest.mark.parametrize("share", [0.5, 0.15])
def test_false_alarms_are_as_rare_as_stated(share: float) -> None:
    """Of 150 tables of coin tosses, fair or not, at most 2 may have an answer that is sure.

    The bound is 1e-3 for each, so more happen with probability below 1e-3.
    """
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(150):
        X = rng.random((60, 8)) < rng.uniform(0.1, 0.9, 8)
        alarms += solve(X, rng.random(60) < share).sure
    assert alarms <= 2


def test_what_is_excluded_would_have_been_found_among_copies_too() -> None:
    """At the noise rate that is said to be excluded, the answer is missed as rarely as is said.

    Forty columns are copies of ten, so 2^11 labellings differ and not 2 C(40, 5). The wrong labels
    with which the answer is just sure are compared with the binomial law; no sampling. That not
    quite half of the labels are 1 costs one of them, which is a factor of three.
    """
    rng = np.random.default_rng(5)
    m, k = 120, 5
    few = rng.integers(0, 2, (m, 10), dtype=np.uint8)
    X = few[:, np.arange(40) % 10]
    told = solve(X, rng.integers(0, 2, m, dtype=np.uint8), k=k)
    assert told.support is None
    rate = float(told.excluded[0].split("up to ")[1].split(" %")[0]) / 100
    parity = few[:, :k].sum(axis=1, dtype=np.uint8) % 2

    def found(wrong: int) -> bool:
        return solve(X, parity ^ (np.arange(m) < wrong).astype(np.uint8), k=k).sure

    most = max(wrong for wrong in range(20, 40) if found(wrong))
    assert float(binom.sf(most + 1, m, rate)) <= 1.1e-6


def test_what_is_excluded_is_not_said_of_xors_that_hardly_vary() -> None:
    """An XOR of rare columns is 1 in few rows, which say little of it: the answer names the limit.

    With even labels the sentence is not there.
    """
    rng = np.random.default_rng(1)
    rare = (rng.random((300, 12)) < 0.03).astype(np.uint8)
    noise = (rng.random(300) < 0.25).astype(np.uint8)
    escaped = solve(rare, rare[:, 0] ^ rare[:, 1] ^ noise)
    assert escaped.support is None
    assert any("may well have escaped" in sentence for sentence in escaped.excluded)
    even = solve(rng.integers(0, 2, (300, 12)), rng.permutation(np.arange(300) % 2))
    assert even.support is None
    assert even.excluded
    assert not any("may well have escaped" in sentence for sentence in even.excluded)


@pytest.mark.parametrize(("share", "m"), [(0.2, 600), (0.208, 1000), (0.05, 4096), (0.4, 80)])
def test_the_rate_at_which_a_share_is_rarely_passed_is_that_of_the_binomial_tail(
    share: float, m: int
) -> None:
    rate = rate_within(share, m, 1e-6)
    most = math.floor(share * m)
    assert binom.sf(most, m, rate) <= 1e-6 * (1 + 1e-6)
    assert binom.sf(most, m, rate + 1e-4) > 1e-6
    assert rate < share


def test_a_share_of_few_rows_allows_hardly_any_rate() -> None:
    """In ten rows, even one in a thousand wrong labels comes twice with probability 4e-5."""
    assert rate_within(0.1, 10, 1e-6) < 1e-3
    assert rate_within(1.0, 10, 1e-6) == pytest.approx(0.5)
