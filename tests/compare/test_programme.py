"""Several experiments that are run as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_compare.execution.jobs import group_trials
from parity_compare.execution.runner import run_experiment
from parity_compare.experiment import Experiment, Programme
from parity_compare.problems.errors import InvalidInput
from parity_compare.storage.store import Store


def experiment(**changes: object) -> Experiment:
    return Experiment(**({"learners": ("gf2",), "n": (8,), "k": (2,), "trials": 3} | changes))


def test_a_trial_of_two_experiments_is_run_once(tmp_path: Path):
    first, second = experiment(), experiment(n=(8, 9))
    with Store(tmp_path) as store:
        results = run_experiment(Programme((first, second)), store)
    assert len(results) == 6
    assert {r.key for r in results.records} == {s.key for s in second.specs()}


def test_experiments_of_several_seeds_are_no_programme():
    with pytest.raises(InvalidInput, match=r"seed must be one for all experiments, got \[0, 1\]"):
        Programme((experiment(), experiment(seed=1)))


def test_trials_with_other_limits_or_probes_are_no_batch():
    networks = {"learners": ("sgd",), "batch": True}
    programme = Programme(
        (
            experiment(**networks, max_steps=10),
            experiment(**networks, max_steps=20),
            experiment(**networks, max_steps=20, probes="none"),
        )
    )
    groups = group_trials(list(programme.specs()))
    assert [len(group) for group in groups] == [3, 3, 3]
    assert all(len({(s.max_steps, s.probes) for s in group}) == 1 for group in groups)


def test_cells_are_cut_only_while_they_are_few():
    one = list(experiment(learners=("sgd",), batch=True, trials=12).specs())
    many = list(experiment(learners=("sgd",), batch=True, trials=12, n=tuple(range(8, 24))).specs())
    assert [len(group) for group in group_trials(one, workers=3)] == [4, 4, 4]
    assert [len(group) for group in group_trials(many, workers=3)] == [12] * 16
