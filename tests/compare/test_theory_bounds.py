"""The bounds against enumeration, simulation and each other."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from parity_compare import api
from parity_compare.algorithms.acceptance import sample_size
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.parity import SparseParity, chi
from parity_compare.theory import (
    information_samples,
    label_capacity,
    necessary_samples,
    noisy_sgd_steps,
    proposition9_samples,
    random_search_tries,
    sq_queries,
    theorem4_batch,
    theorem5_complexity,
)
from parity_compare.theory.information import (
    binary_entropy,
    ln_best_power,
    ln_lower_tail,
    union_bound,
)


def _share_of_errors(n: int, k: int, noise: float, m: int, trials: int) -> float:
    """How often the likeliest k-subset is a wrong one, a tie being broken at random."""
    rng = np.random.default_rng(m)
    subsets = np.array(list(itertools.combinations(range(n), k)))
    errors = 0.0
    for _ in range(trials):
        bits = rng.integers(0, 2, (m, n))
        parities = bits[:, subsets].sum(axis=2) % 2  # (m, C(n, k))
        labels = parities[:, 0] ^ (rng.random(m) < noise)
        misses = (parities != labels[:, None]).sum(axis=0)
        best = misses == misses.min()
        errors += 1 - best[0] / best.sum()
    return errors / trials


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
def test_the_sample_sizes_bracket_what_maximum_likelihood_needs(noise: float) -> None:
    n, k, failure, trials = 9, 3, 0.1, 1500
    sizes = information_samples(n, k, noise, failure)
    # Each test errs with a probability below 1e-5: 4.3 standard deviations of a share of 0.1.
    margin = 4.3 * math.sqrt(failure * (1 - failure) / trials)
    assert _share_of_errors(n, k, noise, sizes.sufficient, trials) <= failure + margin
    assert _share_of_errors(n, k, noise, sizes.necessary - 1, trials) >= failure - margin


@pytest.mark.parametrize("failure", [0.01, 0.3, 0.5])
@pytest.mark.parametrize("noise", [0.0, 1e-9, 0.05, 0.25, 0.45])
@pytest.mark.parametrize(("n", "k"), [(4, 4), (10, 3), (50, 3), (200, 20), (10**5, 60)])
def test_the_bounds_lie_in_their_order(n: int, k: int, noise: float, failure: float) -> None:
    sizes = information_samples(n, k, noise, failure)
    assert sizes.fano <= sizes.necessary + 1e-9
    assert sizes.necessary <= sizes.sufficient <= 4 * sizes.necessary + 20
    assert sizes.necessary <= sizes.verified
    assert necessary_samples(n, k, noise, failure) == sizes.necessary


def test_without_noise_the_necessary_sample_is_counted() -> None:
    for n, k, failure in ((10, 3, 0.01), (50, 3, 0.5), (100, 10, 0.1)):
        labellings = math.comb(n, k) * (1 - failure)
        assert information_samples(n, k, 0, failure).necessary == math.ceil(math.log2(labellings))


def test_the_verified_sample_is_that_of_the_learners() -> None:
    known = information_samples(30, 3, 0.2, 1e-6)
    assert known.verified == sample_size(math.comb(30, 3), 0.2, 1e-6)
    # Past what they can count, the same rule goes on.
    assert (
        information_samples(10**6, 500, 0.1, 0.01).verified
        > information_samples(10**6, 40, 0.1, 0.01).verified
    )


def test_a_lone_subset_needs_no_example() -> None:
    sizes = information_samples(5, 5, 0.2)
    assert (sizes.fano, sizes.necessary, sizes.sufficient) == (0, 0, 0)


@pytest.mark.parametrize("m", [200, 200_000])
def test_the_union_bound_is_its_sum_or_barely_above(m: int) -> None:
    noise = 0.1 if m == 200 else 0.49
    w = np.arange(m + 1)
    for ln_subsets in (5.0, 20.0, 40.0):
        ln_others = ln_subsets + math.log1p(-math.exp(-ln_subsets))
        beaten = np.exp(np.minimum(0, ln_others + stats.binom.logcdf(w, m, 0.5)))
        exact = float((stats.binom.pmf(w, m, noise) * beaten).sum())
        bound = union_bound(m, noise, ln_subsets)
        assert exact * (1 - 1e-6) <= bound <= exact * (1 + 1e-6 if m == 200 else 1.2)


def test_the_best_test_is_neyman_and_pearsons() -> None:
    for m, noise, failure in itertools.product((1, 7, 40), (0.05, 0.3), (0.01, 0.2, 0.7)):
        w = np.arange(m + 1)
        right, coins = stats.binom.pmf(w, m, noise), stats.binom.pmf(w, m, 0.5)
        wanted, power = 1 - failure, 0.0
        for p, q in zip(right, coins, strict=True):  # in the order of their likelihood ratios
            share = min(1.0, wanted / p)
            wanted, power = wanted - share * p, power + share * q
            if wanted <= 0:
                break
        assert ln_best_power(m, noise, failure) == pytest.approx(math.log(power), abs=1e-9)


def test_tails_beyond_double_precision_are_bounds() -> None:
    for m, w in ((2000, 100), (100_000, 20_000), (5000, 0)):
        exact = stats.binom.logcdf(w, m, 0.5) if m < 3000 and w else None
        tail = float(ln_lower_tail(w, m)[()])
        choices = math.lgamma(m + 1) - math.lgamma(w + 1) - math.lgamma(m - w + 1)
        assert tail >= choices - m * math.log(2) - 1e-6
        if exact is not None and math.isfinite(exact):
            assert tail == pytest.approx(exact, abs=1e-2)


def test_capacity_is_what_entropy_leaves() -> None:
    for noise in (0.0, 0.01, 0.1, 0.3, 0.499):
        assert label_capacity(noise) == pytest.approx(1 - binary_entropy(noise), rel=1e-9)
    for bias in (1e-3, 1e-5, 1e-8):  # where entropy is 1 but for rounding
        noise = (1 - bias) / 2
        assert label_capacity(noise) == pytest.approx((1 - 2 * noise) ** 2 / (2 * math.log(2)))


def test_random_search_takes_the_tries_that_are_foretold() -> None:
    tries = random_search_tries(8, 2)
    assert tries.mean == 28
    trials = 400
    problems = (SparseParity(8, 2, seed=seed) for seed in range(trials))
    steps = np.array([api.learn("random", problem).cost.steps for problem in problems])
    # Both within 4.4 standard deviations: a false alarm has a probability of 1e-5 each.
    assert abs(steps.mean() - tries.mean) <= 4.4 * tries.deviation / math.sqrt(trials)
    for probability in (0.1, 0.5, 0.9):
        within = np.mean(steps <= tries.quantile(probability))
        expected = tries.chance(tries.quantile(probability))
        assert expected >= probability
        assert abs(within - expected) <= 4.4 * math.sqrt(expected * (1 - expected) / trials)


def test_quantiles_are_the_least_tries_that_are_enough() -> None:
    tries = random_search_tries(50, 3)
    for probability in (0.01, 0.5, 0.99):
        least = tries.quantile(probability)
        assert tries.chance(least) >= probability > tries.chance(least - 1)
    assert random_search_tries(5, 5).quantile(0.5) == 1


def test_a_query_rules_out_few_subsets() -> None:
    """Parseval: what sq_queries counts on, for random queries on all inputs of 7 bits."""
    rng = np.random.default_rng(0)
    inputs = np.array(list(itertools.product((-1, 1), repeat=7)), dtype=np.int8)
    parities = np.array([chi(inputs, S) for S in itertools.combinations(range(7), 3)])
    for tolerance in (0.05, 0.1, 0.3):
        per_query = (math.comb(7, 3) / 2 - 1) / sq_queries(7, 3, tolerance)
        for _ in range(50):
            query = np.sign(parities.T @ rng.normal(size=len(parities)))  # correlates with many
            assert np.count_nonzero(np.abs(parities @ query) / len(inputs) > tolerance) <= per_query


def test_sq_bound_is_below_what_the_learner_asks_and_infinite_where_all_is_hidden() -> None:
    assert sq_queries(20, 3, 0.25) <= math.comb(20, 3) / 2
    assert sq_queries(20, 3, 0.8, noise=0.1) == math.inf
    assert sq_queries(20, 3, 0.79, noise=0.1) == pytest.approx(math.comb(20, 3) / 2 - 1)
    assert sq_queries(3, 3, 0.1) == 0


def test_noisy_sgd_steps_solve_the_proposition() -> None:
    steps = noisy_sgd_steps(100, 5, 1000, 0.1, failure=0.2)
    assert 1000 * steps / (0.1**2 * 0.2) == pytest.approx(math.comb(100, 5) / 2)


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_proposition_9_s_examples_are_enough(noise: float) -> None:
    n, k, failure, trials = 9, 2, 0.1, 150
    m = math.ceil(proposition9_samples(n, k, noise, failure, threshold="majority"))
    rng = np.random.default_rng(1)
    missed = 0
    for trial in range(trials):
        samples = SparseParity(n, k, noise, seed=trial).sample(m)
        X, y = samples.X.astype(np.int64), samples.y.astype(np.int64)
        weights = rng.choice((-1, 1), n)
        gradient = np.abs(X.T @ (y * np.sign(X @ weights)))
        top = tuple(sorted(int(i) for i in np.argsort(-gradient)[:k]))
        missed += top != SparseParity(n, k, noise, seed=trial).support
    assert missed <= trials * failure


def test_the_best_neuron_needs_fewer_examples_than_the_majority() -> None:
    for n, k in ((51, 4), (101, 6)):  # k = 2 is the majority's own
        best = proposition9_samples(n, k, 0.1)
        assert best < proposition9_samples(n, k, 0.1, threshold="majority")


def test_proposition_9_goes_on_where_the_normal_law_takes_over() -> None:
    exact, limit = proposition9_samples(256, 3), proposition9_samples(257, 3)
    assert limit / exact == pytest.approx((257 / 256) ** 2, rel=0.05)
    assert math.isfinite(proposition9_samples(10**5, 20))


def test_theorem_4_needs_the_batch_of_its_order() -> None:
    orders = theorem4_batch(51, 4, 0.01)
    assert orders.batch == pytest.approx(51**4 * math.log(5100))
    assert orders.width == pytest.approx(2**4 * 4 * math.log(400))
    assert orders.first_rate == pytest.approx(1 / (4 * 2.29e-3), rel=2e-3)  # xi_3 of 51 signs
    assert theorem5_complexity(50, 3, 0.1) == pytest.approx(0.01 * 19600)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: information_samples(0, 1), "n must be at least 1, got 0"),
        (lambda: information_samples(5, 6), r"k must lie in 1\.\.n = 1\.\.5, got 6"),
        (lambda: information_samples(5, 2, 0.5), r"noise must lie in \[0, 0\.5\), got 0\.5"),
        (lambda: information_samples(5, 2, 0, 1), r"failure must lie in \(0, 1\), got 1"),
        (lambda: sq_queries(5, 2, 0), r"tolerance must lie in \(0, 1\), got 0"),
        (lambda: sq_queries(5, 2, 0.1, success=0), r"success must lie in \(0, 1\], got 0"),
        (lambda: theorem4_batch(10, 2), "odd n and even k only, got n=10, k=2"),
        (lambda: proposition9_samples(9, 3, threshold="majority"), "got n=9, k=3"),
        (lambda: noisy_sgd_steps(5, 2, 0, 0.1), "parameters must be at least 1, got 0"),
    ],
)
def test_wrong_arguments_are_named(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()


def test_two_subsets_are_told_apart_however_noisy_labels_are():
    """By one difference of labels: a normal deviate of mean d sqrt(m / 2) in one of sqrt(1 / 2)."""
    for noise in (0.4, 0.49):
        sizes = information_samples(2, 1, noise, 0.01)
        assert sizes.necessary <= sizes.sufficient <= 2.5 * sizes.necessary


@pytest.mark.parametrize(("n", "k"), [(20, 3), (10**9, 5 * 10**8)])
def test_samples_grow_as_the_inverse_square_of_a_small_bias(n, k):
    """From a bias of 1e-3 on, and past 1e-4, where they are scaled, down to the last bit."""
    known = information_samples(n, k, 0.4995, 0.01)
    for noise in (0.49996, 0.5 - 2**-54) if n < 10**9 else (0.4999999,):
        factor = (1e-3 / (1 - 2 * noise)) ** 2
        sizes = information_samples(n, k, noise, 0.01)
        for name in ("fano", "necessary", "sufficient", "verified"):
            expected = getattr(known, name) * factor
            assert getattr(sizes, name) == pytest.approx(expected, rel=1e-3), name


def test_the_saddle_point_takes_over_without_a_jump():
    """The union bound is continuous in m where chances change from sums to a saddle point."""
    values = [union_bound(m, 0.47, 20.0) for m in (39_990, 40_000, 40_010, 40_130, 40_150, 40_170)]
    slopes = np.diff(np.log(values)) / np.diff([39_990, 40_000, 40_010, 40_130, 40_150, 40_170])
    assert slopes == pytest.approx(slopes.mean(), rel=0.1)


def test_more_bits_than_the_formulas_hold_are_refused():
    for n in (10**9 + 1, 10**12, 10**23):
        with pytest.raises(InvalidInput, match=f"n must be at most 1000000000 .* got {n}"):
            information_samples(n, 3)


@pytest.mark.parametrize("failure", [1e-290, 1e-100, 0.999])
def test_any_chance_of_failure_has_its_samples(failure):
    sizes = information_samples(20, 3, 0.1, failure)
    assert sizes.fano <= sizes.necessary <= sizes.sufficient
