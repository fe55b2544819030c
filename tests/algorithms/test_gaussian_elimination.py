"""Elimination finds what is determined, and says what is not: checked against all supports."""

import itertools

import numpy as np
import pytest

from parity_compare.algorithms import Budget, Status, Task
from parity_compare.algorithms.galois_elimination import GaloisElimination
from parity_compare.algorithms.gaussian_elimination import (
    GaussianElimination,
    _by_coset,
    _by_halves,
    _by_subsets,
    augmented,
    kernel_basis,
    label_bits,
)
from parity_compare.algorithms.halving import Plan
from parity_compare.algorithms.kernels.elimination import reduce_rows
from parity_compare.problems import ExampleOracle, InvalidInput, Samples, SparseParity
from parity_compare.problems.bits import mask, pack, unpack

EDGES = (1, 2, 63, 64, 65, 127, 128, 129, 200)


def solve(bits, labels, **told):
    samples = Samples.from_arrays(bits, labels, encoding="bits")
    return GaussianElimination().learn(ExampleOracle.over(samples), **told)


def solutions(bits, labels, k=None):
    """All supports, of size k if given, that label every row right."""
    n = bits.shape[1]
    cube = np.array(list(itertools.product([0, 1], repeat=n)))
    fits = (((bits @ cube.T) % 2) == labels[:, None]).all(axis=0)
    supports = [tuple(int(i) for i in np.flatnonzero(s)) for s in cube[fits]]
    return [s for s in supports if k is None or len(s) == k]


# --- against all supports -------------------------------------------------------------------------


@pytest.mark.parametrize("tell_k", [False, True])
def test_found_if_and_only_if_one_support_fits(tell_k):
    """1500 systems of at most eight unknowns, each against all 2^n supports."""
    rng = np.random.default_rng(1)
    verdict = {0: Status.INCONSISTENT, 1: Status.FOUND, 2: Status.UNDERDETERMINED}
    seen = []
    for _ in range(1500):
        n = int(rng.integers(1, 9))
        m = int(rng.integers(1, 2 * n + 2))
        bits = (rng.random((m, n)) < rng.choice([0.0, 0.2, 0.5, 0.9])).astype(np.uint8)
        if rng.random() < 0.5:
            bits[:, rng.integers(0, n)] = bits[:, rng.integers(0, n)]
        secret = rng.integers(0, 2, n)
        labels = bits @ secret % 2 ^ (rng.random(m) < rng.choice([0.0, 0.0, 0.2]))
        k = int(rng.integers(1, n + 1)) if tell_k else None
        if tell_k and secret.any() and rng.random() < 0.6:
            k = int(secret.sum())
        fitting = solutions(bits, labels, k)
        outcome = solve(bits, labels, k=k)
        assert outcome.status is verdict[min(2, len(fitting))]
        assert outcome.support == (fitting[0] if len(fitting) == 1 else None)
        seen.append(outcome.status)
    assert all(seen.count(status) > 100 for status in verdict.values())


def test_all_ways_to_search_the_solutions_agree():
    """The coset of all solutions, the k-subsets of columns, and their halves, on one system."""
    rng = np.random.default_rng(2)
    hits = []
    for _ in range(300):
        n, k = 12, int(rng.integers(1, 6))
        bits = rng.integers(0, 2, (int(rng.integers(1, 10)), n), dtype=np.uint8)
        labels = bits[:, rng.choice(n, k, replace=False)].sum(axis=1) % 2
        samples = Samples.from_arrays(bits, labels, encoding="bits")
        system = augmented(samples)
        pivots = reduce_rows(system, n)
        system = system[: len(pivots)]
        start = mask(pivots[label_bits(system, n)], n)
        task = Task(ExampleOracle.over(samples), k=k)
        by_coset = _by_coset(task, kernel_basis(system, pivots, n), start)
        by_subsets = _by_subsets(task, system)
        hits.append(min(2, by_coset[0]))
        by_halves = _by_halves(task, system, Plan.of(n, k, 1 << 20))
        assert min(2, by_coset[0]) == by_subsets[0] == by_halves[0]
        if hits[-1] == 1:
            assert by_coset[1] == by_subsets[1] == by_halves[1]
    assert min(hits.count(1), hits.count(2)) > 50


def test_the_kernel_basis_spans_the_kernel():
    """n - rank independent vectors that every row maps to zero."""
    rng = np.random.default_rng(3)
    for n, rank in [(1, 0), (5, 3), (64, 40), (65, 64), (130, 7)]:
        system = pack(rng.integers(0, 2, (rank, n), dtype=np.uint8))
        pivots = reduce_rows(system, n)
        basis = unpack(kernel_basis(system[: len(pivots)], pivots, n), n)
        assert not np.any(unpack(system, n).astype(int) @ basis.T % 2)
        assert np.linalg.matrix_rank(basis.astype(float)) == len(basis) == n - len(pivots)


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", EDGES)
@pytest.mark.parametrize("size", ["one", "three", "all", "dense"])
def test_fresh_examples_determine_the_support_at_every_word_boundary(n, size):
    """Fewer than 2^-32 of random systems of n + 32 rows are short of rank; more are drawn then."""
    k = {"one": 1, "three": min(3, n), "all": n, "dense": None}[size]
    problem = SparseParity(n, k, seed=n)
    outcome = GaussianElimination().learn(problem.examples())
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)
    assert outcome.cost.samples == n + 32
    assert outcome.cost.steps == n
    assert np.array_equal(
        outcome.predict_bits(problem.clean_sample(100).bits), problem.clean_sample(100).labels
    )


def test_a_short_rank_is_made_up_with_fresh_examples():
    """Without surplus a random square system is singular with probability 0.71."""
    drawn = set()
    for seed in range(20):
        problem = SparseParity(20, 3, seed=seed)
        outcome = GaussianElimination(surplus=0).learn(problem.examples())
        assert outcome.support == problem.support
        drawn.add(outcome.cost.samples)
    assert min(drawn) == 20 < max(drawn)


def test_a_budget_of_samples_is_a_limit_and_not_an_order():
    problem = SparseParity(30, 3, seed=1)
    plenty = GaussianElimination().learn(problem.examples(), budget=Budget(samples=10**6))
    assert (plenty.status, plenty.cost.samples) == (Status.FOUND, 62)
    short = GaussianElimination().learn(problem.examples(), budget=Budget(samples=20))
    assert (short.status, short.cost.samples) == (Status.UNDERDETERMINED, 20)
    told = GaussianElimination().learn(problem.examples(), k=3, budget=Budget(samples=25))
    assert (told.status, told.support, told.cost.samples) == (Status.FOUND, problem.support, 25)


def test_a_fixed_list_is_used_whole():
    samples = SparseParity(30, 3, seed=1).sample(500)
    assert solve(samples.bits, samples.labels).cost.samples == 500


def confined(n, basis, problem, seed=0):
    """An endless oracle of uniform examples from the span of ``basis`` (r, n)."""
    rng = np.random.default_rng(seed)

    def source(m):
        bits = (rng.integers(0, 2, (m, len(basis))) @ basis % 2).astype(np.uint8)
        return Samples(n, pack(bits), problem.label(pack(bits)))

    return ExampleOracle(n, source)


@pytest.mark.parametrize("learner", [GaussianElimination(surplus=0), GaloisElimination()])
@pytest.mark.parametrize("rank", [0, 5, 11])
def test_examples_without_end_whose_rank_has_one_are_given_up(learner, rank):
    n, problem = 12, SparseParity(12, 3, seed=2)
    basis = np.eye(n, dtype=np.uint8)[:rank]
    outcome = learner.learn(confined(n, basis, problem))
    assert (outcome.status, outcome.support) == (Status.UNDERDETERMINED, None)
    assert outcome.cost.steps == rank
    assert 2**14 < outcome.cost.samples < 2**15 + 100
    assert "(not raised by the last " in outcome.detail
    assert f"leaves 2^{n - rank} solutions" in outcome.detail


def test_a_support_of_known_size_is_found_at_a_rank_that_has_an_end():
    """The rows' kernel is one vector of weight 2 beside S: the other solution has weight 5."""
    n, problem = 12, SparseParity(12, 3, seed=2)
    kernel = np.zeros(n, dtype=int)
    kernel[[i for i in range(n) if i not in problem.support][:2]] = 1
    first = int(np.flatnonzero(kernel)[0])
    basis = np.eye(n, dtype=int)
    basis[:, first] = kernel * (np.arange(n) != first)
    basis = np.delete(basis, first, axis=0)
    outcome = GaussianElimination().learn(confined(n, basis, problem), k=3)
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)


def test_examples_that_rarely_raise_the_rank_are_waited_for():
    """One row in 100 leaves the span of the others: 2^14 miss it with chance 0.99^16384 < 1e-71."""
    n, problem = 12, SparseParity(12, 3, seed=2)
    rng = np.random.default_rng(0)

    def source(m):
        bits = rng.integers(0, 2, (m, n), dtype=np.uint8)
        bits[rng.random(m) > 0.01, problem.support[0]] = 0
        return Samples(n, pack(bits), problem.label(pack(bits)))

    outcome = GaussianElimination(surplus=0).learn(ExampleOracle(n, source))
    assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)


# --- ends -----------------------------------------------------------------------------------------


def test_flipped_labels_are_a_contradiction():
    """Each of 32 surplus equations fails with probability 0.49: all pass with 0.51^32 = 4e-10."""
    for noise in (0.25, 0.49):
        problem = SparseParity(40, 3, noise=noise, seed=1)
        outcome = GaussianElimination().learn(problem.examples())
        assert (outcome.status, outcome.support) == (Status.INCONSISTENT, None)
        assert "72 equations in 40 unknowns" in outcome.detail
        assert outcome.message.endswith("such as 'exhaustive'.")


def test_the_same_row_with_both_labels():
    outcome = solve(np.array([[1, 0, 1], [1, 0, 1]]), np.array([0, 1]))
    assert outcome.status is Status.INCONSISTENT


def test_a_unique_solution_of_another_weight_is_no_answer():
    """As many noisy rows as unknowns always have a solution; it is not of the weight told."""
    rng = np.random.default_rng(0)
    while True:
        bits = rng.integers(0, 2, (20, 20), dtype=np.uint8)
        if round(np.linalg.det(bits.astype(float))) % 2:
            break
    labels = bits[:, :3].sum(axis=1) % 2
    labels[0] ^= 1
    assert solve(bits, labels).status is Status.FOUND
    told = solve(bits, labels, k=3)
    assert (told.status, told.support) == (Status.INCONSISTENT, None)
    assert "the one solution has weight" in told.detail
    assert told.detail.endswith(", not 3.")


def test_labels_that_are_all_zero():
    """The empty support is the constant; a parity of k >= 1 bits is not it."""
    bits = np.eye(6, dtype=np.uint8)
    outcome = solve(bits, np.zeros(6, int))
    assert (outcome.status, outcome.support) == (Status.FOUND, ())
    assert outcome.predict(bits).tolist() == [0] * 6
    assert solve(bits, np.zeros(6, int), k=2).status is Status.INCONSISTENT


def test_examples_that_are_all_zero():
    zeros = np.zeros((4, 5), int)
    for k, status in [
        (None, Status.UNDERDETERMINED),
        (2, Status.UNDERDETERMINED),
        (5, Status.FOUND),
    ]:
        assert solve(zeros, np.zeros(4, int), k=k).status is status
    assert solve(zeros, np.ones(4, int)).status is Status.INCONSISTENT


def test_duplicate_columns_leave_two_answers():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (100, 20), dtype=np.uint8)
    bits[:, 7] = bits[:, 2]
    inside, outside = bits[:, [2, 4, 9]].sum(axis=1) % 2, bits[:, [3, 4, 9]].sum(axis=1) % 2
    for k in (None, 3):
        outcome = solve(bits, inside, k=k)
        assert (outcome.status, outcome.support) == (Status.UNDERDETERMINED, None)
    assert "rank 19, which leaves 2^1 solutions" in outcome.detail
    assert solve(bits, outside).status is Status.UNDERDETERMINED
    assert solve(bits, outside, k=3).support == (3, 4, 9)
    assert outcome.message.endswith(Status.UNDERDETERMINED.advice)


def test_eight_of_a_hundred_columns_from_sixty_four_examples():
    """2^36 solutions, C(100, 8) = 2e11 subsets, but 4e6 half-subsets a side."""
    problem = SparseParity(100, 8, seed=1)
    outcome = GaussianElimination().learn(ExampleOracle.over(problem.sample(64)), k=8, rng=0)
    assert outcome.support == problem.support
    assert "2^36 solutions, one of weight 8" in outcome.detail


def test_no_examples_at_all():
    outcome = GaussianElimination().learn(ExampleOracle.over(SparseParity(5, 2).sample(0)), k=2)
    assert (outcome.status, outcome.detail) == (Status.OUT_OF_SAMPLES, "Not one example was left.")


def test_a_search_beyond_its_limit_is_not_begun():
    problem = SparseParity(60, 6, seed=1)
    samples = problem.sample(30)
    few = GaussianElimination(coset_limit=10**4).learn(ExampleOracle.over(samples), k=6)
    assert few.status is Status.UNDERDETERMINED
    assert few.detail.endswith("solutions; 5.85e+04 candidates are more than coset_limit.")
    enough = GaussianElimination(coset_limit=10**8).learn(ExampleOracle.over(samples), k=6)
    assert (enough.status, enough.support) == (Status.FOUND, problem.support)
    wide = SparseParity(2000, 1000, seed=1).sample(10)
    vast = GaussianElimination().learn(ExampleOracle.over(wide), k=1000)
    assert "; 1e+413 candidates are more" in vast.detail  # half-subsets: 2 C(1500, 500)


def test_a_long_search_ends_with_the_time():
    problem = SparseParity(300, 9, seed=1)
    oracle = ExampleOracle.over(problem.sample(260))
    learner = GaussianElimination(coset_limit=1 << 60)
    learner.prepare(300)
    outcome = learner.learn(oracle, k=9, budget=Budget(seconds=0.3))
    assert outcome.status is Status.TIMEOUT
    assert 0.3 <= outcome.cost.seconds < 3


@pytest.mark.parametrize("parameters", [{"surplus": -1}, {"coset_limit": 0}])
def test_parameters_out_of_range_are_named(parameters):
    ((name, value),) = parameters.items()
    with pytest.raises(InvalidInput, match=f"{name} must be at least {value + 1}, got {value}"):
        GaussianElimination(**parameters)


def test_a_batch_ends_as_its_trials_alone():
    """Every kind of end in one batch: unique, contradictory, short rank, no examples."""
    problems = [SparseParity(20, 3, noise, seed) for noise in (0.0, 0.3) for seed in range(20)]
    sizes = [60, 25, 21, 20, 12, 3, 1, 0] * 5
    lists = [p.sample(m, seed=m) for p, m in zip(problems, sizes, strict=True)]
    learner = GaussianElimination()
    together = learner.learn_many([ExampleOracle.over(s) for s in lists], k=3)
    alone = [learner.learn(ExampleOracle.over(s), k=3) for s in lists]
    seen = set()
    for ours, single in zip(together, alone, strict=True):
        assert (ours.status, ours.support, ours.detail) == (
            single.status,
            single.support,
            single.detail,
        )
        assert (ours.cost.samples, ours.cost.steps) == (single.cost.samples, single.cost.steps)
        seen.add(ours.status)
    assert seen >= {
        Status.FOUND,
        Status.INCONSISTENT,
        Status.UNDERDETERMINED,
        Status.OUT_OF_SAMPLES,
    }


def test_without_surplus_drawing_stops_at_full_rank():
    """The examples drawn are the fewest whose rank is full: one less and it would be short."""
    for n in (5, 20, 64, 65, 130):
        problem = SparseParity(n, 3, seed=n)
        outcome = GaussianElimination(surplus=0).learn(problem.examples())
        drawn = outcome.cost.samples
        assert outcome.support == problem.support
        shorter = GaussianElimination().learn(ExampleOracle.over(problem.sample(drawn - 1)))
        assert shorter.status is Status.UNDERDETERMINED
