"""Matrix products of half-subsets rank the subsets as brute force and as packed words do."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms import Status, subset_products
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.subset_products import SubsetProducts
from parity_compare.algorithms.subset_search import SubsetSearch
from parity_compare.problems import ExampleOracle, InvalidInput, SparseParity
from parity_compare.problems.bits import pack


@pytest.fixture(autouse=True)
def one_thread():
    """Small products on a busy machine wait longer for PyTorch's threads than they take."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@st.composite
def searches(draw):
    """Columns, labels close to a parity of them, a size, bytes of a block; often with ties."""
    n = draw(st.integers(1, 11))
    size = draw(st.one_of(st.integers(1, n), st.sampled_from([1, n])))
    m = draw(st.one_of(st.sampled_from([1, 7, 8, 9, 63, 64, 65, 128]), st.integers(1, 200)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    bits = rng.integers(0, 2, (n, m), dtype=np.uint8)
    if draw(st.booleans()):
        bits[rng.integers(0, n, 2)] = bits[rng.integers(0, n, 2)]
    secret = rng.choice(n, size, replace=False)
    flips = rng.random(m) < draw(st.sampled_from([0.0, 0.0, 0.2, 0.5]))
    labels = (bits[secret].sum(axis=0) % 2 ^ flips).astype(np.uint8)
    return bits, labels, size, draw(st.sampled_from([None, 1, 300, 5000, 40_000]))


def mismatches(bits, labels, size):
    """Of every subset: brute force."""
    listed = itertools.combinations(range(len(bits)), size)
    return {subset: int(np.sum(bits[list(subset)].sum(0) % 2 != labels)) for subset in listed}


def nobody(ranking):
    """Polls of a search that nothing may stop."""


def products(bits, labels, size, bounds=None, device="cpu", block_bytes=None):
    packed = pack(bits), pack(labels), len(labels), size, bounds
    return SubsetProducts(*packed, device=device, block_bytes=block_bytes)


@given(searches())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_ranking_is_that_of_brute_force_and_of_packed_words(problem):
    *instance, block_bytes = problem
    exact = mismatches(*instance)
    bits, labels, size = instance
    first, second, *_ = [*sorted(exact.values()), len(labels) + 1]
    ranking = products(*instance, block_bytes=block_bytes).run(nobody)
    assert (ranking.misses, ranking.runner_up, ranking.visited) == (first, second, len(exact))
    assert exact[ranking.best] == first
    packed = SubsetSearch(pack(bits), pack(labels), len(labels), size).run(nobody)
    assert (packed.misses, packed.runner_up) == (first, second)
    assert ranking.best == packed.best or first == second


@given(searches(), st.floats(0, 0.6))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_last_bound_drops_exactly_the_subsets_that_exceed_it(problem, share):
    bits, labels, size, block_bytes = problem
    most = int(share * len(labels))
    bounds = np.full(pack(labels).shape, most)
    none = len(labels) + 1
    within = sorted(v for v in mismatches(bits, labels, size).values() if v <= most)
    ranking = products(bits, labels, size, bounds, block_bytes=block_bytes).run(nobody)
    assert (ranking.misses, ranking.runner_up) == tuple([*within, none, none][:2])
    assert (ranking.best is None) == (not within)


@given(searches(), st.sampled_from([1, 2]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_perfect_fits_end_the_search(problem, wanted):
    bits, labels, size, block_bytes = problem
    perfect = [s for s, misses in mismatches(bits, labels, size).items() if misses == 0]
    bounds = np.zeros(pack(labels).shape, dtype=np.int64)
    ranking = products(bits, labels, size, bounds, block_bytes=block_bytes).run(
        nobody, enough=0, wanted=wanted
    )
    none = len(labels) + 1
    assert ranking.misses == (0 if perfect else none)
    assert ranking.best in (perfect or [None])
    if wanted == 2:
        assert ranking.runner_up == (0 if len(perfect) > 1 else none)
    if len(perfect) < wanted:
        assert ranking.visited == math.comb(len(bits), size)


@pytest.mark.parametrize(("n", "k"), [(30, 4), (60, 3), (18, 6), (300, 2), (2000, 1), (18, 15)])
def test_blocks_of_every_shape_visit_each_subset_once(n, k):
    problem = SparseParity(n, k, noise=0.1, seed=n)
    samples = problem.sample(300)
    bits = np.ascontiguousarray(samples.bits.T)
    for block_bytes in (1 << 14, 1 << 17, None):
        search = products(bits, samples.labels, k, block_bytes=block_bytes)
        ranking = search.run(nobody)
        assert ranking.visited == math.comb(n, k)
        assert ranking.best == problem.support
        assert ranking.misses == samples.m - samples.agreement(problem.support)


def test_polls_come_in_between_and_enough_ends_the_search():
    problem = SparseParity(24, 4, seed=1)
    samples = problem.sample(200)
    visited = []
    search = products(np.ascontiguousarray(samples.bits.T), samples.labels, 4, block_bytes=1 << 14)
    whole = search.run(lambda ranking: visited.append(ranking.visited))
    assert whole.visited == math.comb(24, 4)
    assert visited == sorted(visited)
    assert len(visited) >= 5
    assert visited[-1] < whole.visited  # what is done need not ask
    early = search.run(nobody, enough=0)
    assert early.best == whole.best == problem.support
    assert early.visited < whole.visited


@pytest.mark.parametrize(("n", "k", "m"), [(12, 3, 50), (50, 4, 100), (30, 10, 64), (500, 2, 9)])
def test_no_tensor_is_larger_than_was_predicted(monkeypatch, n, k, m):
    """Every tensor that is kept or formed, counted where the search makes them."""
    held = []
    for name in ("_signs", "_suffixes", "_products"):
        method = getattr(SubsetProducts, name)

        def watched(self, *arguments, method=method):
            tensor = method(self, *arguments)
            held.append(tensor.element_size() * tensor.nelement())
            return tensor

        monkeypatch.setattr(SubsetProducts, name, watched)
    samples = SparseParity(n, k, seed=2).sample(m)
    search = products(np.ascontiguousarray(samples.bits.T), samples.labels, k, block_bytes=1 << 15)
    polls = itertools.count()

    def poll(ranking):
        if next(polls) > 300:
            raise StopIteration

    try:
        search.run(poll)
    except StopIteration:
        assert math.comb(n, k) > 10**6
    assert max(held) <= max(1 << 15, 4 * (n + 8) * (m + 8))
    assert max(held) < search.nbytes <= 8 * max(1 << 15, 4 * (n + 8) * (m + 8))


def test_half_precision_is_exact_as_far_as_it_is_used():
    """Partial sums of m signs are integers up to m, and half precision holds those to 2048."""
    integers = np.arange(-2048, 2049)
    assert np.array_equal(integers.astype(np.float16).astype(int), integers)
    assert int(np.float16(2049)) == 2048  # so no further
    assert subset_products._HALF_EXACT == 2048
    singles = np.array([2**24 - 1, 2**24, 2**24 + 1], dtype=np.float32)
    assert singles.astype(int).tolist() == [2**24 - 1, 2**24, 2**24]


def test_more_examples_than_single_precision_counts_are_refused():
    words = np.zeros((1, 1), dtype=np.uint64)
    with pytest.raises(
        InvalidInput, match=r"m must lie in 1\.\.2\^24 - 1 on device cpu, got 16777"
    ):
        SubsetProducts(words, words[0], 1 << 24, 1, device="cpu")


def test_the_learner_concludes_alike_from_products(monkeypatch):
    """The learner's GPU path with PyTorch's CPU in the GPU's place."""
    monkeypatch.setattr("parity_compare.algorithms.devices.require_device", lambda device: None)
    original = SubsetProducts.__init__

    def on_cpu(self, *arguments, device, **options):
        original(self, *arguments, device="cpu", **options)

    monkeypatch.setattr(SubsetProducts, "__init__", on_cpu)
    learners = ExhaustiveSearch(), ExhaustiveSearch(device="cuda")
    seen = set()
    for seed in range(40):
        n, k = 8 + seed % 7, 1 + seed % 4
        noise = [0.0, 0.1, 0.3][seed % 3]
        problem = SparseParity(n, k, noise, seed=seed)
        for told in ({"k": k}, {"k": k, "noise": noise}, {}):
            ours, theirs = (
                learner.learn(problem.examples(seed=seed), **told) for learner in learners
            )
            assert (ours.status, ours.support) == (theirs.status, theirs.support)
            assert ours.cost.samples == theirs.cost.samples
            listed = problem.sample(15 + 5 * seed)
            ours, theirs = (
                learner.learn(ExampleOracle.over(listed), **told) for learner in learners
            )
            assert (ours.status, ours.support) == (theirs.status, theirs.support)
            seen.add(ours.status)
    assert {Status.FOUND, Status.OUT_OF_SAMPLES} <= seen


def test_a_gpu_that_is_not_there_is_refused():
    learner = ExhaustiveSearch(device="cuda:97")
    assert learner.has_device
    with pytest.raises(InvalidInput, match="device must be present, got 'cuda:97'"):
        learner.prepare(10)
    with pytest.raises(InvalidInput, match="device must be present"):
        learner.learn(SparseParity(10, 2).examples())


@pytest.mark.cuda
def test_a_gpu_gives_the_same_ranking_in_either_precision():
    if not torch.cuda.is_available():
        pytest.skip("this machine has no NVIDIA GPU that PyTorch can use")
    for n, k, m in [(1, 1, 5), (60, 4, 100), (40, 5, 2048), (30, 4, 2049), (30, 3, 40_000)]:
        samples = SparseParity(n, k, noise=0.3, seed=m).sample(m)
        bits = np.ascontiguousarray(samples.bits.T)
        for block_bytes in (1 << 20, None):
            search = products(bits, samples.labels, k, device="cuda", block_bytes=block_bytes)
            words = SubsetSearch(pack(bits), pack(samples.labels), m, k)
            assert search.run(nobody) == words.run(nobody)
    problem = SparseParity(100, 4, noise=0.2, seed=1)
    outcome = ExhaustiveSearch(device="cuda").learn(problem.examples(), k=4, noise=0.2)
    assert outcome.support == problem.support
