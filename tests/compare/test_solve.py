"""Solving a user's data with a named learner, and what both ways of choosing have in common."""

import numpy as np
import pandas as pd
import pytest

from parity_compare.algorithms.gaussian_elimination import GaussianElimination
from parity_compare.algorithms.outcome import Finding, Status
from parity_compare.algorithms.task import Task
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.parity import SparseParity
from parity_compare.solving.solve import solve
from parity_compare.terminal.solution import print_solutions


@pytest.mark.parametrize("encoding", ["bits", "signs"])
def test_arrays_in_either_convention(encoding: str) -> None:
    problem = SparseParity(40, 3, seed=1)
    samples = problem.sample(100)
    X, y = (samples.bits, samples.labels) if encoding == "bits" else (samples.X, samples.y)
    solution = solve(X, y, algo="gf2")
    assert solution.support == problem.support
    assert solution.columns == tuple(f"x{i}" for i in problem.support)
    assert (solution.agreements, solution.examples, solution.freedom) == (100, 100, 0)
    assert np.array_equal(solution.predict(X), y)


def test_columns_of_a_data_frame_keep_their_names() -> None:
    samples = SparseParity(5, 2, seed=1).sample(40)
    frame = pd.DataFrame(samples.bits, columns=list("abcde"))
    solution = solve(frame, samples.labels)
    assert solution.columns == tuple("abcde"[i] for i in solution.support)
    frame.loc[3, "b"] = 7
    with pytest.raises(InvalidInput, match="got 7 at row 4, column 'b'"):
        solve(frame, samples.labels)


def test_a_fit_that_luck_makes_is_not_vouched_for() -> None:
    """Twenty rows of nineteen coin tosses have a solution, or nearly always; it says nothing."""
    rng = np.random.default_rng(1)
    X = rng.integers(0, 2, (20, 19))
    while solve(X, X[:, 0]).freedom:
        X = rng.integers(0, 2, (20, 19))
    solution = solve(X, rng.integers(0, 2, 20))
    assert solution.status is Status.FOUND
    assert solution.chance > 0.1
    assert not solution.sure
    assert any("rows, " in sentence and "more" in sentence for sentence in solution.advice)


@pytest.mark.parametrize("algo", ["gf2", "exhaustive", "meet-in-the-middle", "sq"])
def test_named_learners_are_asked_for_the_opposite_labels_too(algo: str) -> None:
    X = np.random.default_rng(0).integers(0, 2, (400, 8))
    solution = solve(X, 1 ^ X[:, 2] ^ X[:, 5], algo=algo, k=2)
    assert (solution.support, solution.constant) == ((2, 5), 1)
    assert [attempt.learner for attempt in solution.attempts] == [algo] * 2
    assert solution.sure
    assert np.array_equal(solution.predict(X), 1 ^ X[:, 2] ^ X[:, 5])


def test_a_named_learner_gets_exactly_the_rows() -> None:
    seen = []

    class Witness(GaussianElimination):
        def search(self, task: Task) -> Finding:
            seen.append(task.draw(task.remaining or 0))
            return Finding(Status.FOUND, (1,))

    samples = SparseParity(10, 2, seed=1).sample(70)
    assert solve(samples, algo=Witness()).support == (1,)
    assert len(seen) == 1
    assert np.array_equal(seen[0].rows, samples.rows)
    assert np.array_equal(seen[0].labels, samples.labels)


def test_a_predictor_without_columns_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    class Memory(GaussianElimination):
        def search(self, task: Task) -> Finding:
            return Finding(Status.FOUND, predictor=lambda bits: bits[:, 0])

    samples = SparseParity(10, 2, seed=1).sample(70)
    solution = solve(samples, algo=Memory())
    assert not solution.sure
    assert np.array_equal(solution.predict_bits(samples.bits), samples.bits[:, 0])
    print_solutions({"y": solution}, dropped=0, as_json=False)
    assert capsys.readouterr().out.startswith("gf2 fits y, but not with an XOR of columns")


def test_side_information_out_of_range_is_refused_by_every_learner() -> None:
    samples = SparseParity(10, 2).sample(50)
    for algo in ("gf2", "exhaustive", "sgd"):
        with pytest.raises(InvalidInput, match=r"noise must lie in \[0, 0.5\), got 0.7"):
            solve(samples, algo=algo, noise=0.7)
        with pytest.raises(InvalidInput, match=r"k must lie in 1\.\.n = 1\.\.10, got 11"):
            solve(samples, algo=algo, k=11)


def test_constant_labels_are_the_empty_parity() -> None:
    X = np.random.default_rng(0).integers(0, 2, (100, 12))
    solution = solve(X, np.zeros(100, dtype=int))
    assert solution.support == ()
    assert solution.agreements == 100


def test_queries_are_answered_from_the_rows() -> None:
    problem = SparseParity(20, 2, noise=0.1, seed=3)
    assert solve(problem.sample(2000), algo="sq", k=2).support == problem.support
    with pytest.raises(InvalidInput, match="needs more than 30 rows"):
        solve(problem.sample(30), algo="sq", k=2)


def test_networks_train_on_the_rows() -> None:
    problem = SparseParity(15, 2, seed=4)
    solution = solve(problem.sample(4000), algo="sgd")
    assert solution.support == problem.support
    assert solution.cost.samples <= 4000


def test_empty_and_missing_arguments() -> None:
    with pytest.raises(InvalidInput, match="at least one row"):
        solve(np.zeros((0, 3)), np.zeros(0))
    with pytest.raises(InvalidInput, match="y must be given"):
        solve(np.zeros((2, 3)))
    with pytest.raises(InvalidInput, match="time_limit must be positive, got 0"):
        solve(np.eye(3), [0, 1, 1], time_limit=0)
    with pytest.raises(InvalidInput, match="threads must be at least 1, got 0"):
        solve(np.eye(3), [0, 1, 1], threads=0)
