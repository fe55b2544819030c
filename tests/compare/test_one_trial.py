"""One trial of every cell, run alone: exactly what it is among the others."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

import parity_compare as pc
from parity_compare import cli
from parity_compare.execution.resources import Resources
from parity_compare.experiment import Experiment
from parity_compare.experiment_file import ExperimentFile
from parity_compare.problems.errors import InvalidInput
from parity_compare.reports.digest import digest
from parity_compare.reports.trials import trials_table
from parity_compare.results import Record, Results
from parity_compare.settings import Settings
from parity_compare.storage.store import load


def outcome(record: Record) -> tuple[object, ...]:
    """What does not depend on the machine's speed."""
    cost = record.cost
    spent = (cost.samples, cost.queries, cost.steps, cost.operations)
    answer = (record.secret, record.support, record.status, record.solved, record.accuracy)
    return (record.key, record.spec, *answer, *spent, record.engine)


def ran(arguments: list[str]) -> None:
    """Run the command line, which is to end well."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert not ended.value.code


@pytest.mark.parametrize("replays", [1, 3])
def test_it_has_the_spec_that_it_has_among_all(replays: int) -> None:
    grid = {"learners": ("gf2", "sq"), "n": (10, 20), "k": (2, 3), "noise": (0.0, 0.1)}
    whole = list(Experiment(**grid, trials=9, replays=replays).specs())
    alone = list(Experiment(**grid, trial=7, replays=replays).specs())
    assert alone == [spec for spec in whole if spec.trial == 7]
    assert len(alone) == 16


def test_a_number_is_not_negative_and_excludes_a_number_of_trials(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"trial must lie in \[0, 2\^63\), got -1"):
        Experiment(("gf2",), (20,), (3,), trial=-1)
    with pytest.raises(InvalidInput, match="trials and trial exclude each other, got 5 and 2"):
        pc.run("gf2", trials=5, trial=2)
    with pytest.raises(InvalidInput, match="got --trial 2 and --trials 5"):
        Settings(None, {"algos": "gf2", "trial": 2, "trials": 5})
    file = tmp_path / "grid.toml"
    file.write_text('learners = "gf2"\ntrials = 5\n')
    specs = list(Settings(ExperimentFile(file), {"trial": 2, "device": "cpu"}).experiment().specs())
    assert [spec.trial for spec in specs] == [2]


def test_the_library_runs_it_as_the_whole_run_does() -> None:
    whole = pc.run("sgd[width=40]", n=12, k=2, trials=3, seed=5, probes="none", step_limit=4000)
    (alone,) = pc.run(
        "sgd[width=40]", n=12, k=2, trial=2, seed=5, probes="none", step_limit=4000
    ).records
    assert outcome(alone) == outcome(whole.records[2])


def test_the_reports_command_reproduces_every_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but the key and the times differs, of batched trials and of replays too."""
    grid = ["--n", "12", "--k", "2", "--noise", "0.05", "--seed", "3", "--time-limit", "none"]
    limited = ["--step-limit", "3000", "--tell", "none", *grid]
    runs = [
        ["--algos", "exhaustive,random", "--trials", "2", *grid],
        ["--algos", "sgd[width=40]", "--trials", "3", "--replays", "2", "--batch", *limited],
    ]
    # Neither worker processes nor a report after each command: they change no trial.
    monkeypatch.setattr(Settings, "resources", lambda _: Resources(None))
    monkeypatch.setattr(Results, "report", lambda results: results.path)
    monkeypatch.chdir(tmp_path)
    for arguments in runs:
        ran(["run", *arguments, "--out", "whole"])
    results = load("whole")
    table = trials_table(digest(results))
    assert len(table.command_of) == len(results) == 7
    for row in range(len(results)):
        words = shlex.split(table.command(row))
        assert words[0] == "parity-compare"
        ran(words[1:])
    again = {record.key: record for record in load("again").records}
    assert len(again) == 7
    for record in results.records:
        assert outcome(again[record.key]) == outcome(record)
    capsys.readouterr()
