"""Replays: trials in a row that share secret and start, on examples of their own."""

from __future__ import annotations

import numpy as np
import pytest

from parity_compare import Langevin, SparseParity, run
from parity_compare.algorithms.task import State
from parity_compare.experiment import Experiment
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.seeding import generator


def specs(**changes: object) -> list:
    settings = {"learners": ("sgd",), "n": (12,), "k": (3,), "trials": 6} | changes
    return list(Experiment(**settings).specs())


def test_replays_share_their_secret_and_start_and_nothing_else():
    made = specs(replays=3)
    secrets = [spec.problem().support for spec in made]
    assert secrets[0] == secrets[1] == secrets[2] != secrets[3] == secrets[4] == secrets[5]
    assert len({spec.start_seed for spec in made}) == 2
    assert len({spec.learner_seed for spec in made}) == 6
    assert [spec.example_seed for spec in made] == [0, 1, 2, 0, 1, 2]
    streams = [spec.problem().examples(seed=spec.example_seed).draw(20) for spec in made[:3]]
    rows = [stream.rows.tobytes() for stream in streams]
    assert len(set(rows)) == 3


def test_without_replays_a_trial_is_what_it_was():
    plain, told = specs(), specs(replays=1)
    assert [spec.key for spec in plain] == [spec.key for spec in told]
    assert all("replays" not in spec.canonical() for spec in plain)
    assert all(spec.start_seed is None and spec.example_seed == 0 for spec in plain)
    assert {spec.key for spec in plain}.isdisjoint(spec.key for spec in specs(replays=2))


def test_a_shared_start_is_the_initial_weights_and_not_the_heat():
    """Two tasks with one start seed begin at the same weights and are heated differently."""
    problem = SparseParity(12, 3, seed=5)
    learner = Langevin(width=8, temperature=1e-4)
    seen: list[list[np.ndarray]] = []
    tasks = learner.begin(
        [ExampleOracle.over(problem.sample(64, seed=1)) for _ in range(2)],
        rngs=[generator("heat", trial) for trial in range(2)],
        budget=None,
        probes=[{"w": watch(seen)} for _ in range(2)],
    )
    for task in tasks:
        task.start_seed = 7
        task.budget = type(task.budget)(steps=3)
        seen.append([])
        learner.search(task)
    first, second = seen
    np.testing.assert_array_equal(first[0], second[0])
    assert np.abs(first[1] - second[1]).max() > 0


def watch(seen: list[list[np.ndarray]]):
    def probe(state: State) -> float:
        seen[-1].append(state.input_weights())
        return 0.0

    return probe


def test_replays_are_a_cell_of_their_own_and_batches_change_nothing():
    alone = run("sgd[width=20]", n=10, k=2, trials=4, replays=2)
    together = run("sgd[width=20]", n=10, k=2, trials=4, replays=2, batch=True)
    assert [r.cost.steps for r in alone.records] == [r.cost.steps for r in together.records]
    frame = alone.frame()
    assert list(frame.replays) == [2] * 4
    assert list(frame.secret[:2]) == [frame.secret[0]] * 2


@pytest.mark.parametrize("replays", [0, -3])
def test_replays_are_at_least_one(replays):
    with pytest.raises(InvalidInput, match=f"replays must be at least 1, got {replays}"):
        specs(replays=replays)
