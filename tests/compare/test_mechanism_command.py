"""The command ``mechanism``: which questions it answers, and what it says the others lack."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stored import ENVIRONMENT, record

from parity_compare.algorithms.outcome import Trace
from parity_compare.cli import main
from parity_compare.experiment import Experiment
from parity_compare.mechanism import exponents
from parity_compare.mechanism.examination import examine
from parity_compare.results import Record, Results
from parity_compare.storage.store import Store

COMMAND = [sys.executable, "-c", "from parity_compare.cli import main; main()"]


def networks(trials: int, **axes: object) -> list[Record]:
    """Made-up trials of sgd whose progress is steps / time, and whose loss stands still."""
    grid: dict[str, object] = {"learners": ("sgd",), "n": (20,), "k": (3,), "trials": trials}
    records = []
    for spec in Experiment(**(grid | axes)).specs():  # type: ignore[arg-type]
        rng = np.random.default_rng(1000 * spec.n + spec.trial + (spec.variant != "plain"))
        start = np.random.default_rng(spec.group).standard_normal()
        time = round(20 * spec.n * np.exp(0.3 * start + 0.02 * rng.standard_normal()))
        step = np.arange(0, time, 20)
        lost = spec.variant == "random-labels"
        moved = step / (1000 if lost else time)
        columns = {
            "step": step,
            "seconds": 1e-3 * step,
            "loss": 1 + 0.01 * rng.standard_normal(len(step)),
            "error": np.full(len(step), 0.5),
            "progress_relevant": moved,
            "progress_irrelevant": moved / 2,
        }
        made = record(0, "sgd", cost={"steps": time}, trace=Trace(columns), solved=not lost)
        secret = spec.problem().support
        found = {"support": secret, "secret": secret, "access": "examples", "side_information": ""}
        records.append(replace(made, spec=spec, **found))
    return records


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stores trials in an empty folder and runs the command on it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "600")

    def call(records: list[Record], *options: str) -> tuple[int, str, str]:
        if records:
            with Store(tmp_path / "results") as store:
                store.begin_session(ENVIRONMENT)
                for one in records:
                    store.add(one)
                store.end_session("done")
        with pytest.raises(SystemExit) as exit_info:
            main(["mechanism", "results", *options])
        captured = capsys.readouterr()
        return int(exit_info.value.code or 0), captured.out, captured.err

    return call


def test_every_verdict_stands_on_a_line_and_says_what_it_rests_on(cli) -> None:
    code, out, _ = cli([*networks(40), *networks(10, variant=("random-labels",))])
    assert code == 0
    lines = [line.strip() for line in out.splitlines()]
    assert lines[0] == "sgd, n=20 k=3 (examples): 40 trials, 40 solved"
    assert lines[1].startswith("no   Is the time to success memoryless? The geometric law is")
    assert lines[2].startswith("yes  Does hidden progress foretell the time left better than the")
    assert lines[3].startswith("yes  Does the measure grow differently where there is something to")


def test_what_a_question_lacks_is_said_once(cli) -> None:
    _, out, _ = cli([*networks(3, n=(20, 30)), *(record(trial) for trial in range(3))])
    answers, _, lacking = out.partition("Not answered")
    assert "Is the time to success memoryless?" in answers
    assert lacking.count("run it with --replays 10. (sgd, gf2)") == 1
    assert "20 trials or more, each of a start of its own, and there are 3: run it" in lacking
    assert "only networks have one, with probes. (gf2)" in lacking
    assert "takes 3 sizes or more, and there are 2: run it with several --n" in lacking
    assert "takes 3 sizes or more, and there is 1: run it with several --n" in lacking


def test_json_has_every_statistic(cli) -> None:
    _, out, _ = cli(networks(40, n=(20, 30, 40)), "--json")
    cells = json.loads(out)
    assert [cell["sizes"] for cell in cells] == [[20], [30], [40], [20, 30, 40]]
    assert cells[0]["label"] == "sgd"
    memoryless, foretelling = cells[0]["verdicts"]
    assert (memoryless["test"], memoryless["answer"]) == ("memoryless", "no")
    assert (foretelling["test"], foretelling["answer"]) == ("foretelling", "yes")
    assert foretelling["measure"]["low"] > 0.5 > foretelling["loss"]["high"]
    assert foretelling["control"] is None
    assert len(foretelling["curve"]) >= 5
    assert [verdict["test"] for verdict in cells[3]["verdicts"]] == ["exponents"]


def test_replays_tell_of_the_start_and_its_first_trial_of_the_rest() -> None:
    (cell, _) = examine(Results(networks(60, replays=3)), resamples=99)
    memoryless, initialisation, foretelling = cell.verdicts
    assert initialisation.answer == "yes"
    assert (initialisation.trials, initialisation.starts) == (60, 20)  # type: ignore[attr-defined]
    assert memoryless.trials == 20  # type: ignore[attr-defined]
    assert foretelling.running == 20  # type: ignore[attr-defined]


def test_trials_that_differ_in_their_timing_are_one_cell() -> None:
    records = networks(40)
    mixed = [replace(one, timing="batch of 9") for one in records[:20]] + records[20:]
    assert [cell.trials for cell in examine(Results(mixed), resamples=99)] == [40, 40]


def test_a_folder_of_controls_has_nothing_to_say(cli) -> None:
    code, out, _ = cli(networks(10, variant=("random-labels",)))
    assert (code, out.strip()) == (0, "There are no trials with anything to learn.")


def test_a_folder_without_results_is_refused(cli) -> None:
    code, out, err = cli([])
    assert (code, out) == (2, "")
    assert err.startswith("parity-compare: error: no results in results: it has no ")


def test_a_narrow_terminal_loses_nothing(cli, tmp_path: Path) -> None:
    _, wide, _ = cli(networks(40))
    command = [*COMMAND, "mechanism", "results"]
    environment = os.environ | {"COLUMNS": "50"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 50
    assert done.stdout.split() == wide.split()


def test_rare_looks_of_a_learner_are_counted_in() -> None:
    records = networks(12, n=(20, 30, 40), learners=("sgd[check_every=50]",))
    (over_sizes,) = (found for found in examine(Results(records)) if len(found.sizes) == 3)
    steps = {n: [r.cost.steps for r in records if r.spec.n == n] for n in (20, 30, 40)}
    assert over_sizes.verdicts == (exponents(steps, resolution=50),)
    assert over_sizes.verdicts != (exponents(steps),)
