"""Ways to ask and ways to answer statistical queries."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

import parity_compare as pc
from parity_compare.algorithms.budget import Budget
from parity_compare.algorithms.correlation_queries import CorrelationQueries, subset_batches
from parity_compare.algorithms.kernels.combinations import fill_subsets
from parity_compare.algorithms.outcome import Status
from parity_compare.execution.trials import make_oracle
from parity_compare.problems.correlations import packed_correlations, torch_correlations
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import (
    QueryOracle,
    hoeffding_examples,
    hoeffding_tolerance,
    query_parity,
    query_samples,
)
from parity_compare.problems.parity import SparseParity, chi
from parity_compare.problems.samples import Samples

MANNERS = ("exact", "adversarial", "gaussian", "sample")


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 9), size=st.integers(1, 9), room=st.integers(1, 20))
def test_subsets_come_in_lexicographic_order_however_they_are_cut(
    n: int, size: int, room: int
) -> None:
    size = min(size, n)
    subset, rows, over = np.arange(size), [], False
    while not over:
        out = np.empty((room, size), dtype=np.int64)
        filled, over = fill_subsets(subset, n, out)
        rows += out[:filled].tolist()
    assert rows == [list(c) for c in itertools.combinations(range(n), size)]


def test_large_batches_from_the_start_where_asked_for() -> None:
    sizes = [len(batch) for batch in subset_batches(60, 3, 1 << 14)]
    assert sizes == [16384, 16384, math.comb(60, 3) - 32768]
    assert list(subset_batches(3, 4)) == []


@pytest.mark.parametrize("answers", MANNERS)
@pytest.mark.parametrize("strategy", ["enumerate", "batched"])
@pytest.mark.parametrize("tell", [("k", "noise"), ()])
def test_every_way_finds_the_secret(answers: str, strategy: str, tell: tuple[str, ...]) -> None:
    for noise in (0.0, 0.2):
        problem = SparseParity(16, 3, noise, seed=5)
        learner = f"sq[answers={answers},strategy={strategy}]"
        outcome = pc.learn(learner, problem, tell=tell)
        assert (outcome.status, outcome.support) == (Status.FOUND, problem.support)
        if strategy == "batched":
            sizes = (3,) if tell else (1, 2, 3)
            assert outcome.cost.queries == sum(math.comb(16, size) for size in sizes)


def test_batched_asks_all_queries_and_enumerate_stops() -> None:
    problem = SparseParity(40, 3, seed=1)
    asked = {
        strategy: pc.learn(f"sq[strategy={strategy}]", problem).cost.queries
        for strategy in ("enumerate", "batched")
    }
    assert asked["enumerate"] < asked["batched"] == math.comb(40, 3)


@pytest.mark.parametrize("strategy", ["enumerate", "batched"])
def test_several_outliers_are_no_answer_to_who_asks_all(strategy: str) -> None:
    """Two equal columns, averaged over examples: both subsets stand out."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (4000, 8), dtype=np.uint8)
    X[:, 3] = X[:, 6]
    samples = Samples.from_arrays(X, X[:, 1] ^ X[:, 6])
    outcome = CorrelationQueries(strategy=strategy).learn(query_samples(samples, 0.2), k=2)
    expected = Status.FOUND if strategy == "enumerate" else Status.UNDERDETERMINED
    assert outcome.status is expected


def test_gaussian_errors_are_normal_with_the_stated_deviation() -> None:
    """Kolmogorov-Smirnov over 5000 answers, false-alarm rate 1e-4."""
    oracle = SparseParity(40, 3, noise=0.1, seed=0).queries(tolerance=0.05, answers="gaussian")
    wrong = np.array(list(itertools.combinations(range(40), 3))[:5000])
    wrong = wrong[[tuple(c) != SparseParity(40, 3, seed=0).support for c in wrong.tolist()]]
    assert oracle.errors == "gaussian"
    assert kstest(oracle.correlations(wrong) / 0.05, "norm").pvalue > 1e-4
    secret = [SparseParity(40, 3, seed=0).support] * 2000
    answers = oracle.correlations(secret)
    assert abs(answers.mean() - 0.8) < 5 * 0.05 / math.sqrt(2000)
    assert len(set(answers.tolist())) == 2000


def test_gaussian_errors_do_not_depend_on_the_batches() -> None:
    problem, subsets = SparseParity(10, 2, seed=0), list(itertools.combinations(range(10), 2))

    def ask(seed: int, cut: int) -> list[float]:
        oracle = problem.queries(tolerance=0.1, answers="gaussian", seed=seed)
        return [*oracle.correlations(subsets[:cut]), *oracle.correlations(subsets[cut:])]

    assert ask(0, 7) == ask(0, 30) != ask(1, 7)


def test_normal_errors_are_accepted_no_oftener_than_claimed() -> None:
    """300 runs on normal errors alone, failure 0.2 each: over 85 with probability below 1e-3."""
    accepted = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        oracle = query_parity(10, range(5), 1.0, 0.1, "gaussian", rng)
        outcome = CorrelationQueries(answers="gaussian", failure=0.2).learn(oracle, k=3)
        accepted += outcome.status is Status.FOUND
    assert 20 < accepted <= 85


def test_too_large_a_deviation_is_given_up_unasked() -> None:
    problem = SparseParity(20, 3, noise=0.1)
    outcome = pc.learn("sq[answers=gaussian,tolerance=0.3]", problem)
    assert (outcome.status, outcome.cost.queries) == (Status.GAVE_UP, 0)
    assert "hides the correlation 0.8" in outcome.detail


def test_sample_backed_answers_are_averages_of_the_problem_s_own_examples() -> None:
    problem = SparseParity(12, 2, noise=0.1, seed=4)
    oracle = problem.queries(tolerance=0.2, answers="sample", seed=3)
    m = hoeffding_examples(0.2, 12 + 66)
    samples = problem.sample(m, seed=3)
    subsets = list(itertools.combinations(range(12), 2))
    averages = [float(np.mean(samples.y * chi(samples.X, T), dtype=np.float64)) for T in subsets]
    assert oracle.correlations(subsets).tolist() == pytest.approx(averages, abs=1e-12)
    assert oracle.drawn == m
    assert 0.19 < oracle.tolerance <= 0.2


def test_hoeffding_s_tolerance_holds_and_is_not_idle() -> None:
    """All 78 answers of 200 oracles stay inside; failure 1e-6 each, so 2e-4 in all."""
    worst = 0.0
    for seed in range(200):
        problem = SparseParity(12, 2, seed=seed)
        oracle = problem.queries(tolerance=0.2, answers="sample")
        subsets = np.array(list(itertools.combinations(range(12), 2)))
        expected = [float(tuple(T) == problem.support) for T in subsets.tolist()]
        worst = max(worst, np.abs(oracle.correlations(subsets) - expected).max())
    assert 0.1 < worst <= 0.2


def test_hoeffding_s_two_functions_are_inverse() -> None:
    for tolerance in (0.5, 0.1, 0.013):
        m = hoeffding_examples(tolerance, 10**6)
        assert hoeffding_tolerance(m, 10**6) <= tolerance < hoeffding_tolerance(m - 1, 10**6)


def test_a_fixed_list_grants_what_it_can() -> None:
    problem, learner = SparseParity(12, 2), CorrelationQueries(answers="sample")
    oracle = make_oracle(learner, problem, samples=1000)
    assert isinstance(oracle, QueryOracle)
    assert (oracle.drawn, oracle.tolerance) == (1000, hoeffding_tolerance(1000, 78))
    with pytest.raises(InvalidInput, match="samples must be more than"):
        make_oracle(learner, problem, samples=20)


def test_a_list_too_short_for_any_answer_ends_as_out_of_samples() -> None:
    """It is no error of the learner's, and disturbs no trial beside it in the grid."""
    results = pc.run("sq[answers=sample]", n=12, k=2, samples=[20, 1000], trials=2)
    ends = results.frame().set_index("sample_size")
    assert ends.loc[20, "status"].tolist() == ["out_of_samples"] * 2
    assert ends.loc[1000, "status"].tolist() == ["found"] * 2
    for message in ends.loc[20, "message"]:
        assert "samples must be more than 38 to answer 78 queries" in message
        assert message.endswith(Status.OUT_OF_SAMPLES.advice)


def test_examples_behind_answers_count_and_are_limited() -> None:
    problem = SparseParity(12, 2)
    outcome = pc.learn("sq[answers=sample]", problem)
    assert outcome.cost.samples == hoeffding_examples(0.25, 78)
    assert pc.learn("sq[answers=exact]", problem).cost.samples == 0
    limited = pc.learn("sq[answers=sample]", problem, budget=Budget(samples=100))
    assert limited.status is Status.OUT_OF_SAMPLES
    assert "rest on" in limited.detail


@pytest.mark.parametrize("answers", MANNERS)
def test_runs_repeat(answers: str) -> None:
    def costs() -> list[tuple[object, ...]]:
        frame = pc.run(f"sq[answers={answers}]", n=12, k=2, noise=0.1, trials=3).frame()
        return list(zip(frame.queries, frame.samples, frame.message, strict=True))

    assert costs() == costs()


def by_sums(samples: Samples, subsets: np.ndarray) -> np.ndarray:
    """The averages in signs, one subset at a time."""
    sums = [int((samples.y.astype(int) * chi(samples.X, tuple(T))).sum()) for T in subsets.tolist()]
    return np.array(sums) / samples.m


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 70),
    size=st.integers(1, 6),
    m=st.integers(1, 200),
    q=st.integers(0, 60),
    seed=st.integers(0, 1000),
)
def test_packed_and_torch_correlations_are_equal(
    n: int, size: int, m: int, q: int, seed: int
) -> None:
    rng, size = np.random.default_rng(seed), min(size, n)
    samples = SparseParity(n, size, noise=0.2, seed=seed).sample(m)
    subsets = np.array([rng.choice(n, size, replace=False) for _ in range(q)], dtype=np.int64)
    subsets = subsets.reshape(q, size)
    packed = packed_correlations(samples)(subsets)
    assert packed == pytest.approx(by_sums(samples, subsets), abs=1e-12)
    assert np.array_equal(packed, torch_correlations(samples, "cpu")(subsets))


def test_matrix_products_and_single_rows_are_equal() -> None:
    """A lexicographic batch shares its heads and tails, a random one does not."""
    samples = SparseParity(30, 4, noise=0.1).sample(3000)
    ordered = next(subset_batches(30, 4, 1 << 14))
    rng = np.random.default_rng(0)
    for subsets in (ordered, rng.permuted(np.tile(np.arange(30), (500, 1)), axis=1)[:, :4]):
        ours, theirs = packed_correlations(samples), torch_correlations(samples, "cpu")
        assert np.array_equal(ours(subsets), theirs(subsets))


@pytest.mark.cuda
def test_a_gpu_gives_the_same_answers() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("this machine has no NVIDIA GPU that PyTorch can use")
    problem = SparseParity(40, 3, noise=0.1, seed=2)
    outcomes = [
        pc.learn(f"sq[answers=sample,strategy=batched,device={device}]", problem)
        for device in ("cpu", "cuda")
    ]
    assert outcomes[0].support == outcomes[1].support == problem.support
    assert outcomes[0].detail == outcomes[1].detail


def test_only_sample_backed_answers_have_a_device() -> None:
    assert CorrelationQueries(answers="sample").has_device
    assert not CorrelationQueries().has_device
    with pytest.raises(InvalidInput, match="device must be cpu unless"):
        CorrelationQueries(device="cuda")


@pytest.mark.parametrize(
    ("field", "value"),
    [("answers", "kind"), ("strategy", "all"), ("device", "tpu"), ("failure", 0.0)],
)
def test_fields_out_of_range(field: str, value: object) -> None:
    with pytest.raises(InvalidInput, match=f"{field} must"):
        CorrelationQueries(**{field: value})
