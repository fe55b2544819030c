"""Replays: trials in a row that share secret and start, on examples of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from parity_compare import Langevin, SparseParity, run
from parity_compare.algorithms.task import State
from parity_compare.experiment import Experiment
from parity_compare.problems.errors import InvalidInput
from parity_compare.problems.oracles import ExampleOracle
from parity_compare.problems.seeding import generator
from parity_compare.results import Results, summarise
from parity_compare.statistics import wilson
from parity_compare.terminal.console import print_table

ENDS = ["rate_low", "rate_high"]


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


def test_the_summary_counts_starts_and_not_their_replays():
    """Four replays of ten starts: the rate's interval is Wilson's for ten trials."""
    alone = run("random", n=8, k=2, trials=40, step_limit=20).summary().iloc[0]
    shared = run("random", n=8, k=2, trials=40, replays=4, step_limit=20).summary().iloc[0]
    assert 0 < shared.solved < 40
    low, high = wilson(shared.solved / 4, 10)[1:]
    assert (shared.rate, shared.rate_low, shared.rate_high) == (shared.solved / 40, low, high)
    assert (alone.rate, *wilson(alone.solved, 40)[1:]) == tuple(alone[["rate", *ENDS]])


def test_costs_of_replays_are_no_surer_than_those_of_independent_trials():
    records = run("gf2", n=12, k=3, trials=24, replays=6).records
    (cell,) = Results(records).cells()
    shared = summarise(cell)
    alone = summarise([replace(r, spec=replace(r.spec, replays=1)) for r in cell])
    assert shared["rate_low"] < alone["rate_low"]
    for cost in ("seconds", "ert_seconds"):
        assert shared[cost] == alone[cost]
        assert shared[f"{cost}_low"] <= alone[f"{cost}_low"]
        assert shared[f"{cost}_high"] >= alone[f"{cost}_high"]


def test_the_table_says_that_intervals_count_starts(tmp_path, capsys):
    results = run("gf2", n=10, k=2, trials=4, replays=2)
    print_table(results, tmp_path / "report.html")
    assert "Intervals count starts" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("replays", [0, -3])
def test_replays_are_at_least_one(replays):
    with pytest.raises(InvalidInput, match=f"replays must be at least 1, got {replays}"):
        specs(replays=replays)
