"""Tables of more columns than a search draws rows, or than there are rows."""

from collections.abc import Callable

import numpy as np
import pytest

from parity_compare.algorithms.budget import OutOfTime
from parity_compare.algorithms.exhaustive import ExhaustiveSearch
from parity_compare.algorithms.forecast import Forecast
from parity_compare.algorithms.outcome import Status
from parity_compare.problems.parity import SparseParity
from parity_compare.problems.samples import Samples
from parity_compare.solving.contest import Contest
from parity_compare.solving.deadline import Deadline
from parity_compare.solving.ledger import Ledger
from parity_compare.solving.pooled import PooledStage
from parity_compare.solving.rounds import Rounds
from parity_compare.solving.solve import solve
from parity_compare.solving.stages import FAILURE, Found, Queue, Rows
from parity_compare.solving.subsets import ExhaustiveStage
from parity_compare.solving.system import eliminate


def rows_of(samples: Samples, k: int | None = None, deadline: Deadline | None = None) -> Rows:
    return Rows(eliminate(samples), k, 0, 1, deadline or Deadline(None))


def never(self: object, n: int, **told: object) -> Forecast:
    """The forecast of a learner that takes for ever."""
    return Forecast(1e30, 0, steps=1e30, samples=1000)


@pytest.mark.parametrize("k", [None, 2])
def test_a_pool_of_fewer_rows_than_columns_finds_a_light_parity(
    monkeypatch: pytest.MonkeyPatch, k: int | None
) -> None:
    """Such a pool never has full rank, which two columns of it do not need."""
    monkeypatch.setattr(ExhaustiveSearch, "forecast", never)
    problem = SparseParity(1500, 2, noise=0.02, seed=4)
    samples = problem.sample(2500)
    if k is None:  # the constant is a third column then
        samples = Samples(samples.n, samples.rows, samples.labels ^ np.uint8(1), samples.names)
    solution = solve(samples, k=k)
    assert (solution.learner, solution.support) == ("pooled-gauss", problem.support)
    assert (solution.constant, solution.alternatives) == (int(k is None), ())


def test_fewer_rows_than_columns_do_for_a_light_parity() -> None:
    """The rank is at most 300 of 700; an answer of 2 columns is the lightest of 2^400 alike."""
    problem = SparseParity(700, 2, noise=0.05, seed=5)
    stage = PooledStage(rows_of(problem.sample(300), k=2), 0.05)
    found = stage.run()
    assert found.support == problem.support
    # Columns that depend on others are not what the plan is made for.
    missed = PooledStage(rows_of(SparseParity(700, 2, noise=0.4, seed=6).sample(300), k=2), 0.05)
    assert missed.run().noise == 0.0


def test_a_search_that_gives_up_says_what_its_tries_rule_out() -> None:
    problem = SparseParity(200, 2, noise=0.4, seed=6)
    found = PooledStage(rows_of(problem.sample(3000)), 0.05, 2).run()
    assert found.status is Status.GAVE_UP
    assert f"miss the answer with probability {FAILURE:g} at most" in found.detail


def test_columns_that_are_left_out_of_a_search_are_told() -> None:
    """A column that is 1 in one row of 5000 is hardly ever in the pool, and so left out."""
    rng = np.random.default_rng(7)
    X = rng.integers(0, 2, (5000, 40), dtype=np.uint8)
    X[:, 3] = 0
    X[17, 3] = 1
    y = rng.integers(0, 2, 5000, dtype=np.uint8)
    found = PooledStage(rows_of(Samples.from_arrays(X, y)), 0.02).run()
    assert found.detail.startswith("Of 40 columns, 39 were searched")
    assert found.noise == 0.0


def test_what_exhaustive_search_is_predicted_to_take_falls_with_threads_and_noise() -> None:
    """Of little noise, the first words of a set tell; of much, all rows do."""
    system = eliminate(SparseParity(90, 3, noise=0.1, seed=2).sample(4000))

    def seconds(noise: float, *, pruned: bool, threads: int = 1) -> float:
        rows = Rows(system, None, 0, threads, Deadline(None))
        return ExhaustiveStage(rows, 3, noise, pruned).seconds

    assert seconds(0.1, pruned=True) < seconds(0.3, pruned=True) < seconds(0.45, pruned=False)
    assert seconds(0.3, pruned=True, threads=2) == seconds(0.3, pruned=True) / 2


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Endless:
    """A search of uncertain length: it may be over soon, and is not."""

    size = None
    exhausts = False
    noise = 0.1
    obstacle = ""
    reason = "it may be over soon"

    def __init__(self, learner: str, seconds: float, most: float, run: Callable[[], Found]) -> None:
        self.learner, self.seconds, self.most = learner, seconds, most
        self.run = run


class Sure(Endless):
    """A search that ends when it is predicted to."""

    size = 4
    exhausts = True


@pytest.mark.parametrize(("predicted", "kept"), [(5.0, 20.0), (15.0, 0.0)])
def test_a_search_of_uncertain_length_leaves_time_to_one_that_ends_surely(
    monkeypatch: pytest.MonkeyPatch, predicted: float, kept: float
) -> None:
    """Of 60 s, 20 are kept for the other, if three times what is predicted is left without them."""
    clock = Clock()
    deadline = Deadline(60, clock)
    rows = rows_of(SparseParity(30, 3, noise=0.1, seed=1).sample(300), deadline=deadline)
    began = []

    def endless() -> Found:
        began.append(deadline.left)
        clock.now += deadline.left
        raise OutOfTime

    def sure() -> Found:
        began.append(deadline.left)
        return Found(Status.GAVE_UP, None, 0, 20.0, "")

    queues = [
        Queue(iter([Endless("pooled-gauss", predicted, 500.0, endless)])),
        Queue(iter([Sure("exhaustive", 20.0, 20.0, sure)])),
    ]
    rounds = Rounds(rows, None, Contest(rows.system, None, 0, deadline), Ledger())
    monkeypatch.setattr(Rounds, "_queues", lambda self: queues)
    if kept:
        rounds.run()
        assert began == [60.0 - kept, kept]
    else:
        with pytest.raises(OutOfTime):
            rounds.run()
        assert began == [60.0]
    assert rounds.ledger.late
