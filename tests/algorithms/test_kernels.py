"""Compiled kernels equal their plain twins in NumPy, and brute force."""

import itertools
import math

import galois
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.algorithms.kernels import cosets, elimination, small_systems, subsets
from parity_compare.algorithms.kernels.cosets import count_weight
from parity_compare.algorithms.kernels.elimination import reduce_rows
from parity_compare.algorithms.kernels.subsets import next_subset, suffix_table
from parity_compare.algorithms.subset_search import Ranking, SubsetSearch, unrank
from parity_compare.problems import ExampleOracle, SparseParity
from parity_compare.problems.bits import pack, unpack

EDGES = (1, 63, 64, 65, 127, 128, 129)


# --- reduced row echelon form ---------------------------------------------------------------------


def reduced(bits, columns):
    """Gauss-Jordan elimination on unpacked bits: the twin of ``reduce_rows``."""
    bits, pivots = bits.copy(), []
    for column in range(columns):
        below = np.flatnonzero(bits[len(pivots) :, column])
        if len(below):
            here, there = len(pivots), len(pivots) + below[0]
            bits[[here, there]] = bits[[there, here]]
            others = bits[:, column].astype(bool)
            others[here] = False
            bits[others] ^= bits[here]
            pivots.append(column)
    return bits, pivots


@st.composite
def systems(draw):
    """Matrices of every shape and rank, with equal and zero rows and columns; pivot columns."""
    n = draw(st.one_of(st.sampled_from(EDGES), st.integers(1, 130)))
    m = draw(st.integers(0, min(4 * n, 260)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    right = draw(st.sampled_from([0, 1, 3]))
    density = draw(st.sampled_from([0.5, 0.5, 0.02, 0.97]))
    bits = (rng.random((m, n + right)) < density).astype(np.uint8)
    rank = draw(st.one_of(st.none(), st.integers(0, 5)))
    if rank is not None:
        factor = rng.integers(0, 2, (m, rank), dtype=np.uint8)
        bits = factor @ bits[:rank] % 2 if rank <= m else bits
    if draw(st.booleans()) and m:
        bits[:, rng.integers(0, n, 3)] = bits[:, rng.integers(0, n, 3)]
        bits[:, rng.integers(0, n)] = 0
        bits[rng.integers(0, m)] = bits[rng.integers(0, m)]
        bits[rng.integers(0, m)] = 0
    return bits, n


def equals_twin(bits, columns, **options):
    """Equal pivots and, where the form is unique, equal rows.

    The rows with pivots are unique; below them the pivot columns are zero, and whatever is to the
    right spans the same space whichever rows were taken, so its own reduced form is compared.
    """
    rows = pack(bits)
    pivots = reduce_rows(rows, columns, **options)
    expected, expected_pivots = reduced(bits, columns)
    rank, got = len(expected_pivots), unpack(rows, bits.shape[1])
    below = reduced(got[rank:], bits.shape[1])[0]
    assert pivots.tolist() == expected_pivots
    assert np.array_equal(pack(got), rows)  # nothing beyond the last column
    assert np.array_equal(got[:rank, :columns], expected[:rank, :columns])
    assert np.array_equal(below, reduced(expected[rank:], bits.shape[1])[0])
    if not below.any():
        assert np.array_equal(got, expected)


@given(systems())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_reduced_form_is_that_of_plain_elimination(system):
    equals_twin(*system)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_four_russians_reduce_every_shape_as_plain_elimination_does(threads, monkeypatch):
    """The thresholds of size are lowered, so that tables and threads are used on small shapes."""
    monkeypatch.setattr(elimination, "TABLES_FROM_ROWS", 1)
    monkeypatch.setattr(elimination, "_PARALLEL_WORDS", 0)

    @given(systems())
    @settings(max_examples=100, deadline=None, derandomize=True)
    def check(system):
        equals_twin(*system, threads=threads)

    check()


@pytest.mark.parametrize("shape", [(199, 150), (200, 150), (201, 64), (700, 300), (300, 1100)])
def test_large_systems_cross_into_tables_and_strips(shape):
    """Strips of the tables are 16 words wide, so 1100 columns take two."""
    m, n = shape
    bits = np.random.default_rng(m).integers(0, 2, (m, n + 1), dtype=np.uint8)
    equals_twin(bits, n)
    bits[:, n // 2 :] = bits[:, : n + 1 - n // 2]
    equals_twin(bits, n)


@pytest.mark.parametrize("table_route", [False, True])
def test_galois_reduces_alike(table_route, monkeypatch):
    if table_route:
        monkeypatch.setattr(elimination, "TABLES_FROM_ROWS", 1)
    rng = np.random.default_rng(5)
    for m, n in [(1, 1), (5, 5), (20, 9), (9, 20), (70, 66), (40, 129)]:
        for bits in (rng.integers(0, 2, (m, n)), (rng.random((m, n)) < 0.1).astype(int)):
            rows = pack(bits.astype(np.uint8))
            pivots = reduce_rows(rows, n)
            theirs = galois.GF(2)(bits).row_reduce()
            assert np.array_equal(unpack(rows, n), np.asarray(theirs))
            assert len(pivots) == np.linalg.matrix_rank(galois.GF(2)(bits))


# --- vectors of one weight in a coset -------------------------------------------------------------


@given(
    st.one_of(st.sampled_from(EDGES), st.integers(1, 130)),
    st.integers(0, 8),
    st.integers(0, 2**32),
    st.lists(st.integers(0, 256), max_size=4),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_coset_is_walked_once_however_the_walk_is_cut(n, d, seed, cuts):
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (d + 1, n), dtype=np.uint8) & (rng.random((d + 1, n)) < 0.4)
    coset = [
        (bits[0] + np.array(c, int) @ bits[1:]) % 2 for c in itertools.product([0, 1], repeat=d)
    ]
    for weight in {int(v.sum()) for v in coset} | {n + 1}:
        vector, basis = pack(bits[0]), pack(bits[1:])
        found, hits = np.zeros_like(vector), 0
        bounds = sorted({0, 2**d, *(min(cut, 2**d) for cut in cuts)})
        for first, last in itertools.pairwise(bounds):
            hits += count_weight(vector, basis, weight, first, last, found)
        of_weight = [v for v in coset if v.sum() == weight]
        assert hits == len(of_weight)
        if hits:
            assert any(np.array_equal(unpack(found, n), v) for v in of_weight)


# --- subsets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "size"), [(1, 1), (5, 1), (5, 5), (7, 3), (9, 4), (6, 0)])
def test_subsets_step_and_are_numbered_in_lexicographic_order(n, size):
    listed = list(itertools.combinations(range(n), size))
    subset = np.arange(size)
    for number, expected in enumerate(listed):
        assert tuple(subset) == expected
        assert tuple(unrank(number, n, size)) == expected
        assert next_subset(subset, n) == (number + 1 < len(listed))


@pytest.mark.parametrize(("n", "size"), [(1, 1), (9, 1), (9, 3), (6, 6), (70, 2)])
def test_a_suffix_table_holds_every_xor_in_its_place(n, size):
    bits = np.random.default_rng(n).integers(0, 2, (n, 130), dtype=np.uint8)
    listed = list(itertools.combinations(range(n), size))
    table, starts, suffixes = suffix_table(pack(bits), size, len(listed))
    assert suffixes.tolist() == [list(suffix) for suffix in listed]
    xors = np.array([bits[list(suffix)].sum(axis=0) % 2 for suffix in listed], dtype=np.uint8)
    assert np.array_equal(table[:, : len(listed)].T, pack(xors))
    assert not table[:, len(listed) :].any()
    for coordinate in range(n + 1):
        assert starts[coordinate] == sum(suffix[0] < coordinate for suffix in listed)


@st.composite
def searches(draw):
    """Columns, labels close to a parity of them, a size; often with ties."""
    n = draw(st.integers(1, 10))
    size = draw(st.integers(1, n))
    m = draw(st.one_of(st.sampled_from(EDGES), st.integers(1, 300)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    bits = rng.integers(0, 2, (n, m), dtype=np.uint8)
    if draw(st.booleans()):
        bits[rng.integers(0, n, 2)] = bits[rng.integers(0, n, 2)]
    secret = rng.choice(n, size, replace=False)
    flips = rng.random(m) < draw(st.sampled_from([0.0, 0.0, 0.2, 0.5]))
    labels = bits[secret].sum(axis=0) % 2 ^ flips
    return bits, labels.astype(np.uint8), size


def scores(bits, labels, size):
    """The mismatches of every subset, in lexicographic order: brute force."""
    listed = itertools.combinations(range(len(bits)), size)
    return {subset: int(np.sum(bits[list(subset)].sum(0) % 2 != labels)) for subset in listed}


def nobody(ranking):
    """Polls of a search that nothing may stop."""


@given(searches(), st.integers(1, 5), st.integers(1, 3))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_counting_ranks_the_subsets_as_brute_force_does(problem, shards, threads):
    """Best, its mismatches and the runner-up's; the same from any number of shards or threads."""
    bits, labels, size = problem
    exact = scores(*problem)
    first, second, *_ = [*sorted(exact.values()), len(labels) + 1]
    search = SubsetSearch(pack(bits), pack(labels), len(labels), size)
    whole = search.run(nobody, threads=threads)
    assert (whole.misses, whole.runner_up, whole.visited) == (first, second, len(exact))
    assert exact[whole.best] == first
    bounds = [search.prefixes * i // shards for i in range(shards + 1)]
    parts = [search.run(nobody, first=a, last=b) for a, b in itertools.pairwise(bounds)]
    none = Ranking(None, len(labels) + 1, len(labels) + 1, 0)
    assert sum(parts, none) == whole


@given(searches(), st.integers(1, 3))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_perfect_fits_are_found_if_there_are_any(problem, threads):
    bits, labels, size = problem
    perfect = [subset for subset, misses in scores(*problem).items() if misses == 0]
    columns, none = pack(bits), len(labels) + 1
    search = SubsetSearch(columns, pack(labels), len(labels), size, np.zeros(columns.shape[1], int))
    assert search.perfect_only
    ranking = search.run(nobody, enough=0, wanted=2, threads=threads)
    assert ranking.misses == (0 if perfect else none)
    assert ranking.runner_up == (0 if len(perfect) > 1 else none)
    assert ranking.best in (perfect or [None])
    single = search.run(nobody, enough=0)
    assert single.best in (perfect or [None])
    assert single.visited <= ranking.visited or threads > 1


@given(searches(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_bounds_drop_exactly_the_subsets_that_exceed_them(problem, seed):
    """A subset counts if its mismatches in the first 64, 128, ... examples are all in bounds."""
    bits, labels, size = problem
    words = pack(labels).shape[0]
    bounds = np.cumsum(np.random.default_rng(seed).integers(1, 40, words))
    within = {}
    for subset in scores(*problem):
        wrong = np.cumsum(bits[list(subset)].sum(0) % 2 != labels)
        seen = wrong[np.minimum(64 * np.arange(1, words + 1), len(labels)) - 1]
        if np.all(seen <= bounds):
            within[subset] = int(wrong[-1])
    first, second, *_ = [*sorted(within.values()), len(labels) + 1, len(labels) + 1]
    ranking = SubsetSearch(pack(bits), pack(labels), len(labels), size, bounds).run(nobody)
    assert (ranking.misses, ranking.runner_up) == (first, second)
    assert ranking.best is None if not within else within[ranking.best] == first


def test_enough_ends_a_search_and_polls_come_in_between(monkeypatch):
    monkeypatch.setattr("parity_compare.algorithms.subset_search._CHUNK_WORDS", 1000)
    problem = SparseParity(24, 4, seed=1)
    samples = problem.sample(200)
    columns, labels = np.array(samples.columns), np.array(samples.label_words)
    visited = []
    search = SubsetSearch(columns, labels, 200, 4, np.zeros(4, int))
    whole = search.run(lambda ranking: visited.append(ranking.visited))
    assert whole.visited == math.comb(24, 4)
    assert visited == sorted(visited)
    assert len(visited) >= 5
    early = search.run(nobody, enough=0)
    assert early.best == whole.best == problem.support
    assert early.visited < whole.visited


# --- compilation ----------------------------------------------------------------------------------


def test_everything_is_compiled_before_the_clock_runs():
    """After ``prepare`` no kernel meets types that it has not been compiled for."""
    learners = [GaussianElimination(), ExhaustiveSearch()]
    for learner in learners:
        learner.prepare(300)
    kernels = [
        kernel
        for module in (cosets, elimination, small_systems, subsets)
        for kernel in vars(module).values()
        if hasattr(kernel, "signatures")
    ]
    before = {kernel: list(kernel.signatures) for kernel in kernels}
    assert len(kernels) > 8
    for learner in learners:
        for n, k, noise, m in [
            (300, 2, 0.0, None),
            (20, 3, 0.1, None),
            (20, 3, 0.0, 15),
            (9, 2, 0, 7),
        ]:
            problem = SparseParity(n, k, noise, seed=1)
            oracle = problem.examples() if m is None else ExampleOracle.over(problem.sample(m))
            learner.learn(oracle, k=k, noise=noise)
    assert {kernel: list(kernel.signatures) for kernel in kernels} == before
