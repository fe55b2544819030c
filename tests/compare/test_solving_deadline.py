"""What a time limit covers: searching, not importing or compiling."""

import numpy as np
import pytest

from parity_compare.algorithms.budget import OutOfTime
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.kernels.lightest import keep_lightest
from parity_compare.algorithms.pooled_gauss import PooledGauss
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.samples import Samples
from parity_compare.solving import coset
from parity_compare.solving.deadline import Deadline
from parity_compare.solving.portfolio import Search
from parity_compare.solving.system import eliminate


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_stopped_clock_brings_the_end_no_nearer() -> None:
    clock = Clock()
    deadline = Deadline(5, clock)
    clock.now = 2
    with deadline.stopped():
        clock.now = 12
    assert (deadline.spent, deadline.left) == (2, 3)
    clock.now = 16
    with pytest.raises(OutOfTime):
        deadline.poll()


def test_the_clock_goes_on_after_what_fails_while_it_is_stopped() -> None:
    clock = Clock()
    deadline = Deadline(None, clock)

    def load() -> None:
        with deadline.stopped():
            clock.now = 7
            raise ImportError

    with pytest.raises(ImportError):
        load()
    assert deadline.spent == 0
    clock.now = 8
    assert deadline.spent == 1


@pytest.mark.parametrize(
    ("problem", "learner"),
    [
        (SparseParity(28, None, noise=0.33, seed=3), "pooled-gauss"),
        (SparseParity(30, 3, noise=0.4, seed=4), "exhaustive"),
    ],
)
def test_a_first_compilation_does_not_eat_the_time_limit(
    monkeypatch: pytest.MonkeyPatch, problem: SparseParity, learner: str
) -> None:
    """Only loading moves the clock here, by 10 seconds each time; the limit is 5."""
    clock, loaded = Clock(), []

    def slow(name: str) -> object:
        def prepare(*arguments: object) -> None:
            clock.now += 10
            loaded.append(name)

        return prepare

    monkeypatch.setattr(PooledGauss, "prepare", slow("pooled-gauss"))
    monkeypatch.setattr(ExhaustiveSearch, "prepare", slow("exhaustive"))
    monkeypatch.setattr("parity_compare.solving.contest.prepare_coset", slow("coset"))
    search = Search(problem.sample(3000), None, None, Deadline(5, clock), 0, 1)
    search.run()
    assert search.contest.best is not None
    assert search.contest.best.learner == learner
    assert search.contest.best.place.support == problem.support
    assert {learner, "coset"} <= set(loaded)
    assert not search.ledger.late


def test_preparing_a_coset_loads_what_its_search_calls() -> None:
    """Whatever the number of relations, the search itself compiles nothing new."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (12, 20), dtype=np.uint8)
    system = eliminate(Samples.from_arrays(X, X[:, 0]))
    coset.prepare(system)
    before = len(keep_lightest.signatures)
    coset.lightest(system, (0,), rng=rng)
    assert len(keep_lightest.signatures) == before == 1
