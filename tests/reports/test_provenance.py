"""The command that the report prints runs the same trials."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_up import record, results

from parity_compare import cli
from parity_compare.experiment import Experiment
from parity_compare.reports.digest import digest
from parity_compare.reports.provenance import provenance
from parity_compare.results import Results


class Ran(Exception):
    """Stops the command line once it has said what it would run."""


def read_back(command: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Experiment:
    """The experiment that the command line makes of a command."""
    caught: list[Experiment] = []

    def catch(experiment: Experiment, store: Any, **means: Any) -> None:
        caught.append(experiment)
        raise Ran

    monkeypatch.setattr("parity_compare.execution.runner.run_experiment", catch)
    words = shlex.split(command)
    assert words[:2] == ["parity-compare", "run"]
    with pytest.raises(Ran):
        cli.main([*words[1:], "--out", str(folder)])
    return caught[0]


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(("gf2", "exhaustive"), (30,), (3,), seconds=60.0),
        Experiment(
            ("gf2", "sgd[lr=0.1,width=50]"), (20, 30), (2, 3), (0.0, 0.05), (None, 1000),
            trials=3, seed=7, told=("k",), seconds=0.5, max_samples=10**6, max_steps=99, threads=2,
        ),
        Experiment(("gf2",), (20,), (None,), told=(), trials=1),
    ],
    ids=["defaults", "everything", "dense"],
)  # fmt: skip
@pytest.mark.parametrize("batch", [False, True])
def test_the_printed_command_runs_the_same_trials(
    experiment: Experiment, batch: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    experiment = replace(experiment, batch=batch)
    records = [
        record(
            spec.learner,
            spec.trial,
            timing=f"batch of {experiment.trials}" if spec.batched else "single",
            spec=vars(spec),
        )
        for spec in experiment.specs()
    ]
    found = provenance(results(records), digest(results(records)))
    # Learners that train a cell's trials together need a command of their own.
    again = [read_back(command, monkeypatch, tmp_path / "new") for command in found.commands]
    assert len(again) == len({spec.batched for spec in experiment.specs()})
    keys = [spec.key for one in again for spec in one.specs()]
    assert sorted(keys) == sorted(spec.key for spec in experiment.specs())
    assert found.notes == []


def test_every_hyper_parameter_is_listed_once_per_learner() -> None:
    experiment = Experiment(("sgd[lr=0.1]", "gf2"), (20, 30), (3,), trials=2)
    records = [record(spec.learner, spec.trial, spec=vars(spec)) for spec in experiment.specs()]
    listed = provenance(results(records), digest(results(records))).parameters
    assert [contestant.label for contestant, _ in listed] == ["sgd[lr=0.1]", "gf2"]
    for spec in experiment.specs():
        (text,) = [text for contestant, text in listed if contestant.label == spec.learner]
        assert set(spec.parameters) == {part.partition(" = ")[0] for part in text.split(", ")}
    assert "width = 100" in listed[0][1]
    assert "lr = 0.1" in listed[0][1]


def test_hyper_parameters_that_changed_are_all_named_and_none_on_record_are_not_listed() -> None:
    records = [
        record("sq", 0, spec={"parameters": {"tolerance": None, "failure": 1e-6}}),
        record("sq", 1, spec={"parameters": {"tolerance": 0.5, "failure": 1e-6}}),
        record("galois"),
    ]
    listed = provenance(results(records), digest(results(records))).parameters
    assert [text for _, text in listed] == ["tolerance = none or 0.5, failure = 1e-06", ""]
    bare = results(records[2:])
    assert provenance(bare, digest(bare)).parameters == []


def test_trials_of_two_seeds_need_two_commands_and_a_part_of_a_grid_says_so() -> None:
    records = [record(spec={"n": 20}), record(spec={"n": 30, "k": 4}), record(spec={"seed": 1})]
    found = provenance(results(records), digest(results(records)))
    assert len(found.commands) == 2
    assert any("full grid" in note for note in found.notes)


def test_the_folder_is_named_without_its_path() -> None:
    held = Results([record()], {}, Path("/home/somebody/demo"))
    assert provenance(held, digest(held)).folder == "demo"


def test_a_hostile_label_is_quoted_for_the_shell() -> None:
    records = [record("gf2; rm -rf ~")]
    (command,) = provenance(results(records), digest(results(records))).commands
    assert shlex.split(command)[3] == "gf2; rm -rf ~"
