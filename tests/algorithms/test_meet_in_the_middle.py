"""Meeting in the middle: complete, exact about uniqueness, inside its memory."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.halving import OverMemory, Plan, fingerprints, fitting_subsets
from parity_compare.algorithms.kernels.meet import (
    count_keys,
    deal_keys,
    fill_keys,
    join_buckets,
    mix,
    subsets_of_xor,
)
from parity_compare.algorithms.meet_in_the_middle import MeetInTheMiddle
from parity_compare.algorithms.outcome import Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.bits import pack
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.samples import Samples

WORD = st.integers(0, 2**64 - 1)


def words(rng: np.random.Generator, count: int, bits: int = 64) -> np.ndarray:
    return rng.integers(0, 2**bits, size=count, dtype=np.uint64)


def keys_by_numpy(seed, firsts, middles, lasts, size) -> np.ndarray:
    """The keys of all subsets in lexicographic order, element by element."""
    keys = []
    for subset in itertools.combinations(range(len(lasts)), size):
        key = seed ^ lasts[subset[-1]]
        for place, element in enumerate(subset[:-1]):
            key ^= firsts[element] if place == 0 else middles[element]
        keys.append(key)
    return np.array(keys, dtype=np.uint64)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 9), size=st.integers(1, 4), spare=st.integers(0, 30), seed=st.integers(0))
def test_keys_are_made_in_order_however_they_are_cut(
    n: int, size: int, spare: int, seed: int
) -> None:
    size = min(size, n)
    rng = np.random.default_rng(seed)
    start, *lists = words(rng, 1)[0], *(words(rng, n) for _ in range(3))
    prefix, buffer, made, over = np.arange(size - 1), np.empty(n + spare, np.uint64), [], False
    while not over:
        count, over = fill_keys(start, *lists, prefix, buffer)
        made.append(buffer[:count].copy())
    assert np.array_equal(np.concatenate(made), keys_by_numpy(start, *lists, size))


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2, 12),
    tag_bits=st.integers(1, 12),
    bucket_bits=st.integers(1, 6),
    bits=st.sampled_from([3, 30, 64]),
    seed=st.integers(0),
)
def test_buckets_hold_every_key_once(
    n: int, tag_bits: int, bucket_bits: int, bits: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    start, *lists = words(rng, 1)[0], *(words(rng, n, bits) for _ in range(3))
    keys = keys_by_numpy(start, *lists, 2)
    buckets = np.array([mix(key, tag_bits) >> np.uint64(64 - bucket_bits) for key in keys])
    first = 2**bucket_bits // 2
    wanted = [np.sort(keys[buckets == b]) for b in range(first, 2**bucket_bits)]
    counts = np.zeros(2**bucket_bits - first, dtype=np.int64)
    made, over = count_keys(
        start, *lists, np.arange(1), tag_bits, bucket_bits, first, counts, 2**30
    )
    assert (made, over) == (len(keys), True)
    assert counts.tolist() == [len(bucket) for bucket in wanted]
    ends, dealt = np.cumsum(counts) - counts, np.empty(counts.sum(), dtype=np.uint64)
    deal_keys(start, *lists, np.arange(1), tag_bits, bucket_bits, first, ends, dealt, 2**30)
    assert ends.tolist() == np.cumsum(counts).tolist()
    for bucket, low, high in zip(wanted, ends - counts, ends, strict=True):
        assert np.array_equal(np.sort(dealt[low:high]), bucket)


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=4),
    fingerprint_bits=st.integers(1, 6),
    room=st.integers(1, 5),
    seed=st.integers(0),
)
def test_a_join_finds_the_upper_keys_that_some_lower_key_goes_with(
    counts: list[tuple[int, int]], fingerprint_bits: int, room: int, seed: int
) -> None:
    """The twin compares all pairs; hits come out however small their room and the table are."""
    rng, tag_bits = np.random.default_rng(seed), 4

    def keys(count: int) -> np.ndarray:
        tags = rng.integers(0, 15, count).astype(np.uint64)  # 15 is the free slot's
        return (words(rng, count, fingerprint_bits) << np.uint64(tag_bits)) | tags

    lower, upper = ([keys(pair[side]) for pair in counts] for side in (0, 1))
    wanted = [
        int(b)
        for lows, highs in zip(lower, upper, strict=True)
        for b in highs
        if any(a >> 4 == b >> 4 and a & 15 <= b & 15 for a in lows.tolist())
    ]
    ends = [np.cumsum([len(bucket) for bucket in side]) for side in (lower, upper)]
    place, table, hits, found = np.zeros(2, np.int64), np.empty(2, np.uint64), [], []
    hits = np.empty(room, dtype=np.uint64)
    lows, highs = np.concatenate(lower), np.concatenate(upper)
    while place[0] < len(counts):
        count, small = join_buckets(
            lows, ends[0], highs, ends[1], tag_bits, 2, place, table, hits, 5
        )
        found += hits[:count].tolist()
        if small:
            table = np.empty(2 * len(table), np.uint64)
    assert found == wanted


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 9), size=st.integers(1, 4), bits=st.integers(0, 4), seed=st.integers(0))
def test_subsets_of_one_xor(n: int, size: int, bits: int, seed: int) -> None:
    size = min(size, n)
    rng = np.random.default_rng(seed)
    columns, target = words(rng, n, bits), words(rng, 1, bits)[0]
    wanted = [
        list(subset)
        for subset in itertools.combinations(range(n), size)
        if np.bitwise_xor.reduce(columns[list(subset)]) == target
    ]
    prefix, found, count, over = np.arange(size - 1), np.empty((200, size), np.int64), 0, False
    looked_at = 0
    while not over:
        count, looked, over = subsets_of_xor(columns, target, prefix, found, count, 3)
        looked_at += looked
    assert found[:count].tolist() == wanted
    assert looked_at == math.comb(n, size)


@given(rows=st.lists(st.tuples(WORD, WORD), min_size=2, max_size=8), bits=st.integers(1, 64))
def test_fingerprints_are_linear(rows: list[tuple[int, int]], bits: int) -> None:
    table = np.array(rows, dtype=np.uint64)
    table = np.vstack([table, table[0] ^ table[1]])
    prints = fingerprints(table, bits, np.random.default_rng(0))
    assert prints[-1] == prints[0] ^ prints[1]
    assert int(prints.max()).bit_length() <= bits


def test_fingerprints_of_short_rows_are_the_rows() -> None:
    rows = np.array([[5], [0], [7]], dtype=np.uint64)
    assert fingerprints(rows, 3, np.random.default_rng(0)).tolist() == [5, 0, 7]
    assert fingerprints(rows[:, :0], 3, np.random.default_rng(0)).tolist() == [0, 0, 0]


def random_system(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
    """A small system of any shape: of short rank, contradictory, with equal or zero columns."""
    n = int(rng.integers(1, 13))
    m = int(rng.integers(0, 200 if rng.random() < 0.3 else 12))
    k = int(rng.integers(1, n + 1))
    X = rng.integers(0, 2, (m, n), dtype=np.uint8)
    kind = rng.integers(0, 4)
    if kind == 1:
        X[:, rng.integers(n)] = 0
    elif kind == 2 and m:
        X[:] = X[:1]
    elif kind == 3:
        X[:, rng.integers(n)] = X[:, rng.integers(n)]
    y = X[:, rng.choice(n, k, replace=False)].sum(axis=1) % 2
    if rng.random() < 0.2:
        y = rng.integers(0, 2, m)
    return X, y.astype(np.uint8), k


def test_all_subsets_that_fit_and_no_others() -> None:
    """2000 systems against brute force; the tiny memories force many passes and small blocks."""
    rng, over_memory = np.random.default_rng(0), 0
    for _ in range(2000):
        X, y, k = random_system(rng)
        n = X.shape[1]
        samples = Samples(n, pack(X), y)
        wanted = [
            subset
            for subset in itertools.combinations(range(n), k)
            if np.array_equal(X[:, subset].sum(axis=1) % 2, y)
        ]
        plan = Plan.of(n, k, int(rng.choice([64, 512, 1 << 20, 4 << 30])))
        task = Task(ExampleOracle.over(samples), seed=rng)
        try:
            found = fitting_subsets(
                task, samples.columns, samples.label_words, k, plan, at_most=5000
            )
        except OverMemory:
            over_memory += 1  # equal fingerprints only
        else:
            assert found == wanted, (X, y, k)
    assert over_memory < 200


def learn(samples: Samples, k: int | None, **fields: float):
    return MeetInTheMiddle(**fields).learn(ExampleOracle.over(samples), k=k, rng=0)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (100, 1), (100, 2), (70, 3), (40, 6), (20, 20)])
@pytest.mark.parametrize("told", [True, False])
def test_it_finds_the_secret(n: int, k: int, told: bool) -> None:
    for seed in range(3):
        problem = SparseParity(n, k, seed=seed)
        if not told and k > 6:
            continue  # the sizes between are not its work
        outcome = MeetInTheMiddle().learn(problem.examples(), k=k if told else None)
        assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)


def test_the_passes_stay_inside_the_memory() -> None:
    problem = SparseParity(60, 6, seed=1)
    roomy = MeetInTheMiddle().learn(problem.examples(), k=6)
    tight = MeetInTheMiddle(memory=1 << 20).learn(problem.examples(), k=6)
    assert tight.support == roomy.support == problem.support
    assert roomy.cost.peak_memory <= 1.2 * Plan.of(60, 6, 4 << 30).peak_memory + 2**16
    assert tight.cost.peak_memory <= 1 << 20


def test_no_memory_is_enough_for_some() -> None:
    outcome = MeetInTheMiddle(memory=1 << 20).learn(SparseParity(300, 12).examples(), k=12)
    assert outcome.status is Status.GAVE_UP
    assert "1.7e+12 half-subsets" in outcome.detail
    assert outcome.cost.samples == 0


def test_a_search_beyond_its_budget_says_so() -> None:
    budget = Budget(seconds=0.05)
    outcome = MeetInTheMiddle().learn(SparseParity(100, 10).examples(), k=10, budget=budget)
    assert outcome.status is Status.TIMEOUT
    assert "beyond the budget" in outcome.detail
    assert outcome.cost.seconds < 0.5


def test_flipped_labels_are_a_contradiction() -> None:
    outcome = MeetInTheMiddle().learn(SparseParity(30, 4, noise=0.4).examples(), k=4)
    assert outcome.status is Status.INCONSISTENT
    assert outcome.support is None
    told_nothing = learn(SparseParity(8, 4, noise=0.4).sample(60), None)
    assert told_nothing.status is Status.INCONSISTENT


def test_equal_columns_leave_two_answers() -> None:
    sample = SparseParity(20, 4, seed=3).sample(200)
    twin = next(i for i in range(20) if i not in SparseParity(20, 4, seed=3).support)
    X = sample.bits
    X[:, twin] = X[:, SparseParity(20, 4, seed=3).support[0]]
    outcome = learn(Samples(20, pack(X), sample.labels), 4)
    assert outcome.status is Status.UNDERDETERMINED


def test_an_answer_that_may_be_luck_is_not_given() -> None:
    problem = SparseParity(30, 3, seed=0)
    assert learn(problem.sample(18), 3).status in (Status.OUT_OF_SAMPLES, Status.UNDERDETERMINED)
    assert learn(problem.sample(0), 3).status is Status.OUT_OF_SAMPLES
    assert learn(problem.sample(40), 3).support == problem.support


def test_coin_tosses_are_accepted_no_oftener_than_claimed() -> None:
    """2000 lists of random labels, failure 0.2: 400 acceptances are allowed on average.

    At m = 11 the union bound is 220 / 2^11 = 0.107; above 0.2 only with probability 1e-30.
    """
    rng, accepted = np.random.default_rng(1), 0
    for _ in range(2000):
        samples = Samples(12, words(rng, 40, 12)[:, None], rng.integers(0, 2, 40).astype(np.uint8))
        accepted += learn(samples, 3, failure=0.2).status is Status.FOUND
    assert 100 < accepted < 400


@pytest.mark.parametrize("fields", [{"memory": 1000}, {"failure": 0.0}, {"failure": 1.0}])
def test_fields_out_of_range(fields: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(fields))):
        MeetInTheMiddle(**fields)
